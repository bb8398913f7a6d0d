"""Templates, and those of pages and pictures. Imported when one is filled in."""

from collections.abc import Callable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def environment_of(*, escaped: bool, finalize: Callable[[object], object] | None = None) -> Environment:
    """What every template of this program is read in. escaped: what is filled in is HTML's; finalize sees it first."""
    return Environment(
        loader=PackageLoader("mcp_server.render"),
        autoescape=escaped,  # noqa: S701 - Markdown and commands for a shell have rules of their own
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def markup_template(name: str) -> Template:
    """The template of this name, in which whatever is filled in is escaped. Its filter px writes a length in pixels."""
    environment = environment_of(escaped=True)
    environment.filters["px"] = _pixels
    return environment.get_template(name)


def _pixels(length: float) -> str:
    """To a tenth, which no eye tells from more."""
    return f"{length:.1f}".removesuffix(".0")
