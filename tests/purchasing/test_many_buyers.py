"""Many purchase processes at once: the ledger lets one through for each quote, and no more than a ceiling holds."""

import secrets
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.entries import Approval, ApprovalMode, Declined, PurchaseState
from mcp_server.purchasing.process import start
from mcp_server.purchasing.purchase import Order
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.refusals import Rule
from tests.purchasing.counting_endpoint import SPENDS, Trap
from tests.purchasing.real_processes import PATIENCE, Machine, a_machine

FEW, MANY = 8, 32
CEILINGS = {DealKind.BLOCK: 5500, DealKind.PLAN: 6060}
"""Each holds five of the purchases that are made here."""


def order(quote: Quote) -> Order:
    """Somebody's yes to a quote."""
    approval = Approval(ApprovalMode.CLIENT, quote.requester, str(quote.fee), "claude-code 2.1.330")
    return Order(secrets.token_hex(8), quote.id, approval)


def buy_at_once(machine: Machine, quotes: Sequence[Quote]) -> dict[str, Declined | str]:
    """Buy with a process for each quote, of which each is ready before any may go on; what came of each order."""
    ready = [machine.endpoint.set(late_question(machine, each.kind)) for each in quotes]
    processes = [start(order(each), machine.desk.logs) for each in quotes]
    for each in ready:
        assert each.acted.wait(2 * PATIENCE)
    for each in ready:
        each.release()
    for each in processes:
        each.wait(PATIENCE)
    machine.check_ledger()
    return dict(machine.book.orders)


def late_question(machine: Machine, kind: DealKind) -> Trap:
    """A trap for the dry run; where there is none, for the last question before the request."""
    if kind.of_plan:
        return machine.last_question(hold_after=True)
    return Trap(SPENDS[kind], dry_run=True, hold_after=True)


@pytest.mark.parametrize(
    ("kind", "buyers"),
    [(DealKind.BLOCK, FEW), *(pytest.param(each, MANY, marks=pytest.mark.slow) for each in DealKind)],
)
def test_many_buyers_of_one_quote(sandbox_url: str, tmp_path: Path, kind: DealKind, buyers: int) -> None:
    """Of all that buy one quote at once one does, with one request; the others are told that it is spent."""
    with a_machine(sandbox_url, tmp_path, timeout=2 * PATIENCE) as machine:
        quote = machine.quote(kind)
        came = buy_at_once(machine, [quote] * buyers)
        refused = Counter(each.rule for each in came.values() if isinstance(each, Declined))
        assert refused == {Rule.QUOTE_SPENT: buyers - 1}
        assert [each for each in came.values() if not isinstance(each, Declined)] == [quote.purchase_id]
        assert len(machine.spent(quote)) == machine.aws.bought(quote) == 1
        assert [each.state for each in machine.book.purchases.values()] == [PurchaseState.ACCEPTED]


@pytest.mark.parametrize(
    ("kind", "buyers"),
    [
        (DealKind.BLOCK, FEW),
        *(pytest.param(each, MANY, marks=pytest.mark.slow) for each in (DealKind.BLOCK, DealKind.PLAN)),
    ],
)
def test_many_buyers_under_one_ceiling(sandbox_url: str, tmp_path: Path, kind: DealKind, buyers: int) -> None:
    """Of all that would together pass a ceiling as many buy as it holds; the others are told which one it is."""
    ceiling = CEILINGS[kind]
    with a_machine(sandbox_url, tmp_path, timeout=2 * PATIENCE, most=ceiling) as machine:
        quotes = [machine.quote(kind) for _ in range(buyers)]
        assert 5 * max(each.fee for each in quotes) <= ceiling < 6 * min(each.fee for each in quotes)
        came = buy_at_once(machine, quotes)
        refused = [each for each in came.values() if isinstance(each, Declined)]
        assert {each.rule for each in refused} == {"ceilings.rolling_24_hours"}
        assert all("Nothing was bought" in each.told for each in refused)
        bought = [each for each in quotes if machine.aws.bought(each)]
        assert (len(bought), len(refused)) == (5, buyers - 5)
        assert {each.what for each in machine.endpoint.spending} == {each.offering.id for each in bought}
        assert len(machine.endpoint.spending) == 5
        assert sum((each.fee for each in bought), Decimal(0)) <= ceiling
