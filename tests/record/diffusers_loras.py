"""Record what the installed diffusers makes of small LoRA files, in its own spelling and in others, whole and changed:

    PYTHONHASHSEED=0 python tests/record/diffusers_loras.py loras-<release>.jsonl.gz --seed 51

A line is a file and what became of it.  `model` names a config of small_configs-<release>.json, `mixin` the class of diffusers.loaders.

    case        how the file is spelt, and what was changed, with a space between
    file        its name;  tensors  {"F32 [2, 3]": folded names} of it, `metadata` what its header says beside the format
    converted   what lora_state_dict gives: keys {"F32 [2, 3]": folded names}, alphas {name: number}, metadata; or error, "Type: text"
    dropped     folded names of the tensors without which that would be the same, values too
    loaded      not for the model "FluxTransformer2DModel:full", which is not built: what load_lora_weights does with it: unexpected and missing (as load_lora_adapter learns them of PEFT, missing only those of the
                adapter), layers {component: {"r alpha": folded names of the modules with an adapter}}; or error
    alone       of whole files: the same of load_lora_adapter of the model itself, with prefix, the name of the part where all keys begin so
    log         the beginnings of the warnings, of either

Tensors hold zeros but for alphas, which are 4.  load_lora_weights is called on an object of the mixin with the model, a small CLIPTextModel as text_encoder
(and text_encoder_2), and nothing else.  Needs diffusers, transformers, peft, torch and accelerate; no accelerator and no network.
"""

import contextlib
import inspect
import json
import logging
import os
import random
import tempfile
import types
import warnings
from collections import defaultdict
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
warnings.filterwarnings("ignore")

import diffusers.loaders as loaders
import peft
import torch
import transformers
from diffusers.loaders import lora_pipeline
from diffusers.loaders import peft as adapter_loading
from diffusers_loads import Log, described, plain
from diffusers_small import SMALL, Rows, asked, be_quiet, class_named
from loads import folded
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import load_file, save_file

RANK, ALPHA = 2, 4.0
FILE = "pytorch_lora_weights.safetensors"


def pair(path, weight, spelling, rank=RANK):
    """The two factors for a module with such a weight; `spelling` gives the endings."""
    down, up = spelling
    shape = list(weight.shape)
    first = [rank, shape[1], *shape[2:]]
    second = [shape[0], rank] + [1] * len(shape[2:])
    return {f"{path}.{down}": torch.zeros(first), f"{path}.{up}": torch.zeros(second)}


PEFT, OLD, KOHYA = ("lora_A.weight", "lora_B.weight"), ("lora.down.weight", "lora.up.weight"), ("lora_down.weight", "lora_up.weight")


def targets(model, most=12):
    """Linear layers, most of them of attention."""
    names = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    attention = [name for name in names if ".attn" in name or ".to_" in name]
    return {name: model.get_submodule(name).weight for name in (attention or names)[:most]}


def alphas(tensors, end=".alpha"):
    return {key.rpartition(".lora_")[0] + end: torch.tensor(ALPHA) for key in tensors if ".lora_down" in key or ".lora_A" in key}


# ---- Spellings: {name: function(part, model, text_encoder)} where part is "unet" or "transformer" ------------------------------------


def merged(parts):
    return {key: tensor for part in parts for key, tensor in part.items()}


def by_peft(part, model, _):
    return merged(pair(f"{part}.{name}", weight, PEFT) for name, weight in targets(model).items())


def by_old_diffusers(part, model, _):
    return merged(pair(f"{part}.{name}", weight, OLD) for name, weight in targets(model).items())


def by_processors(part, model, _):
    out = {}
    for name, weight in targets(model).items():
        owner, _, leaf = name.removesuffix(".0").rpartition(".")
        out |= {key.replace(f".{leaf}_lora.lora.", f".{leaf}_lora."): t for key, t in pair(f"{part}.{owner}.processor.{leaf}_lora", weight, ("down.weight", "up.weight")).items()}
    return out


def bare(part, model, _):
    return merged(pair(name, weight, PEFT) for name, weight in targets(model).items())


def by_base_model(part, model, _):
    return merged(pair(f"base_model.model.{name}", weight, PEFT) for name, weight in targets(model).items())


def by_diffusion_model(part, model, _):
    return merged(pair(f"diffusion_model.{name}", weight, PEFT) for name, weight in targets(model).items())


