"""Record what transformers reports when it loads quantized checkpoints, for fixtures/upstream/transformers-*/quantized_loads.jsonl.

    PYTHONHASHSEED=0 python -P tests/record/quantized_loads.py CASES.jsonl > quantized_loads.jsonl

Needs what tests/record/quantizers.py needs, and takes the same cases, of checkpoints that are quantized.  A checkpoint is what the
model with its quantizer says that it stores, in zeros; with bitsandbytes, what quantizing and saving a random model gives.  Each is
loaded as it is and with one change: a tensor dropped, added, renamed or of another shape.  Everything stays on the CPU, with
torch.cuda saying that there is a device of compute capability 9.0.
"""

import json
import os
import re
import sys
import tempfile
import types
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.simplefilter("ignore")

import importlib

import torch

out, sys.stdout = sys.stdout, sys.stderr

for package in ("bitsandbytes", "compressed_tensors", "optimum.gptq", "gptqmodel"):
    try:
        importlib.import_module(package)
    except ImportError as absent:
        print(f"{package} is not there: {absent}", file=sys.stderr)

import transformers
from loads import folded
from safetensors.torch import load_file, save_file
from transformers import modeling_utils

RELEASE = tuple(map(int, transformers.__version__.split(".")[:2]))
IS_5 = RELEASE >= (5, 0)
DTYPE = "dtype" if RELEASE >= (4, 56) else "torch_dtype"

torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: 8
torch.cuda.current_device = lambda: 0
torch.cuda.get_device_capability = lambda *_: (9, 0)
torch.cuda.get_device_properties = lambda *_: types.SimpleNamespace(name="none", major=9, minor=0, total_memory=2**36)
torch.cuda.empty_cache = lambda: None

NAMES = {
    torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float8_e4m3fn: "F8_E4M3", torch.int8: "I8",
    torch.int32: "I32", torch.int64: "I64", torch.uint8: "U8", torch.float8_e8m0fnu: "F8_E8M0", torch.bool: "BOOL",
}


class Captured(Exception):
    pass


def write(folder, config, tensors):
    with open(f"{folder}/config.json", "w") as handle:
        json.dump(config, handle)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, f"{folder}/model.safetensors", metadata={"format": "pt"})


def load(case, tensors, **arguments):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, case["config"], tensors)
        kind = getattr(transformers, case["class"])
        return kind.from_pretrained(folder, device_map={"": "cpu"}, **{DTYPE: "auto"}, **arguments)


def stored_by(case):
    """The tensors that a checkpoint of the case has."""
    if case["config"]["quantization_config"]["quant_method"] == "bitsandbytes":
        from transformers.quantizers.auto import AutoQuantizationConfig

        config = {key: value for key, value in case["config"].items() if key != "quantization_config"}
        kind = getattr(transformers, case["class"])
        plain = kind(kind.config_class(**config)).to(getattr(torch, config["dtype"]))
        with tempfile.TemporaryDirectory() as folder:
            plain.save_pretrained(folder)
            asked = AutoQuantizationConfig.from_dict(dict(case["config"]["quantization_config"]))
            quantized = kind.from_pretrained(folder, device_map={"": "cpu"}, quantization_config=asked, **{DTYPE: "auto"})
            quantized.save_pretrained(folder + "/q")
            return load_file(f"{folder}/q/model.safetensors")
    # What is called first with the model as its quantizer leaves it: of transformers 5, or 4.
    step = "get_model_conversion_mapping" if IS_5 else "_find_missing_and_unexpected_keys"
    place = modeling_utils
    if RELEASE < (4, 50):
        place, step = modeling_utils.PreTrainedModel, "_load_pretrained_model"
    own = vars(place)[step]

    def capture(*given, **_):
        raise Captured(next(each for each in given if isinstance(each, torch.nn.Module)))

    setattr(place, step, staticmethod(capture) if RELEASE < (4, 50) else capture)
    try:
        load(case, {"none": torch.zeros(1)})
    except Captured as captured:
        model = captured.args[0]
    finally:
        setattr(place, step, own)
    tied = model.all_tied_weights_keys if IS_5 else model._tied_weights_keys if model.config.tie_word_embeddings else ()
    stored = {}
    for name, tensor in model.state_dict().items():
        if name in tied:
            continue
        stored[name] = torch.zeros(tensor.shape, dtype=torch.uint8).to(tensor.dtype) if tensor.dtype not in NAMES else torch.zeros(tensor.shape, dtype=torch.float32).to(tensor.dtype)
    return stored


