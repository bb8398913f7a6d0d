"""The composition root of the process that buys: an order by standard input, its outcome to the ledger."""

import logging
import signal
import sys
from threading import Event
from types import FrameType

from mcp_server.aws.failures import AwsFailure
from mcp_server.opening import open_desk, quiet_logs
from mcp_server.purchasing.entries import Declined
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.policy import PolicyForbids, PolicyRefused
from mcp_server.purchasing.process import read_order
from mcp_server.purchasing.purchase import Desk, Order, purchase
from mcp_server.purchasing.refusals import Rule, SpendingRefused

_log = logging.getLogger(__name__)


def main() -> None:
    """Carry out one order, and write down whatever came of it."""
    quiet_logs()
    stopped = _outlive()
    try:
        order = read_order(sys.stdin.buffer.read())
    except ValueError as error:
        # The error's own text would show what the order holds: a session's keys.
        sys.exit(f"No whole order came in ({type(error).__name__}): nothing was done.")
    desk = open_desk(stopped.is_set)
    try:
        purchase(order, desk)
    except (SpendingRefused, PolicyForbids, PolicyRefused, AwsFailure) as refusal:
        _decline(order, desk, refusal)
    except LedgerRefused as refusal:
        sys.exit(f"Order {order.id}: {refusal}")


def _decline(order: Order, desk: Desk, refusal: Exception) -> None:
    rule = refusal.rule if isinstance(refusal, (SpendingRefused, PolicyForbids, PolicyRefused)) else Rule.NOT_READ
    told = str(refusal)
    if isinstance(refusal, AwsFailure):
        told = str(SpendingRefused(Rule.NOT_READ, f"AWS did not say what was asked before the purchase: {refusal}"))
    book = desk.ledger.read()
    entry = Declined(order.id, order.quote_id, str(rule), told)
    desk.ledger.append(book.at or book.quotes[order.quote_id].made, lambda _: [entry])


def _outlive() -> Event:
    """Go on when the terminal or the client is gone. Being told to end is heeded only before anything is sent."""
    stopped = Event()

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module gives the signature
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    return stopped


if __name__ == "__main__":
    main()
