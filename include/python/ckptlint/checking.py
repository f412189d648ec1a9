"""`check` and its neighbours: the program's commands as functions."""

from __future__ import annotations

import json
import os
from typing import List, Mapping, Optional, Sequence, Union

from ckptlint.program import CkptlintError, run
from ckptlint.report import ModelReport, Report, Rule

Path = Union[str, "os.PathLike[str]"]
DeviceMap = Union[str, Mapping[str, Union[int, str]]]
MaxMemory = Union[str, Mapping[Union[int, str], Union[int, str]]]


def check(
    path: Path,
    *paths: Path,
    source: Sequence[Path] = (),
    class_name: Optional[str] = None,
    dtype: Optional[str] = None,
    base: Optional[Path] = None,
    graph: Optional[Path] = None,
    transformers: Optional[str] = None,
    torch: Optional[str] = None,
    assume: Sequence[str] = (),
    fsdp: bool = False,
    zero3: bool = False,
    quantization_config: Union[str, Mapping[str, object], None] = None,
    device_map: Optional[DeviceMap] = None,
    max_memory: Optional[MaxMemory] = None,
    offload_buffers: bool = False,
    offload_folder: Optional[Path] = None,
    accelerate: Optional[Path] = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    fail_on: Optional[str] = None,
    require_complete: bool = False,
    releases: Sequence[str] = (),
    config: Sequence[Path] = (),
    isolated: bool = False,
    jobs: Optional[int] = None,
    timeout: Optional[float] = None,
) -> Report:
    """Checks model repos, weight files or indexes as `ckptlint check` does; its `--help` says what each option means.

    A configuration file counts as it does for the program, unless `isolated`.  `max_memory`, `device_map` and `quantization_config` may be what `from_pretrained` takes.  `timeout` is in seconds.
    A path that cannot be analysed is a model with an `error` and makes `exit_status` 2; wrong options, and a program
    that does not end in time, raise :class:`CkptlintError`.
    """
    arguments: List[str] = ["check", "--format", "json", "--color", "never"]

    def option(name: str, value: object) -> None:
        if value is not None:
            arguments.append(f"--{name}={value if isinstance(value, str) else _text_of(value)}")

    for each in source:
        option("source", os.fspath(each))
    option("class", class_name)
    option("dtype", dtype)
    option("base", base)
    option("graph", graph)
    option("transformers", transformers)
    option("torch", torch)
    for each in assume:
        option("assume", each)
    if isinstance(quantization_config, Mapping):
        quantization_config = json.dumps(dict(quantization_config))
    option("quantization-config", quantization_config)
    option("device-map", device_map)
    option("max-memory", max_memory)
    option("offload-folder", offload_folder)
    option("accelerate", accelerate)
    for each in select:
        option("select", each)
    for each in ignore:
        option("ignore", each)
    for each in releases:
        option("releases", each)
    for each in config:
        option("config", os.fspath(each))
    option("fail-on", fail_on)
    option("jobs", jobs)
    for name, given in (
        ("fsdp", fsdp),
        ("zero3", zero3),
        ("offload-buffers", offload_buffers),
        ("require-complete", require_complete),
        ("isolated", isolated),
    ):
        if given:
            arguments.append("--" + name)
    arguments.append("--")
    arguments.extend(os.fspath(each) for each in (path, *paths))
    done = run(arguments, timeout)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise CkptlintError(_sentence(done.stderr, done.returncode)) from None
    models = [ModelReport.from_json(each) for each in answer["models"]]
    return Report(models, done.returncode, done.stderr, answer)


def rules() -> List[Rule]:
    """Every rule, as `ckptlint rules` lists them."""
    done = run(["rules", "--format", "json"])
    if done.returncode != 0:
        raise CkptlintError(_sentence(done.stderr, done.returncode))
    return [Rule.from_json(each) for each in json.loads(done.stdout)]


def version() -> str:
    """The program's version: "0.1.0"."""
    done = run(["--version"])
    if done.returncode != 0:
        raise CkptlintError(_sentence(done.stderr, done.returncode))
    return str(done.stdout.split()[-1])


def _text_of(value: object) -> str:
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    # A dict as Python prints it: the program reads those, with int and str as keys alike.
    return repr(dict(value)) if isinstance(value, Mapping) else str(value)


def _sentence(said: str, status: int) -> str:
    said = said.strip()
    start = "ckptlint: "
    if said.startswith(start):
        said = said[len(start) :]
    return said or f"the program ended with status {status} and said nothing"
