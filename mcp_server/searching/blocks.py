"""Search for Capacity Blocks over accounts, regions, types and durations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.alternatives import AlternativeKind, alternatives
from mcp_server.capacity.fit import Shortfall
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.ranking import Order, Ranked, rank
from mcp_server.capacity.requests import CapacityRequest, check_horizon, check_not_past
from mcp_server.searching.market import Found, Market, Progress, Question, QuestionFailure, Quota
from mcp_server.searching.readers import AccountFailure, Readers, choose_readers
from mcp_server.searching.seen import SeenOfferings


@dataclass(frozen=True, slots=True)
class Row:
    """One offering of an answer: its handle, and what it lacks of the request (nothing: it meets it)."""

    handle: str
    offering: Offering
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Offerings that meet the request but for one departure from it."""

    kind: AlternativeKind
    request: CapacityRequest
    rows: tuple[Row, ...]
    quotas: tuple[Quota, ...]


@dataclass(frozen=True, slots=True)
class BlockAnswer:
    """What a search found and what it could not ask. Rows are in the order asked for, as many as were asked for.

    accounts pairs each account's name with its number. now is AWS's time, UTC. unasked questions say nothing about
    capacity, and neither do failures.
    """

    request: CapacityRequest
    order: Order
    now: datetime
    simulated: bool
    accounts: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]
    meeting: tuple[Row, ...]
    others: tuple[Row, ...]
    left_out_meeting: int
    left_out_others: int
    cheapest: Row | None
    suggestions: tuple[Suggestion, ...]
    answered: tuple[Question, ...]
    failures: tuple[QuestionFailure, ...]
    account_failures: tuple[AccountFailure, ...]
    quotas: tuple[Quota, ...]
    unasked: tuple[Question, ...]


class BlockSearch:
    """Searches, and remembers what each handle stands for. Safe to use from several threads."""

    def __init__(self, accounts: Accounts, seen: SeenOfferings) -> None:
        self._accounts, self._seen = accounts, seen
        self._market = Market()
        self._clock_skew = timedelta()

    def now(self) -> datetime:
        """AWS's time as last heard, UTC; this machine's before the first call."""
        return datetime.now(UTC) + self._clock_skew

    def search(
        self,
        request: CapacityRequest,
        accounts: Sequence[str],
        order: Order,
        most_rows: int,
        deadline: Deadline,
        progress: Progress,
    ) -> BlockAnswer:
        """Ask everywhere, rank what there is, and when nothing meets the request look for the nearest that does.

        Of the rows at most most_rows are kept, those that meet the request first; only they get handles.

        Raises:
            InvalidWindow: The times cannot be met; nothing was asked of AWS, or only who the caller is.
            UnknownAccount: An account that is not configured; nothing was asked of AWS.
            AwsFailure: No account can be read.
        """
        check_not_past(request, self.now())
        readers = choose_readers(self._accounts, accounts, deadline)
        if not readers.working:
            raise readers.failures[0].failure
        self._clock_skew = readers.working[0].identity.clock_skew
        check_not_past(request, self.now())
        check_horizon(request, self.now())
        answers = self._market.ask(request, readers.working, deadline, progress)
        ranking = rank((each.offering for each in answers.found), request, order)
        suggestions: tuple[Suggestion, ...] = ()
        if not ranking.meeting and answers.answered:
            suggestions = self._suggestions(request, readers, deadline)
        meeting = ranking.meeting[:most_rows]
        others = ranking.others[: most_rows - len(meeting)]
        cheapest = (ranking.cheapest,) if ranking.cheapest else ()
        return BlockAnswer(
            request=request,
            order=order,
            now=self.now(),
            simulated=readers.simulated,
            accounts=tuple((each.name, each.identity.account) for each in readers.working),
            notices=readers.notices,
            meeting=self._rows(meeting, answers.found),
            others=self._rows(others, answers.found),
            left_out_meeting=len(ranking.meeting) - len(meeting),
            left_out_others=len(ranking.others) - len(others),
            cheapest=next(iter(self._rows(cheapest, answers.found)), None),
            suggestions=suggestions,
            answered=answers.answered,
            failures=answers.failures,
            account_failures=readers.failures,
            quotas=answers.quotas,
            unasked=answers.unasked,
        )

    def _suggestions(self, request: CapacityRequest, readers: Readers, deadline: Deadline) -> tuple[Suggestion, ...]:
        partition = readers.working[0].identity.partition
        found = (self._nearest(way.kind, way.requests, readers, deadline) for way in alternatives(request, partition))
        return tuple(each for each in found if each)

    def _nearest(
        self, kind: AlternativeKind, requests: Sequence[CapacityRequest], readers: Readers, deadline: Deadline
    ) -> Suggestion | None:
        for request in requests:
            answers = self._market.ask(request, readers.working, deadline, _unseen)
            ranking = rank((each.offering for each in answers.found), request, Order.FEE)
            if ranking.meeting:
                rows = self._rows(ranking.meeting[:2], answers.found)
                return Suggestion(kind, request, rows, answers.quotas)
        return None

    def _rows(self, ranked: Sequence[Ranked], found: Sequence[Found]) -> tuple[Row, ...]:
        # Ranking hands on the very offerings that were found, so that nothing has to be compared.
        probes = {id(each.offering): each.probe for each in found}
        kept = [(each.offering, probes[id(each.offering)]) for each in ranked]
        handles = self._seen.remember(kept, self.now())
        return tuple(Row(handle, each.offering, each.shortfalls) for handle, each in zip(handles, ranked, strict=True))


def _unseen(answered: int, questions: int, line: str) -> None:
    """Progress that nobody is shown: how many alternatives there are to try is not known beforehand."""
