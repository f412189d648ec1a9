"""Record what a forward pass on two processes of gloo gives, against one process:

    real_passes.py PARALLEL.jsonl.gz pp|tp|tied OUT.jsonl.gz [CLASS...]

For the classes of a file that parallel.py made, one of a file, that load in two stages of a pipeline ("pp") or on two ranks ("tp"); for the
classes of TIED, with their heads tied, each style of the embedding and vocabularies that divide and that do not ("tied"). A row:

    class, config   as there
    result          "equal"; "differs: X" by X of the largest logit; "Type: message" of the first process that raises; "silent" where one
                    neither ends nor raises
"""

import argparse
import gzip
import importlib
import io
import inspect
import json
import multiprocessing
import os
import pathlib
import tempfile
import time
import warnings

import parallel  # sets the environment for transformers
import parallel_kinds
import torch
import torch.distributed as dist

SECONDS = 25
TIED = "LlamaForCausalLM", "Gemma2ForCausalLM", "Qwen3MoeForCausalLM"
EMBEDDINGS = None, "embedding_rowwise", "embedding_colwise", "replicate", "sequence_parallel", "rowwise", "colwise", "colwise_rep"


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


def one_of_two(rank, cls, folder, options, store, answers):
    try:
        os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "29511"}
        dist.init_process_group("gloo", rank=rank, world_size=2, init_method="file://" + store)
        model = parallel.load(cls, folder, options)
    except Exception as error:
        return answers.put((rank, f"loading: {type(error).__name__}: {str(error)[:300]}"))
    try:
        logits = run(model)
        answers.put((rank, logits.numpy() if rank == 0 else None))
        dist.barrier()
    except Exception as error:
        answers.put((rank, f"{type(error).__name__}: {str(error)[:300]}"))


def on_two(cls, folder, options):
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    with tempfile.TemporaryDirectory() as place:
        each = [context.Process(target=one_of_two, args=(rank, cls, folder, options, place + "/store", answers)) for rank in (0, 1)]
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


def record(row, options):
    module, _, name = row["class"].partition(":")
    cls = getattr(importlib.import_module(module), name)
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "config.json").write_text(json.dumps(row["config"]))
        torch.manual_seed(0)
        model = cls(cls.config_class.from_pretrained(folder)).eval()
        model.save_pretrained(folder)
        pathlib.Path(folder, "config.json").write_text(json.dumps(row["config"]))  # saving leaves plans out
        alone = run(cls.from_pretrained(folder))
        got = on_two(cls, folder, options)
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
    return {"class": row["class"], "config": row["config"], "result": result}


def tied(row):
    """The row once for each style of the embedding, the plan being otherwise that of the class."""
    module, _, name = row["class"].partition(":")
    plan = getattr(importlib.import_module(module), name).config_class().base_model_tp_plan
    for style in EMBEDDINGS:
        for size in (96, 97):
            config = row["config"] | {"tie_word_embeddings": True, "vocab_size": size, "base_model_tp_plan": dict(plan)}
            config["base_model_tp_plan"].pop("embed_tokens", None)
            if style is not None:
                config["base_model_tp_plan"]["embed_tokens"] = style
            yield row | {"config": config}


def rows_of(path, way):
    """Of a class that is there with several sizes, the even ones; of tensor parallelism, the classes that stand for their file."""
    with gzip.open(path, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    each = {row["class"] for row in rows if row["kind"] == "odd"}
    for row in rows:
        if way == "tied" and row["kind"] == "tp" and row["class"].partition(":")[2] in TIED:
            yield from tied(row)
        if row["kind"] == way and not any("error" in run for run in row["runs"]) and (way == "pp" or row["class"] in each):
            yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows")
    parser.add_argument("way", choices=("pp", "tp", "tied"))
    parser.add_argument("out")
    parser.add_argument("classes", nargs="*")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    options = {"distributed_config": {"pp_size": 2}} if asked.way == "pp" else parallel_kinds.tensor_parallel(2)[0][1]
    with open(asked.out, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
        with io.TextIOWrapper(packed, "utf-8") as text:
            for row in rows_of(asked.rows, asked.way):
                if asked.classes and row["class"].partition(":")[2] not in asked.classes:
                    continue
                try:
                    text.write(json.dumps(record(row, options), separators=(",", ":")) + "\n")
                except Exception as error:
                    print(row["class"], type(error).__name__, str(error)[:200], flush=True)


if __name__ == "__main__":
    main()
