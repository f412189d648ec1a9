"""Records what sentence-transformers makes of its repos: each kind of part as it is saved, and changed.

    HF_HUB_OFFLINE=1 HF_MODULES_CACHE=$(mktemp -d) python tests/record/sentence_parts.py | gzip -9n > fixtures/upstream/sentence-transformers-<version>/parts.jsonl.gz

Needs torch, transformers and sentence-transformers.  A line with `base` and `files` is a repo as the library saves it; one with
`base`, `change` and `files` is that repo with some files changed (null: taken away).  A file is a JSON value, a text, {"tensors":
{name: [dtype, extents]}} of safetensors, or {"base64": ...}.  `answer`: `loads` is the exception of SentenceTransformer(folder) or null, or
of the class that the repo's config names; where it loads, `width` is what the model says of its embeddings, and `encodes` the exception of
encode(["a b"]) or the width that it gives; of a CrossEncoder, how many labels it says that it has, and how many scores predict gives a pair.
"""

import base64
import copy
import itertools
import json
import logging
import os
import pathlib
import sys
import tempfile
import warnings

import safetensors.torch
import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer, models
from tokenizers import Tokenizer, pre_tokenizers, processors
from tokenizers import models as tokenizer_models
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

import sentence_own_parts

RELEASE = sentence_transformers.__version__
IS_OLD = RELEASE.startswith("3.")
GONE = None
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"]
MODES = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


