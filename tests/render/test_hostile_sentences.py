"""Words from elsewhere in what is kept of what was found: notes, overlaps, mismatches, and what is odd."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.trails import PurchaseEvent
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.owned import ExtensionState, OwnedReservation
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.comparison import mismatches
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.evidence import shown_of
from mcp_server.purchasing.overlaps import Estate, Wish, overlaps
from mcp_server.purchasing.policy import Ceilings
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.quoting import Seen, Wanted, make_quote
from mcp_server.purchasing.restoring import salvage
from mcp_server.purchasing.sqlite_ledger import SqliteLedger
from mcp_server.purchasing.tags import FEE_TAG, LEDGER_TAG, PURCHASE_TAG
from mcp_server.purchasing.verification import check_anchors
from tests.purchasing.samples import ACCOUNT, NOW, P5, START, a_quote, an_extension, an_offering
from tests.render import values
from tests.render.hostile import FLOOD, PIECES, TEXTS, WRITERS, Writer, check_alike, poisoned

Make = Callable[[Writer], Any]
DAY = timedelta(days=1)


def never(*_: object) -> bool:
    """Nobody is buying."""
    return False


def tagged(write: Writer, **tags: str) -> OwnedReservation:
    """A reservation whose every word is rewritten but for the tags by which it is told."""
    return replace(poisoned(values.reserved(), write), tags=tuple(tags.items()))


def differing(write: Writer) -> list[str]:
    """A reservation and an extension that are not what was quoted."""
    block, longer = a_quote().deal, a_quote(offering=an_extension()).deal
    other = poisoned(values.reserved(count=5, start=START + DAY), write)
    return [*mismatches(block, (other, other)), *mismatches(longer, (), (poisoned(values.extended(), write),))]


def overlapping(write: Writer) -> list[tuple[str, str]]:
    """What others own, and have extended, for the same dates."""
    owned = replace(poisoned(values.reserved(), write), instance_type=P5.name)
    longer = replace(poisoned(values.extended(), write), instance_type=P5.name, state=ExtensionState.PAYMENT_SUCCEEDED)
    wish = Wish(P5.accelerator, START, START + 3 * DAY)
    found = overlaps(wish, Book(), Estate((owned,), (longer,)), NOW, never)
    assert len(found) == 2
    return [(each.name, each.what) for each in found]


def odd(write: Writer) -> Any:
    """Tags that are no purchase's, that name no ledger, that lack a fee; and extensions that CloudTrail explains."""
    no_id = tagged(write, **{PURCHASE_TAG: write.name("mlc"), LEDGER_TAG: "lg-0"})
    no_ledger = tagged(write, **{PURCHASE_TAG: write.name("mlc")})
    endless = replace(no_id, end=None, tags=((PURCHASE_TAG, f"mlc-{'a' * 20}"), (LEDGER_TAG, "lg-0")))
    feeless = replace(endless, end=START + DAY, tags=(*endless.tags, (FEE_TAG, "NaN")))
    longer = poisoned(values.extended(reservation_id=feeless.id), write)
    longer = replace(longer, reservation_id=feeless.id)
    named = frozenset({longer.reservation_id, longer.offering_id})
    event = PurchaseEvent(write.name("e"), "PurchaseCapacityBlockExtension", write.name("jo"), NOW, "", named)
    saved = salvage(Estate((no_id, no_ledger, endless, feeless), (longer,)), ["lg-0"], [event], "AWS")
    assert (len(saved.odd), len(saved.restored)) == (4, 2)
    return [*saved.odd, *((each.purchase_id, each.detail) for each in saved.restored)]


def denied(write: Writer) -> Any:
    """What AWS's tags say against a ledger."""
    book = values.a_book()
    unbought = next(each for each in book.purchases.values() if each.state == "not bought")
    stay = unbought.deal.stays[0]
    made = tagged(write, **{PURCHASE_TAG: unbought.id, LEDGER_TAG: write.name("lg-9")})
    made = replace(made, zone=stay.zone, start=stay.start, account=ACCOUNT, instance_type=P5.name)
    shown = shown_of(book, [made])
    assert shown.contradictions
    found = check_anchors([], [(write.name("mlc"), write.name("0")), *shown.anchors])
    return [*shown.contradictions, *found.findings]


@dataclass(frozen=True, slots=True)
class Shopkeeper:
    """AWS where one offering is sold, in zones without subnets, and a quota cannot be read."""

    offering: Offering
    now: datetime = NOW

    def caller(self) -> Any:
        """Who asks."""
        return values.READER.identity

    def endpoint(self, _: str = "ec2") -> str:
        """Where EC2 answers."""
        return "http://127.0.0.1:7465"

    def reread(self, _: object) -> Sequence[Offering]:
        """It is still there."""
        return [self.offering]

    def quota(self, _: str, __: str) -> int:
        """The quota.

        Raises:
            AwsFailure: Always.
        """
        raise AwsFailure(FailureKind.DENIED, "get_service_quota", "said")

    def subnets(self, _: str) -> int:
        """None."""
        return 0


@contextmanager
def a_ledger() -> Iterator[SqliteLedger]:
    """One that is gone afterwards."""
    with TemporaryDirectory() as folder:
        yield SqliteLedger(Path(folder) / "ledger" / "ledger.sqlite3")


def quoted(write: Writer) -> Any:
    """A quote beside much that others own, in zones of which not everything is known."""
    zones = poisoned(an_offering(), write).segments
    nameless = replace(zones[0], zone=replace(zones[0].zone, id=None))
    offering = an_offering(segments=(*zones, nameless))
    strange = replace(poisoned(values.reserved(), write), tags=((PURCHASE_TAG, "mlc"), (FEE_TAG, "x")), account=ACCOUNT)
    seen = Seen(Estate((strange,)), not_read=("account main, us-west-2 (denied)",))
    policy = values.a_policy().model_copy(
        update={"multi_segment": True, "ceilings": Ceilings(**dict.fromkeys(Ceilings.model_fields, Decimal(10**9)))}
    )
    wanted = Wanted(offering, a_quote().probe, "main", "jo", "a purpose")
    with a_ledger() as ledger:
        desk = SimpleNamespace(
            ledger=ledger, policy=lambda: policy, seller=lambda *_: Shopkeeper(offering), simulated=True, alive=never
        )
        made = make_quote(wanted, seen, desk)
    assert isinstance(made, Quote)
    return list(made.notes)


MAKERS: tuple[Make, ...] = (differing, overlapping, odd, denied, quoted)
every_maker = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


@cache
def harmless(make: Make, write: Writer) -> Any:
    """What is said where nobody wrote anything that one could mind."""
    return make(write)


def check(make: Make, text: str) -> None:
    """As many sentences, each as with harmless words."""
    for write, writer in WRITERS:
        check_alike(harmless(make, write), make(writer(text)))


@every_maker
def test_what_is_kept_says_what_it_said(make: Make) -> None:
    """Whatever words are in it, and however many."""
    for text in ("".join(PIECES), FLOOD):
        check(make, text)


@every_maker
@settings(max_examples=3)
@given(TEXTS)
def test_any_words_are_words(make: Make, text: str) -> None:
    """Also what nobody has thought of."""
    check(make, text)


def test_a_desk_is_what_a_quote_stands_on() -> None:
    """What stands in its place here has nothing that it lacks."""
    assert {"ledger", "policy", "seller", "simulated", "alive"} <= set(Desk.__dataclass_fields__)
