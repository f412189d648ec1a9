// Packages that the files beside the weights are read with, as far as loading asks them.  transformers 4 asks for
// protobuf before it says what is wrong with a tokenizer.
#include <algorithm>
#include <string>

#include "library/host/embedded.h"
#include "library/packages/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"
#include "python/values/dict.h"
#include "python/values/text.h"

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

// Half a million of them are looked through, and what is evaluated leaves its texts behind.
class Merges {
 public:
  Merges(Interpreter& in, Dict* vocab, std::int64_t prefix) : in_(in), vocab_(vocab), prefix_(prefix) {}

  // None; the number of the first that is no pair of texts, or the first token that is not in the vocabulary.
  Value fault_of(const Value& merges) {
    const List* all = in_.collect(merges);
    for (std::size_t i = 0; i < all->items.size(); ++i) {
      in_.step();
      if (!read(all->items[i])) return Value::of(static_cast<std::int64_t>(i));
      const std::string_view right = right_->view();
      const std::size_t begin = prefix_ == 0 ? 0 : byte_offset(right, std::min(prefix_, text_length(right)));
      const std::string merged = std::string(left_->view()) + std::string(right.substr(begin));
      for (const Value& token : {Value::of(left_), Value::of(right_), in_.string(merged)}) {
        if (dict_find(vocab_, token) == nullptr) return token;
      }
    }
    return Value::none();
  }

 private:
  bool read(const Value& merge) {
    if (Str* text = as_str(merge)) {
      const std::string_view view = text->view();
      const std::size_t blank = view.find(' ');
      if (blank == std::string_view::npos || view.find(' ', blank + 1) != std::string_view::npos) return false;
      left_ = as_str(in_.string(view.substr(0, blank)));
      right_ = as_str(in_.string(view.substr(blank + 1)));
      return true;
    }
    if (!merge.is(Kind::kList) && !merge.is(Kind::kTuple)) return false;
    const List* pair = in_.collect(merge);
    if (pair->items.size() != 2) return false;
    left_ = as_str(pair->items[0]);
    right_ = as_str(pair->items[1]);
    return left_ != nullptr && right_ != nullptr;
  }

  Interpreter& in_;
  Dict* vocab_;
  std::int64_t prefix_;
  Str* left_ = nullptr;
  Str* right_ = nullptr;
};

Value fault_of_merges(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [vocab, merges, prefix] = bind<"vocab, merges, prefix">(in, "fault_of_merges", arguments);
  if (!vocab.is(Kind::kDict)) return in.unknown("a vocabulary");
  return Merges(in, vocab.as<Dict>(), in.to_int(prefix)).fault_of(merges);
}

}  // namespace

void install_companion_packages(Interpreter& in) {
  in.define(in.native_module("_compiled", true), "fault_of_merges", fault_of_merges);
  in.embedded_module("tokenizers", embedded_text("packages/tokenizers.py"), true);
  for (const PartModule& each : kPartModules) in.embedded_module(each.name, each.text, true);
  // Of a folder they give its files.
  for (const char* name : {"cached_file", "cached_files"}) in.override_definition("transformers.utils.hub", name, {});
}

}  // namespace ckptlint::python
