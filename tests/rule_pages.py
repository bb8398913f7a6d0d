"""Tables of rules in pages of docs/, made from the code."""

from pathlib import Path

_DOCS = Path(__file__).parents[1] / "docs"
_BEGIN, _END = "<!-- rules: begin -->\n", "<!-- rules: end -->\n"


def page_with(name: str, table: str) -> tuple[Path, str]:
    """A page of docs/, and what is in it with this table in place of the one there."""
    page = _DOCS / name
    before, _, rest = page.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return page, f"{before}{_BEGIN}{table}{_END}{after}"
