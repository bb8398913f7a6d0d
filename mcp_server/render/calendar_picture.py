"""The calendar as a picture, in SVG. Imported when one is drawn."""

from mcp_server.render import timeline
from mcp_server.render.calendars import Calendar
from mcp_server.render.markup import markup_template
from mcp_server.render.timeline import timeline_of


def calendar_picture(calendar: Calendar) -> str:
    """A picture of the calendar, which needs nothing but itself: no script, no font, no other file."""
    return markup_template("calendar.svg").render(picture=timeline_of(calendar), sizes=timeline)
