// Compiled packages that the files beside the weights are read with, as far as loading asks them.
#include "library/host/embedded.h"
#include "library/packages/install.h"

namespace ckptlint::python {
namespace {

struct PartModule {
  const char* name;
  const char* text;
};

constexpr PartModule kPartModules[] = {
    {"huggingface_hub.constants", "HF_HUB_OFFLINE = False\n"},
    {"tokenizers.models", "from tokenizers import BPE, Unigram, WordLevel, WordPiece, _Model as Model\n"},
    {"tokenizers.normalizers", "from tokenizers import _family\nglobals().update(_family(__name__))\n"},
    {"tokenizers.pre_tokenizers", "from tokenizers import _family\nglobals().update(_family(__name__))\n"},
    {"tokenizers.decoders", "from tokenizers import _family\nglobals().update(_family(__name__))\n"},
    {"tokenizers.processors", "from tokenizers import _family\nglobals().update(_family(__name__))\n"},
    {"tokenizers.trainers", "from tokenizers import _family\nglobals().update(_family(__name__))\n"},
};

}  // namespace

void install_companion_packages(Interpreter& in) {
  in.native_module("_compiled", true);
  in.embedded_module("tokenizers", embedded_text("packages/tokenizers.py"), true);
  for (const PartModule& each : kPartModules) in.embedded_module(each.name, each.text, true);
}

}  // namespace ckptlint::python
