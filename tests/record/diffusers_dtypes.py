"""Record what small pipelines of the installed diffusers do that are stored in half precision and loaded without `torch_dtype`:

    PYTHONHASHSEED=0 python tests/record/diffusers_dtypes.py dtypes-<release>.jsonl.gz

The pipelines are those of calls-<release>.jsonl.gz beside the output whose call ends as they are, and are called in the same way.  A line is a pipeline:

    pipeline   the class;  edits, arguments, images  as in calls-<release>.jsonl.gz
    stored     the dtype that all its models were saved in
    loaded     {component: {dtype: how many tensors of floating point}}, as DiffusionPipeline.from_pretrained(folder) leaves them
    call       "ends", or "Type: text";  within  the component that was running then, if any;  decoded  as there
    asked      the same for `torch_dtype` of what is stored

Needs diffusers, transformers and torch; no accelerator and no network.
"""

import argparse
import collections
import signal
import sys
import tempfile
from pathlib import Path

import diffusers
import torch
from diffusers import DiffusionPipeline

import diffusers_calls as calls
from diffusers_small import Rows


def dtypes_of(pipe):
    out = {}
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module):
            tensors = [each for each in [*part.parameters(), *part.buffers()] if each.is_floating_point()]
            out[name] = dict(collections.Counter(str(each.dtype)[6:] for each in tensors))
    return out


def main():
    signal.signal(signal.SIGALRM, calls.too_long)
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    release, home = diffusers.__version__, Path(options.out).parent
    parts = {row["name"]: row for row in calls.lines(home / f"pipeline_parts-{release}.jsonl.gz")}
    pipelines = {row["pipeline"]: row for row in calls.lines(home / f"pipelines-{release}.jsonl.gz") if row["case"] == "unchanged"}
    seen = set()
    with Rows(options.out) as out:
        for row in calls.lines(home / f"calls-{release}.jsonl.gz"):
            name = row["pipeline"]
            if name in seen or (options.only and name not in options.only):
                continue
            seen.add(name)  # the first is the one as it is
            if row["call"] != "ends":
                continue
            for dtype in (torch.bfloat16, torch.float16):
                with tempfile.TemporaryDirectory() as place:
                    values = {}
                    try:
                        for folder, part in pipelines[name]["parts"].items():
                            calls.write(Path(place) / folder, parts[part]["files"])
                            config = calls.config_of(parts[part])
                            config = dict(config) if config else None
                            for where, key, value in row.get("edits", []):
                                if where == folder:
                                    config[key] = value
                            values[folder] = calls.made(*pipelines[name]["index"][folder], config, Path(place) / folder)
                        index = pipelines[name]["index"]
                        absent = {key: None for key, value in index.items() if isinstance(value, list) and value and value[0] is None}
                        more = {key: value for key, value in index.items() if not key.startswith("_") and not isinstance(value, list)}
                        pipe = getattr(diffusers, name)(**values, **absent, **more).to(dtype)
                        saved = Path(place) / "saved"
                        pipe.save_pretrained(saved)
                        loaded = DiffusionPipeline.from_pretrained(saved)
                        line = {key: row[key] for key in ("pipeline", "edits", "arguments", "images") if key in row}
                        line |= {"stored": str(dtype)[6:], "loaded": dtypes_of(loaded)} | calls.end_of_call(loaded, row.get("images", {}))
                        line["asked"] = calls.end_of_call(DiffusionPipeline.from_pretrained(saved, torch_dtype=dtype), row.get("images", {}))
                    except Exception as error:
                        print(name, type(error).__name__, str(error)[:150], file=sys.stderr)
                        continue
                    print(name, line["stored"], line["call"], "|", line["asked"]["call"], file=sys.stderr)
                    out.add(line)


if __name__ == "__main__":
    main()
