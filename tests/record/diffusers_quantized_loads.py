"""Record what ModelMixin.from_pretrained of the installed diffusers makes of quantized checkpoints that were changed:

    PYTHONHASHSEED=0 python tests/record/diffusers_quantized_loads.py quantized_loads-<release>.jsonl.gz --seed 81 [--each N] [--others | --torchao]

On a machine that says it has CUDA devices, where what quantizers put there stays on the CPU (diffusers_quantized_world.py).  For each model of
MODELS and kind of STORED, the library quantizes and saves it, and is asked to load it as it is, and with N changes taken at random, of those of
diffusers_loads.py and of the parts of quantized weights.  Of OTHERS that it cannot quantize itself, the tensors are those that the model
is given for its config, without values; of OF_TORCHAO those of which there are no kernels here are made by hand.  A line is a load in the form of diffusers_loads.py, with

    kind       of quantization
    metadata   {file: {text: folded names}} of a safetensors file with more than its format
    argument   the argument quantization_config, where config.json has none
"""

import functools
import json
import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from diffusers_quantized_world import KINDS as CONFIGS
from diffusers_quantized_world import OF_TORCHAO, OTHERS, diffusers, sees_device_for, torch
from diffusers_loads import DTYPES, KINDS, Folder, kind, load, write
from diffusers_small import Rows, asked, be_quiet, small_models
from diffusers.quantizers.auto import AUTO_QUANTIZER_MAPPING
from loads import folded
from safetensors import safe_open
from safetensors.torch import load_file, save_file

DTYPES |= {torch.uint16: "U16", torch.float8_e8m0fnu: "F8_E8M0", torch.int8: "I8", torch.int16: "I16", torch.float8_e5m2: "F8_E5M2"}
MODELS = ("FluxTransformer2DModel:", "SD3Transformer2DModel:", "WanTransformer3DModel:", "AutoencoderKL:", "UNet2DConditionModel:", "HunyuanVideoTransformer3DModel:",
          "PixArtTransformer2DModel:", "QwenImageTransformer2DModel:", "SanaTransformer2DModel:", "CogVideoXTransformer3DModel:")
STORED = ("4 bit", "4 bit fp4", "4 bit double", "4 bit in bfloat16", "4 bit skipping", "8 bit", "8 bit skipping", "int8wo", "float8wo", "intx", "int8wo skipping",
          "float8", "int8", "int4", "int2", "int8 skipping")
STORED_OTHERS = ("sdnq", "sdnq uint4", "sdnq int6 rows", "sdnq int5 tensor", "sdnq svd", "sdnq float4", "sdnq uint12", "sdnq convolutions", "sdnq matmul svd", "sdnq codebook",
                 "sdnq skipping", "sdnq of modules", "sdnq rotated", "nunchaku", "nunchaku nvfp4", "auto-round", "auto-round 8 bit", "auto-round awq", "auto-round extra",
                 "modelopt own")
TAKEN = ("unchanged", "dropped", "added", "renamed", "prefixed", "reshaped", "reshaped_ignored", "transposed", "cast", "shards", "shard_missing",
         "index_lacks_keys", "index_names_other_shard", "index_lacks_shard_keys", "integers", "mixed_dtypes", "other_config", "config_has_more", "whole", "no_weights",
         "empty_file")
QUANTIZED = {}


# ---- A machine of which the CUDA devices are the CPU

def stays_on_cpu(kind):
    update, validate = kind.update_device_map, kind.validate_environment

    def update_device_map(self, device_map):
        made = update(self, device_map)
        return {"": "cpu"} if device_map is None and made else made

    def validate_environment(self, *given, **named):
        if named.get("device_map") == {"": "cpu"}:
            named["device_map"] = {"": "cuda:0"}
        return validate(self, *given, **named)

    kind.update_device_map, kind.validate_environment = update_device_map, validate_environment


if diffusers.__version__ < "0.33":  # which asks torch, and no quantizer
    torch.cuda.current_device = lambda: "cpu"
for quantizer in set(AUTO_QUANTIZER_MAPPING.values()):
    stays_on_cpu(quantizer)


# ---- Changes of the parts of quantized weights

def changes_parts(function):
    QUANTIZED[function.__name__] = function
    return function


def parts(f):
    """Names of what is no weight and no bias."""
    return sorted(key for key in f.tensors if not key.endswith((".weight", ".bias")) and not key.endswith("_table"))


def with_values(key):
    """Whether the values of that part decide how it loads, and not only its shape."""
    return ".quant_state." in key


@changes_parts
def parts_dropped(f):
    for key in f.rng.sample(parts(f), f.rng.randint(1, 3)):
        del f.tensors[key]


