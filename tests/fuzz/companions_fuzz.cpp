// The files beside the weights, of unknown origin: one text is each of them in turn.  The library that reads them is
// one of a few lines, over the package tokenizers as it is described here.
#include <cstdint>
#include <string>

#include "companions/companions.h"

namespace {

ckptlint::FileTreePtr library() {
  return ckptlint::in_memory_tree(
      {{"transformers/__init__.py",
        "__version__ = '5.23.0'\nfrom .models.auto.tokenization_auto import AutoTokenizer\nAutoProcessor = AutoTokenizer\n"},
       {"transformers/models/__init__.py", ""},
       {"transformers/models/auto/__init__.py", ""},
       {"transformers/models/auto/tokenization_auto.py", R"(
import json
import os

from tokenizers import AddedToken, Tokenizer


class AutoTokenizer:
    chat_template = None

    def __init__(self, made, config):
        self.made = made
        self.special_tokens_map = {key: value for key, value in config.items() if key.endswith("_token")}

    def __len__(self):
        return self.made.get_vocab_size()

    @classmethod
    def from_pretrained(cls, folder, **named):
        config = json.load(open(os.path.join(folder, "tokenizer_config.json")))
        made = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        made.add_tokens([AddedToken(**row) for row in config.get("added", [])])
        return cls(made, config)
)"},
       {"transformers/generation/__init__.py", ""},
       {"transformers/generation/configuration_utils.py", R"(
import json
import os


class GenerationConfig:
    @classmethod
    def from_pretrained(cls, folder):
        made = cls()
        made.__dict__.update(json.load(open(os.path.join(folder, "generation_config.json"))))
        return made

    def save_pretrained(self, folder):
        os.makedirs(folder, exist_ok=True)
        json.dump(self.__dict__, open(os.path.join(folder, "generation_config.json"), "w"))
)"}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ckptlint::GraphRequest request;
  request.sources = {{library(), "", "", true}};
  request.steps = 300'000;
  request.repo = ckptlint::in_memory_tree(
      {{"tokenizer.json", text}, {"tokenizer_config.json", "{}"}, {"generation_config.json", text}});
  (void)ckptlint::companions_of(request);
  constexpr const char* kTokenizer =
      R"({"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}, "added_tokens": []})";
  request.repo = ckptlint::in_memory_tree(
      {{"tokenizer.json", kTokenizer}, {"tokenizer_config.json", text}, {"preprocessor_config.json", text}});
  (void)ckptlint::companions_of(request);
  return 0;
}
