"""Record what the installed release of transformers makes of small repos:

    releases.py REPOS... > answers-of-this-release.jsonl

REPOS are fixtures/upstream/releases/repos and .../saves: a folder a repo, with a `config.json` and, of some, `model.safetensors.txt`,
which stands for a model.safetensors of zeros (`small_saves.py` writes them).  A line is {"release", "repo", "config", "build", "keys", "buffers", "maps"}:

    config   "yes", or the exception that AutoConfig.from_pretrained ends in, by type and the first line of its words
    build    of a config that is accepted, on the meta device: "yes", or why the class of `architectures` (or AutoModel's) is not
    keys     of a model that is built and has weights, from_pretrained(ignore_mismatched_sizes=True): {"missing", "mismatched"}, names
             folded where they differ in numbers alone, and how many they are; or {"error"}; or "not asked", of what the release takes for
             a large model
    buffers  of a model that is loaded without mismatched keys: {"unset", "overwritten"}, likewise: buffers outside the state dict in which
             memory is left that nobody wrote (it is marked while the model is loaded), and what was stored under its own name, as zeros, and is
             something else at the end
    maps     of a model that is built and has no quantizer: {"lost", "errors"}, what has no device in the map that device_map="auto" gives,
             or the types of exceptions, with 2, 4 and 8 equal budgets: an even share of the model, and as much more as some of its
             modules take, or some parts of the whole

The lines of all releases, sorted by repo, are fixtures/upstream/releases/answers.jsonl.  Needs torch, accelerate and the release.
"""

import contextlib
import inspect
import json
import logging
import os
import pathlib
import random
import re
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
logging.getLogger("accelerate").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore")

import accelerate.utils.modeling as accelerate_maps
import torch
import transformers
from loads import folded
from safetensors.torch import save_file
from seen_cuda import TorchThatSeesCuda
from small_saves import DTYPES

MOST_PARAMETERS = 300_000_000
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
    """A copy of `repo` in `folder`, with the weights that its sketch describes, whose names it gives."""
    for path in repo.glob("*.json"):
        (folder / path.name).write_bytes(path.read_bytes())
    tensors = {}
    for line in (repo / "model.safetensors.txt").read_text().splitlines():
        names, dtype, shape = LINE.fullmatch(line).groups()
        tensors |= {name: torch.zeros(json.loads(shape), dtype=DTYPES[dtype]) for name in expanded(names)}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return list(tensors)


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
        return None, "no class of this name", False
    try:
        with torch.device("meta"):
            model = model_class(config)
    except Exception as error:
        return None, failure(error), False
    return model_class, "yes", sum(each.numel() for each in model.parameters()) > MOST_PARAMETERS


def names_of(info, kind):
    """Of mismatched keys, which come with their two shapes, too."""
    return sorted({each if isinstance(each, str) else each[0] for each in info[kind]})


@contextlib.contextmanager
def marked_memory():
    """Memory that nobody has written yet holds a mark: MARKS by kind of number."""
    former = torch.empty_like, torch.empty

    def marking(make):
        def made(*args, **kwargs):
            tensor = make(*args, **kwargs)
            mark = MARKS.get(tensor.dtype)
            if mark is not None and tensor.device.type == "cpu":
                with torch.no_grad():
                    tensor.fill_(mark)
            return tensor

        return made

    torch.empty_like, torch.empty = map(marking, former)
    try:
        yield
    finally:
        torch.empty_like, torch.empty = former


MARKS = {torch.float32: 1.25e30, torch.float16: 61440.0, torch.bfloat16: 2.0**100, torch.float64: 1.25e30, torch.int64: 0x5A5A5A5A5A, torch.int32: 0x5A5A5A}


def counted(names):
    return {"count": len(names), "names": sorted(folded(names))}


def buffers_of(model, stored):
    saved = model.state_dict(keep_vars=True)
    unset = [
        name
        for name, buffer in model.named_buffers()
        if name not in saved and buffer.dtype in MARKS and bool((buffer == MARKS[buffer.dtype]).any())
    ]
    overwritten = [name for name in stored if name in saved and bool((saved[name] != 0).any())]
    return {"unset": counted(unset), "overwritten": counted(overwritten)}


