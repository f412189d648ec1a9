"""Which loads over several processes parallel.py asks for: plans, sizes of groups, and what is changed in a model before."""

import dataclasses
import importlib.util
import inspect
import re
import typing

import torch

# Classes for what depends on the code of loading alone: dense, with experts, tied, with latent attention, of several parts.
FEW = "LlamaForCausalLM Qwen3MoeForCausalLM Gemma2ForCausalLM DeepseekV3ForCausalLM Gemma3ForConditionalGeneration".split()
TWO = FEW[:2]

FP8 = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}
BASE_PLANS = {
    "list": ["layers.*.self_attn.q_proj"],
    "string": "colwise",
    "null": None,
    "empty": {},
    "unknown style": {"layers.*.self_attn.q_proj": "sideways"},
    "null style": {"layers.*.self_attn.q_proj": None},
    "list style": {"layers.*.self_attn.q_proj": ["colwise"]},
    "stale key": {"layers.*.attention.q_proj": "colwise", "layers.*.mlp.up_proj": "colwise"},
    "digit key": {"layers.0.self_attn.q_proj": "colwise", "layers.*.mlp.up_proj": "colwise"},
    "parameter key": {"layers.*.self_attn.q_proj.weight": "colwise"},
    "module of modules": {"layers.*.self_attn": "colwise"},
    "list of layers": {"layers": "colwise"},
    "norm": {"layers.*.input_layernorm": "rowwise"},
    "sequence": {"layers.*.input_layernorm": "sequence_parallel", "norm": "sequence_parallel"},
    "replicate": {"layers.*.self_attn.q_proj": "replicate"},
    "embedding": {"embed_tokens": "embedding_colwise"},
    "embedding as linear": {"embed_tokens": "colwise"},
    "linear as embedding": {"layers.*.mlp.up_proj": "embedding_rowwise"},
    "packed": {"layers.*.mlp.up_proj": "packed_colwise", "layers.*.mlp.down_proj": "packed_rowwise"},
    "colwise of down": {"layers.*.mlp.down_proj": "colwise", "layers.*.mlp.up_proj": "rowwise"},
    "old names": {"layers.*.mlp.up_proj": "colwise_rep", "layers.*.mlp.down_proj": "rowwise_rep"},
    "local names": {"layers.*.mlp.up_proj": "local_colwise", "layers.*.mlp.down_proj": "local_rowwise", "layers.*.mlp": "gather"},
    "local packed": {"layers.*.mlp.up_proj": "local_packed_rowwise", "layers.*.mlp": "local"},
    "expert styles": {"layers.*.mlp.experts": "ep_dispatch_experts", "layers.*.mlp.gate": "ep_router"},
    "reduce": {"layers.*.mlp": "all_reduce", "layers.*.self_attn": "local_params"},
    "mla": {"layers.*.self_attn.k_proj": "mla_kv_a_proj"},
    "with the prefix": {"model.layers.*.self_attn.q_proj": "colwise"},
    "star": {"*": "colwise"},
    "empty key": {"": "colwise"},
    "number for key": {"1": "colwise"},
}
PIPELINE_PLANS = {
    "list": ["embed_tokens", "layers", "norm"],
    "string": "layers",
    "number": 2,
    "null": None,
    "empty": {},
    "stale key": {"embed_tokens": [["input_ids"], ["inputs_embeds"]], "blocks": [["hidden_states"], ["hidden_states"]]},
    "other order": {"norm": [["hidden_states"], ["hidden_states"]], "layers": [["hidden_states"], ["hidden_states"]], "embed_tokens": [[], []]},
    "one stage": {"layers": [["hidden_states"], ["hidden_states"]]},
    "text for a stage": {"layers": "hidden_states"},
    "null for a stage": {"layers": None},
    "number for key": {"1": [["hidden_states"], ["hidden_states"]]},
}
GIVEN_PLANS = {
    "empty": {},
    "override": {"model.layers.*.self_attn.q_proj": "rowwise"},
    "stale key": {"model.layers.*.attention.q_proj": "colwise"},
    "digit key": {"model.layers.0.self_attn.q_proj": "rowwise"},
    "unknown style": {"model.layers.*.self_attn.q_proj": "sideways"},
    "list": ["colwise"],
    "word": "colwise",
    "head": {"lm_head": "colwise"},
}


