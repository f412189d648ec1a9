"""Record in what the loader for DeepSpeed ZeRO-3 ends on small repos with code, for fixtures/upstream:

    HF_HUB_OFFLINE=1 python -P tests/record/zero3_failures.py fixtures/upstream/zero3_failures.jsonl

adds the answers of the installed release, in place.  Needs torch and transformers, and no deepspeed: a parameter is gathered by doing
nothing, and there is one process.  A row is a repo: `name`, `files`, `stored` [[name, safetensors dtype, shape]], and by release

    otherwise  what from_pretrained ends in without ZeRO-3: "Type: text", or null
    zero3      what `_load_state_dict_into_zero3_model` ends in, or the RuntimeError that from_pretrained makes of the messages that it gives; or null
"""

import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, modeling_utils
from transformers.integrations import deepspeed as integration

from zero3_losses import DTYPES, pretend_deepspeed

BLOCK = """def before(module, state_dict, prefix, *rest):
    state_dict[prefix + "weight"] = state_dict.pop(prefix + "kernel" + str(module.in_features))


class Block(nn.Linear):
{body}"""
MODEL = """import torch
from torch import nn
from transformers import PreTrainedModel, PretrainedConfig


class XConfig(PretrainedConfig):
    model_type = "x_of_mine"


{block}

class XModel(PreTrainedModel):
    config_class = XConfig

    def __init__(self, config):
        super().__init__(config)
        self.first = nn.Linear(4, 4)
        self.block = Block(4, 4)
{constructor}        self.post_init()

    def _init_weights(self, module):
        return
"""
PLAIN = "    pass\n"
LAYERS = [[f"{name}.{part}", "F32", shape] for name in ("first", "block") for part, shape in (("weight", [4, 4]), ("bias", [4]))]


def own_loader(*lines):
    return "    def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs):\n" + "".join(
        f"        {line}\n" for line in lines
    )


SUPER = "super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)"
# name: the body of Block, lines of the constructor, what else is stored
KINDS = {
    "plain": (PLAIN, [], []),
    "own_loader_passes_on": (own_loader(SUPER), [], []),
    "own_loader_lacks_a_key": (own_loader('state_dict.pop(prefix + "old")', SUPER), [], []),
    "own_loader_finds_its_key": (own_loader('state_dict.pop(prefix + "weight")', SUPER), [], []),
    "own_loader_raises": (own_loader('raise ValueError("not " + prefix)'), [], []),
    "own_loader_raises_without_text": (own_loader("raise NotImplementedError"), [], []),
    "own_loader_has_a_message": (own_loader('error_msgs.append("no " + prefix)', SUPER), [], []),
    "own_loader_asserts": (own_loader("assert strict is False, strict", SUPER), [], []),
    "own_loader_reads_metadata": (own_loader('local_metadata["version"]', SUPER), [], []),
    "own_loader_reads_what_the_loader_puts": (own_loader('local_metadata["assign_to_params_buffers"]', SUPER), [], []),
    "own_loader_of_other_parameters": ("    def _load_from_state_dict(self, state_dict, prefix):\n        return\n", [], []),
    "own_loader_without_parameters": (
        PLAIN,
        ["class Empty(nn.Module):", "    def _load_from_state_dict(self, *args):", "        raise ValueError('called')", "self.empty = Empty()"],
        [],
    ),
    "buffer": (PLAIN, ["self.register_buffer('scale', torch.ones(4))"], [["scale", "F32", [4]]]),
    "buffer_in_other_shape": (PLAIN, ["self.register_buffer('scale', torch.ones(4))"], [["scale", "F32", [3]]]),
    "buffer_that_spreads": (PLAIN, ["self.register_buffer('scale', torch.ones(4))"], [["scale", "F32", [1]]]),
    "buffer_of_other_type": (PLAIN, ["self.register_buffer('scale', torch.ones(4, dtype=torch.int64))"], [["scale", "F32", [4]]]),
    "parameter_in_other_shape": (PLAIN, ["self.scale = nn.Parameter(torch.ones(4))"], [["scale", "F32", [3]]]),
    "frozen_parameter": (PLAIN, ["self.scale = nn.Parameter(torch.ones(4), requires_grad=False)"], [["scale", "F32", [4]]]),
    "hook_before_loading": (
        "    def __init__(self, *sizes):\n        super().__init__(*sizes)\n        self._register_load_state_dict_pre_hook(self.before)\n"
        "    def before(self, state_dict, prefix, *rest):\n        state_dict[prefix + 'weight'] = state_dict.pop(prefix + 'kernel')\n",
        [],
        [],
    ),
    "hook_after_loading": (
        "    def __init__(self, *sizes):\n        super().__init__(*sizes)\n        self.register_load_state_dict_post_hook(self.after)\n"
        "    def after(self, module, incompatible_keys):\n        raise ValueError('after')\n",
        [],
        [],
    ),
    "public_hook_before_loading": (
        "    def __init__(self, *sizes):\n        super().__init__(*sizes)\n        self.register_load_state_dict_pre_hook(before)\n",
        [],
        [],
    ),
    "own_load_state_dict": ("    def load_state_dict(self, *args, **kwargs):\n        raise ValueError('not this way')\n", [], []),
    "own_named_parameters": (
        PLAIN,
        ["class Own(nn.Linear):", "    def named_parameters(self, *args, **kwargs):", "        return []", "self.own = Own(4, 4)"],
        [["own.weight", "F32", [4, 4]], ["own.bias", "F32", [4]]],
    ),
    "own_setter": (
        "    def __setattr__(self, name, value):\n        if name == 'late':\n            raise AttributeError(name)\n        super().__setattr__(name, value)\n",
        [],
        [],
    ),
}


