"""Records what PEFT makes of small adapters, as it saves them and changed, into a file of JSON lines.

    python tests/record/adapters.py fixtures/upstream/adapter_bases OUT.jsonl [COUNT [BASE...]]

with torch, transformers and peft installed; a base is a folder with config.json alone, of which the model is made with random
weights.  A line is an adapter: its `base`, `config` (without fields that have their default), `tensors` {name: shape}, and
`loads`, of which the first is of the adapter as it is and COUNT are of changed ones.  A load has what was changed (`config`,
`tensors`: merged into those of the adapter, null takes away), `own`: what PeftModel.from_pretrained makes of it on the class
that the base's config names, `auto`: what the AutoPeftModelFor... of the task makes of it, with the base's class.  Either
has `missing`, `unexpected`, `mismatched` where they are not empty, or `raises`; `same` stands for those of `own`.
"""

import ast
import dataclasses
import json
import logging
import os
import random
import re
import sys
import tempfile
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
logging.disable(logging.WARNING)

import peft
import peft.auto
import peft.peft_model
import torch
import transformers
from adapter_changes import changes
from adapter_kinds import BASES, kinds
from peft import PeftModel, get_peft_model
from peft.tuners.tuners_utils import BaseTuner
from safetensors.torch import load_file, save_file
from transformers import AutoConfig


class Base:
    def __init__(self, folder, stored):
        self.of = BASES[os.path.basename(folder)]
        self.config = lambda: AutoConfig.from_pretrained(folder)
        self.stored = stored
        own = self.own()
        own.save_pretrained(stored)

    def own(self):
        config = self.config()
        return getattr(transformers, config.architectures[0])(config)

    def trained(self):
        return getattr(transformers, self.of["model"]).from_config(self.config())


def reported(load):
    """What PEFT reports, by its own names; and the model."""
    seen, report, model = {}, {}, None
    usual = peft.peft_model.set_peft_model_state_dict

    def noting(*args, **kwargs):
        result = usual(*args, **kwargs)
        seen["unexpected"] = sorted(result.unexpected_keys)
        return result

    peft.peft_model.set_peft_model_state_dict = noting
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            model = load()
        except Exception as error:
            sizes = sorted(set(re.findall(r"size mismatch for (\S+):", str(error))))
            if sizes:
                report["mismatched"] = sizes
            else:
                report["raises"] = f"{type(error).__name__}: {str(error)[:300]}"
        finally:
            peft.peft_model.set_peft_model_state_dict = usual
    if seen.get("unexpected"):
        report["unexpected"] = seen["unexpected"]
    for each in warned:
        found = re.search(r"Found missing adapter keys while loading the checkpoint: (\[.*\])", str(each.message))
        if found:
            report["missing"] = sorted(ast.literal_eval(found[1]))
    return report, model


def auto_class(task):
    wanted = peft.auto.MODEL_TYPE_TO_PEFT_MODEL_MAPPING.get(task)
    for each in vars(peft.auto).values():
        if wanted is not None and getattr(each, "_target_peft_class", None) is wanted:
            return each
    return None


def loads_of(base, folder, config):
    """The reports of both ways."""
    row = {"own": reported(lambda: PeftModel.from_pretrained(base.own(), folder))[0]}
    auto = auto_class(config.get("task_type"))
    if auto is not None:
        report, model = reported(lambda: auto.from_pretrained(folder))
        # On the class that the config names it is the same, as a rule.
        row["auto"] = {"same": True} if report and report == row["own"] else report
        if model is not None:
            inner = model.get_base_model()
            while isinstance(inner, BaseTuner):  # some releases give the tuner of some types
                inner = inner.model
            row["auto"]["class"] = type(inner).__name__
    return row


def without_defaults(saved, config_class):
    """The fields of which reading them makes a difference."""
    plain = {}
    for each in dataclasses.fields(config_class):
        if each.default is not dataclasses.MISSING:
            plain[each.name] = each.default
        elif each.default_factory is not dataclasses.MISSING:
            plain[each.name] = each.default_factory()
    return {
        name: value
        for name, value in saved.items()
        if name in ("peft_type", "task_type") or (name not in ("peft_version", "inference_mode", "base_model_name_or_path")
                                                  and (name not in plain or plain[name] != value))
    }


def merged(into, change):
    result = {**into, **change}
    return {name: each for name, each in result.items() if each is not None}


def row_of(base, name, arguments, chance, count):
    with tempfile.TemporaryDirectory() as folder:
        config_class = getattr(peft, name)
        config = config_class(task_type=base.of["task"], **arguments)
        torch.manual_seed(0)
        get_peft_model(base.trained(), config).save_pretrained(folder)
        with open(f"{folder}/adapter_config.json", encoding="utf-8") as text:
            saved = without_defaults(json.load(text), config_class)
        saved.pop("auto_mapping", None)
        tensors = load_file(f"{folder}/adapter_model.safetensors")
        shapes = {key: list(each.shape) for key, each in sorted(tensors.items())}
        row = {"base": os.path.basename(base.stored), "config": saved, "tensors": shapes, "loads": []}
        for words, fields, changed in changes(saved, shapes, base.of, chance, count):
            adapter = {**merged(saved, fields), "base_model_name_or_path": base.stored}
            with open(f"{folder}/adapter_config.json", "w", encoding="utf-8") as text:
                json.dump(adapter, text)
            stored = {}
            for key, shape in merged(shapes, changed).items():
                same = key in tensors and list(tensors[key].shape) == shape
                stored[key] = tensors[key].contiguous() if same else torch.zeros(shape)
            save_file(stored, f"{folder}/adapter_model.safetensors")
            load = {"change": words, "config": fields, "tensors": changed, **loads_of(base, folder, adapter)}
            row["loads"].append({key: each for key, each in load.items() if each != {} or key == "own"})
    return json.loads(json.dumps(row).replace(folder, "FOLDER").replace(os.path.dirname(base.stored), "BASES"))


def main(bases, path, count="4", *names):
    chance = random.Random(7)
    with open(path, "w", encoding="utf-8") as out, tempfile.TemporaryDirectory() as stored:
        for base_name in names or sorted(os.listdir(bases)):
            base = Base(f"{bases}/{base_name}", f"{stored}/{base_name}")
            for name, arguments in kinds(base.of):
                if not hasattr(peft, name):
                    continue
                try:
                    row = row_of(base, name, arguments, chance, int(count))
                except Exception as error:
                    print(base_name, name, arguments, type(error).__name__, str(error)[:200], file=sys.stderr)
                    continue
                out.write(json.dumps(row, sort_keys=True) + "\n")
                out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
