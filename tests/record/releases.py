"""Record what the installed release of transformers makes of small repos:

    releases.py REPOS [NAME...] > answers-of-this-release.jsonl

REPOS is fixtures/upstream/releases/repos: a folder a repo, with a `config.json` and, of some, `model.safetensors.txt`, which stands for a
model.safetensors of zeros (`small_saves.py` writes them).  A line is {"release", "repo", "config", "build", "keys"}:

    config   "yes", or the exception that AutoConfig.from_pretrained ends in, by type and the first line of its words
    build    of a config that is accepted, on the meta device: "yes", or why the class of `architectures` (or AutoModel's) is not
    keys     of a model that is built and has weights, from_pretrained(ignore_mismatched_sizes=True): {"missing", "mismatched"}, names
             folded where they differ in numbers alone, and how many they are; or {"error"}

The lines of all releases, sorted, are fixtures/upstream/releases/answers.jsonl.  Needs torch, accelerate and the release.
"""

import json
import os
import pathlib
import re
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import torch
import transformers
from loads import folded
from safetensors.torch import save_file
from small_saves import DTYPES

LINE = re.compile(r"(\S+) (\S+) (\[.*\])")


def expanded(name):
    """All names that {0..3,7} or {q,k} in a name stand for."""
    head, brace, rest = name.partition("{")
    if not brace:
        return [name]
    items, _, tail = rest.partition("}")
    words = []
    for item in items.split(","):
        first, dots, last = item.partition("..")
        words += map(str, range(int(first), int(last) + 1)) if dots else [item]
    return [head + word + end for word in words for end in expanded(tail)]


def with_weights(repo, folder):
    """A copy of `repo` in `folder`, with the weights that its sketch describes."""
    for path in repo.glob("*.json"):
        (folder / path.name).write_bytes(path.read_bytes())
    tensors = {}
    for line in (repo / "model.safetensors.txt").read_text().splitlines():
        names, dtype, shape = LINE.fullmatch(line).groups()
        tensors |= {name: torch.zeros(json.loads(shape), dtype=DTYPES[dtype]) for name in expanded(names)}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def failure(error):
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}: {words[0][:160] if words else ''}"


def class_of(config, repo):
    # Of the file, since some nested configs lose it; without it AutoModel decides.
    names = json.loads((repo / "config.json").read_text()).get("architectures")
    return getattr(transformers, names[0], None) if names else transformers.MODEL_MAPPING[type(config)]


def built(config, repo):
    model_class = class_of(config, repo)
    if model_class is None:
        return None, "no class of this name"
    try:
        with torch.device("meta"):
            model_class(config)
    except Exception as error:
        return None, failure(error)
    return model_class, "yes"


def names_of(info, kind):
    """Of mismatched keys, which come with their two shapes, too."""
    return sorted({each if isinstance(each, str) else each[0] for each in info[kind]})


def keys_of(model_class, repo):
    with tempfile.TemporaryDirectory() as folder:
        with_weights(repo, pathlib.Path(folder))
        try:
            _, info = model_class.from_pretrained(folder, output_loading_info=True, ignore_mismatched_sizes=True)
        except Exception as error:
            return {"error": failure(error).replace(folder, "REPO")}
    answer = {}
    for kind in ("missing", "mismatched"):
        names = names_of(info, f"{kind}_keys")
        answer[kind] = {"count": len(names), "names": sorted(folded(names))}
    return answer


def answer_of(repo):
    row = {"release": transformers.__version__, "repo": repo.name, "config": "yes"}
    try:
        config = transformers.AutoConfig.from_pretrained(repo, trust_remote_code=False)
    except Exception as error:
        return row | {"config": failure(error).replace(str(repo), "REPO")}
    model_class, row["build"] = built(config, repo)
    if model_class is not None and (repo / "model.safetensors.txt").exists():
        row["keys"] = keys_of(model_class, repo)
    return row


def main():
    for repo in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if sys.argv[2:] and repo.name not in sys.argv[2:]:
            continue
        print(json.dumps(answer_of(repo)), flush=True)


if __name__ == "__main__":
    main()
