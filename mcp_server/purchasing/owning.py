"""Everything that is owned, with who bought it and what is wrong: one answer from AWS and the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import ReservationState
from mcp_server.capacity.payments import extension_payment_deadline, last_moment_to_pay, payment_deadline
from mcp_server.capacity.troubles import Trouble, TroubleKind, troubles
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.provenance import Provenance, provenances
from mcp_server.searching.holdings import Unread, read_holdings
from mcp_server.searching.market import Progress
from mcp_server.searching.owned import selling_regions
from mcp_server.searching.readers import AccountFailure, choose_readers

REMEMBERED = timedelta(days=3)
"""How long what is over is still shown unasked, so that a failed payment is not overlooked."""


@dataclass(frozen=True, slots=True)
class OwnedRow:
    """One reservation, where it comes from, and what is wrong with it."""

    holding: Holding
    origin: Provenance
    troubles: tuple[Trouble, ...]

    @property
    def pending(self) -> bool:
        """Whether a payment of it is waited for."""
        dues = (extension_payment_deadline(each) for each in self.holding.extensions)
        return payment_deadline(self.holding.reservation) is not None or any(dues)

    @property
    def notable(self) -> bool:
        """Whether there is something wrong with it, or soon due."""
        return bool(self.troubles or self.origin.remarks) or self.pending


@dataclass(frozen=True, slots=True)
class OwnedAnswer:
    """What is owned now, by start. accounts pairs the name of each account read with its number. now is UTC.

    ended counts reservations that are over and were not asked for. regions counts the places read.
    """

    now: datetime
    simulated: bool
    accounts: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]
    rows: tuple[OwnedRow, ...]
    ended: int
    regions: int
    unread: tuple[Unread, ...]
    account_failures: tuple[AccountFailure, ...]


@dataclass(frozen=True, slots=True)
class OwnedRequest:
    """What to look at: nothing named means everything. over: also what has ended or failed, however long ago."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    over: bool = False


def look_at_owned(
    accounts: Accounts, request: OwnedRequest, book: Book, deadline: Deadline, progress: Progress
) -> OwnedAnswer:
    """Read everything that the accounts have, and say where it comes from and what is wrong.

    Raises:
        UnknownAccount: An account that is not configured; nothing was asked of AWS.
        AwsFailure: No account can be read.
    """
    readers = choose_readers(accounts, request.accounts, deadline)
    if not readers.working:
        raise readers.failures[0].failure
    read = read_holdings(readers.working, lambda reader: request.regions or selling_regions(reader), deadline, progress)
    now = max(each.now for each in readers.working)
    rows = owned_rows(read.holdings, book, now, over=request.over)
    return OwnedAnswer(
        now=now,
        simulated=readers.simulated,
        accounts=tuple((each.name, each.identity.account) for each in readers.working),
        notices=readers.notices,
        rows=rows,
        ended=len(read.holdings) - len(rows),
        regions=read.regions,
        unread=read.unread,
        account_failures=readers.failures,
    )


def owned_rows(holdings: Sequence[Holding], book: Book, now: datetime, *, over: bool = False) -> tuple[OwnedRow, ...]:
    """Where each comes from and what is wrong with it; over: also of what has been over for a while. now is UTC."""
    origins = provenances(holdings, book)
    dated = (_dated(each, origins[each.reservation.id]) for each in holdings)
    return tuple(
        OwnedRow(each, origins[each.reservation.id], troubles(each, now))
        for each in dated
        if over or not _is_past(each, now)
    )


def most_urgent(answer: OwnedAnswer, most: int) -> tuple[OwnedRow, ...]:
    """At most so many rows: those with something wrong, the worst first, those to be paid, then the others by start.

    What has been over for a while comes last: nothing can be done about it any more.
    """
    return tuple(sorted(answer.rows, key=lambda each: (_is_past(each.holding, answer.now), _urgency(each)))[:most])


def _urgency(row: OwnedRow) -> int:
    order = list(TroubleKind)
    found = [order.index(each.kind) for each in row.troubles]
    if row.origin.remarks:
        # What was not bought as quoted is looked at after what is lost or not paid, and before what merely runs ill.
        found.append(order.index(TroubleKind.INTERCONNECT))
    return min(found, default=len(order) + (not row.pending))


def _dated(holding: Holding, origin: Provenance) -> Holding:
    """A holding with when it was bought, also where AWS does not tell it: until when it is to be paid depends on it."""
    return replace(holding, reservation=replace(holding.reservation, created=origin.bought))


def _is_past(holding: Holding, now: datetime) -> bool:
    """Whether it is over, and has been for a while."""
    reservation = holding.reservation
    if not reservation.state.over:
        return False
    # What failed otherwise than by its payment tells no time: it is shown until its end would have passed.
    unpaid = reservation.state is ReservationState.PAYMENT_FAILED
    since = last_moment_to_pay(reservation) if unpaid else reservation.end
    return since is not None and now - since > REMEMBERED
