"""Record what from_pretrained of the installed transformers reports for small checkpoints in other layouts:

    load_cases.py OUT.jsonl.gz --seed S [--count N] [--kinds KIND,...]

For model classes in random order: shrink the default config, save the model, change the checkpoint, load it.  A line holds model_type,
module, class, config, tensors [[name, safetensors dtype, shape], ...], perturbation (the kind of change), report (missing_keys,
unexpected_keys, mismatched_keys, or error and message), and, where they apply,

    shards   how many of `tensors`, in order, each weight file has
    remote   true: the library's modeling and configuration files of the model were copied into the repo (`remote_sources`), and are its
             custom code
    files    {name: text}: custom code made up here

loads.py picks the cases for the tests; compare_loads.py runs a program on all of them.
"""

import argparse
import gzip
import importlib
import inspect
import itertools
import json
import os
import pathlib
import random
import re
import signal
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_MODULES_CACHE"] = tempfile.mkdtemp(prefix="modules")
warnings.filterwarnings("ignore")

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModel, PreTrainedModel

SECONDS_PER_CASE = 40
LARGEST_MODEL = 6_000_000  # parameters

SMALL_SIZES = {
    32: "hidden_size d_model n_embd dim embed_dim embedding_size projection_dim word_embed_proj_dim",
    40: "intermediate_size d_ff encoder_ffn_dim decoder_ffn_dim n_inner ffn_dim hidden_dim",
    24: "moe_intermediate_size shared_expert_intermediate_size",
    16: "q_lora_rank kv_lora_rank",
    8: "d_kv hidden_size_per_layer_input",
    4: "num_attention_heads encoder_attention_heads decoder_attention_heads n_head num_heads n_heads "
    "num_experts num_local_experts n_routed_experts",
    2: "num_hidden_layers encoder_layers decoder_layers n_layer num_layers n_layers depth num_decoder_layers "
    "num_key_value_heads num_experts_per_tok",
    64: "n_positions max_position_embeddings",
    99: "vocab_size vocab_size_per_layer_input",
    0: "num_nextn_predict_layers",
}
SMALL = {key: size for size, keys in SMALL_SIZES.items() for key in keys.split()}
DERIVED = {"layer_types", "mlp_layer_types", "head_dim", "_name_or_path"}

SAFETENSORS_DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.complex64: "C64",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}

# How vision-language models were nested in earlier releases, and are now.
NESTINGS = (
    (("model.language_model.", "language_model.model."), ("model.vision_tower.", "vision_tower."), ("lm_head.", "language_model.lm_head.")),
    (("model.language_model.", "model."), ("model.visual.", "visual.")),
    (("language_model.model.", "model.language_model."), ("vision_tower.", "model.vision_tower.")),
    (("language_model.", "language_model.model."), ("model.visual.", "visual.")),
    (("model.", "language_model."), ("visual.", "model.visual.")),
    (("model.language_model.", "language_model.model."), ("model.vision_model.", "vision_model."), ("lm_head.", "language_model.lm_head.")),
)
EXPERT = re.compile(r"^(.*experts)\.(\d+)\.(.+)$")


class TooSlow(Exception):
    pass


def _too_slow(*_):
    raise TooSlow


def shrink(value):
    if isinstance(value, dict):
        return {key: _shrunk(key, item) for key, item in value.items() if key not in DERIVED}
    return [shrink(item) for item in value] if isinstance(value, list) else value


def _shrunk(key, item):
    is_size = isinstance(item, int) and not isinstance(item, bool)
    if is_size and key.endswith("_token_id"):
        return min(item, SMALL["vocab_size"] - 1)
    return SMALL[key] if key in SMALL and is_size and item > SMALL[key] else shrink(item)


# ---- Changes: each takes the tensors, and gives others, or None where it does not apply --------------------------------------------


def stacked_experts(rng, tensors):
    """Experts one by one become one tensor with a dimension more."""
    groups, rest = {}, {}
    for key, tensor in tensors.items():
        match = EXPERT.match(key)
        if match:
            groups.setdefault((match[1], match[3]), {})[int(match[2])] = tensor
        else:
            rest[key] = tensor
    for (parent, leaf), parts in groups.items():
        if sorted(parts) != list(range(len(parts))) or len({part.shape for part in parts.values()}) > 1:
            return None
        rest[f"{parent}.{leaf.removesuffix('.weight')}"] = torch.stack([parts[i] for i in sorted(parts)])
    return rest if groups else None


