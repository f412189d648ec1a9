"""Record which parameters the loader for DeepSpeed ZeRO-3 leaves missing, of checkpoints that are loaded otherwise, for fixtures/upstream:

    HF_HUB_OFFLINE=1 python -P tests/record/zero3_losses.py fixtures/upstream/transformers-5.23.0/loads_of_layouts.jsonl > zero3_losses.jsonl

Needs torch and transformers, and no deepspeed: a parameter is gathered by doing nothing, and there is one process.  The rows of the file are
what is asked, those without code of their own that the release has the class of.  A row is the number of the row, its class, and the
parameters that `_load_state_dict_into_zero3_model` leaves missing and from_pretrained does not (names that differ in numbers alone are
folded), or the exception that it ends in.
"""

import importlib
import itertools
import json
import logging
import re
import sys
import tempfile
import types
import warnings

import torch
import transformers
from safetensors.torch import save_file
from transformers import modeling_utils
from transformers.integrations import deepspeed as integration

from loads import folded

DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "I32": torch.int32}
DTYPES |= {"I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool}


class Gathered:
    def __init__(self, parameters, modifier_rank=None, fwd_module=None, enabled=True):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return False


def pretend_deepspeed():
    package, accelerator = types.ModuleType("deepspeed"), types.ModuleType("deepspeed.accelerator")
    package.zero = types.SimpleNamespace(GatheredParameters=Gathered)
    accelerator.get_accelerator = lambda: types.SimpleNamespace(current_device_name=lambda: "cpu")
    sys.modules["deepspeed"], sys.modules["deepspeed.accelerator"] = package, accelerator
    integration.is_deepspeed_zero3_enabled = lambda: True
    torch.distributed.get_rank = lambda *_: 0
    torch.distributed.broadcast = lambda *_, **__: None


def expanded(name):
    parts = re.split(r"\{([\d,]*)\}", name)
    return ["".join(each) for each in itertools.product(*(part.split(",") if i % 2 else [part] for i, part in enumerate(parts)))]


def tensors_of(row):
    tensors = {}
    for kind, names in row["tensors"].items():
        dtype, shape = kind.split(" = ")[0].split(" ", 1)
        for name in (each for word in names.split() for each in expanded(word)):
            tensors[name] = torch.zeros(json.loads(shape), dtype=DTYPES[dtype])
    return dict(sorted(tensors.items()))


def ordinarily_missing(model_class, config, tensors):
    with tempfile.TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        save_file(tensors, folder + "/model.safetensors", metadata={"format": "pt"})
        model, report = model_class.from_pretrained(folder, output_loading_info=True, ignore_mismatched_sizes=True)
    mismatched = {each[0] if isinstance(each, tuple) else each for each in report["mismatched_keys"]}
    return set(report["missing_keys"]) | mismatched | set(getattr(model, "all_tied_weights_keys", {}))


def missing(model_class, config, tensors):
    from transformers.conversion_mapping import get_model_conversion_mapping  # which transformers 4 lacks

    model = model_class(config)
    load = modeling_utils.LoadStateDictConfig(weight_mapping=get_model_conversion_mapping(model))
    _, names = integration._load_state_dict_into_zero3_model(model, tensors, load)
    lost = set(names) & {name for name, _ in model.named_parameters(remove_duplicate=False)}
    # A source that is missing is tied to its target, where that is loaded.
    return lost - {source for target, source in model.all_tied_weights_keys.items() if target not in names}


def main():
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    transformers.logging.disable_progress_bar()
    pretend_deepspeed()
    with open(sys.argv[1]) as lines:
        rows = [json.loads(line) for line in lines]
    for number, row in enumerate(rows):
        if "files" in row or "remote" in row or "error" in row["report"]:
            continue
        module, name = row["class"].split(":")
        try:
            model_class = getattr(importlib.import_module(module), name)
            config = model_class.config_class.from_dict(dict(row["config"]))
            known = ordinarily_missing(model_class, config, tensors_of(row))
        except Exception:
            continue
        config = model_class.config_class.from_dict(dict(row["config"]))
        try:
            answer = {"lost": " ".join(folded(sorted(missing(model_class, config, tensors_of(row)) - known)))}
        except Exception as error:
            answer = {"error": type(error).__name__}
        print(json.dumps({"row": number, "class": row["class"]} | answer, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main()
