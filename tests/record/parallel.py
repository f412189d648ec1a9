"""Record what tensor, expert and pipeline parallelism of the installed transformers makes of small models:

    parallel.py OUT.jsonl.gz [--kinds KIND,...] [--models FOLDER...] [--each] [--but CLASS...] [--part I/N] [--configs]

For every model class with a plan: shrink the default config, save the model, load it as each rank of a group in turn. The group is
torch's fake one, whose collectives do nothing, so that one process is every rank. `kinds()` of parallel_kinds.py has which loads there are; without
`--kinds`, all of them. FOLDERs are of transformers/models. With `--configs` nothing is loaded: rows have a class and its config alone, for
forwards.py. A row is a class and a kind:

    class, config   "module:Class", and config.json as loaded
    kind, sizes     which of kinds(), which of SIZES
    tensors         {"float32 [64, 32]": names}: every parameter and buffer of the model loaded without a plan, names folded as in loads.py
    stored          {"F32 [64, 32]": names}: what the checkpoint has, where that is not the model's state dict less the tied names
    plans           {"tp": {key: style}, ...}: the model's plans as its constructor leaves them
    runs            a list, one for each load:
      world, with   how many ranks, and the arguments of from_pretrained, those of DistributedConfig under "distributed_config"
      error         "Type: message", where a rank raises, and "ranks" which, if not all as far as asked (two ranks); or
      of            for each rank the index of its table in "tables"
      tables        what differs from `tensors`: {"local": {"[32, 32]": names}} of distributed tensors with the same global shape;
                    "other": {"DTensor|Tensor dtype global local": names}; "absent": names; "new" like "other", not in `tensors`
      unused        rules that the library says match nothing, of each plan, and with "verify" those that verify_tp_plan says were not applied
      unsharded     the layers that verify_tp_plan calls not sharded. It is called here: the library does so only if the logger of
                    modeling_utils has a level of its own, which it has not by default (and 4.57.6 and 5.0.0 then lose the rules that it
                    finds). Not of a model in stages.
      logged        other warnings, once each
                    These three are at the row if all runs without an error agree.

Where the model does not load without a plan either, "alone" is what it raises, and every tensor of a run is in "new".
On standard output: figures, and each class with a plan that was not built small, with the reason.
"""

import argparse
import ast
import collections
import contextlib
import gzip
import itertools
import json
import logging
import multiprocessing
import os
import pathlib
import random
import re
import signal
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"

import load_cases  # sets the environment for transformers
import torch
import torch.distributed as dist
import transformers
from loads import folded
from parallel_kinds import kinds
from safetensors.torch import load_file
from torch.testing._internal.distributed.fake_pg import FakeStore

STORED_DTYPES = load_cases.SAFETENSORS_DTYPES | {torch.float8_e4m3fn: "F8_E4M3", torch.float8_e8m0fnu: "F8_E8M0"}
ERROR_LENGTH = 300

