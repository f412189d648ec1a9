// Reports that a pickled weight file names functions or classes beyond those that tensors need.
#include <array>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::array kUnsafePickleKinds = {DefectKind::kPickleCall, DefectKind::kRetiredName, DefectKind::kRecentName};

void check_unsafe_pickle(const Model& model, Findings& out) {
  report_defects(*model.checkpoint, kUnsafePickleKinds, out);
}

}  // namespace

extern const Rule unsafe_pickle = {
    .name = "unsafe-pickle",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "a pickled weight file names functions or classes beyond those that tensors need",
    .why =
        "torch.load refuses the file with `weights_only=True`, which from_pretrained asks for; without it, "
        "loading runs whatever the pickle names.  Names that torchao registers are allowed where the config is of "
        "torchao, since the libraries import it first; which those are depends on its release.",
    .example = "pytorch_model.bin names `posix.system` at byte 64",
    .remedy =
        "Do not load a file whose origin is not known. Save one "
        "of your own again as safetensors, with tensors alone; quantize it again where only older releases of torchao "
        "register its names.",
    .references =
        "`torch.serialization` of torch 2.13, `_get_allowed_globals`; civitai model-scanner issue 6; `add_safe_globals` of "
        "torchao 0.9.0 to 0.18.0.",
    .check = check_unsafe_pickle,
    .of_security = true,
};

}  // namespace ckptlint
