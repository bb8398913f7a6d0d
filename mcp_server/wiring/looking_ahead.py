"""Reading what an agenda is made of: what is owned, what the tree names, and which groups use it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.clusters.asking import Unread as UnreadOfClusters
from mcp_server.clusters.costs import Money
from mcp_server.clusters.looking import Users, look_for_users
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.units import Unit
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRequest, OwnedRow, look_at_owned
from mcp_server.searching.holdings import HoldingPart, Unread
from mcp_server.searching.market import Progress
from mcp_server.wiring.agenda import Item, Known, Reach, agenda
from mcp_server.wiring.in_tree import places_in, taken_by_tags
from mcp_server.wiring.places import wired

_LISTED = frozenset({HoldingPart.RESERVATIONS, HoldingPart.PLANS})
"""Parts without which it is not known whether something is owned."""

_TOLD = _LISTED | {HoldingPart.EXTENSIONS}
"""Parts without which something would be missing in an agenda; use and health are not told."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be done, the soonest first, however far away. tree: there is one, so that units are told.

    unread and unread_clusters are what AWS did not tell; without the latter, more may use what is owned.
    """

    owned: OwnedAnswer
    items: tuple[Item, ...]
    tree: bool
    unread: tuple[Unread, ...]
    unread_clusters: tuple[UnreadOfClusters, ...]

    @property
    def whole(self) -> bool:
        """Whether all was read that was asked for."""
        return not (self.unread or self.unread_clusters or self.owned.account_failures)


def look_ahead(
    accounts: Accounts,
    request: OwnedRequest,
    book: Book,
    tree: LiveTree | None,
    deadline: Deadline,
    progress: Progress,
) -> Outlook:
    """Read what is owned, over or not, then the clusters where something is that is not over.

    Raises:
        UnknownAccount: An account that is not configured; nothing was asked of AWS.
        AwsFailure: No account can be read.
    """
    answer = look_at_owned(
        accounts, OwnedRequest(request.accounts, request.regions, over=True), book, deadline, progress
    )
    users = look_for_users(accounts, request.accounts, _regions(answer.rows), deadline)
    there = places_in(tree)
    entries = wired(there)
    holdings = tuple(each.holding for each in answer.rows)
    known = Known(
        now=answer.now,
        holdings=holdings,
        wired=entries,
        reach=_reach(tree, {each.unit for each in entries}, answer, request),
        users=users.by_capacity,
        all_clusters=_all_read(users, answer),
        tree=tree is not None,
        hourly=_hourly(answer.rows),
        by_tags=frozenset(taken_by_tags(there, (each.reservation for each in holdings))),
    )
    told = tuple(each for each in answer.unread if each.part in _TOLD)
    return Outlook(answer, agenda(known), tree is not None, told, users.unread)


def _regions(rows: Iterable[OwnedRow]) -> Sequence[str]:
    return sorted({each.holding.reservation.region for each in rows if not each.holding.reservation.state.over})


def _all_read(users: Users, answer: OwnedAnswer) -> bool:
    return users.whole and not answer.account_failures


def _hourly(rows: Iterable[OwnedRow]) -> Mapping[str, Money]:
    return {
        each.holding.reservation.id: Money(each.origin.hourly, each.origin.currency)
        for each in rows
        if each.origin.hourly and each.origin.currency
    }


def _reach(
    tree: LiveTree | None, paths: Iterable[str], answer: OwnedAnswer, request: OwnedRequest
) -> Mapping[str, Reach]:
    return {each: _reach_of(tree.by_path[each], answer, request) for each in paths} if tree else {}


def _reach_of(unit: Unit, answer: OwnedAnswer, request: OwnedRequest) -> Reach:
    """How far AWS was asked where a unit is: what a block shared with it is, is told there as well."""
    names = {name for name, number in answer.accounts if number == unit.account_id}
    if (request.accounts and not names) or (request.regions and unit.region not in request.regions):
        return Reach.NOT_ASKED
    sells = request.regions or frozenset[str]().union(*(each.regions for each in CATALOGUE.values()))
    failed = {(each.account_name, each.region) for each in answer.unread if each.part in _LISTED}
    read = any((name, unit.region) not in failed for name in names)
    return Reach.READ if read and unit.region in sells else Reach.UNREAD
