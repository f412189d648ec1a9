"""Record how transformers places quantized models, for fixtures/upstream/transformers-*/quantizers.jsonl.

    PYTHONHASHSEED=0 python -P tests/record/quantizers.py CASES.jsonl > quantizers.jsonl
    PYTHONHASHSEED=0 python -P tests/record/quantizers.py CASES.jsonl --tensors > TENSORS.jsonl

Needs torch, transformers, accelerate and the packages that the quantizers ask for (bitsandbytes, optimum-quanto, hqq, torchao,
compressed-tensors, optimum, gptqmodel, triton; autoawq for transformers 4), no accelerator: models stay on the meta device, and torch.cuda says that there
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

# The last release of autoawq (0.2.9) asks for a name that transformers 4.57 no longer has, and is not imported without it.
activations = importlib.import_module("transformers.activations")
if not hasattr(activations, "PytorchGELUTanh"):
    activations.PytorchGELUTanh = activations.GELUTanh

# Before there seems to be an accelerator, which some of them would start to use.
PACKAGES = "bitsandbytes optimum.quanto hqq.core.quantize torchao.quantization compressed_tensors optimum.gptq gptqmodel awq"
for package in PACKAGES.split():
    try:
        importlib.import_module(package)
    except ImportError as absent:
        print(f"{package} is not there: {absent}", file=sys.stderr)

# The kernels of these packages are only for forward: that they are installed is all that is asked.
named_only = pathlib.Path(tempfile.mkdtemp())
sys.path.append(str(named_only))


def name_package(name, version, module, text=""):
    (named_only / module).parent.mkdir(parents=True, exist_ok=True)
    (named_only / module).write_text(text)
    (named_only / f"{name}-{version}.dist-info").mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (named_only / f"{name}-{version}.dist-info" / "METADATA").write_text(metadata)
    importlib.invalidate_caches()


import_utils = importlib.import_module("transformers.utils.import_utils")
if importlib.util.find_spec("kernels") is None and hasattr(import_utils, "is_kernels_available"):
    name_package("kernels", "0.18.2", "kernels/__init__.py", "def get_kernel(*_, **__): pass\n")
    if hasattr(import_utils.is_kernels_available, "cache_clear"):
        import_utils.is_kernels_available.cache_clear()
    else:
        import_utils._kernels_available = True
if importlib.util.find_spec("fbgemm_gpu") is None:
    name_package("fbgemm_gpu", "1.7.0", "fbgemm_gpu/experimental/gen_ai.py")
    (named_only / "fbgemm_gpu" / "__init__.py").touch()
    torch.library.define("fbgemm::quantize_fp8_per_row", "(Tensor input) -> Tensor")
    if hasattr(import_utils.is_fbgemm_gpu_available, "cache_clear"):
        import_utils.is_fbgemm_gpu_available.cache_clear()
    else:
        import_utils._fbgemm_gpu_available = True

torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: 8
torch.cuda.current_device = lambda: 0
torch.cuda.get_device_capability = lambda *_: (9, 0)
torch.cuda.get_device_properties = lambda *_: types.SimpleNamespace(name="none", major=9, minor=0, total_memory=2**36)
torch.accelerator.current_accelerator = lambda *_, **__: torch.device("cuda")
torch.cuda.memory_reserved = lambda *_: 0
torch.cuda.memory_allocated = lambda *_: 0

import transformers
from transformers.quantizers.base import HfQuantizer
from transformers.quantizers.quantizer_torchao import TorchAoHfQuantizer

TorchAoHfQuantizer.set_metadata = lambda *_: None  # of the checkpoint, which has none here and says nothing of sizes
from accelerate.utils import modeling as accelerate_modeling
from safetensors.torch import save_file
from transformers import modeling_utils

try:
    from transformers.integrations import hub_kernels

    hub_kernels.get_kernel = lambda *_, **__: None  # it fetches kernels, for forward alone
except ImportError:  # before 4.52 there is none
    pass

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


own_device_map = getattr(modeling_utils, "_get_device_map", None)  # before 4.50 a part of from_pretrained
DTYPE = "dtype" if tuple(map(int, transformers.__version__.split(".")[:2])) >= (4, 56) else "torch_dtype"


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
        if not kind.__module__.startswith("gptqmodel.") and kind.__name__ != "ScaledActivation":
            lines.append(f"{name} {kind.__name__}")
    return lines, sum(tensor.numel() * element_size(quantizer, model, name, tensor) for name, tensor, _ in tensors)


def answer_to(mode, budgets, place):
    answer = {"mode": mode, "max_memory": [[device, size] for device, size in budgets.items()]}
    try:
        answer["device_map"] = [[name, device] for name, device in place(mode, dict(budgets)).items()]
    except Exception as error:
        answer["error"] = type(error).__name__
    return answer


def facts_and_answers(model, quantizer, dtype, place):
    lines, total = facts_of(model, quantizer)
    if hasattr(quantizer, "adjust_target_dtype"):
        total = accelerate_modeling.compute_module_sizes(model, dtype=quantizer.adjust_target_dtype(dtype))[""]
    default = None if quantizer is None else quantizer.update_device_map(None)
    default = default and {name: str(device) for name, device in default.items()}
    questions = [(mode, {device: int(total * share) for device, share in shares.items()}) for mode, shares in QUESTIONS]
    return {"lines": lines, "answers": [answer_to(*question, place) for question in questions], "default_map": default}


def capture(model, device_map, max_memory, quantizer, *rest):
    """In place of _get_device_map: the facts of the model, then every question."""
    place = lambda mode, budgets: own_device_map(model, mode, budgets, quantizer, *rest)
    raise Captured(facts_and_answers(model, quantizer, rest[0], place))


def placed_by_old(case):
    """The same where from_pretrained makes the map itself: it is asked once more for every question."""

    def capture_load(model, *_, device_map=None, dtype=None, hf_quantizer=None, **__):
        raise Captured(model, hf_quantizer, dtype, device_map)

    def asked(mode, budgets):
        try:
            from_pretrained(case, mode, budgets)
        except Captured as captured:
            return captured.args

    own_preprocess = HfQuantizer.preprocess_model
    # Of every mode the quantizer hears "auto", as where the map is made by a function.
    HfQuantizer.preprocess_model = lambda self, model, **given: own_preprocess(self, model, **{**given, "device_map": "auto"})
    modeling_utils.PreTrainedModel._load_pretrained_model = staticmethod(capture_load)
    model, quantizer, dtype, _ = asked("auto", {0: 2**40})
    raise Captured(facts_and_answers(model, quantizer, dtype, lambda mode, budgets: asked(mode, budgets)[3]))


def from_pretrained(case, device_map="auto", max_memory=None):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/config.json", "w") as handle:
            json.dump(case["config"], handle)
        save_file({"none": torch.zeros(1)}, f"{folder}/model.safetensors", metadata={"format": "pt"})
        arguments = {}
        if case.get("quantization_config") is not None:
            from transformers.quantizers.auto import AutoQuantizationConfig

            arguments["quantization_config"] = AutoQuantizationConfig.from_dict(dict(case["quantization_config"]))
        getattr(transformers, case["class"]).from_pretrained(
            folder, device_map=device_map, max_memory=max_memory, **{DTYPE: "auto"}, **arguments
        )


def answer_of(case, with_tensors):
    try:
        if own_device_map is None:
            placed_by_old(case)
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
        if not hasattr(transformers, row["class"]):
            continue  # of a later release
        case = {key: row[key] for key in ("case", "class", "config", "quantization_config") if key in row}
        print(json.dumps({**case, **answer_of(case, "--tensors" in sys.argv)}), file=out, flush=True)
