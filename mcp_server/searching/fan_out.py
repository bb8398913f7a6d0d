"""Many questions at once, one after another where they must be, within a time budget."""

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline, OutOfTime

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True)
class Task(Generic[K, T]):
    """One question. Tasks of one lane are asked one after another, in order; lanes run side by side."""

    key: K
    lane: Hashable
    ask: Callable[[Deadline], T]


@dataclass(frozen=True)
class Outcome(Generic[K, T]):
    """What became of a task: an answer, a failure, or neither when time ran out before it could be asked."""

    key: K
    answer: T | None = None
    failure: AwsFailure | None = None

    @property
    def asked(self) -> bool:
        """Whether AWS was asked and answered, well or badly."""
        return self.answer is not None or self.failure is not None


def fan_out(
    tasks: Sequence[Task[K, T]], deadline: Deadline, done: Callable[[Outcome[K, T]], None]
) -> list[Outcome[K, T]]:
    """Ask every task, and return an outcome for each in the order given, at the deadline at the latest.

    done is called in the caller's thread as each outcome arrives, those cut off excepted. A call that hangs past the
    deadline is left behind in its thread, which does not keep the process alive. A crash in a task is raised here.
    """
    lanes: dict[Hashable, list[Task[K, T]]] = defaultdict(list)
    for task in tasks:
        lanes[task.lane].append(task)
    arrivals: SimpleQueue[Outcome[K, T] | BaseException | None] = SimpleQueue()
    for lane in lanes.values():
        threading.Thread(target=_walk, args=(lane, deadline, arrivals), daemon=True).start()
    outcomes = {task.key: Outcome[K, T](task.key) for task in tasks}
    walking = len(lanes)
    while walking:
        try:
            arrival = arrivals.get(timeout=deadline.remaining)
        except Empty:
            break
        if arrival is None:
            walking -= 1
        elif isinstance(arrival, BaseException):
            deadline.stop()
            raise arrival
        else:
            outcomes[arrival.key] = arrival
            done(arrival)
    return list(outcomes.values())


def _walk(
    lane: list[Task[K, T]], deadline: Deadline, arrivals: "SimpleQueue[Outcome[K, T] | BaseException | None]"
) -> None:
    """Ask one after another; None at the end says that nothing more will come."""
    try:
        for task in lane:
            if not deadline.remaining:
                break
            try:
                arrivals.put(Outcome(task.key, answer=task.ask(deadline)))
            except AwsFailure as failure:
                arrivals.put(Outcome(task.key, failure=failure))
        arrivals.put(None)
    except OutOfTime:
        arrivals.put(None)
    except BaseException as crash:  # noqa: BLE001 - carried into the caller's thread, where it is raised
        arrivals.put(crash)
