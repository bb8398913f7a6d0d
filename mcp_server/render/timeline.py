"""Where everything stands in the picture of the calendar: pure, in pixels from the top left. A template draws it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from mcp_server.capacity.deadlines import Due, DueKind
from mcp_server.render.calendars import Calendar, Entry, Span, Standing
from mcp_server.render.lettering import BOLD, cut_to, width_of
from mcp_server.render.time_axis import Axis, Division, division_of

WIDTH, MARGIN = 1200, 24
LEFT, RIGHT = 340, WIDTH - MARGIN
"""Where the time axis begins and ends. Left of it stand the labels."""

TITLE_SIZE, STRONG_SIZE, TEXT_SIZE = 22, 13, 12
ROW, GROUP, BAR = 66, 34, 16

_LINE, _SIGN, _BAR_DOWN = 18, 22, 14
_LEAST_BAR = 2.0
_MOST_UNREAD = 8
_AGAIN = 8
"""Rows from which on the ticks are named below them again."""

_DAY = timedelta(days=1)
_PAST = timedelta(days=14)
"""For how long what is over is still drawn, so that the present has the room."""

_SPARE = 0.02
"""Of the time shown, left free before and after it."""

_FORM = "%-d %b %H:%M"
_DUE = {
    DueKind.PAYMENT: "payment due",
    DueKind.EXTENSION_PAYMENT: "payment of the extension due",
    DueKind.EXTENDING: "extend by",
    DueKind.USABLE_END: "machines stop",
}
_SIGNS = {
    "payment due": {DueKind.PAYMENT, DueKind.EXTENSION_PAYMENT},
    "last moment to extend": {DueKind.EXTENDING},
    "machines stop (usable end)": {DueKind.USABLE_END},
}
_MIDDLES = {DueKind.EXTENDING: BAR + 3, DueKind.USABLE_END: -3}
"""Signs are above and below a bar where two moments are too close to stand side by side; others are on it."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of words, cut to its room, by where its baseline begins."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """When machines are there. usable is the width until they stop; is_open: AWS tells no end."""

    x: float
    y: float
    width: float
    usable: float
    is_open: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that falls due, by the middle of its sign."""

    x: float
    y: float
    kind: DueKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One reservation: its labels, its bars, what falls due, and a line below the bars that says the same."""

    y: float
    entry: Entry
    labels: tuple[Text, Text, Text]
    caption: Text
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one owner under its name."""

    y: float
    title: Text
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What a sign before these words means: the colour of a standing, or the mark of what falls due."""

    text: Text
    standing: Standing | None = None
    due: DueKind | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """What stands along one time axis. Ticks are named at each of feet; all lines end at bottom.

    now_label is by the middle of its baseline.
    """

    axis: Axis
    division: Division
    groups: tuple[Group, ...]
    heads: float
    feet: tuple[float, ...]
    bottom: float
    now_x: float
    now_label: Text


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture. Where nothing is drawn, nothing says so, and there is no chart."""

    calendar: Calendar
    height: float
    title: Text
    subtitle: Text
    unread: tuple[Text, ...]
    keys: tuple[Key, ...]
    nothing: Text | None
    chart: Chart | None


def timeline_of(calendar: Calendar) -> Timeline:
    """Where everything of a calendar stands, but for what was over long ago. It is as high as it has rows."""
    shown = [each for each in calendar.entries if not _is_past(each, calendar.now)]
    title = Text(MARGIN, 44, _title(shown))
    subtitle = Text(MARGIN, 68, _subtitle(calendar, shown))
    unread = tuple(_unread(calendar.unread, subtitle.y + 30))
    y = unread[-1].y + 10 if unread else subtitle.y
    if not shown:
        where = " where AWS answered" if calendar.unread else ""
        nothing = Text(MARGIN, y + 40, f"Nothing is owned{where}.")
        return Timeline(calendar, nothing.y + 2 * MARGIN, title, subtitle, unread, (), nothing, None)
    keys = tuple(_keys(shown, y + 26))
    chart = _chart(shown, calendar.now, keys[-1].text.y + 28)
    height = max(chart.bottom, chart.feet[-1]) + MARGIN
    return Timeline(calendar, height, title, subtitle, unread, keys, None, chart)


def _is_past(entry: Entry, now: datetime) -> bool:
    end = entry.spans[-1].end
    return entry.standing in {Standing.OVER, Standing.LOST} and end is not None and now - end > _PAST


def _title(shown: Sequence[Entry]) -> str:
    owners = len({each.group for each in shown})
    accounts = f" in {owners} accounts" if owners > 1 else ""
    return f"GPU capacity: {len(shown)} reservation{'s' * (len(shown) != 1)}{accounts}"


def _subtitle(calendar: Calendar, shown: Sequence[Entry]) -> str:
    counts = ((sum(entry.standing is each for entry in shown), each) for each in Standing)
    found = [f"{count} {each}" for count, each in counts if count]
    past = len(calendar.entries) - len(shown)
    found += [f"{past} over for more than {_PAST.days} days not shown"] * bool(past)
    source = "simulated AWS" if calendar.simulated else "AWS"
    told = f"As {source} told it at {calendar.now:%Y-%m-%d %H:%M}. All times are UTC."
    counted = f" {', '.join(found)}." if found else ""
    return cut_to(f"{told}{counted} Read: {calendar.read}.", RIGHT - MARGIN, TEXT_SIZE)


def _unread(lines: Sequence[str], y: float) -> Iterator[Text]:
    """What is missing, a line each; all of it is in the picture's description."""
    shown = lines if len(lines) <= _MOST_UNREAD else lines[: _MOST_UNREAD - 1]
    more = [f"and {len(lines) - len(shown)} more"] * (len(lines) > len(shown))
    heading = ["INCOMPLETE. Not read (none of it means that nothing is owned):"] * bool(lines)
    for number, words in enumerate([*heading, *shown, *more]):
        yield Text(MARGIN + 12, y + number * _LINE, cut_to(words, RIGHT - MARGIN - 24, TEXT_SIZE))


