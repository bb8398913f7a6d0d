"""The results of quoting and buying, as clients get them."""

from decimal import Decimal
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, Field

from mcp_server.capacity.words import UNKNOWN
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.quotes import Quote
from mcp_server.render.purchases import next_step, purchase_sentence
from mcp_server.render.quotes import FINAL, facts
from mcp_server.tools.fields import Line, Name, Words
from mcp_server.tools.services import Preferences


class QuoteResult(BaseModel):
    """One offering read live, checked against policy, quota and what is owned, and frozen for ten minutes."""

    notices: list[str] = Field(default_factory=list, description="Read these first")
    quote_id: str = Field(description="For purchase_capacity, or extend_capacity for an extension")
    total: str = Field(description="Repeat it exactly when buying")
    summary: str = Field(description="Repeat it exactly when buying")
    spend_with: str = Field(description="The tool that buys it")
    expires: AwareDatetime = Field(description="UTC; after it, quote again")
    facts: str = Field(description="All that the person must know, as they will be shown it; untrusted words quoted")
    final: str = FINAL
    purchase_id: str
    fee: Decimal
    currency: Name
    rate: Decimal = Field(description="Per accelerator-hour")
    start: AwareDatetime
    usable_end: AwareDatetime
    end: AwareDatetime
    approval: str = Field(description="How the person will be asked")
    ledger: Line


class PurchaseStatus(StrEnum):
    """What became of a call that spends."""

    BOUGHT = "bought"
    NOT_BOUGHT = "not bought"
    UNKNOWN = "unknown"
    IN_FLIGHT = "in flight"
    APPROVAL_REQUIRED = "approval required"
    DECLINED = "declined"
    FAILED = "failed"


class PurchaseResult(BaseModel):
    """What became of a purchase. status failed: it was bought, and AWS took it back."""

    notices: list[str] = Field(default_factory=list, description="Read these first")
    status: PurchaseStatus
    message: str = Field(description="What happened, what was and was not done; AWS's words quoted")
    next: str | None = Field(default=None, description="What to do now")
    quote_id: str
    purchase_id: Name | None = None
    state: str | None = Field(default=None, description="accepted: payment pending; paid; payment failed; …")
    total: str
    summary: str
    reservations: list[Name] = Field(default_factory=list, description="Ids of the reservations (cr-…)")
    complete: bool = Field(default=True, description="False while reservations of it are not seen yet")
    mismatches: list[Words] = Field(default_factory=list, description="How AWS's answer departs from the quote")


class HistoryResult(BaseModel):
    """The ledger: purchases and their outcomes, and what the ceilings leave."""

    notices: list[str] = Field(default_factory=list, description="Read these first")
    table: str | None = Field(default=None, description="Purchases, newest first; times UTC")
    cut: str | None = Field(default=None, description="How many earlier ones were left out, and where they are")
    purchases: list[PurchaseResult] = Field(description="Every field of the newest, and of all that are not settled")
    suspects: list[str] = Field(default_factory=list, description="What may be a purchase of unknown outcome")
    not_looked_at: list[Line] = Field(
        default_factory=list, description="Where AWS could not be asked; its words quoted"
    )
    budget: Line = Field(description="What the policy's ceilings leave now")
    quotes: int = Field(description="Quotes made so far")
    ledger: Line = Field(description="Where the ledger is kept")


_STATUS = {
    PurchaseState.IN_FLIGHT: PurchaseStatus.IN_FLIGHT,
    PurchaseState.UNKNOWN: PurchaseStatus.UNKNOWN,
    PurchaseState.NOT_SENT: PurchaseStatus.NOT_BOUGHT,
    PurchaseState.REJECTED: PurchaseStatus.NOT_BOUGHT,
    PurchaseState.NOT_BOUGHT: PurchaseStatus.NOT_BOUGHT,
    PurchaseState.PAYMENT_FAILED: PurchaseStatus.FAILED,
    PurchaseState.FAILED: PurchaseStatus.FAILED,
}


def quote_result(
    quote: Quote, notices: list[str], preferences: Preferences, spend_with: str, asked: str
) -> QuoteResult:
    """The result for a quote. asked says how the person will be asked."""
    return QuoteResult(
        notices=notices,
        quote_id=quote.id,
        total=quote.total,
        summary=quote.summary,
        spend_with=spend_with,
        expires=quote.expires,
        facts="\n".join(facts(quote, preferences.zone)),
        purchase_id=quote.purchase_id,
        fee=quote.fee,
        currency=quote.currency,
        rate=quote.offering.rate.quantize(Decimal("0.0001")),
        start=quote.start,
        usable_end=quote.offering.usable_end,
        end=quote.end,
        approval=asked,
        ledger=quote.ledger,
    )


def purchase_result(purchase: Purchase, notices: list[str]) -> PurchaseResult:
    """The result for a purchase as it stands."""
    return PurchaseResult(
        notices=notices,
        status=_STATUS.get(purchase.state, PurchaseStatus.BOUGHT),
        message=purchase_sentence(purchase),
        next=next_step(purchase) or None,
        quote_id=purchase.quote.id if purchase.quote else UNKNOWN,
        purchase_id=purchase.id,
        state=str(purchase.state),
        total=purchase.deal.total,
        summary=purchase.deal.summary,
        reservations=[each.id for each in purchase.reservations],
        complete=purchase.complete,
        mismatches=list(purchase.mismatches),
    )


def not_asked_result(
    quote: Quote, status: PurchaseStatus, message: str, then: str, notices: list[str]
) -> PurchaseResult:
    """The result where nobody said yes."""
    return PurchaseResult(
        notices=notices,
        status=status,
        message=message,
        next=then,
        quote_id=quote.id,
        total=quote.total,
        summary=quote.summary,
    )
