"""Record what from_pretrained makes of repos with code that is not trusted:

    HF_HUB_OFFLINE=1 python untrusted_loads.py fixtures/rules/other-model-untrusted fixtures/upstream/transformers-<version>/untrusted_loads.jsonl

A folder in the folder is a repo; AutoModelForCausalLM loads it without trust_remote_code, and with False, which has to give the same.  A
row of what is written is its name and the class with what is missing and unexpected, or the exception, "Type: first line"; REPO is the
folder.
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
warnings.filterwarnings("ignore")

import torch
import transformers
from safetensors.torch import save_file


def answer(repo, options):
    try:
        model, info = transformers.AutoModelForCausalLM.from_pretrained(str(repo), output_loading_info=True, **options)
    except BaseException as error:
        return {"raises": f"{type(error).__name__}: {str(error).splitlines()[0].replace(str(repo), 'REPO')}"}
    return {"class": type(model).__name__, "missing": sorted(info["missing_keys"]), "unexpected": sorted(info["unexpected_keys"])}


def main():
    folder, out = map(pathlib.Path, sys.argv[1:])
    transformers.logging.disable_progress_bar()
    transformers.dynamic_module_utils.TIME_OUT_REMOTE_CODE = 0  # nobody answers
    with open(out, "w") as file:
        for source in sorted(folder.iterdir()):
            with tempfile.TemporaryDirectory() as scratch:
                repo = pathlib.Path(scratch, "repo")
                shutil.copytree(source, repo)
                tensors = {}
                for line in (source / "model.safetensors.txt").read_text().splitlines():
                    name, _, shape = line.split(" ", 2)
                    tensors[name] = torch.zeros(json.loads(shape))
                save_file(tensors, repo / "model.safetensors", metadata={"format": "pt"})
                unasked, refused = answer(repo, {}), answer(repo, {"trust_remote_code": False})
                if "raises" not in refused and unasked != refused:
                    raise ValueError(f"{source.name}: {unasked} is not {refused}")
                print(json.dumps([source.name, refused]), file=file)


main()
