"""The process that buys. It has a session of its own, so that it outlives whoever started it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from pydantic import TypeAdapter

from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.entries import Declined, PurchaseState
from mcp_server.purchasing.ledger import Ledger, LedgerRefused
from mcp_server.purchasing.purchase import Order
from mcp_server.purchasing.reconciling import look
from mcp_server.purchasing.refusals import NotStarted

MODULE = "mcp_server.purchase_process"
_ORDER: TypeAdapter[Order] = TypeAdapter(Order)
_GLANCE = 0.05
_REREADING = 10.0
"""Seconds for which a ledger that cannot be read is tried again once nobody writes it any more."""

_LOG = "purchases.log"


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of an order: the purchase, or the refusal; neither when the process has said nothing.

    running says that it still may. unread is why the ledger cannot be read: then it is not known what came of it.
    """

    purchase: Purchase | None = None
    declined: Declined | None = None
    running: bool = False
    unread: LedgerRefused | None = None


def start(order: Order, log_folder: Path) -> "subprocess.Popen[bytes]":
    """Start the process with an order, which it gets through a pipe that holds all of it or makes it do nothing.

    What it says on standard error goes to a file in log_folder, which is made.

    Raises:
        NotStarted: There is no place for that file, or no process can be started.
    """
    try:
        process = _spawned(log_folder)
    except OSError as error:
        raise NotStarted(error, str(log_folder)) from error
    # Whoever started it need not wait for it; somebody has to, so that it does not stay as a corpse.
    threading.Thread(target=process.wait, daemon=True).start()
    if process.stdin:
        try:
            process.stdin.write(write_order(order))
            process.stdin.close()
        except BrokenPipeError:
            pass
    return process


def _spawned(log_folder: Path) -> "subprocess.Popen[bytes]":
    log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # -P: a folder called mcp_server in somebody's project must not be what is run.
    command = [sys.executable, "-P", "-m", MODULE]
    with os.fdopen(os.open(log_folder / _LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env=_environment(),
        )


def _environment() -> dict[str, str]:
    """This process's, in which nothing puts the current folder on Python's path."""
    environ = dict(os.environ)
    folders = environ.pop("PYTHONPATH", "").split(os.pathsep)
    kept = os.pathsep.join(each for each in folders if Path(each).is_absolute())
    return environ | ({"PYTHONPATH": kept} if kept else {})


def wait(
    order: Order,
    ledger: Ledger,
    process: "subprocess.Popen[bytes]",
    patience: timedelta,
    waiting: Callable[[timedelta], None],
) -> Ended:
    """Wait until the ledger says what came of an order, or the process has ended, or patience has.

    waiting is called about every second with the time waited so far.
    """
    began = told = time.monotonic()
    until = began + patience.total_seconds()
    gone_since: float | None = None
    while True:
        # Looked at before the ledger: what a process wrote before it ended is then seen.
        gone = process.poll() is not None
        ended = _ended(ledger, order)
        over = ended.declined or (ended.purchase and ended.purchase.state is not PurchaseState.IN_FLIGHT)
        if over or (gone and not ended.unread):
            return ended
        now = time.monotonic()
        if now > until:
            return replace(ended, running=not gone)
        if gone:
            gone_since = gone_since or now
            until = min(until, gone_since + _REREADING)
        if now - told >= 1:
            told = now
            waiting(timedelta(seconds=now - began))
        time.sleep(_GLANCE)


def come_of(ended: Ended, purchase: Purchase, desk: Desk) -> Purchase:
    """A purchase as it stands once nobody waits for it any more.

    Where its process is gone without a word, AWS is asked.
    """
    if ended.running or purchase.state is not PurchaseState.IN_FLIGHT:
        return purchase
    return look(desk).book.purchases[purchase.id]


def _ended(ledger: Ledger, order: Order) -> Ended:
    try:
        book = ledger.read()
    except LedgerRefused as refusal:
        return Ended(unread=refusal)
    came = book.orders.get(order.id)
    if isinstance(came, Declined):
        return Ended(declined=came)
    return Ended(book.purchases[came]) if came else Ended()


def write_order(order: Order) -> bytes:
    """An order as it goes through the pipe."""
    return _ORDER.dump_json(order) + b"\n"


def read_order(data: bytes) -> Order:
    """What write_order gave.

    Raises:
        ValueError: It is not whole.
    """
    if not data.endswith(b"\n"):
        raise ValueError("the order was cut off")
    return _ORDER.validate_json(data)
