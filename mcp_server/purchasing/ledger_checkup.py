"""Whether the ledger can be used, belongs to the AWS that is asked, and leaves nothing open."""

from collections.abc import Generator, Iterable, Sequence
from datetime import UTC, datetime

from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.desk import Desk, check_world
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.evidence import CLOCKS_APART, HORIZON, shown_of
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.ledger_refusals import OtherWorld
from mcp_server.purchasing.overlaps import state_of
from mcp_server.purchasing.refusals import SpendingRefused
from mcp_server.purchasing.troubles import troubles_of
from mcp_server.purchasing.verification import check_anchors
from mcp_server.searching.checkup import Looked
from mcp_server.searching.findings import Finding, Verdict
from mcp_server.searching.owned import selling_regions
from mcp_server.searching.readers import Reader

_SUBJECT = "ledger"


def examine_ledger(desk: Desk, looked: Looked) -> Generator[Finding, None, Book | None]:
    """Its chain, its world, its time, the tags in AWS, and purchases that are open. Nothing is written.

    Returns the book; None where the ledger cannot be read.
    """
    try:
        # Whoever reads it first verifies every entry, as ledger verify does.
        book = desk.ledger.read()
        if not book.count:
            desk.ledger.check_missing()
    except LedgerRefused as refusal:
        yield Finding(Verdict.BAD, _SUBJECT, refusal.told, refusal.then)
        return None
    working = looked.readers.working
    begins = f"there is none yet: it begins with the first quote, at {desk.ledger.place}"
    bought = len(book.purchases)
    verifies = f"{book.count} entries verify, {bought} purchase{'s' * (bought != 1)}: {desk.ledger.place}"
    yield Finding(Verdict.GOOD, _SUBJECT, verifies if book.count else begins)
    strange = tuple(_worlds(desk, book, working))
    yield from strange
    if book.count and working and not strange:
        yield from _time(book, working)
        yield from _anchors(desk, book, looked)
    now = max((each.now for each in working), default=datetime.now(UTC))
    yield from (finding for each in book.purchases.values() for finding in _purchase(each, now, desk))
    return book


def _worlds(desk: Desk, book: Book, readers: Sequence[Reader]) -> Iterable[Finding]:
    """What is asked that is another AWS than the ledger's."""
    found: dict[str, str] = {}
    for each in readers:
        endpoint = each.account.client("ec2", selling_regions(each)[0]).meta.endpoint_url
        try:
            check_world(desk, each.identity, endpoint)
        except SpendingRefused as refusal:
            found[refusal.why] = refusal.then
        else:
            if book.count and book.world != each.identity.world:
                other = OtherWorld(desk.ledger.place, book.world, each.identity.world)
                found[other.told] = other.then
    return (Finding(Verdict.BAD, _SUBJECT, told, then) for told, then in found.items())


def _time(book: Book, readers: Sequence[Reader]) -> Iterable[Finding]:
    now = max(each.now for each in readers)
    if book.at and book.at > now + CLOCKS_APART:
        detail = (
            f"its last entry is of {book.at:%Y-%m-%d %H:%M} UTC, and AWS says that it is {now:%Y-%m-%d %H:%M}: quotes "
            "and ceilings go by the later one"
        )
        fix = f"Wait until {book.at:%Y-%m-%d %H:%M} UTC, or restore a backup from before that entry."
        yield Finding(Verdict.BAD, _SUBJECT, detail, fix)


def _anchors(desk: Desk, book: Book, looked: Looked) -> Iterable[Finding]:
    """What AWS keeps of the chain in the tags of purchases, held against the ledger."""
    shown = shown_of(book, looked.owned.reservations)
    anchored = check_anchors(desk.ledger.links(), shown.anchors)
    against = (*anchored.findings, *shown.contradictions)
    for each in against:
        yield Finding(Verdict.BAD, _SUBJECT, each, "Restore it from a backup; see ml-clusters ledger verify.")
    if shown.anchors and not against:
        yield Finding(Verdict.GOOD, _SUBJECT, f"the tags of {len(shown.anchors)} purchases in AWS fit it")


def _purchase(purchase: Purchase, now: datetime, desk: Desk) -> Iterable[Finding]:
    """What a person should know of a purchase that is open. What has failed for good is told by watch-purchases."""
    program, state = purchase.deal.program, state_of(purchase, now, desk.alive)
    what = f"{purchase.id} ({purchase.deal.summary}, {purchase.deal.total})"
    if state is PurchaseState.UNKNOWN:
        detail = f"nobody knows whether {what} was bought; what overlaps it is refused until somebody does"
        fix = (
            f"{program} call purchase_history looks for it in AWS. From "
            f"{purchase.intended + HORIZON:%Y-%m-%d %H:%M} UTC on, a person who has made sure settles it in a "
            f"terminal: {program} ledger settle {purchase.id}"
        )
        yield Finding(Verdict.BAD, _SUBJECT, detail, fix)
    elif state is PurchaseState.IN_FLIGHT:
        yield Finding(Verdict.NOTE, _SUBJECT, f"{what} is being bought right now", f"{program} call purchase_history")
    else:
        lasting = [str(each) for each in troubles_of(purchase, now) if not each.final]
        if lasting:
            yield Finding(Verdict.NOTE, _SUBJECT, f"{what}: {'; '.join(lasting)}", f"{program} watch-purchases")
