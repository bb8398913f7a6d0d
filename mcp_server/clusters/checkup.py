"""Whether everything that the status of clusters reads may be read: it is read once, as for the status."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.permissions import READS, action_of
from mcp_server.clusters.asking import Unread
from mcp_server.clusters.model import Cluster, ClusterKind
from mcp_server.clusters.status import read_clusters, tree_regions
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.searching.findings import OUT_OF_TIME, Finding, Verdict, mend, said
from mcp_server.searching.readers import Reader

_TRIED_OF_ACCOUNTS = {action_of(each) for each in READS}
"""What is tried for capacity is not said again."""


def examine_clusters(readers: Sequence[Reader], tree: LiveTree | None, deadline: Deadline) -> Iterator[Finding]:
    """What could be read of each account's clusters, and of what could not be which operation is to be allowed."""
    regions_of = tree_regions(tree)
    clusters, unread = read_clusters(readers, regions_of, deadline)
    for reader in readers:
        missing = [each for each in unread if each.account_name == reader.name]
        yield from _missing(reader, [each for each in missing if each.action not in _TRIED_OF_ACCOUNTS])
        if not missing:
            theirs = [each for each in clusters if each.account == reader.identity.account]
            yield Finding(Verdict.GOOD, _subject(reader), _told(theirs, regions_of(reader)))


def _missing(reader: Reader, unread: Sequence[Unread]) -> Iterator[Finding]:
    """Operations that were not answered, each once, with where that was."""
    reasons: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for each in unread:
        why, fix = _why(each.failure, each.action, reader)
        reasons[each.action, why, fix].append(each.region)
    for (action, why, fix), regions in reasons.items():
        where = ", ".join(dict.fromkeys(regions))
        yield Finding(Verdict.BAD, _subject(reader), f"{action} in {where}: {why}", fix)


def _why(failure: AwsFailure | None, action: str, reader: Reader) -> tuple[str, str]:
    if failure is None:
        return "no answer in time", OUT_OF_TIME
    return said(failure), mend(failure, action, reader.identity.arn)


def _told(clusters: Sequence[Cluster], regions: Sequence[str]) -> str:
    """How many of each kind were found: of a kind that is not there only its list was asked for."""
    counts = Counter(each.kind for each in clusters)
    found = ", ".join(f"{counts[kind]} of {kind}" for kind in ClusterKind)
    return f"clusters found in {', '.join(regions)}: {found}; what reads one of a kind is tried only where there is one"


def _subject(reader: Reader) -> str:
    return f"clusters {reader.name}"
