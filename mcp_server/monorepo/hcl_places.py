"""Where something is written in a file of HCL, so that it may be edited there: maps and their elements, byte by byte.

What HCL takes only at first sight, or what reads in more than one way, is refused here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import syntax
from mcp_server.monorepo.edits import MOST_BYTES, EditRefused
from mcp_server.monorepo.parsing import parse
from mcp_server.monorepo.syntax import Body, Document, Expression
from mcp_server.monorepo.values import Unknown, Value, as_text

_COMMENT_WITHIN = rb"/\*[^*]*\*++(?:[^/*][^*]*\*++)*+/"
_WITHIN_LINE = rb"(?:[ \t]|" + _COMMENT_WITHIN + rb")*+"
_COMMENT_TO_END = rb"(?:#|//)[^\n]*+"
_LINE_END = rb"(?:\r?\n)"
_BETWEEN = rb"(?:[ \t]|" + _LINE_END + rb"|" + _COMMENT_WITHIN + rb"|" + _COMMENT_TO_END + rb")*+"

_IS = re.compile(_WITHIN_LINE + rb"[=:]" + _WITHIN_LINE + rb"((?:\(" + _BETWEEN + rb")*+)")
_CLOSED = re.compile(_BETWEEN + rb"\)")
_BLANK = re.compile(_BETWEEN)
_COMMA = re.compile(_WITHIN_LINE + rb"(,)")
_REST_OF_LINE = re.compile(_WITHIN_LINE + rb"(?:" + _COMMENT_TO_END + rb")?" + _LINE_END)


@dataclass(frozen=True, slots=True)
class ValuePlace:
    """Where a value is in a file: keys, at least one, lead to it from an argument on.

    The argument is one of the file, as inputs of a terragrunt.hcl, or of the block of that type and those labels, as
    ("module", "training").
    """

    keys: tuple[str, ...]
    block: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join((*self.block, *self.keys))

    def entry(self, name: str) -> "ValuePlace":
        """The place of an entry in the map that is here."""
        return ValuePlace((*self.keys, name), self.block)


@dataclass(frozen=True, slots=True)
class Element:
    """An element of an object. end is that of its value, after_comma that of the comma if there is one."""

    name: str
    start: int
    end: int
    after_comma: int | None
    value: Expression

    @property
    def after(self) -> int:
        """Where it ends with its comma."""
        return self.after_comma or self.end


@dataclass(slots=True)
class Reached:
    """How far a place leads. value is what is there, or the last that is; rest are the keys that lead no further.

    value is a body where not even the argument is there. unit is an indentation, as far as it shows on the way.
    """

    value: "Expression | Body"
    rest: tuple[str, ...]
    block: syntax.Block | None
    unit: bytes = b"  "


@dataclass(slots=True)
class EditedFile:
    """A file to be edited. instead is what a person would type where it is not."""

    document: Document
    place: ValuePlace
    instead: str | None
    newline: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.newline = b"\r\n" if b"\r\n" in self.data else b"\n"

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self.document.data

    def refused(self, at: int, why: str) -> EditRefused:
        """What is said of a reason that shows at a byte."""
        return EditRefused(self.document.line(at), why, self.instead)

    def line_start(self, at: int) -> int:
        """The first byte of the line that a byte is in."""
        return self.data.rfind(b"\n", 0, at) + 1

    def indentation(self, at: int) -> bytes:
        """The blanks at the start of a byte's line."""
        line = self.data[self.line_start(at) : at]
        return line[: len(line) - len(line.lstrip(b" \t"))]

    def starts_line(self, at: int) -> bool:
        """Whether only blanks are before it in its line."""
        return not self.data[self.line_start(at) : at].strip(b" \t")

    def next_line(self, at: int, limit: int) -> int | None:
        """Where the next line begins, if only blanks and comments are left in this one."""
        found = _REST_OF_LINE.match(self.data, at, limit)
        return found.end() if found else None

    def encoded(self, text: str) -> bytes:
        """What is to be written, if it can be."""
        try:
            return text.encode()
        except UnicodeEncodeError:
            raise self.refused(0, "what is to be written is no text") from None

    def after_comma(self, at: int, limit: int) -> int | None:
        """Where the comma ends that follows in the line, if one does."""
        found = _COMMA.match(self.data, at, limit)
        return found.end() if found else None


def opened(data: bytes, place: ValuePlace, instead: str | None) -> EditedFile:
    """The file, if it can be read at all."""
    if len(data) > MOST_BYTES:
        raise EditRefused(1, "the file is larger than a megabyte", instead)
    if data.startswith(b"\xef\xbb\xbf"):
        raise EditRefused(1, "the file starts with a byte order mark", instead)
    document = parse(data)
    if document.trouble:
        raise EditRefused(document.line(document.trouble.at), document.trouble.what, instead)
    return EditedFile(document, place, instead)


def reach(file: EditedFile) -> Reached:
    """How far the place leads. What is on the way has to be written out."""
    block = _block(file)
    body = block.body if block else file.document.body
    first, *rest = file.place.keys
    attribute = body.attributes.get(first)
    if attribute is None:
        return Reached(body, file.place.keys, block, _unit_of_body(file, body, block))
    value, unit = attribute.expression, _unit_of_body(file, body, block)
    for at, key in enumerate(rest, 1):
        target = as_map(file, value, file.place.keys[:at])
        elements = elements_of(file, target)
        unit = unit_of(file, target, elements) or unit
        found = next((each for each in elements if each.name == key), None)
        if found is None:
            return Reached(target, file.place.keys[at:], block, unit)
        value = found.value
    return Reached(value, (), block, unit)


