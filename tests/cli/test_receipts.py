"""receipt: one purchase for people, programs and bookkeeping."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from mcp_server.aws.accounts import AWS_WORLD
from mcp_server.capacity.stays import Zone
from mcp_server.cli.commands import app
from mcp_server.purchasing.entries import EvidenceKind, Found, Observed, PurchaseState, Quoted, Settled
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.sqlite_ledger import SqliteLedger
from tests.purchasing.samples import (
    BUYER,
    NOW,
    WORLD,
    ZONE,
    a_conclusion,
    a_plan,
    a_quote,
    a_reservation,
    an_extension,
    an_intent,
    an_offering,
    buy,
)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqliteLedger:
    """That of a simulated AWS, read in Berlin; it has begun."""
    settings = tmp_path / "ml-clusters.toml"
    settings.write_text('time_zone = "Europe/Berlin"')
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(settings))
    monkeypatch.setenv("ML_CLUSTERS_SIMULATION", str(tmp_path / "simulated"))
    ledger = SqliteLedger(tmp_path / "simulated" / "ledger" / "ledger.sqlite3")
    ledger.begin(WORLD, NOW)
    return ledger


def run(*words: str) -> Result:
    """Run the command in this process, as if typed."""
    return CliRunner().invoke(app, ["receipt", *words])


def written(*words: str) -> str:
    """What it prints where it succeeds."""
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def as_json(asked: str) -> dict[str, Any]:
    """The receipt as programs have it."""
    return json.loads(written(asked, "--format", "json"))


def as_row(asked: str) -> dict[str, str]:
    """The receipt as a spreadsheet has it."""
    (row,) = csv.DictReader(written(asked, "--format", "csv").splitlines())
    return row


def test_people_read_who_when_why_and_what(ledger: SqliteLedger) -> None:
    """Times in UTC and here, the usable end, exact money, ids, the policy, and where the ledger says so."""
    quote = buy(ledger)
    intent = ledger.links()[2]
    shown = written(quote.purchase_id)
    for said in (
        f"# Receipt of `{quote.purchase_id}`",
        "**SIMULATED: not AWS, no money.**",
        "State: `accepted`",
        "Known by: `the answer to the request`",
        "Total: 3,020.54",
        "Rate per accelerator-hour: 3.933",
        "Zone id: `use1-az4`",
        "End: 2026-12-03 11:30 UTC (2026-12-03 12:30 Europe/Berlin)",
        "Usable end: 2026-12-03 11:00 UTC (2026-12-03 12:00 Europe/Berlin)",
        "Tags: `Team` = `ML`",
        f"Asked for by: `{BUYER}`",
        f"Approved by: `{BUYER}`",
        "Approved through: `ml-clusters approve`",
        "Purpose: `train the ranking model`",
        f"Quote: `{quote.id}`",
        f"Reservations: `cr-{quote.purchase_id[-17:]}` = `payment-pending`",
        "AWS request id: `8d3f`",
        f"Policy's SHA-256: `{'5' * 64}`",
        "Entry of the intent: `3`",
        f"Its hash, as in the tags: `{intent.hash}`",
        "Differs from the quote: none",
    ):
        assert said in shown


def test_programs_read_the_same_exactly(ledger: SqliteLedger) -> None:
    """JSON has the fee as it was sold, times with their offset, and lists as lists; CSV the same in one row."""
    quote = buy(ledger)
    found, row = as_json(quote.purchase_id), as_row(quote.purchase_id)
    assert Decimal(found["fee"]) == Decimal(row["fee"]) == quote.fee
    assert (found["intended_utc"], found["intended_local"]) == (
        "2026-12-01T03:00:00+00:00",
        "2026-12-01T04:00:00+01:00",
    )
    assert found["entries"] == [
        "2 quoted 2026-12-01T03:00:00+00:00",
        "3 intended 2026-12-01T03:00:00+00:00",
        "4 concluded accepted 2026-12-01T03:00:00+00:00",
    ]
    assert found["reservations"] == {f"cr-{quote.purchase_id[-17:]}": "payment-pending"}
    assert (found["tags"], row["tags"]) == ({"Team": "ML"}, "Team=ML")
    assert (found["mismatches"], row["mismatches"]) == ([], "none")
    assert list(found) == list(row)


def test_it_is_found_by_any_of_its_ids(ledger: SqliteLedger) -> None:
    """By purchase, quote, reservation or block; an extended reservation is that of the block, which names the other."""
    block = buy(ledger)
    reservation = f"cr-{block.purchase_id[-17:]}"
    longer = buy(ledger, a_quote(offering=an_extension(reservation)), PurchaseState.IN_FLIGHT)
    ledger.append(NOW, lambda _: [a_conclusion(longer, reservations=())])
    for asked in (block.purchase_id, block.id, reservation, "cb-0123456789abcdef0"):
        assert as_json(asked)["purchase"] == block.purchase_id
    assert as_json(block.id)["extended_by"] == [longer.purchase_id]
    extension = as_json(longer.id)
    assert (extension["extends"], extension["reservations"]) == ([reservation], {})


def test_a_plan_is_found_by_its_name(ledger: SqliteLedger) -> None:
    """It has neither platform nor block, and says so: nothing of that is unknown."""
    plan = buy(ledger, a_quote(offering=a_plan()))
    found = as_json(plan.plan)
    assert (found["purchase"], found["what"], found["target"]) == (
        plan.purchase_id,
        "training plan",
        "hyperpod-cluster",
    )
    assert (found["platform"], found["blocks"]) == ("none", [])
    assert len(found["segments"]) == 2


def test_what_is_not_there_is_refused(ledger: SqliteLedger) -> None:
    """An id that nothing has, a quote that was not spent, and a reservation of somebody else's that two extended."""
    for _ in range(2):
        buy(ledger, a_quote(offering=an_extension("cr-elsewhere")))
    quote = a_quote()
    ledger.append(NOW, lambda _: [Quoted(quote)])
    for asked, says in (
        ("mlc-\x1b[1mgone", "'mlc- [1mgone' is no purchase, spent quote, reservation or plan of the ledger"),
        (quote.id, "is a quote that was not spent"),
        ("cr-elsewhere", "means several purchases (mlc-"),
    ):
        result = run(asked)
        assert (result.exit_code, result.stdout) == (1, "")
        assert says in result.stderr


