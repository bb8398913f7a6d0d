"""What the ledger adds to SQLite: purchases written down in a second, beside bare transactions of the same rows.

A purchase is three transactions: quote, intent and conclusion. The bare ones have the same pragmas, and verify, fold
and decide nothing: once with a connection for each, as the ledger has, and once through one that stays open. All are
measured in turns on the same disk.
"""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.offerings import Offering, Segment
from mcp_server.capacity.requests import Probe
from mcp_server.capacity.stays import Zone
from mcp_server.purchasing.chain import Link
from mcp_server.purchasing.entries import Approval, ApprovalMode, Concluded, Intended, Lease, PurchaseState, Quoted
from mcp_server.purchasing.quotes import (
    LIFETIME,
    Left,
    Platform,
    Quote,
    new_purchase_id,
    new_quote_id,
)
from mcp_server.purchasing.sqlite_ledger import MIGRATIONS, SqliteLedger

ROUNDS = 7
PURCHASES = 40
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def measure() -> None:
    """Print both figures and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = SqliteLedger(folder / "ledger" / "ledger.sqlite3")
        ledger.begin("bench", NOW)
        rounds = [_round(ledger, folder / f"{number}") for number in range(ROUNDS)]
        reads = _reads(ledger)
        entries = ledger.changes()
        fresh = _fresh(ledger.path, folder)
    ours, each_own, kept = (median(times) / PURCHASES for times in zip(*rounds, strict=True))
    print("\nPurchases written down: quote, intent and conclusion, each durable before the next")
    print(f"  the ledger                   {1 / ours:6.0f} a second   {ours * 1000:5.1f} ms each")
    print(f"  bare, a connection for each  {1 / each_own:6.0f} a second   ratio {ours / each_own:.2f} of the time")
    print(f"  bare, one connection         {1 / kept:6.0f} a second   ratio {ours / kept:.2f}")
    print(f"  a look at what is new        {reads * 1000:6.2f} ms")
    print(f"  verifying {entries:4d} entries       {fresh * 1000:6.1f} ms")


def _round(ledger: SqliteLedger, bare: Path) -> tuple[float, float, float]:
    quotes = [_quote() for _ in range(PURCHASES)]
    before = ledger.changes()
    began = time.perf_counter()
    for quote in quotes:
        _buy(ledger, quote)
    ours = time.perf_counter() - began
    links = ledger.links()[before:]
    assert len(links) == 3 * PURCHASES
    first, second = bare.with_suffix(".first"), bare.with_suffix(".second")
    for each in (first, second):
        _begin(each)
    began = time.perf_counter()
    for link in links:
        with closing(_connection(first)) as connection:
            _insert(connection, [link])
    each_own = time.perf_counter() - began
    with closing(_connection(second)) as connection:
        began = time.perf_counter()
        _insert(connection, links)
        return ours, each_own, time.perf_counter() - began


def _buy(ledger: SqliteLedger, quote: Quote) -> None:
    approval = Approval(ApprovalMode.TERMINAL, quote.requester, str(quote.fee), "ml-clusters approve")
    lease = Lease("host", "boot", 1, "1", NOW + timedelta(minutes=3))
    ids = (quote.id, quote.id, quote.purchase_id, quote.offering.id)
    ledger.append(NOW, lambda _: [Quoted(quote)])
    ledger.append(NOW, lambda _: [Intended(*ids, approval, lease, ())])
    ledger.append(NOW, lambda _: [Concluded(quote.purchase_id, PurchaseState.ACCEPTED)])


def _begin(path: Path) -> None:
    with closing(_connection(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in MIGRATIONS[0]:
            connection.execute(statement)


def _connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _insert(bare: sqlite3.Connection, links: Iterable[Link]) -> None:
    for link in links:
        bare.execute("BEGIN IMMEDIATE")
        bare.execute("INSERT INTO links VALUES (?, ?, ?, ?, ?)", astuple(link))
        bare.execute("COMMIT")


def _reads(ledger: SqliteLedger) -> float:
    return median(_timed(ledger) for _ in range(50))


def _fresh(path: Path, folder: Path) -> float:
    """A whole ledger read by an object that has seen nothing of it."""
    copies: Sequence[Path] = [folder / "copies" / f"{number}.sqlite3" for number in range(5)]
    copies[0].parent.mkdir(mode=0o700)
    for copy in copies:
        shutil.copy(path, copy)
    return median(_timed(SqliteLedger(copy)) for copy in copies)


def _timed(ledger: SqliteLedger) -> float:
    began = time.perf_counter()
    ledger.read()
    return time.perf_counter() - began


def _quote() -> Quote:
    kind, day, fee = CATALOGUE["p5.48xlarge"], timedelta(days=1), Decimal("3020.54")
    segment = Segment(Zone("us-east-1a", "use1-az4"), 4, NOW, NOW + day, fee)
    return Quote(
        id=new_quote_id(),
        purchase_id=new_purchase_id(),
        account="483026362307",
        account_name="main",
        partition="aws",
        region="us-east-1",
        endpoint="https://ec2.us-east-1.amazonaws.com",
        world="bench",
        offering=Offering("cbo-1", "483026362307", "us-east-1", kind, 4, fee, "USD", "default", (segment,)),
        probe=Probe(kind, 4, 1, None, None),
        platform=Platform.LINUX,
        tags=(("Team", "ML"),),
        purpose="bench",
        requester="arn:aws:sts::483026362307:assumed-role/ml-clusters-reader/jo",
        made=NOW,
        expires=NOW + LIFETIME,
        policy="/home/jo/.config/ml-clusters/policy.toml",
        policy_hash="5" * 64,
        ledger="/home/jo/.local/share/ml-clusters/ledger.sqlite3",
        left=Left(Decimal(50000), Decimal(90000)),
        foreign=(),
        overlaps=(),
        additional=False,
        notes=(),
    )
