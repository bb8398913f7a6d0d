"""Search for Capacity Blocks and training plans over accounts, regions, types and durations."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.subnets import subnets_in
from mcp_server.capacity.alternatives import AlternativeKind, alternatives
from mcp_server.capacity.fit import Shortfall, would_do
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.plans import PlanOffering, TargetResource
from mcp_server.capacity.ranking import Order, Ranked, rank
from mcp_server.capacity.requests import CapacityRequest, UnknownZones, check_horizon, check_not_past
from mcp_server.capacity.words import word
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.market import (
    Answers,
    Found,
    Market,
    Progress,
    Question,
    QuestionFailure,
    Quota,
    UnreadZones,
    unseen,
)
from mcp_server.searching.owned import OwnedFailure, OwnedPart, RegionsOf, read_reservations
from mcp_server.searching.readers import AccountFailure, Reader, Readers, choose_readers
from mcp_server.searching.seen import SeenOfferings


@dataclass(frozen=True, slots=True)
class Row:
    """One offering of an answer: its handle, and what it lacks of the request (nothing: it meets it)."""

    handle: str
    offering: Offering | PlanOffering
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The cheapest offering that meets the request but for one departure from it."""

    kind: AlternativeKind
    request: CapacityRequest
    row: Row
    quotas: tuple[Quota, ...]


@dataclass(frozen=True, slots=True)
class Best:
    """Of what serves one target, or of blocks, and meets the request: the lowest fee and, if compared, the soonest."""

    target: TargetResource | None
    cheapest: Row | None
    soonest: Row | None


@dataclass(frozen=True, slots=True)
class Untold:
    """An alternative that was not settled, and why: failure is None where time ran out."""

    question: Question
    failure: AwsFailure | None


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search found and what it could not ask. Rows are in the order asked for, as many as were asked for.

    beside is the same request for the other kind of capacity, where both are compared: blocks beside plans, or plans
    beside blocks. best is of what serves the request, best_beside of what serves beside, and both are among the rows;
    of the longest, where those are asked for. telling is whether AWS said anywhere what there is, complete whether it
    did so everywhere; untold is what is open of the alternatives. no_subnets are sentences on zones of plans that could
    not be used as the account is.

    owned would hold the request without any purchase; owned_unread is where that was not looked up, which says nothing.
    accounts pairs each account's name with its number. now is AWS's time, UTC. unasked questions say nothing about
    capacity, and neither do failures.
    """

    request: CapacityRequest
    beside: CapacityRequest | None
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
    best: Best
    best_beside: Best | None
    suggestions: tuple[Suggestion, ...]
    answered: tuple[Question, ...]
    failures: tuple[QuestionFailure, ...]
    account_failures: tuple[AccountFailure, ...]
    quotas: tuple[Quota, ...]
    unasked: tuple[Question, ...]
    unread_zones: tuple[UnreadZones, ...]
    unknown_zone_ids: tuple[str, ...]
    no_subnets: tuple[str, ...]
    telling: bool
    complete: bool
    untold: tuple[Untold, ...]

    @property
    def questions(self) -> Iterator[Question]:
        """Everything that was asked, or should have been."""
        yield from self.answered
        yield from (each.question for each in self.failures)
        yield from self.unasked


_ZONES_SHARE = 0.25
"""Of the time, for reading the zones before anything else: a region that hangs must not take it all."""


class CapacitySearch:
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
        beside: CapacityRequest | None = None,
    ) -> SearchAnswer:
        """Ask everywhere, rank what there is, and when nothing meets the request look for the nearest that does.

        Of the rows at most most_rows are kept, those that meet the request first; only they get handles. What beside
        finds, which differs in its target alone, is ranked together with the rest, and has half of the rows.

        Raises:
            UnknownZones: No region asked has any of the zone ids; nothing was asked but what zones there are.
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
        self._check_zones(request, readers, deadline)
        requests = (request, beside) if beside else (request,)
        with ThreadPoolExecutor(1) as aside:
            owning = aside.submit(
                read_reservations,
                readers.working,
                _regions_of(request),
                deadline,
                OwnedPart.PLANS if request.target else OwnedPart.RESERVATIONS,
            )
            answers = self._market.ask(requests, readers.working, deadline, progress)
            reservations, unread = owning.result()
        ranking = rank((each.offering for each in answers.found), requests, order)
        named = {
            each.target: (ranking.best(each, Order.FEE), ranking.best(each, Order.START) if beside else None)
            for each in requests
        }
        shown = ranking.first(most_rows, list(named), [one for pair in named.values() for one in pair if one])
        meeting, others = self._rows(shown.meeting, answers.found), self._rows(shown.others, answers.found)
        rows = dict(zip(map(id, shown.meeting), meeting, strict=True))
        best, *beside_it = (Best(target, *(rows.get(id(one)) for one in pair)) for target, pair in named.items())
        suggestions: tuple[Suggestion, ...] = ()
        untold: tuple[Untold, ...] = ()
        if best.cheapest is None and answers.telling:
            suggestions, untold = self._suggest(request, readers, deadline)
        return SearchAnswer(
            request=request,
            beside=beside,
            order=order,
            now=self.now(),
            simulated=readers.simulated,
            accounts=tuple((each.name, each.identity.account) for each in readers.working),
            notices=readers.notices,
            owned=tuple(each for each in reservations if would_do(each, request, self.now())),
            owned_unread=unread,
            meeting=meeting,
            others=others,
            left_out_meeting=len(ranking.meeting) - len(meeting),
            left_out_others=len(ranking.others) - len(others),
            best=best,
            best_beside=next(iter(beside_it), None),
            suggestions=suggestions,
            answered=answers.answered,
            failures=answers.failures,
            account_failures=readers.failures,
            quotas=answers.quotas,
            unasked=answers.unasked,
            unread_zones=answers.unread_zones,
            unknown_zone_ids=self._unknown_zone_ids(request, answers),
            no_subnets=_no_subnets([each.offering for each in (*meeting, *others)], readers.working, deadline),
            telling=answers.telling,
            complete=answers.complete,
            untold=untold,
        )

    def _check_zones(self, request: CapacityRequest, readers: Readers, deadline: Deadline) -> None:
        """Refuse zone ids of which no region asked has any, if all of them could be read.

        Raises:
            UnknownZones: There are none.
        """
        if not request.zone_ids:
            return
        regions = _regions_of(request)
        places = [(each, region) for each in readers.working for region in regions(each)]
        known = self._market.learn_zones(places, deadline.part(_ZONES_SHARE))
        if known is not None and not request.zone_ids & known:
            raise UnknownZones(request.zone_ids, known)

    def _suggest(
        self, request: CapacityRequest, readers: Readers, deadline: Deadline
    ) -> tuple[tuple[Suggestion, ...], tuple[Untold, ...]]:
        """The nearest alternative of each kind, and what could not be asked for them."""
        partition = readers.working[0].identity.partition
        suggestions: list[Suggestion] = []
        untold: list[Untold] = []
        for way in alternatives(request, partition):
            for wish in way.requests:
                answers = self._market.ask((wish,), readers.working, deadline, unseen)
                untold += [Untold(each.question, each.failure) for each in answers.failures if not each.failure.settles]
                untold += [Untold(each, None) for each in answers.unasked]
                ranking = rank((each.offering for each in answers.found), (wish,), Order.FEE)
                if ranking.meeting:
                    rows = self._rows(ranking.meeting[:1], answers.found)
                    suggestions.append(Suggestion(way.kind, wish, rows[0], answers.quotas))
                    break
        return tuple(suggestions), tuple(untold)

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