# Sizes that divide by 8 but for the heads of keys and values, and sizes of which none does.
EVEN = {
    64: load_cases.SMALL_SIZES[32],
    80: load_cases.SMALL_SIZES[40],
    48: load_cases.SMALL_SIZES[24],
    16: load_cases.SMALL_SIZES[16],
    8: load_cases.SMALL_SIZES[8] + " " + load_cases.SMALL_SIZES[4],
    2: load_cases.SMALL_SIZES[2].replace("num_key_value_heads", ""),
    4: "num_key_value_heads",
    96: load_cases.SMALL_SIZES[99],
}
ODD = {
    60: load_cases.SMALL_SIZES[32],
    42: load_cases.SMALL_SIZES[40],
    26: load_cases.SMALL_SIZES[24],
    14: load_cases.SMALL_SIZES[16],
    6: load_cases.SMALL_SIZES[8] + " " + load_cases.SMALL_SIZES[4],
    2: load_cases.SMALL_SIZES[2].replace("num_key_value_heads", ""),
    3: "num_key_value_heads",
    97: load_cases.SMALL_SIZES[99],
}
# With layers for several stages.
DEEP = {5 if size == 2 else size: keys for size, keys in EVEN.items()}
WIDE = {  # blocks of 128 do not cut evenly
    512: load_cases.SMALL_SIZES[32],
    384: load_cases.SMALL_SIZES[40] + " " + load_cases.SMALL_SIZES[24],
    128: load_cases.SMALL_SIZES[16],
    8: load_cases.SMALL_SIZES[8] + " " + load_cases.SMALL_SIZES[4],
    2: load_cases.SMALL_SIZES[2].replace("num_key_value_heads", ""),
    4: "num_key_value_heads",
    96: load_cases.SMALL_SIZES[99],
}
UNEVEN = {96 if size == 97 else size: keys for size, keys in ODD.items()}
SIZES = {"even": EVEN, "odd": ODD, "uneven": UNEVEN, "deep": DEEP, "wide": WIDE}
# More sizes, for the classes that load_cases.small_config does not build, or not small.
WIDTHS = "out_hidden_size text_hidden_size audio_hidden_size vision_output_dim projector_input_dim projector_output_dim image_embed_dim"
HIDDEN = "expert_ffn_hidden_size shared_expert_intermediate_size ffn_hidden_size compressor_hidden_size conv_dim downsample_hidden_size"
HEADS = "head_dim qk_nope_head_dim qk_rope_head_dim v_head_dim global_head_dim swa_head_dim zero_expert_num o_lora_rank index_head_dim"
DEPTHS = "num_hidden_layers encoder_layers decoder_layers n_layer num_layers n_layers depth num_decoder_layers".split()
ROPE = {"rope_type": "default", "rope_theta": 10000.0}
# What some models' sizes have to be beside these, by model type.
FITTING = {
    "bamba": {"mamba_n_heads": 8, "mamba_d_head": 16},
    "granitemoehybrid": {"mamba_n_heads": 8, "mamba_d_head": 16},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"]},
    "deepseek_ocr2_text": {"mlp_layer_types": ["dense", "sparse"]},
    "dots1": {"n_routed_experts": 8, "n_shared_experts": 1},
    "neomme": {"head_dim": 16},
    "qwen3_omni_moe_talker_text": {"shared_expert_intermediate_size": 48},
    "gemma3n_text": {"num_kv_shared_layers": 0},
    "gemma4_text": {"num_kv_shared_layers": 0},
    "gemma4_unified_text": {"num_kv_shared_layers": 0},
    "fun_asr_nano": {"adaptor_config": {"intermediate_size": 16}},
    "cohere_compass_text": {"rope_parameters": {"full_attention": ROPE, "sliding_attention": ROPE}},
    "ernie4_5_vl_moe_text": {"rope_parameters": ROPE | {"mrope_section": [1, 1, 2]}},
    "dots3_note_text": {"head_dim": 16},
    "dots3_note_vision_encoder": {"adapter_in_dim": 64},
    "granite4_vision": {"deepstack_layer_map": [[0, 0], [1, 1]]},
}
LARGEST_MODEL = 35_000_000  # parameters


# ---- What the library logs ---------------------------------------------------------------------------------------------------------


class Logged(logging.Handler):
    """The messages of the library's loggers, at warning and above."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


LOGGED = Logged()


def listen():
    logger = logging.getLogger("transformers")
    logger.handlers = [LOGGED]
    logger.setLevel(logging.WARNING)


def said(messages, folder):
    """{unused, unsharded, logged} of the messages."""
    unused, unsharded, others = {}, set(), set()
    for message in messages:
        if match := re.match(r"`(\w+)` rules (\[.*\]) match nothing", message):
            unused[match[1]] = sorted(ast.literal_eval(match[2]))
        elif match := re.match(r"The following TP rules were not applied on any of the layers: (.*)$", message, re.S):
            unused["verify"] = sorted(ast.literal_eval(match[1]))
        elif message.startswith("The following layers were not sharded: "):
            unsharded |= set(message.removeprefix("The following layers were not sharded: ").split(", "))
        else:
            plain = re.sub(r"\x1b\[[\d;]*m|-{3,}\+?-*", "", told(message, folder))
            others.add(re.sub(r"\s+", " ", plain)[:ERROR_LENGTH])
    out = {"unused": unused, "unsharded": sorted(unsharded), "logged": sorted(others)}
    return {key: value for key, value in out.items() if value}


# ---- Ranks -------------------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def as_rank(rank, world):
    """This process is a rank of a group whose collectives do nothing."""
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world), "MASTER_ADDR": "localhost", "MASTER_PORT": "29500"}
    dist.init_process_group("fake", rank=rank, world_size=world, store=FakeStore())
    try:
        yield
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
        for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
            os.environ.pop(name, None)


def load(model_class, folder, options):
    if "distributed_config" in options:
        from transformers.distributed import DistributedConfig

        options = options | {"distributed_config": DistributedConfig(**options["distributed_config"])}
    if "dtype" in options:
        options = options | {"dtype": getattr(torch, options["dtype"])}
    return model_class.from_pretrained(folder, **options)


def shards_of(model):
    """{name: (is distributed, dtype, global shape, local shape)} of every parameter and buffer."""
    rows = {}
    for name, tensor in [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]:
        distributed = hasattr(tensor, "to_local")
        local = tensor.to_local() if distributed else tensor
        rows[name] = (distributed, str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape), tuple(local.shape))
    return rows


def told(text, folder):
    """Text of the library without what is this run's: the repo, where the library lies, addresses."""
    text = re.sub(r" at 0x[0-9a-f]+", " at 0x0", text.replace(folder, "REPO"))
    return re.sub(r"/\S*/(?=(?:transformers|torch|safetensors)/)", "", text)


