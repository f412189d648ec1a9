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
#include "base/paths.h"
#include "check/pipeline.h"
#include "check/variants.h"
#include "commands/apply_fixes.h"
#include "commands/check_options.h"
#include "commands/check_stdin.h"
#include "commands/command.h"
#include "commands/progress.h"
#include "commands/report_files.h"
#include "commands/settle.h"
#include "commands/shared_options.h"
#include "commands/terminal.h"
#include "graph/large_stack.h"
#include "input/model_source.h"
#include "parts/diffusion_pipeline.h"

namespace ckptlint {
namespace {

std::string complaint(const std::string& message) { return "ckptlint: " + message + "\n"; }

// What checking one of the paths came to.
struct CheckedModel {
  std::string said;  // sentences for people, a line each
  ModelReport report;
  std::string diff;  // --diff
  ToRemember to_remember;
  std::vector<CheckedModel> components;  // of a pipeline, each checked as a model of its own
  bool failed = false;                   // it could not be analysed
  bool refused = false;                  // the options make no sense: there is no report at all
};

// Whether the rule is about what AutoModel goes by: of a component, the pipeline's list says it.
bool is_of_auto_classes(const Rule* rule) {
  return rule->name == "missing-model-type" || rule->name == "missing-architectures";
}

// What is named may be the list in it.
std::string folder_of_pipeline(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name != kPipelineList) return path;
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

class CheckedPath {
 public:
  // `draws`: a form of the report shows pictures.
  CheckedPath(const CheckOptions& options, const std::vector<const Rule*>& chosen, bool draws)
      : path_(options.model.paths.empty() ? "" : options.model.paths.front()),
        options_(options),
        chosen_(chosen),
        draws_(draws) {}

  CheckedModel result() && {
    check();
    return std::move(result_);
  }

 private:
  void check() {
    ModelOptions model = options_.model;
    for (const std::string& release : options_.releases) {
      const Result<std::string> source = source_of_release(release);
      if (!source.ok()) return refuse("`--releases`: " + source.error().message);
      model.sources.push_back(*source);
    }
    const std::vector<NamedPlacement> placements =
        options_.placements.empty() ? std::vector{NamedPlacement{"", model.quantization, options_.placement, {}}}
                                    : options_.placements;
    model.quantization = placements.front().quantization;
    const Result<ModelInput> opened = open_model(path_, model);
    if (!opened.ok()) return fail(opened.error().message);
    if (opened->has_pipeline)
      check_pipeline(model, *opened, placements);
    else
      check_model(model, *opened, placements);
  }

  // The pipeline as such and the models in it, several at once, but for those that are written into.
  void check_pipeline(const ModelOptions& model, const ModelInput& opened,
                      const std::vector<NamedPlacement>& placements) {
    const std::vector<ComponentModel> models = component_models(*opened.repo);
    const std::string folder = folder_of_pipeline(path_);
    std::vector<CheckedModel> components(models.size());
    std::vector<const Rule*> of_components = chosen_;
    std::erase_if(of_components, is_of_auto_classes);
    const auto check_component = [&](std::size_t i) {
      CheckOptions options = options_;
      options.model.paths = {joined_path(folder, models[i].folder)};
      if (options.model.class_name.empty()) {
        options.model.class_name = models[i].class_name;
        options.model.component_of = models[i].library;
      }
      components[i] = CheckedPath(options, of_components, draws_).result();
    };
    const auto work = [&](std::size_t i) {
      run_on_large_stack([&] { i == 0 ? check_model(model, opened, placements) : check_component(i - 1); });
    };
    const bool writes = options_.fix && !options_.diff;
    const std::size_t pieces = 1 + models.size();
    run_in_order(pieces, writes ? 1 : threads_for(options_.output.jobs, pieces), work,
                 [&](std::size_t) { return !result_.refused && !result_.failed; });
    if (!result_.refused && !result_.failed) result_.components = std::move(components);
  }

  // `opened` is the model as the first of the placements has it.
  void check_model(ModelOptions model, const ModelInput& opened, const std::vector<NamedPlacement>& placements) {
    std::vector<VariantReport> reports;
    for (const NamedPlacement& placement : placements) {
      if (result_.failed || result_.refused) break;
      if (&placement == &placements.front()) {
        check_placement(model, opened, placement, reports);
        continue;
      }
      model.quantization = placement.quantization;
      const Result<ModelInput> again = open_model(path_, model);
      if (!again.ok()) return fail(again.error().message);
      check_placement(model, *again, placement, reports);
    }
    if (result_.refused || reports.empty()) return;
    result_.report = reports.size() == 1 ? std::move(reports.front().report) : report_over_variants(std::move(reports));
    if (result_.report.error && !result_.failed) fail(std::string(result_.report.error->message));
    if (result_.failed) return;
    Result<ToRemember> settled = settle(result_.report, options_, chosen_);
    if (!settled.ok()) return refuse(settled.error().message);
    result_.to_remember = std::move(*settled);
  }

