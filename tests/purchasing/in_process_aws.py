"""AWS in plain Python, as a purchase sees it: it sells, fails, lags and lies still, and remembers the truth.

It sells whatever it is asked for as often as it is asked. Whatever it shows late, it shows within half a day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from mcp_server.aws.accounts import Identity
from mcp_server.aws.buying import Certainty, Credentials, PurchaseFailed, Sold
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.trails import PurchaseEvent
from mcp_server.capacity.extensions import ExtensionOffering, ExtensionProbe
from mcp_server.capacity.offerings import Offering, Segment
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, PlanFacts, ReservationState
from mcp_server.capacity.plans import PlanOffering, PlanProbe
from mcp_server.capacity.requests import Probe
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.policy import PolicyAccount
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.searching.seen import AnyOffering, AnyProbe

BEGINNING = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
"""Two days before a month ends."""

ACCOUNTS = ("111111111111", "222222222222")
REGIONS = ("us-east-1", "us-west-2")
WORLD = "simulation in process"
_ENDPOINT = "http://127.0.0.1:1"
PRICES = {"p5.48xlarge": 4, "p5.4xlarge": 2, "p5en.48xlarge": 4, "trn1.32xlarge": 3}
"""Of one unit for a day, in USD."""


class Fate(StrEnum):
    """What becomes of a request that spends, and what its sender hears."""

    SOLD = "sold"
    FIRST_ONLY = "sold, and only the first reservation is told"
    NOT_SENT = "no connection"
    THROTTLED = "throttled"
    DENIED = "denied"
    LOST = "dropped before anything was done"
    UNAVAILABLE = "503, nothing done"
    TIMEOUT = "sold, and the answer takes too long"
    DROPPED = "sold, and the connection is cut"
    GARBAGE = "sold, and the answer cannot be read"
    LATE = "no answer, and sold later"


ASKED = "asked"
"""Where a process is whose request has reached AWS."""

T = TypeVar("T")
_ANSWERED = {Fate.SOLD, Fate.FIRST_ONLY, Fate.THROTTLED, Fate.DENIED}
_REFUSED = {Fate.THROTTLED: "RequestLimitExceeded", Fate.DENIED: "UnauthorizedOperation"}


class Payment(StrEnum):
    """What becomes of a payment; capacity that is paid can fail all the same."""

    SUCCEEDS = "succeeds"
    FAILS = "fails"
    BREAKS = "succeeds, and the capacity fails"


class Verdict(StrEnum):
    """What AWS did with a request."""

    NEVER_CAME = "never came"
    REJECTED = "rejected"
    LOST = "lost"
    WAITING = "will be done"
    DONE = "done"


@dataclass(frozen=True)
class Luck:
    """How one purchase fares. All but fate and payment are in minutes after the request, or after AWS acted."""

    fate: Fate = Fate.SOLD
    payment: Payment = Payment.SUCCEEDS
    acts_after: int = 1
    paid_after: int = 0
    shown_after: int = 0
    tagged_after: int = 0
    trailed_after: int = 0


@dataclass
class Request:
    """One request that spends, as AWS knows it. purchase_id is whom the session was opened for."""

    purchase_id: str
    session: str
    account: str
    region: str
    offering_id: str
    reservation_id: str | None
    tags: Mapping[str, str]
    at: datetime
    luck: Luck
    operation: str
    plan: str = ""
    verdict: Verdict = Verdict.WAITING
    error_code: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What can be asked for once."""
        return self.account, self.region, self.offering_id


