"""What is said of clusters: counts and money are those that were read."""

from dataclasses import replace
from decimal import Decimal

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.clusters.asking import Unread
from mcp_server.clusters.costs import Money
from mcp_server.clusters.problems import Problem
from mcp_server.clusters.rules import problems
from mcp_server.render.clusters import evidence, running, unread_lines
from mcp_server.tools.cluster_answers import clusters_result
from tests.clusters.worlds import ACCOUNT, BLOCK, DAY, NOW, REGION, block, eks, group, world
from tests.render.cluster_answers import clusters_answer


def idle() -> Problem:
    """Two machines that do not run, of eight that cost 31 dollars an hour each."""
    cost = Money(Decimal(31), "USD")
    there = world(eks(group(running=6)), reservations=(block(free=2, end=NOW + 10 * DAY),), hourly={BLOCK: cost})
    (problem,) = [each for each in problems(there) if each.rule == "capacity-idle"]
    return problem


def test_what_idle_machines_cost_is_said_once_and_of_all_of_them() -> None:
    """Nobody multiplies it again, neither in words nor in fields."""
    problem = idle()
    assert evidence(problem).startswith(
        "2 of 8 machines of block cr-0123456789abcdef0 (8 p5.48xlarge) do not run, 62.00 USD an hour that is paid "
        "already."
    )
    assert evidence(problem).count("USD") == 1
    answer = clusters_answer()
    one = replace(answer, status=replace(answer.status, problems=(problem,)))
    (told,) = clusters_result(one, page=1, detailed=True).problem_details
    assert (told.machines, told.hourly, told.currency) == (2, Decimal("62.0000"), "USD")


def test_what_is_denied_of_many_is_one_line() -> None:
    """AWS names in each refusal what was asked about; the first stands for all, and another reason for itself."""
    denied = [
        AwsFailure(FailureKind.DENIED, "describe_nodegroup", f"not authorized on {name}", "AccessDeniedException")
        for name in ("a", "b")
    ]
    late = AwsFailure(FailureKind.THROTTLED, "describe_nodegroup", "too fast", "ThrottlingException")
    unread = [
        Unread(ACCOUNT, "main", REGION, "eks:DescribeNodegroup", failure, f"c{number}")
        for number, failure in enumerate((*denied, late))
    ]
    first, second = unread_lines(unread)
    assert first.startswith(f"account main, {REGION}/c0, {REGION}/c1: eks:DescribeNodegroup not answered (denied: ")
    assert "not authorized on a" in first
    assert second.startswith(f"account main, {REGION}/c2: eks:DescribeNodegroup not answered (throttled: ")


def test_counts_that_nobody_tells_are_no_zeros() -> None:
    """Of several groups, one that is not known makes the sum unknown; of Karpenter's nobody says what is wanted."""
    assert running([group()]) == "8 of 8"
    assert running([group(), group(running=None)]) == "? of 16"
    assert running([group(wanted=None)]) == "8"
    assert running([group(healthy=6), group(healthy=None)]) == "16 of 16, 2 unwell"
    assert running([]) == "0 of 0"
