"""Lists of lines under headings, as people read them below a table."""

from collections.abc import Iterable, Sequence


def sections(headed: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """Each list that has lines, indented under its heading."""
    return ["\n".join([f"{heading}:", *(f"  {line}" for line in lines)]) for heading, lines in headed if lines]
