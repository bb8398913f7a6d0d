"""The tags by which a reservation says who bought it, for how much, and with which ledger."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.requests import START_HORIZON
from mcp_server.capacity.words import clean
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.quotes import Quote

PREFIX = "ml-clusters:"
PURCHASE_TAG = f"{PREFIX}purchase-id"
FEE_TAG = f"{PREFIX}fee"
CURRENCY_TAG = f"{PREFIX}currency"
BUYER_TAG = f"{PREFIX}buyer"
LEDGER_TAG = f"{PREFIX}ledger"
CHAIN_TAG = f"{PREFIX}chain"
BOUGHT_TAG = f"{PREFIX}bought"

_MOST = Decimal(10) ** 12
"""A fee above it is none: nobody can have paid it."""

_LONGEST = 256
"""Characters in the value of a tag (EC2 user guide, tag restrictions)."""


def tags_of(quote: Quote, ledger_id: str, head: str, now: datetime) -> dict[str, str]:
    """All tags of a purchase: the person's own, and ours. head is the ledger's after the intent, now is UTC.

    SageMaker does not tell when a plan was bought, so that its tags do.
    """
    when = {BOUGHT_TAG: now.isoformat(timespec="seconds")} if quote.plan else {}
    ours = {
        PURCHASE_TAG: quote.purchase_id,
        FEE_TAG: str(quote.fee),
        CURRENCY_TAG: quote.currency,
        BUYER_TAG: clean(quote.requester, _LONGEST),
        LEDGER_TAG: ledger_id,
        CHAIN_TAG: head,
    }
    return dict(quote.tags) | ours | when


def bought_at(reservation: OwnedReservation) -> datetime:
    """When it was bought (UTC); where nobody tells it, the latest that it can have been: its start."""
    return told_bought(reservation) or reservation.start


def told_bought(reservation: OwnedReservation) -> datetime | None:
    """When it was bought (UTC); of a plan only its tags tell it, since SageMaker does not."""
    return reservation.created or tagged_bought(reservation)


def tagged_bought(reservation: OwnedReservation) -> datetime | None:
    """When its tags say that it was bought (UTC); None where they do not."""
    try:
        told = datetime.fromisoformat(reservation.tag(BOUGHT_TAG) or "")
    except ValueError:
        return None
    if told.tzinfo is None:
        return None
    # Whoever may tag can write any time there, also one that nothing can have been bought at.
    return min(max(told, reservation.start - START_HORIZON), reservation.start).astimezone(UTC)


def fee_in(reservation: OwnedReservation) -> tuple[Decimal, str] | None:
    """The fee and currency that a plan, or a reservation's tags, tell: of its whole purchase. None where none does."""
    if reservation.plan and reservation.plan.fee is not None:
        return reservation.plan.fee, reservation.plan.currency
    fee, currency = reservation.tag(FEE_TAG), reservation.tag(CURRENCY_TAG)
    try:
        amount = Decimal(fee or "")
    except InvalidOperation:
        return None
    # Whoever may tag can write any number there.
    return (amount, currency or "") if amount.is_finite() and 0 < amount <= _MOST else None


def is_marked(reservation: OwnedReservation) -> bool:
    """Whether it has any tag of this program's, though perhaps not the one that names its purchase."""
    return any(key.startswith(PREFIX) for key, _ in reservation.tags)


def is_of(reservation: OwnedReservation, book: Book) -> bool:
    """Whether a reservation says that it was bought with a ledger, or with the lost one that it was restored from."""
    ledger, purchase = reservation.tag(LEDGER_TAG), book.purchases.get(reservation.tag(PURCHASE_TAG) or "")
    restored = purchase.restored if purchase else None
    return ledger == book.ledger_id or (restored is not None and ledger == restored.ledger)
