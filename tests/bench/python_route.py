"""What people do today to learn what ckptlint tells: import the libraries, build the model on the meta device, infer a map.

    python_route.py REPO [CLASS] [--graph-only]

Needs torch, transformers and accelerate.  Run beside ckptlint by tests/bench/main_job.
"""

import os
import sys

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers

arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
config = transformers.AutoConfig.from_pretrained(arguments[0])
name = arguments[1] if len(arguments) > 1 else config.architectures[0]
with torch.device("meta"):
    model = getattr(transformers, name)(config)
if "--graph-only" in sys.argv:
    print(sum(1 for _ in model.named_modules()), "modules")
else:
    from accelerate import infer_auto_device_map
    from accelerate.utils import get_balanced_memory

    budget = {0: "3GiB", 1: "3GiB", 2: "3GiB", 3: "3GiB", "cpu": "16GiB"}
    budget = get_balanced_memory(model, max_memory=budget)
    print(len(infer_auto_device_map(model, max_memory=budget)), "entries")
