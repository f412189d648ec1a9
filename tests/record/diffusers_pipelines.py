"""Record what DiffusionPipeline.from_pretrained of the installed diffusers makes of small folders with a model_index.json:

    PYTHONHASHSEED=0 python tests/record/diffusers_pipelines.py FIXTURES_DIR --seed 41 [--changes N] [--most PIPELINES]

Every pipeline whose components can all be built small is built, saved, and loaded as it is and with N things changed.  Written are, with the
release in their names, two files of one JSON line each row:

    pipeline_parts-<release>.jsonl.gz   the components: name (what the rows below call it), library and class, and files: {name: a JSON value, or
                                        the tensors of a weight file as {"F32 [2, 3]": folded names}, or a text of a tokenizer}
    pipelines-<release>.jsonl.gz        pipeline   the class;  index  model_index.json;  parts  {folder: name of a component}
                                        case       what was changed;  edits  how, in order:
                                            ["remove", path]   a file or folder;  ["move", path, path]
                                            ["set", path, [key, ...], value]  and  ["unset", path, [key, ...]]   in a JSON file
                                            ["write", path, text]
                                            ["dtype", path, path, "float16"]   tensors cast into another file, the first being removed
                                            ["part", folder, name]   another component, of the parts that have a colon
                                            ["lack", path, [names]]   tensors taken out of a weight file
                                        arguments  of from_pretrained (DiffusionPipeline's, or with `as` that of another pipeline)
                                        answer     {component: class, or null} or error, "Type: text" (the folder is FOLDER);
                                        map        with device_map="balanced": {component: device} as the library assigned them
                                        sizes      with it: bytes of the components, as the library counted them
                                        meta       {component: tensors left on the meta device}
                                        call       how the pipeline's call with a prompt, one step, 32 x 32 and output_type="latent" ended, where the
                                                   unchanged pipeline takes that
                                        log        the beginnings of the warnings, of diffusers alone

Needs diffusers, transformers, torch, accelerate, tokenizers and sentencepiece; no accelerator and no network.  For device_map="balanced" the map is taken
from _get_final_device_map, and nothing is loaded, since there are no such devices; max_memory is always given, in bytes or text.
"""

import argparse
import inspect
import json
import logging
import os
import random
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
warnings.filterwarnings("ignore")

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline, ModelMixin
from diffusers.pipelines import pipeline_utils
from diffusers_code import CODE, forget
from diffusers_loads import Log, described, plain
from diffusers_small import SMALL, Rows, be_quiet, class_named
from load_cases import shrink
from safetensors.torch import load_file, save_file