def loaded(model_class, repo):
    """The answers about keys and buffers."""
    with tempfile.TemporaryDirectory() as folder:
        stored = with_weights(repo, pathlib.Path(folder))
        try:
            with marked_memory():
                model, info = model_class.from_pretrained(folder, output_loading_info=True, ignore_mismatched_sizes=True)
        except Exception as error:
            return {"keys": {"error": failure(error).replace(folder, "REPO")}}
    keys = {kind: names_of(info, f"{kind}_keys") for kind in ("missing", "mismatched")}
    answer = {"keys": {kind: counted(names) for kind, names in keys.items()}}
    # What is mismatched is initialised.
    if not keys["mismatched"]:
        answer["buffers"] = buffers_of(model, sorted(stored))
    return answer


def device_maps(model):
    """A function from budgets to what device_map="auto" gives on this release; nothing where that is a part of a longer function."""
    try:
        from transformers.integrations.accelerate import _get_device_map as make
    except ImportError:
        from transformers import modeling_utils

        make = getattr(modeling_utils, "_get_device_map", None)
    if make is None:
        return None
    further = len(inspect.signature(make).parameters) - 4
    return lambda budgets: make(model, "auto", budgets, None, *[torch.float32, None][:further])


def budgets_of(model, devices):
    """From an even share of the model on, at which everything may have a place."""
    sizes = accelerate_maps.compute_module_sizes(model)
    share = -(-sizes[""] // devices)
    every = sorted({share + size + by for size in {0, *sizes.values()} for by in (-1, 0, 1) if size + by >= 0})
    return sorted(random.Random(0).sample(every, min(len(every), 16))) + [share + sizes[""] * part // (8 * devices) for part in range(8)]


def built_to_be_placed(model_class, config):
    """As from_pretrained builds it, without values and, on transformers 5, without ties."""
    if not hasattr(model_class, "get_init_context"):
        with torch.device("meta"):
            return model_class(config)
    parameters = inspect.signature(model_class.get_init_context).parameters
    given = {name: torch.float32 if name == "dtype" else False for name in parameters}
    with contextlib.ExitStack() as entered:
        for context in model_class.get_init_context(**given):
            entered.enter_context(context)
        model = model_class(config)
    if not hasattr(model, "all_tied_weights_keys"):
        model.tie_weights()
    return model


def maps_of(model_class, config):
    model = built_to_be_placed(model_class, config)
    make = device_maps(model)
    if make is None or getattr(config, "quantization_config", None) is not None:
        return {}
    lost, errors = set(), set()
    accelerate_maps.torch = TorchThatSeesCuda("torch")
    for devices in (2, 4, 8):
        for budget in budgets_of(model, devices):
            try:
                device_map = make({device: budget for device in range(devices)})
            except Exception as error:
                errors.add(type(error).__name__)
                continue
            try:
                accelerate_maps.check_device_map(model, device_map)
            except ValueError as error:
                lost |= set(str(error).partition("following parameters: ")[2].split(", "))
    return {"maps": {"lost": counted(lost), "errors": sorted(errors)}}


def answer_of(repo):
    row = {"release": transformers.__version__, "repo": repo.name, "config": "yes"}
    try:
        config = transformers.AutoConfig.from_pretrained(repo, trust_remote_code=False)
    except Exception as error:
        return row | {"config": failure(error).replace(str(repo), "REPO")}
    model_class, row["build"], is_large = built(config, repo)
    if model_class is None:
        return row
    if (repo / "model.safetensors.txt").exists() and is_large:
        row["keys"] = "not asked"
    elif (repo / "model.safetensors.txt").exists():
        row |= loaded(model_class, repo)
    return row | maps_of(model_class, config)


def main():
    for repo in sorted(repo for folder in sys.argv[1:] for repo in pathlib.Path(folder).iterdir()):
        print(json.dumps(answer_of(repo)), flush=True)


if __name__ == "__main__":
    main()
