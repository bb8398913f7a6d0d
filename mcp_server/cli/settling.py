"""ledger settle: a person says in a terminal what became of a purchase of unknown outcome."""

import getpass
import sys

from rich.console import Console

from mcp_server.aws.accounts import Accounts
from mcp_server.cli.approving import NoTerminal
from mcp_server.opening import make_desk, sources_of
from mcp_server.purchasing.settling import check_bought, check_not_bought, settle_bought, settle_not_bought, unsettled
from mcp_server.render.purchases import purchase_sentence, suspect_lines
from mcp_server.settings import load_settings

_NOT_BOUGHT = "not bought"


def settle(purchase_id: str, bought: str | None) -> bool:
    """Look for the purchase in AWS once more, show it, and settle it as the person types. Whether it is settled.

    bought is the id of the reservation (or of the extension's offering) that it is; None for not bought.

    Raises:
        NoTerminal: Nobody is there who could type.
        SpendingRefused, LedgerRefused, NoHome, SettingsRefused: It is not settled; the text says why.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminal("ledger settle")
    settings = load_settings()
    desk = make_desk(settings, Accounts(sources_of(settings)))
    console = Console(soft_wrap=True, highlight=False, emoji=False)
    purchase, looked = unsettled(desk, purchase_id)
    for line in (purchase_sentence(purchase), *suspect_lines(looked.suspects)):
        console.print(line, markup=False)
    if bought:
        check_bought(desk, purchase_id, bought)
    else:
        check_not_bought(desk, purchase_id)
    wanted = bought or _NOT_BOUGHT
    console.print(_question(wanted, bought), markup=False)
    try:
        typed = console.input("> ", markup=False).strip()
    except (EOFError, KeyboardInterrupt):
        typed = ""
    if typed != wanted:
        console.print("It stays unknown: nothing was changed.", markup=False)
        return False
    who = getpass.getuser()
    if bought:
        book = settle_bought(desk, purchase_id, bought, who)
    else:
        book = settle_not_bought(desk, purchase_id, who, "said so in a terminal")
    console.print(purchase_sentence(book.purchases[purchase_id]), markup=False)
    return True


def _question(wanted: str, bought: str | None) -> str:
    if bought:
        return f"If {bought} is this purchase, type {wanted}; anything else leaves it unknown."
    return (
        "AWS does not show it. If you have made sure, with AWS or in the bill, that it was not bought, type: "
        f"{wanted}. Its fee then no longer counts, and the same may be bought again. It is still watched."
    )
