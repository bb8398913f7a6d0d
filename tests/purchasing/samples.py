"""Quotes, intents and what comes of them, made up: what a test does not change is the same each time but for ids."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from mcp_server.capacity.extensions import ExtensionOffering, ExtensionProbe
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.offerings import Offering, Segment
from mcp_server.capacity.owned import ReservationState
from mcp_server.capacity.plans import PlanOffering, PlanProbe, TargetResource
from mcp_server.capacity.requests import Probe
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.purchasing.entries import (
    Approval,
    ApprovalMode,
    Concluded,
    Intended,
    Lease,
    PurchaseState,
    Quoted,
    Reserved,
)
from mcp_server.purchasing.ledger import Ledger
from mcp_server.purchasing.quotes import (
    LIFETIME,
    Left,
    Platform,
    Quote,
    new_purchase_id,
    new_quote_id,
    plan_name,
)

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
START = datetime(2026, 12, 2, 11, 30, tzinfo=UTC)
WORLD = "simulation 7f3a"
ACCOUNT, REGION = "483026362307", "us-east-1"
ZONE = Zone("us-east-1a", "use1-az4")
P5 = CATALOGUE["p5.48xlarge"]
BUYER = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-clusters-reader/jo"


def an_offering(*, fee: str = "3020.54", start: datetime = START, days: int = 1, **changes: Any) -> Offering:
    """Four p5.48xlarge for a day, in one segment."""
    segment = Segment(ZONE, 4, start, start + timedelta(days=days), Decimal(fee))
    made = Offering("cbo-0123456789abcdef0", ACCOUNT, REGION, P5, 4, Decimal(fee), "USD", "default", (segment,))
    return replace(made, **changes)


def an_extension(reservation_id: str = "cr-0123456789abcdef0", **changes: Any) -> ExtensionOffering:
    """One more day for a reservation of four p5.48xlarge."""
    id_, fee, end = "cbeo-0123456789abcdef0", Decimal("3020.54"), START + timedelta(days=1)
    place = (id_, ACCOUNT, REGION, reservation_id, P5, 4, ZONE)
    return replace(ExtensionOffering(*place, START, end, fee, "USD", "default"), **changes)


def a_plan(**changes: Any) -> PlanOffering:
    """A training plan of four p5.48xlarge for HyperPod, for two days with a day between them."""
    days = timedelta(days=1)
    parts = (Stay(ZONE, 4, START, START + days), Stay(ZONE, 4, START + 2 * days, START + 3 * days))
    made = PlanOffering("tpo-0", ACCOUNT, REGION, P5, 4, Decimal("6041.08"), "USD", TargetResource.HYPERPOD, parts)
    return replace(made, **changes)


def _probe(offering: Offering | ExtensionOffering | PlanOffering) -> Probe | ExtensionProbe | PlanProbe:
    match offering:
        case Offering():
            return Probe(P5, 4, 1, None, None)
        case ExtensionOffering():
            return ExtensionProbe(offering.reservation_id, 1)
        case PlanOffering():
            return PlanProbe(P5, 4, 2, offering.target, None, None)


def a_quote(**changes: Any) -> Quote:
    """A quote of a block or, where offering is an extension's or a plan's, of that; with fresh ids."""
    offering = changes.get("offering") or an_offering()
    plan = isinstance(offering, PlanOffering)
    purchase_id = new_purchase_id()
    made = Quote(
        id=new_quote_id(),
        purchase_id=purchase_id,
        account=ACCOUNT,
        account_name="main",
        partition="aws",
        region=REGION,
        endpoint="http://127.0.0.1:7465",
        world=WORLD,
        offering=offering,
        probe=_probe(offering),
        platform=None if plan else Platform.LINUX,
        tags=(("Team", "ML"),),
        purpose="train the ranking model",
        requester=BUYER,
        made=NOW,
        expires=NOW + LIFETIME,
        policy="/home/jo/.config/ml-clusters/policy.toml",
        policy_hash="5" * 64,
        ledger="/home/jo/.local/share/ml-clusters/ledger.sqlite3",
        left=Left(Decimal(50000), Decimal(90000)),
        foreign=(),
        overlaps=(),
        additional=False,
        notes=(),
        plan=plan_name(purchase_id, "llama") if plan else "",
    )
    return replace(made, **changes)


def an_intent(quote: Quote, order: str = "", owned: Sequence[str] = (), **changes: Any) -> Intended:
    """The quote is spent by a person's yes in a terminal."""
    approval = Approval(ApprovalMode.TERMINAL, BUYER, str(quote.fee), "ml-clusters approve")
    lease = Lease("host", "boot", 4711, "1", quote.made + timedelta(minutes=3))
    order = order or f"order of {quote.id}"
    made = Intended(order, quote.id, quote.purchase_id, quote.offering.id, approval, lease, tuple(owned))
    return replace(made, **changes)


def a_conclusion(quote: Quote, state: PurchaseState = PurchaseState.ACCEPTED, **changes: Any) -> Concluded:
    """What AWS answered: where it accepted, with the reservation that it made."""
    made = Concluded(quote.purchase_id, state)
    if state is PurchaseState.ACCEPTED:
        made = replace(made, request_id="8d3f", reservations=(a_reservation(quote),))
    return replace(made, **changes)


def a_reservation(quote: Quote, **changes: Any) -> Reserved:
    """The reservation of a quote's block."""
    name = f"cr-{quote.purchase_id[-17:]}"
    state = ReservationState.PAYMENT_PENDING
    made = Reserved(name, "cb-0123456789abcdef0", quote.offering.zone.name, state, quote.start, quote.end)
    return replace(made, **changes)


def buy(ledger: Ledger, quote: Quote | None = None, state: PurchaseState = PurchaseState.ACCEPTED) -> Quote:
    """Write a whole purchase into a ledger that has begun: quoted, intended, and concluded in a state."""
    quote = quote or a_quote()
    ledger.append(quote.made, lambda _: [Quoted(quote)])
    ledger.append(quote.made, lambda _: [an_intent(quote)])
    if state is not PurchaseState.IN_FLIGHT:
        ledger.append(quote.made, lambda _: [a_conclusion(quote, state)])
    return quote
