"""Record the module graph of every model class of the installed diffusers:

    diffusers_graphs.py dump OUT_DIR [CLASS ...]
    diffusers_graphs.py tables OUT_DIR FIXTURES_DIR

`dump` builds each ModelMixin, those that `diffusers` itself names and those that only their own file knows, on the meta device from its
constructor's defaults, as `from_config` of a config.json with nothing but `_class_name` does.  It writes OUT_DIR/CLASS.json.gz, a module
graph (class, modules, parameters, buffers and the class facts, as live_graphs.py reads them) with `module`, `config` (what save_config writes),
`public` (whether `diffusers` names it) and `versions`; and failures.json, for each class that cannot be built its module and the
exception's type and text.  It needs diffusers, torch and accelerate, and for what diffusers imports, transformers; no accelerator.

`tables` reduces such a folder to FIXTURES_DIR/graphs-<release>.tsv, in the form of module_graphs.py (module, class, how many modules and
tensors, SHA-256 of the canonical graph, and an empty config), and FIXTURES_DIR/build_failures-<release>.tsv (module, class, "Type: text" as JSON).
"""

import gzip
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
import warnings
from pathlib import Path

os.environ["DIFFUSERS_VERBOSITY"] = "critical"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

CLASS_FACTS = (
    "no_split_modules keys_to_ignore_on_load_unexpected keys_to_ignore_on_load_missing keep_in_fp32_modules "
    "keep_in_fp32_modules_strict no_placement_params"
).split()


def dtype_name(tensor):
    return str(tensor.dtype).removeprefix("torch.")


def graph_of(model):
    """The module graph of a live model; a tensor or module met again names the first one."""
    modules, parameters, buffers, first = [], [], [], {}
    for name, module in model.named_modules(remove_duplicate=False):
        modules.append([name, type(module).__name__, first.get(id(module))])
        first.setdefault(id(module), name)
        prefix = f"{name}." if name else ""
        for key, tensor in module._parameters.items():
            if tensor is not None:
                parameters.append([prefix + key, dtype_name(tensor), list(tensor.shape), first.get(id(tensor))])
                first.setdefault(id(tensor), prefix + key)
        for key, tensor in module._buffers.items():
            if tensor is not None:
                persistent = key not in module._non_persistent_buffers_set
                buffers.append([prefix + key, dtype_name(tensor), list(tensor.shape), persistent, first.get(id(tensor))])
                first.setdefault(id(tensor), prefix + key)
    graph = {"class": type(model).__name__, "modules": modules, "parameters": parameters, "buffers": buffers}
    for field in CLASS_FACTS:
        value = getattr(model, "_" + field, None)
        graph[field] = None if value is None else sorted(value)
    tied = getattr(model, "_tied_weights_keys", None)
    graph["tied_weights_keys"] = None if tied is None else sorted(tied)
    graph["base_model_prefix"] = getattr(model, "base_model_prefix", "")
    return graph


def model_classes(diffusers):
    """(name, class, public), or (name, exception, public) where importing it fails."""
    from diffusers import ModelMixin

    found = {}
    for name in sorted(dir(diffusers)):
        try:
            cls = getattr(diffusers, name)
        except Exception:
            continue
        if inspect.isclass(cls) and issubclass(cls, ModelMixin) and cls is not ModelMixin:
            found[cls] = (name, cls, True)
    for info in pkgutil.walk_packages(diffusers.__path__, "diffusers.", onerror=lambda _: None):
        try:
            source = Path(importlib.util.find_spec(info.name).origin).read_text()
            if "ModelMixin" not in source or "flax" in info.name:
                continue
            module = importlib.import_module(info.name)
        except Exception as error:
            print("module", info.name, type(error).__name__, str(error)[:100].replace("\n", " "), file=sys.stderr)
            continue
        for name, cls in sorted(vars(module).items()):
            if inspect.isclass(cls) and issubclass(cls, ModelMixin) and cls.__module__ == info.name and cls is not ModelMixin:
                found.setdefault(cls, (name, cls, False))
    return sorted(found.values(), key=lambda row: (row[0], row[1].__module__))


def dump(out_dir, wanted):
    import diffusers
    import torch

    os.makedirs(out_dir, exist_ok=True)
    failures = {}
    for name, cls, public in model_classes(diffusers):
        if wanted and name not in wanted:
            continue
        try:
            with torch.device("meta"):
                model = cls.from_config({"_class_name": name})
            graph = graph_of(model)
            graph["module"], graph["public"] = cls.__module__, public
            graph["config"] = json.loads(model.to_json_string())
            graph["versions"] = {"torch": torch.__version__, "diffusers": diffusers.__version__}
            with gzip.open(os.path.join(out_dir, f"{name}.json.gz"), "wt") as handle:
                json.dump(graph, handle, separators=(",", ":"))
            print("OK", name, len(graph["modules"]), flush=True)
        except Exception as error:
            failures[name] = {"module": cls.__module__, "public": public, "error": f"{type(error).__name__}: {error}"}
            print("FAIL", name, type(error).__name__, str(error)[:120].replace("\n", " "), flush=True)
    if not wanted:
        with open(os.path.join(out_dir, "failures.json"), "w") as handle:
            json.dump({"diffusers": diffusers.__version__, "classes": failures}, handle, indent=1)


def tables(graphs_dir, fixtures_dir):
    with open(os.path.join(graphs_dir, "failures.json")) as handle:
        failures = json.load(handle)
    release = failures["diffusers"]
    with open(os.path.join(fixtures_dir, f"graphs-{release}.tsv"), "w") as out:
        subprocess.run([sys.executable, Path(__file__).with_name("module_graphs.py"), graphs_dir], stdout=out, check=True)
    with open(os.path.join(fixtures_dir, f"build_failures-{release}.tsv"), "w") as out:
        for name, row in sorted(failures["classes"].items()):
            print(row["module"], name, json.dumps(row["error"], ensure_ascii=False), sep="\t", file=out)


if __name__ == "__main__":
    if sys.argv[1:2] == ["dump"]:
        dump(sys.argv[2], sys.argv[3:])
    elif sys.argv[1:2] == ["tables"]:
        tables(*sys.argv[2:])
    else:
        sys.exit(__doc__)