def by_diffusion_model_down(part, model, _):
    out = merged(pair(f"diffusion_model.{name}", weight, KOHYA) for name, weight in targets(model).items())
    return out | alphas(out)


def by_kohya(part, model, _):
    out = merged(pair("lora_unet_" + name.replace(".", "_"), weight, KOHYA) for name, weight in targets(model).items())
    return out | alphas(out)


def by_kohya_transformer(part, model, _):
    out = merged(pair("lora_transformer_" + name.replace(".", "_"), weight, KOHYA) for name, weight in targets(model).items())
    return out | alphas(out)


def by_lycoris(part, model, _):
    out = merged(pair("lycoris_" + name.replace(".", "_"), weight, KOHYA) for name, weight in targets(model).items())
    return out | alphas(out)


def sgm(part, model, _):
    """Blocks of a UNet as the code of Stable Diffusion XL numbers them: for the small one with a block of each kind."""
    out = {}
    places = {"down_blocks.1.attentions.0": "input_blocks_4_1", "mid_block.attentions.0": "middle_block_1", "up_blocks.0.attentions.0": "output_blocks_0_1",
              "up_blocks.0.attentions.1": "output_blocks_1_1"}
    for name, weight in targets(model, 40).items():
        for own, other in places.items():
            if name.startswith(own + "."):
                out |= pair("lora_unet_" + other + "_" + name.removeprefix(own + ".").replace(".", "_"), weight, KOHYA)
    return out | alphas(out)


FLUX_DOUBLE = {"img_attn_qkv": 3, "img_attn_proj": 1, "txt_attn_qkv": 3, "txt_attn_proj": 1, "img_mlp_0": 4, "txt_mlp_0": 4, "img_mod_lin": 6, "txt_mod_lin": 6}


def flux_blocks(model, spelt, ends):
    width = model.inner_dim
    out = {}
    for i in range(model.config.num_layers):
        for name, times in FLUX_DOUBLE.items():
            out |= pair(spelt(f"double_blocks.{i}.", name), torch.empty(width * times, width), ends)
        for name in ("img_mlp_2", "txt_mlp_2"):
            out |= pair(spelt(f"double_blocks.{i}.", name), torch.empty(width, width * 4), ends)
    for i in range(model.config.num_single_layers):
        out |= pair(spelt(f"single_blocks.{i}.", "linear1"), torch.empty(width * 7, width), ends)
        out |= pair(spelt(f"single_blocks.{i}.", "linear2"), torch.empty(width, width * 5), ends)
        out |= pair(spelt(f"single_blocks.{i}.", "modulation_lin"), torch.empty(width * 3, width), ends)
    return out


def dotted(name):
    for old, new in (("attn_", "attn."), ("mlp_", "mlp."), ("mod_", "mod."), ("modulation_", "modulation.")):
        name = name.replace(old, new)
    return name


def flux_kohya(part, model, _):
    out = flux_blocks(model, lambda block, name: "lora_unet_" + block.replace(".", "_") + name, KOHYA)
    return out | alphas(out)


def flux_bfl(part, model, _):
    return flux_blocks(model, lambda block, name: block + dotted(name), PEFT)


def flux_fal(part, model, _):
    out = flux_blocks(model, lambda block, name: "base_model.model." + block + dotted(name), PEFT)
    if model.config.num_layers == FULL[1][0]:
        out |= pair("base_model.model.final_layer.linear", torch.empty(64, model.inner_dim), PEFT)
    return out


def flux_comfy(part, model, _):
    out = flux_blocks(model, lambda block, name: "diffusion_model." + block + dotted(name), KOHYA)
    return out | alphas(out)


def flux_xlabs(part, model, _):
    width, out = model.inner_dim, {}
    for i in range(model.config.num_layers):
        for name, times in {"qkv_lora1": 3, "qkv_lora2": 3, "proj_lora1": 1, "proj_lora2": 1}.items():
            out |= pair(f"double_blocks.{i}.processor.{name}", torch.empty(width * times, width), ("down.weight", "up.weight"))
    for i in range(model.config.num_single_layers):
        out |= pair(f"single_blocks.{i}.processor.qkv_lora", torch.empty(width * 3, width), ("down.weight", "up.weight"))
        out |= pair(f"single_blocks.{i}.processor.proj_lora", torch.empty(width, width * 5), ("down.weight", "up.weight"))
    return out