@changes_parts
def parts_of_a_kind_dropped(f):
    ending = f.rng.choice(parts(f)).rpartition(".")[2]
    f.tensors = {key: tensor for key, tensor in f.tensors.items() if not key.endswith("." + ending)}


@changes_parts
def parts_reshaped(f):
    key = f.rng.choice([key for key in parts(f) if not with_values(key)])
    f.tensors[key] = torch.zeros([3, *f.tensors[key].shape[1:]], dtype=f.tensors[key].dtype)


@changes_parts
def parts_apart(f):
    """Parts in another shard than what they belong to."""
    f.shards(2)
    names, shards = f.texts["diffusion_pytorch_model.safetensors.index.json"]["weight_map"], sorted(f.files)
    for key in f.rng.sample(parts(f), min(len(parts(f)), f.rng.randint(1, 4))):
        own = names[key]
        names[key] = shards[1 - shards.index(own)]
        f.files[names[key]][key] = f.files[own].pop(key)


@changes_parts
def weights_plain(f):
    """Weights as the model has them without its quantizer, of a few layers or of all."""
    share = f.rng.choice((0.2, 1.0))
    for name, tensor in f.model.state_dict().items():
        if name.endswith(".weight") and f.rng.random() < share:
            for key in [key for key in f.tensors if key.startswith(name + ".") or key == name.replace("weight", "SCB")]:
                del f.tensors[key]
            f.tensors[name] = tensor.clone()


@changes_parts
def weights_of_another_dtype(f):
    for key in f.rng.sample([key for key in sorted(f.tensors) if not with_values(key)], 3):
        f.tensors[key] = f.tensors[key].to(f.rng.choice((torch.float16, torch.uint8, torch.int8)))


@changes_parts
def config_skips_others(f):
    names = sorted({key.rpartition(".")[0].rpartition(".")[2] or key for key in f.tensors})
    skipped = f.rng.sample(names, min(3, len(names)))
    for key in ("llm_int8_skip_modules", "modules_to_not_convert"):
        if key in f.config["quantization_config"]:
            f.config["quantization_config"][key] = skipped


@changes_parts
def config_of_another_kind(f):
    f.config["quantization_config"] = (CONFIGS | OTHERS)[f.rng.choice([kind for kind in (STORED_OTHERS if "--others" in sys.argv else STORED) if not callable((CONFIGS | OTHERS)[kind])])]


@changes_parts
def config_without(f):
    del f.config["quantization_config"]


# ---- Loads

def quantized(cls, config, model, asked):
    """config.json, the tensors and the metadata of the model as the library quantizes and saves it."""
    if asked["quant_method"] in ("nunchaku_lite", "auto-round", "modelopt"):
        return without_values(cls, config, model, asked)
    packing = asked.get("quant_type", {}).get("default", {}) if asked["quant_method"] == "torchao" else {}
    if packing and packing["_data"].get("int4_packing_format") or packing.get("_type", "").startswith("NVFP4Dynamic"):
        return by_hand(config, model, asked, packing["_data"].get("int4_packing_format"))
    with tempfile.TemporaryDirectory() as place:
        model.save_pretrained(place)
        made = cls.from_pretrained(place, quantization_config=dict(asked), torch_dtype=torch.bfloat16)
        made.save_pretrained(place + "/q")
        file = place + "/q/diffusion_pytorch_model.safetensors"
        with safe_open(file, framework="pt") as opened:
            metadata = opened.metadata() or {}
        saved = json.loads(Path(place + "/q/config.json").read_text())
        saved.pop("_name_or_path", None)  # a folder that is gone
        return saved, load_file(file), metadata


def without_values(cls, config, model, asked):
    """The same of a model that only another program quantizes."""
    saved = json.loads(json.dumps(config | {"quantization_config": asked}))
    with tempfile.TemporaryDirectory() as place:
        model.save_pretrained(place)
        Path(place + "/config.json").write_text(json.dumps(saved))
        made = cls.from_pretrained(place).state_dict()
    tensors = {key: torch.zeros(tensor.shape, dtype=tensor.dtype) if tensor.is_meta else tensor for key, tensor in made.items()}
    if asked["quant_method"] == "modelopt":
        for key in [key for key in tensors if key.endswith("to_q.weight")]:
            tensors[key] = tensors[key].to(torch.float8_e4m3fn)
            tensors[key.replace("weight", "weight_quantizer._scale")] = torch.ones(1)
    return saved, tensors, {}