def repo_of(name):
    body, constructor, more = KINDS[name]
    code = MODEL.format(block=BLOCK.format(body=body), constructor="".join(f"        {line}\n" for line in constructor))
    auto_map = {"AutoConfig": "modeling_x.XConfig", "AutoModel": "modeling_x.XModel"}
    config = {"architectures": ["XModel"], "auto_map": auto_map, "dtype": "float32", "model_type": "x_of_mine"}
    return {"name": name, "files": {"config.json": json.dumps(config), "modeling_x.py": code}, "stored": LAYERS + more}


def ends_in(work):
    try:
        return work()
    except Exception as error:
        return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def load_under_zero3(model, tensors):
    """What from_pretrained raises of the messages, or null."""
    if hasattr(modeling_utils, "LoadStateDictConfig"):
        from transformers.conversion_mapping import get_model_conversion_mapping

        load = modeling_utils.LoadStateDictConfig(weight_mapping=get_model_conversion_mapping(model))
        messages, _ = integration._load_state_dict_into_zero3_model(model, tensors, load)
    else:
        messages = integration._load_state_dict_into_zero3_model(model, tensors)
    if messages:
        lines = "\n\t".join(messages)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(model).__name__}:\n\t{lines}")


def answers(row):
    with tempfile.TemporaryDirectory(prefix="zero3_") as folder:
        for name, text in row["files"].items():
            Path(folder, name).write_text(text)
        tensors = {name: torch.full(shape, i % 5 + 1.0, dtype=DTYPES[dtype]) for i, (name, dtype, shape) in enumerate(row["stored"])}
        save_file(tensors, folder + "/model.safetensors", metadata={"format": "pt"})
        enabled = integration.is_deepspeed_zero3_enabled
        integration.is_deepspeed_zero3_enabled = lambda: False
        otherwise = ends_in(lambda: AutoModel.from_pretrained(folder, trust_remote_code=True) and None)
        integration.is_deepspeed_zero3_enabled = enabled
        config = AutoConfig.from_pretrained(folder, trust_remote_code=True)
        model = AutoModel.from_config(config, trust_remote_code=True)
        return {"otherwise": otherwise, "zero3": ends_in(lambda: load_under_zero3(model, tensors))}


def main():
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    transformers.logging.disable_progress_bar()
    pretend_deepspeed()
    path = Path(sys.argv[1])
    known = {row["name"]: row for row in map(json.loads, path.read_text().splitlines())} if path.exists() else {}
    rows = []
    for name in KINDS:
        row = repo_of(name)
        recorded = {key: value for key, value in known.get(name, {}).items() if key not in row}
        rows.append(row | recorded | {transformers.__version__: answers(row)})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
