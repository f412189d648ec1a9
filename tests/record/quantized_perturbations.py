"""Ways in which quantized checkpoints go wrong.  For quantized_changes.py.

Each takes (rng, class, config, tensors), which it may write to, and gives (class, config, tensors), or None where it does not apply.
"""

import re

import torch

EXTRA = re.compile(r"scale|qzeros|zero_point|SCB|absmax|quant_map|quant_state|_scales|g_idx|weight_shape|weight_format")
VALUES = re.compile(r"\.(weight|qweight|weight_packed)$|_blocks$")
PERTURBATIONS = {}


def perturbation(function):
    PERTURBATIONS[function.__name__.replace("_", " ")] = function
    return function


def extras(tensors):
    return sorted(name for name in tensors if EXTRA.search(name))


def reshaped(tensors):
    """Parts whose shape says something: of a quant_state of bitsandbytes, the bytes do."""
    return [name for name in extras(tensors) if "quant_state" not in name]


def quantized_modules(tensors):
    return sorted({name.rpartition(".")[0] for name in extras(tensors) if ".weight." not in name} | {name.split(".weight.")[0] for name in extras(tensors) if ".weight." in name})


def plain_modules(tensors):
    quantized = set(quantized_modules(tensors))
    return sorted(name.removesuffix(".weight") for name, tensor in tensors.items() if name.endswith(".weight") and tensor.ndim == 2 and name.removesuffix(".weight") not in quantized)


def suffixes(tensors):
    return sorted({"." + re.sub(r"^.*\.(?=weight\.)", "", name).rpartition(".")[2] if ".weight." not in name else name[name.index(".weight."):] for name in extras(tensors)})


def parts_of(module, tensors):
    return [name for name in tensors if name.startswith(module + ".")]


def out_and_in(module, config):
    heads = {"q_proj": 64, "k_proj": 32, "v_proj": 32, "o_proj": 64}
    last = module.rpartition(".")[2]
    hidden, inner = config["hidden_size"], config.get("intermediate_size", config.get("ffn_dim", 128))
    if ".experts." in module:
        inner = config.get("moe_intermediate_size", inner)
    if last in heads:
        return heads[last], hidden
    return (hidden, inner) if last in ("down_proj", "fc2") else (config["vocab_size"], hidden) if last == "lm_head" else (inner, hidden)


@perturbation
def a_scale_dropped(rng, kind, config, tensors):
    if not extras(tensors):
        return None
    tensors.pop(rng.choice(extras(tensors)))
    return kind, config, tensors


@perturbation
def all_of_a_part_dropped(rng, kind, config, tensors):
    if not extras(tensors):
        return None
    end = rng.choice(suffixes(tensors))
    return kind, config, {name: tensor for name, tensor in tensors.items() if not name.endswith(end)}


@perturbation
def values_dropped(rng, kind, config, tensors):
    names = sorted(name for name in tensors if VALUES.search(name))
    tensors.pop(rng.choice(names))
    return kind, config, tensors


@perturbation
def a_part_renamed(rng, kind, config, tensors):
    if not extras(tensors):
        return None
    end = rng.choice(suffixes(tensors))
    other = rng.choice([end + "_inv", ".weight_scale_inv", ".weight_scale", ".scale", ".scales", ".input_scale", ".weight" + end])
    return kind, config, {name.removesuffix(end) + other if name.endswith(end) else name: tensor for name, tensor in tensors.items()}


@perturbation
def values_renamed(rng, kind, config, tensors):
    names = sorted(name for name in tensors if VALUES.search(name))
    name = rng.choice(names)
    end = rng.choice([".weight", ".qweight", ".weight_packed", ".w", ".base_layer.weight"])
    tensors[VALUES.sub("", name) + end] = tensors.pop(name)
    return kind, config, tensors


