"""How the clusters are, as one page for a browser that needs nothing but itself. Imported when one is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import word
from mcp_server.clusters.looking import ClustersAnswer
from mcp_server.clusters.model import Cluster, Group
from mcp_server.clusters.problems import Problem
from mcp_server.render.calendar_picture import calendar_picture
from mcp_server.render.calendars import Calendar
from mcp_server.render.clusters import (
    asked_of,
    cluster_state,
    evidence,
    names_of,
    not_read,
    place,
    running,
    shown_capacity,
    used_by,
)
from mcp_server.render.markup import markup_template
from mcp_server.render.moments import utc

_MOST_PROBLEMS = 200
_WHOLE = 80


@dataclass(frozen=True, slots=True)
class _Cell:
    """A value of a table, under its column's name."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """A problem as it is shown."""

    severity: Severity
    rule: str
    place: str
    evidence: str


@dataclass(frozen=True, slots=True)
class _Section:
    """A cluster, what is wrong with it, and its groups."""

    title: str
    subtitle: str
    worst: Severity | None
    rows: Sequence[Sequence[_Cell]]


def cluster_page(answer: ClustersAnswer, calendar: Calendar) -> str:
    """The page: problems, the calendar of what is owned, what uses it, and every cluster. No script, no other file."""
    status = answer.status
    return markup_template("status.html").render(
        simulated=answer.simulated,
        asked=asked_of(answer),
        now=utc(status.now),
        problems=[_shown(each) for each in status.problems[:_MOST_PROBLEMS]],
        more=max(0, len(status.problems) - _MOST_PROBLEMS),
        # It is made of clean words by a template that escapes them.
        picture=Markup(calendar_picture(calendar)),  # noqa: S704
        capacity=_capacity(answer),
        clusters=[_section(each, answer) for each in status.clusters],
        unread=not_read(answer),
    )


def _shown(problem: Problem) -> _Shown:
    group = f"/{word(problem.group)}" if problem.cluster and problem.group else ""
    return _Shown(problem.severity, problem.rule, f"{place(problem)}{group}", evidence(problem))


def _capacity(answer: ClustersAnswer) -> list[list[_Cell]]:
    return [
        [
            _Cell("capacity", word(each.name, _WHOLE)),
            _Cell("what", f"{each.count} x {word(each.instance_type)}"),
            _Cell("state", word(each.words)),
            _Cell("start (UTC)", utc(each.start)),
            _Cell("machines stop (UTC)", utc(each.usable_end) if each.usable_end else "not told"),
            _Cell("used by", used_by(answer.status.used_by(each.id))),
        ]
        for each in shown_capacity(answer.status)
    ]


def _section(cluster: Cluster, answer: ClustersAnswer) -> _Section:
    problems = [each for each in answer.status.problems if any(of == cluster.id for of, _ in each.groups)]
    version = f" {word(cluster.version)}" if cluster.version else ""
    facts = [
        f"{cluster.kind}{version}",
        word(cluster.account_name),
        word(cluster.region),
        cluster_state(cluster),
        f"running {running(cluster.groups)}",
        *([word(cluster.unit, 200)] if cluster.unit else []),
    ]
    names = names_of(answer.status)
    return _Section(
        word(cluster.name, _WHOLE),
        " · ".join(facts),
        problems[0].severity if problems else None,
        [_group(each, [word(names.get(one, one), _WHOLE) for one in each.capacity]) for each in cluster.groups],
    )


def _group(group: Group, capacity: Sequence[str]) -> list[_Cell]:
    return [
        _Cell("group", word(group.name, _WHOLE)),
        _Cell("is", str(group.kind)),
        _Cell("type", word(group.instance_type) if group.instance_type else ""),
        _Cell("state", word(group.words) if group.words else ""),
        _Cell("running", running([group])),
        _Cell("capacity", " ".join(capacity)),
    ]
