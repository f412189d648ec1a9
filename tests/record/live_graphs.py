"""Read module graphs off live models:  live_graphs.py OUT_DIR REPO...

For each REPO, a model repo or a folder with a config.json alone (whose own code is run), builds the class that the config
names on the meta device, in the config's dtype, and writes OUT_DIR/NAME.json.gz, NAME being the folder's: the object that
analyzer/graph/graph_json.h describes as far as torch can tell it, with the class's `module` and the `config`.
A repo that gives none is named on standard error with its exception, and makes the exit status 1.
module_graphs.py reduces such a folder; `ckptlint graph REPO --format json` prints its like, to be compared.

Needs torch and transformers, of the release that is recorded.
"""

import gzip
import json
import os
import sys

import torch
import transformers
from transformers.dynamic_module_utils import get_class_from_dynamic_module

# A list of the class, by its name in the graph.
LISTS = {
    "no_split_modules": "_no_split_modules",
    "keys_to_ignore_on_load_unexpected": "_keys_to_ignore_on_load_unexpected",
    "keys_to_ignore_on_load_missing": "_keys_to_ignore_on_load_missing",
    "keep_in_fp32_modules": "_keep_in_fp32_modules",
    "keep_in_fp32_modules_strict": "_keep_in_fp32_modules_strict",
    "no_placement_params": "_no_placement_params",
}


def class_of(repo, config):
    name = config.architectures[0]
    for entry in (getattr(config, "auto_map", None) or {}).values():
        if isinstance(entry, str) and entry.endswith("." + name):
            return get_class_from_dynamic_module(entry, repo)
    return getattr(transformers, name)


def once(seen, thing, name):
    """The name under which `thing` came first; None if it is now."""
    first = seen.setdefault(id(thing), name)
    return None if first == name else first


def graph_of(model):
    graph = {"class": type(model).__name__, "module": type(model).__module__, "modules": [], "parameters": [], "buffers": []}
    modules, parameters, buffers = {}, {}, {}
    for path, module in model.named_modules(remove_duplicate=False):
        graph["modules"].append([path, type(module).__name__, once(modules, module, path)])
        lead = path + "." if path else ""
        for name, tensor in module._parameters.items():
            if tensor is not None:
                kind = [str(tensor.dtype).split(".")[-1], list(tensor.shape)]
                graph["parameters"].append([lead + name, *kind, once(parameters, tensor, lead + name)])
        for name, tensor in module._buffers.items():
            if tensor is not None:
                kind = [str(tensor.dtype).split(".")[-1], list(tensor.shape), name not in module._non_persistent_buffers_set]
                graph["buffers"].append([lead + name, *kind, once(buffers, tensor, lead + name)])
    for field, attribute in LISTS.items():
        value = getattr(model, attribute, None)
        graph[field] = None if value is None else sorted(value)
    ties = getattr(model, "all_tied_weights_keys", None)  # of transformers 5
    if ties is None:
        ties = getattr(model, "_tied_weights_keys", None)
    graph["tied_weights_keys"] = dict(sorted(ties.items())) if isinstance(ties, dict) else ties and sorted(ties)
    graph["base_model_prefix"] = getattr(model, "base_model_prefix", "")
    return graph


def record(repo, out):
    config = transformers.AutoConfig.from_pretrained(repo, trust_remote_code=True)
    with torch.device("meta"):
        model = class_of(repo, config)._from_config(config)
    graph = graph_of(model)
    with open(os.path.join(repo, "config.json")) as handle:
        graph["config"] = json.load(handle)
    with gzip.open(os.path.join(out, os.path.basename(os.path.abspath(repo)) + ".json.gz"), "wt") as handle:
        json.dump(graph, handle)


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    without = 0
    for each in sys.argv[2:]:
        try:
            record(each, sys.argv[1])
        except Exception as error:
            without += 1
            print(f"{each}: no graph: {type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(1 if without else 0)


if __name__ == "__main__":
    main()
