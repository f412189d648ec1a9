"""Parts of sentence-transformers repos whose class is code of the repo, for sentence_parts.py: the changes of one of its repos, each
with the files that it adds."""

HEAD = """import json
import os

import torch
from torch import nn
"""

# Of a class written for the releases before 5: its load takes a folder.
OLD = """

class Own(nn.Module):
    def __init__(self, width=8, out=4):
        super().__init__()
        self.width, self.out = width, out
        self.linear = nn.Linear(width, out)

    def forward(self, features):
        features["sentence_embedding"] = self.linear(features["sentence_embedding"])
        return features

    def get_sentence_embedding_dimension(self):
        return self.out

    @staticmethod
    def load(input_path):
        with open(os.path.join(input_path, "config.json")) as file:
            config = json.load(file)
        own = Own(**config)
        own.load_state_dict(torch.load(os.path.join(input_path, "pytorch_model.bin"), map_location="cpu"))
        return own
"""

# Of a class written for the releases from 5 on.
NEW = """
from sentence_transformers.models import Module


class Own(Module):
    config_keys = ["width", "out"]

    def __init__(self, width=8, out=4):
        super().__init__()
        self.width, self.out = width, out
        self.linear = nn.Linear(width, out)

    def forward(self, features, **given):
        features["sentence_embedding"] = torch.nn.functional.normalize(self.linear(features["sentence_embedding"]), dim=-1)
        return features

    def get_sentence_embedding_dimension(self):
        return self.out

    def save(self, output_path, *args, safe_serialization=True, **given):
        self.save_config(output_path)
        self.save_torch_weights(output_path, safe_serialization=safe_serialization)

    @classmethod
    def load(cls, model_name_or_path, subfolder="", token=None, cache_folder=None, revision=None, local_files_only=False, **given):
        named = dict(subfolder=subfolder, token=token, cache_folder=cache_folder, revision=revision, local_files_only=local_files_only)
        return cls.load_torch_weights(model_name_or_path, model=cls(**cls.load_config(model_name_or_path, **named)), **named)
"""

PLAIN = """

class Own(nn.Module):
    def forward(self, features):
        {forward}
        return features

    {decorator}
    def load({given}):
        {load}
"""


def plain(forward="pass", decorator="@classmethod", given="cls, path, **given", load="return cls()"):
    return HEAD + PLAIN.format(forward=forward, decorator=decorator, given=given, load=load)


WAYS = {
    "that does nothing": plain(),
    "with load for a path": plain(given="cls, path"),
    "with a static load": plain(decorator="@staticmethod", given="path", load="return Own()"),
    "without load": HEAD + "\n\nclass Own(nn.Module):\n    def forward(self, features):\n        return features\n",
    "whose load raises": plain(load="raise ValueError('no such part')"),
    "whose load gives nothing": plain(load="return None"),
    "that is no module": HEAD + "\n\nclass Own:\n    @classmethod\n    def load(cls, path, **given):\n        return cls()\n",
    "that gives nothing": plain().replace("return features", "return None"),
    "that takes half": plain("features['sentence_embedding'] = features['sentence_embedding'][:, :4]"),
    "that takes too much away": plain("del features['sentence_embedding']"),
    "that looks for another name": plain("features['sentence_embedding'] = features['nothing']"),
    "that puts together": plain("features['sentence_embedding'] = torch.cat([features['sentence_embedding']] * 2, dim=1)"),
    "that adds tokens": plain("features['sentence_embedding'] = features['sentence_embedding'] + features['token_embeddings'].mean(dim=1)"),
    "that multiplies wrongly": plain("features['sentence_embedding'] = features['sentence_embedding'] @ torch.zeros(3, 2)"),
    "that turns": plain("features['sentence_embedding'] = features['sentence_embedding'] @ torch.zeros(8, 2)"),
    "with a word of its own": plain().replace("def forward(self, features)", "def forward(self, features, scale)"),
    "that imports what is not there": HEAD + "from torch.nn import Nosuch\n" + plain(),
    "with a name that is not there": HEAD + "class Own(Nosuch):\n    pass\n",
    "that is no Python": "class Own(:\n",
    "of another name": plain().replace("class Own", "class Other"),
    "that raises when imported": "raise RuntimeError('not here')\n",
    "with a sibling": "from .own_parts import Own\n",
    "with a sibling that is not there": "from .nosuch import Own\n",
    "with a sibling within a function": plain(load="from .own_parts import WIDTH\n        return cls()"),
}
SIBLING = {"own_parts.py": plain() + "\n\nWIDTH = 8\n"}