def apart_experts(rng, tensors):
    """One tensor with all experts becomes one each."""
    out, found = {}, False
    turned = rng.random() < 0.5
    for key, tensor in tensors.items():
        parent, _, leaf = key.rpartition(".")
        if not parent.endswith("experts") or tensor.dim() != 3 or EXPERT.match(key):
            out[key] = tensor
            continue
        found = True
        for i, part in enumerate(tensor):
            part = part.T if turned else part
            if leaf == "gate_up_proj" and part.shape[0] % 2 == 0:
                half = part.shape[0] // 2
                out[f"{parent}.{i}.gate_proj.weight"], out[f"{parent}.{i}.up_proj.weight"] = part[:half], part[half:]
            else:
                out[f"{parent}.{i}.{leaf}.weight"] = part
    return out if found else None


def lacking_expert(rng, tensors):
    """One part of one expert is lost."""
    keys = [key for key in tensors if EXPERT.match(key)]
    lost = rng.choice(keys) if keys else None
    return {key: tensor for key, tensor in tensors.items() if key != lost} if keys else None


def lost_expert(rng, tensors):
    keys = [key for key in tensors if EXPERT.match(key)]
    if not keys:
        return None
    match = EXPERT.match(rng.choice(keys))
    return {key: tensor for key, tensor in tensors.items() if not key.startswith(f"{match[1]}.{match[2]}.")}


def old_nesting(rng, tensors):
    nestings = [pairs for pairs in NESTINGS if any(key.startswith(old) for old, _ in pairs for key in tensors)]
    if not nestings:
        return None
    pairs = rng.choice(nestings)
    out = {}
    for key, tensor in tensors.items():
        for old, new in pairs:
            if key.startswith(old):
                key = new + key.removeprefix(old)
                break
        out[key] = tensor
    return out if list(out) != list(tensors) else None


def weight_norm(rng, tensors):
    """weight_g and weight_v, which torch now calls parametrizations.weight.original0 and 1; or the reverse."""
    pairs = ((".parametrizations.weight.original0", ".weight_g"), (".parametrizations.weight.original1", ".weight_v"))
    if not any(part in key for key in tensors for pair in pairs for part in pair):
        return None
    out = {}
    for key, tensor in tensors.items():
        for new, old in pairs:
            key = key.replace(new, old) if key.endswith(new) else key.replace(old, new) if key.endswith(old) else key
        out[key] = tensor
    return out


def gamma_beta(rng, tensors):
    keys = [key for key in tensors if "LayerNorm." in key]
    if not keys:
        return None
    keys = set(rng.sample(keys, rng.randint(1, len(keys))))
    change = lambda key: key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    return {change(key) if key in keys else key: tensor for key, tensor in tensors.items()}


def dropped(rng, tensors):
    keys = list(tensors)
    gone = set(rng.sample(keys, min(len(keys) - 1, rng.randint(1, 4))))
    return {key: tensor for key, tensor in tensors.items() if key not in gone}


def prefixed(rng, tensors):
    word = rng.choice(("model", "module", "transformer", "encoder", "base_model.model", "language_model"))
    return {f"{word}.{key}": tensor for key, tensor in tensors.items()}


def stripped(rng, tensors):
    firsts = {key.split(".")[0] for key in tensors}
    word = rng.choice(sorted(firsts))
    return {key.removeprefix(word + "."): tensor for key, tensor in tensors.items()}


def renamed(rng, tensors):
    words = sorted({part for key in tensors for part in key.split(".") if not part.isdigit()})
    word = rng.choice(words)
    change = lambda part: part + "_old" if part == word else part
    return {".".join(map(change, key.split("."))): tensor for key, tensor in tensors.items()}


def reshaped(rng, tensors):
    key = rng.choice(sorted(tensors))
    shape = list(tensors[key].shape) or [1]
    return tensors | {key: torch.zeros([shape[0] + 1, *shape[1:]], dtype=tensors[key].dtype)}


def unchanged(rng, tensors):
    return tensors


CHANGES = {
    "stacked": stacked_experts,
    "apart": apart_experts,
    "lacking_expert": lacking_expert,
    "lost_expert": lost_expert,
    "nesting": old_nesting,
    "weight_norm": weight_norm,
    "gamma": gamma_beta,
    "drop": dropped,
    "prefix": prefixed,
    "strip": stripped,
    "rename": renamed,
    "reshape": reshaped,
    "none": unchanged,
}
# What is saved: the model as save_pretrained does it, in the layout of the code, as another class of the same config, in several
# files, with the library's code as the repo's own; or a model made up here.
ORIGINS = {"plain": 3, "as_built": 2, "other_class": 3, "sharded": 2, "remote": 3, "made_up": 1}  # how often each is tried
ANYWHERE = ("drop", "prefix", "strip", "rename", "reshape", "none")


