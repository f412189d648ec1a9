"""Check what save_pretrained of the installed transformers writes, and nothing else: no finding may be a warning or an error.

    plain_saves.py PROGRAM [--part I/N] [--only CLASS ...]

Every model class that has a small version is built from its shrunk default config and saved, and `PROGRAM check` is run on the folder
with the library's own source.  Prints each warning and error, and how many saves had none.

Some classes do lose a tensor to an automatic device map, or end in an exception, however they were saved.  So the installed library is
asked for the map of each witness that the program gives, and what it does itself is printed as true of the class.  Layers that predict
further tokens are announced by the configs of some classes and stored by none: of those, the library is asked to generate with them.
"""

import argparse
import json
import pathlib
import random
import signal
import subprocess
import tempfile

import load_cases
import torch
import transformers
from transformers import modeling_utils

SOURCE = str(pathlib.Path(transformers.__file__).parent.parent)
MOST_WITNESSES = 12  # of one finding


class Made(Exception):
    pass


def run(program, command, model_class, folder):
    name = f"{model_class.__module__}:{model_class.__name__}"
    arguments = [program, command, folder, "--class", name, "--source", SOURCE, "--format", "json"]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120)


def findings(program, model_class, folder):
    answer = run(program, "check", model_class, folder)
    if answer.returncode == 2:
        return [{"rule": "none", "message": answer.stderr.strip()}]
    found = [finding for model in json.loads(answer.stdout)["models"] for finding in model["findings"]]
    return [each for each in found if each["severity"] != "info"]


# ---- What the library does -------------------------------------------------------------------------------------------------------------


def device_map(model_class, folder, devices, budget):
    """The map that from_pretrained makes on the way, or the name of the exception it ends in."""
    try:
        model_class.from_pretrained(folder, device_map="auto", max_memory=dict.fromkeys(range(devices), budget))
    except Made as made:
        return made.args[0]
    except Exception as error:
        return type(error).__name__
    raise AssertionError("from_pretrained asked for no map")


def loses(answer, name):
    return isinstance(answer, dict) and not any(not key or name == key or name.startswith(key + ".") for key in answer)


def without_type(folder):
    """Whether AutoConfig does not know what the folder holds."""
    try:
        transformers.AutoConfig.from_pretrained(folder)
    except Exception:
        return True
    return False


def lacks_predictions(model_class, folder):
    """Whether generating with the layers that predict further tokens ends in that they are not stored."""
    try:
        model_class.from_pretrained(folder).generate(torch.tensor([[1, 2, 3]]), use_mtp=True, max_new_tokens=4)
    except RuntimeError as error:
        return "are missing from" in str(error)
    return False


def is_true(program, model_class, folder, finding):
    """Whether the library does what the finding says, at each witness."""
    crashing = finding["rule"] == "crashing-device-map"
    if finding["rule"] == "missing-model-type":
        return without_type(folder)
    if finding["rule"] == "missing-prediction-layers":
        return lacks_predictions(model_class, folder)
    if not finding["rule"].startswith("unplaceable") and not crashing:
        return False
    asked = []  # (devices, budgets, tensor): at one of the budgets, the tensor gets no device
    for witness in json.loads(run(program, "map", model_class, folder).stdout)["witnesses"]:
        if crashing:
            asked += [(witness["devices"], [begin], "") for begin, _ in witness["crashes"]]
        for loss in witness["losses"]:
            names = [name for name in loss["lost"] if name in finding["tensors"]]
            end = loss["to"] or loss["from"]
            budgets = [loss["from"], end, (loss["from"] + end) // 2]
            asked += [(witness["devices"], budgets, name) for name in names if not crashing]
    told = []
    for devices, budgets, name in asked[:: len(asked) // MOST_WITNESSES + 1]:
        answers = (device_map(model_class, folder, devices, budget) for budget in budgets)
        told.append(any(f"ends in {each}:" in finding["message"] if crashing else loses(each, name) for each in answers))
    return bool(told) and all(told)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--part", default="0/1", help="only every N-th class, from the I-th on")
    parser.add_argument("--only", nargs="*", help="only these classes")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    load_cases.SMALL.pop("num_nextn_predict_layers", None)  # as the class has it
    signal.signal(signal.SIGALRM, load_cases._too_slow)
    make = modeling_utils._get_device_map

    def stop(*args, **kwargs):
        raise Made(make(*args, **kwargs))

    modeling_utils._get_device_map = stop
    saves = clean = true = 0
    classes = load_cases.model_classes(random.Random(0), most=10**6)
    for number, (model_type, model_class, _) in enumerate(classes):
        if number % parts != part or options.only and model_class.__name__ not in options.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                signal.alarm(load_cases.SECONDS_PER_CASE)
                saved = load_cases.saved(model_class, folder)
            except (Exception, load_cases.TooSlow):
                saved = None
            finally:
                signal.alarm(0)
            if not saved:
                continue
            found = findings(options.program, model_class, folder)
            answers = [is_true(options.program, model_class, folder, each) for each in found]
        saves += 1
        clean += not found
        true += bool(found) and all(answers)
        for each, answer in zip(found, answers):
            print(f"{'true ' if answer else 'FALSE'} {model_type}.{model_class.__name__}: [{each['rule']}] {each['message']}", flush=True)
    print(f"{clean} of {saves} saves without a warning or error, {true} more with none but what the library does")


if __name__ == "__main__":
    main()
