// `ckptlint rules`: prints the list of rules by family for people, or as JSON.
#include "commands/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json_document.h"
#include "ckptlint/rule.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "report/report.h"

namespace ckptlint {
namespace {

void print_text(std::ostream& out) {
  std::size_t widest = 0;
  for (const Rule* rule : rules()) widest = std::max(widest, rule->name.size());
  for (const FamilyRow& family : families()) {
    out << fmt::format("{}{}: {}\n", &family == families().data() ? "" : "\n", family.name, family.about);
    for (const Rule* rule : rules()) {
      if (rule->family == family.family)
        out << fmt::format("  {:<{}}  {:<7}  {}\n", rule->name, widest, name_of(rule->severity), rule->summary);
    }
  }
}

void print_json(std::ostream& out) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Rule* rule : rules()) {
    list.push_back({{"name", rule->name},
                    {"family", name_of(rule->family)},
                    {"severity", name_of(rule->severity)},
                    {"summary", rule->summary},
                    {"why", rule->why},
                    {"example", rule->example},
                    {"remedy", rule->remedy},
                    {"references", rule->references}});
  }
  out << json_lines(list, 1) << "\n";
}

using RulesFormat = Format<void (*)(std::ostream&)>;
constexpr std::array kRulesFormats = {RulesFormat{"text", "a line a rule, by family", print_text},
                                      RulesFormat{"json", "a list of objects, the whole page of each", print_json}};

std::function<int(const Streams&)> prepare_rules(OptionTable& table) {
  const auto options = std::make_shared<RulesOptions>();
  add_output_options(table, options->output, names_of(kRulesFormats));
  return [options](const Streams& streams) { return run_rules(*options, streams.out, streams.err); };
}

}  // namespace

extern const Command rules_command;
constexpr Command rules_command{"rules", "", "list the rules", prepare_rules};

int run_rules(const RulesOptions& options, std::ostream& out, std::ostream& err) {
  const RulesFormat* format = find_format(kRulesFormats, options.output.format);
  if (format == nullptr) {
    err << "ckptlint: " << no_such_format("rules", names_of(kRulesFormats), options.output.format) << "\n";
    return kNotAnalysed;
  }
  format->write(out);
  return kNothingFound;
}

}  // namespace ckptlint