WAN_NAMES = {"attn1.to_q": "self_attn.q", "attn1.to_k": "self_attn.k", "attn1.to_v": "self_attn.v", "attn1.to_out.0": "self_attn.o", "attn2.to_q": "cross_attn.q",
             "attn2.to_k": "cross_attn.k", "attn2.to_v": "cross_attn.v", "attn2.to_out.0": "cross_attn.o", "ffn.net.0.proj": "ffn.0", "ffn.net.2": "ffn.2",
             "attn2.add_k_proj": "cross_attn.k_img", "attn2.add_v_proj": "cross_attn.v_img"}


def wan_names(model):
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and name.startswith("blocks."):
            _, number, rest = name.split(".", 2)
            if rest in WAN_NAMES:
                yield f"blocks.{number}.{WAN_NAMES[rest]}", module


def wan_comfy(part, model, _):
    return merged(pair("diffusion_model." + name, module.weight, PEFT) for name, module in wan_names(model))


def wan_comfy_down(part, model, _):
    return merged(pair("diffusion_model." + name, module.weight, KOHYA) | {f"diffusion_model.{name}.diff_b": torch.zeros(module.weight.shape[0])} for name, module in wan_names(model))


def wan_diff(part, model, _):
    out = wan_comfy(part, model, _)
    return out | {"diffusion_model.blocks.0.norm3.diff": torch.zeros(24), "diffusion_model.blocks.0.norm3.diff_b": torch.zeros(24), "diffusion_model.head.head.diff": torch.zeros(2)}


def wan_biases(part, model, _):
    return wan_comfy(part, model, _) | {"diffusion_model.head.head.diff_b": torch.zeros(64), "diffusion_model.time_embedding.0.diff_b": torch.zeros(24)}


def wan_musubi(part, model, _):
    out = merged(pair("lora_unet_" + name.replace(".", "_"), module.weight, KOHYA) for name, module in wan_names(model))
    return out | alphas(out)


def text_peft(part, model, encoder):
    out = by_peft(part, model, encoder)
    return out | merged(pair("text_encoder." + name, weight, PEFT) for name, weight in targets(encoder).items())


def text_old(part, model, encoder):
    out = by_old_diffusers(part, model, encoder)
    return out | merged(pair("text_encoder." + name.replace("_proj", "_lora_proj").replace("_lora_proj", "_proj.lora_linear_layer"), weight, ("down.weight", "up.weight")) for name, weight in targets(encoder).items())


def text_kohya(part, model, encoder):
    out = by_kohya(part, model, encoder)
    text = merged(pair("lora_te_" + name.replace(".", "_"), weight, KOHYA) for name, weight in targets(encoder).items())
    return out | text | alphas(text)


def text_kohya_two(part, model, encoder):
    out = by_kohya(part, model, encoder)
    text = merged(pair(f"lora_te{i}_" + name.replace(".", "_"), weight, KOHYA) for name, weight in targets(encoder).items() for i in (1, 2))
    return out | text | alphas(text)


GENERAL = (by_peft, by_old_diffusers, bare, by_base_model, by_diffusion_model, by_diffusion_model_down, by_kohya, by_kohya_transformer, by_lycoris)
UNETS = (by_peft, by_old_diffusers, by_processors, bare, by_base_model, by_kohya, by_diffusion_model, sgm, text_peft, text_old, text_kohya, text_kohya_two)
FLUXES = GENERAL + (flux_kohya, flux_bfl, flux_fal, flux_comfy, flux_xlabs, text_peft, text_kohya)
WANS = GENERAL + (wan_comfy, wan_comfy_down, wan_diff, wan_biases, wan_musubi)
MODELS = {
    "UNet2DConditionModel:": ("StableDiffusionLoraLoaderMixin", UNETS),
    "UNet2DConditionModel:SDXL": ("StableDiffusionXLLoraLoaderMixin", UNETS),
    "FluxTransformer2DModel:": ("FluxLoraLoaderMixin", FLUXES),
    "FluxTransformer2DModel:guidance": ("FluxLoraLoaderMixin", FLUXES),
    "WanTransformer3DModel:": ("WanLoraLoaderMixin", WANS),
    "WanTransformer3DModel:i2v": ("WanLoraLoaderMixin", WANS),
    "SD3Transformer2DModel:": ("SD3LoraLoaderMixin", GENERAL + (text_peft,)),
    "CogVideoXTransformer3DModel:": ("CogVideoXLoraLoaderMixin", GENERAL[:6]),
    "LTXVideoTransformer3DModel:": ("LTXVideoLoraLoaderMixin", GENERAL),
    "HunyuanVideoTransformer3DModel:": ("HunyuanVideoLoraLoaderMixin", GENERAL[:6]),
    "Lumina2Transformer2DModel:": ("Lumina2LoraLoaderMixin", GENERAL[:6]),
    "SanaTransformer2DModel:": ("SanaLoraLoaderMixin", GENERAL[:6]),
    "QwenImageTransformer2DModel:": ("QwenImageLoraLoaderMixin", GENERAL),
    "CogView4Transformer2DModel:": ("CogView4LoraLoaderMixin", GENERAL[:4]),
    "MochiTransformer3DModel:": ("Mochi1LoraLoaderMixin", GENERAL[:4]),
    "AuraFlowTransformer2DModel:": ("AuraFlowLoraLoaderMixin", GENERAL[:4]),
}


