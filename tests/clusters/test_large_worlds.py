"""Large worlds: read within bounds of memory, told within bounds of tokens, and every group of them can be had."""

import tracemalloc
from collections.abc import Iterator

import pytest

from benchmarks.tokens import count
from mcp_server.clusters.asking import THE_REST
from mcp_server.clusters.looking import ClustersAnswer
from mcp_server.clusters.status import Status, read_status
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.severity import Severity
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.population import BUILT_IN
from mcp_server.tools.cluster_answers import GROUPS_ON_A_PAGE, clusters_result
from tests.bought_blocks import START
from tests.clusters import large
from tests.clusters.reading import ignore, readers

MOST_TOKENS = 1_500
MOST_BYTES = 64 * 2**20
PAGES = large.ALL_GROUPS // GROUPS_ON_A_PAGE


@pytest.fixture(scope="module")
def answer() -> ClustersAnswer:
    """A world of 200 groups as it was read, each with something wrong."""
    return large.answer()


def told(answer: ClustersAnswer, page: int) -> dict[str, object]:
    """The concise answer as a model gets it."""
    return clusters_result(answer, page=page, detailed=False).model_dump(mode="json", exclude_defaults=True)


def groups_told(answer: ClustersAnswer, page: int) -> list[str]:
    """The clusters and groups of a page, in their order."""
    return [line.split()[0] for line in str(told(answer, page)["groups"]).splitlines()[2:]]


def test_every_page_of_a_large_world_costs_few_tokens(answer: ClustersAnswer) -> None:
    """The first has clusters, capacity and problems besides."""
    assert max(count(told(answer, page)) for page in range(1, PAGES + 1)) < MOST_TOKENS


def test_the_pages_of_a_large_world_have_every_group(answer: ClustersAnswer) -> None:
    """Each once; of clusters of one name and groups of one name as many as there are."""
    shown = [group for page in range(1, PAGES + 1) for group in groups_told(answer, page)]
    assert sorted(shown) == sorted(f"{each.name}/{group.name}" for each in answer.status.clusters for group in each.groups)
    assert "page" not in str(told(answer, PAGES)["cut"]).replace("Page", "", 1)
    assert told(answer, PAGES + 1)["cut"] == f"There is no page {PAGES + 1}: the last is {PAGES}."


def test_the_worst_problem_of_a_large_world_is_told_first(answer: ClustersAnswer) -> None:
    """Though it is in the last group of the last cluster, and hundreds of others are problems too."""
    worst = answer.status.problems[0]
    assert (worst.severity, worst.rule, worst.group) == (Severity.CRITICAL, "capacity-ends", f"g{large.GROUPS - 1}")
    assert len(answer.status.problems) > large.ALL_GROUPS
    first = told(answer, 1)
    assert str(first["problems"][0]).startswith("critical capacity-ends: secondary eu-north-1 big")  # type: ignore[index]
    assert groups_told(answer, 1)[0] == f"big/g{large.GROUPS - 1}"


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
    assert status.unread == (), THE_REST
    assert len(groups) == large.ALL_GROUPS
    assert sum(group.running or 0 for group in groups) == large.ALL_GROUPS * large.MACHINES
    assert (status.problems[0].severity, status.problems[0].group) == (Severity.CRITICAL, f"g{large.GROUPS - 1}")
    answer = ClustersAnswer(status, True, (("main", "1"), ("secondary", "2")), (), (), len(status.clusters))
    assert max(count(told(answer, page)) for page in range(1, PAGES + 1)) < MOST_TOKENS
    assert peak < MOST_BYTES