def by_hand(config, model, asked, packing):
    """The same with tensors of torchao that need another device to be quantized to, and none to be stored."""
    from torchao.prototype.mx_formats.nvfp4_tensor import NVFP4Tensor
    from torchao.prototype.safetensors.safetensors_support import flatten_tensor_state_dict
    from torchao.quantization import Int4PlainInt32Tensor, Int4TilePackedTo4dTensor

    made = {key: tensor.to(torch.bfloat16) if tensor.is_floating_point() else tensor for key, tensor in model.state_dict().items()}
    for name, module in model.named_modules():
        if type(module) is not torch.nn.Linear or name in asked["modules_to_not_convert"]:
            continue
        rows, columns = module.out_features, module.in_features
        zeros = functools.partial(torch.zeros, dtype=torch.bfloat16)
        if packing is None:
            made[name + ".weight"] = NVFP4Tensor.to_nvfp4(made[name + ".weight"])
        elif packing == "plain_int32":
            parts = torch.zeros((rows, columns // 8), dtype=torch.int32), zeros((columns // 32, rows)), zeros((columns // 32, rows))
            made[name + ".weight"] = Int4PlainInt32Tensor(*parts, [1, 32], torch.Size([rows, columns]))
        else:
            values = torch.zeros((rows // 8, -(-columns // 128), 32, 4), dtype=torch.int32)
            made[name + ".weight"] = Int4TilePackedTo4dTensor(values, zeros((columns // 32, rows, 2)), [1, 32], torch.Size([rows, columns]))
    tensors, metadata = flatten_tensor_state_dict(made)
    return json.loads(json.dumps(config | {"quantization_config": asked})), tensors, metadata | {"format": "pt"}


def write_with_metadata(f, folder, metadata):
    """As `write`, with `metadata` in each safetensors file."""
    row, told = write(f, folder), {}
    if not set(metadata) - {"format"}:
        return row, told
    for name in row:
        if name.endswith(".safetensors"):
            tensors = f.tensors if f.files is None else f.files.get(name)
            if tensors is None:
                continue
            save_file({key: tensor.contiguous().clone() for key, tensor in tensors.items()}, folder / name, metadata)
            texts = defaultdict(list)
            for key, text in sorted(metadata.items()):
                texts[text if key != "tensor_names" else " ".join(folded(sorted(json.loads(text))))].append(key)
            told[name] = {text: " ".join(folded(keys)) for text, keys in texts.items()}
    return row, told


def main():
    options = asked(each=2, others=False, torchao=False)
    be_quiet()
    kinds_stored, configs = (STORED_OTHERS, OTHERS) if options.others else (STORED, CONFIGS)
    if options.torchao:
        kinds_stored, configs = tuple(OF_TORCHAO), OF_TORCHAO
    names = MODELS[: 6 if options.others or options.torchao else None]
    of_name = {name: (type(model), config) for name, model, config in small_models() if name in names}
    with Rows(options.out) as out:
        for name, (cls, config) in of_name.items():
            torch.manual_seed(0)
            model = cls.from_config(config)
            for stored in kinds_stored:
                wanted = configs[stored](model) if callable(configs[stored]) else configs[stored]
                sees_device_for(wanted["quant_method"])
                rng = random.Random(f"{options.seed} {name} {stored}")
                try:
                    saved, tensors, metadata = quantized(cls, config, model, wanted)
                except Exception as error:
                    print(name, stored, "is not saved:", type(error).__name__, str(error)[:150], file=sys.stderr)
                    continue
                kinds = ["unchanged", "on_the_fly", *rng.sample(sorted(QUANTIZED), options.each), *rng.sample(TAKEN, options.each)]
                for change in kinds + ["in_float8"] * options.torchao:
                    f, argument = Folder(rng, json.loads(json.dumps(saved)), tensors, model), None
                    try:
                        if change == "on_the_fly":
                            f = Folder(rng, json.loads(json.dumps(config)), model.state_dict(), model)
                            KINDS[rng.choice(("unchanged", "dropped", "added", "reshaped", "shards"))](f)
                            argument = wanted
                        elif change == "in_float8":
                            f.arguments["torch_dtype"] = "float8_e4m3fn"
                        else:
                            (QUANTIZED.get(change) or KINDS[change])(f)
                    except (KeyError, IndexError, ValueError) as error:
                        print(name, stored, change, repr(error)[:100], file=sys.stderr)
                        continue
                    if argument and stored in ("tiled", "plain int32"):
                        continue  # no kernels here
                    with tempfile.TemporaryDirectory() as place:
                        files, told = write_with_metadata(f, Path(place), {} if argument else metadata)
                        row = {"class": f"{cls.__module__}:{cls.__name__}", "kind": stored, "case": change, "files": files, "arguments": dict(f.arguments)}
                        if told:
                            row["metadata"] = told
                        if argument:
                            row["argument"] = f.arguments["quantization_config"] = dict(argument)
                        row |= load(cls, f, Path(place))
                    out.add(row)
    print(out.count, "loads")


if __name__ == "__main__":
    main()
