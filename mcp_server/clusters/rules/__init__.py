"""Every rule of problems, and looking for them in a world."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mcp_server.clusters.problems import Problem, Rule, World, found_by
from mcp_server.clusters.rules import capacity, control_plane, hyperpod, karpenter, live, machines

RULES: tuple[Rule, ...] = (
    *capacity.RULES,
    *control_plane.RULES,
    *machines.RULES,
    *hyperpod.RULES,
    *karpenter.RULES,
    *live.RULES,
)
BY_NAME: Mapping[str, Rule] = {each.name: each for each in RULES}
_RANK = {each.name: rank for rank, each in enumerate(RULES)}
_NEVER = datetime.max.replace(tzinfo=UTC)


def problems(world: World) -> tuple[Problem, ...]:
    """Everything that is wrong, the worst first; of what is equally bad what comes first in time."""
    found = [each for rule in RULES for each in found_by(rule, world)]
    return tuple(sorted(found, key=_order))


def _order(problem: Problem) -> tuple[int, int, datetime, str, str]:
    name = problem.cluster.id if problem.cluster else ""
    return (problem.severity.rank, _RANK[problem.rule], problem.until or _NEVER, name, problem.group or "")
