#!/usr/bin/env python3
"""Checks many models with Ray Data, and writes what is found to Parquet, a row a model.

    ray_job.py PATHS TABLE [OPTION of `ckptlint check`...]

As spark_job.py does, whose rows these are: the answer as text, for readers that want more of it.  Ray does not run a
task again that fails by itself, so the batch asks again for what was not answered.
"""

import json
import os
import subprocess
import sys

import ray

ATTEMPTS = 3


class Checker:
    """Answers batches of paths."""

    def __init__(self, command):
        self.command = command

    def __call__(self, batch):
        answers, waiting = {}, [str(path) for path in batch["path"]]
        for attempt in range(ATTEMPTS):
            for answer in self.ask(waiting):
                if answer.get("cause") != "crash" or attempt == ATTEMPTS - 1:
                    answers[answer["id"]] = answer
            waiting = [path for path in waiting if path not in answers]
            if not waiting:
                break
        if waiting:
            raise RuntimeError(f"{len(waiting)} of the models were not answered, {waiting[0]} among them")
        rows = list(answers.values())
        return {
            "path": [row["id"] for row in rows],
            "status": [row["status"] for row in rows],
            "cause": [row.get("cause", "") for row in rows],
            "answer": [json.dumps(row) for row in rows],
        }

    def ask(self, paths):
        """What is answered; perhaps not all, where the program ends early."""
        lines = "".join(json.dumps({"id": path, "path": path}) + "\n" for path in paths)
        done = subprocess.run(self.command, input=lines, stdout=subprocess.PIPE, text=True, check=False)
        return [json.loads(line) for line in done.stdout.splitlines(keepends=True) if line.endswith("\n")]


def main(paths_file, table, *options):
    with open(paths_file, encoding="utf-8") as file:
        paths = [line.rstrip("\n") for line in file]
    command = [os.environ.get("CKPTLINT", "ckptlint"), "check", "--stdin", "--jobs", "1", *options]
    models = ray.data.from_items([{"path": path} for path in paths])
    models.map_batches(Checker(command), batch_size=50).write_parquet(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