@dataclass
class Sale:
    """Something sold: the truth about it. ids are of its reservations, in the order of the segments, or of its plan."""

    request: Request
    offering: AnyOffering
    at: datetime
    ids: tuple[str, ...]

    def failed(self, now: datetime) -> bool:
        """Whether AWS released it again."""
        return self.state(now, self.offering) in {ReservationState.PAYMENT_FAILED, ReservationState.FAILED}

    def state(self, now: datetime, part: Segment | AnyOffering) -> ReservationState:
        """The state of one of its parts, of a plan that of the whole."""
        luck, paid = self.request.luck, self.at + timedelta(minutes=self.request.luck.paid_after)
        if now < paid:
            return ReservationState.PAYMENT_PENDING
        if luck.payment is Payment.FAILS:
            # SageMaker calls every plan that comes to nothing failed; of its extensions it tells the payment.
            plan = isinstance(part, PlanOffering)
            return ReservationState.FAILED if plan else ReservationState.PAYMENT_FAILED
        if luck.payment is Payment.BREAKS and now >= paid + timedelta(minutes=5):
            return ReservationState.FAILED
        if now < part.start:
            return ReservationState.SCHEDULED
        return ReservationState.ACTIVE if now < part.end else ReservationState.EXPIRED

    def shows(self, now: datetime) -> bool:
        """Whether AWS tells of it yet."""
        return now >= self.at + timedelta(minutes=self.request.luck.shown_after)

    def tags(self, now: datetime) -> tuple[tuple[str, str], ...]:
        """The tags that AWS shows of it."""
        late = timedelta(minutes=self.request.luck.tagged_after)
        return tuple(self.request.tags.items()) if now >= self.at + late else ()


class Visitor(Protocol):
    """A process that calls AWS. Every call is a place where it can be stopped."""

    luck: Luck

    @property
    def now(self) -> datetime:
        """AWS's time as it knows it."""
        ...

    def hear(self) -> None:
        """AWS's answer tells the time."""
        ...

    def pause(self, where: str) -> None:
        """Others may run now, and it may never come back."""
        ...


