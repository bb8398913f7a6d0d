"""Templates of pages and pictures, in which whatever is filled in is escaped. Imported when one is made."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def markup_template(name: str) -> Template:
    """The template of this name. Its filter px writes a length in pixels."""
    environment = Environment(
        loader=PackageLoader("mcp_server.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["px"] = _pixels
    return environment.get_template(name)


def _pixels(length: float) -> str:
    """To a tenth, which no eye tells from more."""
    return f"{length:.1f}".removesuffix(".0")