def _no_subnets(
    offerings: Iterable[Offering | PlanOffering], readers: Sequence[Reader], deadline: Deadline
) -> tuple[str, ...]:
    """Sentences on zones of plans, for a target that is given subnets, where the account that would buy has none."""
    by_number = {each.identity.account: each for each in readers}
    places = dict.fromkeys(
        (by_number[each.account], each.region, part.zone.id)
        for each in offerings
        if isinstance(each, PlanOffering) and each.target.one_zone
        for part in each.parts
        if part.zone.id
    )
    outcomes = fan_out([Task(each, each, lambda _, each=each: _subnets(*each)) for each in places], deadline, _done)
    return tuple(
        f"Account {reader.name} has no subnet in {word(zone)} ({region}): a cluster cannot use a plan there before it "
        "has."
        if outcome.answer == 0
        else f"Subnets of account {reader.name} in {word(zone)} ({region}) could not be read: whether a cluster could "
        "use a plan there is not known."
        for outcome in outcomes
        for reader, region, zone in (outcome.key,)
        if not outcome.answer
    )


def _subnets(reader: Reader, region: str, zone_id: str) -> int:
    return subnets_in(reader.account.client("ec2", region), zone_id)


def _done(outcome: Outcome[tuple[Reader, str, str], int]) -> None:
    """Nobody waits for one of these by itself."""


def _regions_of(request: CapacityRequest) -> RegionsOf:
    """Every region in which any of the types is asked for."""

    def regions(reader: Reader) -> Sequence[str]:
        partition = reader.identity.partition
        asked = (request.regions_of(each, partition) for each in request.instance_types)
        return sorted({region for each in asked for region in each})

    return regions