@dataclass
class InProcessAws:
    """Every account and region of it. clock_error is this machine's clock minus AWS's; heard is told of each request.

    credentials and purchasers say whose credentials are found where those of an account should be.
    """

    now: datetime = BEGINNING
    clock_error: timedelta = timedelta()
    fresh_ids: bool = False
    surcharge: int = 0
    gone: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    down: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    trail_down: bool = False
    credentials: dict[str, str] = field(default_factory=lambda: {each: each for each in ACCOUNTS})
    purchasers: dict[str, str] = field(default_factory=lambda: {each: each for each in ACCOUNTS})
    offered: dict[str, AnyOffering] = field(default_factory=dict[str, AnyOffering])
    requests: list[Request] = field(default_factory=list[Request])
    sales: list[Sale] = field(default_factory=list[Sale])
    heard: Callable[[Request], None] = lambda _: None
    dry_runs: list[tuple[tuple[str, str], PurchaseEvent]] = field(
        default_factory=list[tuple[tuple[str, str], PurchaseEvent]]
    )

    def pass_time(self, minutes: int) -> None:
        """Let time pass; what AWS does late is done meanwhile."""
        self.now += timedelta(minutes=minutes)
        waiting = [each for each in self.requests if each.verdict is Verdict.WAITING]
        for each in sorted(waiting, key=_acts_at):
            if _acts_at(each) <= self.now:
                self.act(each, _acts_at(each))

    def sale_of(self, purchase_id: str) -> Sale | None:
        """What was sold under a purchase id."""
        return next((each for each in self.sales if each.request.purchase_id == purchase_id), None)

    def receive(self, request: Request) -> None:
        """Take a request that spends, as luck has it."""
        self.requests.append(request)
        self.heard(request)
        match request.luck.fate:
            case Fate.NOT_SENT:
                request.verdict = Verdict.NEVER_CAME
            case Fate.LOST | Fate.UNAVAILABLE:
                request.verdict = Verdict.LOST
            case Fate.THROTTLED | Fate.DENIED:
                request.verdict, request.error_code = Verdict.REJECTED, _REFUSED[request.luck.fate]
            case Fate.LATE:
                request.verdict = Verdict.WAITING
            case _:
                self.act(request, self.now)

    def act(self, request: Request, at: datetime) -> None:
        """Do what is asked, or refuse it."""
        offering = self.offered.get(request.offering_id)
        problem = self._problem(request, offering, at)
        if offering is None or problem:
            request.verdict, request.error_code = Verdict.REJECTED, problem
            return
        request.verdict = Verdict.DONE
        self.sales.append(Sale(request, offering, at, self._ids(offering)))

    def _ids(self, offering: AnyOffering) -> tuple[str, ...]:
        if isinstance(offering, PlanOffering):
            return (f"arn:aws:sagemaker:training-plan/{len(self.sales)}",)
        parts = len(offering.segments) if isinstance(offering, Offering) else 0
        return tuple(f"cr-{len(self.sales)}-{part}" for part in range(parts))

    def _problem(self, request: Request, offering: AnyOffering | None, at: datetime) -> str:
        if offering is None or (offering.account, offering.region) != (request.account, request.region):
            return "InvalidCapacityBlockOfferingIdNotFound"
        if isinstance(offering, ExtensionOffering):
            owned = [each for each in self._reservations(request.account, request.region, at) if _can_go_on(each)]
            ends = {each.id: each.end for each in owned}
            if ends.get(request.reservation_id or "") != offering.start or self._pending(offering.reservation_id, at):
                return "InvalidCapacityReservationState"
        elif at >= offering.start:
            return "InvalidCapacityBlockOfferingIdExpired"
        named = {each.request.plan for each in self._of(request.account, request.region)}
        return "ResourceInUse" if request.plan and request.plan in named else ""

    def _pending(self, reservation_id: str, at: datetime) -> bool:
        return any(
            isinstance(each.offering, ExtensionOffering)
            and each.offering.reservation_id == reservation_id
            and each.state(at, each.offering) is ReservationState.PAYMENT_PENDING
            for each in self.sales
        )

    def offers(self, account: str, region: str, probe: AnyProbe) -> list[AnyOffering]:
        """What a probe finds; each gets an id, the same as before unless ids are fresh."""
        match probe:
            case ExtensionProbe():
                bare = self._extensions(account, region, probe)
            case PlanProbe():
                bare = self._plans(account, region, probe)
            case Probe():
                bare = self._blocks(account, region, probe)
        return [self._named(each) for each in bare]

    def _named(self, offering: AnyOffering) -> AnyOffering:
        name = f"{offering.id} {' '.join(offering.terms)} {len(self.offered) if self.fresh_ids else ''}"
        self.offered[name] = replace(offering, id=name)
        return self.offered[name]

    def _blocks(self, account: str, region: str, probe: Probe) -> list[AnyOffering]:
        kind, fee = probe.instance_type, self._fee(probe)
        return [
            Offering("cbo", account, region, kind, probe.count, fee, "USD", "default", _segments(start, probe, fee))
            for start in self._starts(region, probe)
        ]

    def _plans(self, account: str, region: str, probe: PlanProbe) -> list[AnyOffering]:
        place, fee = (account, region, probe.instance_type, probe.count), self._fee(probe)
        return [
            PlanOffering("tpo", *place, fee, "USD", probe.target, _parts(start, probe))
            for start in self._starts(region, probe)
        ]

    def _fee(self, probe: Probe | PlanProbe) -> Decimal:
        return Decimal((PRICES[probe.instance_type.name] + self.surcharge) * probe.count * probe.days)

    def _starts(self, region: str, probe: Probe | PlanProbe) -> list[datetime]:
        if (region, probe.instance_type.name) in self.gone:
            return []
        today = self.now.replace(hour=11, minute=30, second=0, microsecond=0)
        return [today + timedelta(days=ahead) for ahead in (2, 6)]

    def _extensions(self, account: str, region: str, probe: ExtensionProbe) -> list[AnyOffering]:
        owned = self._reservations(account, region, self.now)
        found = next((each for each in owned if each.id == probe.reservation_id and _can_go_on(each)), None)
        if found is None or found.kind is None or found.end is None or self._pending(found.id, self.now):
            return []
        fee = Decimal((PRICES[found.kind.name] + self.surcharge) * found.count * probe.days)
        place = ("cbeo", account, region, found.id, found.kind, found.count, found.zone)
        end, target = found.end + timedelta(days=probe.days), found.plan.target if found.plan else None
        return [ExtensionOffering(*place, found.end, end, fee, "USD", "default", target)]

    def estate(self, account: str, region: str) -> Estate:
        """What AWS shows now of an account and region."""
        extensions = [self.extension(each) for each in self._of(account, region) if each.shows(self.now)]
        return Estate(tuple(self._reservations(account, region, self.now)), tuple(each for each in extensions if each))

    def _of(self, account: str, region: str) -> list[Sale]:
        return [each for each in self.sales if (each.request.account, each.request.region) == (account, region)]

    def _reservations(self, account: str, region: str, at: datetime) -> list[OwnedReservation]:
        shown = [each for each in self._of(account, region) if each.ids and each.shows(at)]
        return [owned for each in shown for owned in self.reservations(each, at, each.tags(at))]

    def reservations(self, sale: Sale, at: datetime, tags: tuple[tuple[str, str], ...]) -> list[OwnedReservation]:
        """A sale as reservations, with whatever its extensions added."""
        offering = sale.offering
        if isinstance(offering, PlanOffering):
            return [self._plan(sale, offering, at, tags)]
        parts = offering.segments if isinstance(offering, Offering) else ()
        return [
            self._reservation(sale, number, replace(part, end=self._end(number, part.end, at)), at, tags)
            for number, part in zip(sale.ids, parts, strict=True)
        ]

    def _reservation(
        self, sale: Sale, number: str, part: Segment, at: datetime, tags: tuple[tuple[str, str], ...]
    ) -> OwnedReservation:
        state = sale.state(at, part)
        return OwnedReservation(
            id=number,
            block_id=f"cb-{sale.ids[0]}",
            account=sale.request.account,
            region=sale.request.region,
            instance_type=sale.offering.instance_type.name,
            zone=part.zone,
            platform="Linux/UNIX",
            count=part.count,
            state=state,
            words=str(state),
            start=part.start,
            end=part.end,
            created=sale.at,
            tags=tags,
        )

    def _plan(
        self, sale: Sale, offering: PlanOffering, at: datetime, tags: tuple[tuple[str, str], ...]
    ) -> OwnedReservation:
        state, last = sale.state(at, offering), offering.parts[-1]
        end = self._end(sale.ids[0], last.end, at)
        parts = (*offering.parts[:-1], replace(last, end=end))
        name, targets = sale.request.plan, (str(offering.target),)
        return OwnedReservation(
            id=sale.ids[0],
            block_id=None,
            account=sale.request.account,
            region=sale.request.region,
            instance_type=offering.instance_type.name,
            zone=offering.zone,
            platform="",
            count=offering.count,
            state=state,
            words=str(state),
            start=offering.start,
            end=end,
            created=None,
            tags=tags,
            plan=PlanFacts(name, targets, parts, offering.fee, offering.currency),
        )

    def _end(self, reservation_id: str, end: datetime, at: datetime) -> datetime:
        """When a reservation ends, with the extensions that are paid."""
        paid = (
            each.offering.end
            for each in self.sales
            if isinstance(each.offering, ExtensionOffering)
            and each.offering.reservation_id == reservation_id
            and each.request.luck.payment is not Payment.FAILS
            and each.state(at, each.offering) is not ReservationState.PAYMENT_PENDING
        )
        return max((end, *paid))

    def extension(self, sale: Sale) -> OwnedExtension | None:
        """A sale as its reservation's history tells it, if it is one of an extension."""
        offering = sale.offering
        if not isinstance(offering, ExtensionOffering):
            return None
        paid = sale.state(self.now, offering)
        states = {
            ReservationState.PAYMENT_PENDING: ExtensionState.PAYMENT_PENDING,
            ReservationState.PAYMENT_FAILED: ExtensionState.PAYMENT_FAILED,
        }
        return OwnedExtension(
            reservation_id=offering.reservation_id,
            offering_id=sale.request.offering_id,
            account=sale.request.account,
            region=sale.request.region,
            instance_type=offering.instance_type.name,
            count=offering.count,
            zone=offering.zone,
            state=states.get(paid, ExtensionState.PAYMENT_SUCCEEDED),
            purchased=sale.at,
            start=offering.start,
            end=offering.end,
            fee=offering.fee,
            currency=offering.currency,
        )

    def events(self, account: str, region: str, since: datetime) -> list[PurchaseEvent]:
        """What CloudTrail shows by now."""
        found = [each for place, each in self.dry_runs if place == (account, region) and each.at >= since]
        for number, each in enumerate(self.requests):
            late = timedelta(minutes=each.luck.trailed_after)
            came = each.verdict in {Verdict.REJECTED, Verdict.DONE} and self.now >= _acts_at(each) + late
            if came and (each.account, each.region) == (account, region) and each.at >= since:
                found.append(PurchaseEvent(f"e-{number}", each.operation, each.session, each.at, each.error_code))
        return found

    def stranger_buys(self, account: str, region: str, offering: AnyOffering, tags: Mapping[str, str]) -> None:
        """Somebody buys with the AWS console, or with another ledger."""
        own = replace(offering, id=f"{offering.id} of a stranger {len(self.sales)}")
        self.offered[own.id] = own
        reservation = own.reservation_id if isinstance(own, ExtensionOffering) else None
        plan = f"stranger-{len(self.sales)}" if isinstance(own, PlanOffering) else ""
        place = (account, region, own.id, reservation)
        request = Request("", "stranger", *place, tags, self.now, Luck(), "by a stranger", plan)
        self.act(request, self.now)