def test_a_payment_is_known_by_its_state(ledger: SqliteLedger) -> None:
    """What AWS showed later is said beside its answer."""
    quote = buy(ledger)
    ledger.append(NOW, lambda _: [Observed(quote.purchase_id, PurchaseState.PAID)])
    found = as_json(quote.id)
    assert (found["state"], found["known_by"]) == ("paid", ["the answer to the request", "its later state in AWS"])


def test_what_nobody_knows_says_so(ledger: SqliteLedger) -> None:
    """Neither 0 nor empty: what came of it, what it made, its request, a zone's id."""
    zoneless = replace(an_offering().segments[0], zone=Zone("us-east-1a", None))
    quote = buy(ledger, a_quote(offering=an_offering(segments=(zoneless,))), PurchaseState.UNKNOWN)
    found = as_json(quote.id)
    assert (found["known_by"], found["request_id"], found["zone_ids"]) == ("unknown", "unknown", ["unknown"])
    found_by_trail = buy(ledger, state=PurchaseState.UNKNOWN)
    ledger.append(NOW, lambda _: [Found(found_by_trail.purchase_id, EvidenceKind.TRAIL, "event 8")])
    row = as_row(found_by_trail.id)
    assert (row["known_by"], row["reservations"], row["blocks"]) == ("CloudTrail: event 8", "unknown", "unknown")
    assert row["request_id"] == "unknown"


def test_a_persons_word_is_named(ledger: SqliteLedger) -> None:
    """Who settled it, and that its fee does not count any more."""
    quote = buy(ledger, state=PurchaseState.UNKNOWN)
    ledger.append(NOW, lambda _: [Settled(quote.purchase_id, "jo", "said so in a terminal")])
    found = as_json(quote.id)
    assert (found["state"], found["counts"]) == ("not bought", "no")
    assert found["known_by"] == ["a person: jo, said so in a terminal"]


