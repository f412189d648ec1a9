// The list of commands.
#include <algorithm>
#include <array>

#include "commands/command.h"

namespace ckptlint {

extern const Command check_command, graph_command, map_command, list_command, load_command, compat_command,
    explain_command, rules_command, sources_command, completions_command, manual_command;

std::span<const Command* const> commands() {
  static constexpr std::array kCommands = {&check_command,   &graph_command,       &map_command,     &list_command,
                                           &load_command,    &compat_command,      &explain_command, &rules_command,
                                           &sources_command, &completions_command, &manual_command};
  return kCommands;
}

const Command* find_command(std::string_view name) {
  const auto all = commands();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Command* each) { return each->name == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace ckptlint