  // With each of the releases; one that is named is imitated with the first source.
  void check_placement(const ModelOptions& model, const ModelInput& opened, const NamedPlacement& placement,
                       std::vector<VariantReport>& reports) {
    std::vector<ModelInput> inputs =
        model.transformers.empty() ? with_one_release_each(opened) : std::vector<ModelInput>{opened};
    for (ModelInput& input : inputs) {
      check_release(input, placement, reports.empty());
      if (result_.refused) return;
      for (std::string& ground : result_.report.grounds) {
        if (!placement.name.empty() && ground.starts_with("device map"))
          ground = fmt::format("placement {}: {}", quoted_name(placement.name), ground);
      }
      reports.push_back({input.transformers, placement.name, std::move(result_.report)});
      if (result_.failed) return;
    }
  }

  // Fixes are those of the first release and the first placement.
  void check_release(ModelInput& input, const NamedPlacement& asked, bool first) {
    if (!first && options_.fix) (void)read_config(input);  // what was written is read by what comes behind
    Result<PlacementRequest> placement = placement_request(asked.options, input.transformers, input.sources);
    if (!placement.ok()) return refuse(with_place(placement.error().message, asked.given));
    Question question{.placement = std::move(*placement), .rules = chosen_};
    question.draws = draws_;
    question.fsdp = options_.model.fsdp;
    question.zero3 = options_.model.zero3;
    const Result<std::optional<ParallelSizes>> sizes = parallel_sizes(options_.parallel);
    if (!sizes.ok()) return refuse(sizes.error().message);
    question.parallel = *sizes;
    result_.report = report_of(input, question);
    if (first && !result_.report.error && (options_.fix || options_.diff)) apply_fixes(input, question);
  }

  void refuse(const std::string& message) {
    result_.said += complaint(with_place(message, options_.given));
    result_.refused = true;
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
    result_.said += complaint(with_place(message, options_.given));
    result_.failed = true;
    result_.report = {};
    result_.report.path = path_;
    result_.report.error = Error{message};
  }

  const std::string path_;
  const CheckOptions& options_;
  const std::vector<const Rule*>& chosen_;
  const bool draws_;
  CheckedModel result_;
};

// Checks `paths`, several at once, and adds what comes of them in their order.
class CheckedPaths {
 public:
  // Of each path the rules that are to be run.
  CheckedPaths(std::span<const CheckOptions> paths, const std::vector<std::vector<const Rule*>>& chosen, bool draws,
               std::ostream& err)
      : paths_(paths),
        chosen_(chosen),
        draws_(draws),
        done_(paths.size()),
        progress_(err, &err == &std::cerr && error_is_terminal() && !paths.front().output.quiet, paths.size()) {
    progress_.advance(0, name_of_path(0));
  }

  void check() {
    // What --fix writes is read by what comes behind: two paths may lie in one repo, or share a package.
    const bool writes = std::any_of(paths_.begin(), paths_.end(),
                                    [](const CheckOptions& options) { return options.fix && !options.diff; });
    const std::size_t threads = writes ? 1 : threads_for(paths_.front().output.jobs, paths_.size());
    const auto work = [&](std::size_t i) { done_[i] = CheckedPath(paths_[i], chosen_[i], draws_).result(); };
    // Threads of the C library may have small stacks, smaller than that of the first one.
    const auto work_on_thread = [&](std::size_t i) { run_on_large_stack([&] { work(i); }); };
    const auto taken = [&](std::size_t i) { return add(std::move(*done_[i]), paths_[i]); };
    if (threads == 1)
      run_in_order(paths_.size(), 1, work, taken);
    else
      run_in_order(paths_.size(), threads, work_on_thread, taken);
    progress_.clear();
  }

  Report report;
  std::string diffs;
  bool found = false;
  bool complete = true;  // as far as that is required
  std::vector<ToRemember> to_remember;
  bool failed = false;
  bool refused = false;

 private:
  bool add(CheckedModel model, const CheckOptions& options) {
    if (!add_model(std::move(model), options)) return false;
    ++paths_done_;
    progress_.advance(paths_done_, name_of_path(paths_done_));
    return true;
  }