def error_of(error, folder):
    return f"{type(error).__name__}: {told(str(error), folder)[:ERROR_LENGTH]}"


def grouped(pairs):
    groups = collections.defaultdict(list)
    for name, kind in pairs:
        groups[kind].append(name)
    return {kind: " ".join(folded(names)) for kind, names in groups.items()}


def table_of(whole, rows):
    """What differs from `whole`, the rows of the model without a plan."""
    local, other, new = [], [], []
    for name, (distributed, dtype, shape, part) in rows.items():
        full = f"{'DTensor' if distributed else 'Tensor'} {dtype} {list(shape)} {list(part)}"
        if name not in whole:
            new.append((name, full))
        elif (dtype, shape) != whole[name][1:3] or not distributed and part != shape:
            other.append((name, full))
        elif part != shape:
            local.append((name, str(list(part))))
    table = {"local": grouped(local), "other": grouped(other), "new": grouped(new)}
    table["absent"] = " ".join(folded(name for name in whole if name not in rows))
    return {key: value for key, value in table.items() if value}


def ask(rank, model_class, folder, whole, world, options):
    """(the table or the error, what was logged) of one rank."""
    LOGGED.messages = []
    with as_rank(rank, world):
        try:
            model = load(model_class, folder, options)
            answer = table_of(whole, shards_of(model))
            if rank == 0 and "pp_size" not in options.get("distributed_config", {}):
                transformers.modeling_utils.verify_tp_plan(list(model.state_dict()), dict(getattr(model, "_tp_plan", None) or {}))
        except load_cases.TooSlow:
            raise
        except Exception as error:
            answer = error_of(error, folder)
    return answer, LOGGED.messages


def ask_apart(*arguments):
    """The same in a process of its own: where there are several groups, those of the rank before are remembered."""
    here, there = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=lambda: there.send(ask(*arguments)))
    process.start()
    there.close()
    try:
        return here.recv()
    finally:
        process.join()


def run(model_class, folder, whole, world, options):
    answer = {"world": world, "with": options}
    tables, of, errors, messages = [], [], {}, []
    sizes = [size for key, size in options.get("distributed_config", {}).items() if key in ("fsdp_size", "tp_size", "pp_size")]
    how = ask_apart if len(sizes) > 1 or "fsdp_size" in options.get("distributed_config", {}) else ask
    for rank in range(world):
        result, logged = how(rank, model_class, folder, whole, world, options)
        messages += logged
        if isinstance(result, str):
            errors[rank] = result
            if rank == 1:
                break  # what raises on two ranks raises on all
        else:
            if result not in tables:
                tables.append(result)
            of.append(tables.index(result))
    facts = said(messages, folder)
    if errors:
        answer["error"] = next(iter(errors.values()))
        if len(set(errors.values())) > 1 or len(errors) == 1:
            answer["ranks"] = {str(rank): error for rank, error in errors.items()}
        facts = without_verify(facts)
    else:
        answer |= {"of": of, "tables": tables}
    return answer | facts


