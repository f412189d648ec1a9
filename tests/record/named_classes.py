"""Record what from_pretrained of classes asked for by name makes of composite checkpoints:

    HF_HUB_OFFLINE=1 python -P tests/record/named_classes.py > fixtures/upstream/transformers-<version>/named_classes.jsonl

Needs torch and transformers.  A small model of a composite config is saved as its class saves it; then it is loaded by Auto classes, by its own
class, and by the classes of its language model.  A row is a config, the tensors (as in loads.jsonl), and, by the name that was asked for, the class of the model and that
of its config, and the report, or the exception.
"""

import collections
import json
import logging
import os
import sys
import tempfile
import warnings

import transformers
from safetensors import safe_open

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from loads import folded  # noqa: E402

TEXT = {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
TEXT |= {"head_dim": 8, "max_position_embeddings": 64, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
VISION = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 16, "patch_size": 8}
LINEAR = {"linear_key_head_dim": 8, "linear_value_head_dim": 8, "linear_num_key_heads": 2, "linear_num_value_heads": 2}
LINEAR |= {"layer_types": ["linear_attention", "full_attention"]}
DEPTH = {"depth": 1, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": 16, "num_position_embeddings": 16}
AUTO = ["AutoModel", "AutoModelForCausalLM", "AutoModelForImageTextToText"]

COMPOSITES = {
    "Qwen3_5ForConditionalGeneration": ({"text_config": TEXT | LINEAR, "vision_config": DEPTH}, ["Qwen3_5ForCausalLM", "Qwen3_5TextModel"]),
    "Gemma3ForConditionalGeneration": ({"text_config": TEXT, "vision_config": VISION, "mm_tokens_per_image": 4}, ["Gemma3ForCausalLM"]),
    "LlavaForConditionalGeneration": (
        {"text_config": TEXT | {"model_type": "llama"}, "vision_config": VISION | {"model_type": "clip_vision_model"}, "image_token_index": 60},
        ["LlamaForCausalLM"],
    ),
    "Qwen2VLForConditionalGeneration": (
        {
            "text_config": TEXT | {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]}},
            "vision_config": {"depth": 1, "embed_dim": 16, "num_heads": 2, "hidden_size": 16, "mlp_ratio": 2},
        },
        ["Qwen2VLTextModel"],
    ),
}


def tensors_in(folder):
    groups = collections.defaultdict(list)
    with safe_open(folder + "/model.safetensors", "pt") as file:
        for name in sorted(file.keys()):
            tensor = file.get_slice(name)
            groups[f"{tensor.get_dtype()} {tensor.get_shape()}"].append(name)
    return {kind: " ".join(folded(names)) for kind, names in groups.items()}


def answer(name, folder):
    try:
        model, report = getattr(transformers, name).from_pretrained(folder, output_loading_info=True, ignore_mismatched_sizes=True)
    except Exception as error:
        return {"error": type(error).__name__}
    keys = {kind: " ".join(folded(sorted(map(str, report[kind])))) for kind in ("missing_keys", "unexpected_keys")}
    return {"class": type(model).__name__, "config_class": type(model.config).__name__, "report": keys}


def main():
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    transformers.logging.disable_progress_bar()
    for composite, (fields, parts) in COMPOSITES.items():
        model_class = getattr(transformers, composite)
        with tempfile.TemporaryDirectory() as folder:
            model_class(model_class.config_class(**fields)).save_pretrained(folder)
            with open(folder + "/config.json") as file:
                config = json.load(file)
            asked = {name: answer(name, folder) for name in [*AUTO, composite, *parts]}
            row = {"config": config, "tensors": tensors_in(folder), "asked": asked}
            print(json.dumps(row, separators=(",", ":")), flush=True)


main()
