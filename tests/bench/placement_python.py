"""The processor time that placing a model takes: accelerate's own functions beside placement_bench, in turns.

    PYTHON tests/bench/placement_python.py REPO CLASS PLACEMENT_BENCH [ROUNDS]

Builds the class from the repo's config on the meta device and writes its module graph, which placement_bench reads: the
same question to both, from the module graph in memory to the map.  Imports, building the model and reading the graph are
not in the times.  PYTHON needs torch, transformers and accelerate.
"""

import gzip
import json
import logging
import os
import re
import statistics
import subprocess
import sys
import tempfile
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


def accelerate_answer(model, blocks, total):
    """Milliseconds, and how many keys the map has."""
    budget = {device: total // 7 for device in range(8)} | {"cpu": total}
    begin = time.process_time()
    budget = get_balanced_memory(model, max_memory=budget, no_split_module_classes=blocks)
    device_map = infer_auto_device_map(model, max_memory=budget, no_split_module_classes=blocks)
    return (time.process_time() - begin) * 1000, len(device_map)


def bench_answers(program, path):
    """The same of placement_bench's first column (auto), with blocks and without."""
    text = subprocess.run([program, path], check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"accelerate +(?:no )?blocks +([0-9.]+) ms.*keys: (\d+),", text)
    return [(float(milliseconds), int(keys)) for milliseconds, keys in rows]


def main():
    repo, name, program = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    modeling.torch = TorchThatSeesCuda("torch")
    logging.getLogger("accelerate").setLevel(logging.ERROR)  # that the devices are not there
    config = transformers.AutoConfig.from_pretrained(repo)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("meta"):
        model = getattr(transformers, name)(config)
    graph = rows_of(model)
    print(f"{len(graph['modules'])} modules, {len(graph['parameters'])} parameters, {len(graph['buffers'])} buffers")
    total = sum(p.numel() * p.element_size() for p in (*model.parameters(), *model.buffers()))
    answers = {"blocks": [], "no blocks": []}
    with tempfile.NamedTemporaryFile(suffix=".json.gz") as file:
        with gzip.open(file.name, "wt") as text:
            json.dump(graph, text, separators=(",", ":"))
        for _ in range(rounds):
            ours = bench_answers(program, file.name)
            for (kind, rows), answer in zip(answers.items(), ours):
                classes = graph["no_split_modules"] if kind == "blocks" else []
                rows.append((accelerate_answer(model, classes, total), answer))
    for kind, rows in answers.items():
        theirs, ours = (statistics.median(row[side][0] for row in rows) for side in (0, 1))
        keys = rows[0][0][1], rows[0][1][1]
        print(f"{kind:<10} accelerate {theirs:10.1f} ms  ckptlint {ours:8.3f} ms  {theirs / ours:7.0f} times  keys: {keys[0]}, {keys[1]}")


if __name__ == "__main__":
    main()