def _acts_at(request: Request) -> datetime:
    late = request.luck.acts_after if request.luck.fate is Fate.LATE else 0
    return request.at + timedelta(minutes=late)


def _can_go_on(reservation: OwnedReservation) -> bool:
    return reservation.state in {ReservationState.SCHEDULED, ReservationState.ACTIVE}


def _segments(start: datetime, probe: Probe, fee: Decimal) -> tuple[Segment, ...]:
    """One segment, but two zones one after the other where two days are asked for."""
    zones = [Zone("a", "az1"), Zone("b", "az2")] if probe.days == 2 else [Zone("a", "az1")]
    each = timedelta(days=probe.days) / len(zones)
    return tuple(
        Segment(zone, probe.count, start + each * place, start + each * (place + 1), fee / len(zones))
        for place, zone in enumerate(zones)
    )


def _parts(start: datetime, probe: PlanProbe) -> tuple[Stay, ...]:
    """One part, but two with a day between them, in two zones, where two days are asked for."""
    if probe.days != 2:
        return (Stay(Zone("a", "az1"), probe.count, start, start + timedelta(days=probe.days)),)
    later = start + timedelta(days=2)
    return (
        Stay(Zone("a", "az1"), probe.count, start, start + timedelta(days=1)),
        Stay(Zone("b", "az2"), probe.count, later, later + timedelta(days=1)),
    )


