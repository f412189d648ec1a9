// Reports large parts of a model that no rule of the plan names, so that each rank holds them whole, where that is
// asked for with `--tp`.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ckptlint/device_map.h"
#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

constexpr double kLarge = 0.1;  // of what a rank holds

void check_uncovered_layers(const Model& model, Findings& out) {
  if (!model.parallel->asked) return;
  const ParallelMap& map = model.parallel->map;
  if (map.sizes.tensor <= 1 || map.stages.empty()) return;
  Bytes held;
  std::map<std::string, std::pair<Bytes, std::vector<std::string>>> parts;  // by the module below the root
  for (const ShardedTensor& tensor : map.stages.front()) {
    if (tensor.is_alias) continue;
    const Bytes size = storage_of(tensor.layout->dtype, tensor.shape_on(0));
    held = bounded_sum(held, size);
    if (tensor.is_cut() || tensor.is_buffer || !tensor.layout->style.empty()) continue;
    auto& [bytes, names] = parts[name_shape(parent_of(tensor.name))];
    bytes = bounded_sum(bytes, size);
    names.push_back(tensor.name);
  }
  Bytes whole;
  for (const auto& part : parts) whole = bounded_sum(whole, part.second.first);
  if (held == Bytes() || whole.value() < kLarge * held.value()) return;
  std::vector<std::pair<std::string, std::pair<Bytes, std::vector<std::string>>>> largest(parts.begin(), parts.end());
  std::stable_sort(largest.begin(), largest.end(),
                   [](const auto& a, const auto& b) { return a.second.first > b.second.first; });
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kInfo;
  finding.message = fmt::format("the plan leaves {} of the {} that a rank holds whole on every rank: no rule names it",
                                human_size(whole), human_size(held));
  constexpr std::size_t kMost = 4;
  for (std::size_t i = 0; i < std::min(kMost, largest.size()); ++i)
    finding.notes.push_back(
        fmt::format("{}: {}", human_size(largest[i].second.first), listed_names(largest[i].second.second)));
  if (largest.size() > kMost) finding.notes.push_back(fmt::format("and {} smaller parts", largest.size() - kMost));
}

}  // namespace

extern const Rule uncovered_layers = {
    .name = "uncovered-layers",
    .family = Family::kParallel,
    .severity = Severity::kInfo,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary = "a tenth or more of what a rank holds is named by no rule of the plan (asked for with `--tp`)",
    .why =
        "What no rule names is loaded whole by every process: towers of multimodal models, experts of layers that were "
        "added later, embeddings. It takes the memory that tensor parallelism was to save.",
    .example = "base_model_tp_plan for `text_config` alone: the vision tower is whole on each of eight devices",
    .remedy = "Give rules for these modules in `base_model_tp_plan`, or in `DistributedConfig(tp_plan={...})`.",
    .references = "transformers: `verify_tp_plan`, which logs them at the level of its own logger.",
    .check = check_uncovered_layers,
};

}  // namespace ckptlint
