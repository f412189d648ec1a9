"""Record what a forward pass of the installed transformers raises, and what it keeps in its cache:

    forwards.py PARALLEL.jsonl.gz OUT.jsonl.gz [--worlds 1,2,4,8,16] [--sizes even|odd] [--windows]

For the classes and configs of a file that parallel.py made: the model is saved, loaded on one process and on the first and the last rank of
torch's fake group, whose collectives do nothing, and given token 0 two times seven times.  A row:

    class, config   as there
    runs            {world: {rank: answer}}: "Type: message", null where it gives no cache, or {path in the cache: "dtype [shape]"}
    put             {module: paths}: which attention or layer puts what into the cache, on one process
    ran             modules outside lists, and lists, in the order in which one process first calls them

Models that take no `input_ids` are left out.  With `--windows`, of a file the first class whose config has windows, chunks or layers that
share a cache, which are 4, 4 and 1.
"""

import argparse
import collections
import gzip
import importlib
import importlib.util
import inspect
import io
import json
import pathlib
import tempfile
import warnings

import parallel  # sets the environment for transformers
import parallel_kinds
import torch

PASS = pathlib.Path(__file__).parents[2] / "analyzer/library/packages/forward_pass.py"
specification = importlib.util.spec_from_file_location("forward_pass", PASS)
forward_pass = importlib.util.module_from_spec(specification)
specification.loader.exec_module(forward_pass)

SHAPE = (2, 7)
ERROR_LENGTH = 300


def answer(model, watched=None):
    """By the code that the evaluator runs, too: which arguments, and what of the cache is looked at, is said in one place."""
    try:
        rows, ran, _ = forward_pass.run(model, *SHAPE, watched is not None)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:ERROR_LENGTH]}"
    if watched is not None:
        put = collections.defaultdict(list)
        for path, _, module in rows or ():
            put[module or ""].append(path)
        watched |= {"put": {module: " ".join(paths) for module, paths in put.items()}, "ran": ran}
    return rows if rows is None else {path: f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}" for path, tensor, _ in rows}


WINDOWS = {"attention_chunk_size": 4, "local_attention": 4, "num_kv_shared_layers": 1, "sliding_window": 4, "window_size": 4}


def windowed(config):
    """The config with small windows, and how many it has."""
    if not isinstance(config, dict):
        return config, 0
    out, count = {}, 0
    for key, value in config.items():
        is_window = key in WINDOWS and isinstance(value, int) and not isinstance(value, bool)
        out[key], more = (WINDOWS[key], 1) if is_window else windowed(value)
        count += more
    return out, count


def record(row, worlds):
    module, _, name = row["class"].partition(":")
    cls = getattr(importlib.import_module(module), name)
    if "input_ids" not in inspect.signature(cls.forward).parameters:
        return None
    runs, watched = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "config.json").write_text(json.dumps(row["config"]))
        model = cls(cls.config_class.from_pretrained(folder)).eval()
        if 1 in worlds:
            runs[1] = {0: answer(model, watched)}
        model.save_pretrained(folder)
        del model
        for world in worlds:
            if world == 1:
                continue
            runs[world] = {}
            options = parallel_kinds.tensor_parallel(world)[0][1]
            for rank in (0, world - 1):
                with parallel.as_rank(rank, world):
                    try:
                        model = parallel.load(cls, folder, options)
                    except Exception as error:
                        runs[world] = f"{type(error).__name__}: {str(error)[:ERROR_LENGTH]}".replace(folder, "REPO")
                        break
                    runs[world][rank] = answer(model)
    return {"class": row["class"], "config": row["config"], "runs": runs} | watched


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows")
    parser.add_argument("out")
    parser.add_argument("--worlds", default="1,2,4,8,16")
    parser.add_argument("--sizes", default="even")
    parser.add_argument("--windows", action="store_true")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    worlds = [int(world) for world in asked.worlds.split(",")]
    with gzip.open(asked.rows, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    out, files = [], set()
    for row in rows:
        if row.get("sizes") != asked.sizes or row.get("kind") not in (None, "tp", "odd"):
            continue
        if asked.windows:
            config, count = windowed(row["config"])
            if count == 0 or row["class"].partition(":")[0] in files:
                continue
            row = row | {"config": config}
        try:
            made = record(row, worlds)
        except Exception as error:
            print(row["class"], type(error).__name__, str(error)[:200], flush=True)
            continue
        if made is not None and not (asked.windows and isinstance(made["runs"][1][0], str)):
            files.add(row["class"].partition(":")[0])
            out.append(json.dumps(made, separators=(",", ":")))
    with open(asked.out, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
        with io.TextIOWrapper(packed, "utf-8") as text:
            text.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
