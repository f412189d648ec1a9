// Reports that experts are stored one by one and the model has them stacked, or the reverse.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// Where in the text the library's table of conversions is written to; npos where it is not.
std::size_t entry_in(std::string_view text, std::string_view table) {
  constexpr std::array<std::string_view, 4> kWays{"[", ".update(", ".setdefault(", " |= "};
  for (std::size_t at = text.find(table); at != text.npos; at = text.find(table, at + 1)) {
    const std::string_view rest = text.substr(at + table.size());
    if (std::any_of(kWays.begin(), kWays.end(), [&](std::string_view way) { return rest.starts_with(way); })) return at;
  }
  return text.npos;
}

// Where the repo's own code enters a conversion into that table.
Span own_entry(const ModuleGraph& graph) {
  constexpr std::string_view kTable = "_MODEL_TO_CONVERSION_PATTERN";
  for (std::size_t i = 0; i < graph.sources.files.size(); ++i) {
    const SourceFile& file = graph.sources.files[i];
    const std::string_view text = file.text;
    const std::size_t at = file.in_model_repo ? entry_in(text, kTable) : text.npos;
    if (at == text.npos) continue;
    const std::size_t line_break = text.substr(0, at).rfind('\n');
    const std::size_t start = line_break == text.npos ? 0 : line_break + 1;
    const auto line = static_cast<std::uint32_t>(std::count(text.begin(), text.begin() + at, '\n') + 1);
    const auto column = static_cast<std::uint32_t>(at - start + 1);
    return {FileId{static_cast<std::uint32_t>(i)}, line, column, line,
            column + static_cast<std::uint32_t>(kTable.size())};
  }
  return {};
}

void word(const Model& model, const std::vector<const OtherLayout*>& group, Finding& finding) {
  const OtherLayout& first = *group.front();
  std::vector<std::string> parents;
  std::vector<TensorId> tensors;
  for (const OtherLayout* layout : group) {
    parents.push_back(layout->parent);
    tensors.insert(tensors.end(), layout->tensors.begin(), layout->tensors.end());
  }
  finding.tensors = model.graph->names_of(tensors);
  finding.message = first.stored_stacked
                        ? fmt::format("{} {} stored stacked, and the model has {} modules in its place",
                                      listed_names(parents), parents.size() == 1 ? "is" : "are", first.count)
                        : fmt::format("{} {} stored as {} modules, and the model has them stacked",
                                      listed_names(parents), parents.size() == 1 ? "is" : "are", first.count);
  finding.labels = places_of(model, {tensors.front()}, "expected in this form");
  finding.labels.insert(finding.labels.begin(),
                        stored_place(*model.checkpoint, model.checkpoint->tensors[first.stored.front()], "not loaded"));
  finding.notes.push_back("both have the same number of elements; the library knows no conversion for this model");
  if (const Span entry = own_entry(*model.graph); entry.known()) {
    finding.labels.push_back(Label::at(entry, "entered here, and ignored"));
    finding.notes.push_back(
        "the library passes its own table over for code of a repo; `register_checkpoint_conversion_mapping(model_type, "
        "mapping, overwrite=True)` of `transformers.conversion_mapping` enters one that it takes");
  }
  finding.notes.push_back(
      "`from_pretrained` starts the tensors of the model from random values, and says so in a warning alone");
}

void check_stacked_layout(const Model& model, Findings& out) {
  std::map<std::string, std::vector<const OtherLayout*>> groups;
  for (const OtherLayout& layout : model.leftovers->layouts)
    groups[fmt::format("{} {}", layout.stored_stacked, name_shape(layout.parent))].push_back(&layout);
  for (const auto& [shape, group] : groups) word(model, group, out.emplace_back());
}

}  // namespace

extern const Rule stacked_layout = {
    .name = "stacked-layout",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "experts are stored one by one and the model has them stacked, or the reverse",
    .why =
        "The values are all there, in a form that this release does not read for this model. Every expert "
        "starts from random values, and a warning is all that is said.",
    .example =
        "model.safetensors has `model.layers.0.mlp.experts.{0..7}.up_proj.weight`, each [64, 32]\n"
        "the model has `model.layers.0.mlp.experts.up_proj`, [8, 64, 32]",
    .remedy =
        "Save the checkpoint in the layout of the code; or load it with a release whose conversion_mapping.py "
        "has the model type; or register one: `register_checkpoint_conversion_mapping(model_type, "
        "[WeightConverter(...)])`.",
    .references = "Megatron-LM issue 5844; Megatron-Bridge PR 4706; vLLM issue 45830.",
    .check = check_stacked_layout,
};

}  // namespace ckptlint
