"""What people see: progress while it runs, then what failed, then the table."""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from terraform_checks.auditing import Audit
from terraform_checks.outcomes import Check, Entry, Result

_STYLE = {Result.PASSED: "green", Result.FAILED: "bold red", Result.SKIPPED: "yellow"}


class Watch:
    """Progress on a terminal; elsewhere, a line for each module that is done."""

    def __init__(self, console: Console, progress: Progress, total: int) -> None:
        self._console = console
        self._progress = progress
        self._task = progress.add_task("", total=total)
        self._running: dict[str, Check] = {}

    def begun(self, job: str, check: Check) -> None:
        """A check of a module, or of all at once, has begun."""
        self._running[job] = check
        self._show()

    def done(self, job: str, entries: list[Entry]) -> None:
        """A job has ended with these: all checks of one module, or one check of all modules."""
        self._running.pop(job, None)
        self._progress.advance(self._task, len(entries))
        self._show()
        if not self._console.is_terminal:
            told = ", ".join(f"{len(some)} {result} ({_names(some)})" for result, some in _by_result(entries).items())
            self._console.print(f"{job}: {told}, {sum(each.seconds for each in entries):.0f} s", soft_wrap=True)

    def _show(self) -> None:
        running = " · ".join(f"{job} {check}" for job, check in list(self._running.items()))
        self._progress.update(self._task, description=running)


@contextmanager
def watched(console: Console, total: int) -> Generator[Watch]:
    """Show how far it is of total checks."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Watch(console, progress, total)


def report(console: Console, done: Audit, seconds: float) -> None:
    """What the failed checks printed, the table, and the sums. seconds is how long all of it took."""
    for entry in done.entries:
        if entry.outcome.result is Result.FAILED and entry.outcome.output:
            console.rule(f"{entry.module}: {entry.check}", align="left")
            console.print(Text(entry.outcome.output), soft_wrap=True)
    console.print(_table(done.entries))
    console.print(_sums(done, seconds), soft_wrap=True)


def _by_result(entries: list[Entry]) -> dict[Result, list[Entry]]:
    found = {result: [each for each in entries if each.outcome.result is result] for result in Result}
    return {result: some for result, some in found.items() if some}


def _names(entries: list[Entry]) -> str:
    return ", ".join(dict.fromkeys(each.check for each in entries))


def _table(entries: list[Entry]) -> Table:
    table = Table("module", "check", "result", "reason", title="Terraform's checks", title_justify="left")
    for before, entry in zip([None, *entries], entries, strict=False):
        if before and before.module != entry.module:
            table.add_section()
        result = entry.outcome.result
        table.add_row(entry.module, entry.check, Text(result, style=_STYLE[result]), Text(entry.outcome.reason))
    return table


def _sums(done: Audit, seconds: float) -> str:
    counts = {result: sum(each.outcome.result is result for each in done.entries) for result in Result}
    spent: dict[Check, float] = defaultdict(float)
    for entry in done.entries:
        spent[entry.check] += entry.seconds
    by_check = ", ".join(f"{check} {spent[check]:.0f} s" for check in Check if check in spent)
    return (
        f"{', '.join(f'{count} {result}' for result, count in counts.items())}. "
        f"{done.ran} ran; this machine had to run {done.due}.\n"
        f"{seconds:.0f} s; one after another: {by_check}."
    )