class Kind(typing.NamedTuple):
    loads: list  # (world, arguments of from_pretrained)
    sizes: str = "even"
    which: typing.Any = "all"  # classes: all, "each" one of a file, or these names
    edit: typing.Callable = None  # of the dict in config.json
    before: typing.Callable = None  # of the config object, before the model is saved
    change: typing.Callable = None  # of the tensors in the checkpoint
    quantized: bool = False  # the checkpoint has the layers that the quantization_config of `edit` makes
    needs: str = ""  # the plan without which there is no row
    accelerated: bool = False  # a rank's number for a device, which asks for an accelerator, is the CPU
    kept: bool = False  # the quantizer is told nothing of the machine, so that it does not dequantize


def distributed(world, **fields):
    return (world, {"distributed_config": fields})


def tensor_parallel(*worlds, **arguments):
    """As each release spells it: DistributedConfig has a plan from 5.13.0 on."""
    if "tp_plan" in distributed_fields():
        return [(world, {"distributed_config": {"tp_size": world, "tp_plan": "auto"}, **arguments}) for world in worlds]
    return [(world, {"tp_plan": "auto", **arguments}) for world in worlds]


def distributed_fields():
    try:
        from transformers.distributed import DistributedConfig
    except ImportError:
        return []
    return [field.name for field in dataclasses.fields(DistributedConfig)]


def sources():
    """The library's code of tensor parallelism."""
    modules = ["transformers.integrations.tensor_parallel", "transformers.distributed.tensor_parallel"]
    return "".join(inspect.getsource(importlib.import_module(name)) for name in modules if importlib.util.find_spec(name))


def with_changes(**changes):
    return lambda config: config | changes


def tied_the_other_way(config):
    return config | {"tie_word_embeddings": not config.get("tie_word_embeddings", True)}


def tie_the_other_way(config):
    config.tie_word_embeddings = not getattr(config, "tie_word_embeddings", True)
    config.get_text_config(decoder=True).tie_word_embeddings = config.tie_word_embeddings


def without(pattern):
    return lambda tensors: {key: tensor for key, tensor in tensors.items() if not re.search(pattern, key)}


def longer(pattern, dim):
    def change(tensors):
        out = {}
        for key, tensor in tensors.items():
            grown = list(tensor.shape)
            if re.search(pattern, key) and len(grown) > dim:
                grown[dim] += 8
            out[key] = torch.zeros(grown, dtype=tensor.dtype)
        return out

    return change