class FullWidth:
    """What the Flux spellings ask of a model, of the released size: the converters of some have that size in them."""

    def __init__(self, layers, single_layers):
        self.inner_dim = 3072
        self.config = types.SimpleNamespace(num_layers=layers, num_single_layers=single_layers)


FULL = ((1, 1), (19, 38))  # blocks: a few, and as many as the released model has


# ---- Changes -----------------------------------------------------------------------------------------------------------------------


def lora_keys(tensors):
    return sorted(key for key in tensors if not key.endswith(".alpha"))


def without_alpha(rng, tensors):
    return {key: t for key, t in tensors.items() if not key.endswith(".alpha")} if any(key.endswith(".alpha") for key in tensors) else None


def with_alpha(rng, tensors):
    return None if any(key.endswith(".alpha") for key in tensors) else tensors | alphas(tensors)


def some_alphas(rng, tensors):
    return {key: t for key, t in tensors.items() if not key.endswith(".alpha") or rng.random() < 0.5}


def unknown_module(rng, tensors):
    key = rng.choice(lora_keys(tensors))
    stem = key.partition(".lora")[0]
    return tensors | {name.replace(stem, stem + "_new"): t.clone() for name, t in tensors.items() if name.startswith(stem + ".")}


def unknown_key(rng, tensors):
    return tensors | {rng.choice(("no_such.weight", "epoch", "unet.extra.lora_A.weight", "transformer.extra.lora_B.weight", "lora_unet_extra.lora_down.weight")): torch.zeros(2, 2)}


def dora(rng, tensors):
    stems = sorted({key.partition(".lora")[0] for key in lora_keys(tensors)})
    end = ".lora_magnitude_vector" if any(".lora_A" in key for key in tensors) else ".dora_scale"
    return tensors | {stem + rng.choice((end, ".dora_scale")): torch.zeros(4) for stem in rng.sample(stems, min(len(stems), 3))}


def half_missing(rng, tensors):
    gone = rng.choice(lora_keys(tensors))
    return {key: t for key, t in tensors.items() if key != gone}


def other_rank(rng, tensors):
    key = rng.choice(lora_keys(tensors))
    stem = key.partition(".lora")[0]
    out = {}
    for name, t in tensors.items():
        if name.startswith(stem + ".") and t.dim() >= 2:
            shape = [5 if n == RANK and i == (0 if "down" in name or "lora_A" in name else 1) else n for i, n in enumerate(t.shape)]
            t = torch.zeros(shape)
        out[name] = t
    return out


def other_width(rng, tensors):
    key = rng.choice([name for name in lora_keys(tensors) if tensors[name].dim() >= 2])
    return tensors | {key: torch.zeros([n if n == RANK else n + 1 for n in tensors[key].shape])}


def with_bias(rng, tensors):
    ups = [key for key in tensors if key.endswith("lora_B.weight")]
    return tensors | {key.replace("weight", "bias"): torch.zeros(tensors[key].shape[0]) for key in (ups if rng.random() < 0.7 else ups[:1])} if ups else None


def with_norm(rng, tensors):
    return tensors | {"transformer.norm_out.linear.weight": torch.zeros(4, 4), "transformer.transformer_blocks.0.attn.norm_q.weight": torch.zeros(16)}


def half_precision(rng, tensors):
    return {key: t.half() for key, t in tensors.items()}


def prefixed(rng, tensors):
    return {"model." + key: t for key, t in tensors.items()}


def nothing(rng, tensors):
    return {}


CHANGES = (without_alpha, with_alpha, some_alphas, unknown_module, unknown_key, dora, half_missing, other_rank, other_width, with_bias, with_norm, half_precision, prefixed, nothing)


