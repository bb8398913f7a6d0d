"""Texts in GitHub's Markdown, in which words from elsewhere are code."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from mcp_server.capacity.words import clean

_LONGEST = 2_000


def code(text: str) -> str:
    """Words from elsewhere as code: nobody is called by them, and no link or column is made of them."""
    return f"`{clean(text, _LONGEST).replace('|', '¦') or ' '}`"


@cache
def markdown_template(name: str) -> Template:
    """The template of this name."""
    environment = Environment(
        loader=PackageLoader("mcp_server.render"),
        undefined=StrictUndefined,
        # The one variable that is not made harmless here would be a mistake of ours; it is Markdown, not HTML.
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
