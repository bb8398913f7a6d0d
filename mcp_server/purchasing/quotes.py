"""A quote: everything that will be shown and sent, frozen."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mcp_server.capacity.extensions import ExtensionOffering
from mcp_server.capacity.plans import PlanOffering
from mcp_server.capacity.stays import Stay
from mcp_server.purchasing.deals import Deal, DealKind
from mcp_server.searching.seen import AnyOffering, AnyProbe

LIFETIME = timedelta(minutes=10)
"""How long a quote can be bought, by AWS's time."""

_LONGEST_NAME = 63

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


class Platform(StrEnum):
    """What a block's instances run; it must be that of the image (EC2 user guide, Capacity Blocks, platforms)."""

    LINUX = "Linux/UNIX"
    RHEL = "Red Hat Enterprise Linux"
    RHEL_HA = "RHEL with HA"
    SUSE = "SUSE Linux"
    UBUNTU_PRO = "Ubuntu Pro"


class OverlapKind(StrEnum):
    """How something that overlaps a quote bears on it."""

    OWNED = "owned"
    RECENT = "bought in the last 24 hours"
    UNDATED = "bought, nobody tells when"
    IN_FLIGHT = "in flight"
    UNKNOWN = "outcome unknown"

    @property
    def urgent(self) -> bool:
        """Whether it may be the very same wish, so that only whoever wants it in addition buys beside it."""
        return self in {self.RECENT, self.UNDATED, self.IN_FLIGHT}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Capacity with the same accelerator and overlapping dates. name is a reservation's or a purchase's id.

    what describes it in a few words; start and end are UTC.
    """

    kind: OverlapKind
    name: str
    account: str
    region: str
    what: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ForeignSpend:
    """A fee that tags or extension history show and this ledger does not: bought at a time (UTC), in USD."""

    name: str
    account: str
    at: datetime
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """What a policy's ceilings would leave after a purchase: of one rolling day, and of the calendar month (UTC)."""

    rolling_day: Decimal
    month: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """One offering, read live, with all that a purchase of it sends and a person is shown. Times are UTC.

    purchase_id is minted here and is within EC2's and SageMaker's name patterns. offering is what probe finds again.
    platform is that of a block, and of one that is extended; plan is the name of a training plan, which is fixed here
    so that there can never be a second of it. endpoint is where AWS answered, world which AWS that is. policy and
    policy_hash are the file that was checked and its SHA-256. requester is the caller's ARN or, over HTTP, their
    token's issuer and subject. foreign is what others are seen to have spent in the allowed accounts. notes are
    sentences for the person. own_tags are those of tags that the person wished, the others are the policy's.
    instead_of is the quote that this one was made again from. label is the person's word for a plan.
    """

    id: str
    purchase_id: str
    account: str
    account_name: str
    partition: str
    region: str
    endpoint: str
    world: str
    offering: AnyOffering
    probe: AnyProbe
    platform: Platform | None
    tags: tuple[tuple[str, str], ...]
    purpose: str
    requester: str
    made: datetime
    expires: datetime
    policy: str
    policy_hash: str
    ledger: str
    left: Left
    foreign: tuple[ForeignSpend, ...]
    overlaps: tuple[Overlap, ...]
    additional: bool
    notes: tuple[str, ...]
    own_tags: tuple[tuple[str, str], ...] = ()
    instead_of: str = ""
    label: str = ""
    plan: str = ""

    @property
    def simulated(self) -> bool:
        """Whether no money is at stake."""
        return self.deal.simulated

    @property
    def program(self) -> str:
        """How the command line is called in the quote's world."""
        return self.deal.program

    @property
    def fee(self) -> Decimal:
        """The total, paid at once, in currency."""
        return self.offering.fee

    @property
    def currency(self) -> str:
        """The currency of the fee."""
        return self.offering.currency

    @property
    def start(self) -> datetime:
        """When what is bought begins."""
        return self.offering.start

    @property
    def end(self) -> datetime:
        """When what is bought ends."""
        return self.offering.end

    @property
    def accelerator(self) -> str:
        """What overlaps are compared by."""
        return self.offering.instance_type.accelerator

    @property
    def extends(self) -> str | None:
        """The reservation, or the plan's ARN, that an extension is for."""
        return self.offering.reservation_id if isinstance(self.offering, ExtensionOffering) else None

    @property
    def deal(self) -> Deal:
        """What is bought, and for how much."""
        return Deal(
            account=self.account,
            region=self.region,
            world=self.world,
            instance_type=self.offering.instance_type.name,
            count=self.offering.count,
            platform=str(self.platform or ""),
            stays=_stays(self.offering),
            reservations=self.reservations,
            fee=self.fee,
            currency=self.currency,
            extends=self.extends,
            target=self.offering.target,
            plan=self.plan,
        )

    @property
    def kind(self) -> DealKind:
        """What it buys."""
        return self.deal.buys

    @property
    def total(self) -> str:
        """The fee with its currency, as purchases repeat it: 50749.44 USD."""
        return self.deal.total

    @property
    def summary(self) -> str:
        """One line that says what is bought, as purchases repeat it, byte for byte."""
        return self.deal.summary

    @property
    def reservations(self) -> int:
        """How many reservations the purchase makes: one for each segment, and of UltraServers one for each.

        A plan is one, however many parts it has.
        """
        if isinstance(self.offering, ExtensionOffering):
            return 0
        if isinstance(self.offering, PlanOffering):
            return 1
        each_own = self.offering.instance_type.ultraserver
        return sum(segment.count if each_own else 1 for segment in self.offering.segments)

    def overlapping(self, kind: OverlapKind) -> tuple[Overlap, ...]:
        """Its overlaps of one kind."""
        return tuple(each for each in self.overlaps if each.kind is kind)


def _stays(offering: AnyOffering) -> tuple[Stay, ...]:
    if isinstance(offering, ExtensionOffering):
        return (Stay(offering.zone, offering.count, offering.start, offering.end),)
    return tuple(Stay(each.zone, each.count, each.start, each.end) for each in offering.stays)


def new_quote_id() -> str:
    """An id that people can copy: q- and 12 letters and digits."""
    return f"q-{_letters(12)}"


def new_purchase_id() -> str:
    """An id within the patterns of EC2 tags, role session names and SageMaker plan names."""
    return f"mlc-{_letters(20)}"


def plan_name(purchase_id: str, label: str) -> str:
    """The name of a training plan: what of a person's label fits SageMaker's pattern, then the purchase's id.

    At most 63 characters; letters and digits, with hyphens between them (SageMaker API reference, CreateTrainingPlan).
    """
    words = "-".join(re.findall(r"[a-zA-Z0-9]+", label))[: _LONGEST_NAME - len(purchase_id) - 1].strip("-")
    return f"{words}-{purchase_id}" if words else purchase_id


def is_purchase_id(text: str) -> bool:
    """Whether new_purchase_id may have made it."""
    return text.startswith("mlc-") and len(text) == 24 and set(text[4:]) <= set(_ALPHABET)


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