# ---- Answers -----------------------------------------------------------------------------------------------------------------------

HEARD = []
# Older releases know of no metadata.
WITH_METADATA = {"return_lora_metadata": True} if "return_lora_metadata" in inspect.getsource(lora_pipeline) else {}


def heard(incompatible, adapter_name):
    if incompatible is not None:
        missing = [key for key in incompatible.missing_keys if "lora_" in key and adapter_name in key]
        HEARD.append((sorted(incompatible.unexpected_keys), sorted(missing)))
    return incompatible


if hasattr(adapter_loading, "_maybe_warn_for_unhandled_keys"):
    unhandled = adapter_loading._maybe_warn_for_unhandled_keys
    adapter_loading._maybe_warn_for_unhandled_keys = lambda incompatible, adapter_name: unhandled(heard(incompatible, adapter_name), adapter_name)
else:  # each mixin warns by itself, of what PEFT gives
    put = peft.set_peft_model_state_dict
    peft.set_peft_model_state_dict = lambda model, state_dict, adapter_name, **named: heard(put(model, state_dict, adapter_name, **named), adapter_name)


@contextlib.contextmanager
def log_into(row, folder):
    log, library = Log(), logging.getLogger("diffusers")
    library.addHandler(log)
    try:
        yield
    finally:
        library.removeHandler(log)
        lines = list(dict.fromkeys(plain(line, folder)[:140] for line in log.lines))
        if lines:
            row["log"] = list(dict.fromkeys(row.get("log", []) + lines))


def holder(mixin, part, model):
    """An object of the mixin that has what load_lora_weights asks for."""
    made = type("Holder", (mixin,), {})()
    torch.manual_seed(0)
    config = transformers.CLIPTextConfig(hidden_size=32, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4, vocab_size=1000)
    made.components = {part: model, "text_encoder": transformers.CLIPTextModel(config), "text_encoder_2": transformers.CLIPTextModel(config)}
    for name, value in made.components.items():
        setattr(made, name, value)
    made.hf_device_map = None
    return made


def layers_of(model):
    groups = defaultdict(list)
    for name, module in model.named_modules():
        if isinstance(module, BaseTunerLayer):
            for adapter, rank in getattr(module, "r", {}).items():
                groups[f"{rank} {float(module.lora_alpha[adapter]):g}"].append(name)
    return {group: " ".join(folded(names)) for group, names in sorted(groups.items())}


def summary(made):
    parts = made if isinstance(made, tuple) else (made,)
    alphas = parts[1] if len(parts) > 1 and parts[1] else {}
    return parts[0], {key: float(value) for key, value in alphas.items()}


def same(one, other):
    (tensors, alphas), (others, other_alphas) = one, other
    return alphas == other_alphas and tensors.keys() == others.keys() and all(torch.equal(t, others[key]) for key, t in tensors.items())


def left_out(mixin, tensors, arguments):
    """The keys without which the converter gives the same, values too."""
    torch.manual_seed(0)
    tensors = {key: torch.rand(t.shape).to(t.dtype) if t.numel() > 1 else t for key, t in tensors.items()}
    convert = lambda keys: summary(mixin.lora_state_dict({key: tensors[key].clone() for key in keys}, **arguments))  # some are scaled in place
    whole, dropped = convert(tensors), []
    for key in tensors:
        try:
            if same(convert([each for each in tensors if each != key]), whole):
                dropped.append(key)
        except Exception:
            pass
    return dropped