  bool add_model(CheckedModel model, const CheckOptions& options) {
    if (!model.said.empty()) progress_.say(model.said);
    if (model.refused) {
      refused = true;
      return false;
    }
    failed |= model.failed;
    const auto fails = [&](const Finding& finding) { return finding.severity >= options.fail_on; };
    found |= !options.exit_zero && std::any_of(model.report.findings.begin(), model.report.findings.end(), fails);
    complete &= model.report.is_complete() || !options.require_complete;
    to_remember.push_back(std::move(model.to_remember));
    diffs += model.diff;
    report.models.push_back(std::move(model.report));
    for (CheckedModel& component : model.components) {
      if (!add_model(std::move(component), options)) return false;
    }
    return true;
  }

  std::string name_of_path(std::size_t i) const {
    if (i >= paths_.size()) return "";
    const ModelOptions& model = paths_[i].model;
    return model.paths.empty() ? model.graph : model.paths.front();
  }

  std::span<const CheckOptions> paths_;
  const std::vector<std::vector<const Rule*>>& chosen_;
  const bool draws_;
  std::vector<std::optional<CheckedModel>> done_;
  std::size_t paths_done_ = 0;
  Progress progress_;
};

// What goes into one of the places that the options name.
std::string text_for(const ReportFile& file, const CheckOptions& options, const CheckedPaths& checked) {
  if (options.diff) return checked.diffs;
  const OutputOptions& output = options.output;
  ReportStyle style{.verbose = output.verbose, .quiet = output.quiet, .rules = rules()};
  if (file.path.empty()) {
    style.color = output.color;
    style.links = output.links;
    style.width = output.width;
  }
  const bool json = file.format->name.starts_with("json");
  return options.statistics ? statistics_of(checked.report, style, json) : file.format->write(checked.report, style);
}

// Which rules are run, and how grave what they find is.
void add_rule_options(OptionTable& table, CheckOptions& options) {
  Taken taken{.name = "RULES", .words_only = true, .commas = true};
  for (const Rule* rule : rules()) taken.words.push_back({rule->name, rule->summary});
  table.value("select", options.select, taken, "run only these rules (repeatable, commas allowed)");
  table.value("ignore", options.ignore, taken, "leave these rules out (repeatable, commas allowed)");
  table.more("extend-select", options.extend_select, taken, "run these rules too (repeatable, commas allowed)");
  table.more("extend-ignore", options.extend_ignore, taken, "leave these rules out too (repeatable, commas allowed)");
  table.more("severity", options.severity,
             {.name = "RULE=SEVERITY",
              .words = taken.words,
              .words_only = true,
              .pair = '=',
              .right = {{"error", ""}, {"warning", ""}, {"info", ""}, {"off", "the rule is not run"}}},
             "what the rule finds is an error, a warning or info; off: it is not run (repeatable)");
  table.more("per-file-ignores", options.per_file_ignores,
             {.name = "GLOB:RULES", .words_only = true, .path = true, .pair = ':', .right = taken.words},
             "leave out what these rules find in files or models of such a path (repeatable)");
}

std::function<int(const Streams&)> prepare_check(OptionTable& table) {
  const auto options = std::make_shared<CheckOptions>();
  describe_check(table, *options);
  return [options, &table](const Streams& streams) -> int {
    if (options->lines.given) return check_lines(table, *options, streams);
    for (const char* name : {"item-time", "item-memory"}) {
      if (!table.given().contains(name)) continue;
      streams.err << complaint(fmt::format("`--{}` is for `--stdin` alone", name));
      return kNotAnalysed;
    }
    const Result<std::vector<CheckOptions>> paths = options_of_paths(table, *options);
    if (!paths.ok()) {
      streams.err << complaint(paths.error().message);
      return kNotAnalysed;
    }
    if (!options->show_settings) return run_check(*paths, streams.out, streams.err);
    streams.out << settings_text(*paths, paths->front().output.format == "json");
    return kNothingFound;
  };
}

}  // namespace

extern const Command check_command;
constexpr Command check_command{"check", "PATH...", "find what will go wrong when the model is loaded (the default)",
                                prepare_check};

void describe_check(OptionTable& table, CheckOptions& options) {
  add_model_options(table, options.model);
  add_loading_options(table, options.model);
  add_parallel_options(table, options.parallel);
  table.value("releases", options.releases, {.name = "VERSION"},
              "evaluate the model with this release of transformers, whose wheel is known (repeatable)");
  add_placement_options(table, options.model, options.placement);
  add_rule_options(table, options);
  const auto fail_on = std::make_shared<std::string>("warning");
  table.choice("fail-on", *fail_on,
               {.name = "SEVERITY",
                .words = {{"warning", "errors and warnings"}, {"error", "errors alone"}, {"info", "remarks too"}}},
               "the least grave finding that makes the exit status 1: warning (the default), error or info");
  table.check([&options, fail_on]() -> std::string {
    options.fail_on = severity_of_name(*fail_on).value_or(options.fail_on);
    return "";
  });
  table.flag("require-complete", options.require_complete,
             "exit with 3 where nothing was found, and not all that applies could be checked");
  table.flag("exit-zero", options.exit_zero, "exit with 0 even where something was found");
  table.value(
      "output,o", options.outputs, {.name = "[FORMAT=]FILE", .path = true},
      "write the report into a file instead; with FORMAT=, write it into a file in that form, too (repeatable)");
  table.flag("statistics", options.statistics, "print how often each rule was found instead of the report");
  table.flag("quiet,q", options.output.quiet, "print findings, and what was not checked, and nothing else");
  table.flag("show-fixes", options.show_fixes, "with --fix or --diff, list the fixes on standard error");
  table.flag("verbose", options.output.verbose,
             "everything about each finding, and the rules that could not be run, and why");
  table.flag("fix", options.fix, "apply the safe fixes to your own files");
  table.flag("unsafe-fixes", options.unsafe_fixes, "apply the unsafe ones too");
  table.flag("diff", options.diff, "print what would change, as unified diffs");
  table.check([&options]() -> std::string {
    options.fix |= options.unsafe_fixes;
    return "";
  });
  table.value("suppressions", options.suppressions, {.name = "FILE", .path = true},
              "the known findings (ckptlint-suppressions.json beside the configuration, else in the repo)");
  table.flag("suppress-all", options.suppress_all, "write all that is found into that file, as known");
  table.flag("prune-suppressions", options.prune_suppressions, "take out of that file what is not found any more");
  add_configuration_options(table, options.configuration);
  add_line_options(table, options.lines);
  table.flag("show-settings", options.show_settings, "print what counts for each PATH, and where it is written");
  add_output_options(table, options.output, names_of(report_formats()), {{"text", "full, as other commands call it"}});
  for (const char* name :
       {"fail-on", "exit-zero", "require-complete", "output", "fix", "unsafe-fixes", "diff", "suppressions"})
    table.keep_own(name);
}

int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  std::vector<CheckOptions> paths(std::max<std::size_t>(options.model.paths.size(), 1), options);
  for (std::size_t i = 0; i < options.model.paths.size(); ++i) paths[i].model.paths = {options.model.paths[i]};
  return run_check(paths, out, err);
}

