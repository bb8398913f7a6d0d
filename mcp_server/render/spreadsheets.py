"""Cells of CSV files, which spreadsheets open."""

import re

from mcp_server.capacity.words import clean

_LONGEST = 2000
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, in both widths. Tabs and line ends are cleaned away."""

_INNER_FORMULA = re.compile(rf";(?=[ \"']*[{re.escape(''.join(_FORMULA))}])")
"""A semicolon before such a one: where it parts the cells, as in German spreadsheets, a cell would begin there."""


def cell(words: str) -> str:
    """Words from elsewhere as one printable line, cut, that a spreadsheet must not take for a formula."""
    line = _INNER_FORMULA.sub(",", clean(words, _LONGEST))
    return f"'{line}" if line.startswith(_FORMULA) else line
