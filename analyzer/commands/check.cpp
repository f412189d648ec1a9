#include "commands/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string_view>

#include "base/escape.h"
#include "check/fix_search.h"
#include "check/pipeline.h"
#include "fix/file_rewrite.h"
#include "fix/text_edit.h"

namespace ckptlint {
namespace {

constexpr int kMostFixes = 100;  // applied to one model, one after the other

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

// The first fix that may be applied; null if there is none.
const Fix* next_fix(const ModelReport& report, bool unsafe) {
  for (const Finding& finding : report.findings) {
    for (const Fix& fix : finding.fixes) {
      const bool allowed =
          fix.applicability == Applicability::kSafe || (unsafe && fix.applicability == Applicability::kUnsafe);
      if (allowed && !fix.edits.empty()) return &fix;
    }
  }
  return nullptr;
}

// Applies fixes in memory, each found by checking what the one before left, until none is left.  `report` becomes that
// of the last state.
Result<OwnTexts> fixed_texts(const ModelInput& input, const Question& question, bool unsafe, ModelReport& report) {
  OwnTexts texts;
  for (int count = 0; count < kMostFixes; ++count) {
    const Fix* fix = next_fix(report, unsafe);
    if (fix == nullptr) break;
    const ModelInput current = with_texts(input, texts);
    for (std::size_t i = 0; i < fix->edits.size();) {
      const FileId id = fix->edits[i].file;
      std::vector<Edit> edits;
      for (; i < fix->edits.size() && fix->edits[i].file == id; ++i) edits.push_back(fix->edits[i]);
      const SourceFile& file = *report.sources.find(id);
      const auto own = own_file(current, file);
      if (!own) return Error{fmt::format("{} is not a file of this model", quoted_name(file.path))};
      Result<std::string> text = apply_edits(file.text, std::move(edits));
      if (!text.ok()) return text.error();
      texts[*own] = std::move(*text);
    }
    report = report_of(with_texts(input, texts), question);
    if (report.error) return *report.error;
  }
  return texts;
}

FileTreePtr tree_of(const ModelInput& input, const OwnFile& own) {
  return own.source ? input.sources[*own.source].tree : input.repo;
}

Result<std::string> diff_of(const ModelInput& input, const OwnTexts& texts) {
  std::string diff;
  for (const auto& [own, text] : texts) {
    const FileTreePtr tree = tree_of(input, own);
    const Result<std::string> before = tree->is_file(own.path) ? tree->read(own.path) : std::string();
    if (!before.ok()) return before.error();
    diff += unified_diff(own.path, *before, text);
  }
  return diff;
}

// What was written, for people.
Result<std::string> write_texts(const ModelInput& input, const OwnTexts& texts) {
  std::string said;
  for (const auto& [own, text] : texts) {
    const FileTreePtr tree = tree_of(input, own);
    const bool is_new = !tree->is_file(own.path);
    const std::string folder = is_new ? tree->real_path("") : "";
    const std::string path = !is_new ? tree->real_path(own.path) : folder.empty() ? "" : folder + "/" + own.path;
    if (path.empty()) return Error{fmt::format("{} lies in an archive and cannot be edited", quoted_name(own.path))};
    const Result<bool> written = is_new ? write_new_file(path, text) : rewrite_file(path, text);
    if (!written.ok()) return written.error();
    said += fmt::format("fixed {}\n", printable(path));
  }
  return said;
}

std::string shown(const Report& report, const OutputOptions& output) {
  if (output.format == "json") return json_report(report);
  if (output.format == "sarif") return sarif_report(report, rules());
  if (output.format == "github") return github_report(report);
  return text_report(report, {.color = output.color});
}

bool is_format(std::string_view name) {
  return name == "text" || name == "json" || name == "sarif" || name == "github";
}

}  // namespace

int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  const auto complain = [&](const std::string& message) {
    err << "ckptlint: " << message << "\n";
    return kNotAnalysed;
  };
  if (!is_format(options.output.format)) {
    return complain(fmt::format("`check` has no format {}; it has text, json, sarif and github",
                                quoted_name(options.output.format)));
  }
  auto chosen = chosen_rules(options);
  if (!chosen.ok()) return complain(chosen.error().message);
  std::vector<std::string> paths = options.model.paths;
  if (paths.empty() && options.model.graph.empty())
    return complain("`check` takes the PATH of a model repo or weight file");
  if (paths.empty()) paths.emplace_back();

  Report report;
  std::error_code no_folder;  // and then paths are absolute
  report.workspace = std::filesystem::current_path(no_folder).string();
  bool failed = false;
  bool found = false;
  std::string diffs;
  for (const std::string& path : paths) {
    const auto fail = [&](const std::string& message) {
      complain(message);
      failed = true;
      ModelReport& model = report.models.emplace_back();
      model.path = path;
      model.error = Error{message};
    };
    const Result<ModelInput> input = open_model(path, options.model);
    if (!input.ok()) {
      fail(input.error().message);
      continue;
    }
    Result<PlacementRequest> placement = placement_request(options.placement, input->transformers, input->sources);
    if (!placement.ok()) return complain(placement.error().message);
    const Question question{std::move(*placement), *chosen, true, options.model.fsdp, options.model.zero3};
    ModelReport model = report_of(*input, question);
    if (model.error) {
      fail(model.error->message);
      continue;
    }
    if (model.obstacle) {
      complain(model.obstacle->message);
      failed = true;
    }
    if (options.fix || options.diff) {
      ModelReport fixed = model;
      const Result<OwnTexts> texts = fixed_texts(*input, question, options.unsafe_fixes, fixed);
      const Result<std::string> done = !texts.ok()    ? Result<std::string>(texts.error())
                                       : options.diff ? diff_of(*input, *texts)
                                                      : write_texts(*input, *texts);
      if (!done.ok()) {
        fail(done.error().message);
        continue;
      }
      if (options.diff) {
        diffs += *done;
      } else {
        err << *done;
        model = std::move(fixed);
      }
    }
    found |= std::any_of(model.findings.begin(), model.findings.end(),
                         [](const Finding& finding) { return finding.severity != Severity::kInfo; });
    report.models.push_back(std::move(model));
  }
  out << (options.diff ? diffs : shown(report, options.output));
  return failed ? kNotAnalysed : found ? kFindings : kNothingFound;
}

}  // namespace ckptlint
