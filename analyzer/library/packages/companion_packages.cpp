// Packages that the files beside the weights are read with, as far as loading asks them.  transformers 4 asks for
// protobuf before it says what is wrong with a tokenizer.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

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

// Half a million of them are looked through, some at a time, and what is evaluated leaves its texts behind.
class Merges {
 public:
  Merges(Interpreter& in, Dict* vocab, std::int64_t prefix) : in_(in), vocab_(vocab), prefix_(prefix) {}

  // None; the number of the first that is no pair of texts, or the first token that is not in the vocabulary.
  Value fault_of(const Value& merges) {
    const List* all = in_.collect(merges);
    for (std::size_t i = 0; i < all->items.size(); ++i) {
      in_.step();
      if (!read(all->items[i])) {
        const Value absent = first_absent();
        return absent.is(Kind::kNone) ? Value::of(static_cast<std::int64_t>(i)) : absent;
      }
      if (count_ < kAtOnce && i + 1 < all->items.size()) continue;
      if (const Value absent = first_absent(); !absent.is(Kind::kNone)) return absent;
    }
    return Value::none();
  }

 private:
  static constexpr std::size_t kAtOnce = 16;

  bool read(const Value& merge) {
    if (Str* text = as_str(merge)) {
      const std::string_view view = text->view();
      const std::size_t blank = view.find(' ');
      if (blank == std::string_view::npos || view.find(' ', blank + 1) != std::string_view::npos) return false;
      add(view.substr(0, blank), view.substr(blank + 1));
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
    add(left->view(), right->view());
    return true;
  }

  void add(std::string_view left, std::string_view right) {
    const std::size_t begin = prefix_ == 0 ? 0 : byte_offset(right, std::min(prefix_, text_length(right)));
    std::string& merged = merged_[count_];
    merged.assign(left).append(right.substr(begin));
    Str* sought = &sought_[3 * count_++];
    for (const std::string_view token : {left, right, std::string_view(merged)}) *sought++ = text_of(token);
  }

  // Of those that were read; None where there is none.
  Value first_absent() {
    const std::size_t read = 3 * std::exchange(count_, 0);
    const std::size_t absent = dict_first_absent(vocab_, std::span(sought_).first(read));
    return absent < read ? in_.string(sought_[absent].view()) : Value::none();
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
  std::array<Str, 3 * kAtOnce> sought_;
  std::array<std::string, kAtOnce> merged_;
  std::size_t count_ = 0;
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
