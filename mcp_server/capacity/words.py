"""Words from elsewhere, as they may stand in what people and models read.

Whoever writes a tag, names a thing, or answers in AWS's place chooses them. Where they are put into a sentence, a cell
or a field, a name is shown by word, an argument by typed, and anything else by quoted. What is kept stays as it came:
ids are sent back to AWS.
"""

import re
from collections.abc import Iterator
from unicodedata import category

_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Letters that count as printable and show nothing: with them a line could be drawn out to the next."""

_INVISIBLE = frozenset("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f\U00016fe4") | {
    chr(code) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for code in range(first, last + 1)
}
"""Marks that show nothing, variation selectors above all: a word could be hidden in them."""

_MOST_READ = 20_000
"""Of characters in one text, since an answer may have megabytes; no line is as long."""

_MOST_MARKS = 4
"""Of marks on one letter, as pointed Hebrew has them; more would be drawn over the lines above and below."""

# A link needs its brackets side by side.
_LINK = re.compile(r"\]\(")
# The semicolon that ends a character's name or number may be ours.
_CHARACTER = re.compile(r"&(?=#|(\w+)(?:;|$))")
_LOOK_AHEAD = 80
"""Characters beyond the cut that may bear on what is before it."""

_LOOK_ALIKES = str.maketrans("<>`", "\u2039\u203a'")
_QUOTATION_MARKS = str.maketrans(dict.fromkeys('"“”„‟″❝❞〝〞\uff02', "'"))

UNKNOWN = "unknown"
"""What is said where nobody tells: never 0, never nothing."""


def one_line(text: str, longest: int = 16_000) -> str:
    """The text as one line of what can be seen, cut: nothing in it draws, hides or fills a screen."""
    return _cut(_printable(text), longest)


def clean(text: str, longest: int = 300) -> str:
    """Words from elsewhere as one line, cut, that is no markup: neither HTML nor code, neither link nor image."""
    line = _LINK.sub("] (", _printable(text)[: longest + _LOOK_AHEAD].translate(_LOOK_ALIKES))
    return _cut(_CHARACTER.sub(_apart, line), longest)


def remark(text: str) -> str:
    """A sentence that was kept with such words in it, or a path: clean, and seldom cut."""
    return clean(text, 2000)


def word(text: str, longest: int = 160) -> str:
    """A name from elsewhere as one word: what has no space imitates no sentence, and no column of a table."""
    return clean(text, longest).replace(" ", "_") or UNKNOWN


def quoted(text: str, longest: int = 300) -> str:
    """Words from elsewhere in quotation marks, which they cannot end by themselves."""
    return f'"{clean(text, longest).translate(_QUOTATION_MARKS)}"'


def typed(text: str, longest: int = 80) -> str:
    """An argument as a refusal repeats it, in single quotation marks, which it cannot end by itself."""
    return "'" + clean(text, longest).replace("'", "\u2019") + "'"


def sentence(text: str) -> str:
    """The text with a full stop, unless it has its end already."""
    return text if text.rstrip('"').endswith((".", "!", "?", "…", ":")) else f"{text}."


def _apart(found: re.Match[str]) -> str:
    """An ampersand, apart from what it would make a character of."""
    # Two thousand names, for what few texts have.
    from html.entities import html5  # noqa: PLC0415

    return "&" if found[1] and f"{found[1]};" not in html5 else "& "


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _printable(text: str) -> str:
    read = text if len(text) <= _MOST_READ else f"{text[:_MOST_READ]}…"
    shown = read if read.isascii() and read.isprintable() else "".join(_shown(read))
    return " ".join(shown.split())


def _shown(text: str) -> Iterator[str]:
    """What can be seen of a text; in place of what moves, reorders or hides there is a space."""
    marks = _MOST_MARKS
    for each in text:
        if category(each) in {"Mn", "Me"}:
            # One without a letter would be drawn on ours.
            marks += each not in _INVISIBLE
            if each not in _INVISIBLE and marks <= _MOST_MARKS:
                yield each
            continue
        seen = each.isprintable() and each not in _BLANKS
        marks = 0 if seen and each != " " else _MOST_MARKS
        yield each if seen else " "