def answer(mixin, part, name, folder, row):
    full = name.endswith(":full")
    model = None if full else class_named(name)(**SMALL[name.removesuffix(":")])
    arguments = {"unet_config": model.config} if part == "unet" else {}
    if "return_alphas" in inspect.signature(mixin.lora_state_dict).parameters:
        arguments["return_alphas"] = True
    with log_into(row, folder):
        try:
            made = mixin.lora_state_dict(str(folder), weight_name=row["file"], **WITH_METADATA, **arguments)
            made = list(made) if isinstance(made, tuple) else [made]
            metadata = made.pop() if WITH_METADATA else None
            row["converted"] = {"keys": described(made[0])}
            if len(made) > 1 and made[1]:
                row["converted"]["alphas"] = {key: float(value) for key, value in made[1].items()}
            if metadata:
                row["converted"]["metadata"] = metadata
            if not full:
                logging.disable()
                row["dropped"] = " ".join(folded(left_out(mixin, load_file(folder / row["file"]), arguments)))
                logging.disable(logging.NOTSET)
        except Exception as error:
            row["converted"] = {"error": plain(f"{type(error).__name__}: {error}", folder)}
        if full:
            return
        HEARD.clear()
        here = holder(mixin, part, model)
        try:
            here.load_lora_weights(str(folder), weight_name=row["file"])
            row["loaded"] = {
                "unexpected": " ".join(folded([key for unexpected, _ in HEARD for key in unexpected])),
                "missing": " ".join(folded([key for _, missing in HEARD for key in missing])),
                "layers": {component: layers_of(value) for component, value in here.components.items() if layers_of(value)},
            }
        except Exception as error:
            row["loaded"] = {"error": plain(f"{type(error).__name__}: {error}", folder)}
        if " " in row["case"] or not hasattr(model, "load_lora_adapter"):
            return
        HEARD.clear()
        model = class_named(name)(**SMALL[name.removesuffix(":")])
        prefix = part if all(key.startswith(part + ".") for key in load_file(folder / row["file"])) else None
        try:
            model.load_lora_adapter(str(folder), weight_name=row["file"], prefix=prefix)
            row["alone"] = {
                "unexpected": " ".join(folded([key for unexpected, _ in HEARD for key in unexpected])),
                "missing": " ".join(folded([key for _, missing in HEARD for key in missing])),
                "layers": layers_of(model),
            }
        except Exception as error:
            row["alone"] = {"error": plain(f"{type(error).__name__}: {error}", folder)}
        row["alone"]["prefix"] = prefix


def main():
    options = asked()
    be_quiet()
    rng = random.Random(options.seed)
    with Rows(options.out) as out:

        def record(mixin_name, name, case, file, tensors, metadata=None):
            row = {"mixin": mixin_name, "model": name, "case": case, "file": file, "tensors": described(tensors)}
            if metadata:
                row["metadata"] = metadata
            with tempfile.TemporaryDirectory() as place:
                stored = {key: t.contiguous().clone() for key, t in tensors.items()}
                save_file(stored, Path(place) / file, {"format": "pt"} | (metadata or {}))
                answer(getattr(loaders, mixin_name), "unet" if name.startswith("UNet") else "transformer", name, Path(place), row)
            out.add(json.loads(json.dumps(row, default=str)))

        for name, (mixin_name, spellings) in MODELS.items():
            mixin, part = getattr(loaders, mixin_name, None), "unet" if name.startswith("UNet") else "transformer"
            if mixin is None:
                continue
            base = class_named(name)(**SMALL[name.removesuffix(":")])
            encoder = holder(mixin, part, base).text_encoder
            cases = []
            for spelling in spellings:
                tensors = spelling(part, base, encoder)
                cases.append((spelling.__name__, FILE, tensors, None))
                for change in rng.sample(CHANGES, 3 if spelling in (by_peft, by_kohya, flux_kohya, wan_comfy) else 1):
                    changed = change(rng, tensors)
                    if changed is not None:
                        cases.append((f"{spelling.__name__} {change.__name__}", FILE, changed, None))
            whole = by_peft(part, base, encoder)
            config = {"r": RANK, "lora_alpha": 8, "target_modules": sorted(targets(base))}
            metadata = {"lora_adapter_metadata": json.dumps({f"{part}.{key}": value for key, value in config.items()})}
            cases.append(("by_peft with_metadata", FILE, whole, metadata))
            cases.append(("by_peft other_file", "my_lora.safetensors", whole, None))
            for case, file, tensors, metadata in cases:
                record(mixin_name, name, case, file, tensors, metadata)
        for spelling in (flux_kohya, flux_bfl, flux_fal, flux_comfy, flux_xlabs):
            for layers in FULL:
                tensors = spelling("transformer", FullWidth(*layers), None)
                kinds = [None] + rng.sample((without_alpha, some_alphas, unknown_key, dora, half_missing, other_rank, half_precision), 3)
                for change in kinds if layers == FULL[0] or spelling is flux_fal else kinds[:1]:
                    changed = change(rng, tensors) if change else tensors
                    if changed is not None:
                        case = f"{spelling.__name__} {change.__name__}" if change else spelling.__name__
                        record("FluxLoraLoaderMixin", "FluxTransformer2DModel:full", case, FILE, changed)
    print(out.count, "files")


if __name__ == "__main__":
    main()
