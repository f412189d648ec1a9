"""Records what PEFT makes of small adapters, as it saves them and changed, into a file of JSON lines.

    python tests/record/adapters.py BASE OUT.jsonl

with torch, transformers and peft installed; BASE is a folder with config.json alone, of which the model is made with
random weights.  A line has `config` (adapter_config.json), `tensors` ([name, shape] as stored), `change`, and what
PeftModel.from_pretrained made of them: `missing`, `unexpected`, `mismatched`, or `raises`.
"""

import ast
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
import peft.peft_model
import torch
from peft import PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

Q = {"target_modules": ["q_proj"]}
QV = {"target_modules": ["q_proj", "v_proj"]}
KINDS = [
    ("LoraConfig", {**QV, "r": 4}),
    ("LoraConfig", {**QV, "r": 4, "use_dora": True}),
    ("LoraConfig", {**QV, "r": 4, "use_rslora": True, "rank_pattern": {"v_proj": 2}}),
    ("LoraConfig", {**QV, "r": 4, "rank_pattern": {"^model.layers.1.self_attn.v_proj": 3}}),
    ("LoraConfig", {**Q, "r": 4, "modules_to_save": ["lm_head"]}),
    ("LoraConfig", {**Q, "r": 4, "bias": "lora_only", "lora_bias": False}),
    ("LoraConfig", {**Q, "r": 4, "lora_bias": True}),
    ("LoraConfig", {**Q, "r": 4, "trainable_token_indices": [1, 2]}),
    ("LoraConfig", {**Q, "r": 4, "trainable_token_indices": {"embed_tokens": [3]}}),
    ("LoraConfig", {"target_modules": "all-linear", "r": 2}),
    ("LoraConfig", {"target_modules": r".*layers\.1.*(q|k)_proj", "r": 2}),
    ("LoraConfig", {**QV, "r": 2, "layers_to_transform": [1]}),
    ("LoraConfig", {"target_modules": ["embed_tokens", "lm_head"], "r": 2}),
    ("LoraConfig", {"target_modules": "all-linear", "exclude_modules": ["down_proj"], "r": 2}),
    ("LoraConfig", {**Q, "r": 2, "target_parameters": ["mlp.gate_proj.weight"]}),
    ("IA3Config", {"target_modules": ["k_proj", "down_proj"], "feedforward_modules": ["down_proj"]}),
    ("LoHaConfig", {**Q, "r": 4}),
    ("LoKrConfig", {**Q, "r": 4}),
    ("AdaLoraConfig", {**Q, "init_r": 4, "target_r": 2, "total_step": 10}),
    ("OFTConfig", {**Q, "oft_block_size": 8}),
    ("BOFTConfig", {**Q, "boft_block_size": 4}),
    ("VeraConfig", {**Q, "r": 4}),
    ("VeraConfig", {**Q, "r": 4, "save_projection": False}),
    ("LNTuningConfig", {"target_modules": ["input_layernorm"]}),
    ("TrainableTokensConfig", {"target_modules": ["embed_tokens"], "token_indices": [1, 2]}),
    ("FourierFTConfig", {**Q, "n_frequency": 8}),
    ("HRAConfig", {**Q, "r": 2}),
    ("BoneConfig", {**Q, "r": 4}),
    ("MissConfig", {**Q, "r": 4}),
    ("VBLoRAConfig", {**Q, "r": 2, "num_vectors": 8, "vector_length": 8}),
    ("VBLoRAConfig", {**Q, "r": 2, "num_vectors": 8, "vector_length": 8, "save_only_topk_weights": True}),
    ("RandLoraConfig", {**Q, "r": 4}),
    ("C3AConfig", {**Q, "block_size": 8}),
    ("ShiraConfig", {**Q, "r": 2}),
    ("RoadConfig", {**Q, "group_size": 8}),
    ("DeloraConfig", {**Q, "r": 4}),
    ("GraloraConfig", {**Q, "r": 4, "gralora_k": 2}),
    ("WaveFTConfig", {**Q, "n_frequency": 8}),
    ("PromptTuningConfig", {"num_virtual_tokens": 4}),
    ("PrefixTuningConfig", {"num_virtual_tokens": 4}),
    ("PromptEncoderConfig", {"num_virtual_tokens": 4, "encoder_hidden_size": 16}),
    ("MultitaskPromptTuningConfig", {"num_virtual_tokens": 4, "num_tasks": 2}),
    ("AdaptionPromptConfig", {"adapter_len": 4, "adapter_layers": 1}),
]


