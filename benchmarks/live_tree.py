"""What it takes to read a tree of 1,000 units, beside Terragrunt's own `find`: whole processes, measured in turns."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.monorepo.trees import our_tree

UNITS = 1000
ROUNDS = 5

_READING = """\
import sys
from pathlib import Path
from mcp_server.monorepo.reading import read_tree
tree = read_tree(Path(sys.argv[1]))
assert (len(tree.units), tree.findings) == (int(sys.argv[2]), ()), tree.findings[:3]
"""
_RUNNER = """\
import resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
clock, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
print(clock, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
_REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock, seconds of all processors, and megabytes at most."""

    clock: float
    processors: float
    megabytes: float


def measure() -> None:
    """Print times, memory and the ratio."""
    print(f"\nReading a live tree of {UNITS:,} units")
    terragrunt = shutil.which("terragrunt", path=f"{os.environ['PATH']}:{_REPOSITORY / '.tools'}")
    if not terragrunt:
        print("  not measured: there is no terragrunt (make .tools/terragrunt)")
        return
    ours, theirs = costs(terragrunt, ROUNDS)
    for name, cost in (("our reading", ours), ("terragrunt find --dag", theirs)):
        figures = f"{cost.clock:6.2f} s {cost.processors:6.2f} s of processors {cost.megabytes:6.0f} MB"
        print(f"  {name:<28}{figures}")
    print(f"  ratio {ours.clock / theirs.clock:.2f} (at most 0.4), of memory {ours.megabytes / theirs.megabytes:.2f}")


def costs(terragrunt: str, rounds: int) -> tuple[Cost, Cost]:
    """The medians of our reading and of Terragrunt's."""
    with tempfile.TemporaryDirectory() as folder:
        root = our_tree(Path(folder) / "live", UNITS)
        find = [terragrunt, "find", "--json", "--dag", "--dependencies"]
        read = [sys.executable, "-c", _READING, str(root), str(UNITS)]
        turns = [(_cost(read, _REPOSITORY), _cost(find, root)) for _ in range(rounds)]
    ours, theirs = zip(*turns, strict=True)
    return _median(ours), _median(theirs)


def _median(costs: tuple[Cost, ...]) -> Cost:
    return Cost(
        median(each.clock for each in costs),
        median(each.processors for each in costs),
        median(each.megabytes for each in costs),
    )


def _cost(command: list[str], folder: Path) -> Cost:
    # A process begins with the memory of the one that starts it, so a small one does.
    runner = [sys.executable, "-I", "-S", "-c", _RUNNER, *command]
    done = subprocess.run(runner, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    clock, processors, largest = map(float, done.stdout.split())
    return Cost(clock, processors, largest / (2**20 if sys.platform == "darwin" else 2**10))


def _environment() -> Mapping[str, str]:
    return {**os.environ, "PYTHONPATH": str(_REPOSITORY), "TG_NON_INTERACTIVE": "true"}