def one_by_one(tensors):
    """The layout that checkpoints have: a tensor for each expert and projection."""
    split = {}
    for name, tensor in tensors.items():
        found = re.fullmatch(r"(.*\.experts)\.(gate_up_proj|down_proj)(_scale_inv|_activation_scale)?", name)
        if not found:
            split[name] = tensor
            continue
        suffix = ".weight" + (found[3] or "")
        for expert, part in enumerate(tensor):
            if found[2] == "down_proj":
                split[f"{found[1]}.{expert}.down_proj{suffix}"] = part.clone()
            else:
                for projection, half in zip(("gate_proj", "up_proj"), part.chunk(2)):
                    split[f"{found[1]}.{expert}.{projection}{suffix}"] = half.clone()
    return split


def changes(tensors, config):
    yield "as it is", tensors
    quantized = [name for name in tensors if re.search(r"scale|qzeros|SCB|absmax|_packed|_blocks", name)]
    for what, name in (("first", quantized[0]), ("last", quantized[-1])) if quantized else ():
        yield f"without {name}", {key: tensor for key, tensor in tensors.items() if key != name}
    weights = [name for name in tensors if re.search(r"(q_proj|down_proj|fc1)\.(weight|qweight|weight_packed)$", name)]
    if weights:
        yield f"without {weights[0]}", {key: tensor for key, tensor in tensors.items() if key != weights[0]}
    yield "with one more", {**tensors, "model.layers.0.more.weight": torch.zeros(2)}
    yield "with one more scale", {**tensors, "model.layers.0.self_attn.o_proj.more_scale": torch.zeros(2)}
    norm = next(name for name in tensors if "norm" in name)
    yield "with a norm of another size", {**tensors, norm: torch.zeros(3)}
    if quantized and tensors[quantized[0]].ndim == 2:
        yield "with scales of another size", {**tensors, quantized[0]: torch.zeros((7, 3)).to(tensors[quantized[0]].dtype)}
    if any(".experts.gate_up_proj" in name for name in tensors) and "gpt_oss" not in config["model_type"]:
        yield "experts one by one", one_by_one(tensors)
    if any(name.startswith("model.") for name in tensors):
        yield "without the prefix", {name.removeprefix("model."): tensor for name, tensor in tensors.items()}


def report_of(case, tensors):
    try:
        # Before 4.57 that has the library initialise what is loaded, too.
        ignoring = {"ignore_mismatched_sizes": True} if RELEASE >= (4, 57) else {}
        _, info = load(case, tensors, output_loading_info=True, **ignoring)
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)[:200]}
    return {
        "missing_keys": " ".join(sorted(info["missing_keys"])),
        "unexpected_keys": " ".join(sorted(info["unexpected_keys"])),
        "mismatched_keys": " ".join(sorted(row if isinstance(row, str) else row[0] for row in info["mismatched_keys"])),
    }


def header(tensors):
    rows = {}
    for name, tensor in sorted(tensors.items()):
        rows.setdefault(f"{NAMES[tensor.dtype]} {list(tensor.shape)}", []).append(name)
    return {kind: " ".join(folded(names)) for kind, names in rows.items()}


with open(sys.argv[1]) as handle:
    for line in handle:
        case = json.loads(line)
        if "quantization_config" in case or "error" in case:
            continue
        try:
            stored = stored_by(case)
            for change, tensors in changes(stored, case["config"]):
                row = {"case": f"{case['case']}: {change}", "class": case["class"], "config": case["config"]}
                row["tensors"] = header(tensors)
                row["report"] = report_of(case, tensors)
                if "error" in row["report"]:
                    continue  # initialising and dequantizing what is not there ends in errors of torch
                print(json.dumps(row), file=out, flush=True)
        except Exception as error:
            print(f"{case['case']}: {type(error).__name__}: {error}", file=sys.stderr)
