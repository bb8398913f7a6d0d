"""Search for Capacity Blocks over accounts, regions, types and durations."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.alternatives import AlternativeKind, alternatives
from mcp_server.capacity.fit import Shortfall, would_do
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.ranking import Order, Ranked, rank
from mcp_server.capacity.requests import CapacityRequest, check_horizon, check_not_past
from mcp_server.searching.market import (
    Answers,
    Found,
    Market,
    Progress,
    Question,
    QuestionFailure,
    Quota,
    UnreadZones,
)
from mcp_server.searching.owned import OwnedFailure, RegionsOf, read_reservations
from mcp_server.searching.readers import AccountFailure, Reader, Readers, choose_readers
from mcp_server.searching.seen import SeenOfferings


@dataclass(frozen=True, slots=True)
class Row:
    """One offering of an answer: its handle, and what it lacks of the request (nothing: it meets it)."""

    handle: str
    offering: Offering
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The cheapest offering that meets the request but for one departure from it."""

    kind: AlternativeKind
    request: CapacityRequest
    row: Row
    quotas: tuple[Quota, ...]


@dataclass(frozen=True, slots=True)
class BlockAnswer:
    """What a search found and what it could not ask. Rows are in the order asked for, as many as were asked for.

    owned would hold the request without any purchase; owned_unread is where that was not looked up, which says nothing.
    accounts pairs each account's name with its number. now is AWS's time, UTC. unasked questions say nothing about
    capacity, and neither do failures.
    """

    request: CapacityRequest
    order: Order
    now: datetime
    simulated: bool
    accounts: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]
    owned: tuple[OwnedReservation, ...]
    owned_unread: tuple[OwnedFailure, ...]
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
    unread_zones: tuple[UnreadZones, ...]
    unknown_zone_ids: tuple[str, ...]
    suggestions_complete: bool


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
        self._clock_skew = readers.working[0].now - datetime.now(UTC)
        check_not_past(request, self.now())
        check_horizon(request, self.now())
        with ThreadPoolExecutor(1) as beside:
            owning = beside.submit(read_reservations, readers.working, _regions_of(request), deadline)
            answers = self._market.ask(request, readers.working, deadline, progress)
            reservations, unread = owning.result()
        ranking = rank((each.offering for each in answers.found), request, order)
        suggestions: list[Suggestion] = []
        complete = True
        if not ranking.meeting and answers.answered:
            complete = self._suggest(request, readers, deadline, suggestions)
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
            owned=tuple(each for each in reservations if would_do(each, request, self.now())),
            owned_unread=unread,
            meeting=self._rows(meeting, answers.found),
            others=self._rows(others, answers.found),
            left_out_meeting=len(ranking.meeting) - len(meeting),
            left_out_others=len(ranking.others) - len(others),
            cheapest=next(iter(self._rows(cheapest, answers.found)), None),
            suggestions=tuple(suggestions),
            answered=answers.answered,
            failures=answers.failures,
            account_failures=readers.failures,
            quotas=answers.quotas,
            unasked=answers.unasked,
            unread_zones=answers.unread_zones,
            unknown_zone_ids=self._unknown_zone_ids(request, answers),
            suggestions_complete=complete and answers.complete,
        )

    def _suggest(
        self, request: CapacityRequest, readers: Readers, deadline: Deadline, suggestions: list[Suggestion]
    ) -> bool:
        """Add the nearest alternative of each kind; whether all could be asked."""
        partition = readers.working[0].identity.partition
        complete = True
        for way in alternatives(request, partition):
            for wish in way.requests:
                answers = self._market.ask(wish, readers.working, deadline, _unseen)
                complete = complete and answers.complete
                ranking = rank((each.offering for each in answers.found), wish, Order.FEE)
                if ranking.meeting:
                    rows = self._rows(ranking.meeting[:1], answers.found)
                    suggestions.append(Suggestion(way.kind, wish, rows[0], answers.quotas))
                    break
        return complete

    def _unknown_zone_ids(self, request: CapacityRequest, answers: Answers) -> tuple[str, ...]:
        """Zone ids asked for that no region asked has; nothing where some could not be read."""
        if answers.unread_zones:
            return ()
        asked = (*answers.answered, *(each.question for each in answers.failures), *answers.unasked)
        known = self._market.zone_ids({(each.reader.identity.account, each.region) for each in asked})
        return tuple(sorted(request.zone_ids - known))

    def _rows(self, ranked: Sequence[Ranked], found: Sequence[Found]) -> tuple[Row, ...]:
        # Ranking hands on the very offerings that were found, so that nothing has to be compared.
        probes = {id(each.offering): each.probe for each in found}
        kept = [(each.offering, probes[id(each.offering)]) for each in ranked]
        handles = self._seen.remember(kept, self.now())
        return tuple(Row(handle, each.offering, each.shortfalls) for handle, each in zip(handles, ranked, strict=True))


def _regions_of(request: CapacityRequest) -> RegionsOf:
    """Every region in which any of the types is asked for."""

    def regions(reader: Reader) -> Sequence[str]:
        partition = reader.identity.partition
        asked = (request.regions_of(each, partition) for each in request.instance_types)
        return sorted({region for each in asked for region in each})

    return regions


def _unseen(answered: int, questions: int, line: str) -> None:
    """Progress that nobody is shown: how many alternatives there are to try is not known beforehand."""
