"""The calendar as a picture, in SVG. Imported when one is drawn."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from mcp_server.render import timeline
from mcp_server.render.calendars import Calendar
from mcp_server.render.timeline import timeline_of


def calendar_picture(calendar: Calendar) -> str:
    """A picture of the calendar, which needs nothing but itself: no script, no font, no other file."""
    return _template().render(picture=timeline_of(calendar), sizes=timeline)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("mcp_server.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["px"] = _pixels
    return environment.get_template("calendar.svg")


def _pixels(length: float) -> str:
    """To a tenth, which no eye tells from more."""
    return f"{length:.1f}".removesuffix(".0")