LARGEST = 3_000_000
SMALL["AudioLDM2UNet2DConditionModel"] = {  # of models that this script alone builds
    "block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 8, "sample_size": 32, "in_channels": 4, "out_channels": 4,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], "cross_attention_dim": [8, 16]}
SMALL["ReduxImageEncoder"] = {"redux_dim": 32, "txt_in_features": 32}
CLIP = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 1000, "projection_dim": 32}
VISION = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 30, "patch_size": 15, "projection_dim": 32}
T5 = {"d_model": 32, "d_kv": 8, "d_ff": 37, "num_layers": 2, "num_heads": 4, "vocab_size": 1000}
DECODER = {"hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 1000}
ENCODERS = {
    "CLIPTextModel": CLIP, "CLIPTextModelWithProjection": CLIP, "CLIPVisionModel": VISION, "CLIPVisionModelWithProjection": VISION,
    "T5EncoderModel": T5, "UMT5EncoderModel": T5, "T5ForConditionalGeneration": T5, "MT5EncoderModel": T5,
    "LlamaModel": DECODER, "LlamaForCausalLM": DECODER, "GemmaModel": DECODER, "Gemma2Model": DECODER, "Qwen3Model": DECODER, "Qwen3ForCausalLM": DECODER,
    "Qwen2ForCausalLM": DECODER, "GlmModel": DECODER | {"pad_token_id": 0}, "PreTrainedModel": None,
    "BertModel": CLIP, "GPT2Model": {"n_embd": 16, "n_layer": 2, "n_head": 2, "vocab_size": 1000}, "GPT2LMHeadModel": {"n_embd": 16, "n_layer": 2, "n_head": 2, "vocab_size": 1000},
    "SpeechT5HifiGan": {"model_in_dim": 8, "sampling_rate": 16000, "upsample_initial_channel": 16, "upsample_rates": [2, 2], "upsample_kernel_sizes": [4, 4],
                        "resblock_kernel_sizes": [3, 7], "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5]]},
}
CLAP = {"text_config": {"hidden_size": 8, "intermediate_size": 37, "num_attention_heads": 1, "num_hidden_layers": 1, "projection_dim": 8, "vocab_size": 1000},
        "audio_config": {"spec_size": 8, "window_size": 4, "num_mel_bins": 8, "intermediate_size": 37, "depths": [1, 1], "num_attention_heads": [1, 1],
                         "num_hidden_layers": 1, "hidden_size": 192, "projection_dim": 8, "patch_size": 2, "patch_stride": 2, "patch_embed_input_channels": 4},
        "projection_dim": 8}
ENCODERS |= {"ClapModel": CLAP, "ClapTextModelWithProjection": CLAP["text_config"], "CLIPTextModel:48": CLIP | {"hidden_size": 48}, "T5EncoderModel:48": T5 | {"d_model": 48},
             "CLIPTextModelWithProjection:48": CLIP | {"hidden_size": 48}, "UMT5EncoderModel:48": T5 | {"d_model": 48}}
# What is put in the place of a component, of another size.
OTHERS = {"CLIPTextModel": "CLIPTextModel:48", "T5EncoderModel": "T5EncoderModel:48", "UMT5EncoderModel": "UMT5EncoderModel:48",
          "CLIPTextModelWithProjection": "CLIPTextModelWithProjection:48", "AutoencoderKL": "AutoencoderKL:8", "UNet2DConditionModel": "UNet2DConditionModel:SDXL",
          "FluxTransformer2DModel": "FluxTransformer2DModel:guidance", "SD3Transformer2DModel": "SD3Transformer2DModel:3.5",
          "WanTransformer3DModel": "WanTransformer3DModel:i2v", "ControlNetModel": "ControlNetModel:SDXL"}
VARIANTS = {"UNet2DConditionModel": (("XL", "SDXL"),), "ControlNetModel": (("XL", "SDXL"),),
            "AutoencoderKL": (("Flux", "16"), ("StableDiffusion3", "16"), ("AudioLDM", "mel"), ("MusicLDM", "mel"))}


class Workshop:
    """Components by name, built once and saved once."""

    def __init__(self, folder):
        self.folder, self.made, self.rows = Path(folder), {}, {}

    def component(self, pipeline, types):
        for cls in types:
            name = self.name_for(pipeline, cls)
            if name is None:
                continue
            if name not in self.made:
                try:
                    torch.manual_seed(0)
                    self.made[name] = self.build(name, cls)
                except Exception as error:
                    print("component", name, type(error).__name__, str(error)[:100].replace("\n", " "), file=sys.stderr)
                    self.made[name] = None
            if self.made[name] is not None:
                return name, self.made[name]
        return None

    def saved(self, name):
        """The folder of a component that no pipeline has yet."""
        folder = self.folder / "others" / name
        if not folder.exists():
            cls = class_named(name) if name in SMALL else getattr(transformers, name.partition(":")[0])
            torch.manual_seed(0)
            self.build(name, cls).save_pretrained(folder)
        return folder

    @staticmethod
    def name_for(pipeline, cls):
        if not inspect.isclass(cls) or cls in (bool, int, str, float, dict, list, type(None)):
            return None
        name = cls.__name__
        for word, variant in VARIANTS.get(name, ()):
            if word in pipeline:
                return f"{name}:{variant}"
        return name

    def build(self, name, cls):
        if name in SMALL:
            return cls(**SMALL[name])
        if name in ("KarrasDiffusionSchedulers", "SchedulerMixin"):
            return diffusers.DDIMScheduler()
        if name == "AutoTokenizer":
            return transformers.T5Tokenizer(model_max_length=77)
        if issubclass(cls, ModelMixin):
            raise ValueError("no small config")
        if issubclass(cls, transformers.PreTrainedModel):
            if name.endswith("PreTrainedModel") and name != "PreTrainedModel":  # a base, of which annotations speak
                return self.build(name.replace("PreTrainedModel", "Model"), getattr(transformers, name.replace("PreTrainedModel", "Model")))
            config_class = cls.config_class
            if name in ENCODERS:
                config = config_class(**ENCODERS[name])
            else:
                config = config_class.from_dict(shrink(json.loads(config_class().to_json_string(use_diff=False))))
            with torch.device("meta"):
                if sum(parameter.numel() for parameter in cls(config).parameters()) > LARGEST:
                    raise ValueError("too large")
            return cls(config)
        return cls(model_max_length=77) if issubclass(cls, transformers.PreTrainedTokenizerBase) else cls()


def signature(pipeline):
    expected, optional = DiffusionPipeline._get_signature_keys(pipeline)
    return pipeline._get_signature_types(), expected, optional


def built(workshop, pipeline):
    """The components of a pipeline, or nothing where one cannot be had."""
    types, expected, _ = signature(pipeline)
    parts, values = {}, {}
    for name in sorted(expected):
        found = workshop.component(pipeline.__name__, types.get(name, ()))
        if found is None:
            if name not in pipeline._optional_components:
                raise ValueError(f"{name}: {types.get(name)}"[:120])
            values[name] = None
        else:
            parts[name], values[name] = found
    return pipeline(**values), parts


# ---- Changes: each gives edits and arguments, or None ------------------------------------------------------------------------------

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


INDEX = "model_index.json"


class Here:
    def __init__(self, rng, folder, pipeline):
        self.rng, self.folder, self.pipeline = rng, Path(folder), pipeline
        self.index = json.loads((self.folder / INDEX).read_text())
        self.parts = sorted(name for name, value in self.index.items() if isinstance(value, list) and len(value) == 2 and value[0] is not None and isinstance(value[0], str))
        self.models = [name for name in self.parts if list((self.folder / name).glob("*.safetensors"))]

    def weights(self, name):
        return sorted(path.name for path in (self.folder / name).glob("*.safetensors"))[0]

    def tensors(self, name):
        return sorted(load_file(self.folder / name / self.weights(name)))

    def halved(self, name, new=None):
        old = f"{name}/{self.weights(name)}"
        return ["dtype", old, new or old.replace(".safetensors", ".fp16.safetensors"), "float16"]


@kind
def folder_missing(h):
    return [["remove", h.rng.choice(h.parts)]], {}


@kind
def weights_missing(h):
    name = h.rng.choice(h.models)
    return [["remove", f"{name}/{h.weights(name)}"]], {}


@kind
def config_missing(h):
    name = h.rng.choice(h.parts)
    file = h.rng.choice(sorted(path.name for path in (h.folder / name).iterdir() if path.suffix == ".json"))
    return [["remove", f"{name}/{file}"]], {}


@kind
def class_lacking(h):
    name = h.rng.choice(h.parts)
    return [["set", INDEX, [name, 1], h.rng.choice(("NoSuchModel", "UNet9DConditionModel", "FlaxUNet2DConditionModel", "T6Model"))]], {}


@kind
def library_lacking(h):
    name = h.rng.choice(h.parts)
    return [["set", INDEX, [name, 0], h.rng.choice(("no_such_library", "onnxruntime", "custom.module", "diffuser"))]], {}


@kind
def library_other(h):
    name = h.rng.choice(h.parts)
    return [["set", INDEX, [name, 0], {"diffusers": "transformers", "transformers": "diffusers"}.get(h.index[name][0], "diffusers")]], {}


@kind
def class_other(h):
    name = h.rng.choice(h.models)
    return [["set", INDEX, [name], h.rng.choice((["diffusers", "AutoencoderKL"], ["diffusers", "UNet2DConditionModel"], ["transformers", "CLIPTextModel"],
                                                 ["transformers", "BertModel"], ["diffusers", "DDIMScheduler"], ["diffusers", "ModelMixin"]))]], {}


@kind
def class_auto(h):
    name = h.rng.choice(h.models)
    return [["set", INDEX, [name], h.rng.choice((["diffusers", "AutoModel"], ["transformers", "AutoModel"], ["diffusers", "StableDiffusionSafetyChecker"]))]], {}


@kind
def component_null(h):
    return [["set", INDEX, [h.rng.choice(h.parts)], [None, None]]], {}


@kind
def safety_checker_null(h):
    return [["set", INDEX, ["safety_checker"], [None, None]], ["set", INDEX, ["feature_extractor"], [None, None]]], {}


@kind
def component_absent(h):
    return [["unset", INDEX, [h.rng.choice(h.parts)]]], {}


@kind
def component_more(h):
    return [["set", INDEX, [h.rng.choice(("extra", "image_encoder", "text_encoder_9"))], h.rng.choice((["transformers", "CLIPTextModel"], [None, None], 3, "text"))]], {}


@kind
def entry_malformed(h):
    return [["set", INDEX, [h.rng.choice(h.parts)], h.rng.choice((None, "diffusers", ["diffusers"], {}, ["diffusers", None], ["diffusers", "a", "b"], []))]], {}


@kind
def option_more(h):
    return [["set", INDEX, [h.rng.choice(("requires_safety_checker", "force_zeros_for_empty_prompt", "no_such_option"))], h.rng.choice((True, False, 3))]], {}


@kind
def index_missing(h):
    return [["remove", INDEX]], {}


@kind
def index_broken(h):
    return [["write", INDEX, h.rng.choice(("", "{", "[]"))]], {}


@kind
def pipeline_lacking(h):
    return [["set", INDEX, ["_class_name"], h.rng.choice(("NoSuchPipeline", "StableDiffusionPipeline", "FluxPipeline", "DiffusionPipeline", "UNet2DModel", ["my_pipeline", "MyPipeline"]))]], {}


@kind
def pipeline_unnamed(h):
    return [["unset", INDEX, ["_class_name"]]], {}


@kind
def variant_alone(h):
    """Every model has weights of a variant alone."""
    return [h.halved(name) for name in h.models], h.rng.choice(({}, {"variant": "fp16"}, {"variant": "fp16", "torch_dtype": "float16"}))


@kind
def variant_of_one(h):
    return [h.halved(h.rng.choice(h.models))], h.rng.choice(({}, {"variant": "fp16"}, {"variant": "bf16"}))


@kind
def variant_missing(h):
    return [], {"variant": h.rng.choice(("fp16", "ema"))}


@kind
def weights_bin(h):
    name = h.rng.choice(h.models)
    file = "diffusion_pytorch_model.bin" if h.index[name][0] == "diffusers" else "pytorch_model.bin"
    return [["dtype", f"{name}/{h.weights(name)}", f"{name}/{file}", "float32"]], h.rng.choice(({}, {"use_safetensors": True}))


@kind
def weights_lack(h):
    name = h.rng.choice(h.models)
    keys = h.tensors(name)
    return [["lack", f"{name}/{h.weights(name)}", h.rng.sample(keys, min(2, len(keys) - 1))]], {}


@kind
def size_other(h):
    """A config's size is another one, and the stored tensors are not."""
    name = h.rng.choice(h.models)
    config = json.loads((h.folder / name / "config.json").read_text())
    sizes = [key for key in ("cross_attention_dim", "in_channels", "latent_channels", "hidden_size", "d_model", "joint_attention_dim", "sample_size", "scaling_factor",
                             "caption_channels", "text_dim", "vocab_size") if isinstance(config.get(key), (int, float))]
    if not sizes:
        return None
    key = h.rng.choice(sizes)
    return [["set", f"{name}/config.json", [key], config[key] * 2]], {}


@kind
def part_of_other_size(h):
    names = [name for name in h.models if h.index[name][1] in OTHERS]
    name = h.rng.choice(names)
    return [["part", name, OTHERS[h.index[name][1]]]], {}


@kind
def scheduler_other(h):
    names = [name for name in h.parts if "scheduler" in name]
    if not names:
        return None
    return [["set", INDEX, [names[0], 1], h.rng.choice(("PNDMScheduler", "EulerDiscreteScheduler", "FlowMatchEulerDiscreteScheduler", "SchedulerMixin", "DDPMScheduler"))]], {}


@kind
def scheduler_config(h):
    names = [name for name in h.parts if "scheduler" in name]
    if not names:
        return None
    file = f"{names[0]}/scheduler_config.json"
    return [["set", file, [h.rng.choice(("steps_offset", "clip_sample", "no_such_option", "num_train_timesteps", "prediction_type"))], h.rng.choice((0, True, 50, "v_prediction"))]], {}


@kind
def tokenizer_files(h):
    names = [name for name in h.parts if "tokenizer" in name]
    if not names:
        return None
    files = sorted(path.name for path in (h.folder / names[0]).iterdir())
    return [["remove", f"{names[0]}/{h.rng.choice(files)}"]], {}


@kind
def as_other_pipeline(h):
    other = h.rng.choice(("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionXLPipeline", "FluxPipeline"))
    return [], {"as": other}


@kind
def passed_null(h):
    return [], {h.rng.choice(h.parts): None}


@kind
def argument_more(h):
    return [], {"no_such_argument": 1}


@kind
def mapped(h):
    total = sum(path.stat().st_size for path in h.folder.rglob("*.safetensors"))
    count = h.rng.choice((1, 2, 2, 3, 4))
    share = h.rng.choice((0.2, 0.6, 1.0, 1.5))
    memory = {str(i): int(total * share / count * h.rng.choice((1, 1, h.rng.uniform(0.3, 1.7)))) + 1 for i in range(count)}
    if h.rng.random() < 0.5:
        memory["cpu"] = h.rng.choice((10 * total, "1GB"))
    if h.rng.random() < 0.15:
        memory["0"] = h.rng.choice(("1MB", "1GiB", 0))
    arguments = {"device_map": "balanced", "max_memory": memory}
    if h.rng.random() < 0.4:
        arguments["torch_dtype"] = h.rng.choice(("float16", "bfloat16"))
    return [], arguments


@kind
def mapped_otherwise(h):
    return [], {"device_map": h.rng.choice(("auto", "sequential", "cpu", "cuda", {"": 0}, "balanced_low_0"))}


@kind
def mapped_whole(h):
    return [], {"device_map": "balanced", "low_cpu_mem_usage": False, "max_memory": {"0": 10**8}}


@kind
def mapped_variant(h):
    edits, _ = variant_alone(h)
    _, arguments = mapped(h)
    return edits, arguments | {"variant": "fp16"}


def edit(folder, edits, workshop):
    for what, path, *rest in edits:
        file = folder / path
        if what == "part":
            shutil.rmtree(file)
            shutil.copytree(workshop.saved(rest[0]), file)
            continue
        if what == "remove":
            shutil.rmtree(file) if file.is_dir() else file.unlink()
            continue
        if what == "write":
            file.unlink(missing_ok=True)
            file.write_text(rest[0])
        elif what in ("set", "unset"):
            data = json.loads(file.read_text())
            at = data
            for key in rest[0][:-1]:
                at = at[key]
            if what == "set":
                at[rest[0][-1]] = rest[1]
            else:
                del at[rest[0][-1]]
            file.unlink()  # which other folders share
            file.write_text(json.dumps(data))
        elif what == "dtype":
            tensors = {key: t.to(getattr(torch, rest[1])) if t.is_floating_point() else t.clone() for key, t in load_file(file).items()}
            file.unlink()
            save_file(tensors, folder / rest[0], {"format": "pt"}) if rest[0].endswith(".safetensors") else torch.save(tensors, folder / rest[0])
        elif what == "lack":
            tensors = {key: t.clone() for key, t in load_file(file).items() if key not in rest[0]}
            file.unlink()
            save_file(tensors, file, {"format": "pt"})


# ---- Answers -----------------------------------------------------------------------------------------------------------------------

FINAL = {}


class Assigned(Exception):
    """The map is there: no component can be put on the devices that it names."""


final_device_map = pipeline_utils._get_final_device_map


def and_no_further(*arguments, **named):
    made = final_device_map(*arguments, **named)
    FINAL["map"] = dict(made) if isinstance(made, dict) else made
    if isinstance(made, dict):
        raise Assigned
    return made


pipeline_utils._get_final_device_map = and_no_further
from diffusers.pipelines import pipeline_loading_utils

assign = pipeline_loading_utils._assign_components_to_devices


def assigned(module_sizes, *rest, **named):
    FINAL["sizes"] = {name: int(size) if float(size).is_integer() else float(size) for name, size in module_sizes.items()}
    return assign(module_sizes, *rest, **named)


pipeline_loading_utils._assign_components_to_devices = assigned


def answer_of(folder, arguments, call):
    arguments = dict(arguments)
    cls = getattr(diffusers, arguments.pop("as", "DiffusionPipeline"))
    if "torch_dtype" in arguments:
        arguments["torch_dtype"] = getattr(torch, arguments["torch_dtype"])
    if "max_memory" in arguments:
        arguments["max_memory"] = {int(key) if key.isdigit() else key: size for key, size in arguments["max_memory"].items()}
    FINAL.clear()
    log, library, out = Log(), logging.getLogger("diffusers"), {}
    library.addHandler(log)
    try:
        pipe = cls.from_pretrained(str(folder), **arguments)
    except Assigned:
        pass
    except Exception as error:
        out["error"] = plain(f"{type(error).__name__}: {error}", folder)
    else:
        out["answer"] = {name: None if value is None else type(value).__name__ for name, value in sorted(pipe.components.items())}
        out["made"] = type(pipe).__name__
        meta = {}
        for name, part in pipe.components.items():
            if isinstance(part, torch.nn.Module):
                left = sorted(key for key, tensor in part.state_dict().items() if tensor.is_meta)
                if left:
                    meta[name] = left
        if meta:
            out["meta"] = meta
        if call:
            try:
                with torch.no_grad():
                    pipe(prompt="a", num_inference_steps=1, height=32, width=32, output_type="latent")
                out["call"] = "ends"
            except Exception as error:
                out["call"] = plain(f"{type(error).__name__}: {error}", folder)
    finally:
        library.removeHandler(log)
        torch.set_default_dtype(torch.float32)
    out |= FINAL
    lines = list(dict.fromkeys(plain(line, folder)[:160] for line in log.lines))
    if lines:
        out["log"] = lines
    return out


def copied(source, target):
    shutil.copytree(source, target, copy_function=os.link)


def part_row(name, folder, library, class_name):
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        if path.suffix == ".safetensors":
            files[path.relative_to(folder).as_posix()] = described(load_file(path))
        elif path.suffix == ".json":
            files[path.relative_to(folder).as_posix()] = json.loads(path.read_text())
        else:
            try:
                files[path.relative_to(folder).as_posix()] = path.read_text()
            except UnicodeDecodeError:
                files[path.relative_to(folder).as_posix()] = f"({path.stat().st_size} bytes)"
    return {"name": name, "library": library, "class": class_name, "files": files}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--changes", type=int, default=4)
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--code", action="store_true", help="pipelines with code of their own (diffusers_code.py), into files of their own")
    options = parser.parse_args()
    be_quiet()
    transformers.utils.logging.disable_progress_bar()
    release, done = diffusers.__version__, 0
    names = [name for name in sorted(dir(diffusers)) if name.endswith("Pipeline") and not re.match("Flax|Onnx|DiffusionPipeline|AutoPipeline", name)]
    rng = random.Random(options.seed)
    usual = "StableDiffusionPipeline StableDiffusionXLPipeline StableDiffusion3Pipeline FluxPipeline WanPipeline PixArtAlphaPipeline CogVideoXPipeline".split()
    usual += "StableDiffusionControlNetPipeline AudioLDM2Pipeline KandinskyV22Pipeline SanaPipeline LTXPipeline DiTPipeline DDPMPipeline StableVideoDiffusionPipeline".split()
    rng.shuffle(names)
    names = [name for name in usual if name in names] + [name for name in names if name not in usual]
    all_kinds, prefix = (CODE, "code_") if options.code else (KINDS, "")
    if options.code:
        names = usual[:6]
    with tempfile.TemporaryDirectory() as place, Rows(Path(options.folder) / f"{prefix}pipelines-{release}.jsonl.gz") as out:
        workshop, parts_written = Workshop(place), {}
        for name in names:
            if done >= options.most:
                break
            try:
                pipeline = getattr(diffusers, name)
                if not (inspect.isclass(pipeline) and issubclass(pipeline, DiffusionPipeline)):
                    continue
                pipe, parts = built(workshop, pipeline)
                home = Path(place) / name
                pipe.save_pretrained(home)
            except Exception as error:
                print("pipeline", name, type(error).__name__, str(error)[:130].replace("\n", " "), file=sys.stderr)
                continue
            done += 1
            h = Here(rng, home, name)
            ids = {}
            for folder in sorted(path for path in home.iterdir() if path.is_dir()):
                library, class_name = h.index[folder.name][:2]
                row = part_row(None, folder, library, class_name)
                text = json.dumps(row, separators=(",", ":"))
                if text not in parts_written:
                    same = sum(key.startswith(class_name + "#") for key in parts_written.values())
                    parts_written[text] = f"{class_name}#{same}"
                ids[folder.name] = parts_written[text]
            cases = [("unchanged", [], {})]
            kinds = list(all_kinds) if options.code or name in usual[:4] else rng.sample(sorted(KINDS), options.changes) + ["mapped", "part_of_other_size"]
            for kind_name in kinds:
                try:
                    made = all_kinds[kind_name](h)
                except IndexError:
                    made = None
                if made is None:
                    continue
                cases.append((kind_name, *made))
            callable_pipe = name in usual
            for case, edits, arguments in cases:
                target = Path(place) / "try"
                copied(home, target)
                if options.code:
                    forget()
                row = {"pipeline": name, "case": case, "index": h.index, "parts": ids}
                try:
                    edit(target, edits, workshop)
                    if edits:
                        row["edits"] = edits
                    if arguments:
                        row["arguments"] = arguments
                    row |= answer_of(target, arguments, callable_pipe and case in ("unchanged", "part_of_other_size"))
                    if case == "unchanged" and row.get("call") != "ends":  # it wants other arguments than these
                        row.pop("call", None)
                        callable_pipe = False
                    out.add(row)
                except Exception as error:
                    print("case", name, case, type(error).__name__, str(error)[:100], file=sys.stderr)
                shutil.rmtree(target)
            shutil.rmtree(home)
        written = [json.loads(text) | {"name": name} for text, name in parts_written.items()]
        for folder in sorted((Path(place) / "others").glob("*")):
            library = "diffusers" if folder.name in SMALL else "transformers"
            written.append(part_row(folder.name, folder, library, folder.name.partition(":")[0]))
        with Rows(Path(options.folder) / f"{prefix}pipeline_parts-{release}.jsonl.gz") as rows:
            for row in written:
                rows.add(row)
    print(done, "pipelines,", out.count, "loads", file=sys.stderr)


if __name__ == "__main__":
    main()
