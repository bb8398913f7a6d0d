"""Whatever was bought, AWS's own words about it give the purchases of a lost ledger back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.aws.trails import PurchaseEvent
from mcp_server.capacity.offerings import Segment
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, ReservationState
from mcp_server.capacity.stays import Zone
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.entries import Began, Entry, PurchaseState, Rebuilt, Restored, Told
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.quotes import Quote, is_purchase_id, new_purchase_id
from mcp_server.purchasing.restoring import Salvage, ledgers_in, salvage
from mcp_server.purchasing.tags import FEE_TAG, LEDGER_TAG, PURCHASE_TAG, tags_of
from tests.purchasing.samples import ACCOUNT, BUYER, NOW, REGION, START, WORLD, a_quote, an_extension, an_offering

LOST, OTHER, HEAD = "lg-00000000000000aa", "lg-00000000000000bb", "7" * 64
PAID = {ReservationState.SCHEDULED, ReservationState.ACTIVE, ReservationState.EXPIRED}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sold:
    """A block as somebody bought it, what AWS shows of it, and when."""

    quote: Quote
    ledger: str | None
    at: datetime
    state: ReservationState
    reservations: tuple[OwnedReservation, ...]


def owned(number: str, segment: Segment, at: datetime, state: ReservationState, tags: Any) -> OwnedReservation:
    """A segment's reservation."""
    return OwnedReservation(
        id=f"cr-{number}",
        block_id=f"cb-{number}",
        account=ACCOUNT,
        region=REGION,
        instance_type="p5.48xlarge",
        zone=segment.zone,
        platform="Linux/UNIX",
        count=segment.count,
        state=state,
        words=str(state),
        start=segment.start,
        end=segment.end,
        created=at,
        tags=tuple(tags.items()),
    )


@st.composite
def sales(draw: st.DrawFn) -> Sold:
    """A block of one to three segments, bought with the lost ledger, with another, or by hand."""
    zones = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3, unique=True))
    start = START + _DAY * draw(st.integers(0, 9))
    segments = tuple(
        Segment(Zone(f"us-east-1{each}", f"use1-az{each}"), draw(st.integers(1, 64)), start, start + _DAY, Decimal(1))
        for each in sorted(zones)
    )
    fee = Decimal(draw(st.integers(1, 10**9))) / 100
    count = sum(each.count for each in segments)
    tags = draw(st.dictionaries(st.sampled_from(["Team", "=x", "A|b"]), st.text(max_size=9), max_size=2))
    offering = replace(an_offering(segments=segments, count=count), fee=fee)
    quote = a_quote(offering=offering, tags=tuple(sorted(tags.items())))
    ledger = draw(st.sampled_from([LOST, LOST, LOST, OTHER, None]))
    at = NOW - timedelta(seconds=draw(st.integers(0, 10**6)))
    state = draw(st.sampled_from(list(ReservationState)))
    shown = tags_of(quote, ledger, HEAD, NOW) if ledger else tags
    rows = [owned(f"{quote.purchase_id[4:]}-{number}", each, at, state, shown) for number, each in enumerate(segments)]
    return Sold(quote, ledger, at, state, tuple(draw(st.permutations(rows))))


@st.composite
def estates(draw: st.DrawFn) -> tuple[list[Sold], list[OwnedExtension], list[PurchaseEvent], Estate]:
    """What several people bought, some of it extended, and what CloudTrail remembers of that."""
    blocks = draw(st.lists(sales(), max_size=6))
    extensions: list[OwnedExtension] = []
    events: list[PurchaseEvent] = []
    rows: list[OwnedReservation] = []
    for each in [row for sold in blocks for row in sold.reservations]:
        end = each.end or START
        for number in range(draw(st.integers(0, 2))):
            at = NOW + timedelta(hours=number)
            fails = draw(st.booleans())
            state = ExtensionState.PAYMENT_FAILED if fails else draw(st.sampled_from(list(ExtensionState)))
            offering = f"cbe-{each.id}-{number}"
            place = (each.id, offering, ACCOUNT, REGION, each.instance_type, each.count, each.zone)
            extensions.append(OwnedExtension(*place, state, at, end, end + _DAY, Decimal("12.50"), "USD"))
            user = draw(st.sampled_from([new_purchase_id(), "jo", None]))
            if user:
                words = frozenset({each.id, offering, "anything"})
                name = "PurchaseCapacityBlockExtension"
                events.append(PurchaseEvent(f"e-{offering}", name, user, at + timedelta(seconds=2), "", words))
            end = end if state is not ExtensionState.PAYMENT_SUCCEEDED else end + _DAY
        rows.append(replace(each, end=end))
    return blocks, extensions, events, Estate(tuple(draw(st.permutations(rows))), tuple(extensions))


def rebuilt(saved: Salvage) -> Book:
    """The book of a ledger that begins with what was saved."""
    told = Told(tuple((each.purchase_id, each.state) for each in saved.restored))
    entries: list[Entry] = [Began("lg-1", WORLD), Rebuilt((LOST,), "jo", ()), *saved.restored, told]
    return Book().after((NOW + _DAY, str(number), entry) for number, entry in enumerate(entries))


