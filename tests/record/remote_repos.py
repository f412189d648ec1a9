"""Write small repos that bring code, composed of remote_pieces/, and record what transformers makes of them:

    remote_repos.py write COUNT SEED > REPOS.jsonl    each piece as a repo, then COUNT repos of several pieces
    HF_HUB_OFFLINE=1 PYTHONHASHSEED=0 remote_repos.py record REPOS.jsonl    adds the answers of the installed release, in place;
                                                      the first release to be recorded also says what is stored

A file may end in .gz.  A row is a repo: `name`, `files` {name: text}, `stored` [[name, safetensors dtype, shape]] of its checkpoint
(tensor i is filled with i % 5 + 1; absent where nothing can be built), and by release

    graph  of the class that the config names, as it is before it is loaded (live_graphs.py), or `graph_raises` "Type: text"
    load   what AutoModel.from_pretrained(ignore_mismatched_sizes=True) reports (before 4.57 where sizes differ alone): missing, unexpected, mismatched; `changed`: what is stored
           and has other values, unless it is tied; `unset`: what holds uninitialised memory; or `load_raises`.  REPO is the folder, CACHE that of modules.

A block of remote_pieces/ is a piece.  Its parts: `future` (at the top), `imports` and `head` stand before the model's class, `attrs` and `methods` in it; `body`
in the constructor, before post_init (or `post`) and `end`; `config` in the config's class; a part with a dot in its name is a file, and
config.json is merged; `auto_map` and `config_class` are values.  `drop`, `add`, `rename`, `reshape`, `retype`, `strip` and `prefix` change
what is stored.  Models are flat or have a base model inside, whose prefix "@." stands for; show(self, name=value) notes a value in the graph.
"""

import collections
import contextlib
import gzip
import inspect
import json
import multiprocessing
import os
import pathlib
import random
import re
import signal
import sys
import tempfile
import warnings

PIECES = pathlib.Path(__file__).parent / "remote_pieces"
SECONDS_PER_REPO = 60
CONFIGURATION = """from transformers import PretrainedConfig
class XConfig(PretrainedConfig):
    model_type = "x_of_mine"
{config}"""
DEFAULT_INIT = """def __init__(self, width=4, **kwargs):
    self.width = width
    super().__init__(**kwargs)
"""
HEAD = """{imports}from torch import nn
from transformers import PreTrainedModel
from .configuration_x import XConfig
def show(model, **values):
    for name, value in values.items():
        model.add_module(f"{{name}} {{value!r}}".replace(".", "_"), nn.Identity())
{head}"""
FLAT = """class XModel(PreTrainedModel):
    config_class = {config_class}
{attrs}    def __init__(self, config):
        super().__init__(config)
        self.emb = nn.Embedding(8, 4)
        self.head = nn.Linear(4, 8, bias=False)
{body}{post}{end}    def get_input_embeddings(self):
        return self.emb
    def get_output_embeddings(self):
        return self.head
{methods}"""
WITH_BASE = """class XBase(PreTrainedModel):
    config_class = {config_class}
    base_model_prefix = "model"
    def __init__(self, config):
        super().__init__(config)
        self.emb = nn.Embedding(8, 4)
{body}        self.post_init()
    def get_input_embeddings(self):
        return self.emb
class XModel(PreTrainedModel):
    config_class = {config_class}
    base_model_prefix = "model"
{attrs}    def __init__(self, config):
        super().__init__(config)
        self.model = XBase(config)
        self.head = nn.Linear(4, 8, bias=False)
{post}{end}    def get_input_embeddings(self):
        return self.model.emb
    def get_output_embeddings(self):
        return self.head
{methods}"""
AUTO_MAP = '{"AutoConfig": "configuration_x.XConfig", "AutoModel": "modeling_x.XModel"}'
CHANGES = ("drop", "add", "rename", "reshape", "retype", "strip", "prefix")
VALUES = ("config_class", "auto_map", "post", "config")  # of which a repo has one


