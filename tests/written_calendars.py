"""Both forms of the calendar, read by others than those who wrote them."""

import xml.etree.ElementTree as ET
from datetime import datetime
from itertools import combinations

from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

SVG = "{http://www.w3.org/2000/svg}"


def events_in(text: str) -> dict[str, Event]:
    """The events of a calendar, by their uid, of which none may be there twice."""
    lines = text.split("\r\n")
    assert lines.pop() == ""
    # RFC 5545, 3.1: lines end with CR LF, and are folded at 75 octets.
    assert not [line for line in lines if "\n" in line or len(line.encode()) > 75]
    events = IcsCalendarStream.calendar_from_ics(text).events
    found = {str(event.uid): event for event in events}
    assert len(found) == len(events)
    return found


class Picture:
    """What can be seen in a picture of the calendar, and what is told of it to who cannot see."""

    def __init__(self, text: str) -> None:
        self.root = ET.fromstring(text)
        self.words = [each.text or "" for each in self.root.iter(f"{SVG}text")]
        self.description = self.root.findtext(f"{SVG}desc") or ""
        self.rows = list(self.root.iterfind(f".//{SVG}g[@class='row']"))

    def row(self, reservation: str) -> ET.Element:
        """The row of a reservation."""
        (row,) = (each for each in self.rows if reservation in (text.text for text in each.iter(f"{SVG}text")))
        return row

    def told(self, reservation: str) -> tuple[str, str]:
        """Title and description of a reservation."""
        row = self.row(reservation)
        return row.findtext(f"{SVG}title") or "", row.findtext(f"{SVG}desc") or ""

    def bar(self, reservation: str) -> tuple[datetime, datetime]:
        """From when to when the bar of a reservation is, by the lines of the time axis."""
        (bar,) = bars_of(self.row(reservation))
        x = float(bar.attrib["x"])
        return self.moment(x), self.moment(x + float(bar.attrib["width"]))

    def moment(self, x: float) -> datetime:
        """When a place is, measured from the first and the last line of the time axis."""
        ticks = [(float(each.attrib["x1"]), each.attrib["data-at"]) for each in self.root.iterfind(".//*[@data-at]")]
        (left, first), (right, last) = ((x, datetime.fromisoformat(at)) for x, at in (ticks[0], ticks[-1]))
        return first + (last - first) * ((x - left) / (right - left))

    def overlapping(self) -> list[tuple[str, str]]:
        """Pairs of bars that cover one another."""
        boxes = [
            (f"{each.attrib['data-start']} {each.attrib['y']}", *(float(each.attrib[name]) for name in BOX))
            for each in bars_of(self.root)
        ]
        return [
            (one, other)
            for (one, x, y, w, h), (other, left, top, width, height) in combinations(boxes, 2)
            if x < left + width and left < x + w and y < top + height and top < y + h
        ]


BOX = ("x", "y", "width", "height")


def bars_of(part: ET.Element) -> list[ET.Element]:
    """The bars of a part of a picture."""
    return [each for each in part.iter(f"{SVG}rect") if each.attrib.get("class", "").startswith("bar ")]
