"""How fast one region is asked."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import FASTEST, SLOWEST, Deadline, OutOfTime, Pace


def throttled() -> AwsFailure:
    """AWS says: too fast."""
    return AwsFailure(FailureKind.THROTTLED, "describe", "slow down", "CapacityBlockDescribeLimitExceeded")


def test_a_refusal_slows_down_and_is_asked_again() -> None:
    """Each refusal halves the rate, each answer raises it a little; the caller sees only the answer."""
    answers = [throttled(), "yes"]
    pace = Pace()

    def send() -> str:
        answer = answers.pop(0)
        if isinstance(answer, AwsFailure):
            raise answer
        return answer

    assert pace.call(send, Deadline.after(30)) == "yes"
    assert FASTEST / 2 < pace.rate < FASTEST


def test_refusals_to_the_end_are_a_failure_not_silence() -> None:
    """When no time is left to try again, what AWS said is told."""

    def send() -> str:
        raise throttled()

    with pytest.raises(AwsFailure) as failure:
        Pace().call(send, Deadline.after(1))
    assert failure.value.kind is FailureKind.THROTTLED


def test_other_failures_are_not_tried_again() -> None:
    """Only coming too fast is cured by waiting."""
    sent: list[int] = []

    def send() -> str:
        sent.append(1)
        raise AwsFailure(FailureKind.DENIED, "describe", "no")

    with pytest.raises(AwsFailure):
        Pace().call(send, Deadline.after(5))
    assert len(sent) == 1


def test_one_call_at_a_time() -> None:
    """Eight threads that ask the same region are never two at once."""
    pace, inside, most = Pace(), 0, 0
    lock = threading.Lock()

    def send() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.01)
        with lock:
            inside -= 1

    threads = [threading.Thread(target=pace.call, args=(send, Deadline.after(30))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == 1


def test_no_turn_before_the_deadline() -> None:
    """Who cannot have a turn in time is told so without AWS being asked."""
    pace, held = Pace(), threading.Event()
    threading.Thread(target=pace.call, args=(lambda: held.wait(10), Deadline.after(20)), daemon=True).start()
    time.sleep(0.1)
    with pytest.raises(OutOfTime):
        pace.call(lambda: None, Deadline.after(0.2))
    held.set()


@given(st.lists(st.booleans(), max_size=40))
def test_the_rate_stays_within_bounds(refusals: list[bool]) -> None:
    """However AWS answers, the rate is never above the fastest nor below the slowest."""
    pace = Pace()
    for refused in refusals:
        if refused:
            pace.slow_down()
        else:
            pace.speed_up()
        assert SLOWEST <= pace.rate <= FASTEST


def test_a_call_given_up_holds_nobody_up() -> None:
    """A call that hangs past its own deadline blocks its region no longer than that."""
    pace, release = Pace(), threading.Event()

    def hang() -> str:
        release.wait(30)
        return "late"

    threading.Thread(target=pace.call, args=(hang, Deadline.after(0.3)), daemon=True).start()
    time.sleep(0.1)
    assert pace.call(lambda: "now", Deadline.after(10)) == "now"
    release.set()
