"""The answer of cluster_status. Imported when it is first asked: it loads every rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel

from mcp_server.capacity.issues import Issue
from mcp_server.capacity.words import quoted, sentence, word
from mcp_server.clusters.looking import ClustersAnswer
from mcp_server.clusters.model import Cluster, Group
from mcp_server.clusters.problems import Problem
from mcp_server.render.clusters import (
    asked_of,
    capacity_table,
    cluster_table,
    evidence,
    group_table,
    names_of,
    not_read,
    problem_groups,
    problem_lines,
    shown_capacity,
    urgent_first,
)
from mcp_server.render.offerings import SIMULATED
from mcp_server.render.sections import sections
from mcp_server.tools.cluster_results import ClustersResult, GroupDetails, ProblemDetails, UnwellNode

GROUPS_ON_A_PAGE = 10
MOST_NODES = 10
MOST_CHARACTERS = 38_000
_ROOM_FOR_PAGES = 200
"""Characters in which it is said which page it is."""
MANY_GROUPS = 20
"""From so many on a world is large: whoever looks at it narrows it anyway, and its concise answer is shorter."""
_OF_MANY = 4_300
"""Characters of its concise answer: of 1,500 tokens, of which ids in tables need more than words."""


@dataclass(frozen=True, slots=True)
class _Room:
    """How many rules that have found something, clusters, and blocks and plans the first page has."""

    problems: int
    clusters: int
    capacity: int


_ROOMS = (
    _Room(7, 10, 6),
    _Room(6, 9, 5),
    _Room(5, 8, 4),
    _Room(4, 6, 3),
    _Room(3, 4, 2),
    _Room(2, 2, 1),
    _Room(1, 1, 0),
)
"""The largest first. The worst problem has room in each."""


def clusters_result(answer: ClustersAnswer, *, page: int, detailed: bool) -> ClustersResult:
    """The result of an answer. The first page alone has clusters and capacity; problems come before groups."""
    if detailed:
        return _detailed(answer, page)
    groups = urgent_first(answer.status)
    if len(groups) < MANY_GROUPS:
        return _result(answer, groups, page, _ROOMS[0])
    results = (_result(answer, groups, page, room) for room in _ROOMS[:-1])
    fitting = next((each for each in results if page != 1 or _length(each) <= _OF_MANY), None)
    return fitting or _result(answer, groups, page, _ROOMS[-1])


def _detailed(answer: ClustersAnswer, page: int) -> ClustersResult:
    """Every field of problems and groups, over as many pages as they need: each has what clients pass on whole."""
    groups = urgent_first(answer.status)
    rows = [*map(_problem, answer.status.problems), *(_group(*each) for each in groups)]
    # Groups have rows of their own here, and no table.
    first, following = (_result(answer, (), number, _ROOMS[0]) for number in (1, 2))
    first.problems = []
    pages = _packed(rows, MOST_CHARACTERS - _length(first), MOST_CHARACTERS - _length(following))
    shown = pages[page - 1] if page <= len(pages) else []
    result = first if page == 1 else following
    result.problem_details = [each for each in shown if isinstance(each, ProblemDetails)]
    result.details = [each for each in shown if isinstance(each, GroupDetails)]
    told = _pages(f"{len(answer.status.problems)} problems, then {len(groups)} groups", page, len(pages))
    result.cut = " ".join([*(_cut_of_tables(answer, _ROOMS[0]) if page == 1 else ()), *told]) or None
    return result


def _packed(rows: Sequence[BaseModel], first: int, following: int) -> list[list[BaseModel]]:
    """Rows by pages, each of at most so many characters, but of one row at least."""
    pages: list[list[BaseModel]] = [[]]
    left = first - _ROOM_FOR_PAGES
    for each in rows:
        length = _length(each) + 1
        if pages[-1] and length > left:
            pages.append([])
            left = following - _ROOM_FOR_PAGES
        pages[-1].append(each)
        left -= length
    return pages


def _result(answer: ClustersAnswer, groups: Sequence[tuple[Cluster, Group]], page: int, room: _Room) -> ClustersResult:
    status, first = answer.status, page == 1
    shown = groups[(page - 1) * GROUPS_ON_A_PAGE : page * GROUPS_ON_A_PAGE]
    capacity = shown_capacity(status)[: room.capacity] if first else []
    clusters = status.clusters[: room.clusters] if first else ()
    cut = [*(_cut(answer, room) if first else ()), *_pages_of_groups(len(groups), page)]
    return ClustersResult(
        notices=[*([SIMULATED] if answer.simulated else []), *answer.notices],
        asked=asked_of(answer),
        problems=problem_lines(status.problems, room.problems) if first else [],
        clusters=cluster_table(clusters) if clusters else None,
        capacity=capacity_table(status, capacity) if capacity else None,
        groups=group_table(shown, names_of(status)) if shown else None,
        cut=" ".join(cut) or None,
        not_read=not_read(answer) if first else [],
    )


def clusters_text(result: ClustersResult) -> str:
    """The same for people."""
    parts = [*result.notices, result.asked]
    parts += sections((("What is wrong, the worst first", result.problems or _lines(result.problem_details)),))
    parts += [each for each in (result.clusters, result.capacity, result.groups) if each]
    parts += sections((("Groups of machines", [_group_line(each) for each in result.details]),))
    parts += [result.cut] if result.cut else []
    parts += sections((("Not read (none of it means that all is well)", result.not_read),))
    return "\n\n".join(parts)


def _lines(problems: Sequence[ProblemDetails]) -> list[str]:
    return [f"{each.severity} {each.rule}: {each.cluster or each.region}: {each.evidence}" for each in problems]


def _group_line(group: GroupDetails) -> str:
    """Every field of a group, but those that have nothing to say."""
    counts = ("wanted", "running", "healthy", "minimum", "maximum")
    told = {name: count for name in counts if (count := getattr(group, name)) is not None}
    facts = [
        *([group.instance_type] if group.instance_type else []),
        f"{group.state} ({group.as_aws_says})",
        *(f"{name} {count}" for name, count in told.items()),
        *_listed("zones", group.zone_ids),
        *_listed("capacity", group.capacity),
        *_listed("running on", [f"{each} ({count})" for each, count in group.running_on.items()]),
        *_listed("replaced", group.replaced),
    ]
    lines = [f"{group.cluster}/{group.name}, {group.kind} in {group.account} {group.region}: {', '.join(facts)}."]
    lines += [sentence(f"AWS: {each}") for each in group.untrusted_issues]
    lines += [f"Unwell: {_unwell(each)}" for each in group.unwell]
    return " ".join(lines)


def _listed(what: str, values: Sequence[str]) -> list[str]:
    return [f"{what} {' '.join(values)}"] if values else []


def _unwell(node: UnwellNode) -> str:
    facts = [f"{node.state} ({node.as_aws_says})", *filter(None, (node.reservation_id, node.zone_id))]
    # A message of which nothing can be shown is one all the same.
    said = node.untrusted_message
    return f"{node.id}, {', '.join(facts)}." + ("" if said is None else f" AWS: {sentence(quoted(said))}")


def _cut(answer: ClustersAnswer, room: _Room) -> Iterator[str]:
    rules = len(problem_groups(answer.status.problems)) - room.problems
    if rules > 0:
        what = f"{rules} more rule{'s' if rules > 1 else ''} found something no worse"
        yield f"{what}: narrow by clusters or kinds, or ask for response_format=detailed."
    yield from _cut_of_tables(answer, room)


def _cut_of_tables(answer: ClustersAnswer, room: _Room) -> Iterator[str]:
    status = answer.status
    clusters, capacity = len(status.clusters) - room.clusters, len(shown_capacity(status)) - room.capacity
    if clusters > 0:
        yield f"{clusters} more clusters are left out: narrow by accounts, regions, kinds or clusters."
    if capacity > 0:
        yield f"{capacity} more blocks and plans: see list_capacity."


def _pages_of_groups(groups: int, page: int) -> Iterator[str]:
    return _pages(f"{groups} groups", page, -(-groups // GROUPS_ON_A_PAGE))


def _pages(told: str, page: int, pages: int) -> Iterator[str]:
    if page > max(pages, 1):
        yield f"There is no page {page}: the last is {pages or 1}."
    elif pages > 1:
        following = f"; page={page + 1} shows more" if page < pages else ""
        yield f"Page {page} of {pages}, {told}{following}."


def _length(result: BaseModel) -> int:
    return len(result.model_dump_json(exclude_defaults=True))


def _problem(problem: Problem) -> ProblemDetails:
    return ProblemDetails(
        severity=problem.severity,
        rule=problem.rule,
        account=problem.account,
        region=problem.region,
        cluster=problem.cluster.name if problem.cluster else None,
        group=problem.group,
        capacity=problem.capacity,
        evidence=evidence(problem),
        until=problem.until,
        machines=problem.machines,
        hourly=problem.hourly.amount.quantize(Decimal("0.0001")) if problem.hourly else None,
        currency=problem.hourly.currency if problem.hourly else None,
    )


def _issue(issue: Issue) -> str:
    # Together they fit into what a field of other people's words has.
    code = word(issue.code, 80)
    return f"{code}: {quoted(issue.untrusted_message, 200)}" if issue.untrusted_message else code


def _group(cluster: Cluster, group: Group) -> GroupDetails:
    return GroupDetails(
        cluster=cluster.name,
        account=cluster.account,
        region=cluster.region,
        name=group.name,
        kind=group.kind,
        state=group.state,
        as_aws_says=group.words,
        wanted=group.wanted,
        running=group.running,
        healthy=group.healthy,
        minimum=group.minimum,
        maximum=group.maximum,
        instance_type=group.instance_type,
        zone_ids=list(group.zone_ids),
        capacity=list(group.capacity),
        running_on=dict(group.on or ()),
        untrusted_issues=list(map(_issue, group.issues)),
        unwell=[
            UnwellNode(
                id=each.id,
                state=each.state,
                as_aws_says=each.words,
                untrusted_message=each.untrusted_message or None,
                reservation_id=each.reservation_id,
                zone_id=each.zone_id,
            )
            for each in group.unwell[:MOST_NODES]
        ],
        replaced=list(group.replaced[:MOST_NODES]),
    )
