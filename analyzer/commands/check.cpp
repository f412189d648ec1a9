// `ckptlint check`: runs every model through the phases, prints one report, and applies fixes where that is asked
// for.
#include "commands/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <ostream>
#include <string_view>

#include "base/escape.h"
#include "base/ordered_work.h"
#include "check/pipeline.h"
#include "check/releases.h"
#include "commands/apply_fixes.h"
#include "commands/command.h"
#include "commands/progress.h"
#include "commands/report_files.h"
#include "commands/shared_options.h"
#include "commands/terminal.h"
#include "graph/large_stack.h"

namespace ckptlint {
namespace {

// "a,b" and "c" as {"a", "b", "c"}; an error names what is no rule.
Result<std::vector<const Rule*>> rules_named(const std::vector<std::string>& lists, std::string_view option) {
  std::vector<const Rule*> found;
  for (const std::string& list : lists) {
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      const std::string name = list.substr(at, end - at);
      const Rule* rule = find_rule(name);
      if (rule == nullptr)
        return Error{
            fmt::format("`{}` names {}, which is no rule; `ckptlint rules` lists them", option, quoted_name(name))};
      found.push_back(rule);
      at = end + 1;
    }
  }
  return found;
}

Result<std::vector<const Rule*>> chosen_rules(const CheckOptions& options) {
  const auto selected = rules_named(options.select, "--select");
  if (!selected.ok()) return selected.error();
  const auto ignored = rules_named(options.ignore, "--ignore");
  if (!ignored.ok()) return ignored.error();
  std::vector<const Rule*> chosen;
  for (const Rule* rule : rules()) {
    const bool in = selected->empty() || std::find(selected->begin(), selected->end(), rule) != selected->end();
    const bool out = std::find(ignored->begin(), ignored->end(), rule) != ignored->end();
    if (in && !out) chosen.push_back(rule);
  }
  return chosen;
}

std::string complaint(const std::string& message) { return "ckptlint: " + message + "\n"; }

// What checking one of the paths came to.
struct CheckedModel {
  std::string said;  // sentences for people, a line each
  ModelReport report;
  std::string diff;      // --diff
  bool failed = false;   // it could not be analysed
  bool refused = false;  // the options make no sense: there is no report at all
};

class CheckedPath {
 public:
  CheckedPath(const std::string& path, const CheckOptions& options, const std::vector<const Rule*>& chosen)
      : path_(path), options_(options), chosen_(chosen) {}

  CheckedModel result() && {
    check();
    return std::move(result_);
  }

 private:
  void check() {
    const Result<ModelInput> opened = open_model(path_, options_.model);
    if (!opened.ok()) return fail(opened.error().message);
    // A release that is named is imitated with the first source.
    std::vector<ModelInput> inputs =
        options_.model.transformers.empty() ? with_one_release_each(*opened) : std::vector<ModelInput>{*opened};
    std::vector<ReleaseReport> reports;
    for (ModelInput& input : inputs) {
      check_release(input, reports.empty());
      if (result_.refused) return;
      reports.push_back({input.transformers, std::move(result_.report)});
      if (result_.failed) break;
    }
    result_.report = reports.size() == 1 ? std::move(reports.front().report) : report_over_releases(std::move(reports));
    if (result_.report.error && !result_.failed) fail(std::string(result_.report.error->message));
  }

  // Fixes are those of the first release.
  void check_release(ModelInput& input, bool first) {
    if (!first && options_.fix) (void)read_config(input);  // what was written is read by what comes behind
    Result<PlacementRequest> placement = placement_request(options_.placement, input.transformers, input.sources);
    if (!placement.ok()) {
      result_.said += complaint(placement.error().message);
      result_.refused = true;
      return;
    }
    const Question question{std::move(*placement), chosen_, true, options_.model.fsdp, options_.model.zero3};
    result_.report = report_of(input, question);
    if (first && !result_.report.error && (options_.fix || options_.diff)) apply_fixes(input, question);
  }

