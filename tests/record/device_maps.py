"""Record what accelerate and transformers answer to device-map cases, for fixtures/upstream.

    PYTHONHASHSEED=0 python tests/record/device_maps.py answers CASES.jsonl > ANSWERS.jsonl
    PYTHONHASHSEED=0 python tests/record/device_maps.py digests CASES.jsonl > device_maps.sha256

Needs torch, accelerate and transformers, no accelerator: budgets are always given, and tensors are on the meta device.
`answers` writes each case with its answer in canonical form.  `digests` writes, for each block of 100 cases, how many
there are and the SHA-256 of their canonical answers, a line each.  CASE_FILE=... test_placement "[print-cases]" writes
the cases that the digests in fixtures/upstream belong to.
"""

import hashlib
import inspect
import json
import logging
import re
import sys
import types
import warnings

import accelerate
import torch
import transformers
from accelerate.utils import modeling
from torch import nn
from transformers import modeling_utils

BLOCK = 100


class Notes(logging.Handler):
    """What the libraries log and warn about, as figures."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())

    def figures(self):
        notes, apart = {}, 0
        for line in self.lines:
            if match := re.search(r"requires (\S+) bytes of buffer", line):
                notes["offloaded_buffer_bytes"] = float(match[1])
            if "Tied parameters are on different devices" in line:
                apart += 1
            if "no modules could be assigned" in line:
                rows = re.findall(r"- (\S+): (\S+) bytes required", line)
                notes["minimum_memory"] = [[device, float(size)] for device, size in rows]
        if apart:
            notes["tied_apart"] = apart
        return {key: notes[key] for key in ("offloaded_buffer_bytes", "tied_apart", "minimum_memory") if key in notes}


class TorchThatSeesCuda(types.ModuleType):
    """torch, for releases of accelerate that ask it which kind of device an index is."""

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def device(device):
        return torch.device("cuda", device) if isinstance(device, int) else torch.device(device)


def keeping_buffers():
    """accelerate's module with pull request 4020: where a module is split, its buffers are listed beside its parameters."""
    source, sites = re.subn(
        r"list\((\w+)\.named_parameters\(recurse=False\)\) \+ (?!list\(model)",
        r"list(\1.named_parameters(recurse=False)) + list(\1.named_buffers(recurse=False)) + ",
        inspect.getsource(modeling),
    )
    assert sites == 4, sites
    module = types.ModuleType(modeling.__name__)
    module.__package__, module.__file__ = modeling.__package__, modeling.__file__
    exec(compile(source, modeling.__file__, "exec"), module.__dict__)
    return module


def build(graph):
    """Modules of the graph's classes and tensors, sharing what the graph shares."""
    modules, tensors, classes = {}, {}, {}
    for name, class_name, alias in graph["modules"]:
        if alias is None:
            modules[name] = classes.setdefault(class_name, type(class_name, (nn.Module,), {}))()
        else:
            modules[name] = modules[alias]
        if name:
            parent, _, key = name.rpartition(".")
            modules[parent]._modules[key] = modules[name]
    for rows, persistent_at in ((graph["parameters"], None), (graph["buffers"], 3)):
        for row in rows:
            name, dtype, shape, alias = row[0], row[1], row[2], row[-1]
            tensor = tensors.get(alias)
            if tensor is None:
                tensor = torch.empty(shape, dtype=getattr(torch, dtype), device="meta")
                if persistent_at is None:
                    tensor = nn.Parameter(tensor, requires_grad=False)
            tensors[name] = tensor
            parent, _, key = name.rpartition(".")
            if persistent_at is None:
                modules[parent]._parameters[key] = tensor
            else:
                modules[parent].register_buffer(key, tensor, persistent=row[persistent_at])
    root = modules[""]
    root._no_split_modules = set(graph.get("no_split_modules") or [])
    root._no_placement_params = set(graph["no_placement_params"]) if graph.get("no_placement_params") else None
    ties = graph.get("tied_weights_keys")
    root.all_tied_weights_keys = ties if isinstance(ties, dict) else {}
    root._get_no_split_modules = lambda _: sorted(root._no_split_modules)
    return root


def by_accelerate(case, model, library, budgets):
    dtype = getattr(torch, case["dtype"]) if case.get("dtype") else None
    special = {name: getattr(torch, wanted) for name, wanted in case.get("special_dtypes", {}).items()} or None
    common = {"no_split_module_classes": case.get("no_split_module_classes"), "dtype": dtype, "special_dtypes": special}
    if case["device_map"] == "sequential":
        budgets = library.get_max_memory(budgets)
    else:
        budgets = library.get_balanced_memory(model, budgets, low_zero=case["device_map"] == "balanced_low_0", **common)
    flags = ("offload_buffers", "fallback_allocation", "clean_result")
    device_map = library.infer_auto_device_map(
        model, dict(budgets), **common, **{flag: case[flag] for flag in flags if flag in case}
    )
    return {"balanced_memory": [list(item) for item in budgets.items()]}, device_map


def by_transformers(case, model, budgets):
    if int(transformers.__version__.split(".")[0]) >= 5:
        from transformers.integrations.accelerate import _get_device_map

        return {}, _get_device_map(model, case["device_map"], budgets, None)
    return {}, modeling_utils._get_device_map(model, case["device_map"], budgets, None, None, None)


def without_device(model, device_map):
    try:
        modeling.check_device_map(model, device_map)
    except ValueError as error:
        return str(error).partition("following parameters: ")[2].split(", ")
    return []


def ask(case, patched):
    notes = Notes()
    loggers = [logging.getLogger(name) for name in ("accelerate.utils.modeling", "transformers")]
    for logger in loggers:
        logger.addHandler(notes)
    budgets = {int(key) if re.fullmatch(r"-?\d+", key) else key: size for key, size in case["max_memory"].items()}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            model = build(case["graph"])
            if case["flavour"] == "transformers":
                answer, device_map = by_transformers(case, model, budgets)
            else:
                answer, device_map = by_accelerate(case, model, patched if case["split_keeps_buffers"] else modeling, budgets)
            answer["device_map"] = [list(item) for item in device_map.items()]
            answer["unplaced"] = without_device(model, device_map)
        except Exception as error:
            answer = {"error": type(error).__name__}
    for logger in loggers:
        logger.removeHandler(notes)
    notes.lines += [str(warning.message) for warning in warned]
    if "error" not in answer and notes.figures():
        answer["notes"] = notes.figures()
    return answer


def plain(value):
    """Whole numbers as ints."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def canonical(value):
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


def main():
    what, path = sys.argv[1:]
    patched = keeping_buffers()
    modeling.torch = patched.torch = TorchThatSeesCuda("torch")
    for name in ("accelerate.utils.modeling", "transformers"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.handlers.clear()
    block = []
    versions = f"accelerate {accelerate.__version__}, transformers {transformers.__version__}, torch {torch.__version__}"
    if what == "digests":
        print(f"# cases, SHA-256 of their answers; recorded with {versions}")

    def flush():
        if block:
            print(len(block), hashlib.sha256("".join(block).encode()).hexdigest())
            block.clear()

    with open(path, encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            answer = ask(case, patched)
            if what == "answers":
                case["answer"] = json.loads(canonical(answer))
                print(canonical(case))
                continue
            block.append(canonical(answer) + "\n")
            if len(block) == BLOCK:
                flush()
    flush()


if __name__ == "__main__":
    main()
