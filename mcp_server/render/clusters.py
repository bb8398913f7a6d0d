"""How clusters are, and what the capacity behind them does, as people and models read it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tabulate import tabulate

from mcp_server.aws.failures import FailureKind
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import UNKNOWN, sentence, word
from mcp_server.clusters.asking import Unread
from mcp_server.clusters.looking import ClustersAnswer
from mcp_server.clusters.model import Cluster, Group, User
from mcp_server.clusters.problems import Problem
from mcp_server.clusters.rules import BY_NAME
from mcp_server.clusters.status import Status
from mcp_server.render.moments import utc

ColumnsOfText = Mapping[str, Sequence[str]]
"""A table's values by the names of its columns, a value for each row."""
_HOISTED = ("account", "region", "kind")
_WHOM_TO_ALLOW = "Of what is denied ml-clusters doctor says what to allow to whom."
_SHORT = 32
_MOST_USERS = 3


def asked_of(answer: ClustersAnswer) -> str:
    """What was found, where and when."""
    status = answer.status
    accounts = ", ".join(name if name == number else f"{name} {number}" for name, number in answer.accounts)
    left_out = answer.total - len(status.clusters)
    of = f" of {answer.total}" if left_out else ""
    worst = f", the worst is {status.problems[0].severity}" if status.problems else ""
    found = f"{len(status.clusters)}{of} {_counted('cluster', answer.total)}, "
    found += f"{len(status.problems)} {_counted('problem', len(status.problems))}{worst}"
    found += f", {answer.milder} less severe left out" if answer.milder else ""
    found += "" if answer.whole else "; not everything could be read"
    account = _counted("account", len(answer.accounts))
    where = f"{status.places} {_counted('place', status.places)} of {account} {accounts}"
    return f"{found}; asked at {utc(status.now)} UTC in {where}."


def _counted(what: str, count: int) -> str:
    return what if count == 1 else f"{what}s"


def not_read(answer: ClustersAnswer) -> list[str]:
    """Accounts and operations that did not answer, and what to do where something is denied."""
    accounts = (f"account {each.name}: {each.failure}" for each in answer.account_failures)
    failures = [*(each.failure for each in answer.account_failures), *(each.failure for each in answer.status.unread)]
    denied = any(each and each.kind is FailureKind.DENIED for each in failures)
    return [*accounts, *unread_lines(answer.status.unread), *([_WHOM_TO_ALLOW] if denied else [])]


def cluster_table(clusters: Sequence[Cluster]) -> str:
    """Clusters in their order; what is the same in every row stands once above it."""
    return _table(cluster_columns(clusters), _HOISTED)


def cluster_columns(clusters: Sequence[Cluster]) -> ColumnsOfText:
    """The same by columns."""
    return {
        "cluster": [word(each.name) for each in clusters],
        "kind": [str(each.kind) for each in clusters],
        "account": [word(each.account_name, _SHORT) for each in clusters],
        "region": [word(each.region, _SHORT) for each in clusters],
        "version": [_known(each.version) for each in clusters],
        "state": [cluster_state(each) for each in clusters],
        "groups": [str(len(each.groups)) for each in clusters],
        "running": [running(each.groups) for each in clusters],
        "unit": [word(each.unit, 80) if each.unit else "" for each in clusters],
    }


def group_table(groups: Sequence[tuple[Cluster, Group]], names: Mapping[str, str]) -> str:
    """Groups of machines, with what is behind them. names are of capacity, by its ids and ARNs."""
    return _table(group_columns(groups, names), ("account", "region", "is"))


def group_columns(groups: Sequence[tuple[Cluster, Group]], names: Mapping[str, str]) -> ColumnsOfText:
    """The same by columns."""
    return {
        "group": [f"{word(cluster.name)}/{word(group.name)}" for cluster, group in groups],
        # Clusters of different places often have one name.
        "account": [word(cluster.account_name, _SHORT) for cluster, _ in groups],
        "region": [word(cluster.region, _SHORT) for cluster, _ in groups],
        "is": [str(group.kind) for _, group in groups],
        "type": [_known(group.instance_type) for _, group in groups],
        "state": [_known(group.words) for _, group in groups],
        "running": [running([group]) for _, group in groups],
        "at least": [_number(group.minimum) for _, group in groups],
        "capacity": [" ".join(word(names.get(each, each)) for each in group.capacity) for _, group in groups],
    }


def capacity_table(status: Status, reservations: Sequence[OwnedReservation]) -> str:
    """Blocks and plans, with the groups that use them; times are UTC."""
    return _table(capacity_columns(status, reservations), ())


def capacity_columns(status: Status, reservations: Sequence[OwnedReservation]) -> ColumnsOfText:
    """The same by columns."""
    return {
        "capacity": [word(each.name) for each in reservations],
        "what": [f"{each.count} x {word(each.instance_type, _SHORT)}" for each in reservations],
        "state": [word(each.words, _SHORT) for each in reservations],
        "zone id": [word(each.zone.id or UNKNOWN) for each in reservations],
        "start": [utc(each.start) for each in reservations],
        "usable end": [utc(each.usable_end) if each.usable_end else UNKNOWN for each in reservations],
        "used by": [used_by(status.used_by(each.id)) for each in reservations],
    }


def used_by(users: Sequence[User]) -> str:
    """The groups that something is behind, with how many of their machines run on it."""
    told = [
        f"{word(each.cluster.name)}/{word(each.group.name)}{'' if each.running is None else f' ({each.running})'}"
        for each in users[:_MOST_USERS]
    ]
    more = f" and {len(users) - _MOST_USERS} more" if len(users) > _MOST_USERS else ""
    return ", ".join(told) + more if told else "no group that was read"