def without_verify(facts):
    """Less what verify_tp_plan says, of which there is something only if it is another rank than the first that raises."""
    unused = {key: rules for key, rules in facts.get("unused", {}).items() if key != "verify"}
    facts = {key: value for key, value in facts.items() if key not in ("unused", "unsharded")}
    return facts | ({"unused": unused} if unused else {})


# ---- Models ------------------------------------------------------------------------------------------------------------------------


def use_sizes(name):
    load_cases.SMALL.clear()
    load_cases.SMALL.update({key: size for size, keys in SIZES[name].items() for key in keys.split()})
    load_cases.SMALL.update({key: size for size in (0, 64) for key in load_cases.SMALL_SIZES[size].split()})


def thinned(value, heads_of_values):
    """Like load_cases.shrink, but lists with an entry a layer keep two, of two kinds if there are, and what is None for a number gets one."""
    if isinstance(value, (list, tuple)):
        return type(value)(thinned(item, heads_of_values) for item in value)
    if not isinstance(value, dict):
        return value
    depth = max([value[key] for key in DEPTHS if isinstance(value.get(key), int)], default=0)
    out = {}
    for key, item in value.items():
        is_size = isinstance(item, int) and not isinstance(item, bool)
        small = load_cases.SMALL.get(key)
        if key == "num_key_value_heads" and (is_size or item is None):
            out[key] = heads_of_values
        elif small is not None and (is_size and item > small or item is None):
            out[key] = small
        elif isinstance(item, (list, tuple)) and depth > 2 and len(item) == depth:
            kinds = [item[0], next((other for other in item if other != item[0]), item[0])]
            out[key] = type(item)(thinned(entry, heads_of_values) for entry in kinds)
        elif isinstance(item, dict) and item and all(str(number).isdigit() for number in item):
            out[key] = {number: entry for number, entry in item.items() if int(number) < 2}
        elif is_size and key.endswith("_token_id"):
            out[key] = min(item, load_cases.SMALL["vocab_size"] - 1)
        else:
            out[key] = thinned(item, heads_of_values)
    return out | FITTING.get(value.get("model_type"), {})


def thin_config(model_class, key_values):
    """With `key_values`, the name of the size that is how many heads keys and values have."""
    small = dict(load_cases.SMALL)
    more = {WIDTHS: small["hidden_size"], HIDDEN: small["moe_intermediate_size"], HEADS: small["hidden_size_per_layer_input"]}
    try:
        load_cases.SMALL.update({key: size for keys, size in more.items() for key in keys.split()})
        return model_class.config_class.from_dict(thinned(model_class.config_class().to_dict(), small[key_values]))
    finally:
        load_cases.SMALL.clear()
        load_cases.SMALL.update(small)


def small_model(model_class):
    """(config, the model on the meta device) of the likeliest config that gives one, or raises what the last ended in."""
    tries = (
        lambda: load_cases.small_config(model_class),
        lambda: thin_config(model_class, "num_key_value_heads"),
        lambda: thin_config(model_class, "num_attention_heads"),
    )
    for make in tries:
        try:
            config = make()
            with torch.device("meta"):
                model = model_class(config)
            size = sum(parameter.numel() for parameter in model.parameters())
            if size > LARGEST_MODEL:
                raise ValueError(f"{size} parameters")
            return config, model
        except Exception as error:
            last = error
    raise last


def plans_of(model):
    plans = {kind: getattr(model, f"_{kind}_plan", None) for kind in ("tp", "ep", "pp")}
    return {kind: plan for kind, plan in plans.items() if plan}


def is_state_dict(tensors, model):
    """Whether the checkpoint has what the model's state dict has, but for tied names."""
    tied = getattr(model, "all_tied_weights_keys", None) or getattr(model, "_tied_weights_keys", None) or ()
    kinds_of = lambda rows: {key: (tensor.dtype, tensor.shape) for key, tensor in rows.items() if key not in tied}
    return kinds_of(model.state_dict()) == kinds_of(tensors)


def hoist(row):
    """What all runs that end well are told, to the row."""
    runs = [run for run in row["runs"] if "error" not in run]
    for key in ("unused", "unsharded", "logged"):
        values = [run.get(key) for run in runs]
        if values and values[0] and all(value == values[0] for value in values):
            row[key] = values[0]
            for run in runs:
                del run[key]


