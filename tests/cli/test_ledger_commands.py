"""ledger show, verify and export."""

import csv
import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mcp_server.aws.accounts import AWS_WORLD
from mcp_server.capacity.stays import Zone
from mcp_server.cli.ledger_commands import ledger_app, purchase_lines, verification_lines
from mcp_server.cli.refusals import AnchorsDisagree
from mcp_server.purchasing.entries import PurchaseState, Quoted
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.sqlite_ledger import SqliteLedger
from mcp_server.purchasing.verification import Shown
from tests.purchasing.samples import (
    BUYER,
    NOW,
    WORLD,
    a_conclusion,
    a_plan,
    a_quote,
    an_extension,
    an_intent,
    an_offering,
    buy,
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the ledger of a simulated AWS is."""
    settings = tmp_path / "ml-clusters.toml"
    settings.write_text("")
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(settings))
    monkeypatch.setenv("ML_CLUSTERS_SIMULATION", str(tmp_path / "simulated"))
    return tmp_path / "simulated" / "ledger" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> SqliteLedger:
    """One that has begun."""
    ledger = SqliteLedger(path)
    ledger.begin(WORLD, NOW)
    return ledger


def run(*words: str) -> Result:
    """Run one command in this process, as if typed."""
    return CliRunner().invoke(ledger_app, words)


def succeeded(*words: str) -> str:
    """What a command that ends well prints."""
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("command", ["show", "verify"])
def test_without_a_ledger_they_say_so(path: Path, command: str) -> None:
    """They name its place, and make nothing."""
    assert f"There is no ledger at {path} yet" in succeeded(command)
    assert not path.parent.exists()


def test_a_purchase_is_shown_whole(ledger: SqliteLedger, path: Path) -> None:
    """State, total, time, what, whose yes, why, its reservation; and which ledger of which world that is."""
    quote = buy(ledger)
    ledger.append(NOW, lambda _: [Quoted(a_quote())])
    shown = succeeded("show")
    for said in (
        f"{quote.purchase_id}  ACCEPTED  3,020.54 USD  2026-12-01 03:00",
        quote.summary,
        f'approved by "{BUYER}" (terminal), asked for by "{BUYER}"',
        'purpose "train the ranking model"',
        f"cr-{quote.purchase_id[-17:]} payment-pending",
        "1 purchase from 2 quotes; 5 entries.",
        f"Ledger {ledger.read().ledger_id} (SIMULATED: {WORLD}, no money): {path}. Times are UTC.",
    ):
        assert said in shown


def test_what_came_later_is_shown(ledger: SqliteLedger) -> None:
    """AWS's own words, when the state changed, and what departs from the quote."""
    quote = buy(ledger, state=PurchaseState.IN_FLIGHT)
    refused = a_conclusion(quote, PurchaseState.UNKNOWN, code="InternalError", message="Try later.", mismatches=("A.",))
    ledger.append(NOW + timedelta(minutes=2), lambda _: [refused])
    shown = succeeded("show")
    for said in ("UNKNOWN", "unknown since 2026-12-01 03:02", 'AWS: InternalError: "Try later."', "the quote: A."):
        assert said in shown


def test_the_latest_come_first_and_ten_of_them(ledger: SqliteLedger) -> None:
    """--all shows the rest."""
    bought = [buy(ledger, a_quote(made=NOW + timedelta(hours=hour))).purchase_id for hour in range(12)]
    lines = succeeded("show").splitlines()
    assert [line.split()[0] for line in lines if line.startswith("mlc-")] == bought[:1:-1]
    assert "2 earlier ones: ml-clusters ledger show --all" in lines
    lines = succeeded("show", "--all").splitlines()
    assert [line.split()[0] for line in lines if line.startswith("mlc-")] == bought[::-1]


def test_a_real_ledger_is_not_called_simulated(tmp_path: Path) -> None:
    """Its world is AWS."""
    ledger = SqliteLedger(tmp_path / "ledger.sqlite3")
    ledger.begin(AWS_WORLD, NOW)
    shown = "\n".join(purchase_lines(ledger.read(), ledger.place))
    assert "(AWS)" in shown
    assert "SIMULATED" not in shown


NASTY = "=1+1\x1b[2J\n\u202eeno"


@pytest.fixture
def nasty(ledger: SqliteLedger) -> Quote:
    """A purchase all of whose words try to draw on the screen."""
    (segment,) = an_offering().segments
    offering = an_offering(segments=(replace(segment, zone=Zone(NASTY, NASTY)),))
    quote = a_quote(purpose=NASTY, requester=NASTY, offering=offering)
    ledger.append(NOW, lambda _: [Quoted(quote), an_intent(quote)])
    words = {"code": NASTY, "message": NASTY, "mismatches": (NASTY,)}
    ledger.append(NOW, lambda _: [a_conclusion(quote, PurchaseState.UNKNOWN, **words)])
    return quote


@pytest.mark.parametrize("words", [("show",), ("export",), ("export", "--format", "csv")])
def test_words_from_elsewhere_cannot_draw(nasty: Quote, words: tuple[str, ...]) -> None:
    """Whatever was written into the ledger, what is printed is printable."""
    printed = succeeded(*words)
    assert all(line.isprintable() for line in printed.splitlines())


def test_a_ledger_that_nobody_touched_verifies(ledger: SqliteLedger, path: Path) -> None:
    """How many entries, where, and that AWS was not asked if it was not."""
    buy(ledger)
    shown = succeeded("verify", "--offline")
    assert f"4 entries verify: {path}" in shown
    assert ledger.read().head in shown
    assert "not held against the tags in AWS" in shown


def test_damage_is_told_and_exported(ledger: SqliteLedger, path: Path) -> None:
    """Verification exits with 1 and names the entry; show refuses; export still writes what is there."""
    buy(ledger)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE links SET text = replace(text, '3020.54', '1.00')")
    verified = run("verify")
    assert verified.exit_code == 1
    assert "THE LEDGER DOES NOT VERIFY. Entry 2 of the ledger was changed" in verified.stderr
    shown = run("show")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "entry 2 was changed" in shown.stderr
    assert len(succeeded("export").splitlines()) == 4


def test_an_emptied_ledger_does_not_verify(ledger: SqliteLedger, path: Path) -> None:
    """A file from which every entry was removed is not taken for a ledger that has not begun."""
    buy(ledger)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM links")
    for words in (["verify", "--offline"], ["show"]):
        result = run(*words)
        assert result.exit_code == 1
        assert "has no entries" in result.stderr


def test_anchors_are_told(ledger: SqliteLedger) -> None:
    """Tags that fit say how far they reach; one that does not is an error, whatever the chain says."""
    quote = buy(ledger)
    head = ledger.read().purchases[quote.purchase_id].head

    def told(*anchors: tuple[str, str]) -> str:
        return "\n".join(verification_lines(ledger, lambda _: Shown(tuple(anchors))))

    assert "1 tag in AWS fit, the last to entry 3; 1 follow it." in told((quote.purchase_id, head))
    assert "nothing there speaks for or against it" in told()
    with pytest.raises(AnchorsDisagree, match="AWS has mlc-gone, which this ledger lacks"):
        told((quote.purchase_id, head), ("mlc-gone", head))


def test_jsonl_is_every_entry_verbatim(ledger: SqliteLedger) -> None:
    """Whoever reads the help can verify it with nothing but SHA-256."""
    buy(ledger)
    previous = "0" * 64
    for line, link in zip(map(json.loads, succeeded("export").splitlines()), ledger.links(), strict=True):
        covered = json.dumps([previous, line["number"], line["at"], line["kind"], line["text"]])
        assert hashlib.sha256(covered.encode()).hexdigest() == line["hash"] == link.hash
        previous = line["hash"]


def test_csv_is_one_purchase_a_row(ledger: SqliteLedger, nasty: Quote) -> None:
    """Blocks, extensions and plans, with what a spreadsheet needs, and nothing that it would run."""
    block, extension = buy(ledger), buy(ledger, a_quote(offering=an_extension()))
    plan = buy(ledger, a_quote(offering=a_plan()))
    rows = list(csv.DictReader(succeeded("export", "--format", "csv").splitlines()))
    assert [row["purchase"] for row in rows] == [each.purchase_id for each in (nasty, block, extension, plan)]
    assert [row["state"] for row in rows] == ["unknown", *["accepted"] * 3]
    assert [row["what"] for row in rows] == ["block", "block", "extension", "training plan"]
    assert all(rows[0][name].startswith("'=1+1") for name in ("purpose", "requester", "zones"))
    assert Decimal(rows[1]["fee"]) == block.fee
    assert rows[1]["start_utc"] == "2026-12-02T11:30:00+00:00"
    assert (rows[1]["extends"], rows[2]["extends"]) == ("", extension.extends)
    assert (rows[3]["plan"], rows[3]["target"]) == (plan.plan, "hyperpod-cluster")
    assert (rows[3]["start_utc"], rows[3]["end_utc"]) == ("2026-12-02T11:30:00+00:00", "2026-12-05T11:30:00+00:00")
    assert None not in rows[0]


def test_settling_needs_a_terminal(ledger: SqliteLedger) -> None:
    """A program cannot say what a person knows."""
    quote = buy(ledger, state=PurchaseState.UNKNOWN)
    result = run("settle", quote.purchase_id)
    assert result.exit_code == 1
    assert "asks a person to type" in result.stderr


def test_its_help_teaches() -> None:
    """Each command says what it does and does not."""
    assert "SHA-256" in succeeded("export", "--help")
    assert "--offline" in succeeded("verify", "--help")
    assert "asks AWS nothing" in succeeded("show", "--help")
