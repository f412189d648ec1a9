"""Record what one release of transformers saves and another makes of it:

    round_trips.py save OUT REPOS...     with the one: every repo is loaded, or built from its config alone, and saved in OUT
    round_trips.py load OUT > rows       with the other: what was saved is loaded

REPOS are folders of repos as `small_saves.py` writes them.  A row is {"saved_by", "loaded_by", "repo", "from"}, where "from" says what was
saved, "weights" (from_pretrained of the repo) or "config" (its constructor), and

    stored   what save_pretrained wrote, {"[shape]": names} with names folded where they differ in numbers alone; or {"error"}
    end      of what was stored, from_pretrained(ignore_mismatched_sizes=True) of the other: {"missing", "unexpected", "mismatched"}, names,
             folded; or {"error"}

The rows of both ways, sorted and packed with `gzip -9n`, are fixtures/upstream/releases/round_trips.jsonl.gz.  Needs torch, accelerate and the release.
"""

import json
import os
import pathlib
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import transformers
from loads import folded
from releases import class_of, failure, names_of, with_weights


def stored_in(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    groups = {}
    for name, tensor in header.items():
        if name != "__metadata__":
            groups.setdefault(json.dumps(tensor["shape"]), []).append(name)
    return {shape: sorted(folded(names)) for shape, names in sorted(groups.items())}


def model_of(repo, start):
    with tempfile.TemporaryDirectory() as folder:
        config = transformers.AutoConfig.from_pretrained(repo, trust_remote_code=False)
        model_class = class_of(config, repo)
        if start == "config":
            return model_class(config)
        with_weights(repo, pathlib.Path(folder))
        return model_class.from_pretrained(folder, ignore_mismatched_sizes=True)


def save(repo, start, folder):
    row = {"saved_by": transformers.__version__, "repo": repo.name, "from": start}
    try:
        model_of(repo, start).save_pretrained(folder)
        row["stored"] = stored_in(folder / "model.safetensors")
    except Exception as error:
        row["stored"] = {"error": failure(error)}
    (folder / "row.json").write_text(json.dumps(row))


def end_of(folder):
    try:
        config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
        _, info = class_of(config, folder).from_pretrained(folder, output_loading_info=True, ignore_mismatched_sizes=True)
    except Exception as error:
        return {"error": failure(error).replace(str(folder), "REPO")}
    return {kind: sorted(folded(names_of(info, f"{kind}_keys"))) for kind in ("missing", "unexpected", "mismatched")}


def main():
    command, out, *folders = sys.argv[1:]
    if command == "save":
        for repo in sorted(repo for folder in folders for repo in pathlib.Path(folder).iterdir()):
            if not (repo / "model.safetensors.txt").exists():
                continue
            for start in ("weights", "config"):
                folder = pathlib.Path(out) / f"{repo.name}.{start}"
                folder.mkdir(parents=True)
                save(repo, start, folder)
        return
    for folder in sorted(pathlib.Path(out).iterdir()):
        row = json.loads((folder / "row.json").read_text())
        row["loaded_by"] = transformers.__version__
        if "error" not in row["stored"]:
            row["end"] = end_of(folder)
        print(json.dumps(row, sort_keys=True), flush=True)


if __name__ == "__main__":
    main()
