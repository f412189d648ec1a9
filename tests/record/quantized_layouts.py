"""Tiny models, a quantization config of every kind for them, and the tensors that such a checkpoint has.  For quantized_changes.py."""

import copy
import re
import tempfile

import torch
import transformers
from quantized_world import IS_5, NAMES, load
from safetensors.torch import load_file
from transformers import modeling_utils

SMALL = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 96, "dtype": "bfloat16", "torch_dtype": "bfloat16"}  # fmt: skip
EXPERTS = {"num_experts": 2, "num_local_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 64}

MODELS = {
    "llama": ("LlamaForCausalLM", {"model_type": "llama", **SMALL}),
    "qwen2 tied": ("Qwen2ForCausalLM", {"model_type": "qwen2", "tie_word_embeddings": True, **SMALL}),
    "qwen3_moe": ("Qwen3MoeForCausalLM", {"model_type": "qwen3_moe", "head_dim": 16, "mlp_only_layers": [0], **SMALL, **EXPERTS}),
    "mixtral": ("MixtralForCausalLM", {"model_type": "mixtral", **SMALL, **EXPERTS}),
    "deepseek_v3": ("DeepseekV3ForCausalLM", {
        "model_type": "deepseek_v3", **SMALL, **EXPERTS, "num_key_value_heads": 4, "n_routed_experts": 2, "n_group": 1, "topk_group": 1,
        "first_k_dense_replace": 1, "n_shared_experts": 1, "q_lora_rank": 32, "kv_lora_rank": 32, "qk_rope_head_dim": 16,
        "qk_nope_head_dim": 16, "v_head_dim": 16,
    }),
    "gpt_oss": ("GptOssForCausalLM", {"model_type": "gpt_oss", "head_dim": 16, **SMALL, "intermediate_size": 64, **EXPERTS}),
    "opt": ("OPTForCausalLM", {
        "model_type": "opt", "hidden_size": 64, "ffn_dim": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 96,
        "word_embed_proj_dim": 64, "max_position_embeddings": 32, "dtype": "float16", "torch_dtype": "float16",
    }),
    "gemma3": ("Gemma3ForCausalLM", {"model_type": "gemma3_text", "head_dim": 16, **SMALL}),
}  # fmt: skip


def weights(bits=8, kind="int", strategy="channel", symmetric=True, **more):
    return {"num_bits": bits, "type": kind, "strategy": strategy, "symmetric": symmetric, "dynamic": False, **more}


def compressed(format, weights, activations=None, outputs=None, targets=("Linear",), ignore=("lm_head",), **more):
    group = {"targets": list(targets), "weights": weights, "input_activations": activations, "output_activations": outputs}
    config = {"quant_method": "compressed-tensors", "format": format, "quantization_status": "compressed", "ignore": list(ignore)}
    return {**config, "config_groups": {"group_0": group}, "global_compression_ratio": None, "kv_cache_scheme": None, **more}


DYNAMIC = {"num_bits": 8, "type": "float", "strategy": "token", "symmetric": True, "dynamic": True}
FP8_TENSOR = weights(kind="float", strategy="tensor")
FP4 = {"bits": 4, "kind": "float", "strategy": "tensor_group", "group_size": 16}
MIXED = compressed("mixed-precision", None)
MIXED["config_groups"] = {
    "group_0": {"targets": ["re:.*self_attn.*"], "weights": weights(kind="float"), "input_activations": DYNAMIC, "format": "float-quantized"},
    "group_1": {"targets": ["re:.*mlp.*"], "weights": weights(4, strategy="group", group_size=32), "format": "pack-quantized"},
}

COMPRESSED = {
    "int8 channel": compressed("int-quantized", weights(), {**DYNAMIC, "type": "int"}),
    "int8 channel, asymmetric": compressed("int-quantized", weights(symmetric=False), {**DYNAMIC, "type": "int"}),
    "fp8 tensor, static": compressed("float-quantized", FP8_TENSOR, FP8_TENSOR),
    "fp8 channel, dynamic": compressed("float-quantized", weights(kind="float"), DYNAMIC),
    "fp8 block": compressed("float-quantized", weights(kind="float", strategy="block", block_structure=[32, 32]), {**DYNAMIC, "strategy": "group", "group_size": 32}),
    "fp8 tensor with kv cache": compressed("float-quantized", FP8_TENSOR, FP8_TENSOR, kv_cache_scheme=FP8_TENSOR),
    "int4 group": compressed("pack-quantized", weights(4, strategy="group", group_size=32)),
    "int4 group, asymmetric": compressed("pack-quantized", weights(4, strategy="group", group_size=32, symmetric=False)),
    "int4 channel": compressed("pack-quantized", weights(4)),
    "int8 packed": compressed("pack-quantized", weights(8, strategy="group", group_size=64)),
    "nvfp4": compressed("nvfp4-pack-quantized", weights(**FP4), {**weights(**FP4), "dynamic": "local"}),
    "nvfp4 weights": compressed("nvfp4-pack-quantized", weights(**FP4)),
    "mxfp4": compressed("mxfp4-pack-quantized", weights(4, kind="float", strategy="group", group_size=32, scale_dtype="torch.uint8")),
    "int4 group, frozen": {**compressed("pack-quantized", weights(4, strategy="group", group_size=32)), "quantization_status": "frozen"},
    "fp8, all layers": compressed("float-quantized", weights(kind="float"), DYNAMIC, ignore=()),
    "mixed": MIXED,
}  # fmt: skip

BITSANDBYTES = {"quant_method": "bitsandbytes", "load_in_4bit": False, "load_in_8bit": False, "llm_int8_skip_modules": None, "llm_int8_threshold": 6.0}
GPTQ = {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False, "sym": True, "checkpoint_format": "gptq"}
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 32, "version": "gemm", "zero_point": True}
FP8 = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [32, 32]}
KINDS = {
    **{f"compressed-tensors, {name}": (config, ("llama",)) for name, config in COMPRESSED.items()},
    "bitsandbytes 4 bit": ({**BITSANDBYTES, "load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}, ("llama", "qwen2 tied", "qwen3_moe", "opt")),
    "bitsandbytes 4 bit fp4": ({**BITSANDBYTES, "load_in_4bit": True, "bnb_4bit_quant_type": "fp4"}, ("llama", "gemma3")),
    "bitsandbytes 8 bit": ({**BITSANDBYTES, "load_in_8bit": True}, ("llama", "mixtral", "opt")),
    "gptq": (GPTQ, ("llama", "opt", "qwen2 tied")),
    "gptq 8 bit": ({**GPTQ, "bits": 8, "group_size": -1, "desc_act": True}, ("llama",)),
    "awq": (AWQ, ("llama", "opt", "qwen2 tied")),
    "fp8": (FP8, ("llama", "qwen2 tied", "qwen3_moe", "mixtral", "deepseek_v3")),
    "fp8 static": ({**FP8, "activation_scheme": "static"}, ("llama",)),
    "fp8 skipping": ({**FP8, "modules_to_not_convert": ["lm_head", "model.layers.0.mlp"]}, ("llama", "qwen3_moe")),
    "mxfp4": ({"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}, ("gpt_oss",)),
    "bitnet": ({"quant_method": "bitnet", "linear_class": "bitlinear", "quantization_mode": "offline"}, ("llama",)),
    "bitnet autobitlinear": ({"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline"}, ("llama",)),
    "fbgemm_fp8": ({"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0}, ("llama", "opt")),
    "eetq": ({"quant_method": "eetq", "weights": "int8"}, ("llama",)),
    "quanto": ({"quant_method": "quanto", "weights": "int8"}, ("llama",)),
    "hqq": ({"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64, "axis": 1}}, "skip_modules": ["lm_head"]}, ("llama",)),
    "hqq packed": ({"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64, "axis": 1}}, "skip_modules": ["lm_head"]}, ("llama", "opt")),
    "quanto frozen": ({"quant_method": "quanto", "weights": "int8"}, ("llama", "opt")),
    "quanto frozen 4 bit": ({"quant_method": "quanto", "weights": "int4"}, ("llama",)),
    "torchao": ({"quant_method": "torchao", "quant_type": {"default": {"_type": "Int8WeightOnlyConfig", "_version": 2, "_data": {}}}, "quant_type_kwargs": {}, "modules_to_not_convert": None}, ("llama",)),
    "modelopt": ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, ("llama",)),
    "aqlm": ({"quant_method": "aqlm", "in_group_size": 8, "out_group_size": 1, "num_codebooks": 1, "nbits_per_codebook": 8, "linear_weights_not_to_quantize": ["lm_head.weight"]}, ("llama",)),
    "mxfp8": ({"quant_method": "mxfp8", "activation_scheme": "dynamic", "weight_block_size": [1, 32]}, ("llama", "qwen3_moe")),
    "metal": ({"quant_method": "metal", "bits": 4, "group_size": 32}, ("llama",)),
}  # fmt: skip
for name in ("int8 channel", "fp8 channel, dynamic", "fp8 block", "int4 group", "int4 group, asymmetric", "nvfp4"):
    KINDS[f"compressed-tensors, {name}"] = (COMPRESSED[name], ("llama", "qwen3_moe"))
KINDS["compressed-tensors, int8 channel"] = (COMPRESSED["int8 channel"], ("llama", "qwen3_moe", "opt", "gemma3"))
KINDS["compressed-tensors, int4 group"] = (COMPRESSED["int4 group"], ("llama", "qwen3_moe", "mixtral", "qwen2 tied", "deepseek_v3"))


def cases_of():
    """(name, model class, config) of every unchanged checkpoint."""
    for method, (quantization, models) in KINDS.items():
        for name in models:
            kind, config = MODELS[name]
            yield f"{method}, {name}", kind, {**config, "quantization_config": copy.deepcopy(quantization)}


class Captured(Exception):
    pass


def zeros(shape, dtype):
    return torch.zeros(shape, dtype=torch.float32).to(dtype if dtype in NAMES else torch.uint8)


def plain_model(kind, config):
    kind = getattr(transformers, kind)
    config = kind.config_class(**{key: value for key, value in config.items() if key != "quantization_config"})
    return kind(config).to(getattr(torch, MODELS["llama"][1]["dtype"] if config.dtype is None else str(config.dtype).removeprefix("torch.")))


class Expert(torch.nn.Module):
    def __init__(self, gate_up, down):
        super().__init__()
        inner, hidden = gate_up.shape[0] // 2, gate_up.shape[1]
        self.gate_proj = torch.nn.Linear(hidden, inner, bias=False, dtype=gate_up.dtype)
        self.up_proj = torch.nn.Linear(hidden, inner, bias=False, dtype=gate_up.dtype)
        self.down_proj = torch.nn.Linear(inner, hidden, bias=False, dtype=down.dtype)


def take_experts_apart(model):
    """Each expert with its own linear layers, as checkpoints have them."""
    for name, module in list(model.named_modules()):
        if isinstance(getattr(module, "gate_up_proj", None), torch.nn.Parameter) and module.gate_up_proj.ndim == 3:
            experts = [Expert(gate_up, down) for gate_up, down in zip(module.gate_up_proj, module.down_proj)]
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, torch.nn.ModuleList(experts))


def compressed_layout(kind, config):
    """What compressed-tensors itself makes of the model, compressed where the config says so."""
    from compressed_tensors.compressors import ModelCompressor
    from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config

    quantization = {key: value for key, value in config["quantization_config"].items() if key != "sparsity_config"}
    model = plain_model(kind, config)
    take_experts_apart(model)
    asked = QuantizationConfig.model_validate(copy.deepcopy(quantization))
    with torch.no_grad():
        apply_quantization_config(model, asked)
        if quantization["quantization_status"] == "compressed":
            ModelCompressor(quantization_config=asked).compress_model(model)
    own_names = own_names_of(kind)
    return {own_names(name): tensor if name.endswith("weight_shape") else zeros(tensor.shape, tensor.dtype) for name, tensor in saved(model).items()}


def own_names_of(kind):
    """How a checkpoint calls what the model calls by its name."""
    if kind != "MixtralForCausalLM":
        return lambda name: name

    def rename(name):
        for ours, stored in (("gate_proj", "w1"), ("up_proj", "w3"), ("down_proj", "w2")):
            name = re.sub(rf"(\.experts\.\d+)\.{ours}\.", rf"\1.{stored}.", name)
        return name.replace(".mlp.", ".block_sparse_moe.")

    return rename


def bitsandbytes_layout(kind, config):
    from transformers.quantizers.auto import AutoQuantizationConfig

    plain = plain_model(kind, config)
    with tempfile.TemporaryDirectory() as folder:
        plain.save_pretrained(folder)
        asked = AutoQuantizationConfig.from_dict(dict(config["quantization_config"]))
        quantized = getattr(transformers, kind).from_pretrained(folder, dtype="auto", device_map={"": "cpu"}, quantization_config=asked)
        quantized.save_pretrained(folder + "/q")
        return load_file(f"{folder}/q/model.safetensors")


def linear_layers(model):
    return [(name, module) for name, module in model.named_modules() if isinstance(module, torch.nn.Linear) and "lm_head" not in name]


def hqq_layout(kind, config):
    """What hqq itself stores: with its values, which it reads again."""
    from hqq.core.quantize import BaseQuantizeConfig, HQQLinear

    model = plain_model(kind, config)
    asked = config["quantization_config"]["quant_config"]["weight_quant_params"]
    for name, layer in linear_layers(model):
        options = BaseQuantizeConfig(nbits=asked["nbits"], group_size=asked["group_size"], axis=asked["axis"])
        packed = HQQLinear(layer, quant_config=options, compute_dtype=layer.weight.dtype, device="cpu")
        setattr(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], packed)
    return {name: tensor.detach() for name, tensor in saved(model).items()}


def quanto_layout(kind, config):
    from optimum import quanto

    model = plain_model(kind, config)
    quanto.quantize(model, weights=getattr(quanto, "q" + config["quantization_config"]["weights"]), exclude="lm_head")
    quanto.freeze(model)
    return {name: zeros(tensor.shape, tensor.dtype) for name, tensor in saved(model).items()}


def saved(model):
    tied = model.all_tied_weights_keys if IS_5 else (model._tied_weights_keys or ()) if model.config.tie_word_embeddings else ()
    return {name: tensor for name, tensor in model.state_dict().items() if name not in tied}


def quantizers_layout(kind, config):
    """The tensors of the model as its quantizer leaves it."""
    step = "get_model_conversion_mapping" if IS_5 else "_find_missing_and_unexpected_keys"
    own = getattr(modeling_utils, step)

    def capture(model, *_, **__):
        raise Captured(model)

    setattr(modeling_utils, step, capture)
    try:
        load(kind, config, {"none": torch.zeros(1)})
    except Captured as captured:
        return {name: zeros(tensor.shape, tensor.dtype) for name, tensor in saved(captured.args[0]).items()}
    finally:
        setattr(modeling_utils, step, own)


def one_by_one(tensors):
    """The layout that checkpoints have: a tensor for each expert and projection."""
    split = {}
    for name, tensor in tensors.items():
        found = re.fullmatch(r"(.*\.experts)\.(gate_up_proj|down_proj)(_scale_inv|_activation_scale)?", name)
        if not found:
            split[name] = tensor
            continue
        suffix = ".weight" + (found[3] or "")
        for expert, part in enumerate(tensor):
            if found[2] == "down_proj":
                split[f"{found[1]}.{expert}.down_proj{suffix}"] = part.clone()
            else:
                for projection, half in zip(("gate_proj", "up_proj"), part.chunk(2)):
                    split[f"{found[1]}.{expert}.{projection}{suffix}"] = half.clone()
    return split


def mxfp4_layout(tensors):
    packed = {}
    for name, tensor in tensors.items():
        # transformers 4 has the two tensors in its model as they are stored.
        if tensor.dtype == torch.uint8 and ".experts." in name and not name.endswith(("_blocks", "_scales")):
            experts, rows, columns = tensor.shape[0], tensor.shape[1], tensor[0, 0].numel()
            packed[f"{name}_blocks"] = torch.zeros((experts, rows, columns // 16, 16), dtype=torch.uint8)
            packed[f"{name}_scales"] = torch.zeros((experts, rows, columns // 16), dtype=torch.uint8)
        else:
            packed[name] = tensor
    return packed


def expected_layout(name, kind, config):
    method = config["quantization_config"]["quant_method"]
    if method == "compressed-tensors":
        return compressed_layout(kind, config)
    if method == "bitsandbytes":
        return bitsandbytes_layout(kind, config)
    if name.startswith("hqq packed"):
        return hqq_layout(kind, config)
    if name.startswith("quanto frozen"):
        return quanto_layout(kind, config)
    tensors = quantizers_layout(kind, config)
    if method == "mxfp4":
        return mxfp4_layout(tensors)
    own_names = own_names_of(kind)
    return {own_names(name): tensor for name, tensor in one_by_one(tensors).items()}
