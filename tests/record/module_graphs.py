"""Reduce recorded module graphs to a table of digests:  module_graphs.py GRAPHS_DIR [NAMES|REPOS_DIR] > fixtures/upstream/<library>-<version>/module_graphs.tsv

GRAPHS_DIR holds one NAME.json.gz a class, as read off live models on the meta device: class, modules, parameters, buffers and the
class facts, with the `module` and the `config` that it was built from.  A row is the class's module and name, the number of modules
and tensors, the SHA-256 of the graph's canonical JSON (the fields below, keys sorted, no spaces), and the config where the
class's own defaults give another graph (a file of them, one name a line, may be given as the second argument).  Where the second
argument is a folder of model repos instead, the graphs were recorded from those, and the config is the repo's own.
"""

import glob
import gzip
import hashlib
import json
import os
import sys

FIELDS = (
    "class modules parameters buffers no_split_modules keys_to_ignore_on_load_unexpected keys_to_ignore_on_load_missing "
    "keep_in_fp32_modules keep_in_fp32_modules_strict no_placement_params tied_weights_keys base_model_prefix"
).split()

second = sys.argv[2] if len(sys.argv) > 2 else ""
with_config = set(open(second).read().split()) if second and not os.path.isdir(second) else set()
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.json.gz"))):
    with gzip.open(path, "rt") as handle:
        graph = json.load(handle)
    text = json.dumps({field: graph.get(field) for field in FIELDS}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = os.path.basename(path)[: -len(".json.gz")]
    config = json.dumps(graph["config"], separators=(",", ":")) if name in with_config else ""
    if os.path.isdir(second):
        config = json.dumps(json.load(open(os.path.join(second, name, "config.json"))), separators=(",", ":"))
    counts = (len(graph["modules"]), len(graph["parameters"]) + len(graph["buffers"]))
    print(graph["module"], graph["class"], *counts, digest, config, sep="\t")
