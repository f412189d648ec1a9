"""Pick recorded loads for the tests:  loads.py BYTES MAPPING.py CASES.jsonl.gz... > fixtures/upstream/<library>-<version>/loads.jsonl

CASES hold one load a line, as load_cases.py records them: as from_pretrained(output_loading_info=True, ignore_mismatched_sizes=True) of the library answered it:
module, class, config, tensors [[name, safetensors dtype, shape], ...], perturbation (how the saved checkpoint was changed), report
(missing_keys, unexpected_keys, mismatched_keys, or error and message).  Picked, up to BYTES, are the
shortest: four of every perturbation and every error, then one of each model type that MAPPING.py (conversion_mapping.py, or nothing
with "-") names, then one of each other.  A row is {"class": "module:Class", "case": perturbation, "config", "tensors": {"F32 [2, 3]": names}, "report"},
where names that differ in numbers alone are folded: "layers.{0,1}.weight"; and "remote" or "files" where the repo has code of its own.
"""

import collections
import gzip
import itertools
import json
import re
import sys

NUMBER = re.compile(r"(?<=\.)\d+(?=\.|$)")


def folded(names):
    """Names with the same words, whose numbers are every combination of a set for each place, as one."""
    shapes = collections.defaultdict(list)
    for name in names:
        shapes[NUMBER.sub("{}", name)].append(tuple(int(number) for number in NUMBER.findall(name)))
    for shape, rows in shapes.items():
        sets = [sorted(set(column)) for column in zip(*rows)]
        if set(rows) == set(itertools.product(*sets)) and len(rows) == len(set(rows)):
            parts = iter(str(s[0]) if len(s) == 1 else "{" + ",".join(map(str, s)) + "}" for s in sets)
            yield re.sub(r"\{\}", lambda _: next(parts), shape)
        else:
            for row in rows:
                parts = iter(map(str, row))
                yield re.sub(r"\{\}", lambda _: next(parts), shape)


def row_of(case):
    groups = collections.defaultdict(list)
    for name, dtype, shape in case["tensors"]:
        groups[f"{dtype} {shape}"].append(name)
    report = case["report"]
    if "error" in report:
        answer = {"error": f"{report['error']}: {report['message']}"}
    else:
        answer = {kind: " ".join(folded(keys)) for kind, keys in report.items()}
    row = {"class": f"{case['module']}:{case['class']}", "case": case["perturbation"], "config": case["config"]}
    row |= {"tensors": {kind: " ".join(folded(names)) for kind, names in groups.items()}, "report": answer}
    row |= {key: case[key] for key in ("remote", "files") if key in case}
    return json.dumps(row, separators=(",", ":"))


def is_of_the_question(report):
    """Some classes' own from_pretrained cannot be asked for the report: it takes the pair that it gets for the model."""
    return "'tuple' object has no attribute" in report.get("message", "")


def main():
    budget, mapping, cases = int(sys.argv[1]), "", []
    if sys.argv[2] != "-":
        with open(sys.argv[2]) as handle:
            mapping = handle.read()
    for path in sys.argv[3:]:
        with gzip.open(path, "rt") as handle:
            cases += [case for case in map(json.loads, handle) if not is_of_the_question(case["report"])]
    rows = sorted(((row_of(case), case) for case in cases), key=lambda pair: (len(pair[0]), pair[0]))
    rounds = (
        (4, lambda case: case["report"].get("error", case["perturbation"])),
        (1, lambda case: case["model_type"] if f'"{case["model_type"]}"' in mapping else None),
        (1, lambda case: case["model_type"]),
    )
    seen, picked = collections.Counter(), set()
    for wanted, kind_of in rounds:
        for text, case in rows:
            kind = kind_of(case)
            if kind is not None and seen[kind] < wanted and text not in picked and budget >= len(text):
                budget -= len(text)
                picked.add(text)
                seen.update({kind, case["model_type"]})
    print("\n".join(sorted(picked)))


if __name__ == "__main__":
    main()
