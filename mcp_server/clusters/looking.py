"""Looking at the clusters of chosen accounts, with what the ledger knows of the capacity behind them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.capacity.refusals import UnknownWord
from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import typed, word
from mcp_server.clusters.asking import Unread
from mcp_server.clusters.costs import Money
from mcp_server.clusters.model import Cluster, ClusterKind, User, users
from mcp_server.clusters.problems import Problem
from mcp_server.clusters.status import Status, read_clusters, read_status, tree_regions
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.owning import OwnedAnswer, owned_rows
from mcp_server.purchasing.provenance import provenances
from mcp_server.searching.holdings import HoldingPart
from mcp_server.searching.holdings import Unread as UnreadPart
from mcp_server.searching.market import Progress
from mcp_server.searching.readers import AccountFailure, Reader, choose_readers

_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class ClustersRequest:
    """What to look at: nothing named means everything. names are of clusters or parts of such names.

    severity leaves out what is less bad, and no cluster.
    """

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    kinds: frozenset[ClusterKind] = frozenset()
    names: tuple[str, ...] = ()
    severity: Severity | None = None

    @property
    def narrows(self) -> bool:
        """Whether it leaves clusters out of what was read."""
        return bool(self.kinds or self.names)


def kinds_of(words: Sequence[str]) -> frozenset[ClusterKind]:
    """The kinds of these names, however they are capitalised.

    Raises:
        UnknownWord: There is none of a name.
    """
    known = {each.lower(): each for each in ClusterKind}
    unknown = next((each for each in words if each.strip().lower() not in known), None)
    if unknown is not None:
        raise UnknownWord(unknown, "kind of cluster", list(ClusterKind))
    return frozenset(known[each.strip().lower()] for each in words)


@dataclass(frozen=True, slots=True)
class ClustersAnswer:
    """How the clusters are. accounts pairs the name of each account read with its number; regions are those read.

    total counts the clusters that were read, before kinds and names left some out; milder the problems that severity
    left out. strange are the names that no cluster has, of those of the kinds that were asked for.
    """

    status: Status
    simulated: bool
    accounts: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]
    account_failures: tuple[AccountFailure, ...]
    total: int
    milder: int = 0
    strange: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all was read that was asked for."""
        return not (self.status.unread or self.account_failures)


def look_at_clusters(
    accounts: Accounts,
    request: ClustersRequest,
    book: Book,
    tree: LiveTree | None,
    deadline: Deadline,
    progress: Progress,
) -> ClustersAnswer:
    """Read the clusters of the accounts, and what is owned, and say what is wrong.

    Where no region is named, those of the tree are read, and without one all that sell capacity.

    Raises:
        UnknownAccount: An account that is not configured; nothing was asked of AWS.
        AwsFailure: No account can be read.
    """
    readers = choose_readers(accounts, request.accounts, deadline)
    if not readers.working:
        raise readers.failures[0].failure

    def regions_of(reader: Reader) -> Sequence[str]:
        return request.regions or in_tree(reader)

    in_tree = tree_regions(tree)
    status = read_status(readers.working, regions_of, deadline, progress, tree, partial(_costs, book))
    told = _narrowed(status, request)
    strange = tuple(each for each in request.names if not any(_is_called(one, each) for one in told.clusters))
    return ClustersAnswer(
        _severe(told, request.severity),
        readers.simulated,
        tuple((each.name, each.identity.account) for each in readers.working),
        (*readers.notices, *_corrections(strange, status, request)),
        readers.failures,
        len(status.clusters),
        sum(not _is_severe(each, request.severity) for each in told.problems),
        strange,
    )


