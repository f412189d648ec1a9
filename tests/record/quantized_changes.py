"""Record what transformers reports when it loads small quantized checkpoints that were changed.

    PYTHONHASHSEED=0 python -P tests/record/quantized_changes.py --seed S [--each N] [--only TEXT] > OUT.jsonl

Needs torch, transformers, accelerate, bitsandbytes, compressed-tensors, optimum with gptqmodel (autoawq too for transformers 4), torchao, hqq,
optimum-quanto and triton; a method whose package is not there is said on standard error and left out.  A random tiny model is quantized as its
method's tool leaves it (bitsandbytes and compressed-tensors by those packages, the others by the layout that the quantizer's own
layers have), its headers and its config are changed in N ways, and from_pretrained is asked for its report.  All values are
zeros, but for shapes that are stored.

Passed over is what needs an accelerator: torch.cuda says that there is one of compute capability 9.0 and quantizers check the map "auto",
while all tensors stay on the CPU.  `kernels` and `fbgemm_gpu` are there by name alone; the swizzling of MXFP4 is left out, and so is
what gptqmodel and autoawq do to packed layers once they are loaded (they compile kernels).

Not asked, since the CPU is not enough or their checkpoints are not to be had by their layers alone: auto-round (compiles kernels), eetq (of
transformers 4 and where the package is not to be had), fouroversix, higgs, spqr and vptq (packages that want CUDA), fp_quant (wants a
Blackwell device), nvfp4 (refuses whatever is quantized already), quark (asks CUDA itself), sinq (stores dictionaries), torchao of
transformers 5.23 (stores its layout in metadata that its own save writes).
"""

import argparse
import copy
import json
import os
import random
import re
import sys
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
warnings.simplefilter("ignore")

import torch

out, sys.stdout = sys.stdout, sys.stderr  # packages print

from quantized_layouts import cases_of, expected_layout
from quantized_perturbations import PERTURBATIONS
from quantized_world import NAMES, conversion_errors, load
from loads import folded


def header(tensors):
    rows = {}
    for name, tensor in sorted(tensors.items()):
        # Of what says the shape of a packed weight, the values count.
        values = " = " + json.dumps(tensor.tolist()) if tensor.dtype == torch.int64 and tensor.numel() == 2 and tensor.any() else ""
        rows.setdefault(f"{NAMES[tensor.dtype]} {list(tensor.shape)}{values}", []).append(name)
    return {kind: " ".join(folded(names)) for kind, names in rows.items()}


def report_of(kind, config, tensors):
    try:
        info = load(kind, config, tensors)
    except Exception as error:
        what = f"{type(error).__name__}: {str(error).splitlines()[0][:160] if str(error) else ''}"
        if conversion_errors:
            raised = [line for line in conversion_errors[0] if re.match(r"\w+(Error|Exception|Iteration)\b", line)]
            what += f" | {raised[-1][:160] if raised else conversion_errors[0][-1][:160]}"
        return {"error": what}
    return {
        "missing_keys": " ".join(folded(sorted(info["missing_keys"]))),
        "unexpected_keys": " ".join(folded(sorted(info["unexpected_keys"]))),
        "mismatched_keys": " ".join(
            folded(sorted(row if isinstance(row, str) else row[0] for row in info["mismatched_keys"]))
        ),
    }


def changed_cases(rng, name, kind, config, tensors, each):
    yield f"{name}: as it is", kind, config, tensors
    kinds = list(PERTURBATIONS.items())
    rng.shuffle(kinds)
    count = 0
    for label, change in kinds:
        if count == each:
            return
        changed = change(rng, kind, copy.deepcopy(config), dict(tensors))
        if changed is None:
            continue
        count += 1
        yield (f"{name}: {label}", *changed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--each", type=int, default=7)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    for name, kind, config in cases_of():
        if options.only not in name:
            continue
        rng = random.Random(f"{options.seed} {name}")
        try:
            tensors = expected_layout(name, kind, config)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
            continue
        for label, model_class, changed, stored in changed_cases(rng, name, kind, config, tensors, options.each):
            row = {"class": model_class, "case": label, "config": changed, "tensors": header(stored)}
            row["report"] = report_of(model_class, changed, stored)
            print(json.dumps(row, separators=(",", ":")), file=out, flush=True)


if __name__ == "__main__":
    main()
