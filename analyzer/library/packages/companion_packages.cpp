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
      const std::size_t begin = prefix_ == 0 ? 0 : byte_offset(right_, std::min(prefix_, text_length(right_)));
      merged_.assign(left_).append(right_.substr(begin));
      for (const std::string_view token : {left_, right_, std::string_view(merged_)}) {
        Str sought = text_of(token);
        if (dict_find(vocab_, &sought) == nullptr) return in_.string(token);
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
      left_ = view.substr(0, blank);
      right_ = view.substr(blank + 1);
      return true;
    }
    const Tuple* tuple = merge.is(Kind::kTuple) ? merge.as<Tuple>() : nullptr;
    const List* list = merge.is(Kind::kList) ? merge.as<List>() : nullptr;
    const Value* pair = tuple != nullptr && tuple->count == 2       ? tuple->items
                        : list != nullptr && list->items.count == 2 ? list->items.items
                                                                    : nullptr;
    if (pair == nullptr) return false;
    const Str* left = as_str(pair[0]);
    const Str* right = as_str(pair[1]);
    if (left == nullptr || right == nullptr) return false;
    left_ = left->view();
    right_ = right->view();
    return true;
  }

  // To look for it, and not to keep it.
  static Str text_of(std::string_view text) {
    Str str;
    str.kind = Kind::kStr;
    str.data = text.data();
    str.length = static_cast<std::uint32_t>(text.size());
    return str;
  }

  Interpreter& in_;
  Dict* vocab_;
  std::int64_t prefix_;
  std::string_view left_, right_;
  std::string merged_;
};

Value fault_of_merges(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [vocab, merges, prefix] = bind<"vocab, merges, prefix">(in, "fault_of_merges", arguments);
  if (!vocab.is(Kind::kDict)) return in.unknown("a vocabulary");
  return Merges(in, vocab.as<Dict>(), in.to_int(prefix)).fault_of(merges);
}

// Whether `vocab` is plainly a dict of texts and numbers from 0 on: one has hundreds of thousands of them.
Value is_plain_vocab(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [vocab] = bind<"vocab">(in, "is_plain_vocab", arguments);
  if (!vocab.is(Kind::kDict)) return Value::of(false);
  const auto& entries = vocab.as<Dict>()->entries;
  in.step(entries.size());
  return Value::of(std::all_of(entries.begin(), entries.end(), [](const Dict::Entry& entry) {
    return entry.key.missing() || (entry.key.is(Kind::kStr) && entry.value.is(Kind::kInt) && entry.value.as_int() >= 0);
  }));
}

}  // namespace

void install_companion_packages(Interpreter& in) {
  Module* compiled = in.native_module("_compiled", true);
  in.define(compiled, "fault_of_merges", fault_of_merges);
  in.define(compiled, "is_plain_vocab", is_plain_vocab);
  in.embedded_module("tokenizers", embedded_text("packages/tokenizers.py"), true);
  for (const PartModule& each : kPartModules) in.embedded_module(each.name, each.text, true);
  // Of a folder they give its files.
  for (const char* name : {"cached_file", "cached_files"}) in.override_definition("transformers.utils.hub", name, {});
}

}  // namespace ckptlint::python
