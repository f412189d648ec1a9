"""Records what PEFT makes of X-LoRA adapters, which mix adapters of other folders, into a file of JSON lines.

    python tests/record/mixed_adapters.py fixtures/upstream/adapter_bases OUT.jsonl

with torch, transformers and peft installed.  A line has what was changed, the `base`, and of the adapter and of each that it
mixes (`mixed`, by the path in `adapters`) the `config` and `tensors` {name: shape}; `own` is what PeftModel.from_pretrained
makes of it, in its folder, on a base whose config has `use_cache=False`, without which PEFT refuses every base.
"""

import copy
import json
import os
import sys
import tempfile

import torch
from adapters import Base, reported, without_defaults
from peft import LoraConfig, PeftModel, XLoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

BASE = "llama"
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MIXED = {
    "./0": {"r": 4, "target_modules": ["q_proj"]},
    "./1": {"r": 2, "target_modules": ["v_proj", "q_proj"]},
}
DEPTHS = {"deep": {"xlora_depth": 2, "xlora_size": 8}, "plain": {}, "layerwise": {"layerwise_scalings": True}}


def uncached(base):
    model = base.own()
    model.config.use_cache = False
    return model


def read(folder, config_class):
    with open(f"{folder}/{CONFIG}", encoding="utf-8") as text:
        config = without_defaults(json.load(text), config_class)
    config.pop("auto_mapping", None)
    return {"config": config, "tensors": {k: list(v.shape) for k, v in sorted(load_file(f"{folder}/{WEIGHTS}").items())}}


def write(folder, adapter, base):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{CONFIG}", "w", encoding="utf-8") as text:
        json.dump({**adapter["config"], "base_model_name_or_path": base}, text)
    save_file({key: torch.zeros(shape) for key, shape in adapter["tensors"].items()}, f"{folder}/{WEIGHTS}")


def saved(base, depth):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        mixed = {}
        for path, arguments in MIXED.items():
            get_peft_model(base.own(), LoraConfig(task_type=base.of["task"], **arguments)).save_pretrained(path)
            mixed[path] = read(path, LoraConfig)
        adapters = {str(i): path for i, path in enumerate(MIXED)}
        config = XLoraConfig(task_type=base.of["task"], hidden_size=32, adapters=adapters, **DEPTHS[depth])
        get_peft_model(uncached(base), config).save_pretrained("saved")
        made = read("saved", XLoraConfig)
        return {**made, "mixed": mixed}


def changes(adapter):
    """(what is changed, the adapter)"""

    def changed(words, edit):
        made = copy.deepcopy(adapter)
        edit(made)
        return words, made

    first = adapter["mixed"]["./0"]["tensors"]
    name = next(iter(first))
    own = next(iter(adapter["tensors"]), None)
    yield "none", adapter
    yield changed("no folder ./1", lambda it: it["mixed"].pop("./1"))
    yield changed("none mixed", lambda it: it["config"].update(adapters={}))
    yield changed("a tensor of ./0 less", lambda it: it["mixed"]["./0"]["tensors"].pop(name))
    yield changed("a tensor of ./0 wider", lambda it: it["mixed"]["./0"]["tensors"].update({name: [x + 1 for x in first[name]]}))
    yield changed("a tensor of ./0 of another layer", lambda it: it["mixed"]["./0"]["tensors"].update(
        {name.replace("layers.0", "layers.7"): it["mixed"]["./0"]["tensors"].pop(name)}))
    yield changed("another rank of ./1", lambda it: it["mixed"]["./1"]["config"].update(r=3))
    yield changed("no such targets of ./1", lambda it: it["mixed"]["./1"]["config"].update(target_modules=["nothing"]))
    yield changed("adapters by names", lambda it: it["config"].update(adapters={"math": "./0", "code": "./1"}))
    yield changed("another depth", lambda it: it["config"].update(xlora_depth=3))
    yield changed("another width", lambda it: it["config"].update(hidden_size=48))
    if own is not None:
        yield changed("a tensor less", lambda it: it["tensors"].pop(own))
        yield changed("a tensor wider", lambda it: it["tensors"].update({own: [x + 1 for x in adapter["tensors"][own]]}))
        yield changed("a tensor more", lambda it: it["tensors"].update({own + "_too": [2]}))


def main(bases, path):
    with open(path, "w", encoding="utf-8") as out, tempfile.TemporaryDirectory() as stored:
        base = Base(f"{bases}/{BASE}", f"{stored}/{BASE}")
        for depth in DEPTHS:
            for words, adapter in changes(saved(base, depth)):
                with tempfile.TemporaryDirectory() as folder:
                    os.chdir(folder)
                    write(".", adapter, base.stored)
                    for each, of in adapter["mixed"].items():
                        write(each, of, base.stored)
                    own = reported(lambda: PeftModel.from_pretrained(uncached(base), "."))[0]
                row = {"change": words, "base": BASE, **adapter, "own": own}
                out.write(json.dumps(row, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
