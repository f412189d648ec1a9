// modules.json, the config of a part and its weights, of unknown origin: one text is all three.  The library that reads
// them is one of a few lines, which does what the real one does with files.
#include <cstdint>
#include <string>

#include "parts/sentence_parts.h"

namespace {

constexpr const char* kParts = R"(
import importlib
import json
import os

import torch
from safetensors.torch import load_model
from torch import nn

__version__ = "6.2.0"


class Dense(nn.Module):
    def __init__(self, in_features=4, out_features=4, **named):
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)

    def forward(self, features):
        features["sentence_embedding"] = self.linear(features.get("sentence_embedding", torch.zeros((1, 4))))
        return features


class SentenceTransformer(nn.Sequential):
    def __init__(self, folder, **named):
        parts = {}
        for entry in json.load(open(os.path.join(folder, "modules.json"))):
            path = os.path.join(folder, entry["path"])
            part = getattr(importlib.import_module("sentence_transformers"), entry["type"].split(".")[-1])
            made = part(**json.load(open(os.path.join(path, "config.json"))))
            load_model(made, os.path.join(path, "model.safetensors"))
            parts[entry["name"]] = made
        super().__init__(*parts.values())
        self.device = "cpu"

    def get_embedding_dimension(self):
        return self[-1].linear.out_features

    def preprocess(self, texts):
        return {}
)";

ckptlint::FileTreePtr library() {
  return ckptlint::in_memory_tree(
      {{"sentence_transformers/__init__.py", kParts},
       {"transformers/__init__.py",
        "__version__ = '5.23.0'\nclass PreTrainedModel:\n    @classmethod\n    def from_pretrained(cls, name):\n        pass\n"
        "class PreTrainedTokenizerBase:\n    pass\n"},
       {"transformers/models/__init__.py", ""},
       {"transformers/models/auto/__init__.py", ""},
       {"transformers/models/auto/auto_factory.py",
        "class _BaseAutoModelClass:\n    @classmethod\n    def from_pretrained(cls, name):\n        pass\n"}});
}

void ask(std::map<std::string, std::string> files) {
  ckptlint::GraphRequest request;
  request.repo = ckptlint::in_memory_tree(std::move(files));
  request.sources = {{library(), "", "", true}};
  request.steps = 300'000;
  (void)ckptlint::sentence_parts_of(request);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ask({{"modules.json", text}, {"config.json", text}, {"model.safetensors", text}});
  constexpr const char* kList =
      R"([{"name": "0", "path": "m", "type": "sentence_transformers.Dense"}, {"name": "1", "path": "", "type": "m.Own"}])";
  ask({{"modules.json", kList}, {"m/config.json", text}, {"m/model.safetensors", text}});
  ask({{"modules.json", kList}, {"m/config.json", "{}"}, {"m/model.safetensors", text}});
  return 0;
}
