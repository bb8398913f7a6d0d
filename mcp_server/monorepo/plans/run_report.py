"""Terragrunt's report of a run: `terragrunt run --all --report-file report.json`."""

import re
from datetime import datetime
from enum import StrEnum

import msgspec


class Result(StrEnum):
    """How the run of a unit ended, in Terragrunt's words."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EARLY_EXIT = "early exit"
    EXCLUDED = "excluded"


class UnitRun(msgspec.Struct, frozen=True, rename="pascal"):
    """A unit of a run. result is text, since a later Terragrunt may have more; times have a time zone."""

    name: str
    result: str
    reason: str = ""
    cause: str = ""
    started: datetime | None = None

    @property
    def succeeded(self) -> bool:
        """Whether there is a plan of it, as far as Terragrunt knows."""
        return self.result == Result.SUCCEEDED

    @property
    def words(self) -> str:
        """What became of it, for a unit without a plan."""
        return _WORDS.get(self.result, self.result or "not planned")

    @property
    def why(self) -> str | None:
        """Why, as far as Terragrunt says, from Terraform's own error on; of an error in HCL it says nothing."""
        told = ": ".join(each for each in (self.reason, self.cause) if each)
        error = _ERROR.search(told)
        # What it ran, and in which folder of its cache, comes first, and would be all that fits in a line.
        return (_FRAME.sub(" ", told[error.start() :]).strip() if error else told) or None


_ERROR = re.compile(r"\bError: (?!.*\bError: error occurred)", re.DOTALL)
_FRAME = re.compile(r"[\s\u2500-\u257f]+")
"""The lines that Terraform draws beside an error."""
LEFT_OUT = "left out of this run"
_WORDS: dict[str, str] = {
    Result.FAILED: "failed",
    Result.EARLY_EXIT: "not planned: a unit that it needs failed",
    Result.EXCLUDED: LEFT_OUT,
}


class NotAReport(Exception):
    """A file is no run report of Terragrunt in JSON."""


def read_report(text: bytes) -> tuple[UnitRun, ...]:
    """The units of a run, in the order in which they ended.

    Raises:
        NotAReport: It is no JSON, or not such a report.
    """
    try:
        return msgspec.json.decode(text, type=tuple[UnitRun, ...])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise NotAReport("The run report cannot be read: `--report-file report.json` makes one.") from trouble