def kinds():
    fields = distributed_fields()
    all_kinds = {
        "tp": Kind(tensor_parallel(2, 4, 8)),
        "odd": Kind(tensor_parallel(2, 3, 4, 8), "odd", "each"),
        "tied the other way": Kind(tensor_parallel(2, 4), "even", "each", tied_the_other_way),
        "odd, tied the other way": Kind(tensor_parallel(2, 4), "odd", FEW, tied_the_other_way),
        "saved tied the other way": Kind(tensor_parallel(2), "odd", "each", before=tie_the_other_way),
        "bfloat16": Kind(tensor_parallel(2, dtype="bfloat16"), "odd", FEW),
        "sixteen": Kind(tensor_parallel(16)),
        "arguments": Kind([(2, {"tp_plan": "auto"}), (4, {"tp_plan": "auto", "tp_size": 2}), (2, {"tp_size": 2})], "even", TWO),
        "missing": Kind(tensor_parallel(2, 4), "odd", FEW, change=without(r"q_proj|embed_tokens|experts.*down|norm")),
        "mismatch": Kind(tensor_parallel(2), "even", FEW, change=longer(r"k_proj|up_proj|embed_tokens|input_layernorm", 0)),
        "mismatch ignored": Kind(
            tensor_parallel(2, 4, ignore_mismatched_sizes=True), "odd", FEW, change=longer(r"k_proj|up_proj|embed_tokens|input_layernorm", 0)
        ),
        "fp8": Kind(tensor_parallel(2, 4), "wide", FEW, with_changes(quantization_config=FP8), quantized=True),
        "fp8 kept": Kind(tensor_parallel(2, 4, 8), "wide", FEW, with_changes(quantization_config=FP8), quantized=True, kept=True),
    }
    source = sources()
    if "divisible by the tensor parallel size" in source or "requires out_features to be divisible" in source:  # 5.14.0 to 5.20.2, of a head
        all_kinds["uneven"] = Kind(tensor_parallel(2, 4), "uneven", "each")
    if "device=rank" in source:  # 5.0.0 to 5.15.1, for what the checkpoint lacks
        all_kinds["tp, accelerated"] = Kind(tensor_parallel(2, 4), "even", "each", accelerated=True)
        all_kinds["odd, accelerated"] = Kind(tensor_parallel(2, 3), "odd", "each", accelerated=True)
        all_kinds["missing, accelerated"] = all_kinds["missing"]._replace(accelerated=True)
        all_kinds["mismatch ignored, accelerated"] = all_kinds["mismatch ignored"]._replace(accelerated=True)
    for name, plan in BASE_PLANS.items():
        all_kinds[f"base plan: {name}"] = Kind(tensor_parallel(2), "even", TWO, with_changes(base_model_tp_plan=plan))
    if "tp_plan" in fields:
        for name, plan in GIVEN_PLANS.items():
            all_kinds[f"given plan: {name}"] = Kind([distributed(2, tp_size=2, tp_plan=plan)], "even", TWO)
        all_kinds["sizes"] = Kind(
            [distributed(2, tp_size=4), distributed(4, tp_size=2), distributed(2, tp_size=0), distributed(2, tp_plan="auto")], "even", TWO
        )
    else:
        for name, plan in GIVEN_PLANS.items():
            all_kinds[f"given plan: {name}"] = Kind([(2, {"tp_plan": plan})], "even", TWO)
    if "ep_size" in fields:
        whole = [distributed(world, tp_size=world, ep_size=world) for world in (2, 4, 8)]
        alone = [distributed(2, tp_size=2, ep_size=2, tp_plan={}), distributed(2, tp_size=2, enable_expert_parallel=True)]
        all_kinds["ep"] = Kind([*whole, *alone], "even", "each", needs="ep")
        all_kinds["odd ep"] = Kind([distributed(world, tp_size=world, ep_size=world) for world in (2, 3, 4)], "odd", "each", needs="ep")
        over = [distributed(2, tp_size=1, ep_size=2), distributed(4, tp_size=4, ep_size=2), distributed(4, tp_size=2, ep_size=4)]
        data = [distributed(2, fsdp_size=2, ep_size=2), distributed(4, tp_size=2, fsdp_size=2, ep_size=4), distributed(4, tp_size=2, fsdp_size=2)]
        all_kinds["ep and data"] = Kind([*over, *data], "even", TWO)
    elif "enable_expert_parallel" in fields:
        expert = [(world, {"tp_plan": "auto", "distributed_config": {"enable_expert_parallel": True}}) for world in (2, 4, 8)]
        if "tp_plan" in fields:
            expert = [distributed(world, tp_size=world, tp_plan="auto", enable_expert_parallel=True) for world in (2, 4, 8)]
        all_kinds["ep"] = Kind(expert, "even", "each", needs="ep")
        all_kinds["odd ep"] = Kind(expert[:2], "odd", "each", needs="ep")
    if "pp_size" in fields:
        all_kinds["pp"] = Kind([distributed(world, pp_size=world) for world in (2, 3, 4)], "deep", "each")
        both = [distributed(4, pp_size=2, tp_size=2), distributed(4, pp_size=2, tp_size=2, ep_size=2), distributed(8, pp_size=8)]
        all_kinds["pp and tp"] = Kind(both, "deep", FEW)
        all_kinds["pp, tied the other way"] = Kind([distributed(2, pp_size=2)], "deep", FEW, tied_the_other_way)
        all_kinds["pp, saved tied the other way"] = Kind([distributed(2, pp_size=2)], "deep", FEW, before=tie_the_other_way)
        for name, plan in PIPELINE_PLANS.items():
            all_kinds[f"pipeline plan: {name}"] = Kind([distributed(2, pp_size=2)], "deep", TWO, with_changes(base_model_pp_plan=plan))
        all_kinds["pp without a head"] = Kind([distributed(2, pp_size=2)], "deep", ["LlamaModel", "LlamaForSequenceClassification", "Qwen3MoeModel"])
    return all_kinds
