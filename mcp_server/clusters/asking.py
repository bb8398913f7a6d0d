"""Questions to one account and region, many at once; what is not answered is noted, and hides nothing else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Generic, TypeVar

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.permissions import action_of
from mcp_server.aws.subnets import zones_of_subnets
from mcp_server.capacity.words import word
from mcp_server.searching.fan_out import Task, fan_out
from mcp_server.searching.readers import Reader

T = TypeVar("T")

_AT_ONCE = 32
"""Questions that are asked side by side: of many more AWS would refuse some as too many a second."""

THE_REST = "the rest"
"""In place of an operation, where time ran out before it was known which would have been asked."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An operation that was not answered: it says nothing of what is there. failure is None when time ran out.

    action is IAM's name of it; cluster is the name of the one that it was about, None where it was about all.
    """

    account: str
    account_name: str
    region: str
    action: str
    failure: AwsFailure | None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """One operation by its Python name, of a service by its name in boto3, and how it is asked with a client of it."""

    service: str
    operation: str
    ask: Callable[[Any], T]
    cluster: str | None = None

    @property
    def action(self) -> str:
        """IAM's name of it."""
        return action_of(self.operation, self.service)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What came of a question. gone: what it was about is not there. Else, without a value, that was noted."""

    value: T | None = None
    gone: bool = False


class Zones:
    """The zone ids of all subnets of an account and region, read once for all who ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: dict[str, str] | None = None
        self._failed: Unread | None = None

    def read(self, asker: "Asker") -> dict[str, str]:
        """By the subnets' ids; empty where they cannot be read, which everybody who asks notes."""
        with self._lock:
            if self._found is None:
                question = Question("ec2", "describe_subnets", zones_of_subnets)
                self._found = asker.ask(question).value or {}
                self._failed = next((each for each in asker.unread if each.action == question.action), None)
            if self._failed and self._failed not in asker.unread:
                asker.unread.append(self._failed)
            return self._found


class Asker:
    """Asks in one account and region until a deadline. unread is what was not answered so far."""

    def __init__(self, reader: Reader, region: str, deadline: Deadline, zones: Zones) -> None:
        self.reader, self.region = reader, region
        self.unread: list[Unread] = []
        self._deadline, self._zones = deadline, zones

    @property
    def account(self) -> str:
        """The account's number."""
        return self.reader.identity.account

    def ask(self, question: Question[T]) -> Answer[T]:
        """The answer to one question."""
        account = self.reader.account
        try:
            return Answer(question.ask(account.client(question.service, self.region)))
        except AwsFailure as failure:
            if failure.not_there:
                return Answer(gone=True)
            told = account.after(failure)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            message = f"the answer cannot be read: {type(problem).__name__} {word(str(problem))}"
            told = AwsFailure(FailureKind.AWS_ERROR, question.operation, message, ours=True)
        # A region that is off has nothing.
        if told.kind is FailureKind.REGION_OFF:
            return Answer(gone=True)
        self._note(question.action, told, question.cluster)
        return Answer()

    def ask_all(self, questions: Sequence[Question[T]]) -> list[Answer[T]]:
        """The answers to all of them, which are asked side by side, in their order."""
        answers = self.side_by_side([partial(self.ask, each) for each in questions])
        return [answer or Answer() for answer in answers]

    def side_by_side(self, works: Sequence[Callable[[], T]]) -> list[T | None]:
        """What each comes to, in their order; None also of what was not done in time. They may ask more."""
        tasks = [Task(number, number % _AT_ONCE, lambda _, work=work: (work(),)) for number, work in enumerate(works)]
        outcomes = fan_out(tasks, self._deadline, lambda _: None)
        if any(each.answer is None for each in outcomes):
            self._note(THE_REST, None, None)
        return [each.answer[0] if each.answer else None for each in outcomes]

    def read_zones(self) -> dict[str, str]:
        """The zone ids of all subnets, by their ids; empty where they cannot be read."""
        return self._zones.read(self)

    def zones_of(self, subnet_ids: Iterable[str]) -> tuple[str, ...]:
        """The zone ids of subnets; empty unless all are known: what is left out would look as if it were elsewhere."""
        zones = self.read_zones()
        found = {zones.get(each) for each in subnet_ids}
        return () if None in found else tuple(sorted(each for each in found if each))

    def unread_of(self, cluster: str) -> tuple[str, ...]:
        """The operations that were not answered and bear on a cluster, by IAM's names."""
        return tuple(dict.fromkeys(each.action for each in [*self.unread] if each.cluster in (None, cluster)))

    def note_missing(self, service: str, operation: str, what: str, cluster: str) -> None:
        """Note that what was asked for is not there, though the cluster is that it is of."""
        failure = AwsFailure(FailureKind.AWS_ERROR, operation, what, ours=True)
        self._note(action_of(operation, service), failure, cluster)

    def _note(self, action: str, failure: AwsFailure | None, cluster: str | None) -> None:
        self.unread.append(Unread(self.account, self.reader.name, self.region, action, failure, cluster))


def values(answers: Sequence[Answer[T]]) -> Iterator[T]:
    """What was answered."""
    return (each.value for each in answers if each.value is not None)