int run_check(std::span<const CheckOptions> paths, std::ostream& out, std::ostream& err) {
  const CheckOptions& first = paths.front();
  const auto complain = [&](const std::string& message) {
    err << complaint(message);
    return kNotAnalysed;
  };
  const Result<std::vector<ReportFile>> files = report_files(first.output.format, first.outputs);
  if (!files.ok()) return complain(files.error().message);
  std::vector<std::vector<const Rule*>> chosen;
  for (const CheckOptions& options : paths) {
    auto rules = chosen_rules(options);
    if (!rules.ok()) return complain(rules.error().message);
    chosen.push_back(std::move(*rules));
  }
  if (first.model.paths.empty() && first.model.graph.empty())
    return complain("`check` takes the PATH of a model repo or weight file");
  const bool draws =
      !first.statistics && !first.diff &&
      std::any_of(files->begin(), files->end(), [](const ReportFile& file) { return file.format->write.draws; });
  CheckedPaths checked(paths, chosen, draws, err);
  std::error_code no_folder;  // and then paths are absolute
  checked.report.workspace = std::filesystem::current_path(no_folder).string();
  checked.check();
  if (checked.refused) return kNotAnalysed;
  const Result<std::string> remembered = remember(checked.to_remember);
  if (!remembered.ok()) return complain(remembered.error().message);
  err << *remembered;
  for (const ReportFile& file : *files) {
    const std::string text = text_for(file, first, checked);
    if (file.path.empty())
      out << text;
    else if (const auto failed = write_report_file(file.path, text))
      return complain(failed->message);
  }
  if (checked.failed) return kNotAnalysed;
  if (checked.found) return kFindings;
  return checked.complete ? kNothingFound : kIncomplete;
}

}  // namespace ckptlint
