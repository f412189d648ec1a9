// The command line: which command it names, and one clear sentence for what cannot be understood.
#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/process_memory.h"
#include "ckptlint/version.h"
#include "commands/command.h"
#include "commands/overview.h"
#include "commands/own_options.h"
#include "commands/sources.h"
#include "input/options.h"
#include "placement/library_version.h"

namespace po = boost::program_options;

namespace ckptlint {
namespace {

// A command with the options of one call.
struct Call {
  explicit Call(const Command& of) : command(of), run(of.prepare(table)) { add_own_options(table, own); }

  const Command& command;
  OwnOptions own;
  OptionTable table;
  std::function<int(const Streams&)> run;
};

void print_overview() {
  std::cout << "ckptlint " << kPurpose << ".\n\nUsage: ckptlint [check] PATH...\n";
  for (const Command* each : commands()) {
    const std::string usage = std::string(each->name) + " " + std::string(each->arguments);
    std::cout << "  " << usage << std::string(usage.size() < 30 ? 30 - usage.size() : 1, ' ') << each->summary << "\n";
  }
  std::cout << "\n`ckptlint COMMAND --help` lists its options.\nExit status:\n";
  for (const StatusRow& row : kStatuses)
    std::cout << "  " << static_cast<int>(row.status) << "  " << row.meaning << "\n";
}

// The version, and what there is to check against.
void print_version(bool verbose) {
  std::cout << "ckptlint " << kVersion << "\n";
  if (!verbose) return;
  std::cout << fmt::format("releases whose answers were compared: transformers {} to {}, accelerate {} to {}\n",
                           kTransformersKnown.oldest, kTransformersKnown.newest, kAccelerateKnown.oldest,
                           kAccelerateKnown.newest);
  print_sources_text(listed_sources(), std::cout);
}

void print_help(const Call& call) {
  std::cout << "Usage: ckptlint " << call.command.name << " " << call.command.arguments << "\n"
            << call.command.summary << "\n\n"
            << call.table.described();
}

int complain(const std::string& sentence) {
  std::cerr << "ckptlint: " << sentence << "\n";
  return kNotAnalysed;
}

// Whether an option of some command takes the argument after it.
bool takes_value(std::string_view option) {
  if (!option.starts_with("--")) return false;
  const std::string name(option.substr(2));
  const auto all = commands();
  return std::any_of(all.begin(), all.end(),
                     [&](const Command* command) { return Call(*command).table.takes_value(name); });
}

// The command is the first argument that is not an option or an option's value: `ckptlint --format json check .` names
// one. Without one, or if that argument is no command, it is the first in the list.
std::optional<std::size_t> command_position(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") return std::nullopt;
    if (argument.starts_with("-") && argument != "-") {
      if (argument.find('=') == std::string::npos && takes_value(argument)) ++i;
      continue;
    }
    return find_command(argument) != nullptr ? std::optional(i) : std::nullopt;
  }
  return std::nullopt;
}

int run(std::vector<std::string> arguments) {
  const Command* command = commands().front();
  const std::optional<std::size_t> position = command_position(arguments);
  if (position) {
    command = find_command(arguments[*position]);
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(*position));
  }
  Call call(*command);
  try {
    call.table.parse(arguments);
  } catch (const po::error& error) {
    return complain(sentence_of(error, call.table, call.command.name));
  }
  if (call.own.version) {
    print_version(std::find(arguments.begin(), arguments.end(), "--verbose") != arguments.end());
    return kNothingFound;
  }
  if (call.own.help) {
    position ? print_help(call) : print_overview();
    return kNothingFound;
  }
  if (const std::string sentence = call.table.complaint(); !sentence.empty()) return complain(sentence);
  return call.run({std::cin, std::cout, std::cerr});
}

}  // namespace
}  // namespace ckptlint

int main(int argc, char** argv) {
  if (std::find(argv, argv + argc, std::string_view("--stdin")) != argv + argc) ckptlint::keep_freed_blocks(argv);
  ckptlint::prepare_process_memory();
  try {
    const int status = ckptlint::run({argv + (argc > 0 ? 1 : 0), argv + argc});
    std::cout.flush();
    return std::cout ? status : ckptlint::kNotAnalysed;
  } catch (const std::exception& error) {
    // Out of memory and the like: the phases report their own errors as values.
    std::cerr << "ckptlint: " << error.what() << "\n";
    return ckptlint::kNotAnalysed;
  }
}
