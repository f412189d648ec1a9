#!/usr/bin/env python3
"""How `ckptlint check --stdin` grows, and whether it stays as it is for long:

    growth.py PROGRAM FOLDER --lines N... [OPTION of check...]      throughput and memory for so many lines
    growth.py PROGRAM FOLDER --minutes M [OPTION of check...]       lines for so long, 5 % of them poisoned

FOLDER is for the repos, which are made once: the released configs of fixtures/, and poisoned ones.  Poison is code
that never ends, or takes all memory, a path at which nothing is, a line that is no item, and a process that is killed.  Each line has to be
answered once.  Memory is that of all processes, where what they share counts once (PSS), and that of the one that
reads, each half of a second.  A line of figures is printed for each run, and for each minute.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import try_jobs

POISONED = 0.05


def repos_of(folder):
    folder = Path(folder).resolve()
    if not folder.exists():
        folder.mkdir(parents=True)
        try_jobs.make_repos(folder, 121)
    sound = [str(path) for path in sorted(folder.glob("model*"))]
    return sound, [str(folder / name) for name in ("endless", "large", "nowhere")]


def memory_of(process):
    """Bytes of a process: what it has alone with its share of the rest, and all that it has."""
    try:
        rows = dict(
            row.split(":", 1) for row in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines() if ":" in row
        )
        return [int(rows[name].split()[0]) << 10 for name in ("Pss", "Rss")]
    except (OSError, KeyError):
        return [0, 0]


def children_of(process):
    try:
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


class Run:
    def __init__(self, program, options):
        self.began = time.monotonic()
        words = [program, "check", "--stdin", "--isolated", *options]
        self.fleet = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.written, self.answers, self.twice, self.most, self.killed = 0, {}, 0, 0, 0
        self.causes, self.over = {}, False
        self.threads = [threading.Thread(target=each, daemon=True) for each in (self.read, self.watch)]
        for thread in self.threads:
            thread.start()

    def read(self):
        for line in self.fleet.stdout:
            answer = json.loads(line)
            number = answer["line"]
            self.twice += number in self.answers
            self.answers[number] = None
            kind = answer.get("cause", "checked")
            self.causes[kind] = self.causes.get(kind, 0) + 1

    def watch(self):
        while not self.over:
            self.most = max(self.most, sum(memory_of(each)[0] for each in [self.fleet.pid, *children_of(self.fleet.pid)]))
            time.sleep(0.5)

    def write(self, line):
        self.fleet.stdin.write(line + "\n")
        self.fleet.stdin.flush()
        self.written += 1

    def kill_one(self):
        for child in children_of(self.fleet.pid)[:1]:
            try:
                os.kill(child, 9)
                self.killed += 1
            except ProcessLookupError:
                pass

    def figures(self):
        seconds = time.monotonic() - self.began
        reader = memory_of(self.fleet.pid)[1] / 2**20
        return (
            f"{self.written} lines, {len(self.answers)} answered in {seconds:.1f} s, {len(self.answers) / seconds:.1f} a second; "
            f"{reader:.0f} MiB of the reader, {self.most / 2**20:.0f} MiB of all at most; {self.causes}"
        )

    def end(self):
        """Whether every line was answered once."""
        reader = memory_of(self.fleet.pid)[1] / 2**20
        self.fleet.stdin.close()
        self.threads[0].join()
        status = self.fleet.wait()
        self.over = True
        print(self.figures().replace("; 0 MiB of the reader", f"; {reader:.0f} MiB of the reader"))
        lost = self.written - len(self.answers)
        print(f"    lost {lost}, twice {self.twice}, killed {self.killed}, exit status {status}", flush=True)
        return not lost and not self.twice and status == 0


def grow(program, sound, counts, options):
    good = True
    for count in counts:
        run = Run(program, options)
        for number in range(count):
            run.write(json.dumps({"id": number, "path": sound[number % len(sound)]}))
        good &= run.end()
    return good


def soak(program, sound, poison, minutes, options):
    run = Run(program, options)
    choose = random.Random(0)
    told = end = time.monotonic()
    end += minutes * 60
    while time.monotonic() < end:
        if choose.random() >= POISONED:
            run.write(json.dumps({"id": run.written, "path": choose.choice(sound)}))
        else:
            kind = choose.randrange(5)
            if kind == 3:
                run.write(choose.choice(["", "{", "[]", '{"id": 1}', "\0"]))
            elif kind == 4:
                run.kill_one()
            else:
                run.write(json.dumps({"id": run.written, "path": poison[kind]}))
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(run.figures(), flush=True)
    return run.end()


def main(program, folder, *words):
    sound, poison = repos_of(folder)
    words = list(words)
    kind = words.pop(0)
    if kind == "--minutes":
        return not soak(program, sound, poison, float(words[0]), words[1:])
    counts = []
    while words and words[0].isdigit():
        counts.append(int(words.pop(0)))
    return not grow(program, sound, counts, words)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
