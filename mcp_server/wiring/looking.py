"""Finding owned capacity by whatever it is called, with who uses it."""

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed, word
from mcp_server.clusters.looking import look_for_users
from mcp_server.clusters.model import User
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRequest, OwnedRow, look_at_owned
from mcp_server.searching.market import Progress
from mcp_server.searching.owned import SeveralReservations


class NotOwned(RequestRefused):
    """Nothing that was read is called so. unread says where could not be looked, in words; empty: everywhere was."""

    def __init__(self, asked: str, answer: OwnedAnswer, unread: Sequence[str]) -> None:
        self.asked, self.unread = asked, tuple(unread)
        read = f"{answer.regions} region{'s' * (answer.regions != 1)} of {len(answer.accounts)} account"
        super().__init__(
            f"No reservation, block, plan or purchase {typed(asked)} is owned in the {read}"
            f"{'s' * (len(answer.accounts) != 1)} that were read."
            + (
                f" It may be where AWS could not be asked: {'; '.join(self.unread)}."
                if unread
                else " list_capacity shows what is, with over also what has ended."
            )
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of owned capacity. row is None where nothing that was read has the name.

    users are the groups that use it, None where there are none among the clusters that were read and all_clusters,
    whether that was all of them, is not so.
    """

    answer: OwnedAnswer
    row: OwnedRow | None
    users: tuple[User, ...] | None
    all_clusters: bool = False


def look_for(
    wanted: str, accounts: Accounts, near: Sequence[str], book: Book, deadline: Deadline, progress: Progress
) -> Sight:
    """Find what has this id, name or purchase id among all that is owned, also what is over.

    near are regions that are read first: only if it is in none of them, all that sell capacity are.

    Raises:
        UnknownAccount: An account is not configured.
        AwsFailure: No account can be read.
        SeveralReservations: A block or purchase of several.
    """
    sight = _look(wanted, accounts, tuple(near), book, deadline, progress) if near else None
    return sight if sight and sight.row else _look(wanted, accounts, (), book, deadline, progress)


def _look(
    wanted: str, accounts: Accounts, regions: tuple[str, ...], book: Book, deadline: Deadline, progress: Progress
) -> Sight:
    answer = look_at_owned(accounts, OwnedRequest(regions=regions, over=True), book, deadline, progress)
    row = _only(answer.rows, wanted)
    if row is None:
        return Sight(answer, None, None)
    reservation = row.holding.reservation
    found = look_for_users(accounts, (), [reservation.region], deadline)
    users = found.by_capacity.get(reservation.id, ())
    return Sight(answer, row, users if users or found.whole else None, found.whole)


def unread_of(answer: OwnedAnswer) -> list[str]:
    """Where could not be looked, a few words each."""
    accounts = [f"account {word(each.name)} ({each.failure.kind})" for each in answer.account_failures]
    places = {f"{word(each.account_name)} {each.region}" for each in answer.unread}
    return [*accounts, *sorted(places)]


def _only(rows: Sequence[OwnedRow], wanted: str) -> OwnedRow | None:
    found = [each for each in rows if wanted in _names(each)]
    if len(found) > 1:
        raise SeveralReservations(wanted, tuple(each.holding.reservation.id for each in found))
    return found[0] if found else None


def _names(row: OwnedRow) -> set[str]:
    reservation = row.holding.reservation
    plan = reservation.plan.name if reservation.plan else None
    return {each for each in (reservation.id, reservation.block_id, plan, row.origin.purchase_id) if each}