# ---- Repos of pieces ---------------------------------------------------------------------------------------------------------------


def pieces_of(area):
    for block in (PIECES / f"{area}.txt").read_text().split("\n=== ")[1:]:
        name, *parts = re.split(r"^--- ", block, flags=re.MULTILINE)
        kept = {}
        for part in parts:
            key, _, value = part.partition("\n")
            value = value.strip("\n")
            kept[key] = kept.get(key, "") + (value + "\n" if value else "")
        yield name.strip(), area, kept


def indented(text, depth):
    return "".join("    " * depth + line + "\n" if line else "\n" for line in text.splitlines())


def repo_of(name, pieces, with_base):
    parts, files, config = {}, {}, {"model_type": "x_of_mine", "architectures": ["XModel"]}
    for piece in pieces:
        for key, value in piece.items():
            if key == "config.json":
                config.update(json.loads(value))
            elif "." in key:
                files[key] = value
            else:
                parts[key] = parts.get(key, "") + value
    config["auto_map"] = json.loads(parts.get("auto_map", AUTO_MAP))
    own_config = parts.get("config", "")
    own_config += "" if "def __init__" in own_config else DEFAULT_INIT
    fields = {
        "imports": parts.get("future", "") + parts.get("imports", ""),
        "head": parts.get("head", ""),
        "config_class": parts.get("config_class", "XConfig").strip(),
        "attrs": indented(parts.get("attrs", ""), 1),
        "methods": indented(parts.get("methods", ""), 1),
        "body": indented(parts.get("body", ""), 2),
        "post": indented(parts.get("post", "self.post_init()\n"), 2),
        "end": indented(parts.get("end", ""), 2),
    }
    modeling = (HEAD + (WITH_BASE if with_base else FLAT)).format(**fields)
    files["config.json"] = json.dumps(config)
    files["configuration_x.py"] = CONFIGURATION.format(config=indented(own_config, 1))
    files["modeling_x.py"] = modeling
    prefix = "model." if with_base else ""
    files = {key: text.replace("@.", prefix) for key, text in files.items()}
    changes = [[kind, *line.replace("@.", prefix).split(maxsplit=1)] for kind in CHANGES for line in parts.get(kind, "").splitlines()]
    return {"name": name, "files": files, "changes": changes}


def names_defined(piece):
    """What another piece of the same repo must not define as well."""
    names = {key for key in piece if key in VALUES or "." in key and key != "config.json"}
    text = "".join(piece.get(key, "") for key in ("attrs", "methods", "head", "body", "imports"))
    names |= set(re.findall(r"^(?:async )?(?:def|class) (\w+)", text, re.M))
    names |= set(re.findall(r"^(?:self\.)?(\w+)(?:, \w+)* [+]?= ", text, re.M))
    names |= set(re.findall(r'register_\w+\("(\w+)"', text))
    return names | set(re.findall(r"(\w+)=", "".join(re.findall(r"show\(.*", text))))


def write(count, seed):
    rng = random.Random(seed)
    every = [piece for area in ("language", "torch", "loading", "modules", "further") for piece in pieces_of(area)]
    for name, area, parts in every:
        print(json.dumps(repo_of(f"{area}/{name}", [parts], area == "loading")))
    written = 0
    while written < count:
        chosen = rng.sample(every, rng.randint(2, 4))
        defined = [names_defined(parts) for _, _, parts in chosen]
        if len(set().union(*defined)) < sum(map(len, defined)):
            continue
        of_class = [area for _, area, parts in chosen if "methods" in parts or "attrs" in parts]
        with_base = all(area == "loading" for area in of_class) and rng.random() < 0.6
        print(json.dumps(repo_of("+".join(name for name, _, _ in chosen), [parts for _, _, parts in chosen], with_base)))
        written += 1


# ---- What the library makes of them ------------------------------------------------------------------------------------------------


