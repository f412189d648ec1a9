// The front of a fleet: makes the options of `check` of the command line and a line, and the members of an answer of
// what that `check` says.
#include "commands/check_stdin.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <ostream>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "base/ordered_work.h"
#include "base/process_memory.h"
#include "base/split.h"
#include "commands/check_options.h"
#include "commands/configuration.h"
#include "config/library_names.h"
#include "fleet/fleet.h"
#include "graph/prepared_evaluators.h"
#include "input/library_sources.h"
#include "input/model_source.h"
#include "placement/budget_text.h"

namespace ckptlint {
namespace {

// What is about all lines together, or about people who watch; and what writes: many lines may be about one model.
constexpr std::array<std::string_view, 17> kOfRun = {
    "output-format", "output", "color",        "jobs",        "statistics",        "quiet",
    "verbose",       "fix",    "unsafe-fixes", "diff",        "show-fixes",        "suppress-all",
    "show-settings", "stdin",  "item-time",    "item-memory", "prune-suppressions"};
// Of these the command line may have some, which every answer follows, or which change nothing.
constexpr std::array<std::string_view, 7> kOfCommandLine = {"output-format", "color",     "jobs",       "quiet",
                                                            "verbose",       "item-time", "item-memory"};

template <typename Names>
bool has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<FleetOptions> fleet_options(const OptionTable& table, const CheckOptions& options) {
  if (!options.model.paths.empty() || !options.model.graph.empty())
    return Error{"`--stdin` reads what to check from standard input, and a path is given as well"};
  for (const auto& [name, given] : table.given()) {
    if (name != "stdin" && has(kOfRun, name) && !has(kOfCommandLine, name))
      return Error{fmt::format("`--{}` is not for `--stdin`", name)};
  }
  if (options.output.format != "text" && options.output.format != "json")
    return Error{"`--stdin` answers with JSON, and `--output-format` names another format"};
  const double seconds = options.lines.item_time;
  constexpr double kLongest = 1e6;
  if (!(seconds > 0 && seconds <= kLongest))
    return Error{fmt::format("`--item-time` is no number of seconds above 0, and no more than {:.0f}", kLongest)};
  const Result<Bytes> memory = parse_size(options.lines.item_memory);
  if (!memory.ok()) return Error{"`--item-memory`: " + memory.error().message};
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 20;
  const auto bytes = static_cast<std::uint64_t>(memory->rounded_up());
  if (bytes < kLeast) return Error{"`--item-memory` is below 1 MiB"};
  const std::size_t jobs = threads_for(options.output.jobs, static_cast<std::size_t>(-1));
  return FleetOptions{jobs, {std::chrono::duration<double>(seconds), bytes}};
}

// The options that the command line gives, as words, but for those of the run and those that an item gives itself.
std::vector<std::string> shared_words(const OptionTable& table, const std::map<std::string, GivenOption>& own) {
  std::vector<std::string> words;
  for (const OptionRow& row : table.rows()) {
    const auto given = table.given().find(row.name);
    if (given == table.given().end() || has(kOfRun, row.name) || own.contains(row.name)) continue;
    for (const std::string& value : given->second.values)
      words.push_back(row.taken ? fmt::format("--{}={}", row.name, value) : "--" + row.name);
  }
  return words;
}

// What is wrong with the arguments of an item, or "".  `own`: the options that they give.
std::string complaint_about_args(const std::vector<std::string>& args, std::map<std::string, GivenOption>& own) {
  OptionTable table;
  CheckOptions options;
  describe_check(table, options);
  try {
    table.parse(args);
  } catch (const boost::program_options::error& error) {
    return sentence_of(error, table, "check");
  }
  if (!options.model.paths.empty())
    return fmt::format("{} is no option, and what to check is the item's `path`",
                       quoted_name(options.model.paths.front()));
  for (const auto& [name, given] : table.given()) {
    if (has(kOfRun, name)) return fmt::format("`--{}` is not for a single item", name);
  }
  own = table.given();
  return "";
}

// What `check` of the item takes, where it makes sense.
Result<std::vector<CheckOptions>> options_of_item(const OptionTable& shared, const Item& item) {
  std::map<std::string, GivenOption> own;
  if (std::string sentence = complaint_about_args(item.args, own); !sentence.empty()) return Error{sentence};
  std::vector<std::string> words = shared_words(shared, own);
  words.insert(words.end(), item.args.begin(), item.args.end());
  OptionTable table;
  CheckOptions options;
  describe_check(table, options);
  try {
    table.parse(words);
  } catch (const boost::program_options::error& error) {
    return Error{sentence_of(error, table, "check")};
  }
  options.model.paths = {item.path};
  if (std::string sentence = table.complaint(); !sentence.empty()) return Error{sentence};
  Result<std::vector<CheckOptions>> paths = options_of_paths(table, options);
  if (!paths.ok()) return paths;
  for (CheckOptions& path : *paths) {  // a configuration may say otherwise
    path.output = {.format = "json", .jobs = 1};
    path.outputs.clear();
    path.statistics = path.diff = path.fix = path.unsafe_fixes = path.show_fixes = false;
  }
  return paths;
}

// Lines of JSON, whose texts have no line ends in them, as one.
std::string in_one_line(const std::string& lines) {
  std::string line;
  line.reserve(lines.size());
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    if (!line.empty() && line.back() == ',') line += ' ';
    line.append(lines, at, end - at);
    at = std::min(lines.find_first_not_of("\n ", end), lines.size());
  }
  return line;
}

// "ckptlint: first\nckptlint: second\n" as "first; second"
std::string sentences(const std::string& said) {
  constexpr std::string_view kFront = "ckptlint: ";
  std::string all;
  for (std::string_view line : split(said, '\n')) {
    if (line.starts_with(kFront)) line.remove_prefix(kFront.size());
    if (line.empty()) continue;
    all += (all.empty() ? "" : "; ") + std::string(line);
  }
  return all;
}

// What most items need is evaluated once, before the first process is forked.  What keeps it from that, each item says.
void prepare_for(const ModelOptions& model, std::size_t threads) {
  const Result<std::vector<SourceTree>> sources = sources_for(model);
  if (sources.ok()) {
    prepare_evaluators(*sources, threads);
    (void)transformers_split_keeps_buffers(*sources);  // its patterns are compiled by this
    (void)library_names(trees_of(*sources));
    (void)settings_schema();
  }
  shrink_process_memory();
}

std::string members_of_check(const OptionTable& shared, const Item& item) {
  try {
    const Result<std::vector<CheckOptions>> options = options_of_item(shared, item);
    if (!options.ok()) return failed_members(Cause::kItem, options.error().message);
    std::ostringstream out, err;
    const int status = run_check(*options, out, err);
    if (status == kNotAnalysed) return failed_members(Cause::kItem, sentences(err.str()));
    return fmt::format(R"("status": "checked", "exit_status": {}, "report": {})", status, in_one_line(out.str()));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return failed_members(Cause::kItem, printable(error.what()));
  }
}

}  // namespace

