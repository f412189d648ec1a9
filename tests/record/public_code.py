"""Ask the installed transformers what it makes of folders with code that people published, and whether the program says the same:

    public_code.py PROGRAM SOURCE FOLDER... > ANSWERS.tsv

A FOLDER has modeling files and, as a rule, a config.json; where it has none, one is made whose fields are the defaults of its class
of configuration (`described`).  Sizes are shrunk.  Of each model class that `auto_map` names: it is built, saved, and loaded as a
repo of its own, in a process of its own; `PROGRAM graph` has to give its modules and tensors, and each warning and error of
`PROGRAM check` has to be true of what loading did (`judged`).  SOURCE is where the installed transformers is.

A line is the folder, the class, what of it ("graph", "load" or the rule of a finding), "true", "FALSE", "said" (the program says that
it does not know) or "open" (for a reader to judge), and the grounds.
"""

import ast
import copy
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import load_cases
from live_graphs import graph_of
from plain_saves import MOST_WITNESSES, loses

SECONDS = 240
LARGEST_MODEL = 300_000_000  # parameters
OF_SIZES = {"RuntimeError", "ValueError", "AssertionError", "ZeroDivisionError", "IndexError", "TypeError"}
# Names of sizes in code that is nobody's but its author's, beside those of load_cases.SMALL.
SMALL = load_cases.SMALL | {
    "num_layers": 2,
    "ffn_hidden_size": 64,
    "kv_channels": 8,
    "seq_length": 64,
    "padded_vocab_size": 99,
    "inner_hidden_size": 64,
    "mlp_ratio": 2,
    "max_seq_len": 64,
    "max_sequence_length": 64,
    "mlp_hidden_size": 64,
    "embedding_size": 128,  # at least the vocabulary
}


# ---- A folder becomes a repo -----------------------------------------------------------------------------------------------------------


def bases_of(node):
    return {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}


