"""What can be checked, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What is checked of each module that it concerns, in the order in which it is shown."""

    FMT = "fmt"
    TFLINT = "tflint"
    DOCS = "docs"
    VALIDATE = "validate"
    TEST = "test"
    CHECKOV = "checkov"
    PCLUSTER = "pcluster"
    CFN_LINT = "cfn-lint"


class Result(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """A result, why, in one line, and what the program printed."""

    result: Result
    reason: str = ""
    output: str = ""


@dataclass(frozen=True)
class Entry:
    """A row of the table at the end. seconds is wall time."""

    module: str
    check: Check
    outcome: Outcome
    seconds: float


def passed(reason: str = "") -> Outcome:
    """All is well."""
    return Outcome(Result.PASSED, reason)


def failed(reason: str, output: str = "") -> Outcome:
    """Something is to be mended."""
    return Outcome(Result.FAILED, reason, output)


def skipped(reason: str, output: str = "") -> Outcome:
    """This machine cannot tell."""
    return Outcome(Result.SKIPPED, reason, output)
