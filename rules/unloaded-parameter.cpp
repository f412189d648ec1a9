// Reports stored parameters that loading under DeepSpeed ZeRO-3 passes over, where that is asked for with `--zero3`.
#include <fmt/format.h>

#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unloaded_parameter(const Model& model, Findings& out) {
  std::vector<TensorId> tensors;
  for (const Zero3Loss& loss : *model.zero3) {
    if (!model.graph->tensor(loss.key.tensor).is_buffer()) tensors.push_back(loss.key.tensor);
  }
  if (tensors.empty()) return;
  Finding& finding = out.emplace_back();
  finding.tensors = model.graph->names_of(tensors);
  const bool one = tensors.size() == 1;
  finding.message = fmt::format("{} {} stored, and not loaded under DeepSpeed ZeRO-3", listed_names(finding.tensors),
                                one ? "is" : "are");
  finding.labels = places_of(model, tensors, "registered here");
  finding.notes.push_back(
      "`_load_state_dict_into_zero3_model` of this release converts stored keys by a function of its own, "
      "`_apply_weight_conversions_to_state_dict`, and that gives nothing under these names");
  finding.notes.push_back(
      "`from_pretrained` starts the tensors of the model from random values, and says so in a warning alone");
}

}  // namespace

extern const Rule unloaded_parameter = {
    .name = "unloaded-parameter",
    .family = Family::kValues,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading | Facts::kZero3,
    .summary = "a stored parameter that loading under DeepSpeed ZeRO-3 passes over (asked for with `--zero3`)",
    .why =
        "Under ZeRO-3 the library does not load as it does otherwise: a function of its own renames and converts the "
        "stored keys, and what it leaves out is initialised as if it were not stored. transformers 5.0.0 leaves out "
        "every key that needs no conversion, where any does; later releases some of what a model within the model "
        "renames for itself.",
    .example =
        "58 of 66 parameters of a Qwen3-Next checkpoint, under ZeRO-3 with transformers 5.0.0: embeddings, norms,\n"
        "attention and head. The experts, which are converted, are loaded.",
    .remedy =
        "Load with another release, which `check --zero3 --source` tells beforehand; or load without ZeRO-3, save with "
        "save_pretrained, and load that.",
    .references = "transformers: `_load_state_dict_into_zero3_model` in integrations/deepspeed.py.",
    .check = check_unloaded_parameter,
};

}  // namespace ckptlint