  void apply_fixes(const ModelInput& input, const Question& question) {
    ModelReport fixed = result_.report;
    const Result<FixedTexts> found = fixed_texts(input, question, options_.unsafe_fixes, fixed);
    const Result<std::string> done = !found.ok()     ? Result<std::string>(found.error())
                                     : options_.diff ? diff_of(input, found->texts)
                                                     : write_texts(input, found->texts);
    if (!done.ok()) return fail(done.error().message);
    if (options_.show_fixes) {
      for (const AppliedFix& each : found->applied)
        result_.said += fmt::format("{}: {} [{}]\n", printable(path_), printable(each.title), each.rule);
    }
    if (options_.diff) {
      result_.diff = *done;
    } else {
      result_.said += *done;
      result_.report = std::move(fixed);
    }
  }

  void fail(const std::string& message) {
    result_.said += complaint(message);
    result_.failed = true;
    result_.report = {};
    result_.report.path = path_;
    result_.report.error = Error{message};
  }

  const std::string& path_;
  const CheckOptions& options_;
  const std::vector<const Rule*>& chosen_;
  CheckedModel result_;
};

// Checks `paths`, several at once, and adds what comes of them in their order.
class CheckedPaths {
 public:
  CheckedPaths(const std::vector<std::string>& paths, const CheckOptions& options,
               const std::vector<const Rule*>& chosen, std::ostream& err)
      : paths_(paths),
        options_(options),
        chosen_(chosen),
        done_(paths.size()),
        progress_(err, &err == &std::cerr && error_is_terminal() && !options.output.quiet, paths.size()) {
    progress_.advance(0, paths.front());
  }

  void check() {
    // What --fix writes is read by what comes behind: two paths may lie in one repo, or share a package.
    const bool writes = options_.fix && !options_.diff;
    const std::size_t threads = writes ? 1 : threads_for(options_.output.jobs, paths_.size());
    const auto work = [&](std::size_t i) { done_[i] = CheckedPath(paths_[i], options_, chosen_).result(); };
    // Threads of the C library may have small stacks, smaller than that of the first one.
    const auto work_on_thread = [&](std::size_t i) { run_on_large_stack([&] { work(i); }); };
    const auto taken = [&](std::size_t i) { return add(std::move(*done_[i])); };
    if (threads == 1)
      run_in_order(paths_.size(), 1, work, taken);
    else
      run_in_order(paths_.size(), threads, work_on_thread, taken);
    progress_.clear();
  }

  Report report;
  std::string diffs;
  bool found = false;
  bool complete = true;
  bool failed = false;
  bool refused = false;

 private:
  bool add(CheckedModel model) {
    if (!model.said.empty()) progress_.say(model.said);
    if (model.refused) {
      refused = true;
      return false;
    }
    failed |= model.failed;
    const auto fails = [&](const Finding& finding) { return finding.severity >= options_.fail_on; };
    found |= std::any_of(model.report.findings.begin(), model.report.findings.end(), fails);
    complete &= model.report.is_complete();
    diffs += model.diff;
    report.models.push_back(std::move(model.report));
    progress_.advance(report.models.size(), report.models.size() < paths_.size() ? paths_[report.models.size()] : "");
    return true;
  }

