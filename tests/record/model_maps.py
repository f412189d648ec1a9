"""Record the device maps that from_pretrained makes for a small model, for fixtures/upstream.

    PYTHONHASHSEED=0 python -P tests/record/model_maps.py fixtures/models/kept-in-float32 > model_maps.jsonl

Needs torch, accelerate and transformers, no accelerator: loading is stopped as soon as there is a map.  A line holds
what from_pretrained was asked and the map, or the exception it ended in.
"""

import json
import shutil
import sys
import tempfile
import types
from pathlib import Path

import torch
import transformers
from accelerate.utils import modeling
from transformers import modeling_utils


class TorchThatSeesCuda(types.ModuleType):
    """torch, for releases of accelerate that ask it which kind of device an index is."""

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def device(device):
        return torch.device("cuda", device) if isinstance(device, int) else torch.device(device)


class Made(Exception):
    pass


def copy(source, folder, table):
    for file in source.iterdir():
        shutil.copy(file, folder)
    path = Path(folder) / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"table": table}))


def record(source, folder, table):
    copy(source, folder, table)
    config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=True)
    model = transformers.AutoModelForCausalLM.from_config(config, trust_remote_code=True)
    model.save_pretrained(folder)
    copy(source, folder, table)
    for dtype in ("float32", "float16", "bfloat16"):
        for mode in ("auto", "sequential", "balanced_low_0"):
            for budget in (3000, 5000, 7000, 9000, 12000, 20000):
                memory = {0: budget, 1: budget, "cpu": 100000}
                asked = {"table": table, "dtype": dtype, "device_map": mode, "max_memory": dict(memory)}
                try:
                    type(model).from_pretrained(folder, dtype=getattr(torch, dtype), device_map=mode, max_memory=memory)
                except Made as made:
                    answer = [list(item) for item in made.args[0].items()]
                except Exception as error:
                    answer = type(error).__name__
                print(json.dumps(asked | {"answer": answer}, separators=(",", ":")))


def main():
    modeling.torch = TorchThatSeesCuda("torch")
    make = modeling_utils._get_device_map

    def stop(*args, **kwargs):
        raise Made(make(*args, **kwargs))

    modeling_utils._get_device_map = stop
    for table in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            record(Path(sys.argv[1]), folder, table)


if __name__ == "__main__":
    main()
