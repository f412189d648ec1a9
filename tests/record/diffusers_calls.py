"""Record what calling small pipelines of the installed diffusers ends in, as they are and with one size of one component changed:

    PYTHONHASHSEED=0 python tests/record/diffusers_calls.py calls-<release>.jsonl.gz

The pipelines are those of pipelines-<release>.jsonl.gz beside the output that loaded as they are, made of the configs of
pipeline_parts-<release>.jsonl.gz with weights by chance.  A line is a call:

    pipeline   the class;  edits  [[component, key, value], ...] in configs, the last being the size that was changed, if any
    arguments  of the call, beside the prompt, which is "a", one step (of a strength, two, and 0.8), class 0, and output_type="pt"; absent:
               none but these
    images     {argument: form}, for a pipeline whose call without them does not end: "tensor" is one of [1, 3, 64, 64], "mask" of [1, 1, 64, 64], "embeds"
               of [1, 32], "PIL" and "PIL mask" are pictures of that size, "PIL video" 9 of them in a list
    call       "ends", or "Type: text";  within  the component that was running then, if any
    decoded    the latents were decoded

Small pipelines lack what released ones have, and are given it first (FITTING).  Needs diffusers, transformers and torch; no accelerator and no
network.
"""

import argparse
import functools
import gzip
import inspect
import json
import os
import signal
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["DIFFUSERS_VERBOSITY"] = "critical"
warnings.filterwarnings("ignore")

import diffusers
import torch
import transformers
from diffusers_small import Rows
from PIL import Image

FITTING = {"shift_factor": 0.0, "sample_size": 32}
AS_CLIP = [["image_encoder", "image_size", 224], ["image_encoder", "patch_size", 56]]  # as its image processor is made
FITTING_OF = {  # of components whose small configs were not made for each other
    "StableDiffusion3Pipeline": [["vae", "latent_channels", 4]],
    "FluxPipeline": [["transformer", "in_channels", 64]],
    "BriaPipeline": [["transformer", "in_channels", 16]],
    "SanaPipeline": [["transformer", "caption_channels", 32]],
    "AllegroPipeline": [["transformer", "caption_channels", 32]],
    "FluxKontextInpaintPipeline": [["transformer", "in_channels", 64]],
    "FluxInpaintPipeline": [["transformer", "in_channels", 64]],
    "ChromaInpaintPipeline": [["transformer", "in_channels", 64]],
    "StableDiffusion3Img2ImgPipeline": [["vae", "latent_channels", 4]],
    "CogView4ControlPipeline": [["transformer", "in_channels", 8]],
    "CogVideoXImageToVideoPipeline": [["transformer", "in_channels", 8]],
}
SIZES = (
    "cross_attention_dim in_channels out_channels latent_channels hidden_size d_model joint_attention_dim pooled_projection_dim projection_dim "
    "caption_channels caption_projection_dim text_dim z_dim text_embed_dim pooled_embed_dim encoder_hid_dim projection_class_embeddings_input_dim "
    "text_encoder_dim image_dim text_embed_2_dim cross_attention_dim_t5"
).split()
SMALLER = {"height": 64, "width": 64, "num_frames": 9, "max_area": 64 * 64, "_auto_resize": False}
SIDE, FRAMES, LONGEST = 64, 9, 60  # seconds
# What a pipeline is given that does not end without: the first of these ways that ends.
IMAGES = "image init_image control_image original_image hint condtioning_image adapter_image reference_image".split()
MASKS = "mask_image control_mask mask".split()
EMBEDS = "image_embeds negative_image_embeds".split()
WAYS = [
    dict.fromkeys(IMAGES, "tensor") | dict.fromkeys(MASKS, "mask") | dict.fromkeys(EMBEDS, "embeds") | {"video": "PIL video"},
    dict.fromkeys(IMAGES, "PIL") | dict.fromkeys(MASKS, "PIL mask") | dict.fromkeys(EMBEDS, "embeds") | {"video": "PIL video"},
]
USUAL = {"prompt": "a", "num_inference_steps": 1, "output_type": "pt", "class_labels": [0]}


class Watch:
    """Notes the component that raises, and whether one decodes."""

    def __init__(self, pipe):
        self.within, self.decoded, self.running = None, False, []
        for name, part in pipe.components.items():
            if isinstance(part, torch.nn.Module):
                for method in ("forward", "encode", "decode"):
                    if hasattr(part, method):
                        part.__dict__[method] = self.watched(name, part, getattr(part, method), method)

    def watched(self, name, part, function, method):
        @functools.wraps(function)
        def watched(*given, **named):
            self.running.append(name)
            try:
                answer = function(*given, **named)
            except Exception as error:
                if isinstance(error, NotImplementedError) and not getattr(part, "use_tiling", True):  # it has no other way
                    part.enable_tiling()
                    self.running.pop()
                    return watched(*given, **named)
                self.within = self.within or self.running[-1]
                raise
            self.running.pop()
            self.decoded |= method == "decode"
            return answer

        return watched


