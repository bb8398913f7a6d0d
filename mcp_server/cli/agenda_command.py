"""agenda: what is to be done about owned capacity, and when."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mcp_server.aws.pacing import Deadline
from mcp_server.cli.refusals import fail, refusals_printed
from mcp_server.cli.writing import write_whole
from mcp_server.opening import open_services
from mcp_server.purchasing.owning import OwnedRequest
from mcp_server.render.agenda import Agenda, agenda_document, agenda_markdown, agenda_text
from mcp_server.tools.arguments import as_list, checked_regions
from mcp_server.tools.clusters import tree_of
from mcp_server.tools.holdings import book_of
from mcp_server.tools.services import Opened
from mcp_server.wiring.looking_ahead import Outlook, look_ahead

DUE, UNREAD = 2, 1


def show_agenda(
    days: Annotated[
        int, typer.Option(min=0, max=366, metavar="N", help="What is due within so many; overdue is always shown.")
    ] = 14,
    accounts: Annotated[
        str, typer.Option(metavar="NAMES", help="Names or numbers, with commas. Default: every account.")
    ] = "",
    regions: Annotated[
        str, typer.Option(metavar="NAMES", help="With commas. Default: all that sell blocks or plans.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Every field, for programs.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The text of an issue.")] = False,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there instead of printing.")] = None,
    fail_on_due: Annotated[
        bool, typer.Option("--fail-on-due", help="Exit with 2 if somebody has something to do within --days.")
    ] = False,
) -> None:
    """Tell what is to be done about owned capacity, and when, the soonest first: in which unit, and what does it.

    From what AWS says is owned, what live/ and gitops/ name, and which groups use it. Nothing is changed.

    - **pay**: until when AWS takes a payment; **lost**: an entry names what failed, was cancelled or is not there

    - **wire**: paid, and no unit and no cluster has it; **rewire**: an entry has not the dates that AWS has

    - **extend before**: the last moment to buy an extension

    - **scale down**: when nodes drain by themselves (EKS, Karpenter), or have to be drained (Slurm, HyperPod)

    - **remove after**: the machines have stopped, and an entry still asks for them

    - **look again**: AWS could not be asked whether an entry's capacity is there

    Exits with 1 when something could not be read, which is named; with 2 when --fail-on-due finds something to do.
    Without a live tree no units are told.

    As a line of a crontab, which mails it while there is something to do:

    `30 6 * * 1-5 /path/to/ml-clusters agenda --days 3 --output /tmp/agenda --fail-on-due >/dev/null || cat /tmp/agenda`
    """
    with refusals_printed():
        if as_json and markdown:
            fail("--json and --markdown are two forms of one answer: say one of them. AWS was not asked.")
        request = OwnedRequest(tuple(as_list(accounts)), checked_regions(as_list(regions)))
        if output and not output.parent.is_dir():
            fail(f"{output.parent} is no folder: AWS was not asked, and nothing was written.")
        opened = open_services()
        agenda = Agenda(_look(opened, request), days, opened.preferences.zone)
        text = (agenda_document if as_json else agenda_markdown if markdown else agenda_text)(agenda)
        if output:
            write_whole(output, text)
        else:
            typer.echo(text, nl=False)
    if fail_on_due and agenda.to_do:
        raise typer.Exit(DUE)
    if not agenda.outlook.whole:
        raise typer.Exit(UNREAD)


def _look(opened: Opened, request: OwnedRequest) -> Outlook:
    deadline = Deadline.after(opened.preferences.time_budget)
    with Console(stderr=True).status("asking AWS") as status:
        return look_ahead(
            opened.accounts,
            request,
            book_of(opened),
            tree_of(opened),
            deadline,
            lambda _, __, line: status.update(line),
        )
