// Reports that `auto_map` takes code from another repo, whatever this one has.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_foreign_remote_code(const Model& model, Findings& out) {
  std::vector<const CodeReference*> foreign;
  std::vector<std::string> repos, files;
  const auto add = [](std::vector<std::string>& names, const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const CodeReference& code : model.config->code) {
    // Where the library has the model itself, that is what is loaded without further ado.
    if (code.repo.empty() || (code.passed_over.empty() && model.config->known_type)) continue;
    foreign.push_back(&code);
    add(repos, code.repo);
    add(files, code.passed_over);
  }
  if (foreign.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = files.empty() ? Severity::kInfo : Severity::kWarning;
  finding.message = fmt::format("`auto_map` takes its code from {}", listed_names(repos));
  if (!files.empty())
    finding.message += fmt::format(" on the hub: {} in this repo {} passed over", listed_names(files),
                                   files.size() == 1 ? "is" : "are");
  for (const CodeReference* code : foreign) {
    if (finding.labels.size() == 4) break;
    finding.labels.push_back(
        Label::stored("config.json", "auto_map." + code->key, fmt::format("names `{}`", code->reference)));
  }
  finding.notes.emplace_back(
      "the library fetches that code, of whatever revision `code_revision` says, or ends in an OSError without network and cache");
  if (files.empty())
    finding.notes.emplace_back("what is there is not checked");
  else
    finding.notes.emplace_back(
        "what is checked here is the code of this repo; without the name of a repo in front of it, it is what is loaded");
}

}  // namespace

extern const Rule foreign_remote_code = {
    .name = "foreign-remote-code",
    .family = Family::kCode,
    .severity = Severity::kWarning,
    .needs = Facts::kConfig,
    .summary = "`auto_map` takes code from another repo, whatever this one has",
    .why =
        "`org/name--module.Class` is fetched from the hub. A file of that name beside config.json is never opened, so "
        "edits of it do nothing, and what is run can change without this repo.",
    .example = "config.json: \"auto_map\": {\"AutoModel\": \"org/name--modeling_x.XModel\"}, beside a modeling_x.py",
    .remedy = "Take the part before `--` away to use the files of this repo, or remove them.",
    .references = "`get_class_from_dynamic_module` of transformers 5.",
    .check = check_foreign_remote_code,
};

}  // namespace ckptlint
