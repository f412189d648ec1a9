"""Record what a forward pass over two stages of a pipeline gives, on two processes of gloo, against one process:

    pipelines.py PARALLEL.jsonl.gz OUT.jsonl

For the classes of a file that parallel.py made that load in two stages ("pp"). A row:

    class, config   as there
    result          "equal"; "differs" and by how much of the largest logit; or "Type: message" of the first stage that raises, "silent" where
                    a stage neither ends nor raises
    order           the children of the base model in the order in which one process first calls them
"""

import argparse
import gzip
import importlib
import inspect
import json
import multiprocessing
import os
import pathlib
import tempfile
import time
import warnings

import parallel  # sets the environment for transformers
import torch
import torch.distributed as dist

SECONDS = 25


def arguments(model):
    wanted = inspect.signature(type(model).forward).parameters
    tokens = torch.arange(14).reshape(2, 7) + 3
    given = {"input_ids": tokens % model.config.get_text_config().vocab_size}
    if "decoder_input_ids" in wanted:
        given["decoder_input_ids"] = given["input_ids"]
    return given


def run(model):
    with torch.no_grad():
        return model.eval()(**arguments(model)).logits


def order_of(model):
    """The children of the base model as a pass first calls them, and the pass's logits."""
    called = []
    base = model.base_model
    for name, child in base.named_children():
        parts = list(child) if isinstance(child, torch.nn.ModuleList) else [child]
        for part in parts:
            part.register_forward_pre_hook(lambda *_, name=name: called.append(name))
    logits = run(model)
    return list(dict.fromkeys(called)), logits


def stage(rank, cls, folder, store, answers):
    try:
        os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "29511"}
        dist.init_process_group("gloo", rank=rank, world_size=2, init_method="file://" + store)
        model = parallel.load(cls, folder, {"distributed_config": {"pp_size": 2}})
    except Exception as error:
        return answers.put((rank, f"loading: {type(error).__name__}: {str(error)[:300]}"))
    try:
        logits = run(model)
        answers.put((rank, logits.numpy() if rank == 0 else None))
        dist.barrier()
    except Exception as error:
        answers.put((rank, f"{type(error).__name__}: {str(error)[:300]}"))


def on_two(cls, folder):
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    with tempfile.TemporaryDirectory() as place:
        each = [context.Process(target=stage, args=(rank, cls, folder, place + "/store", answers)) for rank in (0, 1)]
        for process in each:
            process.start()
        got, until = {}, time.monotonic() + SECONDS
        while len(got) < 2 and time.monotonic() < until:
            try:
                rank, answer = answers.get(timeout=1)
            except Exception:
                continue
            got[rank] = answer
            if isinstance(answer, str):
                until = min(until, time.monotonic() + 2)
        for process in each:
            process.kill()
            process.join()
    return got


def record(row):
    module, _, name = row["class"].partition(":")
    cls = getattr(importlib.import_module(module), name)
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "config.json").write_text(json.dumps(row["config"]))
        torch.manual_seed(0)
        model = cls(cls.config_class.from_pretrained(folder)).eval()
        model.save_pretrained(folder)
        order, alone = order_of(cls.from_pretrained(folder).eval())
        got = on_two(cls, folder)
    errors = [got[rank].replace(folder, "REPO") for rank in sorted(got) if isinstance(got[rank], str)]
    if errors:
        result = errors[0] if not errors[0].startswith("RuntimeError: [") or len(errors) == 1 else errors[-1]
    elif 0 not in got:
        result = "silent"
    else:
        two = torch.from_numpy(got[0])
        if two.shape != alone.shape:
            result = f"differs in shape: {list(two.shape)}"
        else:
            by = ((two - alone).abs().max() / alone.abs().max()).item()
            result = "equal" if by < 1e-4 else f"differs: {by:.2g}"
    return {"class": row["class"], "config": row["config"], "result": result, "order": order}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows")
    parser.add_argument("out")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    with gzip.open(asked.rows, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    with open(asked.out, "w") as out:
        for row in rows:
            if row.get("kind") != "pp" or any("error" in run for run in row["runs"]):
                continue
            try:
                made = record(row)
            except Exception as error:
                print(row["class"], type(error).__name__, str(error)[:200], flush=True)
                continue
            out.write(json.dumps(made, separators=(",", ":")) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
