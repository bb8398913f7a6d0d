"""What it takes to read large plans, beside other readers of plans: whole processes, measured in turns."""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tokens import count
from benchmarks.whole_processes import REPOSITORY, Cost, cost_of, median_of
from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.monorepo.plans.choosing import Wanted
from mcp_server.monorepo.plans.reading import read_review
from mcp_server.tools.plan_answers import answer
from mcp_server.tools.plan_results import PlanResult
from tests.plans.large import write_large_plan

SMALL = 5_000
LARGE = 20_000
"""In changes."""
ROUNDS = 5
MOST_TOKENS = 1_500
OURS = "ml-clusters plan"
_PEERS: Mapping[str, tuple[str, ...]] = {
    "tf-summarize": (),
    "readtheplan": ("analyze",),
    "tf-peek": (),
    "blastcheck": ("--text",),
}
"""Other readers of plans, each with the words for its shortest output."""


@dataclass(frozen=True)
class Reading:
    """What a plan costs by the reader's name, and the size of its file in megabytes."""

    file: float
    costs: Mapping[str, Cost]

    @property
    def ours(self) -> Cost:
        """What ours costs."""
        return self.costs[OURS]

    @property
    def fastest(self) -> Cost:
        """The least of others by the clock."""
        return min((each for name, each in self.costs.items() if name != OURS), key=lambda each: each.clock)


def measure() -> None:
    """Print times, memory, tokens, and what each may be."""
    for changes in (SMALL, LARGE):
        print(f"\nReading a plan of {changes:,} changes")
        found = peers()
        for name in _PEERS.keys() - found.keys():
            print(f"  {name:<28}not measured: it is neither in .venv-peers, nor in .tools, nor on PATH")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plan.json"
            write_large_plan(path, changes)
            reading = costs(path, found, ROUNDS)
            tokens = count(concise_answer(path).model_dump(mode="json", exclude_defaults=True))
        for name, cost in reading.costs.items():
            print(f"  {name:<28}{cost.figures}")
        _print_ratios(reading, bool(found), changes)
        print(f"  concise summarize_plan       {tokens:5d} tokens (at most {MOST_TOKENS})")


def _print_ratios(reading: Reading, compared: bool, changes: int) -> None:
    if compared:
        most = "1.00" if changes == SMALL else "0.33"
        least = min(cost.processors for name, cost in reading.costs.items() if name != OURS)
        print(f"  ratio to the fastest other   {reading.ours.clock / reading.fastest.clock:5.2f}   (at most {most})")
        print(f"  of processors' time          {reading.ours.processors / least:5.2f}")
    limit = "   (at most 2.00)" if changes == LARGE else ""
    print(f"  memory to the file's size    {reading.ours.megabytes / reading.file:5.2f}{limit}")


def peers() -> Mapping[str, list[str]]:
    """The commands of other readers that this machine has."""
    places = f"{REPOSITORY / '.venv-peers/bin'}:{REPOSITORY / '.tools'}:{os.environ['PATH']}"
    found = {name: shutil.which(name, path=places) for name in _PEERS}
    return {name: [program, *_PEERS[name]] for name, program in found.items() if program}


def costs(plan: Path, others: Mapping[str, list[str]], rounds: int) -> Reading:
    """The medians of ours and of others. Before that each is run once, for files of either are read from disk then."""
    commands = {OURS: our_command(), **others}
    turns = [
        {name: cost_of([*each, str(plan)], plan.parent) for name, each in commands.items()} for _ in range(rounds + 1)
    ]
    medians = {name: median_of(turn[name] for turn in turns[1:]) for name in commands}
    return Reading(plan.stat().st_size / 2**20, medians)


def our_command() -> list[str]:
    """The command as it is installed, up to the name of a file."""
    return [str(Path(sys.executable).with_name("ml-clusters")), "plan", "--from"]


def concise_answer(plan: Path) -> PlanResult:
    """The concise answer of summarize_plan about a plan, which begins with the worst of its risks."""
    found = answer([str(plan)], _no_tree, Wanted(), page=1, detailed=False)
    worst = read_review([plan], _no_tree).summary.risks[0]
    assert found.risks[0].startswith(f"{worst.severity} {worst.rule}"), found.risks[:1]
    return found


def _no_tree() -> LiveTree:
    raise NoTree(REPOSITORY)
