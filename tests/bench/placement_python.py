"""The processor time that accelerate's own functions take to place a model, without their imports.

    placement_python.py REPO CLASS GRAPH.json.gz

Builds the class from the repo's config on the meta device and writes its module graph, which placement_bench then reads:
one question, two answers, side by side.  Needs torch, transformers and accelerate.
"""

import gzip
import json
import os
import sys
import time
import types

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from accelerate import infer_auto_device_map
from accelerate.utils import get_balanced_memory, modeling


class TorchThatSeesCuda(types.ModuleType):
    """torch, for releases of accelerate that ask it which kind of device an index is."""

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def device(device):
        return torch.device("cuda", device) if isinstance(device, int) else torch.device(device)


def rows_of(model):
    """The module graph's rows, in torch's order."""
    modules, parameters, buffers, first = [], [], [], {}
    for name, module in model.named_modules(remove_duplicate=False):
        prefix = f"{name}." if name else ""
        modules.append([name, type(module).__name__, first.setdefault(id(module), name)])
        for key, tensor in module._parameters.items():
            if tensor is not None:
                dtype = str(tensor.dtype).removeprefix("torch.")
                parameters.append([prefix + key, dtype, list(tensor.shape), first.setdefault(id(tensor), prefix + key)])
        for key, tensor in module._buffers.items():
            if tensor is not None:
                dtype = str(tensor.dtype).removeprefix("torch.")
                persistent = key not in module._non_persistent_buffers_set
                buffers.append([prefix + key, dtype, list(tensor.shape), persistent, first.setdefault(id(tensor), prefix + key)])
    for row in modules + parameters + buffers:
        row[-1] = None if row[-1] == row[0] else row[-1]
    return {
        "class": type(model).__name__,
        "modules": modules,
        "parameters": parameters,
        "buffers": buffers,
        "no_split_modules": sorted(model._no_split_modules or []),
    }


def main():
    repo, name, path = sys.argv[1:]
    modeling.torch = TorchThatSeesCuda("torch")
    config = transformers.AutoConfig.from_pretrained(repo)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("meta"):
        model = getattr(transformers, name)(config)
    graph = rows_of(model)
    with gzip.open(path, "wt") as file:
        json.dump(graph, file, separators=(",", ":"))
    print(f"{len(graph['modules'])} modules, {len(graph['parameters'])} parameters, {len(graph['buffers'])} buffers")

    total = sum(p.numel() * p.element_size() for p in (*model.parameters(), *model.buffers()))
    for blocks in (graph["no_split_modules"], []):
        budget = {device: total // 7 for device in range(8)} | {"cpu": total}
        begin = time.process_time()
        budget = get_balanced_memory(model, max_memory=budget, no_split_module_classes=blocks)
        device_map = infer_auto_device_map(model, max_memory=budget, no_split_module_classes=blocks)
        seconds = time.process_time() - begin
        print(f"accelerate {'blocks' if blocks else 'no blocks':<10} {seconds * 1000:12.1f} ms  {len(device_map)} keys")


if __name__ == "__main__":
    main()
