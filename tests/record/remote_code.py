"""Record what from_pretrained makes of repos that bring code:

    HF_HUB_OFFLINE=1 python remote_code.py fixtures/models/remote_code/cases.txt fixtures/upstream/transformers-<version>/remote_code.jsonl

A block of the text is a repo, of a class XModel with a config XConfig.  What its parts add to the files that all have (`files_of`):
`imports` go to the head of modeling_x.py, `extra` before its class, `body` into the constructor; `config_class` and `auto_map` are
values; a part with a dot in its name is a file, and `folder` the name of the repo's folder.  Each repo is asked for twice, as a folder
and as a repo of the Hub that is in the cache, in a process of its own, since the library remembers modules.

A row of what is written is the block's name, "folder" or "hub", and the answer: "loads" with the module of the class, or the exception,
"Type: first line".  REPO is the repo's folder, CACHE the folder of the modules;
files of packages are named from the folder that the packages lie in.
"""

import json
import multiprocessing
import os
import re
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
warnings.filterwarnings("ignore")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONFIGURATION = """from transformers import PretrainedConfig
class XConfig(PretrainedConfig):
    model_type = "x_of_mine"
"""
MODELING = """from torch import nn
from transformers import PreTrainedModel
from .configuration_x import XConfig
{imports}
{extra}
class XModel(PreTrainedModel):
    config_class = {config_class}
    def __init__(self, config):
        super().__init__(config)
        self.first = nn.Linear(2, 2)
{body}
        self.post_init()
    def _init_weights(self, module):
        pass
"""
AUTO_MAP = '{"AutoConfig": "configuration_x.XConfig", "AutoModel": "modeling_x.XModel"}'


def blocks(text):
    for block in text.split("\n=== ")[1:]:
        name, *parts = re.split(r"^--- ", block, flags=re.MULTILINE)
        kept = {}
        for part in parts:
            key, _, value = part.partition("\n")
            kept[key] = kept.get(key, "") + value.rstrip("\n") + "\n"
        yield name.strip(), kept


def files_of(parts):
    body = "".join(f"        {line}\n" for line in parts.get("body", "").splitlines())
    modeling = MODELING.format(
        imports=parts.get("imports", ""),
        extra=parts.get("extra", ""),
        config_class=parts.get("config_class", "XConfig").strip(),
        body=body,
    )
    config = {"model_type": "x_of_mine", "architectures": ["XModel"], "auto_map": json.loads(parts.get("auto_map", AUTO_MAP))}
    files = {"config.json": json.dumps(config), "configuration_x.py": CONFIGURATION, "modeling_x.py": modeling}
    files.update((name, text) for name, text in parts.items() if "." in name)
    return files


def write(folder, files):
    import torch
    from safetensors.torch import save_file

    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    save_file({"first.bias": torch.zeros(2)}, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})


def answer(parts, place, queue):
    import transformers

    with tempfile.TemporaryDirectory() as scratch:
        modules = os.path.join(scratch, "modules")
        transformers.dynamic_module_utils.HF_MODULES_CACHE = modules
        options = {}
        if place == "folder":
            name = folder = os.path.join(scratch, parts.get("folder", "repo").strip())
        else:
            short = parts.get("folder", "repo").strip()
            name = f"org/{short}"
            options["cache_dir"] = os.path.join(scratch, "hub")
            root = os.path.join(scratch, "hub", f"models--org--{short}")
            folder = os.path.join(root, "snapshots", COMMIT)
            write(root, {"refs/main": COMMIT})
        write(folder, files_of(parts))
        try:
            model = transformers.AutoModel.from_pretrained(name, trust_remote_code=True, **options)
            queue.put("loads " + type(model).__module__)
        except BaseException as error:
            text = str(error).split("\n")[0].replace(folder, "REPO").replace(modules, "CACHE").replace(scratch, "SCRATCH")
            for packages in filter(os.path.isabs, sys.path):
                text = text.replace(f"({packages}/", "(")
            queue.put(f"{type(error).__name__}: {text}")


def main():
    cases, out = sys.argv[1:]
    with open(cases) as file:
        all_blocks = list(blocks(file.read()))
    fork = multiprocessing.get_context("fork")
    import transformers  # once for all that are forked

    transformers.AutoModel
    with open(out, "w") as file:
        for name, parts in all_blocks:
            for place in ("folder", "hub"):
                queue = fork.Queue()
                process = fork.Process(target=answer, args=(parts, place, queue))
                process.start()
                result = queue.get()
                process.join()
                print(json.dumps([name, place, result]), file=file)


if __name__ == "__main__":
    main()
