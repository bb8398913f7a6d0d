"""Values as HCL is written: entries of maps on lines of their own, or within a line."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

Scalar: TypeAlias = "str | int | bool | None"
Entry: TypeAlias = "Mapping[str, Scalar | Entry]"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEYWORDS = frozenset({"for", "if", "in", "null", "true", "false", "else", "endif", "endfor"})
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TEMPLATE = re.compile(r"([$%]*)([$%])\{")
_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f]')


def is_name(text: str) -> bool:
    """Whether this may name an argument, or be a key without quotation marks."""
    return _NAME.fullmatch(text) is not None and text not in _KEYWORDS


def written_text(text: str) -> str:
    """A text in quotation marks, in which nothing is interpolated."""
    escaped = _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], f"\\u{ord(found[0]):04x}"), text)
    return f'"{_TEMPLATE.sub(_no_template, escaped)}"'


def _no_template(found: re.Match[str]) -> str:
    # Two of a mark before a brace stand for one; a third before them would be read in more than one way.
    marks = "".join(f"\\u{ord(each):04x}" for each in found[1])
    return f"{marks}{found[2] * 2}{{"


def written_scalar(value: Scalar) -> str:
    """A text, whole number, truth value or null."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return written_text(value)


def written_key(name: str, *, quoted: bool = False) -> str:
    """The key of an entry, in quotation marks if it has to be or shall be."""
    return name if is_name(name) and not quoted else written_text(name)


def within_line(key: str, value: "Scalar | Entry") -> str:
    """An entry in one line. key is as it is written."""
    return f"{key} = {_within_line(value)}"


def _within_line(value: "Scalar | Entry") -> str:
    if not isinstance(value, Mapping):
        return written_scalar(value)
    inner = ", ".join(within_line(written_key(name), each) for name, each in value.items())
    return f"{{ {inner} }}" if inner else "{}"


def on_lines(key: str, value: "Scalar | Entry", unit: str) -> Iterator[str]:
    """An entry as lines, without their ends, of which the first is not indented. key is as it is written."""
    if not isinstance(value, Mapping) or not value:
        yield within_line(key, value)
        return
    yield f"{key} = {{"
    for name, each in value.items():
        yield from (f"{unit}{line}" for line in on_lines(written_key(name), each, unit))
    yield "}"
