// Packages that the files beside the weights are read with, as far as loading asks them.  transformers 4 asks for
// protobuf before it says what is wrong with a tokenizer.
#include "library/host/embedded.h"
#include "library/packages/install.h"

namespace ckptlint::python {
namespace {

struct PartModule {
  const char* name;
  const char* text;
};

constexpr const char* kFamily = R"(
from tokenizers import _family

_own = _family(__name__)


def __getattr__(name):
    if name in _own:
        return _own[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
)";

constexpr PartModule kPartModules[] = {
    {"google", ""},
    {"google.protobuf", ""},
    {"google.protobuf.message", "class Error(Exception): pass\nclass DecodeError(Error): pass\n"},
    {"huggingface_hub.constants", "HF_HUB_OFFLINE = False\n"},
    {"tokenizers.models", "from tokenizers import BPE, Unigram, WordLevel, WordPiece, _Model as Model\n"},
    {"tokenizers.normalizers", kFamily},
    {"tokenizers.pre_tokenizers", kFamily},
    {"tokenizers.decoders", kFamily},
    {"tokenizers.processors", kFamily},
    {"tokenizers.trainers", kFamily},
};

}  // namespace

void install_companion_packages(Interpreter& in) {
  in.native_module("_compiled", true);
  in.embedded_module("tokenizers", embedded_text("packages/tokenizers.py"), true);
  for (const PartModule& each : kPartModules) in.embedded_module(each.name, each.text, true);
}

}  // namespace ckptlint::python