@given(estates())
def test_what_the_lost_ledger_bought_comes_back(
    bought: tuple[list[Sold], list[OwnedExtension], list[PurchaseEvent], Estate],
) -> None:
    """Every block with its terms, its time, its state and its tags, nobody else's, and each extension once."""
    blocks, extensions, events, estate = bought
    saved = salvage(estate, (LOST,), events, WORLD)
    book = rebuilt(saved)
    found = {each.purchase_id: each for each in saved.restored if each.deal.extends is None}
    mine = [each for each in blocks if each.ledger == LOST]
    assert set(found) == {each.quote.purchase_id for each in mine}
    for each in mine:
        one = found[each.quote.purchase_id]
        assert one.deal == each.quote.deal
        assert (one.bought, one.requester, one.ledger, one.head) == (each.at, BUYER, LOST, HEAD)
        assert one.tags == each.quote.tags
        assert {row.id for row in one.reservations} == {row.id for row in each.reservations}
        assert one.state.counts == (each.state not in {ReservationState.PAYMENT_FAILED, ReservationState.FAILED})
        assert (one.state is PurchaseState.PAID) == (each.state in PAID)
    check_extensions(saved.restored, blocks, extensions, events)
    assert book.untold() == ()
    assert ledgers_in(estate).get(LOST, 0) == len(mine)


def check_extensions(
    restored: Sequence[Restored], blocks: list[Sold], extensions: list[OwnedExtension], events: list[PurchaseEvent]
) -> None:
    """Those of the ledger's own blocks, and those whose request had one of our ids; not those of another ledger's."""
    owners = {row.id: sold.ledger for sold in blocks for row in sold.reservations}
    users = {each.id.removeprefix("e-"): each.user for each in events}
    known = {each.offering_id for each in extensions if is_purchase_id(users.get(each.offering_id, ""))}
    expected = {
        each.offering_id
        for each in extensions
        if owners[each.reservation_id] == LOST or (owners[each.reservation_id] is None and each.offering_id in known)
    }
    longer = [each for each in restored if each.deal.extends]
    assert sorted(each.offering_id or "" for each in longer) == sorted(expected)
    for each in longer:
        assert (each.deal.fee, each.requester) == (Decimal("12.50"), None)
        wanted = users[each.offering_id or ""] if each.offering_id in known else f"unknown-{each.deal.extends}-"
        assert each.purchase_id.startswith(wanted)


def reservations(**tags: str | None) -> tuple[OwnedReservation, ...]:
    """One of the lost ledger's, with tags changed; None takes one away."""
    quote = a_quote()
    names = {"purchase": PURCHASE_TAG, "fee": FEE_TAG, "ledger": LEDGER_TAG}
    changed = tags_of(quote, LOST, HEAD, NOW) | {names[name]: value for name, value in tags.items()}
    shown = {key: value for key, value in changed.items() if value is not None}
    return (owned(quote.purchase_id[4:], quote.offering.segments[0], NOW, ReservationState.ACTIVE, shown),)


def test_a_fee_that_no_tag_tells_is_unknown() -> None:
    """Neither 0 nor somebody's guess; and it is said."""
    for fee in (None, "", "NaN", "-1", "a lot", "1\n2"):
        saved = salvage(Estate(reservations(fee=fee)), (LOST,), (), WORLD)
        assert [each.deal.fee for each in saved.restored] == [None], fee
        assert "does not count against any ceiling" in saved.odd[0]


def test_tags_that_contradict_each_other_tell_no_fee() -> None:
    """Two reservations of one purchase with two fees: somebody changed one."""
    (one,) = reservations()
    other = replace(one, id="cr-2", tags=tuple({**dict(one.tags), FEE_TAG: "1"}.items()))
    (restored,) = salvage(Estate((one, other)), (LOST,), (), WORLD).restored
    assert (restored.deal.fee, restored.deal.reservations) == (None, 2)


def test_what_is_no_purchase_is_told_and_left_out() -> None:
    """A purchase's id that this program never made, no ledger's tag, and a copy of a tag in another region."""
    for row in (*reservations(purchase="\u202emlc-x\n"), *reservations(ledger=None)):
        saved = salvage(Estate((row,)), (LOST,), (), WORLD)
        assert saved.restored == ()
        assert "it is not restored" in saved.odd[0]
        assert saved.odd[0].isprintable()
    (row,) = reservations()
    copy = replace(row, id="cr-copy", region="us-west-2", created=NOW + timedelta(hours=1))
    saved = salvage(Estate((copy, row)), (LOST,), (), WORLD)
    assert [each.deal.region for each in saved.restored] == [REGION]
    assert "cr-copy has the tag of" in saved.odd[0]


def test_an_extension_that_begins_where_a_block_ended_leaves_the_block_as_it_was_bought() -> None:
    """AWS moves the reservation's end; what was quoted was the first one."""
    (row,) = reservations()
    end = row.end or START
    offering = an_extension(row.id)
    place = (row.id, offering.id, ACCOUNT, REGION, row.instance_type, 4, row.zone)
    longer = OwnedExtension(*place, ExtensionState.PAYMENT_SUCCEEDED, NOW, end, end + _DAY, offering.fee, "USD")
    saved = salvage(Estate((replace(row, end=end + _DAY),), (longer,)), (LOST,), (), WORLD)
    assert [(each.deal.start, each.deal.end) for each in saved.restored] == [(START, end), (end, end + _DAY)]
    assert [each.state for each in saved.restored] == [PurchaseState.PAID, PurchaseState.PAID]