# A part in the place of the library's Transformer, that sees to tokens itself.
BACKBONE = HEAD + """from transformers import AutoConfig, AutoModel, AutoTokenizer


class Own(nn.Module):
    save_in_root = True

    def __init__(self, model_name_or_path, max_seq_length=None, model_args=None, tokenizer_args=None, config_args=None, cache_dir=None, backend="torch", **given):
        super().__init__()
        config = AutoConfig.from_pretrained(model_name_or_path, **{**(config_args or {}), "cache_dir": cache_dir})
        self.auto_model = AutoModel.from_pretrained(model_name_or_path, config=config, **{**(model_args or {}), "cache_dir": cache_dir})
        self.tokenizer = AutoTokenizer.from_pretrained(model_name_or_path, **{**(tokenizer_args or {}), "cache_dir": cache_dir})
        self.max_seq_length = max_seq_length

    def forward(self, features):
        output = self.auto_model(**{key: features[key] for key in ("input_ids", "attention_mask")}, return_dict=False)
        features["token_embeddings"] = output[0]
        return features

    def get_word_embedding_dimension(self):
        return self.auto_model.config.hidden_size

    def tokenize(self, texts, padding=True):
        return self.tokenizer(texts, padding=padding, truncation="longest_first", return_tensors="pt", max_length=self.max_seq_length)

    @staticmethod
    def load(input_path):
        return Own(input_path)
"""
DERIVED = """from sentence_transformers.models import Transformer


class Own(Transformer):
    def forward(self, features, **given):
        features = super().forward(features, **given)
        features["token_embeddings"] = features["token_embeddings"][..., :{width}]
        return features
"""


def with_type(modules, index, kind):
    return [{**entry, "type": kind} if at == index else entry for at, entry in enumerate(modules)]


def weights(out=4, width=8, **named):
    return {"linear.weight": ["F32", [out, width]], "linear.bias": ["F32", [out]], **named}


# Behind the parts of a repo, and in the place of its first.  `pickled` makes a pytorch_model.bin of named tensors.
def changes(files, pickled):
    modules = files["modules.json"]
    behind = [*modules, {"idx": 9, "name": "9", "path": "9_Own", "type": "own.Own"}]
    config = {"9_Own/config.json": {"width": 8, "out": 4}}
    listed = {"modules.json": behind}
    for what, code in WAYS.items():
        yield f"a part {what}", {**listed, **config, **SIBLING, "own.py": code}
    old, new = {**listed, **config, "own.py": HEAD + OLD}, {**listed, **config, "own.py": HEAD + NEW}
    packed = lambda *given, **named: {"9_Own/pytorch_model.bin": pickled({"tensors": weights(*given, **named)})}
    plain_file = lambda *given, **named: {"9_Own/model.safetensors": {"tensors": weights(*given, **named)}}
    for what, code, file in (("an old part", old, packed), ("a new part", new, plain_file)):
        yield f"{what} with weights", {**code, **file()}
        yield f"{what} without weights", code
        yield f"{what} without config", {**code, **file(), "9_Own/config.json": None}
        yield f"{what} with other weights", {**code, **file(out=5)}
        yield f"{what} with more weights", {**code, **file(**{"more": ["F32", [1]]})}
        yield f"{what} with another config", {**code, **file(), "9_Own/config.json": {"width": 7, "out": 4}}
        yield f"{what} for another width", {**code, **file(width=7), "9_Own/config.json": {"width": 7, "out": 4}}
        yield f"{what} with a config of other names", {**code, **file(), "9_Own/config.json": {"wide": 8}}
    for kind in ("own.Nosuch", "nosuch.Own", "own", "own.Own.Own", "models.own.Own", "torch.nn.Identity", "os.path.join"):
        changed = {"modules.json": [*modules, {**behind[-1], "type": kind}]}
        yield f"a part of type {kind}", {**changed, **config, "own.py": plain()}
    yield "a backbone of its own", {"modules.json": with_type(modules, 0, "own.Own"), "own.py": BACKBONE}
    for width in (8, 6):
        yield f"a backbone that gives {width}", {"modules.json": with_type(modules, 0, "own.Own"), "own.py": DERIVED.format(width=width)}


MODEL = """from transformers import BertConfig, BertModel


class OwnConfig(BertConfig):
    model_type = "{kind}"


class OwnModel(BertModel):
    config_class = OwnConfig
"""


# A model of the repo's own below the library's part.
def models(files):
    mapped = {"AutoConfig": "own_model.OwnConfig", "AutoModel": "own_model.OwnModel"}
    for kind in ("bert", "own-bert"):
        config = {**files["config.json"], "auto_map": mapped, "model_type": kind, "architectures": ["OwnModel"]}
        yield f"a model of its own called {kind}", {"config.json": config, "own_model.py": MODEL.format(kind=kind)}
    yield "a model of its own without code", {"config.json": config}
