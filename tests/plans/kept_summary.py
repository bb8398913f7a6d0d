"""The summary of a recorded plan that the demo tells where no plan can be run.

`python -m tests.plans.kept_summary` writes it anew.
"""

import gzip
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from mcp_server.monorepo.live_tree import Lack, LiveTree, NoTree
from mcp_server.monorepo.plans.reading import read_review
from mcp_server.monorepo.plans.summary import to_json
from tests.plans.recording import RECIPES, ROOT

KEPT = ROOT / "mcp_server/cli/recorded_plan.json"
_OF = "terraform/modules/eks-cluster/examples/basic, recorded"
_UNIT = "an eks-cluster that stands"
_MADE = datetime(2026, 11, 1, tzinfo=UTC)
"""Not when it was made: the file shall not change unless the plan does."""


def kept_summary() -> bytes:
    """The summary of the recorded plan in which a capacity block comes to a cluster that stands."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tfplan.json"
        file.write_bytes(gzip.decompress(RECIPES["eks-cluster"].path.read_bytes()))
        summary = read_review([file], _no_tree, of=_OF).summary
    units = [msgspec.structs.replace(each, unit=_UNIT) for each in summary.units]
    return to_json(msgspec.structs.replace(summary, units=units, made_at=_MADE))


def _no_tree() -> LiveTree:
    raise NoTree({ROOT: Lack.UNIT})


if __name__ == "__main__":
    KEPT.write_bytes(kept_summary())
