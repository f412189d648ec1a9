// Reports that loading under DeepSpeed ZeRO-3 raises where other loading does not, where that is asked for with
// `--zero3`.
#include <fmt/format.h>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_failing_zero3_load(const Model& model, Findings& out) {
  if (!model.zero3_failure) return;
  const LoadFailure& failure = *model.zero3_failure;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("`from_pretrained` ends in {} {}", failure.what, failure.stage);
  if (failure.where.known()) finding.labels.push_back(Label::at(failure.where, "raised here"));
  say_hidden(failure.hides, finding);
  finding.notes.emplace_back(
      "other loading comes to its end; `_load_state_dict_into_zero3_model` of this release is what raises");
}

}  // namespace

extern const Rule failing_zero3_load = {
    .name = "failing-zero3-load",
    .family = Family::kCode,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading | Facts::kZero3,
    .summary = "loading under DeepSpeed ZeRO-3 raises, and other loading does not (asked for with `--zero3`)",
    .why =
        "Under ZeRO-3 the library loads by a function of its own: module by module, with `_load_from_state_dict` of "
        "each, and copies buffers into those of the model. What a module of the repo does there, and buffers of another "
        "shape, end loading there alone.",
    .example =
        "class Block(nn.Module):\n"
        "    def _load_from_state_dict(self, state_dict, prefix, *args):\n"
        "        state_dict[prefix + \"old\"]  # KeyError",
    .remedy = "Mend what raises, or load without ZeRO-3, save with save_pretrained, and load that.",
    .references = "transformers: `_load_state_dict_into_zero3_model` in integrations/deepspeed.py.",
    .check = check_failing_zero3_load,
};

}  // namespace ckptlint