def write_quantized(model_class, folder):
    """A checkpoint of what the quantizer that config.json names makes of the class."""
    from transformers.quantizers import AutoHfQuantizer

    config = model_class.config_class.from_pretrained(folder)
    quantizer = AutoHfQuantizer.from_config(config.quantization_config, pre_quantized=True)
    config.dtype = torch.bfloat16
    with torch.device("meta"):
        model = model_class(config)
    quantizer.preprocess_model(model=model)
    model.to_empty(device="cpu")
    model.tie_weights()
    model.hf_quantizer = quantizer
    model.save_pretrained(folder)


@contextlib.contextmanager
def blind_quantizer(blind):
    """The quantizer of FP8 does not ask the machine, where it would dequantize what it finds no accelerator for."""
    if not blind:
        yield
        return
    from transformers.quantizers.quantizer_finegrained_fp8 import FineGrainedFP8HfQuantizer

    asks = FineGrainedFP8HfQuantizer.validate_environment
    FineGrainedFP8HfQuantizer.validate_environment = lambda *_, **__: None
    try:
        yield
    finally:
        FineGrainedFP8HfQuantizer.validate_environment = asks


@contextlib.contextmanager
def numbers_as_devices(accelerated):
    """A number for a device is the CPU, as it is a GPU where there is one."""
    if not accelerated:
        yield
        return
    to = torch.Tensor.to
    is_number = lambda device: isinstance(device, int) and not isinstance(device, bool)

    def to_any(self, *args, **kwargs):
        kwargs = {key: "cpu" if key == "device" and is_number(value) else value for key, value in kwargs.items()}
        return to(self, *("cpu" if is_number(value) else value for value in args), **kwargs)

    torch.Tensor.to = to_any
    try:
        yield
    finally:
        torch.Tensor.to = to


def read_checkpoint(folder):
    return {key: tensor for file in sorted(pathlib.Path(folder).glob("*.safetensors")) for key, tensor in load_file(file).items()}


def prepare(model_class, kind, folder):
    """Writes the repo; (the model's plans, the tensors in the checkpoint), or None where the class has no plan."""
    config, bare = small_model(model_class)
    plans = plans_of(bare)
    if not plans.get("tp") and not plans.get("ep") or kind.needs and not plans.get(kind.needs):
        return None
    if kind.before:
        kind.before(config)
    torch.manual_seed(0)
    model_class(config).save_pretrained(folder)
    if kind.edit:
        path = pathlib.Path(folder, "config.json")
        path.write_text(json.dumps(kind.edit(json.loads(path.read_text()))))
    if kind.quantized:
        write_quantized(model_class, folder)
    tensors = read_checkpoint(folder)
    if kind.change:
        tensors = kind.change(tensors)
        load_cases.write(tensors, folder, 1)
    return plans, tensors


def record(model_class, name, kind):
    """The row, or None where the class has no plan."""
    use_sizes(kind.sizes)
    with tempfile.TemporaryDirectory(prefix="repo") as folder, blind_quantizer(kind.kept), numbers_as_devices(kind.accelerated):
        prepared = prepare(model_class, kind, folder)
        if prepared is None:
            return None
        plans, tensors = prepared
        row = {
            "class": f"{model_class.__module__}:{model_class.__name__}",
            "kind": name,
            "sizes": kind.sizes,
            "config": json.loads(pathlib.Path(folder, "config.json").read_text()),
        }
        whole, stored = {}, grouped((key, f"{STORED_DTYPES[tensor.dtype]} {list(tensor.shape)}") for key, tensor in tensors.items())
        try:
            arguments = {key: value for _, with_ in kind.loads[:1] for key, value in with_.items() if key in ("dtype", "ignore_mismatched_sizes")}
            model = load(model_class, folder, arguments)
            whole = shards_of(model)
            row["tensors"] = grouped((name, f"{dtype} {list(shape)}") for name, (_, dtype, shape, _) in whole.items())
            if kind.change or kind.quantized or not is_state_dict(tensors, model):
                row["stored"] = stored
        except load_cases.TooSlow:
            raise
        except Exception as error:
            row["alone"] = error_of(error, folder)
            row["stored"] = stored
        row["plans"] = plans
        row["runs"] = [run(model_class, folder, whole, world, options) for world, options in kind.loads]
        hoist(row)
        return row