def _block(file: EditedFile) -> syntax.Block | None:
    if not file.place.block:
        return None
    kind, *labels = file.place.block
    found = [each for each in file.document.body.of_kind(kind) if each.labels == tuple(labels)]
    called = quoted(" ".join(file.place.block))
    if len(found) > 1:
        raise file.refused(found[1].start, f"there is more than one block {called}")
    if not found:
        raise file.refused(0, f"there is no block {called}")
    return found[0]


def _unit_of_body(file: EditedFile, body: Body, block: syntax.Block | None) -> bytes:
    first = next(iter(body.attributes.values()), None)
    if block is None or first is None or not file.starts_line(first.start):
        return b"  "
    return _deeper(file.indentation(first.start), file.indentation(block.start)) or b"  "


def unit_of(file: EditedFile, target: syntax.Object, elements: list[Element]) -> bytes | None:
    """By how much the elements of an object are indented, if they start lines."""
    if not elements or not file.starts_line(elements[0].start):
        return None
    return _deeper(file.indentation(elements[0].start), file.indentation(target.start))


def _deeper(inner: bytes, outer: bytes) -> bytes | None:
    return inner[len(outer) :] or None if inner.startswith(outer) else None


def entries_of(file: EditedFile) -> dict[str, Value]:
    """What the map at the place comes to, by name; empty if it is not there."""
    reached = reach(file)
    if reached.rest:
        return {}
    return {each.name: _value_of(file, each.value) for each in elements_of(file, as_map(file, reached.value))}


def as_map(file: EditedFile, value: "Expression | Body", keys: tuple[str, ...] | None = None) -> syntax.Object:
    """The value, if it is a map that is written out. keys lead to it, if not those of the place."""
    if isinstance(value, syntax.Object):
        return value
    place = ValuePlace(keys or file.place.keys, file.place.block)
    if isinstance(value, Body):
        raise file.refused(0, f"there is no {quoted(str(place))}")
    raise file.refused(
        value.start, f"{quoted(str(place))} is {called(file.document, value)}, no map that is written out"
    )


_CALLED: Mapping[type[Expression], str] = {
    syntax.Conditional: "a conditional",
    syntax.Sequence: "a list",
    syntax.Literal: "a literal",
    syntax.Object: "a map",
}


def called(document: Document, value: Expression) -> str:
    """What an expression is, in words."""
    if isinstance(value, syntax.Call):
        return f"a call of {quoted(value.name)}"
    if isinstance(value, syntax.Template):
        return "a heredoc" if document.text(value).startswith("<<") else "a template"
    return _CALLED.get(type(value)) or f"the expression {quoted(document.text(value), 60)}"


def elements_of(file: EditedFile, target: syntax.Object) -> list[Element]:
    """The elements of an object, if HCL takes how they are written and no name is there twice."""
    elements: list[Element] = []
    at, parted = target.start + 1, True
    for key, value in target.items:
        between = _BLANK.match(file.data, at, key.start)
        assert between  # noqa: S101 - it matches nothing too
        lines = b"\n" in _without_comments(between[0])
        if between.end() != key.start or not (parted or lines):
            raise file.refused(key.start, "the entry before it, or its key, is written in a way that is not edited")
        element = _element(file, target, key, value)
        if any(each.name == element.name for each in elements):
            raise file.refused(key.start, f"the key {quoted(element.name)} is there twice")
        elements.append(element)
        at, parted = element.after, element.after_comma is not None
    if _BLANK.fullmatch(file.data, at, target.end - 1) is None:
        raise file.refused(at, "the end of the map is written in a way that is not edited")
    return elements


def _without_comments(gap: bytes) -> bytes:
    return re.sub(_COMMENT_WITHIN + b"|" + _COMMENT_TO_END, b"", gap)


def _element(file: EditedFile, target: syntax.Object, key: Expression, value: Expression) -> Element:
    name = _name(key)
    if name is None:
        raise file.refused(key.start, f"the key {quoted(file.document.text(key), 60)} is no literal")
    is_ = _IS.fullmatch(file.data, key.end, value.start)
    end = _end_of_brackets(file, is_[1], value.end, target.end - 1) if is_ else None
    if end is None:
        raise file.refused(key.start, f"{quoted(name)} is written in a way that is not edited")
    return Element(name, key.start, end, file.after_comma(end, target.end - 1), value)


def _end_of_brackets(file: EditedFile, opened: bytes, at: int, limit: int) -> int | None:
    """Where the brackets around a value are closed again; None if they are not."""
    for _ in range(_without_comments(opened).count(b"(")):
        closed = _CLOSED.match(file.data, at, limit)
        if closed is None:
            return None
        at = closed.end()
    return at


def _name(key: Expression) -> str | None:
    if isinstance(key, syntax.Variable):
        return key.name
    if not isinstance(key, syntax.Literal):
        return None
    text = "null" if key.value is None else as_text(key.value)
    return None if isinstance(text, Unknown) else text


def _value_of(file: EditedFile, value: Expression) -> Value:
    """What an expression comes to, as far as that is written out."""
    match value:
        case syntax.Literal():
            return value.value
        case syntax.Sequence():
            return tuple(_value_of(file, each) for each in value.items)
        case syntax.Object():
            return {each.name: _value_of(file, each.value) for each in elements_of(file, value)}
        case _:
            return Unknown(f"it is {called(file.document, value)}")
