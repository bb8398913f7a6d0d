"""What it takes to read a tree of 1,000 units, beside Terragrunt's own `find`: whole processes, measured in turns."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.whole_processes import REPOSITORY, Cost, cost_of, median_of
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


def measure() -> None:
    """Print times, memory and the ratio."""
    print(f"\nReading a live tree of {UNITS:,} units")
    terragrunt = shutil.which("terragrunt", path=f"{os.environ['PATH']}:{REPOSITORY / '.tools'}")
    if not terragrunt:
        print("  not measured: there is no terragrunt (make .tools/terragrunt)")
        return
    ours, theirs = costs(terragrunt, ROUNDS)
    for name, cost in (("our reading", ours), ("terragrunt find --dag", theirs)):
        print(f"  {name:<28}{cost.figures}")
    print(f"  ratio {ours.clock / theirs.clock:.2f} (at most 0.4), of memory {ours.megabytes / theirs.megabytes:.2f}")


def costs(terragrunt: str, rounds: int) -> tuple[Cost, Cost]:
    """The medians of our reading and of Terragrunt's."""
    with tempfile.TemporaryDirectory() as folder:
        root = our_tree(Path(folder) / "live", UNITS)
        find = [terragrunt, "find", "--json", "--dag", "--dependencies"]
        read = [sys.executable, "-c", _READING, str(root), str(UNITS)]
        turns = [(cost_of(read, REPOSITORY), cost_of(find, root)) for _ in range(rounds)]
    ours, theirs = zip(*turns, strict=True)
    return median_of(ours), median_of(theirs)