# ---- Custom code -------------------------------------------------------------------------------------------------------------------


def remote_sources(model_type, module, read):
    """The library's files on a model as custom code: {name: text}.  `read` gives the text of a file of its folder, or None."""
    files, wanted = {}, [module.rpartition(".")[2] + ".py"]
    while wanted:
        name = wanted.pop()
        text = read(name)
        if name in files or text is None:
            continue
        wanted += [match + ".py" for match in re.findall(r"^from \.(\w+) import", text, re.M)]
        text = re.sub(r"^(\s*)from \.\.\.(\w)", r"\1from transformers.\2", text, flags=re.M)
        text = re.sub(r"^(\s*)from \.\.\. import", r"\1from transformers import", text, flags=re.M)
        text = re.sub(r"^(\s*)from \.\.(\w)", r"\1from transformers.models.\2", text, flags=re.M)
        files[name] = text
    return files


MADE_UP = '''import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel


class SmallConfig(PretrainedConfig):
    model_type = "small_made_up"

    def __init__(self, width=8, depth=2, tie_word_embeddings={tie}, **kwargs):
        self.width = width
        self.depth = depth
        super().__init__(tie_word_embeddings=tie_word_embeddings, **kwargs)


class SmallPreTrainedModel(PreTrainedModel):
    config_class = SmallConfig
    base_model_prefix = "{prefix}"
{patterns}

class SmallLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up = nn.Linear(config.width, 2 * config.width)
        self.LayerNorm = nn.LayerNorm(config.width)
        self.register_buffer("scale", torch.ones(config.width), persistent={persistent})


class SmallModel(SmallPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.embed = nn.Embedding(11, config.width)
        self.layers = nn.ModuleList([SmallLayer(config) for _ in range(config.depth)])
        self.register_buffer("position_ids", torch.arange(16), persistent={persistent_ids})
{shared}        self.post_init()

    def get_input_embeddings(self):
        return self.embed

    def set_input_embeddings(self, value):
        self.embed = value


class SmallForTokens(SmallPreTrainedModel):
{tied}
    def __init__(self, config):
        super().__init__(config)
        self.{attribute} = SmallModel(config)
        self.lm_head = nn.Linear(config.width, 11, bias=False)
        self.post_init()

    def get_input_embeddings(self):
        return self.{attribute}.embed

    def get_output_embeddings(self):
        return self.lm_head

    def set_output_embeddings(self, value):
        self.lm_head = value
'''


def made_up_code(rng, has_dict_ties):
    attribute = rng.choice(("model", "body", "transformer"))
    prefix = rng.choice((attribute, attribute, attribute, "model", "absent"))
    pattern = rng.choice(("lm_head", r"scale$", r"^up\\.", "", r"layers\\.1\\.", r"embed.weight"))
    lists = rng.sample(("_keys_to_ignore_on_load_missing", "_keys_to_ignore_on_load_unexpected"), rng.randint(0, 2))
    brackets = rng.choice(("[]", "{}")) if has_dict_ties else "[]"
    patterns = "".join(f'    {name} = {brackets[0]}r"{pattern}"{brackets[1]}\n' for name in lists)
    tie = rng.random() < 0.6
    tied = f'    _tied_weights_keys = ["lm_head.weight"]\n'
    if has_dict_ties:
        tied = f'    _tied_weights_keys = {{"lm_head.weight": "{attribute}.embed.weight"}}\n'
    return MADE_UP.format(
        tie=tie,
        prefix=prefix,
        patterns=patterns,
        persistent=rng.random() < 0.5,
        persistent_ids=rng.random() < 0.3,
        shared="        self.last = self.layers[-1]\n" if rng.random() < 0.4 else "",
        tied=tied if tie or rng.random() < 0.5 else "",
        attribute=attribute,
    )


# ---- One case ----------------------------------------------------------------------------------------------------------------------


def names(entries):
    return sorted(entry[0] if isinstance(entry, (tuple, list)) else entry for entry in entries)


def report(model_class, folder, **options):
    try:
        _, info = model_class.from_pretrained(folder, output_loading_info=True, ignore_mismatched_sizes=True, **options)
    except (TooSlow, ImportError):
        raise  # a package that is not installed says nothing of loading
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)[:200]}
    return {key: names(info[key]) for key in ("missing_keys", "unexpected_keys", "mismatched_keys")}


