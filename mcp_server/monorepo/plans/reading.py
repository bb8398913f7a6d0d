"""Reading plans from files, with what the live tree knows of their units."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.monorepo.plans.parallelcluster import Ask, ask_nobody
from mcp_server.monorepo.plans.plan_files import PLAN_FILE, find_plans, readable
from mcp_server.monorepo.plans.provenance import FilesOfUnits
from mcp_server.monorepo.plans.roll_up import Review, Upgrades, roll_up
from mcp_server.monorepo.plans.summary import Summary

if TYPE_CHECKING:
    from mcp_server.monorepo.live_tree import LiveTree


def read_review(
    paths: Sequence[Path],
    read_tree: Callable[[], "LiveTree"],
    *,
    report: Path | None = None,
    commit: str | None = None,
    of: str | None = None,
    ask: Ask = ask_nobody,
    upgrades: Upgrades | None = None,
) -> Review:
    """The review of plans, or of the summary that was made of some elsewhere.

    of says what they are of, the paths if it is left out. The tree is read only where a unit is named: by a folder, or
    by a file called tfplan.json in its unit's folder. ask is asked what ParallelCluster does with its changes;
    upgrades are what else the tree's units come to.

    Raises:
        NoPlans: There is nothing at a path, or no plan.
        NotASummary: There is a summary that cannot be read.
    """
    found = find_plans(paths, report)
    if isinstance(found, Summary):
        return Review(found)
    named = any(each.is_dir() or each.name == PLAN_FILE for each in paths)
    tree = _tree(read_tree) if named else None
    told = of or ", ".join(map(readable, paths))
    changed_at = FilesOfUnits(tree).changed_at if tree else None
    now = datetime.now(UTC)
    return roll_up(told, found, tree, now=now, commit=commit, changed_at=changed_at, ask=ask, upgrades=upgrades)


def _tree(read_tree: Callable[[], "LiveTree"]) -> "LiveTree | None":
    # What reads a tree takes longer to load than a small plan to read.
    from mcp_server.monorepo.live_tree import NoTree  # noqa: PLC0415

    try:
        return read_tree()
    except NoTree:
        return None
