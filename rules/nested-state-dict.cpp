// Reports that a pickled checkpoint keeps its tensors under a key, where from_pretrained does not look.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kNestedStateDictKinds = {DefectKind::kNestedState};

void check_nested_state_dict(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  report_defects(*model.checkpoint, kNestedStateDictKinds, out);
  // The file is read without complaint, and the model gets nothing of it.
  for (std::size_t i = first; i < out.size(); ++i) out[i].severity = Severity::kError;
}

}  // namespace

extern const Rule nested_state_dict = {
    .name = "nested-state-dict",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "a pickled checkpoint keeps its tensors under a key, where from_pretrained does not look",
    .why =
        "from_pretrained takes the keys at the top of the file for tensors: all of the model is then missing, "
        "and starts from random values.",
    .example = "pytorch_model.bin is {\"epoch\": 3, \"state_dict\": {...}}",
    .remedy = "Save what lies under the key, best as safetensors.",
    .references = "`load_state_dict` of transformers 5.",
    .check = check_nested_state_dict,
};

}  // namespace ckptlint
