"""Record what from_pretrained makes of an `auto_map` in config.json:

    HF_HUB_OFFLINE=1 python auto_maps.py fixtures/models/auto_maps fixtures/upstream/transformers-<version>/auto_maps.jsonl

The folder is a model repo, with files beside it that it must not reach; `auto_maps.txt` in it has one `auto_map` a line, as JSON.  A
row of what is written is the line, and "loads" or the exception, "Type: message".  AutoModel.from_pretrained is asked in a process of
its own each time, since the library remembers classes.
"""

import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
warnings.filterwarnings("ignore")


def answer(folder, auto_map, queue):
    import torch
    import transformers
    from safetensors.torch import save_file

    transformers.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["HF_MODULES_CACHE"] = os.path.join(scratch, "modules")
        transformers.dynamic_module_utils.HF_MODULES_CACHE = os.path.join(scratch, "modules")
        outside = os.path.join(scratch, "outside")
        shutil.copytree(folder, outside)
        repo = os.path.join(outside, "repo")
        with open(os.path.join(repo, "config.json")) as file:
            config = json.load(file)
        with open(os.path.join(repo, "config.json"), "w") as file:
            json.dump({**config, "auto_map": auto_map}, file)
        weights = {"a.weight": torch.zeros(4, 4), "a.bias": torch.zeros(4)}
        save_file(weights, os.path.join(repo, "model.safetensors"), metadata={"format": "pt"})
        try:
            transformers.AutoModel.from_pretrained(repo, trust_remote_code=True)
            queue.put("loads")
        except BaseException as error:
            text = str(error).split("\n")[0].replace(repo, "REPO").replace(outside, "OUTSIDE")
            text = re.sub(r"REPO[^ ]*", "REPO", text)
            text = re.sub(r"\.[0-9a-f]{16}\.", ".HASH.", text)
            queue.put(type(error).__name__ + ": " + text)


def main():
    folder, out = sys.argv[1:]
    with open(os.path.join(folder, "auto_maps.txt")) as file:
        lines = file.read().splitlines()
    fork = multiprocessing.get_context("fork")
    import transformers  # once for all that are forked

    transformers.AutoModel
    with open(out, "w") as file:
        for line in lines:
            queue = fork.Queue()
            process = fork.Process(target=answer, args=(folder, json.loads(line), queue))
            process.start()
            result = queue.get()
            process.join()
            print(json.dumps([json.loads(line), result]), file=file)


main()