@perturbation
def a_part_of_another_shape(rng, kind, config, tensors):
    if not reshaped(tensors):
        return None
    name = rng.choice(reshaped(tensors))
    old = tensors[name]
    shapes = [[], [1], list(old.shape) + [1], [old.numel()], [7, 3], list(reversed(old.shape)), [max(1, size // 2) for size in old.shape]]
    shape = rng.choice([shape for shape in shapes if shape != list(old.shape)])
    tensors[name] = torch.zeros(shape).to(old.dtype)
    return kind, config, tensors


@perturbation
def all_of_a_part_of_another_shape(rng, kind, config, tensors):
    if not reshaped(tensors):
        return None
    end = rng.choice([end for end in suffixes(tensors) if "quant_state" not in end])
    how = rng.choice(["flat", "column", "one", "turned", "half"])
    for name in tensors:
        if name.endswith(end):
            old = tensors[name]
            shape = {"flat": [old.numel()], "column": list(old.shape) + [1], "one": [1], "turned": list(reversed(old.shape)), "half": [max(1, size // 2) for size in old.shape]}[how]
            tensors[name] = torch.zeros(shape).to(old.dtype)
    return kind, config, tensors


@perturbation
def values_of_another_shape(rng, kind, config, tensors):
    name = rng.choice(sorted(name for name in tensors if VALUES.search(name)))
    old = tensors[name]
    shape = rng.choice([list(reversed(old.shape)), [size * 2 for size in old.shape], [old.numel(), 1], [5, 3]])
    tensors[name] = torch.zeros(shape).to(old.dtype)
    return kind, config, tensors


@perturbation
def stored_plain(rng, kind, config, tensors):
    modules = [name for name in quantized_modules(tensors) if re.search(r"(proj|fc\d|lm_head|w\d)$", name)]
    if not modules:
        return None
    word = rng.choice(modules)
    chosen = [word] if rng.random() < 0.5 else [name for name in modules if name.rpartition(".")[2] == word.rpartition(".")[2]]
    for module in chosen:
        for name in parts_of(module, tensors):
            if not name.endswith(".bias"):
                del tensors[name]
        tensors[f"{module}.weight"] = torch.zeros(out_and_in(module, config), dtype=torch.bfloat16)
    return kind, config, tensors


@perturbation
def all_stored_plain(rng, kind, config, tensors):
    modules = [name for name in quantized_modules(tensors) if re.search(r"(proj|fc\d|lm_head|w\d)$", name)]
    if not modules:
        return None
    for module in modules:
        for name in parts_of(module, tensors):
            if not name.endswith(".bias"):
                del tensors[name]
        tensors[f"{module}.weight"] = torch.zeros(out_and_in(module, config), dtype=torch.bfloat16)
    return kind, config, tensors


@perturbation
def stored_packed_though_left_out(rng, kind, config, tensors):
    modules = [name for name in quantized_modules(tensors) if "layers" in name]
    plain = plain_modules(tensors)
    if not modules or not plain:
        return None
    target, source = rng.choice(plain), rng.choice(modules)
    tensors.pop(f"{target}.weight")
    for name in parts_of(source, dict(tensors)):
        tensors[target + name.removeprefix(source)] = tensors[name].clone()
    return kind, config, tensors


LISTS = ("ignore", "modules_to_not_convert", "llm_int8_skip_modules", "skip_modules", "linear_weights_not_to_quantize")


def list_of(config):
    own = {"compressed-tensors": "ignore", "bitsandbytes": "llm_int8_skip_modules", "hqq": "skip_modules"}
    return own.get(config["quantization_config"]["quant_method"], "modules_to_not_convert")


@perturbation
def left_out_list_gone(rng, kind, config, tensors):
    quantization = config["quantization_config"]
    if not quantization.get(list_of(config)):
        return None
    quantization[list_of(config)] = rng.choice([[], None]) if list_of(config) != "ignore" else []
    return kind, config, tensors


@perturbation
def left_out_list_longer(rng, kind, config, tensors):
    modules = quantized_modules(tensors)
    if not modules:
        return None
    module = rng.choice(modules)
    parts = module.split(".")
    entry = rng.choice([module, parts[-1], ".".join(parts[-2:]), module.removeprefix("model."), "re:.*" + parts[-1], "re:.*" + parts[-2] + ".*", ".".join(parts[:-1]), "language_model." + module, module + ".weight"])
    quantization = config["quantization_config"]
    quantization[list_of(config)] = [*(quantization.get(list_of(config)) or []), entry]
    return kind, config, tensors


@perturbation
def left_out_list_with_joined_names(rng, kind, config, tensors):
    quantization = config["quantization_config"]
    entry = rng.choice(["model.layers.1.mlp.gate_up_proj", "model.layers.1.self_attn.qkv_proj", "model.layers.1.mlp.experts", "model.layers.1.mlp.gate", "lm_head.weight", "Linear", "model.layers.1", "layers.1", "re:.*layers\\.1\\..*", "re:.*gate$"])
    quantization[list_of(config)] = [*(quantization.get(list_of(config)) or []), entry]
    return kind, config, tensors


@perturbation
def another_status(rng, kind, config, tensors):
    quantization = config["quantization_config"]
    if "quantization_status" not in quantization:
        return None
    quantization["quantization_status"] = rng.choice([each for each in ("initialized", "calibration", "frozen", "compressed", None) if each != quantization["quantization_status"]])
    return kind, config, tensors


@perturbation
def another_format(rng, kind, config, tensors):
    quantization = config["quantization_config"]
    formats = {"compressed-tensors": ("format", ["dense", "int-quantized", "float-quantized", "naive-quantized", "pack-quantized", "nvfp4-pack-quantized"]), "gptq": ("checkpoint_format", ["gptq_v2", "marlin", None]), "awq": ("version", ["gemv", "llm-awq", "ipex", "exllama"]), "bitnet": ("linear_class", ["autobitlinear", "bitlinear"]), "fp8": ("fmt", ["e4m3", "e5m2"])}
    if quantization["quant_method"] not in formats:
        return None
    field, values = formats[quantization["quant_method"]]
    quantization[field] = rng.choice([each for each in values if each != quantization.get(field)])
    return kind, config, tensors


@perturbation
def another_group_size(rng, kind, config, tensors):
    quantization = config["quantization_config"]
    if quantization["quant_method"] == "compressed-tensors":
        weights = rng.choice(list(quantization["config_groups"].values()))["weights"]
        if "group_size" in weights:
            weights["group_size"] = rng.choice([each for each in (16, 32, 64, 128) if each != weights["group_size"]])
        elif "block_structure" in weights:
            weights["block_structure"] = rng.choice([[16, 16], [64, 64], [128, 128], [1, 32]])
        else:
            weights["strategy"] = rng.choice([each for each in ("tensor", "channel") if each != weights["strategy"]])
    elif "group_size" in quantization:
        quantization["group_size"] = rng.choice([each for each in (16, 64, 128, -1) if each != quantization["group_size"]])
    elif "weight_block_size" in quantization:
        quantization["weight_block_size"] = rng.choice([[16, 16], [64, 64], [128, 128], [32, 64], None])
    else:
        return None
    return kind, config, tensors


@perturbation
def other_options(rng, kind, config, tensors):
    quantization = config["quantization_config"]
    method = quantization["quant_method"]
    if method == "compressed-tensors":
        group = rng.choice(list(quantization["config_groups"].values()))
        change = rng.randrange(5)
        if change == 0:
            group["weights"]["symmetric"] = not group["weights"]["symmetric"]
        elif change == 1:
            group["weights"]["num_bits"] = 8 if group["weights"]["num_bits"] == 4 else 4
        elif change == 2:
            group["targets"] = rng.choice([["re:.*self_attn.*"], ["re:.*mlp.*"], ["model.layers.0.mlp.down_proj"], ["LlamaAttention"]])
        elif change == 3:
            group["input_activations"] = None if group.get("input_activations") else {"num_bits": 8, "type": "float", "strategy": "tensor", "symmetric": True, "dynamic": False}
        else:
            quantization["kv_cache_scheme"] = None if quantization.get("kv_cache_scheme") else {"num_bits": 8, "type": "float", "strategy": "tensor", "symmetric": True, "dynamic": False}
    elif method == "bitsandbytes":
        quantization.update(rng.choice([{"load_in_4bit": not quantization["load_in_4bit"], "load_in_8bit": not quantization["load_in_8bit"]}, {"bnb_4bit_quant_type": "fp4"}, {"bnb_4bit_quant_storage": "bfloat16"}]))
    elif method in ("gptq", "awq"):
        quantization.update(rng.choice([{"bits": 8 if quantization["bits"] == 4 else 4}, {"bits": 3}, {"bits": 2}, {"desc_act": True}, {"sym": False}, {"zero_point": False}]))
    elif method in ("fp8", "mxfp8", "mxfp4"):
        quantization.update(rng.choice([{"dequantize": True}, {"activation_scheme": "static"}, {"dequantize": True}]))
    else:
        return None
    return kind, config, tensors


@perturbation
def another_method(rng, kind, config, tensors):
    quantization = config["quantization_config"]
    method = rng.choice(["gptq", "awq", "fp8", "compressed-tensors", "bitsandbytes", "modelopt", "none", "absent", "mxfp4"])
    if method == quantization["quant_method"]:
        return None
    if method == "none":
        del config["quantization_config"]
    elif method == "absent":
        del quantization["quant_method"]
    else:
        quantization["quant_method"] = method
    return kind, config, tensors


@perturbation
def values_of_another_dtype(rng, kind, config, tensors):
    names = sorted(name for name in tensors if VALUES.search(name) and VALUES.sub("", name) in quantized_modules(tensors)) or sorted(tensors)
    dtype = rng.choice([torch.bfloat16, torch.float32, torch.int8, torch.uint8, torch.float8_e4m3fn, torch.int32])
    chosen = names if rng.random() < 0.5 else [rng.choice(names)]
    for name in chosen:
        tensors[name] = torch.zeros(tensors[name].shape).to(dtype)
    return kind, config, tensors


@perturbation
def scales_of_another_dtype(rng, kind, config, tensors):
    if not extras(tensors):
        return None
    end = rng.choice([end for end in suffixes(tensors) if "quant_state" not in end])
    dtype = rng.choice([torch.bfloat16, torch.float32, torch.float16, torch.uint8, torch.int32])
    for name in tensors:
        if name.endswith(end):
            tensors[name] = torch.zeros(tensors[name].shape).to(dtype)
    return kind, config, tensors


@perturbation
def one_part_more(rng, kind, config, tensors):
    modules = quantized_modules(tensors) or plain_modules(tensors)
    ends = ["weight_zero_point", "input_scale", "weight_scale_2", "weight_global_scale", "bias", "g_idx", "qzeros", "scales", "k_scale", "weight_scale", "weight_scale_inv", "weight_shape", "activation_scale", "weight", "SCB", "weight.absmax"]
    for module in rng.sample(modules, min(2, len(modules))):
        name = f"{module}.{rng.choice(ends)}"
        if name in tensors:
            return None
        tensors[name] = torch.zeros(rng.choice([[1], [64], [64, 2], []]))
    return kind, config, tensors


@perturbation
def cache_scales_more(rng, kind, config, tensors):
    layer = next((name.split(".self_attn.")[0] for name in sorted(tensors) if ".self_attn." in name), None)
    if layer is None:
        return None
    for end in rng.choice([("k_scale", "v_scale"), ("k_proj.output_scale", "v_proj.output_scale"), ("attn.k_scale",)]):
        tensors[f"{layer}.self_attn.{end}"] = torch.zeros(1)
    return kind, config, tensors


@perturbation
def without_the_prefix(rng, kind, config, tensors):
    return kind, config, {name.removeprefix("model."): tensor for name, tensor in tensors.items()}


@perturbation
def another_prefix(rng, kind, config, tensors):
    before = rng.choice(["model.", "language_model.", "module.", "base_model.model."])
    return kind, config, {before + name: tensor for name, tensor in tensors.items()}


@perturbation
def base_model(rng, kind, config, tensors):
    other = kind.replace("ForCausalLM", "Model") if "Gemma3" not in kind else "Gemma3TextModel"
    return other, config, tensors


@perturbation
def another_head(rng, kind, config, tensors):
    if kind.startswith(("DeepseekV3", "OPT", "Gemma3")):
        return None
    return kind.replace("CausalLM", "SequenceClassification"), config, tensors


@perturbation
def a_layer_less(rng, kind, config, tensors):
    return kind, config, {name: tensor for name, tensor in tensors.items() if "layers.1." not in name}


@perturbation
def a_layer_more(rng, kind, config, tensors):
    more = {name.replace("layers.1.", "layers.2."): tensor.clone() for name, tensor in tensors.items() if "layers.1." in name}
    return kind, config, {**tensors, **more}


@perturbation
def an_expert_less(rng, kind, config, tensors):
    if not any(".experts.1." in name for name in tensors):
        return None
    return kind, config, {name: tensor for name, tensor in tensors.items() if ".experts.1." not in name}


@perturbation
def a_part_of_an_expert_less(rng, kind, config, tensors):
    names = sorted(name for name in tensors if ".experts." in name)
    if not names:
        return None
    tensors.pop(rng.choice(names))
    return kind, config, tensors


@perturbation
def a_norm_of_another_size(rng, kind, config, tensors):
    name = rng.choice(sorted(name for name in tensors if "norm" in name))
    tensors[name] = torch.zeros(3, dtype=tensors[name].dtype)
    return kind, config, tensors


@perturbation
def one_tensor_more(rng, kind, config, tensors):
    tensors[rng.choice(["model.layers.0.more.weight", "lm_head.more_scale", "model.layers.0.self_attn.rotary_emb.inv_freq"])] = torch.zeros(2)
    return kind, config, tensors


@perturbation
def head_stored_or_not(rng, kind, config, tensors):
    if "lm_head.weight" in tensors:
        tensors.pop("lm_head.weight")
    else:
        tensors["lm_head.weight"] = torch.zeros((config["vocab_size"], config["hidden_size"]), dtype=torch.bfloat16)
    return kind, config, tensors


@perturbation
def untied_or_tied(rng, kind, config, tensors):
    config["tie_word_embeddings"] = not config.get("tie_word_embeddings", False)
    return kind, config, tensors


@perturbation
def a_layer_plain_by_the_list(rng, kind, config, tensors):
    """As it should be: an entry of the list, and the weights that it names plain."""
    modules = [name for name in quantized_modules(tensors) if re.search(r"(proj|fc\d|w\d)$", name) and ".experts." not in name]
    if not modules:
        return None
    module = rng.choice(modules)
    for name in parts_of(module, tensors):
        if not name.endswith(".bias"):
            del tensors[name]
    tensors[f"{module}.weight"] = torch.zeros(out_and_in(module, config), dtype=torch.bfloat16)
    quantization = config["quantization_config"]
    quantization[list_of(config)] = [*(quantization.get(list_of(config)) or []), module]
    return kind, config, tensors