def changed(stored, changes):
    """`stored`, {name: (dtype, shape)}, as the pieces want it; names may lack the base model's prefix."""
    found = lambda name: name if name in stored else "model." + name
    for kind, *words in changes:
        if kind in ("strip", "prefix"):
            turn = (lambda key: key.removeprefix(words[0])) if kind == "strip" else (lambda key: words[0] + key)
            stored = {turn(key): value for key, value in stored.items()}
            continue
        name, _, rest = words[0].partition(" ") if len(words) == 1 else (words[0], "", words[1])
        old = found(name)
        if kind == "add":
            dtype, shape = rest.split(" ", 1)
            stored[name] = (dtype, json.loads(shape))
        elif old not in stored:
            continue
        elif kind == "drop":
            del stored[old]
        elif kind == "rename":
            new = old.removesuffix(name) + rest
            stored = {new if key == old else key: value for key, value in stored.items()}
        elif kind == "reshape":
            stored[old] = (stored[old][0], json.loads(rest))
        elif kind == "retype":
            stored[old] = (rest, stored[old][1])
    return stored


def value_of(i, dtype, shape, types):
    import torch

    return torch.full(shape, i % 5 + 1, dtype=types[dtype])


def text_of(error, places):
    text = f"{type(error).__name__}: {error}"
    for place, name in places:
        text = text.replace(place, name)
    return re.sub(r" at 0x[0-9a-f]+| \(/[^()]*\.py\)", "", text)


def reported(repo):
    import transformers

    def ask(**options):
        return transformers.AutoModel.from_pretrained(repo, trust_remote_code=True, output_loading_info=True, **options)

    if tuple(map(int, transformers.__version__.split(".")[:2])) >= (4, 57):
        return ask(ignore_mismatched_sizes=True)
    # Before, that has the library initialise what is loaded, too: it is said where there is a reason to.
    try:
        return ask()
    except RuntimeError as error:
        if "size mismatch" not in str(error):
            raise
    return ask(ignore_mismatched_sizes=True)


def load(repo, values):
    """The report of from_pretrained; what it gets as uninitialised memory is marked."""
    import torch
    import transformers

    def marked(like, *args, **kwargs):
        made = empty_like(like, *args, **kwargs)
        if not made.is_meta:
            made.fill_(True if made.dtype == torch.bool else float("nan") if made.is_floating_point() else 113)
            all_marked.append(made)
        return made

    all_marked = []  # kept, so that nothing else has their memory
    empty_like, torch.empty_like = torch.empty_like, marked
    try:
        model, told = reported(repo)
    finally:
        torch.empty_like = empty_like
    tensors = dict(model.named_parameters(remove_duplicate=False)) | dict(model.named_buffers(remove_duplicate=False))
    names = lambda entries: sorted(entry[0] if isinstance(entry, (tuple, list)) else entry for entry in entries)
    places = {tensor.data_ptr() for tensor in all_marked if tensor.numel()}
    has_mark = lambda t: t.isnan().any() if t.is_floating_point() else t.all() if t.dtype == torch.bool else (t == 113).all()
    sharing = collections.Counter(tensor.data_ptr() for tensor in tensors.values())
    not_loaded = set(names(told["missing_keys"]) + names(told["mismatched_keys"]))
    loaded = [name for name in model.state_dict() if name in values and name in tensors and name not in not_loaded and sharing[tensors[name].data_ptr()] == 1]
    same = lambda a, b: a.numel() == b.numel() and torch.equal(a.to(b.dtype).reshape(b.shape), b)  # a scalar may be stored as a vector
    return {
        "missing": names(told["missing_keys"]),
        "unexpected": names(told["unexpected_keys"]),
        "mismatched": names(told["mismatched_keys"]),
        "changed": sorted(name for name in loaded if not same(values[name], tensors[name])),
        "unset": sorted(name for name, tensor in tensors.items() if tensor.data_ptr() in places and has_mark(tensor)),
    }