def made(library, name, config, folder):
    home = {"diffusers": diffusers, "transformers": transformers}.get(library) or getattr(diffusers.pipelines, library)
    cls = getattr(home, name)
    torch.manual_seed(0)
    if issubclass(cls, diffusers.ModelMixin):
        return cls.from_config({key: value for key, value in config.items() if key != "_name_or_path"}).eval()
    if issubclass(cls, transformers.PreTrainedModel):
        return cls(cls.config_class.from_dict(config)).eval()
    made = cls.from_config(config) if hasattr(cls, "from_config") else cls.from_pretrained(folder)
    if isinstance(made, transformers.PreTrainedTokenizerBase) and made.pad_token is None:
        made.pad_token = made.eos_token or made.unk_token
    return made


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        if not name.endswith((".safetensors", ".bin")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(value if isinstance(value, str) else json.dumps(value))


def config_of(part):
    return next((part["files"][name] for name in ("config.json", "scheduler_config.json") if isinstance(part["files"].get(name), dict)), None)


def picture(form):
    if form.startswith("PIL"):
        made = Image.new("L" if form.endswith("mask") else "RGB", (SIDE, SIDE), 200)
        return [made] * FRAMES if form == "PIL video" else made
    torch.manual_seed(1)
    return torch.rand({"tensor": (1, 3, SIDE, SIDE), "mask": (1, 1, SIDE, SIDE), "embeds": (1, 32)}[form])


def arguments_for(pipeline, images):
    wanted = inspect.signature(pipeline.__call__).parameters
    more = {name: value for name, value in SMALLER.items() if name in wanted and (images or isinstance(wanted[name].default, int))}
    if "use_resolution_binning" in wanted:
        more["use_resolution_binning"] = False
    usual = USUAL | ({"num_inference_steps": 2, "strength": 0.8} if "strength" in wanted else {})
    return {name: value for name, value in usual.items() if name in wanted}, more


def ended(pipeline, index, parts, configs, place, images):
    """How the call ends, or None where a component cannot be made of its config."""
    values = {}
    for name, row in index.items():
        if not isinstance(row, list) or len(row) != 2 or row[0] is None:
            continue
        try:
            values[name] = made(row[0], row[1], configs.get(name), place / name)
        except Exception as error:
            return {"unmade": f"{name} {type(error).__name__}: {error}"[:200]}
    options = {name: value for name, value in index.items() if not name.startswith("_") and not isinstance(value, list)}
    absent = {name: None for name, row in index.items() if isinstance(row, list) and row and row[0] is None}
    try:
        pipe = pipeline(**values, **absent, **options)
    except Exception as error:
        return {"unmade": f"pipeline {type(error).__name__}: {error}"[:200]}
    more = arguments_for(pipeline, images)[1]
    return ({"arguments": more} if more else {}) | ({"images": images} if images else {}) | end_of_call(pipe, images)


def end_of_call(pipe, images):
    pipe.set_progress_bar_config(disable=True)
    watch, out = Watch(pipe), {}
    given, more = arguments_for(type(pipe), images)
    signal.alarm(LONGEST)
    try:
        with torch.no_grad():
            pipe(**given, **more, **{name: picture(form) for name, form in images.items()})
        out["call"] = "ends"
    except Exception as error:
        out["call"] = f"{type(error).__name__}: {error}"[:300]
        if watch.within:
            out["within"] = watch.within
    signal.alarm(0)
    if watch.decoded:
        out["decoded"] = True
    return out


def lines(path):
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


def too_long(*given):
    raise TimeoutError(f"it takes more than {LONGEST} s")


def main():
    signal.signal(signal.SIGALRM, too_long)
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    release, home = diffusers.__version__, Path(options.out).parent
    parts = {row["name"]: row for row in lines(home / f"pipeline_parts-{release}.jsonl.gz")}
    with Rows(options.out) as out:
        for row in lines(home / f"pipelines-{release}.jsonl.gz"):
            if row["case"] != "unchanged" or "error" in row or (options.only and row["pipeline"] not in options.only):
                continue
            with tempfile.TemporaryDirectory() as place:
                for folder, name in row["parts"].items():
                    write(Path(place) / folder, parts[name]["files"])
                pipeline = getattr(diffusers, row["pipeline"])
                configs = {folder: config_of(parts[name]) for folder, name in row["parts"].items()}
                fitting = [[folder, key, value] for folder, config in configs.items() for key, value in FITTING.items() if config and key in config and config[key] is None]

                fitting += FITTING_OF.get(row["pipeline"], [])
                fitting += [each for each in AS_CLIP if each[1] in (configs.get(each[0]) or {})]

                def asked(edits, images, written=True):
                    changed = {folder: dict(config) if config else None for folder, config in configs.items()}
                    for folder, key, value in edits:
                        changed[folder][key] = value
                    answer = ended(pipeline, row["index"], parts, changed, Path(place), images)
                    if "unmade" in answer:
                        print(row["pipeline"], edits[-1:], answer["unmade"].splitlines()[0], file=sys.stderr)
                        return answer
                    line = {"pipeline": row["pipeline"]} | ({"edits": edits} if edits else {}) | answer
                    if written:
                        out.add(line)
                    return answer

                wanted = inspect.signature(pipeline.__call__).parameters
                needed = lambda name: name not in EMBEDS or wanted[name].default is inspect.Parameter.empty
                ways = [{name: form for name, form in way.items() if name in wanted and needed(name)} for way in ({}, *WAYS)]
                of_sizes = []
                for images in ways if ways[1] else ways[:1]:
                    whole = asked(fitting, images, written=False)
                    print(row["pipeline"], images, whole, file=sys.stderr)
                    call = whole.get("call", "")
                    if call == "ends":
                        break
                    if "within" in whole or call.startswith("RuntimeError"):
                        of_sizes.append(images)
                else:
                    images = of_sizes[0] if of_sizes else {}
                whole = asked(fitting, images)
                print(row["pipeline"], whole, file=sys.stderr)
                if whole.get("call") != "ends":
                    continue
                for folder, config in configs.items():
                    for key in SIZES:
                        if config and isinstance(config.get(key), int) and not isinstance(config[key], bool):
                            asked([*fitting, [folder, key, config[key] * 2]], images)


if __name__ == "__main__":
    main()