class InProcessSeller:
    """AWS in one account and region, as one process sees it."""

    def __init__(self, aws: InProcessAws, visitor: Visitor, account: str, region: str) -> None:
        self._aws, self._visitor, self._account, self._region = aws, visitor, account, region
        self._call("get_caller_identity", lambda: None)
        if aws.credentials[account] != account:
            raise SpendingRefused(Rule.CALLER_CHANGED, f"The credentials of {account} are not its own.")

    @property
    def now(self) -> datetime:
        """AWS's time as last heard."""
        return self._visitor.now

    def caller(self) -> Identity:
        """Who reads, as asked once."""
        return _identity(self._account, "reader/somebody")

    def endpoint(self, service: str = "ec2") -> str:
        """Where a service answers."""
        return _ENDPOINT

    def reread(self, probe: AnyProbe) -> Sequence[AnyOffering]:
        """What a probe finds now."""
        return self._call("describe_offerings", lambda: self._aws.offers(self._account, self._region, probe))

    def estate(self) -> Estate:
        """What is owned, as far as it shows."""
        return self._call("describe_reservations", lambda: self._aws.estate(self._account, self._region))

    def events(self, since: datetime) -> Sequence[PurchaseEvent]:
        """What CloudTrail shows."""
        if self._aws.trail_down:
            raise AwsFailure(FailureKind.UNREACHABLE, "lookup_events", "no answer")
        return self._call("lookup_events", lambda: self._aws.events(self._account, self._region, since))

    def quota(self, service: str, code: str) -> int:
        """A quota that allows everything."""
        return 1_000_000

    def subnets(self, zone_id: str) -> int:
        """A subnet in every zone."""
        return 1

    def purchaser(
        self, terms: PolicyAccount, purchase_id: str, credentials: Credentials | None, service: str
    ) -> "InProcessBuyer":
        """Become who buys: with a role, whose session is called as the purchase; or whoever reads."""
        self._call("assume_role", lambda: None)
        session = purchase_id if terms.purchaser_role else "somebody"
        identity = _identity(self._aws.purchasers[self._account], f"purchaser/{session}")
        return InProcessBuyer(self._aws, self._visitor, identity, self._region, purchase_id, session)

    def _call(self, operation: str, answer: Callable[[], T]) -> T:
        self._visitor.pause(operation)
        if (self._account, self._region) in self._aws.down:
            raise AwsFailure(FailureKind.UNREACHABLE, operation, "no answer")
        self._visitor.hear()
        return answer()


