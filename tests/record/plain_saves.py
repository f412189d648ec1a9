"""Check what save_pretrained of the installed transformers writes, and nothing else: no finding may be a warning or an error.

    plain_saves.py PROGRAM [--part I/N]

Every model class that has a small version is built from its shrunk default config and saved, and `PROGRAM check` is run on the folder
with the library's own source.  Prints each warning and error, and how many saves had none.
"""

import argparse
import json
import pathlib
import random
import signal
import subprocess
import tempfile

import load_cases
import transformers


def findings(program, model_class, folder):
    command = [program, "check", folder, "--class", f"{model_class.__module__}:{model_class.__name__}", "--format", "json"]
    command += ["--source", str(pathlib.Path(transformers.__file__).parent.parent)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if run.returncode == 2:
        return [run.stderr.strip()]
    report = json.loads(run.stdout)
    found = [finding for model in report["models"] for finding in model["findings"]]
    return [f"[{each['rule']}] {each['message']}" for each in found if each["severity"] != "info"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--part", default="0/1", help="only every N-th class, from the I-th on")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    signal.signal(signal.SIGALRM, load_cases._too_slow)
    saves = clean = 0
    classes = load_cases.model_classes(random.Random(0), most=10**6)
    for number, (model_type, model_class, _) in enumerate(classes):
        if number % parts != part:
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
        saves += 1
        clean += not found
        for each in found:
            print(f"{model_type}.{model_class.__name__}: {each}", flush=True)
    print(f"{clean} of {saves} saves without a warning or error")


if __name__ == "__main__":
    main()
