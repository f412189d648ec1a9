"""Record how the installed diffusers builds quantized models and makes their device maps:

    PYTHONHASHSEED=0 python tests/record/diffusers_quantized_maps.py quantized_maps-<release>.jsonl.gz --seed 71 --each 12

from_pretrained itself runs until it makes its device map, on a machine that says it has CUDA devices (diffusers_quantized_world.py).  A line is a
model with a quantization_config:

    model    a name of small_configs-<release>.json
    config   its quantization_config; argument: whether that was from_pretrained's argument, and not in config.json
    dtype    torch_dtype; absent: None
    error    "Type: text", which from_pretrained ends in before; else:
    tensors  the SHA-256 of sorted lines "name dtype shape kind" and "module class" of the model as its quantizer leaves it (--tensors: the lines)
    default  the device that update_device_map(None) names
    refused  instead of these: what every device map of a quantized model ends in, where the release makes none
    maps     [{device_map: a mode, max_memory, map and unplaced as in device_maps-<release>.jsonl.gz, or error}]: _determine_device_map, and then
             validate_environment of what it made
"""

import hashlib
import json
import random
import tempfile
from pathlib import Path

import torch
from diffusers_quantized_world import KINDS, OTHERS, diffusers, modeling_utils, sees_device_for  # before diffusers_maps, which imports the library
from diffusers_maps import MODES, budgets, note_map
from diffusers_small import Rows, asked, small_models
from diffusers.quantizers.base import DiffusersQuantizer
from safetensors.torch import save_file

own_device_map = modeling_utils._determine_device_map


class Captured(Exception):
    """Thrown with what was asked for, to leave from_pretrained."""


def lines_of(model):
    tensors = [(name, tensor, "parameter") for name, tensor in model.named_parameters()]
    tensors += [(name, tensor, "buffer") for name, tensor in model.named_buffers()]
    lines = [f"{name} {str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)} {kind}" for name, tensor, kind in tensors]
    return sorted(lines + [f"{name} {type(module).__name__}" for name, module in model.named_modules()])


def size_dtype(quantizer, dtype):
    try:
        adjusted = quantizer.adjust_target_dtype(dtype)
    except Exception:
        return dtype
    return dtype if isinstance(adjusted, str) and not hasattr(torch, adjusted) else adjusted


def ample(rng, memory):
    """Half of them with more on accelerators, and nothing else: most quantizers want all of the model there."""
    if rng.random() < 0.5:
        return memory
    return [[device, 3 * size if isinstance(size, int) else size] for device, size in memory if device not in ("cpu", "disk")]


def capturing(rng, each):
    def capture(model, device_map, max_memory, torch_dtype, keep_in_fp32_modules=[], hf_quantizer=None):
        own, maps = lines_of(model), []
        default = hf_quantizer.update_device_map(None)
        for _ in range(each):
            mode, memory = rng.choice(MODES), ample(rng, budgets(rng, model, size_dtype(hf_quantizer, torch_dtype)))
            answer = {"device_map": mode, "max_memory": memory}
            try:
                made = own_device_map(model, mode, dict(map(tuple, memory)), torch_dtype, keep_in_fp32_modules, hf_quantizer)
                hf_quantizer.validate_environment(device_map=made)
                note_map(answer, model, made)
            except Exception as error:
                answer["error"] = f"{type(error).__name__}: {error}"
            maps.append(answer)
        raise Captured({"tensors": own, "default": default and str(default[""]), "maps": maps})

    return capture


def without_map(kind, folder, arguments, refused):
    """What from_pretrained without a device map has made of the model, once its quantizer has seen it."""
    own = DiffusersQuantizer.preprocess_model

    def preprocess_model(self, model, **named):
        own(self, model, **named)
        raise Captured({"tensors": lines_of(model), "refused": refused})

    DiffusersQuantizer.preprocess_model = preprocess_model
    try:
        kind.from_pretrained(folder, **arguments)
    except Captured as captured:
        return captured.args[0]
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".replace(folder, "FOLDER")}
    finally:
        DiffusersQuantizer.preprocess_model = own


def answer_of(row, kind, config, rng, each):
    modeling_utils._determine_device_map = capturing(rng, each)
    arguments = {"quantization_config": row["config"]} if row.get("argument") else {}
    if "dtype" in row:
        arguments["torch_dtype"] = getattr(torch, row["dtype"])
    with tempfile.TemporaryDirectory() as folder:
        config = config if row.get("argument") else config | {"quantization_config": row["config"]}
        (Path(folder) / "config.json").write_text(json.dumps(config))
        save_file({"none": torch.zeros(1)}, f"{folder}/diffusion_pytorch_model.safetensors")
        try:
            kind.from_pretrained(folder, device_map="auto", **arguments)
        except Captured as captured:
            return captured.args[0]
        except (Exception, SystemExit) as error:
            if isinstance(error, NotImplementedError) and "`device_map`" in str(error):
                return without_map(kind, folder, arguments, str(error))
            return {"error": f"{type(error).__name__}: {error}".replace(folder, "FOLDER")}
    return {"error": "no device map is made"}


def main():
    options = asked("each", per_model=4, tensors=False, others=False)
    configs = OTHERS if options.others else KINDS
    rng, kinds = random.Random(options.seed), list(configs)
    with Rows(options.out) as out:
        for name, model, config in small_models():
            kind = type(model)
            # Of the classes that refuse maps, what their quantizer makes of them.
            placed = kind._no_split_modules is not None
            for _ in range(options.per_model if placed else 1):
                quantizer = kinds[out.count % len(kinds)]
                row = {"model": name, "kind": quantizer, "config": configs[quantizer]}
                if callable(row["config"]):
                    with torch.device("meta"):
                        row["config"] = row["config"](kind.from_config(config))
                sees_device_for(row["config"]["quant_method"])
                if rng.random() < 0.3:
                    row["argument"] = True
                if rng.random() < 0.7:
                    row["dtype"] = rng.choice(("float32", "float16", "bfloat16", "bfloat16"))
                row |= answer_of(json.loads(json.dumps(row)), kind, config, rng, options.each if placed else 2)
                if "tensors" in row and not options.tensors:
                    row["tensors"] = hashlib.sha256("\n".join(row["tensors"]).encode()).hexdigest()
                out.add(row)
    print(out.count, "models of diffusers", diffusers.__version__)


if __name__ == "__main__":
    main()
