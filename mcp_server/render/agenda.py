"""What is to be done about capacity, for people, for an issue and for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tabulate import tabulate

from mcp_server.capacity.words import remark, word
from mcp_server.purchasing.owning import OwnedAnswer
from mcp_server.render.clusters import unread_lines as clusters_unread_lines
from mcp_server.render.holdings import unread_lines
from mcp_server.render.markdown import code
from mcp_server.render.moments import both, utc
from mcp_server.render.offerings import SIMULATED
from mcp_server.wiring.agenda import Item, due
from mcp_server.wiring.looking_ahead import Outlook

_LONG = 200
_NO_TREE = "There is no live tree here: units are not told, and what they name is not known."
_MOST_IN_ISSUE = 60


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is due within days, and all that is overdue. zone is the reader's."""

    outlook: Outlook
    days: int
    zone: ZoneInfo

    @property
    def now(self) -> datetime:
        """When AWS was asked, UTC."""
        return self.outlook.owned.now

    @property
    def items(self) -> tuple[Item, ...]:
        """What is shown, the soonest first."""
        return due(self.outlook.items, self.now, self.days)

    @property
    def to_do(self) -> tuple[Item, ...]:
        """What somebody has to do of it."""
        return tuple(each for each in self.items if not each.by_itself)


def agenda_text(agenda: Agenda) -> str:
    """A table, then each item in a sentence with what does it; times are UTC and, below, in the reader's zone too."""
    items = agenda.items
    lines = [*_notices(agenda.outlook), summary_sentence(agenda)]
    if items:
        lines += ["", _table(items)]
    for each in items:
        where = f", {word(each.unit)}" if each.unit else ""
        lines += ["", f"{each.task}{where}, {_when(each, agenda)}: {each.told}", f"  {each.do}"]
    lines += [f"NOT READ  {each}" for each in not_read(agenda.outlook)]
    return "\n".join(lines) + "\n"


def agenda_markdown(agenda: Agenda) -> str:
    """The same as the text of an issue: what is to be done as boxes to tick. Words from elsewhere are code."""
    groups = (
        ("Overdue", [each for each in agenda.to_do if each.at <= agenda.now]),
        ("Due", [each for each in agenda.to_do if each.at > agenda.now]),
        ("Comes by itself", [each for each in agenda.items if each.by_itself]),
    )
    lines = ["\n\n".join([*_notices(agenda.outlook), summary_sentence(agenda)])]
    for title, items in groups:
        if items:
            lines += ["", f"## {title}", "", *(_point(each, agenda) for each in items[:_MOST_IN_ISSUE])]
        if len(items) > _MOST_IN_ISSUE:
            lines.append(f"- and {len(items) - _MOST_IN_ISSUE} more: `ml-clusters agenda --days {agenda.days}`")
    missing = not_read(agenda.outlook)
    if missing:
        lines += ["", "## Not read", "", "None of it means that nothing is due.", ""]
        lines += [f"- {code(each)}" for each in missing[:_MOST_IN_ISSUE]]
    return "\n".join(lines) + "\n"


def agenda_document(agenda: Agenda) -> str:
    """The same as JSON; times are ISO 8601, UTC."""
    document = {
        "now": agenda.now.isoformat(),
        "simulated": agenda.outlook.owned.simulated,
        "days": agenda.days,
        "items": [_row(each, agenda.now) for each in agenda.items],
        "later": len(agenda.outlook.items) - len(agenda.items),
        "tree": agenda.outlook.tree,
        "not_read": not_read(agenda.outlook),
    }
    return json.dumps(document, indent=1) + "\n"


def summary_sentence(agenda: Agenda) -> str:
    """How much is due, how far it was looked, and when and where AWS was asked."""
    count, to_do = len(agenda.items), agenda.to_do
    late = sum(each.at <= agenda.now for each in to_do)
    later = len(agenda.outlook.items) - count
    by_itself = count - len(to_do)
    parts = [f"{len(to_do)} thing{'s' * (len(to_do) != 1)} to do within {agenda.days} day{'s' * (agenda.days != 1)}"]
    parts += [f"{late} of them overdue"] if late else []
    parts += [f"{by_itself} that come{'s' * (by_itself == 1)} without anybody"] if by_itself else []
    parts += [f"{later} later"] if later else []
    return f"{', '.join(parts)}; {_asked(agenda.outlook.owned)}"


def not_read(outlook: Outlook) -> list[str]:
    """Accounts and operations that did not answer; none of it means that nothing is due."""
    accounts = (f"account {word(each.name)}: {each.failure}" for each in outlook.owned.account_failures)
    return [*accounts, *unread_lines(outlook.unread), *clusters_unread_lines(outlook.unread_clusters)]


def _notices(outlook: Outlook) -> list[str]:
    simulated = [SIMULATED] if outlook.owned.simulated else []
    return [*map(remark, outlook.owned.notices), *simulated, *([] if outlook.tree else [_NO_TREE])]


def _asked(answer: OwnedAnswer) -> str:
    accounts = ", ".join(word(name) for name, _ in answer.accounts)
    places = f"{answer.regions} region{'s' * (answer.regions != 1)}"
    return f"asked at {utc(answer.now)} UTC in {places} of account {accounts}."


def _table(items: Sequence[Item]) -> str:
    columns = {
        "when (UTC)": [utc(each.at) for each in items],
        "task": [str(each.task) for each in items],
        "unit": [word(each.unit) if each.unit else "" for each in items],
        "entry": [word(each.entry) if each.entry else "" for each in items],
        "capacity": [word(each.name, _LONG) for each in items],
    }
    shown = {name: values for name, values in columns.items() if any(values)}
    return tabulate(shown, headers="keys", tablefmt="plain", disable_numparse=True)


def _when(item: Item, agenda: Agenda) -> str:
    if item.by_itself:
        return f"by itself at {both(item.at, agenda.zone)}"
    return f"{'since' if item.at <= agenda.now else 'by'} {both(item.at, agenda.zone)}"


def _point(item: Item, agenda: Agenda) -> str:
    box = "" if item.by_itself else "[ ] "
    where = " ".join(code(word(each)) for each in _places(item))
    return f"- {box}**{item.task}** {where}, {_when(item, agenda)}: {code(item.told)} {code(item.do)}"


def _places(item: Item) -> Iterable[str]:
    return (each for each in (item.unit, item.entry) if each) if item.unit else (item.name,)


def _row(item: Item, now: datetime) -> dict[str, str | bool | None]:
    return {
        "task": str(item.task),
        "at": item.at.isoformat(),
        "overdue": item.at <= now and not item.by_itself,
        "by_itself": item.by_itself,
        "unit": item.unit and word(item.unit, _LONG),
        "entry": item.entry and word(item.entry, _LONG),
        "capacity": word(item.capacity, _LONG),
        "name": word(item.name, _LONG),
        "sentence": item.told,
        "do": item.do,
    }