def without_values(model_class, config):
    """The model as from_pretrained builds it before it loads anything."""
    import torch
    import transformers

    if int(transformers.__version__.split(".")[0]) >= 5:
        with torch.device("meta"):
            return model_class._from_config(config)
    # Before 4.50 the dtype of the config has to be said, as torch_dtype="auto" does.
    asked = {} if hasattr(model_class, "get_init_context") else {"torch_dtype": config.torch_dtype}
    with transformers.utils.generic.ContextManagers(entered_by_default(model_class)):
        model = model_class._from_config(config, **asked)
    model.tie_weights()
    return model


def entered_by_default(model_class):
    """The contexts in which from_pretrained of transformers 4 builds a model where nobody asks for a device map."""
    from transformers.modeling_utils import no_init_weights

    contexts = getattr(model_class, "get_init_context", None)
    if contexts is None:  # before 4.50
        return [no_init_weights(_enable=True)]
    if "low_cpu_mem_usage" in inspect.signature(contexts).parameters:
        return contexts(low_cpu_mem_usage=False)
    return contexts(False, False)


def answer(row, queue):
    import torch
    import transformers
    from live_graphs import class_of, graph_of
    from load_cases import SAFETENSORS_DTYPES
    from safetensors.torch import save_file

    signal.alarm(SECONDS_PER_REPO)
    types = {name: dtype for dtype, name in SAFETENSORS_DTYPES.items()}
    found = {}
    with tempfile.TemporaryDirectory() as scratch, open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        modules = os.path.join(scratch, "modules")
        transformers.dynamic_module_utils.HF_MODULES_CACHE = modules
        repo = os.path.join(scratch, "repo")
        places = ((repo, "REPO"), (modules, "CACHE"), (scratch, "SCRATCH"))
        for name, text in row["files"].items():
            path = pathlib.Path(repo, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        stored = row.get("stored")
        try:
            config = transformers.AutoConfig.from_pretrained(repo, trust_remote_code=True)
            found["graph"] = graph_of(without_values(class_of(repo, config), config))
            del found["graph"]["module"]
        except Exception as error:
            found["graph_raises"] = text_of(error, places)
        if stored is None:
            # As it is saved; where it cannot be built, or not outside the meta device, what all have.
            try:
                state = class_of(repo, config)._from_config(config).state_dict()
                state = {name: (SAFETENSORS_DTYPES[t.dtype], list(t.shape)) for name, t in state.items() if isinstance(t, torch.Tensor)}
            except Exception:
                state = {"emb.weight": ("F32", [8, 4]), "head.weight": ("F32", [8, 4])}
            stored = [[name, *kind] for name, kind in changed(state, row["changes"]).items()]
        values = {name: value_of(i, dtype, shape, types) for i, (name, dtype, shape) in enumerate(stored)}
        save_file(values, os.path.join(repo, "model.safetensors"), metadata={"format": "pt"})
        try:
            found["load"] = load(repo, values)
        except Exception as error:
            found["load_raises"] = text_of(error, places)
    queue.put((stored, found))


def opened(path, mode):
    return gzip.open(path, mode + "t", compresslevel=9) if path.endswith(".gz") else open(path, mode)


def record(path):
    os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    warnings.filterwarnings("ignore")
    import torch
    import transformers

    import load_cases  # once for all that are forked, as the classes below

    torch.set_num_threads(1)
    transformers.AutoModel, transformers.LlamaModel, transformers.CLIPVisionModel, transformers.BertModel
    with opened(path, "r") as file:
        rows = [json.loads(line) for line in file]
    fork = multiprocessing.get_context("fork")
    for row in rows:
        queue = fork.Queue()
        process = fork.Process(target=answer, args=(row, queue))
        process.start()
        row["stored"], row[transformers.__version__] = queue.get(timeout=2 * SECONDS_PER_REPO)
        process.join()
    with opened(path, "w") as file:
        for row in rows:
            row.pop("changes", None)
            print(json.dumps(row, separators=(",", ":")), file=file)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(int(sys.argv[2]), int(sys.argv[3]))
    else:
        record(sys.argv[2])