def cluster_state(cluster: Cluster) -> str:
    """What it does, with AWS's own word where that says more."""
    plain = cluster.words.replace("_", " ").lower()
    return str(cluster.state) if str(cluster.state) == plain else f"{cluster.state} ({word(cluster.words, _SHORT)})"


def running(groups: Iterable[Group]) -> str:
    """How many machines run, of how many that are wanted, and how many of them are not healthy; ? is not known."""
    there = list(groups)
    unwell = sum(max(0, (each.running or 0) - each.healthy) for each in there if each.healthy is not None)
    # Nobody says of Karpenter's how many are wanted.
    wanted = _sum(each.wanted for each in there)
    told = f"{_sum(each.running for each in there)}{'' if wanted == '?' else f' of {wanted}'}"
    return f"{told}, {unwell} unwell" if unwell else told


def _sum(counts: Iterable[int | None]) -> str:
    known = list(counts)
    return "?" if None in known else str(sum(each or 0 for each in known))


def _known(text: str | None) -> str:
    return word(text, _SHORT) if text else ""


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


def names_of(status: Status) -> Mapping[str, str]:
    """What reservations and plans are called, by their ids and ARNs."""
    return {each.id: each.name for each in status.reservations}


def problem_groups(problems: Iterable[Problem]) -> list[tuple[Problem, ...]]:
    """Problems by rule and severity, in the order in which they come: the worst first."""
    found: dict[tuple[Severity, str], list[Problem]] = defaultdict(list)
    for each in problems:
        found[each.severity, each.rule].append(each)
    return [tuple(each) for each in found.values()]


def problem_lines(problems: Iterable[Problem], most: int) -> list[str]:
    """A line for each rule that has found something, at most so many: where, evidence, what it means, what to do."""
    return [_grouped_line(each) for each in problem_groups(problems)[:most]]


def _grouped_line(found: Sequence[Problem]) -> str:
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{problem_line(found[0])}{more}"


def problem_line(problem: Problem) -> str:
    """One problem: severity, rule, where, evidence, what it means, what to do."""
    return f"{problem.severity} {problem.rule}: {place(problem)}: {evidence(problem)}"


def evidence(problem: Problem) -> str:
    """What was seen, what that means, and the next step."""
    rule = BY_NAME.get(problem.rule)
    meaning = f" {rule.meaning}" if rule else ""
    return f"{problem.why}{meaning} {problem.do}"


def place(problem: Problem) -> str:
    """Where a problem is: account, region and cluster, or the capacity."""
    # Evidence of capacity that no cluster has names it.
    account = problem.cluster.account_name if problem.cluster else problem.account_name
    return " ".join(map(word, (account, problem.region, *([problem.cluster.name] if problem.cluster else []))))


def unread_lines(unread: Sequence[Unread]) -> list[str]:
    """What could not be read, by operation and why: it says nothing of what is there."""
    found: dict[tuple[str, str, object], list[Unread]] = defaultdict(list)
    for each in unread:
        # Of one reason AWS's words differ by what was asked about: the first of them stand for all.
        reason = each.failure and (each.failure.kind, each.failure.code)
        found[each.account_name, each.action, reason].append(each)
    return [
        sentence(f"account {word(name)}, {_some(map(_where, there))}: {action} not answered ({_why(there[0])})")
        for (name, action, _), there in found.items()
    ]


def _where(unread: Unread) -> str:
    return unread.region if unread.cluster is None else f"{unread.region}/{word(unread.cluster)}"


def _why(unread: Unread) -> str:
    return f"{unread.failure.kind}: {unread.failure}" if unread.failure else "no time left"


def _some(names: Iterable[str]) -> str:
    once = list(dict.fromkeys(names))
    more = f" and {len(once) - _MOST_USERS} more" if len(once) > _MOST_USERS else ""
    return ", ".join(once[:_MOST_USERS]) + more


def urgent_first(status: Status) -> list[tuple[Cluster, Group]]:
    """All groups: those that have the worst problems first, then those that lack machines, then by their names."""
    worst: dict[tuple[str, str | None], int] = {}
    for each in status.problems:
        for key in each.groups:
            worst[key] = min(worst.get(key, each.severity.rank), each.severity.rank)
    groups = [(cluster, group) for cluster in status.clusters for group in cluster.groups]
    none = len(Severity)
    return sorted(
        groups, key=lambda each: (worst.get((each[0].id, each[1].name), none), not each[1].missing, each[0].id)
    )


def shown_capacity(status: Status) -> list[OwnedReservation]:
    """What is owned and not over, by when its machines stop."""
    never = datetime.max.replace(tzinfo=status.now.tzinfo)
    current = [each for each in status.reservations if not each.state.over]
    return sorted(current, key=lambda each: (each.usable_end or never, each.id))


def _table(columns: ColumnsOfText, hoisted: Sequence[str]) -> str:
    constant = {name: columns[name][0] for name in hoisted if len(set(columns[name])) == 1 and columns[name][0]}
    shown = {name: values for name, values in columns.items() if name not in constant and any(values)}
    table = tabulate(shown, headers="keys", tablefmt="plain", disable_numparse=True)
    above = ", ".join(f"{name} {value}" for name, value in constant.items())
    return f"{above[0].upper()}{above[1:]}\n{table}" if above else table
