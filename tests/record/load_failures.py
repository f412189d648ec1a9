"""Record what from_pretrained makes of the fixtures of rules about what the code of a repo raises:

    HF_HUB_OFFLINE=1 python load_failures.py fixtures/rules RULE... > fixtures/upstream/transformers-<version>/load_failures.tsv

A row is the fixture's folder, and "loads" or the exception, "Type: message", of AutoModel.from_pretrained.  Fixtures whose `options`
name another release are left out.  Each is asked in a process of its own.  Weights are zeros of the shapes that model.safetensors.txt
gives.
"""

import itertools
import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
warnings.filterwarnings("ignore")

import torch
import transformers

DTYPES = {"F32": torch.float32, "BF16": torch.bfloat16}


def names_of(pattern):
    parts = re.split(r"\{([^}]*)\}", pattern)
    choices = []
    for i, part in enumerate(parts):
        if i % 2 == 0:
            choices.append([part])
            continue
        items = []
        for item in part.split(","):
            first, dots, last = item.partition("..")
            items += [str(n) for n in range(int(first), int(last) + 1)] if dots else [item]
        choices.append(items)
    return ["".join(each) for each in itertools.product(*choices)]


def answer(folder, queue):
    from safetensors.torch import save_file

    with tempfile.TemporaryDirectory() as scratch:
        transformers.dynamic_module_utils.HF_MODULES_CACHE = os.path.join(scratch, "modules")
        repo = os.path.join(scratch, "repo")
        shutil.copytree(folder, repo)
        tensors = {}
        with open(os.path.join(repo, "model.safetensors.txt")) as file:
            for line in file:
                pattern, dtype, shape = line.split(maxsplit=2)
                for name in names_of(pattern):
                    tensors[name] = torch.zeros(json.loads(shape), dtype=DTYPES[dtype])
        save_file(tensors, os.path.join(repo, "model.safetensors"), metadata={"format": "pt"})
        try:
            transformers.AutoModel.from_pretrained(repo, trust_remote_code=True)
            queue.put("loads")
        except BaseException as error:
            queue.put(f"{type(error).__name__}: {str(error).splitlines()[0]}")


def main():
    root, *rules = sys.argv[1:]
    transformers.logging.disable_progress_bar()
    transformers.AutoModel
    fork = multiprocessing.get_context("fork")
    for rule in rules:
        for case in sorted(os.listdir(os.path.join(root, rule))):
            folder = os.path.join(root, rule, case)
            if os.path.exists(os.path.join(folder, "options")) or not os.path.exists(os.path.join(folder, "model.safetensors.txt")):
                continue
            queue = fork.Queue()
            process = fork.Process(target=answer, args=(folder, queue))
            process.start()
            print(f"{rule}/{case}\t{queue.get()}")
            process.join()


main()
