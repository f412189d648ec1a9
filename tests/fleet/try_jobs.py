#!/usr/bin/env python3
"""Tries spark_job.py, ray_job.py or GNU parallel on 200 repos, while processes are killed under them:

    try_jobs.py spark|ray|parallel PROGRAM FOLDER

FOLDER is made anew.  Three of the repos are poisoned: one never comes to its end, one takes all the memory that it gets,
and one is not there.  While the others are checked, the process of an item is killed, and a whole `ckptlint check
--stdin`.  Every repo has to be answered once all the same, and as `check` alone answers it.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parents[1] / "fixtures"
CONFIGS = FIXTURES / "upstream/transformers-5.23.0/real_configs.tsv"
SWITCH = FIXTURES / "models/granite-switch-like"
POISON = {
    # Few steps, of which the evaluator allows as many as it takes a minute, and no memory.
    "endless": "text = 'ab' * 4000000\nwhile True:\n    'aa' in text\n",
    "large": "large = []\nwhile True:\n    large.append('x' * 10000000 + str(len(large)))\n",
}
OPTIONS = ["--item-time", "20", "--item-memory", "200MiB", "--isolated"]


def make_repos(folder, count):
    """Folders of models; the poisoned ones among them."""
    paths = []
    for name, code in POISON.items():
        path = folder / name
        shutil.copytree(SWITCH, path)
        with open(path / "modeling_switch.py", "a", encoding="utf-8") as file:
            file.write("\n" + code)
        paths.append(path)
    paths.append(folder / "nowhere")
    configs = [row.split("\t")[5] for row in CONFIGS.read_text().splitlines()]
    for number in range(count - len(paths)):
        path = folder / f"model{number}"
        if number < len(configs):
            path.mkdir()
            (path / "config.json").write_text(configs[number])
        else:
            shutil.copytree(SWITCH, path)
        paths.append(path)
    return [str(path) for path in paths]


def parent_of(process):
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return 0


def fleets(program):
    """The processes `PROGRAM check --stdin` with the paths of their items below, each a list of process numbers."""
    ours = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cmdline").read_bytes().startswith(program.encode() + b"\0check\0--stdin"):
                ours.add(int(entry.name))
        except OSError:
            continue
    return {each: [other for other in ours if parent_of(other) == each] for each in ours if parent_of(each) not in ours}


class Killer(threading.Thread):
    """Kills the process of an item, later a fleet as a whole."""

    def __init__(self, program):
        super().__init__(daemon=True)
        self.program, self.items, self.wholes, self.over = program, 0, 0, False

    def run(self):
        began = None
        while not self.over and not (self.items and self.wholes):
            found = fleets(self.program)
            began = began or (time.monotonic() if found else None)
            for fleet, children in found.items():
                try:
                    if children and not self.items:
                        os.kill(children[0], 9)
                        self.items += 1
                    elif self.items and not self.wholes and time.monotonic() - began > 2:
                        os.kill(fleet, 9)
                        self.wholes += 1
                except ProcessLookupError:
                    pass
            time.sleep(0.01)


def run_spark(paths_file, table, environment):
    job = [sys.executable, str(HERE / "spark_job.py"), paths_file, table, *OPTIONS]
    # A task of local mode is run again only where the number of attempts is said.
    environment["PYSPARK_SUBMIT_ARGS"] = "--master local[2,4] pyspark-shell"
    environment["PYSPARK_PYTHON"] = sys.executable
    subprocess.run(job, env=environment, check=True)
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(f"{table}/models").to_pylist()
    return [(row["path"], row["status"], row["cause"], row["findings"]) for row in rows]


def run_ray(paths_file, table, environment):
    subprocess.run([sys.executable, str(HERE / "ray_job.py"), paths_file, table, *OPTIONS], env=environment, check=True)
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(table).to_pylist()
    return [answered(json.loads(row["answer"])) for row in rows]


def run_parallel(paths_file, table, environment):
    """With --retries, parallel runs a share again whose program failed; --keep-order makes it hold back its answers until then."""
    items = "".join(json.dumps({"id": path, "path": path}) + "\n" for path in Path(paths_file).read_text().splitlines())
    words = ["parallel", "--will-cite", "--pipe", "-N", "50", "--jobs", "2", "--retries", "3", environment["CKPTLINT"], "check"]
    done = subprocess.run(
        [*words, "--stdin", "--jobs", "1", *OPTIONS], input=items, stdout=subprocess.PIPE, text=True, env=environment, check=False
    )
    return [answered(json.loads(line)) for line in done.stdout.splitlines()]


def answered(answer):
    findings = answer["report"]["models"][0]["findings"] if answer["status"] == "checked" else None
    return answer["id"], answer["status"], answer.get("cause"), findings


def main(kind, program, work):
    shutil.rmtree(work, ignore_errors=True)
    folder = Path(work).resolve() / "repos"
    folder.mkdir(parents=True)
    paths = make_repos(folder, 200)
    paths_file = folder.parent / "paths.txt"
    paths_file.write_text("".join(path + "\n" for path in paths))
    environment = {**os.environ, "CKPTLINT": os.path.abspath(program)}
    killer = Killer(environment["CKPTLINT"])
    killer.start()
    began = time.monotonic()
    run = {"spark": run_spark, "ray": run_ray, "parallel": run_parallel}[kind]
    rows = run(str(paths_file), str(folder.parent / "table"), environment)
    seconds = time.monotonic() - began
    killer.over = True
    times = Counter(path for path, *_ in rows)
    lost, twice = [path for path in paths if path not in times], [path for path in times if times[path] > 1]
    wrong = []
    # What parallel's own retries do not ask again is the item that was killed.
    crashed_may_be = killer.items if kind == "parallel" else 0
    causes = {"endless": "time", "large": "memory", "nowhere": "item"}
    for path, status, cause, findings in rows:
        expected = causes.get(Path(path).name)
        if cause == "crash" and crashed_may_be:
            crashed_may_be -= 1
        elif expected != cause or (status == "checked") != (expected is None):
            wrong.append((path, status, cause))
    print(f"{kind}: {len(rows)} rows of {len(paths)} repos in {seconds:.0f} s; killed {killer.items} item, {killer.wholes} fleet")
    print(f"lost {lost}, twice {twice}, wrong {wrong}")
    return bool(lost or twice or wrong or not killer.items or not killer.wholes)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
