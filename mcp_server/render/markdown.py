"""Texts in GitHub's Markdown, in which words from elsewhere are code."""

from functools import cache

from jinja2 import Template

from mcp_server.capacity.words import clean
from mcp_server.render.markup import environment_of

_LONGEST = 2_000


def code(text: str) -> str:
    """Words from elsewhere as code: nobody is called by them, and no link or column is made of them."""
    return f"`{clean(text, _LONGEST).replace('|', '¦') or ' '}`"


@cache
def markdown_template(name: str) -> Template:
    """The template of this name."""
    # The one variable that is not made harmless by whoever fills it in would be a mistake of ours.
    return environment_of(escaped=False).get_template(name)