def described(folder):
    """A config.json for files that came without one: the classes of models whose base is a PreTrainedModel of theirs or the library's."""
    classes = [(path.stem, node) for path in sorted(folder.glob("*.py")) for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
    configs = [(stem, node.name) for stem, node in classes if any(name.endswith("Config") for name in bases_of(node))]
    bases = {"PreTrainedModel"} | {node.name for _, node in classes if node.name.endswith("PreTrainedModel")}
    models = [(stem, node.name) for stem, node in classes if bases_of(node) & bases and node.name not in bases]
    if not configs or not models:
        return None
    own = {"configuration_" + stem.removeprefix("modeling_") for stem, _ in models[-1:]}
    config = next((each for each in configs if each[0] in own | {models[-1][0]}), configs[-1])
    heads = [each for each in models if each[1].endswith(("ForCausalLM", "ForConditionalGeneration", "ForMaskedLM"))]
    auto_map = {"AutoConfig": ".".join(config), "AutoModel": ".".join(([m for m in models if m[1].endswith("Model")] or models)[-1])}
    if heads:
        auto_map["AutoModelForCausalLM"] = ".".join(heads[-1])
    return {"auto_map": auto_map}


def shrunk(value, only=None):
    """The config with its sizes made small; `only` of those names, if it is given."""
    if isinstance(value, list):
        return [shrunk(item, only) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, item in value.items():
        is_size = isinstance(item, int) and not isinstance(item, bool)
        if is_size and (only is None or key in only) and key in SMALL and item > SMALL[key]:
            out[key] = SMALL[key]
        elif is_size and only is None and key.endswith("_token_id"):
            out[key] = min(item, SMALL["vocab_size"] - 1)
        else:
            out[key] = shrunk(item, only)
    return out


LAYERS = {key for key, size in SMALL.items() if size == 2 and "layer" in key or key == "depth"}


def repos_of(folder, to):
    """A repo for each model class and way to shrink its config: (class, name of the Auto class, folders, the smallest first)."""
    config_file = folder / "config.json"
    config = json.loads(config_file.read_text()) if config_file.exists() else described(folder)
    for auto, entry in (config or {}).get("auto_map", {}).items():
        if not auto.startswith("AutoModel") or not isinstance(entry, str):
            continue
        name = entry.rpartition(".")[2]
        if (pathlib.Path(to) / f"{name}-0").exists():
            continue  # of another Auto class
        ways = []
        for number, small in enumerate((shrunk(config), shrunk(config, LAYERS))):
            repo = pathlib.Path(to) / f"{name}-{number}" / "repo"
            repo.mkdir(parents=True, exist_ok=True)
            for path in folder.iterdir():
                if path.suffix == ".py":
                    shutil.copy(path, repo)
            (repo / "config.json").write_text(json.dumps(small | {"architectures": [name]}))
            ways.append(repo)
        yield name, auto, ways


# ---- What the library does -------------------------------------------------------------------------------------------------------------


def told(error):
    return {"error": type(error).__name__, "message": str(error)}


def device_maps(auto, repo, budgets):
    """By devices and budget, the map that from_pretrained makes on the way, or the name of the exception it ends in."""
    from transformers import modeling_utils

    class Made(Exception):
        pass

    def stop(*args, **kwargs):
        raise Made(make(*args, **kwargs))

    maps = {}
    make, modeling_utils._get_device_map = modeling_utils._get_device_map, stop
    for devices, budget in budgets:
        try:
            auto.from_pretrained(repo, trust_remote_code=True, device_map="auto", max_memory=dict.fromkeys(range(devices), budget))
        except Made as made:
            maps[f"{devices} {budget}"] = made.args[0]
        except Exception as error:
            maps[f"{devices} {budget}"] = type(error).__name__
    modeling_utils._get_device_map = make
    return maps


def asked(repo, auto, budgets, answers):
    """Fills in what the library makes of the repo: "graph", then what saving and loading gave."""
    import torch
    import transformers
    from safetensors.torch import load_file, save_file

    auto = getattr(transformers, auto, transformers.AutoModel)
    config = transformers.AutoConfig.from_pretrained(repo, trust_remote_code=True)
    defaults = config.to_dict() if "model_type" not in json.loads((repo / "config.json").read_text()) else None
    if defaults:  # the fields of a config that was made up are those of its class
        own = json.loads((repo / "config.json").read_text())
        text = json.dumps(shrunk(json.loads(config.to_json_string(use_diff=False))) | own)
        (repo / "config.json").write_text(text)
        config = transformers.AutoConfig.from_pretrained(repo, trust_remote_code=True)
    try:
        with torch.device("meta"):
            size = sum(each.numel() for each in auto.from_config(copy.deepcopy(config), trust_remote_code=True).parameters())
    except Exception:  # of code that reads values; that of a model in memory is what counts
        size = 0
    if size > LARGEST_MODEL:
        raise MemoryError("too large to be loaded here")
    torch.manual_seed(0)
    model = auto.from_config(config, trust_remote_code=True)
    answers["graph"] = graph_of(model)
    if not list(repo.glob("*.safetensors")):
        seen, stored = {}, {}
        for name, tensor in model.state_dict().items():
            if tensor.data_ptr() not in seen or not tensor.numel():
                stored[name] = tensor.clone().contiguous()
            seen.setdefault(tensor.data_ptr(), name)
        save_file(stored, repo / "model.safetensors", metadata={"format": "pt"})
    answers["saved"] = True
    stored = load_file(repo / "model.safetensors")
    answers["maps"] = device_maps(auto, repo, budgets)
    try:
        loaded, info = auto.from_pretrained(repo, trust_remote_code=True, output_loading_info=True)
    except Exception as error:
        answers["load"] = told(error)
        return
    values, buffers = dict(loaded.state_dict()), dict(loaded.named_buffers())

    def same(ours, theirs):
        return ours.shape == theirs.shape and torch.equal(torch.nan_to_num(ours.to(theirs.dtype)), torch.nan_to_num(theirs))

    answers["load"] = {
        "missing": sorted(map(str, info["missing_keys"])),
        "unexpected": sorted(map(str, info["unexpected_keys"])),
        "mismatched": sorted(str(each[0]) for each in info["mismatched_keys"]),
        "changed": sorted(n for n, t in stored.items() if n in values and not same(values[n], t)),
        "buffers": sorted(n for n, t in model.named_buffers() if n not in stored and n in buffers and not same(buffers[n], t)),
        "meta": sorted(n for n, t in [*loaded.named_parameters(), *loaded.named_buffers()] if t.device.type == "meta"),
    }


def asked_apart(repo, auto, budgets=()):
    """`asked` in a process of its own, which may be killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        answers = {}
        sys.stdout = sys.stderr = open(os.devnull, "w")
        os.dup2(sys.stdout.fileno(), 1), os.dup2(sys.stderr.fileno(), 2)
        signal.alarm(SECONDS)
        try:
            asked(repo, auto, budgets, answers)
        except BaseException as error:
            answers["raised"] = told(error)
        with os.fdopen(writer, "w") as pipe:
            json.dump(answers, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"raised": {"error": "died", "message": ""}}


# ---- What the program says -------------------------------------------------------------------------------------------------------------


def run(program, source, command, repo):
    arguments = [program, command, str(repo), "--source", source, "--format", "json"]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=SECONDS)


def graph_differs(ours, real):
    """The first thing in which two graphs differ, or None."""
    if "modules" not in ours:
        return f"no graph: {json.dumps(ours)[:300]}"
    for part in ("modules", "parameters", "buffers"):
        a, b = ([tuple(map(str, each)) for each in graph[part]] for graph in (ours, real))
        if a != b:
            extra = [each for each in a if each not in b][:1] + [each for each in b if each not in a][:1]
            return f"{part}: {extra or 'another order'}"
    return None


def judged(finding, answers, witnesses):
    """Whether a finding is true of what the library did, and the grounds."""
    rule, message, tensors = finding["rule"], finding["message"], set(finding.get("tensors", []))
    load = answers.get("load", {})
    raised = load if "error" in load else answers.get("raised")
    if rule.startswith("unplaceable") or rule == "crashing-device-map":
        asked_of = [key for key, names in witnesses.items() if names & tensors or rule == "crashing-device-map"]
        named = [answers["maps"][key] for key in asked_of]
        hits = sum(each in message if isinstance(each, str) else any(loses(each, n) for n in tensors) for each in named)
        return ("true" if hits and hits == len(named) else "FALSE"), f"{hits} of {len(named)} maps, {[n for n in named if isinstance(n, str)][:1]}"
    if rule == "missing-remote-code" and raised:
        return ("true" if "does not appear to have a file" in raised["message"] else "FALSE"), raised["message"][:160]
    if raised:
        return ("true" if raised["error"] in message + json.dumps(finding) else "open"), f"{raised['error']}: {raised['message'][:160]}"
    for word in ("missing", "unexpected", "mismatched"):
        if word in rule:
            return ("true" if tensors & set(load[word]) else "FALSE"), f"{word}: {load[word][:3]}"
    for word in ("changed", "meta", "missing", "buffers"):
        if tensors & set(load[word]):
            return "true", f"{word}: {sorted(tensors & set(load[word]))[:3]}"
    return "open", message


def lines_of(program, source, folder):
    with tempfile.TemporaryDirectory() as to:
        for name, auto, ways in repos_of(folder, to):
            for repo in ways:
                answers = asked_apart(repo, auto)
                if "graph" in answers or answers["raised"]["error"] not in OF_SIZES:
                    break
            ours = run(program, source, "graph", repo)
            if "graph" in answers:
                try:
                    graph = json.loads(ours.stdout)
                    partial = graph.get("partial")
                    differs = graph_differs(graph, answers["graph"])
                    if "modules" not in graph and answers.get("load", {}).get("error", " ") in ours.stdout:
                        differs = None  # what stands on the meta device, which from_pretrained builds on
                    yield name, "graph", "said" if differs and partial else "FALSE" if differs else "true", differs or ""
                except ValueError:
                    yield name, "graph", "open", ours.stderr.strip()[:300] + ours.stdout[:100]
            else:
                text = (ours.stderr + ours.stdout).strip()
                same = answers["raised"]["error"] in text
                grounds = f"{answers['raised']['error']}: {answers['raised']['message'][:160]} <> {text[:300]}"
                yield name, "graph", "true" if same else "open", grounds
            report = run(program, source, "check", repo)
            try:
                model = json.loads(report.stdout)["models"][0]
            except (ValueError, LookupError):
                yield name, "check", "open", report.stderr.strip()[:300]
                continue
            found = [finding for finding in model["findings"] if finding["severity"] != "info"]
            witnesses = {}
            if any(f["rule"].startswith("unplaceable") or f["rule"] == "crashing-device-map" for f in found):
                for witness in json.loads(run(program, source, "map", repo).stdout).get("witnesses", []):
                    for loss in witness["losses"]:
                        witnesses.setdefault((witness["devices"], loss["from"]), set()).update(loss["lost"])
                    for begin, _ in witness["crashes"]:
                        witnesses.setdefault((witness["devices"], begin), set())
                few = sorted(witnesses)[:: len(witnesses) // MOST_WITNESSES + 1]
                answers |= asked_apart(repo, auto, few)
                witnesses = {f"{d} {b}": witnesses[d, b] for d, b in few}
            for finding in found:
                try:
                    yield name, finding["rule"], *judged(finding, answers, witnesses)
                except KeyError as error:
                    yield name, finding["rule"], "open", f"no {error}: {finding['message'][:200]}"
            failed = answers.get("load", {}).get("error") or answers.get("raised", {}).get("error")
            said = any(each["severity"] == "error" for each in found)
            if failed and not said:
                why = (answers.get("load") if "error" in answers.get("load", {}) else answers.get("raised"))["message"][:200]
                yield name, "load", "said" if model["partial"] or model.get("not_checked") else "FALSE", f"{failed}: {why} <> {json.dumps(model)[:200]}"
            elif not failed:
                lost = {word: names for word, names in answers["load"].items() if names}
                yield name, "load", "true" if not lost or found else "open", json.dumps(lost)[:300]


def main():
    program, source, *folders = sys.argv[1:]
    for folder in map(pathlib.Path, folders):
        for line in lines_of(program, source, folder):
            print(folder.name, *(str(each).replace("\t", " ").replace("\n", " ") for each in line), sep="\t", flush=True)


if __name__ == "__main__":
    main()
