"""Record what accelerate and transformers answer to device-map cases, for fixtures/upstream.

    PYTHONHASHSEED=0 python -P tests/record/device_maps.py answers CASES.jsonl > ANSWERS.jsonl
    PYTHONHASHSEED=0 python -P tests/record/device_maps.py digests CASES.jsonl [TRANSFORMERS] > device_maps.sha256

Needs torch, accelerate with psutil, and transformers, no accelerator: budgets are always given, and tensors are on the meta device.
Of transformers before 5, which is not imported, the code that makes device maps is taken out of modeling_utils.py in
TRANSFORMERS (the package's folder; by default the one that is installed), so that releases as old as 4.40 can be asked
whatever else they need.
`answers` writes each case with its answer in canonical form, `bare` the answer alone.  `digests` writes, for each block of 100 cases, how many
there are and the SHA-256 of their canonical answers, a line each.  random_cases (a target of the build) writes
the cases that the digests in fixtures/upstream belong to.
"""

import ast
import hashlib
import importlib.util
import inspect
import json
import logging
import re
import sys
import types
import warnings
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import accelerate
import torch
from accelerate.utils import modeling
from seen_cuda import TorchThatSeesCuda
from torch import nn

BLOCK = 100
TRANSFORMERS = Path(sys.argv[3] if len(sys.argv) > 3 else importlib.util.find_spec("transformers").origin)
TRANSFORMERS = TRANSFORMERS if TRANSFORMERS.is_dir() else TRANSFORMERS.parent
VERSION = re.search(r'^__version__ = "(.*)"', (TRANSFORMERS / "__init__.py").read_text(), re.M)[1]
RELEASE = tuple(int(part) for part in VERSION.split(".")[:2])


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


def keeping_buffers():
    """accelerate's module with pull request 4020: where a module is split, its buffers are listed beside its parameters."""
    source, sites = re.subn(
        r"list\((\w+)\.named_parameters\(recurse=False\)\) \+ (?!list\(model)",
        r"list(\1.named_parameters(recurse=False)) + list(\1.named_buffers(recurse=False)) + ",
        inspect.getsource(modeling),
    )
    assert sites == (4 if hasattr(modeling, "fallback_allocate") else 2), sites
    module = types.ModuleType(modeling.__name__)
    module.__package__, module.__file__ = modeling.__package__, modeling.__file__
    exec(compile(source, modeling.__file__, "exec"), module.__dict__)
    return module


def device_map_code():
    """transformers 4's own code that turns a mode into a map: a function from 4.50 on, before a part of from_pretrained."""
    names = {
        "torch": modeling.torch,
        "inspect": inspect,
        "re": re,
        "logger": logging.getLogger("transformers"),
        "get_balanced_memory": modeling.get_balanced_memory,
        "get_max_memory": modeling.get_max_memory,
        "infer_auto_device_map": modeling.infer_auto_device_map,
        "check_tied_parameters_on_same_device": modeling.check_tied_parameters_on_same_device,
        "find_tied_parameters": modeling.find_tied_parameters,
        "is_torch_xpu_available": lambda: False,
        "Optional": Optional, "Union": Union, "Dict": Dict, "List": List, "HfQuantizer": Any,
    }
    tree = ast.parse((TRANSFORMERS / "modeling_utils.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "_get_device_map":
            exec(ast.unparse(node), names)
            return names["_get_device_map"]
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "isinstance(device_map, str)":
            code = compile(ast.unparse(node), "modeling_utils.py", "exec")

    def run(model, device_map, max_memory, hf_quantizer, torch_dtype, keep_in_fp32_modules):
        here = dict(names, **{name: value for name, value in locals().items() if name != "here"})
        exec(code, here)
        return here["device_map"]

    return run


def untied(root, graph):
    """Takes the parameters apart that transformers before 4.50 ties only once budgets are balanced."""
    aliases = {name for name, _, alias in graph["modules"] if alias is not None}
    ties = []
    for name, _, _, alias in graph["parameters"]:
        owner, _, key = name.rpartition(".")
        within = any(owner == module or owner.startswith(module + ".") for module in aliases)
        if alias is None or within:
            continue
        module = root.get_submodule(owner)
        ties.append((module, key, module._parameters[key]))
        module._parameters[key] = nn.Parameter(module._parameters[key].detach().clone(), requires_grad=False)

    def tie_weights():
        for module, key, tensor in ties:
            module._parameters[key] = tensor

    root.tie_weights = tie_weights


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
    classes = case.get("no_split_module_classes")
    if classes is not None and case.get("no_split_module_classes_as_set"):
        classes = set(classes)
    common = {"no_split_module_classes": classes, "dtype": dtype, "special_dtypes": special}
    if case["device_map"] == "sequential":
        budgets = library.get_max_memory(budgets)
    else:
        budgets = library.get_balanced_memory(model, budgets, low_zero=case["device_map"] == "balanced_low_0", **common)
    known = inspect.signature(library.infer_auto_device_map).parameters
    flags = ("offload_buffers", "fallback_allocation", "clean_result")
    flags = {flag: case[flag] for flag in flags if flag in case and (case[flag] or flag in known)}
    device_map = library.infer_auto_device_map(model, dict(budgets), **common, **flags)
    return {"balanced_memory": [list(item) for item in budgets.items()]}, device_map


def by_transformers(case, model, budgets, get_device_map):
    if RELEASE >= (5, 0):
        return {}, get_device_map(model, case["device_map"], budgets, None)
    if RELEASE < (4, 50):
        untied(model, case["graph"])
    dtype = getattr(torch, case["dtype"]) if case.get("dtype") else None
    kept = case.get("keep_in_fp32_modules")
    if RELEASE >= (4, 51):
        kept = re.compile("|".join(rf"((^|\.){name}($|\.))" for name in kept)) if kept else None
    elif RELEASE < (4, 50):
        kept = kept or []
    return {}, get_device_map(model, case["device_map"], budgets, None, dtype, kept)


def without_device(model, device_map):
    try:
        modeling.check_device_map(model, device_map)
    except ValueError as error:
        return str(error).partition("following parameters: ")[2].split(", ")
    return []


def ask(case, patched, get_device_map):
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
                answer, device_map = by_transformers(case, model, budgets, get_device_map)
            else:
                answer, device_map = by_accelerate(case, model, patched if case["split_keeps_buffers"] else modeling, budgets)
            answer["device_map"] = [list(item) for item in device_map.items()]
            answer["unplaced"] = without_device(model, device_map)
        except ImportError:
            raise  # of a package that is to be installed, and no answer
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
    what, path = sys.argv[1:3]
    patched = keeping_buffers()
    modeling.torch = patched.torch = TorchThatSeesCuda("torch")
    if RELEASE >= (5, 0):
        from transformers.integrations.accelerate import _get_device_map as get_device_map
    else:
        get_device_map = device_map_code()
    for name in ("accelerate.utils.modeling", "transformers"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.handlers.clear()
    block = []
    versions = f"accelerate {accelerate.__version__}, transformers {VERSION}, torch {torch.__version__}"
    if what == "digests":
        print(f"# cases, SHA-256 of their answers; recorded with {versions}")

    def flush():
        if block:
            print(len(block), hashlib.sha256("".join(block).encode()).hexdigest())
            block.clear()

    with open(path, encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            answer = ask(case, patched, get_device_map)
            if what == "bare":
                print(canonical(answer))
                continue
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
