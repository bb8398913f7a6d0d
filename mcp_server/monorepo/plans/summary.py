"""The summary of plans: what is shown, written to a file, and read again. Nothing sensitive is in it.

In JSON it is what continuous integration publishes. Fields without a value are left out.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.monorepo.plans.attributes import AttributeChange
from mcp_server.monorepo.plans.changes import Action
from mcp_server.monorepo.plans.risks import Risk, Severity

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
KIND = "ml-clusters plan summary"
VERSION = 1


class Counts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Terraform's own counts of a plan; a replacement adds and destroys. The last three are not in its line."""

    imported: int = 0
    added: int = 0
    changed: int = 0
    destroyed: int = 0
    forgotten: int = 0
    moved: int = 0
    outputs: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Both together."""
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Counts(*(one + another for one, another in pairs))

    @property
    def line(self) -> str:
        """Terraform's line; what is nothing is left out, but not its three."""
        more = [f"{self.imported} to import"] if self.imported else []
        less = [f"{self.forgotten} to forget"] if self.forgotten else []
        moved = [f"{self.moved} moved"] if self.moved else []
        outputs = [f"{self.outputs} outputs"] if self.outputs else []
        own = [f"{self.added} to add", f"{self.changed} to change", f"{self.destroyed} to destroy"]
        return ", ".join([*more, *own, *less, *moved, *outputs])


class PlannedChange(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A resource that something happens to. forced_by are the attributes that force its replacement."""

    address: str
    action: Action
    why: str | None = None
    forced_by: tuple[str, ...] = ()
    moved_from: str | None = None
    imported: bool = False
    deposed: str | None = None
    severity: Severity | None = None
    attributes: tuple[AttributeChange, ...] = ()


class OutputChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """An output that changes."""

    name: str
    action: Action
    before: str | None = None
    after: str | None = None


class UnitSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the plan of a unit would do.

    planned is whether there is a plan of it in this run: where there is none, result says why, and counts say nothing.
    needed_by are the units that need it, directly or through others. old_outputs_of are the units it needs whose
    outputs change in this run, and mocked those whose outputs it was planned without. complete is False where the plan
    does more than it says: it ended in an error, puts changes off, or invokes actions. drift_only is of a plan that
    only looked for what changed outside (plan -refresh-only).
    """

    unit: str
    planned: bool
    result: str
    why: str | None = None
    counts: Counts = Counts()
    planned_at: Moment | None = None
    terraform_version: str | None = None
    sha256: str | None = None
    needed_by: tuple[str, ...] = ()
    old_outputs_of: tuple[str, ...] = ()
    mocked: tuple[str, ...] = ()
    changes: tuple[PlannedChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    drift: tuple[PlannedChange, ...] = ()
    notes: tuple[str, ...] = ()
    complete: bool = True
    drift_only: bool = False

    @property
    def is_news(self) -> bool:
        """Whether there is anything to see: it changes, or nobody knows whether it does."""
        return not (self.planned and self.complete) or bool(
            self.changes or self.outputs or self.old_outputs_of or self.mocked
        )

    @property
    def effect(self) -> str:
        """What applying it does, in one line; never "no changes" where that is not known."""
        if not self.planned:
            return self.result
        if self.drift_only:
            return "only drift was looked for"
        if self.changes or self.outputs:
            return self.counts.line
        if not self.complete:
            return "not planned whole"
        if self.old_outputs_of:
            return "planned against old outputs"
        return "not known: its inputs were mocked" if self.mocked else "no changes"


class Summary(msgspec.Struct, frozen=True, omit_defaults=True):
    """Plans of one or more units: units in the order of applying, the worst risks first. Times are in UTC."""

    of: str
    made_at: Moment
    units: tuple[UnitSummary, ...]
    risks: tuple[Risk, ...] = ()
    commit: str | None = None
    notes: tuple[str, ...] = ()
    kind: str = KIND
    version: int = VERSION

    @property
    def counts(self) -> Counts:
        """All units together."""
        total = Counts()
        for each in self.units:
            total += each.counts
        return total

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst risk."""
        return min((each.severity for each in self.risks), key=lambda each: each.rank, default=None)


class NotASummary(RequestRefused):
    """A file says that it is a summary of plans, and cannot be read as one."""


def to_json(summary: Summary) -> bytes:
    """The summary as a file."""
    fields = {"kind": summary.kind, "version": summary.version, **msgspec.to_builtins(summary)}
    return msgspec.json.format(msgspec.json.encode(fields), indent=1) + b"\n"


def is_summary(text: bytes) -> bool:
    """Whether a file says that it is one."""
    return KIND.encode() in text[:200]


def from_json(text: bytes) -> Summary:
    """The summary of a file.

    Raises:
        NotASummary: It is broken, or of another version.
    """
    try:
        summary = msgspec.json.decode(text, type=Summary)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise NotASummary("The summary cannot be read: it was cut off, or is of another version.") from trouble
    if (summary.kind, summary.version) != (KIND, VERSION):
        raise NotASummary("The summary is of another version: make it again with this one.")
    # Whoever wrote the file may have sorted it otherwise.
    risks = sorted(summary.risks, key=lambda each: each.severity.rank)
    return msgspec.structs.replace(summary, risks=tuple(risks))
