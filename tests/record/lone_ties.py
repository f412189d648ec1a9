"""Record what loading does where of several tied tensors one alone is stored, for fixtures/upstream/lone_ties.jsonl:

    python -P tests/record/lone_ties.py models             the small models: class, config, tensors with dtype and shape
    python -P tests/record/lone_ties.py loads              with each release: class, what is stored of which group, what happens

`plain` is what from_pretrained does by itself, `auto` what it does with device_map="auto" on a machine without accelerators: "ok" where all names of the
group have the stored values, "lost" where some have others, "meta" where some have none, else the name of the exception.  Needs torch, accelerate and
transformers.
"""

import json
import os
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import torch
import transformers
from safetensors.torch import save_file

DECODER = {"vocab_size": 99, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 1, "num_attention_heads": 4}
GROUPED = {**DECODER, "num_key_value_heads": 2, "tie_word_embeddings": True}
BART = {
    "vocab_size": 99, "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 40, "decoder_ffn_dim": 40, "encoder_attention_heads": 4,
    "decoder_attention_heads": 4, "pad_token_id": 1,
}  # fmt: skip
T5 = {"vocab_size": 99, "d_model": 32, "d_kv": 8, "d_ff": 40, "num_layers": 1, "num_heads": 4, "tie_word_embeddings": True}
MODELS = {
    "OPTForCausalLM": {
        "vocab_size": 99, "hidden_size": 32, "ffn_dim": 40, "num_hidden_layers": 1, "num_attention_heads": 4, "word_embed_proj_dim": 32,
        "max_position_embeddings": 64, "tie_word_embeddings": True,
    },  # fmt: skip
    "LlamaForCausalLM": GROUPED,
    "Qwen2ForCausalLM": GROUPED,
    "Phi3ForCausalLM": {**GROUPED, "pad_token_id": 0},
    "GemmaForCausalLM": {**DECODER, "num_key_value_heads": 1, "head_dim": 8},
    "GPT2LMHeadModel": {"vocab_size": 99, "n_embd": 32, "n_layer": 1, "n_head": 4, "n_positions": 64},
    "BloomForCausalLM": {"vocab_size": 99, "hidden_size": 32, "n_layer": 1, "n_head": 4},
    "FalconForCausalLM": {"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "tie_word_embeddings": True},
    "BertForMaskedLM": DECODER,
    "RobertaForMaskedLM": DECODER,
    "ElectraForMaskedLM": {**DECODER, "embedding_size": 32},
    "T5ForConditionalGeneration": T5,
    "MT5ForConditionalGeneration": T5,
    "BartForConditionalGeneration": {**BART, "max_position_embeddings": 64},
    "MarianMTModel": {**BART, "max_position_embeddings": 64},
    "WhisperForConditionalGeneration": {**BART, "bos_token_id": 1, "eos_token_id": 1, "decoder_start_token_id": 1},
}


def made(name):
    model_class = getattr(transformers, name)
    config = model_class.config_class(**MODELS[name])
    config.architectures = [name]
    torch.manual_seed(0)
    return model_class(config)


def groups(model):
    by_storage = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        by_storage.setdefault(tensor.data_ptr(), []).append(name)
    return [group for group in by_storage.values() if len(group) > 1]


def outcome(model_class, folder, group, stored, **options):
    try:
        model = model_class.from_pretrained(folder, **options)
    except Exception as error:
        return type(error).__name__
    state = model.state_dict()
    if any(state[name].device.type == "meta" for name in group):
        return "meta"
    return "ok" if all(torch.equal(state[name], stored) for name in group) else "lost"


def loads(name):
    model = made(name)
    for parameter in model.parameters():
        parameter.data.normal_()
    full = {key: tensor.clone().contiguous() for key, tensor in model.state_dict().items()}
    for group in groups(model):
        for kept in group:
            with tempfile.TemporaryDirectory() as folder:
                model.config.save_pretrained(folder)
                part = {key: tensor for key, tensor in full.items() if key not in group or key == kept}
                save_file(part, folder + "/model.safetensors", metadata={"format": "pt"})
                plain = outcome(type(model), folder, group, full[kept])
                auto = outcome(type(model), folder, group, full[kept], device_map="auto")
            row = {"class": name, "release": transformers.__version__, "group": group, "kept": kept, "plain": plain, "auto": auto}
            print(json.dumps(row))


def main():
    for name in MODELS:
        if sys.argv[1:] == ["loads"]:
            loads(name)
            continue
        model = made(name)
        dtypes = {torch.float32: "F32", torch.int64: "I64"}
        tensors = [[key, dtypes[tensor.dtype], list(tensor.shape)] for key, tensor in model.state_dict().items()]
        config = {"architectures": [name], "model_type": model.config.model_type, **MODELS[name]}
        print(json.dumps({"class": name, "config": config, "tensors": tensors}))


main()
