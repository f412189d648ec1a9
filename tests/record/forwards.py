"""Record what a forward pass of the installed transformers raises, and what it keeps in its cache:

    forwards.py PARALLEL.jsonl.gz OUT.jsonl.gz [--worlds 1,2,4,8] [--part I/N]

For the classes and configs of a file that parallel.py made: the model is saved, loaded on one process and on the first and the last rank of
torch's fake group, whose collectives do nothing, and given token 0 two times seven times.  A row:

    class, config   as there
    runs            {world: {rank: answer}}: "Type: message", null where it gives no cache, or {path in the cache: "dtype [shape]"}

Models that take no `input_ids` are left out.
"""

import argparse
import gzip
import importlib
import inspect
import io
import json
import pathlib
import tempfile
import warnings

import parallel
import torch

SHAPE = (2, 7)
ERROR_LENGTH = 300


def arguments(model):
    wanted = inspect.signature(type(model).forward).parameters
    given = {name: torch.zeros(SHAPE, dtype=torch.long) for name in ("input_ids", "decoder_input_ids") if name in wanted}
    if "use_cache" in wanted or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in wanted.values()):
        given["use_cache"] = True
    return given


def held(value, path, seen, depth):
    """(where, tensor) of those that an object holds, each once."""
    plain = (str, bytes, int, float, bool, torch.nn.Module)
    if depth == 0 or id(value) in seen or value is None or isinstance(value, plain):
        return []
    seen[id(value)] = value
    if isinstance(value, torch.Tensor):
        return [(path, value)]
    if isinstance(value, dict):
        below = [(f"{path}[{key!r}]", each) for key, each in value.items()]
    elif isinstance(value, (list, tuple)):
        below = [(f"{path}[{at}]", each) for at, each in enumerate(value)]
    elif hasattr(value, "__dict__") and not isinstance(value, type) and not callable(value):
        below = [(f"{path}.{name}" if path else name, each) for name, each in vars(value).items() if name != "config"]
    else:
        return []
    return [row for name, each in below for row in held(each, name, seen, depth - 1)]


def answer(model):
    try:
        with torch.no_grad():
            output = model(**arguments(model))
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:ERROR_LENGTH]}"
    cache = output.get("past_key_values") if isinstance(output, dict) else getattr(output, "past_key_values", None)
    if cache is None:
        return None
    rows = held(cache, "", {}, 6)
    return {path: f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}" for path, tensor in rows}


def record(row, worlds):
    module, _, name = row["class"].partition(":")
    cls = getattr(importlib.import_module(module), name)
    if "input_ids" not in inspect.signature(cls.forward).parameters:
        return None
    runs = {}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "config.json").write_text(json.dumps(row["config"]))
        model = cls(cls.config_class.from_pretrained(folder)).eval()
        if 1 in worlds:
            runs[1] = {0: answer(model)}
        model.save_pretrained(folder)
        del model
        for world in worlds:
            if world == 1:
                continue
            runs[world] = {}
            options = parallel.tensor_parallel(world)[0][1]
            for rank in (0, world - 1):
                with parallel.as_rank(rank, world):
                    try:
                        model = parallel.load(cls, folder, options)
                    except Exception as error:
                        runs[world] = f"{type(error).__name__}: {str(error)[:ERROR_LENGTH]}".replace(folder, "REPO")
                        break
                    runs[world][rank] = answer(model)
    return {"class": row["class"], "config": row["config"], "runs": runs}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows")
    parser.add_argument("out")
    parser.add_argument("--worlds", default="1,2,4,8")
    parser.add_argument("--sizes", default="even")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    worlds = [int(world) for world in asked.worlds.split(",")]
    with gzip.open(asked.rows, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    out = []
    for row in rows:
        if row.get("sizes") != asked.sizes or row.get("kind") not in (None, "tp", "odd"):
            continue
        try:
            made = record(row, worlds)
        except Exception as error:
            print(row["class"], type(error).__name__, str(error)[:200], flush=True)
            continue
        if made is not None:
            out.append(json.dumps(made, separators=(",", ":")))
    with open(asked.out, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
        with io.TextIOWrapper(packed, "utf-8") as text:
            text.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