class InProcessBuyer:
    """Who buys in one account and region."""

    endpoint = _ENDPOINT

    def __init__(
        self, aws: InProcessAws, visitor: Visitor, identity: Identity, region: str, purchase_id: str, session: str
    ) -> None:
        self.identity = identity
        self._aws, self._visitor, self._region = aws, visitor, region
        self._purchase_id, self._session = purchase_id, session

    def dry_run_block(self, offering_id: str, platform: str, tags: Mapping[str, str]) -> None:
        """CloudTrail shows it as an event of the same session, with an error code."""
        self._dry_run("PurchaseCapacityBlock")

    def dry_run_extension(self, offering_id: str, reservation_id: str) -> None:
        """As of a block."""
        self._dry_run("PurchaseCapacityBlockExtension")

    def _dry_run(self, operation: str) -> None:
        self._visitor.pause("dry run")
        place = (self.identity.account, self._region)
        event = PurchaseEvent(f"d-{self._purchase_id}", operation, self._session, self._aws.now, "DryRunOperation")
        self._aws.dry_runs.append((place, event))

    def buy_block(self, offering_id: str, platform: str, tags: Mapping[str, str]) -> Sold:
        """Ask for a block."""
        sale = self._send("PurchaseCapacityBlock", offering_id, None, dict(tags))
        owned = self._aws.reservations(sale, self._aws.now, tuple(tags.items()))
        told = owned[:1] if self._visitor.luck.fate is Fate.FIRST_ONLY else owned
        return Sold("request", tuple(told))

    def buy_extension(self, offering_id: str, reservation_id: str) -> Sold:
        """Ask for an extension."""
        sale = self._send("PurchaseCapacityBlockExtension", offering_id, reservation_id, {})
        shown = self._aws.extension(sale)
        return Sold("request", extensions=(shown,) if shown else ())

    def buy_plan(self, offering_id: str, name: str, tags: Mapping[str, str]) -> Sold:
        """Ask for a plan."""
        sale = self._send("CreateTrainingPlan", offering_id, None, dict(tags), name)
        return Sold("request", plan=sale.ids[0])

    def buy_plan_extension(self, offering_id: str, plan: OwnedReservation) -> Sold:
        """Ask for an extension of a plan."""
        sale = self._send("ExtendTrainingPlan", offering_id, plan.id, {})
        shown = self._aws.extension(sale)
        return Sold("request", extensions=(shown,) if shown else ())

    def _send(
        self, operation: str, offering_id: str, reservation_id: str | None, tags: Mapping[str, str], plan: str = ""
    ) -> Sale:
        """What AWS does with it, told as aws.buying tells it: see its certainties.

        Raises:
            PurchaseFailed: No sale was told.
        """
        aws, luck = self._aws, self._visitor.luck
        place = (self.identity.account, self._region, offering_id, reservation_id)
        request = Request(self._purchase_id, self._session, *place, tags, aws.now, luck, operation, plan)
        aws.receive(request)
        # Whoever is stopped from here on has asked, and does not hear what came of it.
        self._visitor.pause(ASKED)
        if luck.fate is Fate.NOT_SENT:
            raise PurchaseFailed(Certainty.NOT_SENT, str(luck.fate))
        if luck.fate not in _ANSWERED:
            raise PurchaseFailed(Certainty.UNKNOWN, str(luck.fate))
        self._visitor.hear()
        if request.error_code == "ResourceInUse":
            raise PurchaseFailed(Certainty.UNKNOWN, "there is a plan of the name", request.error_code, "request")
        if request.verdict is Verdict.REJECTED:
            raise PurchaseFailed(Certainty.REJECTED, "refused", request.error_code, "request")
        return next(each for each in aws.sales if each.request is request)


def _identity(account: str, name: str) -> Identity:
    return Identity(account, f"arn:aws:sts::{account}:assumed-role/{name}", timedelta(), _ENDPOINT, WORLD)