def preferred(classes):
    """Those with a head for text first."""
    ends = ("ForCausalLM", "ForConditionalGeneration", "ForMaskedLM", "Model")
    rank = lambda name: next((i for i, end in enumerate(ends) if name.endswith(end)), len(ends))
    return sorted(classes, key=lambda cls: (rank(cls.__name__), cls.__name__))


class Recorder:
    def __init__(self, out):
        self.out = out
        self.counts = collections.Counter()
        self.errors = {}
        self.reasons = {}

    def write(self, model_class, name, kind):
        """Whether there was a row."""
        try:
            signal.alarm(6 * load_cases.SECONDS_PER_CASE)
            row = record(model_class, name, kind)
        except (Exception, load_cases.TooSlow) as error:
            self.reasons[f"{model_class.__name__}, {name}"] = f"{type(error).__name__}: {str(error)[:300]}"
            return False
        finally:
            signal.alarm(0)
        if row is None:
            return False
        self.out.write((json.dumps(row, separators=(",", ":")) + "\n").encode())
        self.counts.update({"rows": 1, "runs": len(row["runs"]), "errors": sum("error" in run for run in row["runs"])})
        return True

    def write_kind(self, classes, name, kind):
        if kind.which != "each":
            for model_class in classes:
                if kind.which == "all" or model_class.__name__ in kind.which:
                    self.write(model_class, name, kind)
            return
        for _, siblings in itertools.groupby(classes, key=lambda cls: cls.__module__):
            any(self.write(model_class, name, kind) for model_class in preferred(siblings))


def says_a_plan(config, depth=0):
    parts = [part for part in vars(config).values() if isinstance(part, transformers.PretrainedConfig)] if depth < 3 else []
    own = any(getattr(config, f"base_model_{kind}_plan", None) for kind in ("tp", "ep"))
    return own or any(says_a_plan(part, depth + 1) for part in parts)


def has_plan(model_class):
    """Whether the class, its config or a part of that has a plan, without building it."""
    if getattr(model_class, "_tp_plan", None) or getattr(model_class, "_ep_plan", None):
        return True
    try:
        return says_a_plan(model_class.config_class())
    except Exception:
        return bool(getattr(model_class.config_class, "base_model_tp_plan", None))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--kinds", help="separated by commas or, where one has a comma, by semicolons")
    parser.add_argument("--models", nargs="*", help="folders of transformers/models")
    parser.add_argument("--each", action="store_true", help="one class of a file where a kind has all")
    parser.add_argument("--but", nargs="*", default=[], help="classes to leave out")
    parser.add_argument("--configs", action="store_true")
    parser.add_argument("--part", default="0/1", help="only every N-th model file, from the I-th on")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    listen()
    signal.signal(signal.SIGALRM, load_cases._too_slow)
    classes = {cls for folder, cls, _ in load_cases.model_classes(random.Random(0), most=10**6) if not options.models or folder in options.models}
    modules = sorted({cls.__module__ for cls in classes})[part::parts]
    classes = sorted((cls for cls in classes if cls.__module__ in modules), key=lambda cls: (cls.__module__, cls.__name__))
    classes = [cls for cls in classes if cls.__name__ not in options.but and has_plan(cls)]
    wanted = re.split(";" if ";" in options.kinds else ",", options.kinds) if options.kinds else list(kinds())
    with gzip.GzipFile(options.out, "wb", mtime=0) as out:
        recorder = Recorder(out)
        for name, kind in kinds().items():
            if name in wanted:
                kind = kind._replace(loads=[]) if options.configs else kind
                kind = kind._replace(which="each") if options.each and kind.which == "all" else kind
                recorder.write_kind(classes, name, kind)
                out.flush()
                print(name, time.process_time(), file=sys.stderr, flush=True)
    print(json.dumps({"transformers": transformers.__version__, "torch": torch.__version__, "with a plan": len(classes), **recorder.counts}))
    for name, why in recorder.reasons.items():
        print(f"{name}: {why}")


if __name__ == "__main__":
    main()