void add_line_options(OptionTable& table, LineOptions& lines) {
  table.flag("stdin", lines.given,
             "check what lines on standard input name, {\"id\": ..., \"path\": ..., \"args\": [...]}, and answer each "
             "with a line");
  table.value("item-time", lines.item_time, {.name = "SECONDS"},
              "with --stdin: the longest that one of them may take (120)");
  table.value("item-memory", lines.item_memory, {.name = "SIZE"},
              "with --stdin: the most memory that one of them may take (2GiB; on Linux)");
}

int check_lines(const OptionTable& table, const CheckOptions& options, const Streams& streams) {
  const auto complain = [&](const std::string& message) {
    streams.err << "ckptlint: " << message << "\n";
    return kNotAnalysed;
  };
  const Result<FleetOptions> fleet = fleet_options(table, options);
  if (!fleet.ok()) return complain(fleet.error().message);
  prepare_for(options.model, fleet->jobs);
  const FleetResult result =
      run_fleet(STDIN_FILENO, STDOUT_FILENO, *fleet, [&](const Item& item) { return members_of_check(table, item); });
  switch (result.end) {
    case FleetEnd::kAnswered:
      return kNothingFound;
    case FleetEnd::kStopped:
      return 128 + result.signal;
    case FleetEnd::kUnwatched:
      return kNotAnalysed;
    case FleetEnd::kFailed:
      break;
  }
  return complain(result.why);
}

}  // namespace ckptlint
