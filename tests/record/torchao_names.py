"""What torch.load(weights_only=True) lets a pickle name once torchao is there, and what becomes of checkpoints in torchao's own tensors.

    python torchao_names.py names RELEASES > names.tsv
    python torchao_names.py loads RELEASES > loads.jsonl

RELEASES is a folder that has each release of torchao in a folder of its name, as `pip install --no-deps --target RELEASES/0.18.0 torchao==0.18.0`
makes it, beside torch 2.13.0, transformers 5.23.0 and diffusers 0.42.1.

A row of `names`: a name, who has it registered ("torchao": `import torchao`; "transformers", "diffusers": what their loading imports, where that release
of torchao is there; "-": the same without torchao), and the releases.  transformers 5.23.0 and diffusers 0.42.1 take torchao from 0.15.0 on, and import none before.

A row of `loads`: the library, the release that saved and the config it quantized with, what the pickle names, and what loading says with each
release, and with none ("-"): "loads", or the type of the exception (OSError is what diffusers says of an UnpicklingError).  `without_config`: the same without `quantization_config`."""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

KINDS = {
    "int8": ("Int8WeightOnlyConfig", {}),
    "int8-dynamic": ("Int8DynamicActivationInt8WeightConfig", {}),
    "int8-2": ("Int8WeightOnlyConfig", {"version": 2}),
    "int8-int4": ("Int8DynamicActivationInt4WeightConfig", {"group_size": 16}),
    "float8": ("Float8WeightOnlyConfig", {}),
    "float8-1": ("Float8WeightOnlyConfig", {"version": 1}),
    "intx": ("IntxWeightOnlyConfig", {}),
    "int8-intx": ("Int8DynamicActivationIntxWeightConfig", {}),
    "uint4": ("UIntXWeightOnlyConfig", {"group_size": 16}),
}
LLAMA = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": 32}
FLUX = {"patch_size": 1, "in_channels": 4, "num_layers": 0, "num_single_layers": 1, "attention_head_dim": 16, "num_attention_heads": 2,
        "joint_attention_dim": 32, "pooled_projection_dim": 32, "axes_dims_rope": [4, 4, 8]}


def registered():
    from torch.serialization import _weights_only_unpickler

    return set(_weights_only_unpickler._get_user_allowed_globals())


def names(library):
    import torch

    before = registered()
    if library == "torchao":
        import torchao
    elif library == "transformers":
        import transformers.modeling_utils
    elif library == "diffusers":
        import diffusers.models.modeling_utils
        import diffusers.quantizers.auto
    return sorted(registered() - (before if library != "torch" else set()))


def config_of(kind):
    import torch
    import torchao.quantization

    name, arguments = KINDS[kind]
    cls = getattr(torchao.quantization, name)
    return cls(torch.uint4, **arguments) if kind == "uint4" else cls(**arguments)


def save(library, folder):
    import torch

    for kind in KINDS:
        home = Path(folder) / kind
        try:
            torch.manual_seed(0)
            if library == "transformers":
                from transformers import LlamaConfig, LlamaForCausalLM, TorchAoConfig

                LlamaForCausalLM(LlamaConfig(**LLAMA)).to(torch.bfloat16).save_pretrained(home)
                model = LlamaForCausalLM.from_pretrained(home, quantization_config=TorchAoConfig(config_of(kind)), dtype=torch.bfloat16)
                (home / "model.safetensors").unlink()
                model.config.save_pretrained(home)
                torch.save(model.state_dict(), home / "pytorch_model.bin")
            else:
                from diffusers import FluxTransformer2DModel, TorchAoConfig

                FluxTransformer2DModel(**FLUX).to(torch.bfloat16).save_pretrained(home)
                model = FluxTransformer2DModel.from_pretrained(home, quantization_config=TorchAoConfig(config_of(kind)), torch_dtype=torch.bfloat16)
                (home / "diffusion_pytorch_model.safetensors").unlink()
                model.save_pretrained(home, safe_serialization=False)
        except Exception as error:
            print(library, kind, type(error).__name__, str(error)[:150].replace("\n", " "), file=sys.stderr)
            subprocess.run(["rm", "-r", home])


