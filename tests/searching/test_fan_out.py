"""Questions asked side by side, within a time budget."""

import threading
import time

import pytest

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import Deadline, OutOfTime
from mcp_server.searching.fan_out import Outcome, Task, fan_out


def ignore(outcome: Outcome[str, int]) -> None:
    """Nobody watches."""


def test_lanes_run_side_by_side_and_in_order() -> None:
    """Tasks of one lane follow one another; lanes wait for each other only at the barrier that they share."""
    barrier = threading.Barrier(3, timeout=10)
    order: list[str] = []

    def ask(name: str) -> int:
        if name.endswith("1"):
            barrier.wait()
        order.append(name)
        return len(name)

    tasks = [Task(f"{lane}{n}", lane, lambda _, name=f"{lane}{n}": ask(name)) for lane in "abc" for n in (1, 2)]
    outcomes = fan_out(tasks, Deadline.after(20), ignore)
    assert [each.key for each in outcomes] == ["a1", "a2", "b1", "b2", "c1", "c2"]
    assert all(each.answer == 2 for each in outcomes)
    for lane in "abc":
        assert order.index(f"{lane}1") < order.index(f"{lane}2")


def test_a_failure_is_an_outcome_and_the_lane_goes_on() -> None:
    """One region's failure is a row of its own."""
    failure = AwsFailure(FailureKind.DENIED, "describe", "no")

    def fail(_: Deadline) -> int:
        raise failure

    first, second = fan_out([Task("a", 1, fail), Task("b", 1, lambda _: 7)], Deadline.after(10), ignore)
    assert first.failure is failure
    assert second.answer == 7


def test_a_crash_is_raised_where_it_was_asked() -> None:
    """A mistake in the program is never taken for an answer."""

    def crash(_: Deadline) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fan_out([Task("a", 1, crash)], Deadline.after(10), ignore)


def test_what_hangs_is_left_behind() -> None:
    """At the deadline the rest is unasked, and whoever waits is answered."""
    release = threading.Event()

    def hang(_: Deadline) -> int:
        release.wait(30)
        return 1

    tasks = [Task("hangs", 1, hang), Task("behind", 1, lambda _: 2), Task("quick", 2, lambda _: 3)]
    hangs, behind, quick = fan_out(tasks, Deadline.after(0.5), ignore)
    release.set()
    assert (hangs.asked, behind.asked, quick.answer) == (False, False, 3)


def test_lanes_that_give_up_are_not_waited_for() -> None:
    """A lane whose next call would come too late ends at once, long before the deadline."""
    began = time.monotonic()

    def too_late(deadline: Deadline) -> int:
        deadline.sleep(3600)
        return 1

    (outcome,) = fan_out([Task("a", 1, too_late)], Deadline.after(60), ignore)
    assert not outcome.asked
    assert time.monotonic() - began < 30


def test_a_stopped_deadline_ends_everything() -> None:
    """Whoever gives up ends the wait of all."""
    deadline = Deadline.after(60)
    deadline.stop()
    assert deadline.remaining == 0
    with pytest.raises(OutOfTime):
        deadline.sleep(0.1)