def small_config(model_class):
    defaults = json.loads(model_class.config_class().to_json_string(use_diff=False))
    return model_class.config_class.from_dict(shrink(defaults))


def saved(model_class, folder, **options):
    config = small_config(model_class)
    with torch.device("meta"):
        if sum(parameter.numel() for parameter in model_class(config).parameters()) > LARGEST_MODEL:
            return None
    torch.manual_seed(0)
    model_class(config).save_pretrained(folder, **options)
    files = sorted(pathlib.Path(folder).glob("*.safetensors"))
    return {key: tensor for file in files for key, tensor in load_file(file).items()}


def write(tensors, folder, shards):
    """Writes them into one file, or into several; the number that each has."""
    for file in itertools.chain(pathlib.Path(folder).glob("*.safetensors"), pathlib.Path(folder).glob("*.index.json")):
        file.unlink()
    rows = [(key, tensor.contiguous().clone()) for key, tensor in tensors.items()]
    if shards == 1:
        save_file(dict(rows), f"{folder}/model.safetensors", {"format": "pt"})
        return [len(rows)]
    cuts = [len(rows) * i // shards for i in range(shards + 1)]
    weight_map = {}
    for i in range(shards):
        name = f"model-{i + 1:05}-of-{shards:05}.safetensors"
        part = dict(rows[cuts[i] : cuts[i + 1]])
        save_file(part, f"{folder}/{name}", {"format": "pt"})
        weight_map |= dict.fromkeys(part, name)
    index = {"metadata": {"total_size": sum(t.numel() * t.element_size() for _, t in rows)}, "weight_map": weight_map}
    pathlib.Path(folder, "model.safetensors.index.json").write_text(json.dumps(index))
    return [cuts[i + 1] - cuts[i] for i in range(shards)]


def changed(rng, tensors, kinds, anywhere):
    """A change that applies, the rare kinds first; its name and the tensors."""
    special = [kind for kind in kinds if kind in CHANGES and kind not in ANYWHERE]
    rng.shuffle(special)
    for kind in ([] if anywhere else special) + rng.sample(ANYWHERE, len(ANYWHERE)):
        made = CHANGES[kind](rng, dict(tensors))
        if made:
            return kind, made
    return "none", tensors


def custom_repo(folder, model_class, files, module):
    config = json.loads(pathlib.Path(folder, "config.json").read_text())
    config_class = model_class.config_class
    config_module = config_class.__module__.rpartition(".")[2]
    config["auto_map"] = {
        "AutoConfig": f"{config_module if config_module + '.py' in files else module}.{config_class.__name__}",
        "AutoModel": f"{module}.{model_class.__name__}",
    }
    for name, text in files.items():
        pathlib.Path(folder, name).write_text(text)
    pathlib.Path(folder, "config.json").write_text(json.dumps(config))


def library_files(model_class):
    folder = pathlib.Path(inspect.getfile(model_class)).parent
    read = lambda name: (folder / name).read_text() if (folder / name).is_file() else None
    files = remote_sources(folder.name, model_class.__module__, read)
    config_file = inspect.getfile(model_class.config_class)
    if pathlib.Path(config_file).parent != folder or pathlib.Path(config_file).name not in files:
        return None
    return files


def record(rng, model_type, model_class, siblings, kinds):
    """A case, or None where the class has no small version or nothing of the kind can be done with it."""
    origins = [origin for origin in ORIGINS if origin in kinds]
    origin = rng.choices(origins, [ORIGINS[each] for each in origins])[0]
    is_5 = int(transformers.__version__.split(".")[0]) >= 5
    with tempfile.TemporaryDirectory(prefix="repo") as folder:
        extra, saver, options, files = {}, model_class, {}, None
        if origin == "as_built":
            if not is_5:
                return None
            options = {"save_original_format": False}
        if origin == "other_class":
            others = [cls for cls in siblings if cls is not model_class and cls.config_class is model_class.config_class]
            if not others:
                return None
            saver = rng.choice(others)
        if origin == "made_up":
            code = made_up_code(rng, is_5)
            return record_made_up(rng, folder, code, kinds)
        tensors = saved(saver, folder, **options)
        if not tensors:
            return None
        kind, tensors = changed(rng, tensors, kinds, origin in ("other_class", "remote") and rng.random() < 0.7)
        shards = write(tensors, folder, min(len(tensors), rng.randint(2, 4)) if origin == "sharded" else 1)
        if origin == "sharded":
            extra["shards"] = shards
        config = json.loads(pathlib.Path(folder, "config.json").read_text())
        if origin == "other_class":
            config["architectures"] = [model_class.__name__]
            pathlib.Path(folder, "config.json").write_text(json.dumps(config))
        if origin == "remote":
            files = library_files(model_class)
            if files is None:
                return None
            custom_repo(folder, model_class, files, model_class.__module__.rpartition(".")[2])
            config = json.loads(pathlib.Path(folder, "config.json").read_text())
            answer = report(AutoModel, folder, trust_remote_code=True)
            extra["remote"] = True
        else:
            answer = report(model_class, folder)
        return {
            "model_type": model_type,
            "module": model_class.__module__,
            "class": model_class.__name__,
            "perturbation": f"{origin}/{kind}",
            "config": config,
            "tensors": [[key, SAFETENSORS_DTYPES[t.dtype], list(t.shape)] for key, t in tensors.items()],
            **extra,
            "report": answer,
        }


def record_made_up(rng, folder, code, kinds):
    number = record_made_up.count = getattr(record_made_up, "count", 0) + 1
    name = f"modeling_small_{number}"
    sys.path.insert(0, folder)
    pathlib.Path(folder, f"{name}.py").write_text(code)
    module = importlib.import_module(name)
    sys.path.remove(folder)
    loader = rng.choice((module.SmallModel, module.SmallForTokens, module.SmallForTokens))
    saver = rng.choice((loader, loader, module.SmallModel, module.SmallForTokens))
    torch.manual_seed(0)
    saver(module.SmallConfig()).save_pretrained(folder)
    tensors = load_file(f"{folder}/model.safetensors")
    kind, tensors = changed(rng, tensors, [k for k in ("gamma",) if k in kinds and rng.random() < 0.2], False)
    write(tensors, folder, 1)
    custom_repo(folder, loader, {"modeling_small.py": code}, "modeling_small")
    pathlib.Path(folder, f"{name}.py").unlink()
    config = json.loads(pathlib.Path(folder, "config.json").read_text()) | {"architectures": [loader.__name__]}
    config["auto_map"]["AutoConfig"] = "modeling_small.SmallConfig"
    pathlib.Path(folder, "config.json").write_text(json.dumps(config))
    return {
        "model_type": "small_made_up",
        "module": "modeling_small",
        "class": loader.__name__,
        "perturbation": f"made_up/{kind}",
        "config": config,
        "tensors": [[key, SAFETENSORS_DTYPES[t.dtype], list(t.shape)] for key, t in tensors.items()],
        "files": {"modeling_small.py": code},
        "report": report(AutoModel, folder, trust_remote_code=True),
    }


def model_classes(rng, most=3):
    """(model type, class, all classes of its file) in random order, at most `most` classes of a file."""
    root = pathlib.Path(transformers.__file__).parent / "models"
    model_types = sorted(path.name for path in root.iterdir() if path.is_dir())
    rng.shuffle(model_types)
    for model_type in model_types:
        for file in sorted((root / model_type).glob("modeling_*.py")):
            if "_tf_" in file.name or "_flax_" in file.name:
                continue
            try:
                module = importlib.import_module(f"transformers.models.{model_type}.{file.stem}")
            except Exception:
                continue
            classes = [
                cls
                for name, cls in sorted(vars(module).items())
                if inspect.isclass(cls) and issubclass(cls, PreTrainedModel) and cls.__module__ == module.__name__
                if not name.endswith("PreTrainedModel") and getattr(cls, "config_class", None) is not None
            ]
            rng.shuffle(classes)
            yield from ((model_type, cls, classes) for cls in classes[:most])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=10**9)
    parser.add_argument("--kinds", default=",".join((*ORIGINS, *CHANGES)))
    options = parser.parse_args()
    kinds = options.kinds.split(",")
    signal.signal(signal.SIGALRM, _too_slow)
    rng, count = random.Random(options.seed), 0
    with gzip.open(options.out, "wt") as out:
        for model_type, model_class, siblings in model_classes(rng):
            if count >= options.count:
                break
            try:
                signal.alarm(SECONDS_PER_CASE)
                case = record(rng, model_type, model_class, siblings, kinds)
            except (Exception, TooSlow):
                case = None
            finally:
                signal.alarm(0)
            if case is not None:
                out.write(json.dumps(case, separators=(",", ":")) + "\n")
                out.flush()
                count += 1
    print(count, "cases")


if __name__ == "__main__":
    main()
