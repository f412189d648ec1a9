"""Record what ModelMixin.from_pretrained of the installed diffusers makes of small checkpoints that were changed:

    PYTHONHASHSEED=0 python tests/record/diffusers_loads.py loads-<release>.jsonl.gz --seed 21 [--each N]

Needs diffusers, torch, accelerate and safetensors, no accelerator and no network.  For each model of diffusers_small.py, N kinds of change
taken at random; for the models of ALL_KINDS every kind.  A line of the output is a load:

    class      module:Class, whose from_pretrained is asked; class_made where it gives another
    case       the kind of change
    files      what the folder has: {name: tensors as {"F32 [2, 3]": folded names} of a weight file, a JSON value, or a text}.  Names are folded as
               loads.py says; a safetensors file is written as safetensors does it, a .bin in the order of the names
    arguments  of from_pretrained beside output_loading_info; dtypes by name, "OFFLOAD" for a folder
    auto       true: AutoModel was asked, which gives no report
    report     missing, unexpected, mismatched ([name, stored shape, model's shape]), error_msgs; or error, "Type: text"
    meta       tensors of the model that are on the meta device afterwards, of which `missing` says nothing new: as folded names
    changed    buffers outside the checkpoint (persistent=False) whose values are not those that the constructor gives them
    dtypes     {dtype: how many parameters and buffers} afterwards; device_map, what the model says of it
    log        the beginnings of the warnings

In texts, the folder is FOLDER.
"""

import json
import logging
import os
import random
import re
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
warnings.filterwarnings("ignore")

import diffusers
import torch
from diffusers_small import SMALL, Rows, asked, be_quiet, class_named
from loads import folded
from safetensors.torch import load_file, save_file

WEIGHTS = "diffusion_pytorch_model.safetensors"
BIN = "diffusion_pytorch_model.bin"
ALL_KINDS = ("UNet2DConditionModel", "AutoencoderKL", "WanTransformer3DModel", "FluxTransformer2DModel")
DTYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32",
          torch.uint8: "U8", torch.bool: "BOOL", torch.float8_e4m3fn: "F8_E4M3", torch.complex64: "C64", torch.complex128: "C128"}
OLD_ATTENTION = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


