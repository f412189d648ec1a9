"""Record what a small model with tied embeddings does whose device map puts parts of it on disk, for fixtures/upstream:

    HF_HUB_OFFLINE=1 python -P tests/record/disk_ties.py fixtures/models/tied-on-disk > disk_ties.tsv

Needs torch, accelerate and transformers, no accelerator.  The folder has a config.json; the weights are made here.  A row is the releases of transformers
and accelerate, whether one name of the tied tensor is stored or both, what is on disk ("-": nothing; the rest is on cpu), and what
happens: "ok", "wrong" (other logits), "meta" (logits without values), or where it ends and in which exception.
"""

import itertools
import logging
import sys
import tempfile
import warnings

import accelerate
import torch
import transformers
from safetensors.torch import load_file, save_file

PARTS = {"embed": ["model.embed_tokens"], "layers": ["model.layers"], "norm": ["model.norm", "model.rotary_emb"], "head": ["lm_head"]}
TOKENS = torch.arange(5)[None]


def saved(source, both):
    config = transformers.AutoConfig.from_pretrained(source)
    model = transformers.AutoModelForCausalLM.from_config(config)
    generator = torch.Generator().manual_seed(1)
    for parameter in model.parameters():
        parameter.data.normal_(generator=generator)
    model.tie_weights()
    folder = tempfile.mkdtemp()
    model.save_pretrained(folder)
    if both:
        path = folder + "/model.safetensors"
        tensors = load_file(path)
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
        save_file(tensors, path, metadata={"format": "pt"})
    return folder, model(input_ids=TOKENS).logits


def answer(folder, logits, device_map):
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, device_map=device_map, offload_folder=tempfile.mkdtemp())
    except Exception as error:
        return f"loading ends in {type(error).__name__}"
    try:
        given = model(input_ids=TOKENS).logits
    except Exception as error:
        return f"forward ends in {type(error).__name__}"
    if given.device.type == "meta":
        return "meta"
    return "ok" if torch.allclose(given, logits, atol=1e-4) else "wrong"


def main():
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    transformers.logging.disable_progress_bar()
    for stored in ("one", "both"):
        folder, logits = saved(sys.argv[1], stored == "both")
        for count in range(len(PARTS) + 1):
            for disk in itertools.combinations(PARTS, count):
                device_map = {name: "disk" if part in disk else "cpu" for part, names in PARTS.items() for name in names}
                row = [transformers.__version__, accelerate.__version__, stored, ",".join(disk) or "-"]
                print("\t".join(row + [answer(folder, logits, device_map)]), flush=True)


main()
