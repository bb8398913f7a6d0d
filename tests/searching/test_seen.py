"""Offerings remembered by their handles, of blocks and of extensions."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from mcp_server.capacity.extensions import ExtensionOffering, ExtensionProbe
from mcp_server.capacity.handles import offering_handle
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.requests import Probe
from mcp_server.capacity.stays import Zone
from mcp_server.searching.seen import AnyOffering, AnyProbe, SeenOfferings
from tests.capacity.offers import GB200, P5, START, offering, segment

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
BLOCK_PROBE = Probe(P5, 8, 7, None, START + timedelta(days=30))
EXTENSION = ExtensionOffering(
    "cbe-0",
    "111111111111",
    "us-east-1",
    "cr-0",
    P5,
    8,
    Zone("us-east-1a", None),
    START,
    START + timedelta(days=7),
    Decimal("50749.44"),
    "USD",
    "default",
)

KINDS: list[tuple[AnyOffering, AnyProbe]] = [
    (offering(), BLOCK_PROBE),
    (offering(segment(), segment(zone="use1-az6"), kind=GB200.name), Probe(GB200, 2, 7, START, None)),
    (EXTENSION, ExtensionProbe("cr-0", 7)),
]


@pytest.fixture
def seen(tmp_path: Path) -> SeenOfferings:
    """Nothing is remembered yet."""
    return SeenOfferings(tmp_path / "state" / "state.sqlite3")


@pytest.mark.parametrize(("shown", "probe"), KINDS)
def test_what_is_found_again_is_what_was_shown(seen: SeenOfferings, shown: AnyOffering, probe: AnyProbe) -> None:
    """A handle leads back to the very offering and question, of its own kind, in another process too."""
    (handle,) = seen.remember([(shown, probe)], NOW)
    again = SeenOfferings(seen.path).find(handle)
    assert (again.offering, again.probe, again.last_seen) == (shown, probe, NOW)
    assert (type(again.offering), type(again.probe)) == (type(shown), type(probe))


def test_both_kinds_are_kept_side_by_side(seen: SeenOfferings) -> None:
    """One call may remember blocks and extensions; each has a handle of its own."""
    handles = seen.remember(KINDS, NOW)
    assert len(set(handles)) == len(KINDS)
    assert [seen.find(each).offering for each in handles] == [shown for shown, _ in KINDS]
    assert set(seen.latest("o-", 10)) == set(handles)


def test_an_extension_keeps_its_handle_under_a_new_id(seen: SeenOfferings) -> None:
    """The same terms are the same handle; another fee, end or reservation is another."""
    probe = ExtensionProbe("cr-0", 7)
    (first,) = seen.remember([(EXTENSION, probe)], NOW)
    (again,) = seen.remember([(replace(EXTENSION, id="cbe-1"), probe)], NOW + timedelta(minutes=1))
    assert first == again
    assert seen.find(first).offering.id == "cbe-1"
    changed = [{"fee": Decimal(1)}, {"end": START + timedelta(days=8)}, {"reservation_id": "cr-1"}]
    assert first not in seen.remember([(replace(EXTENSION, **each), probe) for each in changed], NOW)


def test_files_written_before_extensions_are_read(seen: SeenOfferings) -> None:
    """What an older version kept, which knew blocks only, still means the same."""
    block = offering()
    handle = offering_handle(block.terms)
    seen.latest("", 1)
    with closing(sqlite3.connect(seen.path)) as connection, connection:
        kept = (TypeAdapter(Offering).dump_json(block), TypeAdapter(Probe).dump_json(BLOCK_PROBE))
        connection.execute("INSERT INTO seen VALUES (?, ?, ?, ?, ?)", (handle, "terms", *kept, NOW.isoformat()))
    assert (seen.find(handle).offering, seen.find(handle).probe) == (block, BLOCK_PROBE)


@pytest.mark.parametrize(("shown", "probe"), KINDS[::2])
def test_blocks_are_kept_as_an_older_version_reads_them(
    seen: SeenOfferings, shown: AnyOffering, probe: AnyProbe
) -> None:
    """An older version that runs beside this one reads blocks as before, and takes no extension for a block."""
    (handle,) = seen.remember([(shown, probe)], NOW)
    with closing(sqlite3.connect(seen.path)) as connection:
        row = connection.execute("SELECT offering, probe FROM seen WHERE handle = ?", (handle,)).fetchone()
    if isinstance(shown, Offering):
        assert TypeAdapter(Offering).validate_json(row[0]) == shown
        assert TypeAdapter(Probe).validate_json(row[1]) == probe
    else:
        with pytest.raises(ValueError, match="segments"):
            TypeAdapter(Offering).validate_json(row[0])
