"""What a run found: dataclasses over the program's JSON, whose keys they keep.

Keys that a newer program adds are passed over, so that an older package reads them too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A place in a source file; lines and columns count from 1, and 0 means that there is none."""

    file: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    @classmethod
    def from_json(cls, json: Json) -> "Place":
        """From an object with "file" and, where it is known, "line", "column", "end_line" and "end_column"."""
        return cls(
            json["file"],
            json.get("line", 0),
            json.get("column", 0),
            json.get("end_line", 0),
            json.get("end_column", 0),
        )


@dataclass(frozen=True)
class Location:
    """A place that a finding is about: a line of source, or a stored key."""

    kind: str  #: "source" or "stored"
    place: Place
    key: str  #: of a stored tensor; "" where it is a line, or a whole file
    text: str  #: what is there

    @classmethod
    def from_json(cls, json: Json) -> "Location":
        """From an element of "locations"."""
        return cls(json["kind"], Place.from_json(json), json.get("key", ""), json["text"])


@dataclass(frozen=True)
class Edit:
    """Bytes of a file that a fix replaces."""

    file: str
    begin: int  #: offset in bytes
    end: int  #: offset in bytes, behind the last
    text: str

    @classmethod
    def from_json(cls, json: Json) -> "Edit":
        """From an element of "edits"."""
        return cls(json["file"], json["begin"], json["end"], json["text"])


@dataclass(frozen=True)
class Proof:
    """What came of running everything again on the fixed copy."""

    confirmed: bool
    steps: List[str]
    new_findings: List[str]

    @classmethod
    def from_json(cls, json: Json) -> "Proof":
        """From "proof"."""
        return cls(json["confirmed"], list(json["steps"]), list(json["new_findings"]))


@dataclass(frozen=True)
class Fix:
    """A remedy, with what the second run found."""

    title: str
    applicability: str  #: "safe", "unsafe" or "display-only"
    edits: List[Edit]
    proof: Proof
    reason: str = ""  #: why it is not safe
    text: str = ""  #: what to write, where no edit can be given

    @classmethod
    def from_json(cls, json: Json) -> "Fix":
        """From an element of "fixes"."""
        return cls(
            json["title"],
            json["applicability"],
            [Edit.from_json(each) for each in json["edits"]],
            Proof.from_json(json["proof"]),
            json.get("reason", ""),
            json.get("text", ""),
        )


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong."""

    rule: str
    severity: str  #: "error", "warning" or "info"
    message: str
    tensors: List[str]
    locations: List[Location]
    notes: List[str]
    fixes: List[Fix]

    @classmethod
    def from_json(cls, json: Json) -> "Finding":
        """From an element of "findings"."""
        return cls(
            json["rule"],
            json["severity"],
            json["message"],
            list(json["tensors"]),
            [Location.from_json(each) for each in json["locations"]],
            list(json["notes"]),
            [Fix.from_json(each) for each in json["fixes"]],
        )


@dataclass(frozen=True)
class KnownFinding:
    """A finding that somebody knows of already: it fails nothing."""

    finding: Finding
    kind: str  #: by what it is known: "comment" or "file"
    where: str  #: the file that says so, with the line of a comment
    reason: str

    @classmethod
    def from_json(cls, json: Json) -> "KnownFinding":
        """From an element of "known_findings", whose "known_by" has the rest."""
        known_by = json["known_by"]
        return cls(Finding.from_json(json), known_by["kind"], known_by["where"], known_by["reason"])


@dataclass(frozen=True)
class Partial:
    """A part of the model that could not be evaluated."""

    what: str
    where: Place

    @classmethod
    def from_json(cls, json: Json) -> "Partial":
        """From an element of "partial"."""
        return cls(json["what"], Place.from_json(json["where"]))


@dataclass(frozen=True)
class SkippedRule:
    """A rule that could not be run."""

    rule: str
    reason: str

    @classmethod
    def from_json(cls, json: Json) -> "SkippedRule":
        """From an element of "skipped_rules"."""
        return cls(json["rule"], json["reason"])


@dataclass(frozen=True)
class NotChecked:
    """What of the model was not checked, and why."""

    what: List[str]
    why: str

    @classmethod
    def from_json(cls, json: Json) -> "NotChecked":
        """From an element of "not_checked"."""
        return cls(list(json["what"]), json["why"])


@dataclass(frozen=True)
class RepoPart:
    """What lies in a repo and is loaded as one thing."""

    kind: str  #: "model", "adapter", "base model", "part", "tokenizer", "processor", "generation" or "code"
    name: str
    files: List[str]
    checked: bool
    belongs_to: str = ""  #: "with" in the JSON
    why: str = ""  #: why it was not checked

    @classmethod
    def from_json(cls, json: Json) -> "RepoPart":
        """From an element of "parts"."""
        return cls(
            json["kind"],
            json["name"],
            list(json["files"]),
            json["checked"],
            json.get("with", ""),
            json.get("why", ""),
        )


@dataclass(frozen=True)
class ModelReport:
    """The report on one path.  Where `error` is set, the rest is empty: it could not be analysed."""

    path: str
    complete: bool
    error: Optional[str] = None
    basis: str = ""  #: where the module graph came from: "source", "graph" or "none"
    class_name: str = ""  #: "class" in the JSON
    grounds: List[str] = field(default_factory=list)
    partial: List[Partial] = field(default_factory=list)
    findings: List[Finding] = field(default_factory=list)
    skipped_rules: List[SkippedRule] = field(default_factory=list)
    not_checked: List[NotChecked] = field(default_factory=list)
    parts: List[RepoPart] = field(default_factory=list)
    known_findings: List[KnownFinding] = field(default_factory=list)

    @classmethod
    def from_json(cls, json: Json) -> "ModelReport":
        """From an element of "models"."""
        if "error" in json:
            return cls(json["path"], json["complete"], json["error"])
        return cls(
            json["path"],
            json["complete"],
            None,
            json["basis"],
            json["class"],
            list(json["grounds"]),
            [Partial.from_json(each) for each in json["partial"]],
            [Finding.from_json(each) for each in json["findings"]],
            [SkippedRule.from_json(each) for each in json["skipped_rules"]],
            [NotChecked.from_json(each) for each in json["not_checked"]],
            [RepoPart.from_json(each) for each in json["parts"]],
            [KnownFinding.from_json(each) for each in json["known_findings"]],
        )


@dataclass(frozen=True)
class Report:
    """What `ckptlint check` found in all paths."""

    models: List[ModelReport]
    exit_status: int  #: 0 nothing found, 1 findings, 2 a path could not be analysed, 3 not all was checked
    said: str  #: what stood on standard error
    json: Dict[str, Any] = field(repr=False)  #: the program's answer as it was

    @property
    def findings(self) -> List[Finding]:
        """Those of all models, in their order."""
        return [finding for model in self.models for finding in model.findings]

    @property
    def complete(self) -> bool:
        """Whether all that applies was checked in every model."""
        return all(model.complete for model in self.models)

    def __bool__(self) -> bool:
        """Whether nothing went wrong and nothing was found that makes the exit status 1."""
        return self.exit_status == 0


@dataclass(frozen=True)
class Rule:
    """A rule, as `ckptlint rules` lists it."""

    name: str
    family: str
    severity: str
    summary: str
    why: str
    example: str
    remedy: str
    references: List[str]

    @classmethod
    def from_json(cls, json: Json) -> "Rule":
        """From an element of the list."""
        return cls(
            json["name"],
            json["family"],
            json["severity"],
            json["summary"],
            json["why"],
            json["example"],
            json["remedy"],
            list(json["references"]),
        )
