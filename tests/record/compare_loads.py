"""Run a program on recorded loads, and say how many of its reports are equal:

    compare_loads.py CASES.jsonl.gz --source SITE_PACKAGES [--program build/ckptlint] [--only TEXT] [--jobs N] [--list FILE]

Each case (load_cases.py gives the fields) becomes a repo: config.json, custom code, and sparse weight files with the recorded headers.
The program is run as

    PROGRAM load REPO [--class MODULE:CLASS] --source SITE_PACKAGES --format json

and has to print missing_keys, unexpected_keys and mismatched_keys, sorted; where from_pretrained raised, an `error` (any text).
"""

import argparse
import collections
import concurrent.futures
import gzip
import json
import math
import os
import pathlib
import re
import struct
import subprocess
import tempfile

BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "C64": 8, "I64": 8, "I32": 4, "I8": 1, "U8": 1, "BOOL": 1}
KEYS = ("missing_keys", "unexpected_keys", "mismatched_keys")


def write_weights(rows, path):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, dtype, shape in rows:
        size = BYTES[dtype] * math.prod(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as handle:
        handle.write(struct.pack("<Q", len(text)) + text)
        handle.truncate(8 + len(text) + offset)


def remote_sources(folder, module):
    """The library's files on a model as custom code; as in load_cases.py, which needs the library to be there."""
    files, wanted = {}, [module.rpartition(".")[2] + ".py"]
    while wanted:
        name = wanted.pop()
        if name in files or not (folder / name).is_file():
            continue
        text = (folder / name).read_text()
        wanted += [match + ".py" for match in re.findall(r"^from \.(\w+) import", text, re.M)]
        text = re.sub(r"^(\s*)from \.\.\.(\w)", r"\1from transformers.\2", text, flags=re.M)
        text = re.sub(r"^(\s*)from \.\.\. import", r"\1from transformers import", text, flags=re.M)
        text = re.sub(r"^(\s*)from \.\.(\w)", r"\1from transformers.models.\2", text, flags=re.M)
        files[name] = text
    return files


def write_repo(case, folder, source):
    folder = pathlib.Path(folder)
    (folder / "config.json").write_text(json.dumps(case["config"]))
    files = case.get("files", {})
    if case.get("remote"):
        files = remote_sources(pathlib.Path(source, *case["module"].split(".")[:-1]), case["module"])
    for name, text in files.items():
        (folder / name).write_text(text)
    rows, shards = case["tensors"], case.get("shards", [len(case["tensors"])])
    if len(shards) == 1:
        return write_weights(rows, folder / "model.safetensors")
    weight_map, begin = {}, 0
    for i, count in enumerate(shards):
        name = f"model-{i + 1:05}-of-{len(shards):05}.safetensors"
        write_weights(rows[begin : begin + count], folder / name)
        weight_map |= {row[0]: name for row in rows[begin : begin + count]}
        begin += count
    index = {"metadata": {"total_size": 0}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def compare(case, options):
    with tempfile.TemporaryDirectory() as folder:
        write_repo(case, folder, options.source)
        command = [options.program, "load", folder, "--source", options.source, "--format", "json"]
        if not case.get("remote") and "files" not in case:
            command += ["--class", f"{case['module']}:{case['class']}"]
        try:
            run = subprocess.run(command, capture_output=True, timeout=60, text=True)
            answer = json.loads(run.stdout)
        except subprocess.TimeoutExpired:
            return "no answer", "it takes too long"
        except ValueError:
            return "no answer", run.stderr.strip()[-300:]
    want = case["report"]
    if "error" in want:
        return ("equal", "") if "error" in answer else ("error not predicted", f"{want['error']}: {want['message'][:150]}")
    if "error" in answer:
        return "error predicted", answer["error"]
    for key in KEYS:
        have, expected = answer.get(key), want[key]
        if have != expected:
            lost = sorted(set(expected) - set(have or []))
            extra = sorted(set(have or []) - set(expected))
            return key, f"lacks {len(lost)} {lost[:2]}, adds {len(extra)} {extra[:2]}"
    return "equal", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases")
    parser.add_argument("--source", required=True)
    parser.add_argument("--program", default="build/ckptlint")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", help="write a line for each case to this file")
    options = parser.parse_args()
    with gzip.open(options.cases, "rt") as handle:
        cases = [json.loads(line) for line in handle]
    labels = [f"{case['model_type']}.{case['class']}.{case['perturbation']}" for case in cases]
    chosen = [(label, case) for label, case in zip(labels, cases) if options.only in label]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda pair: compare(pair[1], options), chosen))
    if options.list:
        with open(options.list, "w") as handle:
            for (label, _), (kind, detail) in zip(chosen, results):
                handle.write(f"{label}\t{kind}\t{detail}\n")
    kinds = collections.Counter(kind for kind, _ in results)
    for kind, count in kinds.most_common():
        print(f"{count:6}  {kind}")
        if kind != "equal":
            for label, detail in [(label, d) for (label, _), (k, d) in zip(chosen, results) if k == kind][:12]:
                print(f"          {label}: {detail}")
    print(f"{kinds['equal']} of {len(chosen)} equal ({100 * kinds['equal'] / max(1, len(chosen)):.2f} %)")


if __name__ == "__main__":
    main()