def test_a_real_purchase_is_not_called_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is no money says so."""
    ledger = SqliteLedger(tmp_path / "real" / "ledger" / "ledger.sqlite3")
    ledger.begin(AWS_WORLD, NOW)
    quote = buy(ledger)
    monkeypatch.setenv("ML_CLUSTERS_SIMULATION", str(tmp_path / "real"))
    assert "SIMULATED" not in written(quote.id)
    assert as_json(quote.id)["simulated"] == "no"


def test_it_is_written_to_a_file(ledger: SqliteLedger, tmp_path: Path) -> None:
    """Nothing else is printed then; where it cannot be written, that is said."""
    quote = buy(ledger)
    place = tmp_path / "receipt.md"
    assert written(quote.id, "--output", str(place)) == ""
    assert place.read_text() == written(quote.id)
    result = run(quote.id, "--output", str(tmp_path / "nowhere" / "receipt.md"))
    assert result.exit_code == 1
    assert "could not be written" in result.stderr


HOSTILE = [
    '=HYPERLINK("http://x","y")\n\n# Paid\n- State: `paid`',
    "\x1b[2J\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\ \x9b31m",
    "\u202eUSD 1\u2066 \u200b\ufeff\u2028\u2029",
    "`` ` ``` <script>alert(1)</script> ![x](http://x) [y](z) | **b** &lt; $x$",
    "\t@SUM(1)\r\n",
    "+1",
    "A" * 100_000,
    "\uff1d1+1",
]


def hostile_purchase(ledger: SqliteLedger, words: str) -> Quote:
    """A purchase all of whose words from elsewhere are these."""
    zone = Zone(words, words)
    segment = replace(an_offering().segments[0], zone=zone)
    quote = a_quote(
        offering=an_offering(segments=(segment,)),
        purpose=words,
        requester=words,
        account_name=words,
        tags=((words, words), ("Team", words)),
        policy=words,
    )
    intent = an_intent(quote)
    approval = replace(intent.approval, approver=words, typed=words, through=words, beside=(words,))
    ledger.append(NOW, lambda _: [Quoted(quote), replace(intent, approval=approval)])
    made = a_reservation(quote, id=words, block_id=words)
    said: dict[str, Any] = {"code": words, "message": words, "request_id": words, "mismatches": (words,)}
    ledger.append(NOW, lambda _: [a_conclusion(quote, PurchaseState.ACCEPTED, reservations=(made,), **said)])
    ledger.append(NOW, lambda _: [Found(quote.purchase_id, EvidenceKind.TAG, words)])
    return quote


def shape(markdown: str) -> list[str]:
    """The kinds of elements of a document, in order; of each piece of code only that it is one."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [kind for token in tokens for kind in (token.type, *(one.type for one in token.children or ()))]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_words_from_elsewhere_stay_words(ledger: SqliteLedger, words: str) -> None:
    """They neither draw, nor become markup or formulas, nor hide a fact, nor fill the screen."""
    harmless, hostile = hostile_purchase(ledger, "harmless"), hostile_purchase(ledger, words)
    formats: dict[str, Callable[[str], str]] = {
        each: lambda quote, each=each: written(quote, "--format", each) for each in ("markdown", "json", "csv")
    }
    for each, write in formats.items():
        text = write(hostile.id)
        assert all(line.isprintable() for line in text.splitlines()), each
        assert len(text) < 80_000
    assert shape(formats["markdown"](hostile.id)) == shape(formats["markdown"](harmless.id))
    row = as_row(hostile.id)
    assert not [value for value in row.values() if value.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))]
    assert (row["state"], row["fee"]) == ("accepted", str(hostile.fee))
    found = as_json(hostile.id)
    assert (found["state"], found["purchase"]) == ("accepted", hostile.purchase_id)


def test_a_damaged_ledger_gives_no_receipt(ledger: SqliteLedger) -> None:
    """What does not verify proves nothing."""
    quote = buy(ledger)
    assert ZONE.id in written(quote.id)
    # A chain that begins anew is another ledger's.
    ledger.path.write_bytes(b"no ledger")
    result = run(quote.id)
    assert result.exit_code == 1
    assert "cannot be used" in result.stderr