def made(base):
    config = AutoConfig.from_pretrained(base)
    return AutoModelForCausalLM.from_config(config)


def outcome(base, folder):
    """What PEFT reports, by its own names."""
    seen = {}
    usual = peft.peft_model.set_peft_model_state_dict

    def noting(*args, **kwargs):
        result = usual(*args, **kwargs)
        seen["unexpected"] = sorted(result.unexpected_keys)
        return result

    peft.peft_model.set_peft_model_state_dict = noting
    report = {"missing": [], "unexpected": [], "mismatched": []}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            PeftModel.from_pretrained(made(base), folder)
        except Exception as error:
            sizes = sorted(set(re.findall(r"size mismatch for (\S+):", str(error))))
            if sizes:
                report["mismatched"] = sizes
            else:
                report["raises"] = f"{type(error).__name__}: {error}"
        finally:
            peft.peft_model.set_peft_model_state_dict = usual
    report["unexpected"] = seen.get("unexpected", [])
    for each in warned:
        found = re.search(r"Found missing adapter keys while loading the checkpoint: (\[.*\])", str(each.message))
        if found:
            report["missing"] = sorted(ast.literal_eval(found[1]))
    return report


def changes(config, tensors, chance):
    """Copies with one thing changed."""
    yield "none", config, tensors
    names = sorted(tensors)
    gone = chance.choice(names)
    yield f"without {gone}", config, {name: each for name, each in tensors.items() if name != gone}
    renamed = chance.choice(names)
    yield f"other name for {renamed}", config, {
        (name.replace("layers.", "blocks.") if name == renamed else name): each for name, each in tensors.items()
    }
    # What torch.scatter refuses is not what this is about.
    larger = chance.choice([name for name in names if "topk" not in name] or names)
    if "topk" not in larger:
        yield f"larger {larger}", config, {
            name: torch.zeros([each.shape[0] + 1, *each.shape[1:]]) if name == larger and each.ndim else each
            for name, each in tensors.items()
        }
    if "r" in config:
        yield "another r", {**config, "r": config["r"] + 1}, tensors
    if isinstance(config.get("target_modules"), list):
        yield "other targets", {**config, "target_modules": ["o_proj"]}, tensors
        if config["peft_type"] == "LORA":
            yield "no such targets", {**config, "target_modules": ["nothing"]}, tensors
    if "use_dora" in config:
        yield "the other use_dora", {**config, "use_dora": not config["use_dora"]}, tensors
    if config["peft_type"] == "LORA":
        yield "unknown field", {**config, "of_a_later_release": 1}, tensors


def main(base, path):
    chance = random.Random(7)
    with open(path, "w", encoding="utf-8") as out:
        for name, arguments in KINDS:
            if not hasattr(peft, name):
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    config = getattr(peft, name)(task_type="CAUSAL_LM", **arguments)
                    get_peft_model(made(base), config).save_pretrained(folder)
                except Exception as error:
                    print(name, arguments, type(error).__name__, error, file=sys.stderr)
                    continue
                with open(f"{folder}/adapter_config.json", encoding="utf-8") as text:
                    saved = json.load(text)
                saved["base_model_name_or_path"] = None
                tensors = load_file(f"{folder}/adapter_model.safetensors")
                for change, config, stored in changes(saved, tensors, chance):
                    with open(f"{folder}/adapter_config.json", "w", encoding="utf-8") as text:
                        json.dump(config, text)
                    save_file({key: each.contiguous() for key, each in stored.items()}, f"{folder}/adapter_model.safetensors")
                    row = {
                        "change": change,
                        "config": config,
                        "tensors": [[key, list(each.shape)] for key, each in sorted(stored.items())],
                        **outcome(base, folder),
                    }
                    out.write(json.dumps(row, sort_keys=True).replace(folder, "FOLDER") + "\n")


main(*sys.argv[1:])
