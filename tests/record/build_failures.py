"""Record which model classes cannot be built from an empty config.json, and why:

    PYTHONHASHSEED=0 python -P build_failures.py module_graphs.tsv > fixtures/upstream/transformers-<version>/build_failures.tsv

Asks the installed transformers for every model class that the table of module graphs lacks.  A row is the class's module and name, and
the exception that reading the config or building the model on the meta device ends in, as JSON: "Type: message".  Classes that can be
built are named on standard error.
"""

import importlib
import inspect
import json
import os
import sys
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import torch
import transformers
from transformers import PreTrainedModel


def modeling_modules():
    root = os.path.join(os.path.dirname(transformers.__file__), "models")
    for folder in sorted(os.listdir(root)):
        files = sorted(os.listdir(os.path.join(root, folder))) if os.path.isdir(os.path.join(root, folder)) else []
        for file in files:
            if file.startswith("modeling_") and file.endswith(".py") and "_tf_" not in file and "_flax_" not in file:
                yield f"transformers.models.{folder}.{file[:-3]}"


def failure_of(model_class):
    """The text of the exception, or nothing."""
    try:
        config = model_class.config_class.from_dict({})
        dtype = getattr(config, "dtype", None) or getattr(config, "torch_dtype", None) or torch.float32
        torch.set_default_dtype(getattr(torch, dtype.removeprefix("torch.")) if isinstance(dtype, str) else dtype)
        with torch.device("meta"):
            model_class(config)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        torch.set_default_dtype(torch.float32)
    return ""


def main():
    with open(sys.argv[1]) as table:
        built = {tuple(line.split("\t")[:2]) for line in table}
    for module_name in modeling_modules():
        try:
            module = importlib.import_module(module_name)
        except Exception as error:
            print(module_name, repr(error)[:200], file=sys.stderr)
            continue
        for name, cls in sorted(vars(module).items()):
            own = inspect.isclass(cls) and issubclass(cls, PreTrainedModel) and cls.__module__ == module_name
            if not own or name.endswith("PreTrainedModel") or getattr(cls, "config_class", None) is None:
                continue
            if (module_name, name) in built:
                continue
            failure = failure_of(cls)
            if failure:
                print(module_name, name, json.dumps(failure, ensure_ascii=False), sep="\t")
            else:
                print(module_name, name, file=sys.stderr)


main()
