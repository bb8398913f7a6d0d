"""status: how the clusters are, in a terminal, or as a page for a browser."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.severity import Severity, severity_of
from mcp_server.cli.refusals import fail, refusals_printed
from mcp_server.cli.writing import write_whole
from mcp_server.clusters.looking import ClustersAnswer, ClustersRequest, kinds_of, look_at_clusters, owned_in
from mcp_server.clusters.problems import Problem
from mcp_server.opening import open_services
from mcp_server.render.clusters import (
    ColumnsOfText,
    asked_of,
    capacity_columns,
    cluster_columns,
    group_columns,
    names_of,
    not_read,
    problem_line,
    shown_capacity,
    urgent_first,
)
from mcp_server.render.offerings import SIMULATED
from mcp_server.searching.market import Progress, unseen
from mcp_server.tools.arguments import as_list, checked_regions
from mcp_server.tools.clusters import tree_of
from mcp_server.tools.holdings import book_of
from mcp_server.tools.services import Opened

_LEAST_SECONDS = 10
_MOST_GROUPS = 40
_MOST_PROBLEMS = 30
TROUBLE, UNREAD = 2, 1
_STYLES = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "dim"}
_GAP = "  "
_Names = Annotated[str, typer.Option(metavar="NAMES", help="Names or numbers, with commas. Default: every account.")]


def show_status(
    clusters: Annotated[list[str] | None, typer.Argument(help="Names or parts of them; all if none is named.")] = None,
    accounts: _Names = "",
    regions: Annotated[
        str, typer.Option(metavar="NAMES", help="With commas. Default: those of the live tree, else all that sell.")
    ] = "",
    kinds: Annotated[str, typer.Option(metavar="KINDS", help="EKS, ParallelCluster, HyperPod, with commas.")] = "",
    severity: Annotated[str, typer.Option(help="Only problems of this and worse: critical, high, medium, low.")] = "",
    watch: Annotated[
        float | None,
        typer.Option(min=_LEAST_SECONDS, metavar="SECONDS", help="Look again and again, until Ctrl-C."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page that needs no other file.")
    ] = None,
    fail_on: Annotated[str, typer.Option(help="Exit with 2 on a problem of this severity or a worse one.")] = "",
) -> None:
    """Tell how the clusters are: what is wrong first, then clusters, what the bought capacity does, and groups.

    EKS, ParallelCluster and HyperPod, over every account and region of the live tree. Nothing is changed. Every field
    in JSON: `ml-clusters call cluster_status --response_format detailed --json`.

    Exits with 1 when something could not be read, or no cluster is called so; with 2 when --fail-on finds such a
    problem. With --watch the beginning is shown, a line for each problem; Ctrl-C leaves the last look whole, and exits
    with 0.

    As a line of a crontab, which keeps a page where a web server serves it:

    `*/10 * * * * /path/to/ml-clusters status --html /srv/www/clusters.html >/dev/null`
    """
    with refusals_printed():
        limit = severity_of(fail_on) if fail_on else None
        request = ClustersRequest(
            tuple(as_list(accounts)),
            checked_regions(as_list(regions)),
            kinds_of(as_list(kinds)),
            tuple(clusters or ()),
            severity_of(severity) if severity else None,
        )
        if watch is not None and (html or fail_on):
            fail("--watch shows clusters until Ctrl-C: it goes with neither --html nor --fail-on. AWS was not asked.")
        if limit and request.severity and not limit.at_least(request.severity):
            fail(f"--severity {request.severity} leaves out what --fail-on {limit} looks for. AWS was not asked.")
        opened = open_services()
        if watch is not None:
            _watch(opened, request, watch)
            return
        answer = _told(opened, request, html)
    if limit and any(each.severity.at_least(limit) for each in answer.status.problems):
        raise typer.Exit(TROUBLE)
    if answer.strange or not answer.whole:
        raise typer.Exit(UNREAD)


def _told(opened: Opened, request: ClustersRequest, html: Path | None) -> ClustersAnswer:
    if html is not None:
        return _write(opened, request, html)
    answer = _look_showing(opened, request)
    Console(highlight=False, emoji=False).print(screen(answer))
    return answer


def _write(opened: Opened, request: ClustersRequest, html: Path) -> ClustersAnswer:
    # What draws it takes long to import, and no other command needs it.
    from mcp_server.render.calendars import calendar_of  # noqa: PLC0415
    from mcp_server.render.cluster_page import cluster_page  # noqa: PLC0415

    if not html.parent.is_dir():
        fail(f"{html.parent} is no folder: AWS was not asked, and nothing was written.")
    answer = _look_showing(opened, request)
    write_whole(html, cluster_page(answer, calendar_of(owned_in(answer, book_of(opened)))))
    for line in (*answer.notices, *(f"NOT READ  {each}" for each in not_read(answer))):
        typer.echo(line, err=True)
    return answer


def _watch(opened: Opened, request: ClustersRequest, seconds: float) -> None:
    console = Console(highlight=False, emoji=False)
    last: ClustersAnswer | None = None
    # Of what is higher than the terminal the beginning is shown, which is the worst; the last look is left whole.
    with (
        suppress(KeyboardInterrupt),
        Live(console=console, auto_refresh=False, screen=console.is_terminal, transient=True) as live,
    ):
        for last in _looks(opened, request, seconds):
            live.update(screen(last, brief=True), refresh=True)
    if last:
        console.print(screen(last))


def _looks(opened: Opened, request: ClustersRequest, seconds: float) -> Iterator[ClustersAnswer]:
    while True:
        yield _look(opened, request, unseen)
        time.sleep(seconds)


def _look_showing(opened: Opened, request: ClustersRequest) -> ClustersAnswer:
    with Console(stderr=True).status("asking AWS") as status:
        return _look(opened, request, lambda answered, all_, line: status.update(f"{answered} of {all_}: {line}"))


def _look(opened: Opened, request: ClustersRequest, progress: Progress) -> ClustersAnswer:
    deadline = Deadline.after(opened.preferences.time_budget)
    return look_at_clusters(opened.accounts, request, book_of(opened), tree_of(opened), deadline, progress)


def screen(answer: ClustersAnswer, *, brief: bool = False) -> Group:
    """An answer for a terminal, the worst first; brief gives a problem a line, and no more."""
    status = answer.status
    parts: list[RenderableType] = [Text(each, "bold") for each in answer.notices]
    parts += [Text(SIMULATED, "bold magenta")] if answer.simulated else []
    parts.append(Text(asked_of(answer)))
    parts += [Text("")] if brief else []
    parts += [_problem(each, brief=brief) for each in status.problems[:_MOST_PROBLEMS]]
    more = len(status.problems) - _MOST_PROBLEMS
    parts += [Text(f"\nand {more} more problems: name clusters, or --severity", "dim")] if more > 0 else []
    parts.append(_Rows("Clusters", cluster_columns(status.clusters)))
    parts.append(_Rows("Capacity, by when its machines stop (UTC)", capacity_columns(status, shown_capacity(status))))
    groups = urgent_first(status)
    parts.append(_Rows("Groups of machines", group_columns(groups[:_MOST_GROUPS], names_of(status))))
    left = len(groups) - _MOST_GROUPS
    parts += [Text(f"and {left} more groups: name clusters", "dim")] if left > 0 else []
    parts += [Text(f"NOT READ  {each}", "yellow") for each in not_read(answer)]
    return Group(*parts)


def _problem(problem: Problem, *, brief: bool) -> Text:
    line = (str(problem.severity), _STYLES[problem.severity]), problem_line(problem)[len(problem.severity) :]
    if brief:
        return Text.assemble(*line, no_wrap=True, overflow="ellipsis")
    return Text.assemble("\n", *line)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A table where it fits into the terminal, else its rows one below the other, each with what it has."""

    title: str
    columns: ColumnsOfText

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What rich prints, within the options' width."""
        columns = {name: values for name, values in self.columns.items() if any(values)}
        if not columns:
            yield Text(f"\n{self.title}: none", "dim")
            return
        yield Text(f"\n{self.title}", "bold")
        rows = list(zip(*columns.values(), strict=True))
        widths = [max(map(cell_len, (name, *values))) for name, values in columns.items()]
        if sum(widths) + len(_GAP) * (len(widths) - 1) <= options.max_width:
            yield _table(list(columns), rows)
        else:
            yield from (_below(list(columns), row, options.max_width) for row in rows)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, len(_GAP), 0, 0), header_style="bold")
    for name in names:
        table.add_column(name)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _below(names: Sequence[str], row: Sequence[str], width: int) -> Text:
    """A row as a paragraph: what it is called, then its other values after their columns' names, each kept whole."""
    lines = [""]
    for name, value in zip(names[1:], row[1:], strict=True):
        told = f"{name} {value}" if value else ""
        if lines[-1] and told and cell_len(f"{_GAP}{lines[-1]}, {told}") > width:
            lines.append(told)
        else:
            lines[-1] = ", ".join(filter(None, (lines[-1], told)))
    return Text.assemble((row[0], "bold"), *(f"\n{_GAP}{each}" for each in lines if each))