def word_pieces():
    tokenizer = Tokenizer(tokenizer_models.WordPiece(vocab={word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def fast_tokenizer():
    named = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    return PreTrainedTokenizerFast(tokenizer_object=word_pieces(), **named)


def bert(folder):
    BertModel(
        BertConfig(
            vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, max_position_embeddings=16
        )
    ).save_pretrained(folder)
    fast_tokenizer().save_pretrained(folder)
    return folder


def transformer(scratch):
    return models.Transformer(bert(f"{scratch}/bert"))


def clip(scratch):
    folder = f"{scratch}/clip"
    pathlib.Path(folder).mkdir(parents=True)
    vocabulary = ["<|startoftext|>", "<|endoftext|>", "a", "b", "a</w>", "b</w>", "ab</w>"]
    pathlib.Path(folder, "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(vocabulary)}))
    pathlib.Path(folder, "merges.txt").write_text("#version: 0.2\na b</w>\n")
    sizes = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2)
    text = dict(vocab_size=7, max_position_embeddings=16, bos_token_id=0, eos_token_id=1, pad_token_id=1, **sizes)
    config = transformers.CLIPConfig(text_config=text, vision_config=dict(image_size=4, patch_size=2, **sizes), projection_dim=6)
    transformers.CLIPModel(config).save_pretrained(folder)
    tokenizer = transformers.CLIPTokenizerFast.from_pretrained(folder)
    transformers.CLIPProcessor(transformers.CLIPImageProcessor(), tokenizer).save_pretrained(folder)
    return models.CLIPModel(folder)


def words(scratch, width=8):
    tokenizer = models.tokenizer.WhitespaceTokenizer(["PADDING_TOKEN", "a", "b", "c"])
    return models.WordEmbeddings(tokenizer, torch.zeros(4, width))


def static(width=8):
    return models.StaticEmbedding(word_pieces(), embedding_weights=torch.zeros(len(WORDS), width))


def routed(routes, **named):
    if IS_OLD:
        return models.Asym(routes)
    from sentence_transformers.sentence_transformer.modules import Router

    return Router(routes, **named)


def bases(scratch):
    pooled = lambda width=8, mode="mean": models.Pooling(width, pooling_mode=mode)
    for mode in MODES:
        yield f"mode {mode}", [transformer(scratch), pooled(mode=mode)]
    both = {"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True, "pooling_mode_cls_token": True}
    yield "three modes", [transformer(scratch), models.Pooling(8, **both) if IS_OLD else models.Pooling(8, pooling_mode=["cls", "max", "mean"])]
    yield "normalized", [transformer(scratch), pooled(), models.Normalize()]
    yield "dense", [transformer(scratch), pooled(), models.Dense(8, 4)]
    yield "dense without bias", [
        transformer(scratch),
        pooled(),
        models.Dense(8, 4, bias=False, activation_function=torch.nn.Identity()),
        models.Normalize(),
    ]
    if not IS_OLD:
        named = {"module_input_name": "token_embeddings"}
        yield "dense of tokens", [transformer(scratch), models.Dense(8, 4, **named), pooled(4)]
        yield "residual", [transformer(scratch), pooled(), models.Dense(8, 4, use_residual=True)]
    yield "two dense", [transformer(scratch), pooled(mode="cls"), models.Dense(8, 16), models.Dense(16, 4)]
    yield "layer norm", [transformer(scratch), pooled(), models.LayerNorm(8)]
    yield "cnn", [transformer(scratch), models.CNN(8, out_channels=4, kernel_sizes=[1, 3]), pooled(8)]
    yield "lstm", [words(scratch), models.LSTM(8, 6), pooled(12)]
    yield "lstm of one direction", [words(scratch), models.LSTM(8, 6, num_layers=2, bidirectional=False), pooled(6, "max")]
    yield "lstm over a transformer", [transformer(scratch), models.LSTM(8, 6), pooled(12)]
    yield "words", [words(scratch), models.WordWeights(["PADDING_TOKEN", "a", "b", "c"], {"a": 2.0}), pooled(), models.Dropout(0.2)]
    yield "bag of words", [models.BoW(["a", "b", "c"]), models.Dense(3, 4)]
    yield "clip", [clip(scratch)]
    yield "clip, dense", [clip(f"{scratch}/second"), models.Dense(6, 4)]
    yield "static", [static()]
    yield "static, dense", [static(), models.Dense(8, 4), models.Normalize()]
    yield "weighted layers", [transformer(scratch), models.WeightedLayerPooling(8, num_hidden_layers=1, layer_start=0), pooled()]
    if IS_OLD:
        yield "asym", [routed({"query": [static()], "doc": [static(), models.Dense(8, 8)]})]
        yield "asym behind", [transformer(scratch), pooled(), routed({"query": [models.Dense(8, 4)], "doc": [models.Dense(8, 4)]})]
    else:
        yield "router", [routed({"query": [static()], "document": [static(), models.Dense(8, 8)]}, default_route="document")]
        yield "router behind", [transformer(scratch), pooled(), routed({"query": [models.Dense(8, 4)], "document": [models.Dense(8, 4)]})]
        yield "router without a way", [routed({"query": [static()], "document": [static()]}, allow_empty_key=False)]


# Repos of the library's other classes, which older releases lack or save otherwise.
def models_of_other_classes(scratch):
    if IS_OLD:
        return
    from sentence_transformers import CrossEncoder, MultiVectorEncoder, SparseEncoder
    from sentence_transformers.cross_encoder.modules import LogitScore
    from sentence_transformers.multi_vector_encoder.modules import HierarchicalTokenPooling, MultiVectorMask
    from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder, SparseStaticEmbedding, SpladePooling

    def base(kind, task, **named):
        folder = f"{scratch}/{kind}"
        bert(folder)
        config = transformers.AutoConfig.from_pretrained(folder, architectures=[kind], **named)
        getattr(transformers, kind)(config).save_pretrained(folder)
        return models.Transformer(folder, transformer_task=task)

    splade = lambda: base("BertForMaskedLM", "fill-mask")
    score = lambda labels: base("BertForSequenceClassification", "sequence-classification", num_labels=labels)
    yield "splade", SparseEncoder(modules=[splade(), SpladePooling()])
    yield "splade by sums", SparseEncoder(modules=[splade(), SpladePooling("sum", "log1p_relu", len(WORDS))])
    yield "sparse codes", SparseEncoder(modules=[transformer(scratch), models.Pooling(8), SparseAutoEncoder(8, 16, 4)])
    yield "sparse static", SparseEncoder(modules=[SparseStaticEmbedding(fast_tokenizer())])
    yield "scores", CrossEncoder(modules=[score(1)])
    yield "scores of three labels", CrossEncoder(modules=[score(3)])
    scores = models.Dense(8, 2, module_input_name="sentence_embedding", module_output_name="scores")
    yield "scores of an embedding", CrossEncoder(modules=[transformer(scratch), models.Pooling(8), scores])
    causal = base("BertLMHeadModel", "text-generation", is_decoder=True)
    yield "scores of words", CrossEncoder(modules=[causal, LogitScore(true_token_id=5, false_token_id=6)])
    of_tokens = {"module_input_name": "token_embeddings"}
    narrowed = models.Dense(8, 4, bias=False, activation_function=torch.nn.Identity(), **of_tokens)
    yield "many vectors", MultiVectorEncoder(modules=[transformer(scratch), narrowed, MultiVectorMask(["a"]), models.Normalize(**of_tokens)])
    yield "many vectors, pooled", MultiVectorEncoder(modules=[transformer(scratch), MultiVectorMask(), HierarchicalTokenPooling()])


# ---- files as values


def read_files(folder):
    files = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or name == "README.md":
            continue
        if name.endswith(".safetensors"):
            header = json.loads(path.read_bytes()[8 : 8 + int.from_bytes(path.read_bytes()[:8], "little")])
            files[name] = {"tensors": {key: [row["dtype"], row["shape"]] for key, row in header.items() if key != "__metadata__"}}
        elif name.endswith(".json"):
            files[name] = json.loads(path.read_text())
        else:
            files[name] = path.read_text()
    return files


DTYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "I64": torch.int64}


def tensors_of(file):
    return {key: torch.zeros(shape, dtype=DTYPES[dtype]) for key, (dtype, shape) in file["tensors"].items()}


def write_files(folder, files):
    for name, file in files.items():
        path = pathlib.Path(folder, name)
        if file is GONE:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(file, dict) and "tensors" in file:
            safetensors.torch.save_file(tensors_of(file), path, metadata={"format": "pt"})
        elif isinstance(file, dict) and "base64" in file:
            path.write_bytes(base64.b64decode(file["base64"]))
        else:
            path.write_text(file if isinstance(file, str) else json.dumps(file))


def pickled(file):
    with tempfile.NamedTemporaryFile() as to:
        torch.save(tensors_of(file), to.name)
        return {"base64": base64.b64encode(pathlib.Path(to.name).read_bytes()).decode()}


# ---- changes


def with_key(value, key, other):
    changed = copy.deepcopy(value)
    if other is GONE:
        changed.pop(key, None)
    else:
        changed[key] = other
    return changed


def config_changes(name, file):
    yield "gone", {name: GONE}
    yield "is no JSON", {name: '{"a": '}
    yield "is a list", {name: [1]}
    yield "has another field", {name: with_key(file, "no_such_field", 1)}
    for key, value in file.items():
        yield f"lacks {key}", {name: with_key(file, key, GONE)}
        yield f"calls {key} otherwise", {name: with_key(with_key(file, key, GONE), f"{key}_", value)}
        if isinstance(value, bool):
            yield f"says otherwise of {key}", {name: with_key(file, key, not value)}
        elif isinstance(value, int):
            yield f"has another {key}", {name: with_key(file, key, value + 1)}
            yield f"has no number for {key}", {name: with_key(file, key, "many")}
        elif isinstance(value, str):
            yield f"has another {key}", {name: with_key(file, key, "other")}
            yield f"has a number for {key}", {name: with_key(file, key, 3)}
        elif isinstance(value, list) and value:
            yield f"has a shorter {key}", {name: with_key(file, key, value[:-1])}
            yield f"has a longer {key}", {name: with_key(file, key, [*value, value[0]])}
    if "in_word_embedding_dimension" in file:
        yield "has the new name", {name: {"in_embedding_dimension": 8}}
    for old, new in (("word_embedding_dimension", "embedding_dimension"), ("embedding_dimension", "word_embedding_dimension")):
        if old in file:
            yield f"has {new} for {old}", {name: with_key(with_key(file, old, GONE), new, file[old])}
    if "pooling_mode" in file or "pooling_mode_cls_token" in file:
        dimension = next(value for key, value in file.items() if key.endswith("embedding_dimension"))
        flags = {"word_embedding_dimension": dimension, "pooling_mode_cls_token": True, "pooling_mode_max_tokens": True}
        yield "has old flags", {name: flags}
        yield "has no flag set", {name: {"word_embedding_dimension": dimension, "pooling_mode_mean_tokens": False}}
        for mode in (*MODES, ["mean", "cls"], [], "sum", 1):
            yield f"has mode {mode}", {name: {"embedding_dimension" if not IS_OLD else "word_embedding_dimension": dimension, "pooling_mode": mode}}
    if "activation_function" in file:
        for other in ("torch.nn.modules.activation.ReLU", "torch.nn.Nosuch", "torch.relu", "os.getcwd", None):
            yield f"has activation {other}", {name: with_key(file, "activation_function", other) if other else {**file, "activation_function": None}}


def weight_changes(name, file):
    plain = name.replace("model.safetensors", "pytorch_model.bin")
    yield "gone", {name: GONE}
    yield "pickled", {name: GONE, plain: pickled(file)}
    yield "both ways", {plain: pickled(file)}
    yield "is no safetensors", {name: "nonsense"}
    yield "has one more", {name: {"tensors": {**file["tensors"], "surplus": ["F32", [2]]}}}
    for key, (dtype, shape) in file["tensors"].items():
        others = {other: row for other, row in file["tensors"].items() if other != key}
        yield f"lacks {key}", {name: {"tensors": others}}
        yield f"has {key} by another name", {name: {"tensors": {**others, f"0.{key}": [dtype, shape]}}}
        yield f"has {key} larger", {name: {"tensors": {**others, key: [dtype, [shape[0] + 1, *shape[1:]]]}}}
        if len(shape) > 1:
            yield f"has {key} wider", {name: {"tensors": {**others, key: [dtype, [*shape[:-1], shape[-1] + 1]]}}}
            yield f"has {key} flat", {name: {"tensors": {**others, key: [dtype, [shape[0] * shape[1], *shape[2:]]]}}}
        yield f"has {key} in half", {name: {"tensors": {**others, key: ["F16", shape]}}}
    lacking = dict(list(file["tensors"].items())[1:])
    yield "pickled, one less", {name: GONE, plain: pickled({"tensors": lacking})}
    yield "pickled, one more", {name: GONE, plain: pickled({"tensors": {**file["tensors"], "surplus": ["F32", [2]]}})}


def list_changes(entries):
    name = "modules.json"
    for other in ({}, [], 1, "nonsense", None):
        yield f"is {other}", {name: other if other is not None else "null"}
    for index, entry in enumerate(entries):
        rest = [copy.deepcopy(each) for each in entries]
        shown = f"{index}, {entry['type'].split('.')[-1]}"
        without = [each for each in rest if each["idx"] != entry["idx"]]
        yield f"lacks {shown}", {name: without}
        yield f"has {shown} twice", {name: [*rest[: index + 1], {**entry, "name": "again"}, *rest[index + 1 :]]}
        if index + 1 < len(entries):
            yield f"has {shown} later", {name: [*rest[:index], rest[index + 1], rest[index], *rest[index + 2 :]]}
        for key in ("type", "path", "name", "idx"):
            lacking = {other: value for other, value in entry.items() if other != key}
            yield f"has {shown} without {key}", {name: [*rest[:index], lacking, *rest[index + 1 :]]}
        others = [("path", path) for path in ("../other", "/other", "9_Nowhere", 7)]
        short = entry["type"].split(".")[-1]
        kinds = ["sentence_transformers.models.Nosuch", f"sentence_transformers.nosuch.{short}", short, "torch.nn.Linear", 7]
        kinds += [f"sentence_transformers.models.{short}", f"sentence_transformers.models.{short}.{short}", "own_code.Part"]
        others += [("type", kind) for kind in kinds]
        others += [("name", entries[0]["name"]), ("kwargs", ["no_such_word"])]
        for key, value in others:
            yield f"has {shown} with {key} {value}", {name: [*rest[:index], {**entry, key: value}, *rest[index + 1 :]]}


def settings_changes(file):
    name = "config_sentence_transformers.json"
    yield "gone", {name: GONE}
    yield "is no JSON", {name: "nonsense"}
    for key, value in (
        ("default_prompt_name", "nowhere"),
        ("similarity_fn_name", "nonsense"),
        ("similarity_fn_name", "dot"),
        ("prompts", {"query": "a: "}),
        ("prompts", ["a"]),
        ("__version__", {"sentence_transformers": "99.0.0"}),
        ("__version__", {"sentence_transformers": "nonsense"}),
        ("requirements", {"transformers": ">=99"}),
        ("requirements", ["transformers>=99"]),
        ("model_type", "Nosuch"),
        ("model_type", 3),
    ):
        yield f"has {key} {json.dumps(value)}", {name: with_key(file, key, value)}


# What is the base model's own is recorded elsewhere.
def is_of_base(name, files):
    if "/" in name:
        return False
    has_model = isinstance(files.get("config.json"), dict) and "model_type" in files["config.json"]
    return has_model and (name == "config.json" or name.startswith(("tokenizer", "special_tokens", "vocab", "model.")))


def changes(files):
    for name, file in files.items():
        if is_of_base(name, files):
            continue
        if name == "modules.json":
            found = list_changes(file)
        elif name == "config_sentence_transformers.json":
            found = settings_changes(file)
        elif isinstance(file, dict) and "tensors" in file:
            found = weight_changes(name, file)
        elif name.endswith("tokenizer.json"):
            found = [("gone", {name: GONE}), ("is no JSON", {name: "nonsense"})]
        elif isinstance(file, dict):
            found = config_changes(name, file)
        else:
            found = [("gone", {name: GONE})]
        for what, changed in found:
            yield f"{name} {what}", changed


# ---- asking


def exception(error, folder):
    message = str(error).replace(folder, "FOLDER")
    for package in (sentence_transformers, torch, transformers):  # files of packages, from where the packages lie
        message = message.replace(f"{pathlib.Path(package.__file__).parents[1]}/", "")
    return {"raises": type(error).__name__, "message": message[:300]}


# The class that the repo is for, as its config says.
def class_for(files):
    settings = files.get("config_sentence_transformers.json")
    name = settings.get("model_type") if isinstance(settings, dict) else None
    name = "MultiVectorEncoder" if name == "ColBERT" else name
    other = name in ("SparseEncoder", "CrossEncoder", "MultiVectorEncoder") and getattr(sentence_transformers, name, None)
    return other if other and not IS_OLD else SentenceTransformer


# Whether it is loaded with trust_remote_code=True, as people are told to where something is not the library's.
def asks_for_code(files):
    config, modules = files.get("config.json"), files.get("modules.json")
    types = [entry.get("type") for entry in modules if isinstance(entry, dict)] if isinstance(modules, list) else []
    others = [kind for kind in types if isinstance(kind, str) and not kind.startswith("sentence_transformers.")]
    return bool(others) or (isinstance(config, dict) and "auto_map" in config)


def width_of(model):
    if isinstance(model, sentence_transformers.CrossEncoder):
        return model.num_labels
    ask = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
    return ask()


def encoded_width(model):
    if isinstance(model, sentence_transformers.CrossEncoder):
        scores = model.predict([["a", "b"]], show_progress_bar=False)
        return scores.shape[-1] if scores.ndim > 1 else 1
    given = model.encode(["a b"], show_progress_bar=False)
    return (given[0] if isinstance(given, list) else given).shape[-1]


def ask(files):
    with tempfile.TemporaryDirectory() as folder:
        write_files(folder, files)
        try:
            model = class_for(files)(folder, device="cpu", local_files_only=True, trust_remote_code=asks_for_code(files))
        except Exception as error:
            return {"loads": exception(error, folder)}
        answer = {"loads": None}
        try:
            width = width_of(model)
            answer["width"] = width if isinstance(width, int) else str(width)
        except Exception as error:
            answer["width"] = exception(error, folder)
        try:
            answer["encodes"] = encoded_width(model)
        except Exception as error:
            answer["encodes"] = exception(error, folder)
        return answer


def letters(text):
    return "".join(letter for letter in text if not letter.isdigit())


# How it ends, without the words.
def end_of(answer):
    return [each["raises"] if isinstance(each, dict) else isinstance(each, int) for each in answer.values()]


# Of changes that many bases have, the first; of those of the list, the first that ends in a new way.
class Chosen:
    def __init__(self):
        self.known = set()

    def take(self, change, answer):
        key = (letters(change), json.dumps(end_of(answer)) if "modules.json" in change else "")
        if key in self.known:
            return False
        self.known.add(key)
        return True


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    torch.manual_seed(0)
    chosen = Chosen()
    with tempfile.TemporaryDirectory() as scratch:
        saved = ((base, SentenceTransformer(modules=parts, device="cpu")) for base, parts in bases(scratch))
        for number, (base, model) in enumerate(itertools.chain(saved, models_of_other_classes(scratch))):
            folder = f"{scratch}/{number}"
            model.save_pretrained(folder, create_model_card=False)
            files = read_files(folder)
            print(json.dumps({"base": base, "files": files, "answer": ask(files)}), flush=True)
            found = changes(files)
            if base == "mode mean":
                found = itertools.chain(found, sentence_own_parts.changes(files, pickled), sentence_own_parts.models(files))
            for change, changed in found:
                answer = ask({**files, **changed})
                if chosen.take(change, answer):
                    print(json.dumps({"base": base, "change": change, "files": changed, "answer": answer}), flush=True)


if __name__ == "__main__":
    main()
