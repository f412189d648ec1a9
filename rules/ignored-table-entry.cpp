// Reports entries that code of the repo makes in tables of the library, and that the library does not find there.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostShown = 4;

void add_once(std::vector<std::string>& all, const std::string& one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

void report_table(const std::vector<const IgnoredEntry*>& entries, Findings& out) {
  std::vector<std::string> keys, calls;
  Finding& finding = out.emplace_back();
  for (const IgnoredEntry* entry : entries) {
    add_once(keys, entry->key);
    add_once(calls, entry->call);
    const auto same = [&](const Label& label) { return label.span == entry->where; };
    if (finding.labels.size() < kMostShown && std::none_of(finding.labels.begin(), finding.labels.end(), same))
      finding.labels.push_back(Label::at(entry->where, "written here"));
  }
  finding.severity = Severity::kWarning;
  finding.message = fmt::format("what is put under {} into `{}` has no effect: the library does not find it there",
                                listed_names(keys), entries.front()->table);
  for (std::size_t i = 0; i < std::min(calls.size(), kMostShown); ++i)
    finding.notes.push_back(fmt::format("the library finds what `{}` puts there", calls[i]));
}

void check_ignored_table_entry(const Model& model, Findings& out) {
  std::vector<std::string> tables;
  for (const IgnoredEntry& entry : model.ignored_entries) add_once(tables, entry.table);
  for (const std::string& table : tables) {
    std::vector<const IgnoredEntry*> entries;
    for (const IgnoredEntry& entry : model.ignored_entries) {
      if (entry.table == table) entries.push_back(&entry);
    }
    report_table(entries, out);
  }
}

}  // namespace

extern const Rule ignored_table_entry = {
    .name = "ignored-table-entry",
    .family = Family::kCode,
    .severity = Severity::kWarning,
    .needs = Facts::kBuild,
    .summary = "code of the repo writes into a table of the library, which does not find it there",
    .why =
        "The tables behind AutoConfig and AutoModel look like dicts and answer from elsewhere: from a list of module "
        "names, and from what was registered. Masks are looked for only where a name was registered, and conversions "
        "of stored keys are only applied to code of a repo that registered them.",
    .example =
        "CONFIG_MAPPING[\"tiny\"] = TinyConfig\n"
        "AutoConfig.for_model(\"tiny\")  # ValueError: Unrecognized model identifier",
    .remedy =
        "Call `register`: AutoConfig.register(\"tiny\", TinyConfig), AutoModel.register(TinyConfig, TinyModel), "
        "AttentionMaskInterface.register(...), register_checkpoint_conversion_mapping(...).",
    .references = "`_LazyConfigMapping`, `_LazyAutoMapping` and `GeneralInterface` of transformers.",
    .check = check_ignored_table_entry,
};

}  // namespace ckptlint
