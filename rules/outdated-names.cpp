// Reports that tensors are stored under old names that from_pretrained alone translates.
#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_outdated_names(const Model& model, Findings& out) {
  std::map<std::pair<std::string, std::string>, std::vector<MatchedKey>> groups;
  for (const MatchedKey& key : model.loading->matched) {
    if (key.converted) continue;
    const std::string_view from = leaf_of(model.checkpoint->tensors[key.stored].name);
    const std::string_view to = leaf_of(model.graph->tensor(key.tensor).name);
    if (from != to) groups[{std::string(from), std::string(to)}].push_back(key);
  }
  if (groups.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kInfo;
  std::vector<std::string> changes;
  for (const auto& [words, keys] : groups) {
    changes.push_back(fmt::format("`{}` to `{}`", words.first, words.second));
    for (const MatchedKey& key : keys) finding.tensors.push_back(model.graph->tensor(key.tensor).name);
    const StoredTensor& stored = model.checkpoint->tensors[keys.front().stored];
    finding.labels.push_back(
        stored_place(*model.checkpoint, stored,
                     fmt::format("the model has it as `{}`", model.graph->tensor(keys.front().tensor).name)));
  }
  std::string list;
  for (std::size_t i = 0; i < changes.size(); ++i)
    list += (i == 0 ? "" : i + 1 == changes.size() ? " and " : ", ") + changes[i];
  finding.message = fmt::format("{} tensor{} {} stored under a name that the library changes while it loads: {}",
                                finding.tensors.size(), finding.tensors.size() == 1 ? "" : "s",
                                finding.tensors.size() == 1 ? "is" : "are", list);
  finding.notes.push_back(
      "`from_pretrained` reads them; a `load_state_dict` on the model itself misses them, and so may other engines");
}

}  // namespace

extern const Rule outdated_names = {
    .name = "outdated-names",
    .family = Family::kKeys,
    .severity = Severity::kInfo,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "tensors are stored under old names that from_pretrained alone translates",
    .why =
        "The library renames what old releases, or old conversions from other frameworks, called otherwise. "
        "Whoever loads the file without it gets the tensors as missing and as unexpected at once.",
    .example = "model.safetensors has `bert.embeddings.LayerNorm.gamma`, which is `...LayerNorm.weight` in the model",
    .remedy = "Nothing has to be done. Loading the model and saving it again stores the new names.",
    .references = "transformers issues 11809, 26796 and 33995; `conversion_mapping.py` of transformers 5.",
    .check = check_outdated_names,
};

}  // namespace ckptlint