class Folder:
    """A repo that is being made: the config, and weight files by name."""

    def __init__(self, rng, config, tensors, model):
        self.rng, self.config, self.tensors, self.model = rng, config, dict(tensors), model
        self.files, self.texts, self.arguments, self.auto = None, {}, {}, False

    def keys(self, most=3):
        return self.rng.sample(sorted(self.tensors), min(len(self.tensors) - 1, self.rng.randint(1, most))) if len(self.tensors) > 1 else sorted(self.tensors)

    def rename(self, change):
        self.tensors = {change(key): tensor for key, tensor in self.tensors.items()}

    def shards(self, count=2, stem=WEIGHTS, index=None):
        names, parts = sorted(self.tensors), {}
        step = -(-len(names) // count)
        base, _, ending = stem.rpartition(".")
        for i in range(count):
            parts[f"{base}-{i + 1:05d}-of-{count:05d}.{ending}"] = {key: self.tensors[key] for key in names[i * step : (i + 1) * step]}
        self.files = parts
        self.texts[index or stem + ".index.json"] = {
            "metadata": {"total_size": sum(t.numel() * t.element_size() for t in self.tensors.values())},
            "weight_map": {key: name for name, part in parts.items() for key in part},
        }
        return self.texts[index or stem + ".index.json"]["weight_map"]


# ---- Changes -----------------------------------------------------------------------------------------------------------------------

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


@kind
def unchanged(f):
    pass


@kind
def whole(f):
    f.arguments["low_cpu_mem_usage"] = False


@kind
def dropped(f):
    for key in f.keys(4):
        del f.tensors[key]


@kind
def dropped_whole(f):
    dropped(f)
    f.arguments["low_cpu_mem_usage"] = False


@kind
def dropped_placed(f):
    dropped(f)
    f.arguments["device_map"] = f.rng.choice(("cpu", {"": "cpu"}, "auto"))


@kind
def added(f):
    for key in f.keys(2):
        f.tensors[key.rpartition(".")[0] + "." + f.rng.choice(("extra", "scales", "lora_A"))] = torch.zeros(3)


@kind
def ignored(f):
    for key in f.keys(2):
        f.tensors[key.rpartition(".")[0] + "." + f.rng.choice(("norm_added_q.weight", "decoder.decoder_pos_embed", "pooler.weight"))] = torch.zeros(3)


@kind
def renamed(f):
    word = f.rng.choice(sorted({part for key in f.tensors for part in key.split(".") if not part.isdigit()}))
    f.rename(lambda key: ".".join(part + "_old" if part == word else part for part in key.split(".")))


@kind
def prefixed(f):
    word = f.rng.choice(("model.", "module.", "_orig_mod.", "model.diffusion_model.", "transformer.", "unet."))
    f.rename(lambda key: word + key)


@kind
def reshaped(f):
    key = f.rng.choice(sorted(f.tensors))
    shape = list(f.tensors[key].shape) or [1]
    f.tensors[key] = torch.zeros([shape[0] + 1, *shape[1:]], dtype=f.tensors[key].dtype)


@kind
def reshaped_ignored(f):
    reshaped(f)
    f.arguments["ignore_mismatched_sizes"] = True


@kind
def reshaped_whole(f):
    reshaped(f)
    f.arguments["low_cpu_mem_usage"] = False


@kind
def reshaped_whole_ignored(f):
    reshaped_whole(f)
    f.arguments["ignore_mismatched_sizes"] = True


@kind
def reshaped_shards(f):
    reshaped(f)
    f.shards()
    f.arguments |= {"ignore_mismatched_sizes": True, "low_cpu_mem_usage": f.rng.random() < 0.5}


@kind
def transposed(f):
    keys = sorted(key for key, tensor in f.tensors.items() if tensor.dim() == 2)
    key = f.rng.choice(keys or sorted(f.tensors))
    f.tensors[key] = f.tensors[key].t().contiguous() if f.tensors[key].dim() == 2 else f.tensors[key]


def old_attention_keys(f, anywhere=False):
    paths = [name for name, module in f.model.named_modules() if getattr(module, "_from_deprecated_attn_block", False)]
    if anywhere:
        paths = sorted({key.rpartition(".to_q.")[0] for key in f.tensors if ".to_q." in key})
    return {
        f"{path}.{new}.{leaf}": f"{path}.{old}.{leaf}"
        for path in paths
        for new, old in OLD_ATTENTION.items()
        for leaf in ("weight", "bias")
        if f"{path}.{new}.{leaf}" in f.tensors
    }


@kind
def old_attention(f):
    names = old_attention_keys(f)
    f.rename(lambda key: names.get(key, key))


@kind
def old_attention_elsewhere(f):
    names = old_attention_keys(f, True)
    f.rename(lambda key: names.get(key, key))


@kind
def old_attention_in_part(f):
    names = old_attention_keys(f)
    names = {key: names[key] for key in names if f.rng.random() < 0.5}
    f.rename(lambda key: names.get(key, key))


@kind
def old_attention_beside_new(f):
    for new, old in old_attention_keys(f).items():
        if f.rng.random() < 0.6:
            f.tensors[old] = f.tensors[new].clone()


@kind
def old_attention_shards(f):
    old_attention(f)
    f.shards()


@kind
def old_attention_bin(f):
    old_attention(f)
    f.files = {BIN: f.tensors}


@kind
def mixed_dtypes(f):
    kinds = f.rng.sample([torch.float16, torch.bfloat16, torch.float64, torch.float8_e4m3fn], 2)
    f.tensors = {key: t.to(f.rng.choice(kinds)) if t.is_floating_point() and f.rng.random() < 0.5 else t for key, t in f.tensors.items()}


@kind
def mixed_dtypes_cast(f):
    mixed_dtypes(f)
    f.arguments["torch_dtype"] = f.rng.choice(("float16", "bfloat16", "float32"))


@kind
def cast(f):
    f.arguments["torch_dtype"] = f.rng.choice(("float16", "bfloat16", "float8_e4m3fn", "float64"))


@kind
def cast_whole(f):
    f.arguments |= {"torch_dtype": f.rng.choice(("float16", "bfloat16")), "low_cpu_mem_usage": False}


@kind
def cast_by_name(f):
    f.arguments["torch_dtype"] = "'float16'"


@kind
def integers(f):
    for key in f.keys(2):
        f.tensors[key] = torch.zeros(f.tensors[key].shape, dtype=torch.int64)


@kind
def only_variant(f):
    f.files = {WEIGHTS.replace(".safe", ".fp16.safe"): half(f.tensors)}


@kind
def only_variant_asked(f):
    only_variant(f)
    f.arguments["variant"] = "fp16"


@kind
def variant_beside(f):
    f.files = {WEIGHTS: f.tensors, WEIGHTS.replace(".safe", ".fp16.safe"): half({key: f.tensors[key] for key in list(f.tensors)[1:]})}
    f.arguments["variant"] = f.rng.choice(("fp16", "non_ema", ""))


@kind
def variant_missing(f):
    f.arguments |= {"variant": "fp16"} | f.rng.choice(({}, {"use_safetensors": True}, {"use_safetensors": False}))


@kind
def variant_bin(f):
    f.files = {BIN.replace(".bin", ".fp16.bin"): half(f.tensors)}
    f.arguments["variant"] = "fp16"


@kind
def variant_shards(f):
    f.tensors = half(f.tensors)
    f.shards(2, WEIGHTS, WEIGHTS + ".index.fp16.json")
    f.arguments["variant"] = "fp16"


@kind
def variant_shards_named(f):
    f.tensors = half(f.tensors)
    f.shards(2, WEIGHTS.replace(".safe", ".fp16.safe"), WEIGHTS + ".index.fp16.json")
    f.arguments["variant"] = "fp16"


@kind
def variant_shards_legacy(f):
    f.tensors = half(f.tensors)
    f.shards(2, WEIGHTS.replace(".safe", ".fp16.safe"), WEIGHTS.replace(".safetensors", ".safetensors.fp16.index.json") if f.rng.random() < 0.5 else
             WEIGHTS.replace(".safetensors", ".fp16.safetensors.index.json"))
    f.arguments["variant"] = "fp16"


@kind
def shards(f):
    f.shards(f.rng.randint(2, 4))
    f.arguments |= f.rng.choice(({}, {"low_cpu_mem_usage": False}, {"device_map": "auto"}, {"use_safetensors": True}))


@kind
def shards_beside_file(f):
    everything = dict(f.tensors)
    dropped(f)
    f.shards()
    f.files[WEIGHTS] = everything


@kind
def shard_missing(f):
    f.shards(3)
    del f.files[sorted(f.files)[f.rng.randrange(3)]]


@kind
def shards_without_index(f):
    f.shards()
    f.texts.clear()


@kind
def index_lacks_keys(f):
    names = f.shards()
    for key in f.keys(3):
        del names[key]


@kind
def index_has_more(f):
    names = f.shards()
    names["extra.weight"] = sorted(f.files)[0]


@kind
def index_names_other_shard(f):
    names, shards = f.shards(), sorted(f.files)
    for key in f.keys(3):
        names[key] = shards[1] if names[key] == shards[0] else shards[0]


@kind
def index_names_no_shard(f):
    names = f.shards()
    names[f.keys(1)[0]] = "diffusion_pytorch_model-00009-of-00009.safetensors"


@kind
def index_lacks_a_shard(f):
    names = f.shards()
    last = sorted(f.files)[-1]
    for key in [key for key in names if names[key] == last]:
        del names[key]


@kind
def index_without_map(f):
    f.shards()
    f.texts[WEIGHTS + ".index.json"].pop(f.rng.choice(("weight_map", "metadata")))


@kind
def index_broken(f):
    f.shards()
    f.texts[WEIGHTS + ".index.json"] = f.rng.choice(("", "{", "[]", "null"))


@kind
def index_lacks_shard_keys(f):
    """The shards' own headers have fewer tensors than the index says."""
    f.shards()
    for name in f.files:
        f.files[name] = dict(list(f.files[name].items())[1:])


@kind
def index_alone(f):
    f.shards()
    f.files = {WEIGHTS: f.tensors}


@kind
def bin_file(f):
    f.files = {BIN: f.tensors}
    f.arguments |= f.rng.choice(({}, {"use_safetensors": True}, {"use_safetensors": False}, {"low_cpu_mem_usage": False}))


@kind
def bin_shards(f):
    f.shards(2, BIN)
    f.arguments |= f.rng.choice(({}, {"use_safetensors": False}))


@kind
def bin_refused(f):
    f.arguments["use_safetensors"] = False


@kind
def bin_beside(f):
    f.files = {WEIGHTS: f.tensors, BIN: dict(list(f.tensors.items())[1:])}
    f.arguments |= f.rng.choice(({}, {"use_safetensors": False}))


@kind
def other_name(f):
    f.files = {f.rng.choice(("model.safetensors", "pytorch_model.bin", "diffusion_pytorch_model.ckpt", "flax_model.msgpack")): f.tensors}


@kind
def no_weights(f):
    f.files = {}


@kind
def empty_file(f):
    f.files, f.texts[WEIGHTS] = {}, f.rng.choice(("", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n", "<html></html>"))


@kind
def placed(f):
    f.arguments["device_map"] = f.rng.choice(("cpu", "auto", "balanced", "balanced_low_0", "sequential", {"": "cpu"}, "disk", "meta", "somewhere", -1, [0]))


@kind
def placed_by_hand(f):
    children = [name for name, _ in f.model.named_children()]
    f.arguments["device_map"] = {name: "cpu" for name in children}
    if f.rng.random() < 0.5:
        del f.arguments["device_map"][f.rng.choice(children)]


@kind
def placed_on_disk(f):
    children = [name for name, _ in f.model.named_children()]
    f.arguments["device_map"] = {name: f.rng.choice(("cpu", "disk")) for name in children}
    for name, _ in list(f.model.named_parameters(recurse=False)) + list(f.model.named_buffers(recurse=False)):
        f.arguments["device_map"][name] = "cpu"
    if f.rng.random() < 0.8:
        f.arguments["offload_folder"] = "OFFLOAD"


@kind
def placed_whole(f):
    f.arguments |= {"device_map": "auto", "low_cpu_mem_usage": False}


@kind
def other_class(f):
    f.config["_class_name"] = f.rng.choice(("UNet2DModel", "AutoencoderKL", "NoSuchModel", "DDIMScheduler", "Transformer2DModel"))


@kind
def auto(f):
    f.auto = True


@kind
def auto_other_class(f):
    other_class(f)
    f.auto = True


@kind
def auto_without_class(f):
    f.config.pop("_class_name", None)
    if f.rng.random() < 0.3:
        f.config["model_type"] = f.rng.choice(("bert", "no_such_type"))
    f.auto = True


@kind
def without_class(f):
    f.config.pop("_class_name", None)


@kind
def other_config(f):
    names = [name for name, value in f.config.items() if isinstance(value, (int, list)) and not isinstance(value, bool) and not name.startswith("_")]
    name = f.rng.choice(names)
    value = f.config[name]
    f.config[name] = f.rng.choice((None, "4", value * 2, value[:-1] if isinstance(value, list) else value + 1))


@kind
def config_lacks(f):
    for name in f.rng.sample([name for name in f.config if not name.startswith("_")], 2):
        del f.config[name]


@kind
def config_has_more(f):
    f.config |= f.rng.choice(({"no_such_option": 3}, {"hidden_size": 8, "kwargs": {}}, {"_diffusers_version": "0.1.0", "_use_default_values": []},
                              {"quantization_config": {"quant_method": "no_such_method"}}, {"quantization_config": None}))


@kind
def config_broken(f):
    f.texts["config.json"] = f.rng.choice(("", "{", "[]", "null", "{\"a\": NaN}"))


@kind
def config_missing(f):
    f.config = None


@kind
def subfolder(f):
    f.arguments["subfolder"] = "unet"


@kind
def extra_argument(f):
    f.arguments |= f.rng.choice(({"sample_size": 24}, {"no_such_argument": 1}, {"in_channels": 5}, {"out_channels": 7, "ignore_mismatched_sizes": True},
                                 {"out_channels": 7, "ignore_mismatched_sizes": True, "low_cpu_mem_usage": False}))


def half(tensors):
    return {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in tensors.items()}


# ---- Loads -------------------------------------------------------------------------------------------------------------------------


class Log(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def described(tensors):
    groups = defaultdict(list)
    for key in sorted(tensors):
        groups[f"{DTYPES[tensors[key].dtype]} {list(tensors[key].shape)}"].append(key)
    return {group: " ".join(folded(names)) for group, names in groups.items()}


def write(f, folder):
    """The folder of `f`, and what the row says of it."""
    row = {}
    if f.config is not None and "config.json" not in f.texts:
        row["config.json"] = f.config
        (folder / "config.json").write_text(json.dumps(f.config))
    for name, tensors in ({WEIGHTS: f.tensors} if f.files is None else f.files).items():
        if name.endswith(".safetensors"):
            save_file({key: tensor.contiguous().clone() for key, tensor in tensors.items()}, folder / name, {"format": "pt"})
        else:
            torch.save({key: tensors[key].clone() for key in sorted(tensors)}, folder / name)
        row[name] = described(tensors)
    for name, text in f.texts.items():
        if isinstance(text, dict) and "weight_map" in text:
            shards = defaultdict(list)
            for key, shard in sorted(text["weight_map"].items()):
                shards[shard].append(key)
            row[name] = text | {"weight_map": {shard: " ".join(folded(keys)) for shard, keys in shards.items()}}
        else:
            row[name] = text
        (folder / name).write_text(text if isinstance(text, str) else json.dumps(text))
    return row


def plain(value, folder):
    text = re.sub(r"(?<=at 0x)[0-9a-f]+", "...", str(value)).replace(str(folder), "FOLDER")
    return text if len(text) < 1200 else text[:1200] + "..."


def built_buffers(cls, config):
    try:
        model = cls.from_config({key: value for key, value in config.items()})
    except Exception:
        return {}
    kept = set(model.state_dict())
    return {name: buffer for name, buffer in model.named_buffers() if name not in kept}


def load(cls, f, folder):
    arguments = dict(f.arguments)
    kind_of = arguments.get("torch_dtype")
    if kind_of is not None:
        arguments["torch_dtype"] = kind_of.strip("'") if "'" in kind_of else getattr(torch, kind_of)
    if "offload_folder" in arguments:
        arguments["offload_folder"] = str(folder / "offload")
    log = Log()
    library = logging.getLogger("diffusers")
    library.addHandler(log)
    out = {}
    try:
        if f.auto:  # which cannot be asked for the report: it takes the pair that it gets for the model
            model, info = diffusers.AutoModel.from_pretrained(str(folder), **arguments), None
        else:
            model, info = cls.from_pretrained(str(folder), output_loading_info=True, **arguments)
    except Exception as error:
        out["report"] = {"error": plain(f"{type(error).__name__}: {error}", folder)}
    else:
        out["report"] = info and {
            "missing": " ".join(folded(sorted(info["missing_keys"]))),
            "unexpected": " ".join(folded(sorted(info["unexpected_keys"]))),
            "mismatched": sorted([key, list(stored), list(own)] for key, stored, own in info["mismatched_keys"]),
            "error_msgs": info["error_msgs"],
        }
        if type(model) is not cls:
            out["class_made"] = f"{type(model).__module__}:{type(model).__name__}"
        tensors = dict(model.named_parameters()) | dict(model.named_buffers())
        on_meta = sorted(name for name, tensor in tensors.items() if tensor.is_meta)
        if on_meta:
            out["meta"] = " ".join(folded(on_meta))
        changed = []
        for name, buffer in built_buffers(type(model), dict(model.config)).items():
            mine = tensors.get(name)
            if mine is not None and not mine.is_meta and not torch.allclose(mine.double(), buffer.double(), equal_nan=True, rtol=0.02, atol=0.02):
                changed.append(name)
        if changed:
            out["changed"] = " ".join(folded(sorted(changed)))
        out["dtypes"] = dict(sorted(Counter(DTYPES[tensor.dtype] for tensor in tensors.values()).items()))
        if getattr(model, "hf_device_map", None) is not None:
            out["device_map"] = {name: str(device) for name, device in model.hf_device_map.items()}
    finally:
        library.removeHandler(log)
        torch.set_default_dtype(torch.float32)
    lines = [plain(line, folder)[:110] for line in log.lines]
    if lines:
        out["log"] = list(dict.fromkeys(lines))
    return out


def main():
    options, failed = asked(each=7), 0
    be_quiet()
    with Rows(options.out) as out:
        for name, kwargs in SMALL.items():
            rng = random.Random(f"{options.seed} {name}")
            try:
                cls = class_named(name)
                torch.manual_seed(0)
                model = cls(**kwargs)
            except Exception as error:
                print(name, type(error).__name__, str(error)[:100], file=sys.stderr)
                continue
            with tempfile.TemporaryDirectory() as place:
                try:
                    model.save_pretrained(place)
                    config, tensors = json.loads((Path(place) / "config.json").read_text()), load_file(Path(place) / WEIGHTS)
                except Exception as error:
                    print(name, "saving", type(error).__name__, str(error)[:100], file=sys.stderr)
                    continue
            kinds = list(KINDS) if name in ALL_KINDS else rng.sample(sorted(KINDS), options.each)
            if any(getattr(module, "_from_deprecated_attn_block", False) for module in model.modules()):
                kinds += [kind for kind in KINDS if kind.startswith("old_attention") and kind not in kinds]
            for kind_name in kinds:
                f = Folder(rng, json.loads(json.dumps(config)), tensors, model)
                try:
                    KINDS[kind_name](f)
                except (KeyError, IndexError, ValueError) as error:
                    print(name, kind_name, repr(error)[:100], file=sys.stderr)
                    failed += 1
                    continue
                with tempfile.TemporaryDirectory() as place:
                    files = write(f, Path(place))
                    row = {"class": f"{cls.__module__}:{cls.__name__}", "case": kind_name, "files": files, "arguments": f.arguments}
                    if f.auto:
                        row["auto"] = True
                    row |= load(cls, f, Path(place))
                out.add(row)
    print(out.count, "loads,", failed, "without a case")


if __name__ == "__main__":
    main()
