"""How much room words take in a picture, whose font nobody knows beforehand. Pure."""

import unicodedata

BOLD = 1.15
"""How much wider bold letters are."""

_GROUPS = {
    0.28: "ijl'",
    0.34: " .,:;/\\|I",
    0.42: "frt-()[]!",
    0.55: 'cszJ?_*`"^',
    0.64: "0123456789abdeghknopquvxyEFLPSTY${}",
    0.70: "ABCKRVXZ",
    0.79: "DGHNOQU&",
    0.87: "Mw#~<>=+",
    1.00: "mW@%",
}
"""Letters by their width in DejaVu Sans, of a font size: the widest of the fonts that the pictures name."""

_WIDTHS = {letter: width for width, letters in _GROUPS.items() for letter in letters}


def width_of(words: str, size: float) -> float:
    """The room that words take at most at a font size, in its unit."""
    return sum(map(_share, words)) * size


def cut_to(words: str, room: float, size: float) -> str:
    """The words if they take no more than the room, else their beginning and an ellipsis."""
    if width_of(words, size) <= room:
        return words
    while words and width_of(f"{words}…", size) > room:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _share(letter: str) -> float:
    # Of what is not ASCII only this is told beforehand; an emoji is wider than it is high.
    return _WIDTHS.get(letter, 1.25 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1.0)
