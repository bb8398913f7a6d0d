"""What plans of all units would do, as a table of counts: `python -m delivery.plan_table --report FILE --plans FOLDER`.

FILE is the run report of `terragrunt run --all`, FOLDER its --json-out-dir. Of a plan only the actions are read and
whether it is made of mocks, so that no value of it gets into a comment. With `--tree` it names the units of that tree
that are left to Atlantis. It needs nothing but Python.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from delivery.left_to_atlantis import left_to_atlantis

MOST_ROWS = 200
"""A comment on GitHub takes 65,536 characters."""
_DONE = "succeeded"
_COLUMNS = ("import", "add", "change", "destroy", "forget", "outputs")


class NoReport(Exception):
    """There is no run report that can be read at path, so no unit was planned as far as anybody knows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"There is no run report at {path}: nothing is known of any unit.")


@dataclass(frozen=True, slots=True)
class Planned:
    """How the plan of a unit ended. counts are by column, and as Terraform's: a replacement adds and destroys."""

    unit: str
    result: str
    counts: Mapping[str, int]

    @property
    def told(self) -> bool:
        """Whether anybody needs to see it: it changes something, or it is not a plan of the whole unit."""
        return self.result != _DONE or any(self.counts.values())


def read_plans(report: Path, plans: Path) -> list[Planned]:
    """Every unit of the report, by path. A plan of a unit that failed now is of an earlier run and is not read.

    Raises:
        NoReport: There is no report, or it has no unit.
    """
    try:
        entries = cast(list[Mapping[str, str]], json.loads(report.read_bytes()))
        results = {each["Name"]: each for each in entries}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise NoReport(report) from error
    if not results:
        raise NoReport(report)
    return [_planned(results[unit], plans / unit / "tfplan.json") for unit in sorted(results)]


def _planned(entry: Mapping[str, str], plan: Path) -> Planned:
    unit, result = entry["Name"], entry["Result"]
    if result != _DONE:
        why = entry.get("Reason", "")
        return Planned(unit, f"{result}: {why}" if why else result, {})
    try:
        read = cast(Mapping[str, Any], json.loads(plan.read_bytes()))
    except (OSError, ValueError):
        return Planned(unit, "its plan cannot be read", {})
    return Planned(unit, _result(read), Counter(_columns(read)))


def _result(plan: Mapping[str, Any]) -> str:
    if plan.get("errored"):
        return "not planned to its end"
    mocked = plan.get("variables", {}).get("mocked_dependencies", {}).get("value")
    return "made of mocks" if mocked else _DONE


def _columns(plan: Mapping[str, Any]) -> Iterator[str]:
    """The column of each thing that the plan does."""
    for each in plan.get("resource_changes", ()):
        change = each["change"]
        if each["mode"] == "managed":
            yield from (_ACTIONS[action] for action in change["actions"] if action in _ACTIONS)
            if change.get("importing"):
                yield "import"
    for change in plan.get("output_changes", {}).values():
        if change["actions"] != ["no-op"]:
            yield "outputs"


_ACTIONS = {"create": "add", "update": "change", "delete": "destroy", "forget": "forget"}


def table(planned: Sequence[Planned], left: Sequence[str] = ()) -> str:
    """The table, in GitHub's Markdown. Units without a change are counted below it, those left to Atlantis named."""
    told = sorted((each for each in planned if each.told), key=lambda each: (each.result == _DONE, each.unit))
    lines = [
        f"| unit | result | {' | '.join(_COLUMNS)} |",
        f"| --- | --- |{' ---: |' * len(_COLUMNS)}",
        *(_row(each) for each in told[:MOST_ROWS]),
    ]
    return "\n".join([*(lines if told else []), "", *_below(planned, told), *_left(left)]).strip() + "\n"


def _row(planned: Planned) -> str:
    cells = [planned.unit, planned.result, *(str(planned.counts.get(each, 0) or "") for each in _COLUMNS)]
    return f"| {' | '.join(_plain(each) for each in cells)} |"


def _below(planned: Sequence[Planned], told: Sequence[Planned]) -> Iterable[str]:
    quiet = len(planned) - len(told)
    yield f"{len(planned)} units, {quiet} without a change."
    if len(told) > MOST_ROWS:
        yield f"{len(told) - MOST_ROWS} more are not shown."
    if told:
        yield "Each is planned against what the units it needs have given so far: apply those, and plan again."


def _left(units: Sequence[str]) -> Iterable[str]:
    if units:
        yield "\nNot planned here, since their providers ask a cluster's own API; Atlantis plans them:\n"
        yield from (f"- {_plain(unit)}" for unit in units)


def _plain(text: str) -> str:
    """A word of somebody else's that is nothing but text in a cell."""
    return re.sub(r"[^\w /.,:()=+-]", "?", text, flags=re.ASCII)[:200]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table. Ends with 2 if a unit has a change or no whole plan, 1 if nothing is known, else 0."""
    parser = argparse.ArgumentParser(description="What plans of all units would do, as a table of counts.")
    parser.add_argument("--report", type=Path, required=True, metavar="FILE", help="run report of Terragrunt")
    parser.add_argument("--plans", type=Path, required=True, metavar="FOLDER", help="its --json-out-dir")
    parser.add_argument("--tree", type=Path, metavar="FOLDER", help="live tree whose units left to Atlantis are named")
    options = parser.parse_args(arguments)
    try:
        planned = read_plans(options.report, options.plans)
    except NoReport as trouble:
        sys.stdout.write(f"{trouble}\n")
        return 1
    sys.stdout.write(table(planned, left_to_atlantis(options.tree) if options.tree else ()))
    return 2 if any(each.told for each in planned) else 0


if __name__ == "__main__":
    sys.exit(main())
