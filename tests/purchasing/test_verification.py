"""Whether a ledger says what was written into it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from mcp_server.purchasing.chain import START, BrokenChain, Link, forge
from mcp_server.purchasing.entries import (
    Began,
    Entry,
    EvidenceKind,
    PurchaseState,
    Quoted,
    Rebuilt,
    Restored,
    kind_of,
    to_json,
)
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.verification import UnreadableEntry, Verified, check_anchors, check_chain
from tests.purchasing.samples import NOW, WORLD, a_conclusion, a_quote, an_intent


def chained(entries: Sequence[Entry], previous: str = START, after: int = 0) -> list[Link]:
    """Entries as a ledger keeps them."""
    links: list[Link] = []
    for number, entry in enumerate(entries, start=after + 1):
        links.append(forge(previous, number, NOW.isoformat(), kind_of(entry), to_json(entry)))
        previous = links[-1].hash
    return links


def bought(*quotes: Quote) -> list[Entry]:
    """Each quoted, intended and accepted."""
    return [each for quote in quotes for each in (Quoted(quote), an_intent(quote), a_conclusion(quote))]


FIRST, SECOND = a_quote(), a_quote()
LINKS = chained([Began("lg-1", WORLD), *bought(FIRST, SECOND)])
ANCHORS = [(FIRST.purchase_id, LINKS[2].hash), (SECOND.purchase_id, LINKS[5].hash)]


def test_a_ledger_that_nobody_touched_verifies() -> None:
    """It is told how many entries it has, and its head."""
    assert check_chain(LINKS) == Verified(7, LINKS[-1].hash)
    assert check_chain([]) == Verified(0, START)


def test_a_changed_entry_is_named() -> None:
    """By its number and what is wrong with it."""
    forged = [*LINKS[:4], replace(LINKS[4], text=LINKS[4].text.replace("3020.54", "1.00")), *LINKS[5:]]
    with pytest.raises(BrokenChain, match="Entry 5 of the ledger was changed"):
        check_chain(forged)


@pytest.mark.parametrize(
    ("entries", "number", "why"),
    [
        ([Quoted(FIRST)], 1, "a ledger begins once"),
        ([Began("lg-1", WORLD), an_intent(FIRST)], 2, "no quote of this ledger"),
        ([Began("lg-1", WORLD), *bought(FIRST), an_intent(FIRST)], 5, "is spent"),
        ([Began("lg-1", WORLD), *bought(FIRST), a_conclusion(SECOND)], 5, "no purchase of this ledger"),
    ],
)
def test_a_history_that_cannot_have_happened_is_named(entries: Sequence[Entry], number: int, why: str) -> None:
    """Also where every hash fits, because somebody wrote the chain anew."""
    with pytest.raises(BrokenChain, match=f"Entry {number} of the ledger cannot have followed.*{why}") as broken:
        check_chain(chained(entries))
    assert broken.value.number == number


def test_time_that_goes_back_is_named() -> None:
    """No entry is before the one before it."""
    entry = Quoted(a_quote())
    early = forge(LINKS[-1].hash, 8, (NOW - timedelta(hours=1)).isoformat(), kind_of(entry), to_json(entry))
    with pytest.raises(BrokenChain, match="Entry 8"):
        check_chain([*LINKS, early])


@pytest.mark.parametrize(
    ("at", "kind", "text"),
    [
        (NOW.isoformat(), "forgotten", "{}"),
        (NOW.isoformat(), "settled", "{}"),
        (NOW.isoformat(), "settled", "no JSON"),
        ("yesterday", "told", '{"purchases":[]}'),
        (NOW.replace(tzinfo=None).isoformat(), "told", '{"purchases":[]}'),
    ],
)
def test_an_entry_that_is_not_understood_is_named(at: str, kind: str, text: str) -> None:
    """It is in its place, so a newer version wrote it."""
    link = forge(LINKS[-1].hash, 8, at, kind, text)
    with pytest.raises(UnreadableEntry, match="Entry 8 of the ledger was written by a newer version") as refusal:
        check_chain([*LINKS, link])
    assert refusal.value.number == 8


def test_anchors_that_fit_say_how_far_they_reach() -> None:
    """What lies after the last anchored entry could still have been cut."""
    found = check_anchors(LINKS, ANCHORS)
    assert [each.number for each in found.anchors] == [3, 6]
    assert (found.last, found.after, found.findings) == (6, 1, ())


def test_without_anchors_everything_lies_after() -> None:
    """Nothing in AWS speaks for or against such a ledger."""
    found = check_anchors(LINKS, [])
    assert (found.last, found.after, found.findings) == (0, 7, ())


def test_a_cut_ledger_shows() -> None:
    """AWS has a purchase that the ledger lacks, although its chain verifies."""
    cut = LINKS[:4]
    assert check_chain(cut).entries == 4
    found = check_anchors(cut, ANCHORS)
    assert (found.last, found.after) == (3, 1)
    assert len(found.findings) == 1
    assert f"AWS has {SECOND.purchase_id}, which this ledger lacks: it was cut or rewritten" in found.findings[0]


def test_a_rewritten_ledger_shows() -> None:
    """AWS keeps the hash of the intent as it was, although the new chain verifies."""
    cheap = a_quote(id=FIRST.id, purchase_id=FIRST.purchase_id, purpose="something else")
    rewritten = chained([Began("lg-1", WORLD), *bought(cheap, SECOND)])
    assert check_chain(rewritten).entries == 7
    found = check_anchors(rewritten, ANCHORS)
    assert (found.last, found.after, len(found.findings)) == (0, 7, 2)
    assert (
        f"AWS has {FIRST.purchase_id} with the head {LINKS[2].hash[:16]}…, but its intent, entry 3,"
        in (found.findings[0])
    )


def test_only_the_intents_own_head_counts() -> None:
    """The hash of any other entry is not what was put into the tags."""
    found = check_anchors(LINKS, [(FIRST.purchase_id, LINKS[3].hash)])
    assert len(found.findings) == 1


def test_a_purchase_that_was_never_answered_is_anchored_too() -> None:
    """The intent alone has the head: its answer may have been lost."""
    links = chained([Began("lg-1", WORLD), Quoted(FIRST), an_intent(FIRST)])
    unknown = chained([a_conclusion(FIRST, PurchaseState.UNKNOWN)], links[-1].hash, 3)
    found = check_anchors([*links, *unknown], [(FIRST.purchase_id, links[2].hash)])
    assert (found.last, found.after, found.findings) == (3, 1, ())


def test_a_restored_purchase_is_held_against_the_lost_ledgers_head() -> None:
    """Its tags name a head that this ledger never had, which it remembers: only another one speaks against it."""
    known = Restored(
        FIRST.purchase_id, FIRST.deal, NOW, PurchaseState.PAID, EvidenceKind.TAG, "cr-1", ledger="lg-1", head="7" * 64
    )
    links = chained([Began("lg-2", WORLD), Rebuilt(("lg-1",), "jo", ()), known])
    found = check_anchors(links, [(FIRST.purchase_id, "7" * 64)])
    assert ([each.number for each in found.anchors], found.findings) == ([3], ())
    assert "has another" in check_anchors(links, [(FIRST.purchase_id, "8" * 64)]).findings[0]
