"""Record what _determine_device_map of the installed diffusers makes of models, and what check_device_map says of that:

    PYTHONHASHSEED=0 python tests/record/diffusers_maps.py device_maps-<release>.jsonl.gz --seed 31 --count 2000

Models are on the meta device: classes from their defaults, and those of diffusers_small.py, whose configs go to small_configs-<release>.json
beside the output.  A line is a case and its answer:

    model       CLASS from its defaults, or a name of small_configs-<release>.json, which has a colon
    no_split    where given, what is put in the place of the model's _no_split_modules
    device_map  a mode, or a map by hand
    max_memory  [[device, bytes or text], ...] in order; absent for a map by hand
    dtype       torch_dtype; absent: None
    keep        keep_in_fp32_modules, where not empty
    map         [[names, device], ...] in order, where names that follow each other on one device are one text: "blocks.{3..7} norm"
    unplaced    the tensors that check_device_map says have no device, in the same way; unknown: the map's names that it does not find
    error       "Type: text" instead

Needs diffusers, torch and accelerate with psutil, no accelerator: indexes are CUDA devices for accelerate, which is told so (seen_cuda.py).
"""

import inspect
import json
import os
import random
import re
import sys
import warnings
from pathlib import Path

os.environ["DIFFUSERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import diffusers
import torch
from accelerate.utils import compute_module_sizes, modeling
from diffusers.models.model_loading_utils import _determine_device_map
from diffusers_graphs import model_classes
from diffusers_small import Rows, asked, small_models
from seen_cuda import TorchThatSeesCuda

modeling.torch = TorchThatSeesCuda("torch")
MODES = ("auto", "balanced", "balanced_low_0", "sequential")
REFUSED = ("UNet2DModel", "AutoencoderKLHunyuanVideo", "MotionAdapter")  # a few of those that name no classes
KEEPS = "keep_in_fp32_modules" in inspect.signature(_determine_device_map).parameters  # since 0.33
KEEP = ("norm", "time_embedder", "scale_shift_table", "rope", "conv_in", "attn1", "proj", "to_q")


def runs(names):
    """Names that differ in one number that counts up, as one."""
    out = []
    for name in names:
        match = re.fullmatch(r"(.*?)(\d+)((?:\.[^\d.][^.]*)*)", name)
        if out and match and out[-1][0] == (match[1], match[3]) and out[-1][2] + 1 == int(match[2]):
            out[-1][2] += 1
        elif match:
            out.append([(match[1], match[3]), int(match[2]), int(match[2])])
        else:
            out.append([name])
    return " ".join(
        run[0] if len(run) == 1 else f"{run[0][0]}{run[1]}{run[0][1]}" if run[1] == run[2] else f"{run[0][0]}{{{run[1]}..{run[2]}}}{run[0][1]}"
        for run in out
    )


def folded_map(device_map):
    groups = []
    for name, device in device_map.items():
        if groups and groups[-1][1] == device and name:
            groups[-1][0].append(name)
        else:
            groups.append([[name], device])
    return [[runs(names), device] for names, device in groups]


def budgets(rng, model, dtype):
    total = int(compute_module_sizes(model, dtype=dtype)[""])
    devices = list(range(rng.choice((1, 2, 2, 3, 4, 8))))
    even = rng.random() < 0.5
    share = rng.choice((0.3, 0.6, 0.9, 1.0, 1.1, 1.3, 2.0))
    rows = []
    for device in devices:
        part = share * total / len(devices)
        rows.append([device, int(part if even else part * rng.uniform(0.2, 1.8)) + 1])
    if rng.random() < 0.1:
        rows.append([rng.choice(("mps", "xpu:0", len(devices) + 3, "cuda:1")), total])
    if rng.random() < 0.1:
        rows[0][1] = rng.choice(("1GiB", "100MB", "2KiB", "20%", 0, "1GB"))
    if rng.random() < 0.8:
        rows.append(["cpu", rng.choice((2 * total, total // 3, total))])
    if rng.random() < 0.15:
        rows.append(["disk", 10 * total])
    if rng.random() < 0.1:
        rng.shuffle(rows)
    return rows


def by_hand(rng, model):
    names = [name for name, _ in model.named_modules() if name and name.count(".") < rng.randint(1, 3)]
    chosen = dict.fromkeys(rng.sample(names, min(len(names), rng.randint(1, 6))))
    if rng.random() < 0.4:
        chosen = dict.fromkeys(name for name, _ in model.named_children())
    if rng.random() < 0.3:
        chosen[rng.choice(("", "no_such_module", "transformer.blocks"))] = 0
    return {name: rng.choice((0, 1, "cpu", "disk")) for name in chosen}


def note_map(case, model, made):
    """The map, and what it leaves without a device."""
    case["map"] = folded_map(made)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            modeling.check_device_map(model, made)
        except ValueError as error:
            case["unplaced"] = runs(str(error).partition("following parameters: ")[2].split(", "))
    for warning in warned:
        case["unknown"] = runs(re.findall(r"'([^']*)'", str(warning.message)))


def case_of(rng, name, model):
    case, own = {"model": name}, model._no_split_modules
    classes = sorted({type(module).__name__ for module in model.modules()})
    try:
        supported = bool(model._get_no_split_modules("auto"))
    except ValueError:
        supported = False
    if rng.random() < (0.2 if supported else 0.85):
        case["no_split"] = sorted(rng.sample(classes, min(len(classes), rng.choice((0, 1, 1, 2, 3)))))
        model._no_split_modules = list(case["no_split"])
    if rng.random() < 0.75:
        case["dtype"] = rng.choice(("float32", "float16", "bfloat16", "float8_e4m3fn", "float64"))
    dtype = getattr(torch, case["dtype"]) if "dtype" in case else None
    kept = (KEEPS and model._keep_in_fp32_modules) or []
    if rng.random() < 0.4:
        kept = rng.sample(KEEP, rng.randint(0, 3))
    if kept and KEEPS:
        case["keep"] = list(kept)
    if rng.random() < 0.12:
        case["device_map"] = by_hand(rng, model)
    else:
        case["device_map"], case["max_memory"] = rng.choice(MODES), budgets(rng, model, dtype)
    memory = {device: size for device, size in case["max_memory"]} if "max_memory" in case else None
    try:
        made = _determine_device_map(model, case["device_map"], memory, dtype, *([list(kept)] if KEEPS else []))
        note_map(case, model, made)
    except Exception as error:
        case["error"] = f"{type(error).__name__}: {error}"
    finally:
        model._no_split_modules = own
    if isinstance(case["device_map"], dict):
        case["device_map"] = folded_map(case["device_map"])
    return case


def main():
    options = asked("count")
    rng, models, configs = random.Random(options.seed), [], {}
    for name, cls, _ in model_classes(diffusers):
        if cls._no_split_modules is None and name not in REFUSED:
            continue
        try:
            with torch.device("meta"):
                model = cls.from_config({"_class_name": name})
        except Exception:
            continue
        models.append((name, model))
    for name, model, config in small_models():
        configs[name] = config
        models.append((name, model))
    rows = (f"{json.dumps(name)}: {json.dumps(config, separators=(',', ':'))}" for name, config in configs.items())
    Path(options.out).with_name(f"small_configs-{diffusers.__version__}.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
    with Rows(options.out) as out:
        for i in range(options.count):
            out.add(case_of(rng, *models[i % len(models)]))
    print(options.count, "cases of", len(models), "models", file=sys.stderr)


if __name__ == "__main__":
    main()
