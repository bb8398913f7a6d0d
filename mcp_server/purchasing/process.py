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

from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.entries import Declined, PurchaseState
from mcp_server.purchasing.ledger import Ledger
from mcp_server.purchasing.purchase import Order

MODULE = "mcp_server.purchase_process"
_ORDER: TypeAdapter[Order] = TypeAdapter(Order)
_GLANCE = 0.05
_LOG = "purchases.log"


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of an order: the purchase, or the refusal; neither when the process has said nothing.

    running says that it still may: then nothing is known yet.
    """

    purchase: Purchase | None = None
    declined: Declined | None = None
    running: bool = False


def start(order: Order, log_folder: Path) -> "subprocess.Popen[bytes]":
    """Start the process with an order, which it gets through a pipe that holds all of it or makes it do nothing.

    What it says on standard error goes to a file in log_folder.
    """
    # -P: a folder called mcp_server in somebody's project must not be what is run.
    command = [sys.executable, "-P", "-m", MODULE]
    with os.fdopen(os.open(log_folder / _LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env=_environment(),
        )
    # Whoever started it need not wait for it; somebody has to, so that it does not stay as a corpse.
    threading.Thread(target=process.wait, daemon=True).start()
    if process.stdin:
        try:
            process.stdin.write(write_order(order))
            process.stdin.close()
        except BrokenPipeError:
            pass
    return process


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
    while True:
        # Looked at before the ledger: what a process wrote before it ended is then seen.
        gone = process.poll() is not None
        ended = _ended(ledger.read(), order)
        over = ended.declined or (ended.purchase and ended.purchase.state is not PurchaseState.IN_FLIGHT)
        waited = time.monotonic() - began
        if over or gone:
            return ended
        if waited > patience.total_seconds():
            return replace(ended, running=True)
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            waiting(timedelta(seconds=waited))
        time.sleep(_GLANCE)


def _ended(book: Book, order: Order) -> Ended:
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
