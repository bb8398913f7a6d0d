"""Following every purchase until it is paid, failed or over, for whoever is not there to ask."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from mcp_server.aws.failures import AwsFailure
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.chain import BrokenChain
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.reconciling import look
from mcp_server.purchasing.refusals import SpendingRefused
from mcp_server.purchasing.troubles import Trouble, troubles_of
from mcp_server.purchasing.verification import UnreadableEntry, check_chain


class Verdict(IntEnum):
    """How a look ended, as a command's exit code. 2 is that of a command typed wrong."""

    WELL = 0
    TROUBLE = 1
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Watched:
    """A purchase that is open, changed in this look, or in trouble."""

    purchase: Purchase
    changed: bool
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """One look. failures are sentences: what could not be looked at, or why the ledger cannot be used.

    suspects are as in Looked; purchases counts all that there are.
    """

    watched: tuple[Watched, ...] = ()
    suspects: tuple[tuple[str, tuple[str, ...]], ...] = ()
    failures: tuple[str, ...] = ()
    purchases: int = 0

    @property
    def settled(self) -> bool:
        """Whether nothing is left whose outcome or payment is open, as far as could be looked."""
        return not self.failures and not any(each.purchase.state.open for each in self.watched)

    @property
    def verdict(self) -> Verdict:
        """Trouble, before what nobody knows, before all is well."""
        troubles = {trouble for each in self.watched for trouble in each.troubles}
        if self.failures or troubles - {Trouble.UNKNOWN}:
            return Verdict.TROUBLE
        return Verdict.UNKNOWN if troubles else Verdict.WELL


def watch(desk: Desk, lasting: timedelta) -> Watch:
    """Verify the ledger, look in AWS for what may still change, and tell what is open, has changed or is in trouble.

    What is final (a failed purchase, one that differs from its quote) is trouble until lasting has passed since its
    state changed, and in any case in the look that finds it: whoever watches is not to be told for ever. What is told
    here is not marked as told: nobody may be reading.
    """
    try:
        # Every hash, also of entries that this process has no need to read.
        check_chain(desk.ledger.links())
        before = desk.ledger.read().purchases
        looked = look(desk)
    except (LedgerRefused, BrokenChain, UnreadableEntry) as refusal:
        return Watch(failures=(str(refusal),))
    watched: list[Watched] = []
    for each in looked.book.purchases.values():
        changed = before.get(each.id) != each
        # AWS's time has whole seconds, and may lie before a change that has just been written.
        now = max(looked.now or _time(desk, each), each.changed)
        recent = changed or now - each.changed < lasting
        troubles = tuple(one for one in troubles_of(each, now) if recent or not one.final)
        if each.state.open or changed or troubles:
            watched.append(Watched(each, changed, troubles))
    return Watch(tuple(watched), tuple(looked.suspects.items()), looked.failures, len(looked.book.purchases))


def _time(desk: Desk, purchase: Purchase) -> datetime:
    """AWS's time where something was bought, or this machine's if that is not to be had: no spending hangs on it."""
    try:
        return desk.seller(purchase.deal.account, purchase.deal.region).now
    except (AwsFailure, SpendingRefused):
        return datetime.now(UTC)
