"""Make repos for releases.py of what save_pretrained of the installed transformers writes:

    small_saves.py REPOS CLASS...

Each CLASS is built from its default config, shrunk as for `load_cases.py`, saved, and kept as REPOS/CLASS-RELEASE: its config.json, and
its tensors' names, dtypes and shapes in `model.safetensors.txt`.
"""

import collections
import json
import pathlib
import sys
import tempfile

import torch

DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "BOOL": torch.bool}


def sketch_of(path):
    from loads import folded

    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    groups = collections.defaultdict(list)
    for name, tensor in header.items():
        if name != "__metadata__":
            groups[f"{tensor['dtype']} {tensor['shape']}"].append(name)
    lines = [f"{name} {kind}" for kind, names in groups.items() for name in folded(names)]
    return "".join(line + "\n" for line in sorted(lines))


def save(name, repos):
    import load_cases
    import transformers

    model_class = getattr(transformers, name)
    config_class = model_class.config_class
    config = config_class.from_dict(load_cases.shrink(config_class().to_dict()))
    config.architectures = [name]
    repo = repos / f"{name}-{transformers.__version__}"
    repo.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        model_class(config).save_pretrained(folder)
        (repo / "config.json").write_bytes((pathlib.Path(folder) / "config.json").read_bytes())
        (repo / "model.safetensors.txt").write_text(sketch_of(pathlib.Path(folder) / "model.safetensors"))


def main():
    for name in sys.argv[2:]:
        try:
            save(name, pathlib.Path(sys.argv[1]))
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
