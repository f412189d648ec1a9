"""Record what from_pretrained of the installed diffusers raises of a quantization_config, on a machine without accelerators and without packages
that quantize:

    python tests/record/diffusers_quantizers.py quantizers-<release>.jsonl

A line is {"config": quantization_config, "error": "Type: text"}, or without an error where the model loads.  Needs diffusers and torch; no network.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from diffusers_small import SMALL, class_named

FLOAT8 = {"quant_method": "quanto", "weights_dtype": "float8"}
FOUR = {"quant_method": "bitsandbytes", "load_in_4bit": True}
EIGHT = {"quant_method": "bitsandbytes", "load_in_8bit": True}
CONFIGS = [
    {}, {"quant_method": "nosuch"}, {"quant_method": 3}, {"quant_method": None}, {"quant_method": "bitsandbytes"}, {"quant_method": "bitsandbytes_4bit", "load_in_4bit": True},
    {"load_in_8bit": True}, {"load_in_4bit": True}, EIGHT, FOUR, FOUR | EIGHT, FOUR | {"load_in_4bit": "yes"}, FOUR | {"load_in_4bit": 1},
    FOUR | {"bnb_4bit_compute_dtype": "bfloat16", "bnb_4bit_quant_type": "nf4"}, FOUR | {"bnb_4bit_compute_dtype": "nosuch"}, FOUR | {"bnb_4bit_compute_dtype": 4},
    FOUR | {"bnb_4bit_quant_type": 4}, FOUR | {"bnb_4bit_use_double_quant": "yes"}, FOUR | {"bnb_4bit_quant_storage": "nosuch"}, FOUR | {"bnb_4bit_quant_storage": "uint8"},
    EIGHT | {"llm_int8_threshold": "x"}, EIGHT | {"llm_int8_threshold": 6}, EIGHT | {"llm_int8_skip_modules": "proj"}, EIGHT | {"llm_int8_skip_modules": ["proj"]},
    EIGHT | {"llm_int8_enable_fp32_cpu_offload": "no"}, EIGHT | {"llm_int8_has_fp16_weight": 0}, EIGHT | {"no_such_key": 1}, FOUR | {"_load_in_4bit": True, "_load_in_8bit": False},
    {"quant_method": "torchao", "quant_type": "int8wo"}, {"quant_method": "torchao"}, FLOAT8, {"quant_method": "quanto"}, FLOAT8 | {"weights_dtype": "int3"},
    FLOAT8 | {"modules_to_not_convert": ["proj"]}, {"quant_method": "gguf"}, {"quant_method": "gguf", "compute_dtype": "bfloat16"}, {"quant_method": "gptq", "bits": 4},
    {"quant_method": "fp8"}, {"quant_method": "awq", "bits": 4}, {"quant_method": "compressed-tensors"}, {"quant_method": "auto-round", "bits": 4}, {"quant_method": "sdnq"},
]


def main():
    model, rows = class_named("FluxTransformer2DModel")(**SMALL["FluxTransformer2DModel"]), []
    with tempfile.TemporaryDirectory() as place:
        model.save_pretrained(place)
        config = json.loads((Path(place) / "config.json").read_text())
        for quantization in CONFIGS:
            (Path(place) / "config.json").write_text(json.dumps(config | {"quantization_config": quantization}))
            row = {"config": quantization}
            try:
                type(model).from_pretrained(place)
            except Exception as error:
                row["error"] = f"{type(error).__name__}: {error}".replace(place, "FOLDER")
            rows.append(json.dumps(row))
    Path(sys.argv[1]).write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