@dataclass(frozen=True, slots=True)
class Users:
    """Which groups use what, by the ids of reservations and plans, and what could not be read of clusters.

    account_failures are accounts of which nothing could be.
    """

    by_capacity: Mapping[str, tuple[User, ...]] = field(default_factory=dict[str, tuple[User, ...]])
    unread: tuple[Unread, ...] = ()
    account_failures: tuple[AccountFailure, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all was read: no others use it then."""
        return not (self.unread or self.account_failures)


def look_for_users(accounts: Accounts, names: Sequence[str], regions: Sequence[str], deadline: Deadline) -> Users:
    """Who uses the capacity of these accounts in these regions; nobody is asked where there are none."""
    if not regions:
        return Users()
    readers = choose_readers(accounts, names, deadline)
    clusters, unread = read_clusters(readers.working, lambda _: regions, deadline)
    return Users(users(clusters), unread, readers.failures)


_PARTS = {
    "ec2:DescribeCapacityReservations": HoldingPart.RESERVATIONS,
    "ec2:DescribeCapacityBlockExtensionHistory": HoldingPart.EXTENSIONS,
    "sagemaker:ListTrainingPlans": HoldingPart.PLANS,
    "sagemaker:DescribeTrainingPlanExtensionHistory": HoldingPart.EXTENSIONS,
}


def owned_in(answer: ClustersAnswer, book: Book) -> OwnedAnswer:
    """What is owned, as it was read for an answer: without use, health, and the tags of plans; AWS is not asked."""
    status = answer.status
    holdings = _holdings(status.reservations, status.extensions)
    rows = owned_rows(holdings, book, status.now)
    unread = (
        UnreadPart(each.account_name, each.region, _PARTS[each.action], each.failure)
        for each in status.unread
        if each.action in _PARTS
    )
    return OwnedAnswer(
        now=status.now,
        simulated=answer.simulated,
        accounts=answer.accounts,
        notices=answer.notices,
        rows=rows,
        ended=len(holdings) - len(rows),
        regions=status.places,
        unread=tuple(unread),
        account_failures=answer.account_failures,
    )


def _holdings(reservations: Sequence[OwnedReservation], extensions: Sequence[OwnedExtension]) -> list[Holding]:
    of: dict[str, list[OwnedExtension]] = defaultdict(list)
    for each in sorted(extensions, key=lambda each: each.purchased):
        of[each.reservation_id].append(each)
    return [Holding(each, tuple(of[each.id])) for each in reservations]


def _costs(
    book: Book, reservations: Sequence[OwnedReservation], extensions: Sequence[OwnedExtension]
) -> Mapping[str, Money]:
    origins = provenances(_holdings(reservations, extensions), book)
    return {name: Money(each.hourly, each.currency) for name, each in origins.items() if each.hourly and each.currency}


def _narrowed(status: Status, request: ClustersRequest) -> Status:
    clusters = tuple(each for each in status.clusters if _is_wanted(each, request))
    kept = {each.id for each in clusters}
    problems = tuple(told for each in status.problems if (told := _told(each, kept, request)))
    told = replace(status, clusters=clusters, problems=problems)
    # Of capacity behind clusters that are left out it would look as if nobody used it.
    theirs = (each for each in status.reservations if not request.narrows or told.used_by(each.id))
    return replace(told, reservations=tuple(theirs))


def _is_wanted(cluster: Cluster, request: ClustersRequest) -> bool:
    named = not request.names or any(_is_called(cluster, each) for each in request.names)
    return named and (not request.kinds or cluster.kind in request.kinds)


def _is_called(cluster: Cluster, name: str) -> bool:
    return name.lower() in cluster.name.lower()


def _told(problem: Problem, kept: set[str], request: ClustersRequest) -> Problem | None:
    """A problem as it is told of the clusters that are kept; None where it is not theirs."""
    if problem.cluster is None:
        # Capacity that no cluster has is nobody's who was asked for.
        return None if request.narrows else problem
    if problem.cluster.id in kept:
        return problem
    user = next((each for each in problem.others if each.cluster.id in kept), None)
    return user and replace(problem, cluster=user.cluster, group=user.group.name)


def _severe(status: Status, severity: Severity | None) -> Status:
    return replace(status, problems=tuple(each for each in status.problems if _is_severe(each, severity)))


def _is_severe(problem: Problem, severity: Severity | None) -> bool:
    return severity is None or problem.severity.at_least(severity)


def _corrections(strange: Sequence[str], status: Status, request: ClustersRequest) -> Iterable[str]:
    """What is said of each name that no cluster has."""
    kinds = " or ".join(each for each in ClusterKind if each in request.kinds)
    kinds = f"{kinds} " if kinds else ""
    there = [each.name for each in status.clusters if not request.kinds or each.kind in request.kinds]
    names = ", ".join(word(each) for each in sorted(set(there))[:_MOST_NAMES]) or "none"
    more = len(set(there)) - _MOST_NAMES
    others = f" and {more} more" if more > 0 else ""
    for each in strange:
        yield f"No {kinds}cluster that was read has {typed(each)} in its name: there are {names}{others}."