def answer(library, home):
    import torch

    try:
        if library == "transformers":
            from transformers import AutoModelForCausalLM

            AutoModelForCausalLM.from_pretrained(home, dtype="auto")
        else:
            from diffusers import FluxTransformer2DModel

            FluxTransformer2DModel.from_pretrained(home, torch_dtype=torch.bfloat16, use_safetensors=False)
        return "loads"
    except Exception as error:
        return "UnpicklingError" if "weights_only" in str(error).lower() or "Weights only" in str(error) else type(error).__name__


def load(library, folder):
    out = {}
    for home in sorted(Path(folder).iterdir()):
        out[home.name] = answer(library, home)
        path = home / "config.json"
        config = path.read_text()
        path.write_text(json.dumps({key: value for key, value in json.loads(config).items() if key != "quantization_config"}))
        out[home.name + " without"] = answer(library, home)
        path.write_text(config)
    return out


def pickled(folder):
    import zipfile
    from pickletools import genops

    out = {}
    for home in sorted(Path(folder).iterdir()):
        with zipfile.ZipFile(next(home.glob("*.bin"))) as archive:
            data = archive.read(next(name for name in archive.namelist() if name.endswith("data.pkl")))
        out[home.name] = sorted({argument.replace(" ", ".") for code, argument, _ in genops(data) if code.name == "GLOBAL"})
    return out


def with_release(releases, release, *given):
    path = [str(releases / release)] if release != "-" else []
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path + [os.environ.get("PYTHONPATH", "")]), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, __file__, "--", *given], env=environment, capture_output=True, text=True)
    if done.returncode:
        print(release, given, done.stderr.strip().rpartition("\n")[2], file=sys.stderr)
        return None
    print("\n".join(line for line in done.stderr.splitlines() if line.startswith(("transformers ", "diffusers "))), file=sys.stderr)
    return json.loads(done.stdout.strip().rpartition("\n")[2])


def main():
    warnings.filterwarnings("ignore")
    if sys.argv[1] == "--":
        do = {"names": names, "save": save, "load": load, "pickled": pickled}[sys.argv[2]]
        print("\n" + json.dumps(do(*sys.argv[3:])))
        return
    releases = Path(sys.argv[2])
    all_releases = sorted((path.name for path in releases.iterdir() if path.is_dir()), key=lambda name: [int(each) for each in name.split(".")])
    if sys.argv[1] == "names":
        found = {}
        for library in ("torch", "transformers", "diffusers"):
            for name in with_release(releases, "-", "names", library):
                found.setdefault((name, library), []).append("-")
        for release in all_releases:
            for library in ("torchao", "transformers", "diffusers"):
                for name in with_release(releases, release, "names", library) or []:
                    if (name, library) not in found or found[(name, library)] != ["-"]:
                        found.setdefault((name, library), []).append(release)
        for (name, library), where in sorted(found.items()):
            print(name, library, " ".join(where), sep="\t")
        return
    taken = [release for release in all_releases if [int(each) for each in release.split(".")] >= [0, 15]]
    for library in ("transformers", "diffusers"):
        for release in taken:
            with tempfile.TemporaryDirectory() as place:
                with_release(releases, release, "save", library, place)
                loads = {each: with_release(releases, each, "load", library, place) for each in ["-", *taken]}
                for kind, found in with_release(releases, "-", "pickled", place).items():
                    row = {"library": library, "saved": release, "kind": kind, "names": found}
                    row["loads"] = {each: answers[kind] for each, answers in loads.items()}
                    row["without_config"] = {each: answers[kind + " without"] for each, answers in loads.items()}
                    print(json.dumps(row, separators=(",", ":")))


if __name__ == "__main__":
    main()
