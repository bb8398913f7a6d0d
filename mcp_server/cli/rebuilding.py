"""ledger rebuild: a lost ledger is begun anew from what AWS shows, once a person has seen it."""

import getpass
import sys
from collections.abc import Iterator, Sequence

from rich.console import Console

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.words import remark, word
from mcp_server.cli.approving import NoTerminal
from mcp_server.opening import make_desk, sources_of
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.entries import Restored
from mcp_server.purchasing.rebuilding import Remains, check_whole, find_remains, rebuild
from mcp_server.render.moments import utc
from mcp_server.render.quotes import total
from mcp_server.searching.market import unseen
from mcp_server.settings import load_settings

_WORD = "rebuild"


def rebuild_ledger(named: Sequence[str], *, partial: bool) -> bool:
    """Look in AWS for what the lost ledger bought, show it, and write it down if a person types so. Whether it is.

    named are the lost ledgers' ids, none for the policy's or the only one; partial goes on without what cannot be read.

    Raises:
        NoTerminal: Nobody is there who could type.
        RebuildRefused, SpendingRefused, LedgerRefused, AwsFailure, NoHome, SettingsRefused: The text says why not.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminal("ledger rebuild")
    settings = load_settings()
    accounts = Accounts(sources_of(settings))
    desk = make_desk(settings, accounts)
    console = Console(soft_wrap=True, highlight=False, emoji=False)
    with console.status("reading every account and region"):
        remains = find_remains(accounts, desk, named, Deadline.after(settings.time_budget), unseen)
    for line in remains_lines(remains):
        console.print(line, markup=False)
    if not partial:
        check_whole(remains)
    console.print(f"To begin a ledger with this at {desk.ledger.place}, type: {_WORD}", markup=False)
    if console.input("> ", markup=False).strip() != _WORD:
        console.print("Nothing was written.", markup=False)
        return False
    for line in _written(rebuild(desk, remains, getpass.getuser()), desk.ledger.place):
        console.print(line, markup=False)
    return True


def remains_lines(remains: Remains) -> Iterator[str]:
    """What was found, for the person who decides."""
    yield from map(_line, remains.restored)
    ledgers = ", ".join(map(word, remains.ledgers))
    yield f"{len(remains.restored)} purchases of {ledgers} in {remains.world}, as AWS shows them."
    yield (
        "Forgotten are quotes, who said yes, why, and what AWS does not show any more. What was being bought, or of "
        "unknown outcome, when the ledger was lost may still appear: wait a day before the same is bought again."
    )
    if remains.restored:
        yield (
            "Fees are what the tags say, which whoever may tag reservations can change: hold them against AWS's bill."
        )
    for ledger, count in remains.others.items():
        yield (
            f"Not restored: {count} purchases of {word(ledger)}. They count and overlap as another ledger's; if "
            f"that was yours too, say also --ledger {word(ledger)}."
        )
    yield from (f"Note: {remark(each)}" for each in remains.odd)
    yield from (f"NOT READ: {remark(each)}" for each in remains.unread)


def _line(each: Restored) -> str:
    fee = total(each.deal)
    return f"{word(each.purchase_id)}  {each.state}  {fee}  {utc(each.bought)}  {each.deal.summary}"


def _written(book: Book, place: str) -> Iterator[str]:
    yield f"Ledger {book.ledger_id} begins with {len(book.purchases)} purchases: {place}"
    yield (
        "It has an id of its own, so that the lost one, should it turn up, is told from it. Whoever decides what the "
        f'policy says puts it there: ledger_id = "{book.ledger_id}". Until then a policy that names another refuses it.'
    )
    yield "Restart servers that run: they miss the lost one."
