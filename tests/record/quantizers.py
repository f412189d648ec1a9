"""Record how transformers places quantized models, for fixtures/upstream/transformers-*/quantizers.jsonl.

    PYTHONHASHSEED=0 python -P tests/record/quantizers.py CASES.jsonl > quantizers.jsonl
    PYTHONHASHSEED=0 python -P tests/record/quantizers.py CASES.jsonl --tensors > TENSORS.jsonl

Needs torch, transformers, accelerate and the packages that the quantizers ask for (bitsandbytes, optimum-quanto, hqq, torchao,
compressed-tensors, optimum, gptqmodel, triton), no accelerator: models stay on the meta device, and torch.cuda says that there
is one of compute capability 9.0.  A package that is not there makes its cases errors.

A case is a line {"case", "class", "config"}, the config with its `quantization_config`, or that as from_pretrained's argument
in "quantization_config" of the case; a file of answers will do.  from_pretrained itself runs until it makes its device map.
Each answer: the map for every question (mode, budgets that are shares of the total size), or the exception; the modules' classes
and the tensors after the quantizer replaced what it replaces, as the SHA-256 of sorted lines "name dtype shape kind size" (with
--tensors the lines themselves); and the map that the quantizer takes where none is asked for.
"""

import hashlib
import json
import os
import sys
import tempfile
import types
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.simplefilter("ignore")

import importlib.util
import pathlib

import torch

out, sys.stdout = sys.stdout, sys.stderr  # packages print

# Before there seems to be an accelerator, which some of them would start to use.
for package in ("bitsandbytes", "optimum.quanto", "hqq.core.quantize", "torchao.quantization", "compressed_tensors", "optimum.gptq", "gptqmodel"):
    try:
        importlib.import_module(package)
    except ImportError as absent:
        print(f"{package} is not there: {absent}", file=sys.stderr)

# The kernels of this package are only for forward: that it is installed is all that is asked.
if importlib.util.find_spec("kernels") is None:
    named_only = pathlib.Path(tempfile.mkdtemp())
    (named_only / "kernels").mkdir()
    (named_only / "kernels" / "__init__.py").write_text("def get_kernel(*_, **__): pass\n")
    (named_only / "kernels-0.18.2.dist-info").mkdir()
    (named_only / "kernels-0.18.2.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: kernels\nVersion: 0.18.2\n")
    sys.path.append(str(named_only))
    import_utils = importlib.import_module("transformers.utils.import_utils")
    if hasattr(import_utils.is_kernels_available, "cache_clear"):
        import_utils.is_kernels_available.cache_clear()
    else:
        import_utils._kernels_available = True

torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: 8
torch.cuda.current_device = lambda: 0
torch.cuda.get_device_capability = lambda *_: (9, 0)
torch.accelerator.current_accelerator = lambda *_, **__: torch.device("cuda")
torch.cuda.memory_reserved = lambda *_: 0
torch.cuda.memory_allocated = lambda *_: 0

import transformers
from transformers.quantizers.quantizer_torchao import TorchAoHfQuantizer

TorchAoHfQuantizer.set_metadata = lambda *_: None  # of the checkpoint, which has none here and says nothing of sizes
from accelerate.utils import modeling as accelerate_modeling
from safetensors.torch import save_file
from transformers import modeling_utils
from transformers.integrations import hub_kernels

hub_kernels.get_kernel = lambda *_, **__: None  # it fetches kernels, for forward alone

class TorchThatSeesCuda(types.ModuleType):
    """torch, for accelerate, which asks it which kind of device an index is."""

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def device(device):
        return torch.device("cuda", device) if isinstance(device, int) else torch.device(device)


accelerate_modeling.torch = TorchThatSeesCuda("torch")

QUESTIONS = [
    ("auto", {0: 0.7, 1: 0.7}),
    ("auto", {0: 0.4, 1: 0.4, "cpu": 4}),
    ("balanced_low_0", {0: 0.8, 1: 0.8, 2: 0.8}),
    ("sequential", {0: 0.5, 1: 0.9}),
    ("auto", {0: 2}),
]


class Captured(Exception):
    """Thrown with what was asked for, to leave from_pretrained."""


ASKED = {}
own_device_map = modeling_utils._get_device_map


def element_size(quantizer, model, name, tensor):
    if hasattr(quantizer, "param_element_size"):
        return quantizer.param_element_size(model, name, tensor)
    return tensor.element_size()


def facts_of(model, quantizer):
    tied = getattr(model, "all_tied_weights_keys", {})  # not tied yet, but not counted either
    tensors = [(name, tensor, "parameter") for name, tensor in model.named_parameters() if name not in tied]
    tensors += [(name, tensor, "buffer") for name, tensor in model.named_buffers()]
    lines = [
        f"{name} {str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)} {kind} {element_size(quantizer, model, name, tensor):g}"
        for name, tensor, kind in tensors
    ]
    for name, module in model.named_modules():
        kind = type(module)
        # Which of its layers this package takes depends on the machine.
        if not kind.__module__.startswith("gptqmodel."):
            lines.append(f"{name} {kind.__name__}")
    return lines, sum(tensor.numel() * element_size(quantizer, model, name, tensor) for name, tensor, _ in tensors)


def capture(model, device_map, max_memory, quantizer, *rest):
    """In place of _get_device_map: the facts of the model, then every question."""
    lines, total = facts_of(model, quantizer)
    if hasattr(quantizer, "adjust_target_dtype"):
        total = accelerate_modeling.compute_module_sizes(model, dtype=quantizer.adjust_target_dtype(rest[0]))[""]
    answers = []
    for mode, shares in QUESTIONS:
        budgets = {device: int(total * share) for device, share in shares.items()}
        answer = {"mode": mode, "max_memory": [[device, size] for device, size in budgets.items()]}
        try:
            placed = own_device_map(model, mode, dict(budgets), quantizer, *rest)
            answer["device_map"] = [[name, device] for name, device in placed.items()]
        except Exception as error:
            answer["error"] = type(error).__name__
        answers.append(answer)
    default = None if quantizer is None else quantizer.update_device_map(None)
    default = default and {name: str(device) for name, device in default.items()}
    raise Captured({"lines": lines, "answers": answers, "default_map": default})


def from_pretrained(case):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/config.json", "w") as handle:
            json.dump(case["config"], handle)
        save_file({"none": torch.zeros(1)}, f"{folder}/model.safetensors", metadata={"format": "pt"})
        arguments = {}
        if case.get("quantization_config") is not None:
            from transformers.quantizers.auto import AutoQuantizationConfig

            arguments["quantization_config"] = AutoQuantizationConfig.from_dict(dict(case["quantization_config"]))
        getattr(transformers, case["class"]).from_pretrained(folder, dtype="auto", device_map="auto", **arguments)


def answer_of(case, with_tensors):
    try:
        modeling_utils._get_device_map = capture
        from_pretrained(case)
    except Captured as captured:
        answer = captured.args[0]
        lines = answer.pop("lines")
        answer["tensors"] = lines if with_tensors else hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
        return answer
    except Exception as error:
        return {"error": type(error).__name__}
    return {"error": "no device map is made"}


with open(sys.argv[1]) as handle:
    for line in handle:
        row = json.loads(line)
        case = {key: row[key] for key in ("case", "class", "config", "quantization_config") if key in row}
        print(json.dumps({**case, **answer_of(case, "--tensors" in sys.argv)}), file=out, flush=True)
