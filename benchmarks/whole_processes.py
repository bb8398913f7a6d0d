"""What a whole process costs, from its start to its end."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).parents[1]

_RUNNER = """\
import resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
clock, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
print(clock, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock, seconds of all processors, and megabytes at most."""

    clock: float
    processors: float
    megabytes: float

    @property
    def figures(self) -> str:
        """All three, for a line of a benchmark."""
        return f"{self.clock:6.2f} s {self.processors:6.2f} s of processors {self.megabytes:6.0f} MB"


def cost_of(command: list[str], folder: Path) -> Cost:
    """What a command costs that is run in a folder and must end well; what it prints is thrown away."""
    # A process begins with the memory of the one that starts it, so a small one does.
    runner = [sys.executable, "-I", "-S", "-c", _RUNNER, *command]
    done = subprocess.run(runner, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    clock, processors, largest = map(float, done.stdout.split())
    return Cost(clock, processors, largest / (2**20 if sys.platform == "darwin" else 2**10))


def median_of(costs: Iterable[Cost]) -> Cost:
    """The median of each figure."""
    every = list(costs)
    return Cost(
        median(each.clock for each in every),
        median(each.processors for each in every),
        median(each.megabytes for each in every),
    )


def _environment() -> Mapping[str, str]:
    """Ours, with bytecode kept as it is where a program is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "TG_NON_INTERACTIVE": "true"}
