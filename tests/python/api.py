"""The Python package against the program: api.py REPO, in an environment that has the wheel installed."""

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import typing

import ckptlint

repo = sys.argv[1]

report = ckptlint.check(repo, max_memory={0: "16KiB", 1: "16KiB"})
assert report.exit_status == 1 and not report, report.exit_status
assert [finding.rule for finding in report.findings] == ["unplaceable-top-level-tensor"]
finding = report.findings[0]
assert finding.severity == "error"
assert finding.tensors[0] == "model.adapter_token_ids"
first = finding.locations[0]
assert first.kind == "source" and first.place.line == 65 and first.place.file.endswith("modeling_switch.py"), first
assert finding.fixes[0].proof.confirmed and finding.fixes[0].edits
model = report.models[0]
assert model.class_name == "SwitchForCausalLM" and model.basis == "source" and model.error is None


def keys_of(value):
    """Every key of every object in a document."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


# Nothing of the JSON is lost on the way into dataclasses, but for what has another name there.
fields = {field.name for each in vars(ckptlint).values() if dataclasses.is_dataclass(each) for field in dataclasses.fields(each)}
fields |= {field.name for field in dataclasses.fields(ckptlint.Place)}
assert keys_of(report.json) - fields == {"version", "class"}, keys_of(report.json) - fields

# What cannot be analysed is a model with an error; what makes no sense is an exception.
absent = ckptlint.check(repo + "/nowhere")
assert absent.exit_status == 2 and absent.models[0].error, absent
for arguments in ({"select": ["no-such-rule"]}, {"max_memory": "lots"}, {"timeout": 1e-9}):
    try:
        ckptlint.check(repo, **arguments)
    except ckptlint.CkptlintError as error:
        assert str(error), arguments
    else:
        raise AssertionError(arguments)

# Quantization, device maps and paths as the libraries take them.
assert ckptlint.check(repo, device_map={"": "cpu"}, ignore=["unplaceable-top-level-tensor"]).exit_status in (0, 1)
assert ckptlint.check(repo, quantization_config={"load_in_8bit": True, "quant_method": "bitsandbytes"}).models

# The function has each option of the program that changes what is found.
table = subprocess.run([ckptlint.find_program(), "check", "--help"], capture_output=True, text=True, check=True).stdout
options = set(re.findall(r"--([a-z0-9-]+)", table))
of_the_shell = {"color", "extend-ignore", "extend-select", "per-file-ignores", "prune-suppressions", "severity",
                "show-settings", "suppress-all", "suppressions", "diff", "exit-zero", "fix", "format", "help", "output", "output-format", "quiet", "show-fixes", "statistics",
                "unsafe-fixes", "verbose", "version"}
parameters = {name.replace("_", "-") for name in inspect.signature(ckptlint.check).parameters} - {"path", "paths", "timeout"}
parameters = {"class" if name == "class-name" else name for name in parameters}
assert parameters <= options, parameters - options
assert not (missing := options - of_the_shell - parameters), missing

assert len(ckptlint.rules()) > 70 and ckptlint.rules()[0].why
assert re.fullmatch(r"\d+\.\d+\.\d+", ckptlint.version())
assert typing.get_type_hints(ckptlint.check)["return"] is ckptlint.Report
json.dumps(report.json)
print("the Python package answers as the program does")