def _keys(entries: Sequence[Entry], y: float) -> Iterator[Key]:
    """The signs that occur, one after another, in as many lines as they need."""
    occurring = {due.kind for entry in entries for due in _coming(entry)}
    standings = [each for each in Standing if any(entry.standing is each for entry in entries)]
    signs: list[tuple[str, Standing | None, DueKind | None]] = [(str(each), each, None) for each in standings]
    signs += [(words, None, min(kinds)) for words, kinds in _SIGNS.items() if kinds & occurring]
    x = MARGIN
    for words, standing, due in signs:
        room = _SIGN + width_of(words, TEXT_SIZE)
        if x + room > RIGHT:
            x, y = MARGIN, y + _LINE + 4
        yield Key(Text(x + _SIGN, y, words), standing, due)
        x += room + _LINE


def _chart(entries: Sequence[Entry], now: datetime, heads: float) -> Chart:
    axis, foot = _axis(entries, now), heads + _LINE
    groups = tuple(_groups(entries, axis, foot + _LINE + 8))
    bottom = groups[-1].rows[-1].y + ROW
    again = (bottom + _LINE,) if len(entries) >= _AGAIN else ()
    words, x = f"now {now:{_FORM}}", axis.x(now)
    half = width_of(words, TEXT_SIZE) * BOLD / 2
    label = Text(min(max(x, LEFT + half), RIGHT - half), foot + _LINE, words)
    return Chart(axis, division_of(axis), groups, heads, (foot, *again), bottom, x, label)


def _axis(entries: Sequence[Entry], now: datetime) -> Axis:
    """From the first to the last moment that is shown, a day at least, with something left free on both sides."""
    moments = [now]
    for entry in entries:
        moments += [each.at for each in _coming(entry)]
        for span in entry.spans:
            moments += [span.start, span.end or span.start + _DAY]
    first, last = min(moments), max(moments)
    spare = max((last - first) * _SPARE, (_DAY - (last - first)) / 2)
    return Axis(first - spare, last + spare, LEFT, RIGHT)


def _groups(entries: Sequence[Entry], axis: Axis, y: float) -> Iterator[Group]:
    for owner, found in groupby(entries, lambda each: each.group):
        title = Text(MARGIN, y + 23, cut_to(f"Account {owner}", RIGHT - MARGIN, STRONG_SIZE * BOLD))
        rows = tuple(_row(entry, axis, y + GROUP + number * ROW) for number, entry in enumerate(found))
        yield Group(y, title, rows)
        y = rows[-1].y + ROW


def _row(entry: Entry, axis: Axis, y: float) -> Row:
    room = LEFT - MARGIN - _SIGN
    bars = tuple(_bar(each, axis, y + _BAR_DOWN) for each in entry.spans)
    caption = cut_to(_caption(entry), RIGHT - LEFT, TEXT_SIZE)
    labels = (
        Text(MARGIN, y + 22, cut_to(entry.what, room, STRONG_SIZE * BOLD)),
        Text(MARGIN, y + 39, cut_to(f"{entry.region}, {entry.zone}", room, TEXT_SIZE)),
        Text(MARGIN, y + 55, cut_to(entry.name, room, TEXT_SIZE)),
    )
    return Row(
        y=y,
        entry=entry,
        labels=labels,
        caption=Text(max(min(bars[0].x, RIGHT - width_of(caption, TEXT_SIZE)), LEFT), y + 55, caption),
        bars=bars,
        marks=tuple(_mark(each, axis, y + _BAR_DOWN) for each in _coming(entry)),
    )


def _bar(span: Span, axis: Axis, y: float) -> Bar:
    x = axis.x(span.start)
    width = max((axis.x(span.end) if span.end else axis.right) - x, _LEAST_BAR)
    usable = axis.x(span.usable_end) - x if span.usable_end else width
    return Bar(x, y, width, min(max(usable, 0.0), width), span.end is None, span)


def _mark(due: Due, axis: Axis, y: float) -> Mark:
    return Mark(axis.x(due.at), y + _MIDDLES.get(due.kind, BAR / 2), due.kind, due.at)


def _caption(entry: Entry) -> str:
    """State, time and what falls due."""
    first, last = entry.spans[0].start, entry.spans[-1].end
    until = f"{last:{_FORM}}" if last else "an end that AWS does not tell"
    due = (f"{_DUE[each.kind]} {each.at:{_FORM}}" for each in _coming(entry))
    return ", ".join([f"{entry.state}: {first:{_FORM}} to {until}", *due])


def _coming(entry: Entry) -> Iterator[Due]:
    """What falls due, or fell, and is not void: to the minute, as now is, so that one minute has one picture."""
    return (replace(each, at=each.at.replace(second=0, microsecond=0)) for each in entry.dues if not each.void)
