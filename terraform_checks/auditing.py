"""Holds what ran against what this machine should be able to run."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from terraform_checks.machine import Machine
from terraform_checks.modules import Module
from terraform_checks.outcomes import Check, Entry, Outcome, Result, failed

_LOST = Outcome(Result.SKIPPED, "it was not begun")


@dataclass(frozen=True)
class Audit:
    """Every entry, in order, how many ran, and how many this machine had to run (due)."""

    entries: list[Entry]
    due: int
    ran: int

    @property
    def fine(self) -> bool:
        """Whether nothing failed, and at least what was due ran."""
        return self.ran >= self.due and not any(each.outcome.result is Result.FAILED for each in self.entries)


def audit(entries: list[Entry], modules: list[Module], checks: Collection[Check], machine: Machine) -> Audit:
    """One entry for each check of each module that it concerns.

    What is skipped or lost although this machine can run it has failed.
    """
    had = {(each.module, each.check): each for each in entries}
    audited: list[Entry] = []
    due = ran = 0
    for module in modules:
        for check in [each for each in Check if each in checks and module.concerns(each)]:
            entry = had.get((module.name, check)) or Entry(module.name, check, _LOST, 0)
            why = machine.why_due(module, check)
            due += why is not None
            ran += entry.outcome.result is not Result.SKIPPED
            if why and entry.outcome.result is Result.SKIPPED:
                reason = f"must not be skipped, for {why}: {entry.outcome.reason}"
                entry = replace(entry, outcome=failed(reason, entry.outcome.output))
            audited.append(entry)
    return Audit(audited, due, ran)