  const std::vector<std::string>& paths_;
  const CheckOptions& options_;
  const std::vector<const Rule*>& chosen_;
  std::vector<std::optional<CheckedModel>> done_;
  Progress progress_;
};

std::function<int(const Streams&)> prepare_check(OptionTable& table) {
  const auto options = std::make_shared<CheckOptions>();
  add_model_options(table, options->model);
  add_loading_options(table, options->model);
  add_placement_options(table, options->model, options->placement);
  std::vector<Word> names;
  for (const Rule* rule : rules()) names.push_back({rule->name, rule->summary});
  table.value("select", options->select, {.name = "RULES", .words = names},
              "run only these rules (repeatable, commas allowed)");
  table.value("ignore", options->ignore, {.name = "RULES", .words = std::move(names)},
              "leave these rules out (repeatable, commas allowed)");
  const auto fail_on = std::make_shared<std::string>("warning");
  table.choice("fail-on", *fail_on,
               {.name = "SEVERITY",
                .words = {{"warning", "errors and warnings"}, {"error", "errors alone"}, {"info", "remarks too"}}},
               "the least grave finding that makes the exit status 1: warning (the default), error or info");
  table.check([options, fail_on]() -> std::string {
    for (const Severity each : {Severity::kInfo, Severity::kWarning, Severity::kError}) {
      if (*fail_on == name_of(each)) options->fail_on = each;
    }
    return "";
  });
  table.flag("require-complete", options->require_complete,
             "exit with 3 where nothing was found, and not all that applies could be checked");
  table.flag("exit-zero", options->exit_zero, "exit with 0 even where something was found");
  table.value(
      "output,o", options->outputs, {.name = "[FORMAT=]FILE", .path = true},
      "write the report into a file instead; with FORMAT=, write it into a file in that form, too (repeatable)");
  table.flag("statistics", options->statistics, "print how often each rule was found instead of the report");
  table.flag("quiet,q", options->output.quiet, "print findings, and what was not checked, and nothing else");
  table.flag("show-fixes", options->show_fixes, "with --fix or --diff, list the fixes on standard error");
  table.flag("verbose", options->output.verbose,
             "everything about each finding, and the rules that could not be run, and why");
  table.flag("fix", options->fix, "apply the safe fixes to your own files");
  table.flag("unsafe-fixes", options->unsafe_fixes, "apply the unsafe ones too");
  table.flag("diff", options->diff, "print what would change, as unified diffs");
  add_output_options(table, options->output, names_of(report_formats()));
  return [options](const Streams& streams) {
    options->fix |= options->unsafe_fixes;
    return run_check(*options, streams.out, streams.err);
  };
}

}  // namespace

extern const Command check_command;
constexpr Command check_command{"check", "PATH...", "find what will go wrong when the model is loaded (the default)",
                                prepare_check};

int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  const auto complain = [&](const std::string& message) {
    err << complaint(message);
    return kNotAnalysed;
  };
  const Result<std::vector<ReportFile>> files = report_files(options.output.format, options.outputs);
  if (!files.ok()) return complain(files.error().message);
  const auto chosen = chosen_rules(options);
  if (!chosen.ok()) return complain(chosen.error().message);
  std::vector<std::string> paths = options.model.paths;
  if (paths.empty() && options.model.graph.empty())
    return complain("`check` takes the PATH of a model repo or weight file");
  if (paths.empty()) paths.emplace_back();
  CheckedPaths checked(paths, options, *chosen, err);
  std::error_code no_folder;  // and then paths are absolute
  checked.report.workspace = std::filesystem::current_path(no_folder).string();
  checked.check();
  if (checked.refused) return kNotAnalysed;
  const OutputOptions& output = options.output;
  for (const ReportFile& file : *files) {
    ReportStyle style{.verbose = output.verbose, .quiet = output.quiet, .rules = rules()};
    if (file.path.empty()) {
      style.color = output.color;
      style.links = output.links;
      style.width = output.width;
    }
    const bool json = file.format->name.starts_with("json");
    const std::string text = options.diff         ? checked.diffs
                             : options.statistics ? statistics_of(checked.report, style, json)
                                                  : file.format->write(checked.report, style);
    if (file.path.empty())
      out << text;
    else if (const auto failed = write_report_file(file.path, text))
      return complain(failed->message);
  }
  if (checked.failed) return kNotAnalysed;
  if (checked.found && !options.exit_zero) return kFindings;
  return options.require_complete && !checked.complete ? kIncomplete : kNothingFound;
}

}  // namespace ckptlint
