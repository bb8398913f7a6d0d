"""Large worlds: read within bounds of memory, told within bounds of tokens, and every group of them can be had."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.status_time import MOST_TOKENS
from benchmarks.tokens import count
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.severity import Severity
from mcp_server.clusters.looking import ClustersAnswer
from mcp_server.clusters.rules import problems
from mcp_server.clusters.status import Status, read_status
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.population import BUILT_IN
from mcp_server.tools.cluster_answers import GROUPS_ON_A_PAGE, clusters_result
from tests.bought_blocks import START
from tests.clusters import large, worlds
from tests.clusters.reading import ignore, readers

MOST_BYTES = 64 * 2**20
PAGES = large.ALL_GROUPS // GROUPS_ON_A_PAGE


@pytest.fixture(scope="module")
def answer() -> ClustersAnswer:
    """A world of 200 groups as it was read, each with something wrong."""
    return large.answer()


def told(answer: ClustersAnswer, page: int) -> dict[str, object]:
    """The concise answer as a model gets it."""
    return clusters_result(answer, page=page, detailed=False).model_dump(mode="json", exclude_defaults=True)


def groups_told(answer: ClustersAnswer, page: int) -> list[tuple[str, ...]]:
    """Account, region, and cluster with group, of a page in their order; what all have in common is above the table."""
    above, head, *rows = str(told(answer, page)["groups"]).splitlines()
    common = dict(each.lower().split(" ", 1) for each in above.split(", "))
    cells = [{**common, **dict(zip(head.split(), row.split(), strict=False))} for row in rows]
    return [tuple(cell[name] for name in ("account", "region", "group")) for cell in cells]


def test_every_page_of_a_large_world_costs_few_tokens(answer: ClustersAnswer) -> None:
    """The first has clusters, capacity and problems besides."""
    assert max(count(told(answer, page)) for page in range(1, PAGES + 1)) < MOST_TOKENS


def test_the_pages_of_a_large_world_have_every_group(answer: ClustersAnswer) -> None:
    """Each once, and told apart from those of the same name elsewhere."""
    shown = [group for page in range(1, PAGES + 1) for group in groups_told(answer, page)]
    clusters = answer.status.clusters
    assert sorted(shown) == sorted(
        (each.account_name, each.region, f"{each.name}/{group.name}") for each in clusters for group in each.groups
    )
    assert "page" not in str(told(answer, PAGES)["cut"]).replace("Page", "", 1)
    assert told(answer, PAGES + 1)["cut"] == f"There is no page {PAGES + 1}: the last is {PAGES}."


def test_the_worst_problem_of_a_large_world_is_told_first(answer: ClustersAnswer) -> None:
    """Though it is in the last group of the last cluster, and hundreds of others are problems too."""
    worst = answer.status.problems[0]
    assert (worst.severity, worst.rule, worst.group) == (Severity.CRITICAL, "capacity-ends", f"g{large.GROUPS - 1}")
    assert len(answer.status.problems) > large.ALL_GROUPS
    result = clusters_result(answer, page=1, detailed=False)
    assert result.problems[0].startswith("critical capacity-ends: secondary eu-north-1 big")
    assert groups_told(answer, 1)[0] == ("secondary", "eu-north-1", f"big/g{large.GROUPS - 1}")
    assert "found something no worse: narrow by clusters or kinds" in (result.cut or "")


def test_of_a_small_world_more_is_told(answer: ClustersAnswer) -> None:
    """The same troubles in one cluster of a few groups: no rule that fits is left out for length."""
    status = answer.status
    last = status.clusters[-1]
    few = replace(last, groups=last.groups[-9:])
    some = problems(worlds.world(few, reservations=status.reservations[-9:]))
    small = replace(answer, status=replace(status, clusters=(few,), problems=some), total=1)
    assert len(clusters_result(small, page=1, detailed=False).problems) == len({each.rule for each in some})


def test_telling_of_a_large_world_takes_little_memory(answer: ClustersAnswer) -> None:
    """Detailed as well as concise."""
    tracemalloc.start()
    try:
        clusters_result(answer, page=1, detailed=False)
        clusters_result(answer, page=1, detailed=True)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


@pytest.fixture
def wide(sandbox: SandboxControl, aws_env: str) -> Iterator[SandboxControl]:
    """The large world in simulated AWS."""
    sandbox.reset(large.POPULATION)
    sandbox.set_clock(START)
    sandbox.put(large.scene(START))
    yield sandbox
    sandbox.reset(BUILT_IN)


def _read() -> Status:
    return read_status(readers(), lambda _: large.REGIONS, Deadline.after(300), ignore)


@pytest.mark.slow
def test_a_large_world_is_read_whole_and_in_little_memory(wide: SandboxControl) -> None:
    """All its machines are counted, and what is kept of their answers is little."""
    # What botocore keeps of its models is not the world's.
    _read()
    tracemalloc.start()
    try:
        status = _read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    groups = [group for cluster in status.clusters for group in cluster.groups]
    assert status.unread == ()
    assert len(groups) == large.ALL_GROUPS
    assert sum(group.running or 0 for group in groups) == large.ALL_GROUPS * large.MACHINES
    assert (status.problems[0].severity, status.problems[0].group) == (Severity.CRITICAL, f"g{large.GROUPS - 1}")
    answer = ClustersAnswer(status, True, (("main", "1"), ("secondary", "2")), (), (), len(status.clusters))
    assert max(count(told(answer, page)) for page in range(1, PAGES + 1)) < MOST_TOKENS
    assert peak < MOST_BYTES
