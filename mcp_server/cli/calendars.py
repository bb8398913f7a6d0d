"""calendar: what is owned, written for calendar programs and as a picture."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mcp_server.aws.pacing import Deadline
from mcp_server.cli.refusals import fail, refusals_printed
from mcp_server.cli.writing import write_whole
from mcp_server.opening import open_services
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRequest, look_at_owned
from mcp_server.render.calendars import calendar_of
from mcp_server.render.offerings import SIMULATED
from mcp_server.tools.arguments import as_list, checked_regions
from mcp_server.tools.clusters import tree_of
from mcp_server.tools.holding_results import asked_of
from mcp_server.tools.holdings import book_of
from mcp_server.tools.services import Opened

EVENTS, PICTURE = "capacity.ics", "capacity.svg"


def write_calendar(
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Where both are written.")] = Path(),
    accounts: Annotated[
        str, typer.Option(metavar="NAMES", help="Names or numbers, with commas. Default: every account.")
    ] = "",
    regions: Annotated[
        str, typer.Option(metavar="NAMES", help="With commas. Default: all that sell blocks or plans.")
    ] = "",
) -> None:
    """Write what is owned as a calendar, capacity.ics, and as a picture, capacity.svg, in place of what is there.

    Both are read from AWS, now, over every account and region: each block and plan from its start to its end, when its
    machines stop, and the last moments to extend and to pay, with the unit of the live tree that names it, and when to
    take it out of there. Times are UTC; calendar programs show them in yours.

    Import capacity.ics into a calendar, again whenever you like: events keep their identity, so that they are
    updated. Or let cron write it where a web server serves it, and subscribe to that address in Google Calendar,
    Outlook or Apple Calendar. A browser shows capacity.svg.

    Exits with 1 when something could not be read; then both are written all the same, and say what is missing in
    them. When no account can be read nothing is written, and what was there is left.

    As a line of a crontab, which mails what is missing:

    `17 * * * * /path/to/ml-clusters calendar --output /srv/www/capacity >/dev/null`
    """
    # They take long to import, and few commands need them.
    from mcp_server.render.calendar_events import calendar_events  # noqa: PLC0415
    from mcp_server.render.calendar_picture import calendar_picture  # noqa: PLC0415
    from mcp_server.wiring.in_tree import entries_in  # noqa: PLC0415

    with refusals_printed():
        request = OwnedRequest(tuple(as_list(accounts)), checked_regions(as_list(regions)), over=True)
        _make(output)
        opened = open_services()
        answer = _look(opened, request)
        wired = entries_in(tree_of(opened))
    calendar = calendar_of(answer, wired)
    for line in [*([SIMULATED] if answer.simulated else []), *answer.notices, asked_of(answer)]:
        typer.echo(line)
    write_whole(output / EVENTS, calendar_events(calendar))
    write_whole(output / PICTURE, calendar_picture(calendar))
    if calendar.unread:
        heading = "INCOMPLETE, as both say. Not read (none of it means that nothing is owned):"
        fail("\n".join([heading, *(f"  {line}" for line in calendar.unread)]))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder} is no folder that can be written to ({error}): AWS was not asked, and nothing was written.")


def _look(opened: Opened, request: OwnedRequest) -> OwnedAnswer:
    deadline = Deadline.after(opened.preferences.time_budget)
    with Console(stderr=True).status("asking AWS") as status:
        return look_at_owned(
            opened.accounts, request, book_of(opened), deadline, lambda _, __, line: status.update(line)
        )
