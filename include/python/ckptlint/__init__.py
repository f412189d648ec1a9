"""Checks model checkpoints before anyone loads them, by the program `ckptlint`.

    >>> import ckptlint
    >>> report = ckptlint.check("org/model", max_memory={0: "24GiB", 1: "24GiB"})
    >>> for finding in report.findings:
    ...     print(finding.severity, finding.rule, finding.message)

What a report holds is in :mod:`ckptlint.report`.  Nothing of the model's code is executed.
"""

from ckptlint.checking import check, rules, version
from ckptlint.program import CkptlintError, find_program
from ckptlint.report import (
    Edit,
    Finding,
    Fix,
    KnownFinding,
    Location,
    ModelReport,
    NotChecked,
    Partial,
    Place,
    Proof,
    RepoPart,
    Report,
    Rule,
    SkippedRule,
)

__all__ = [
    "CkptlintError",
    "Edit",
    "Finding",
    "Fix",
    "KnownFinding",
    "Location",
    "ModelReport",
    "NotChecked",
    "Partial",
    "Place",
    "Proof",
    "RepoPart",
    "Report",
    "Rule",
    "SkippedRule",
    "check",
    "find_program",
    "rules",
    "version",
]
