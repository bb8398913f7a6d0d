"""What may still be spent. Everything that was bought counts, and everything that may have been."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from mcp_server.capacity.owned import ExtensionState, ReservationState
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.overlaps import Estate, foreign_extensions, made_here
from mcp_server.purchasing.policy import Policy, PolicyForbids
from mcp_server.purchasing.quotes import ForeignSpend, Left
from mcp_server.purchasing.tags import PURCHASE_TAG, bought_at, fee_in, is_marked

_DAY = timedelta(hours=24)
_FREED = {ReservationState.PAYMENT_FAILED, ReservationState.FAILED}


def check_ceilings(policy: Policy, book: Book, foreign: Iterable[ForeignSpend], fee: Decimal, now: datetime) -> Left:
    """What the rolling and the monthly ceiling leave after spending a fee. now is UTC, AWS's.

    Raises:
        PolicyForbids: The fee, with what is bought, in flight and unknown, would pass one of them.
    """
    left = budget(policy, book, foreign, now)
    for rule, rest, name in (
        ("ceilings.rolling_24_hours", left.rolling_day, "in any 24 hours"),
        ("ceilings.calendar_month", left.month, f"in {now:%B %Y} (UTC)"),
    ):
        if fee > rest:
            why = f"{fee} {policy.currency} would pass what may be spent {name}: {max(rest, Decimal(0))} is left"
            raise PolicyForbids(policy.file, rule, why)
    return Left(left.rolling_day - fee, left.month - fee)


def budget(policy: Policy, book: Book, foreign: Iterable[ForeignSpend], now: datetime) -> Left:
    """What the rolling and the monthly ceiling leave. now is UTC, AWS's."""
    counting = [each for each in book.purchases.values() if each.state.counts]
    # What nobody knows the fee of is told beside: see unpriced.
    spent = [(each.intended, each.deal.fee) for each in counting if each.deal.fee is not None]
    ours = {each.id for each in counting}
    spent += [(each.at, each.fee) for each in foreign if each.name not in ours]
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # A clock that was set back must not hide what was spent: what lies ahead of now counts too.
    day = sum((each for at, each in spent if at > now - _DAY), Decimal(0))
    of_month = sum((each for at, each in spent if at >= month), Decimal(0))
    return Left(policy.ceilings.rolling_24_hours - day, policy.ceilings.calendar_month - of_month)


def foreign_spend(estate: Estate, book: Book, accounts: Iterable[str], currency: str) -> tuple[ForeignSpend, ...]:
    """What tags, plans and extension history show as bought in these accounts and this ledger does not hold."""
    allowed = frozenset(accounts)
    found: dict[str, ForeignSpend] = {}
    for each in estate.reservations:
        tag, fee = each.tag(PURCHASE_TAG), fee_in(each)
        # A plan tells its fee whoever bought it, a block only by its tags.
        if each.account not in allowed or not (is_marked(each) or each.plan) or made_here(each, book):
            continue
        if each.state in _FREED:
            continue
        if fee and fee[1] in _currencies(currency):
            # Every segment's reservation carries the fee of the whole; what has another's tag stands for itself.
            name = each.id if tag is None or tag in book.purchases else tag
            found.setdefault(name, ForeignSpend(name, each.account, bought_at(each), fee[0]))
    for each in foreign_extensions(estate.extensions, book):
        name = f"extension of {each.reservation_id} until {each.end:%Y-%m-%d %H:%M}"
        failed = each.state is ExtensionState.PAYMENT_FAILED
        if each.account in allowed and each.currency == currency and not failed:
            found[name] = ForeignSpend(name, each.account, each.purchased, each.fee)
    return tuple(found.values())


def _currencies(currency: str) -> set[str]:
    """In what a fee can be said that counts; what is said in no currency is taken for that of the ceilings."""
    return {currency, ""}


def unpriced(estate: Estate, book: Book, accounts: Iterable[str], currency: str) -> tuple[str, ...]:
    """Purchases, and reservations bought with another ledger in these accounts, whose fee in a currency nobody tells.

    None of them counts.
    """
    allowed = frozenset(accounts)
    return *unpriced_here(book), *(
        each.id
        for each in estate.reservations
        if each.account in allowed
        and is_marked(each)
        and each.tag(PURCHASE_TAG) not in book.purchases
        and each.state not in _FREED
        and ((fee := fee_in(each)) is None or fee[1] not in _currencies(currency))
    )


def unpriced_here(book: Book) -> tuple[str, ...]:
    """Purchases of this ledger that would count, and whose fee nobody tells: AWS kept it in tags that are gone."""
    return tuple(each.id for each in book.purchases.values() if each.state.counts and each.deal.fee is None)
