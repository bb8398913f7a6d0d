"""Putting entries into maps that are written in HCL, taking them out, replacing literals. Pure: bytes in, bytes out.

Only what has to change does, so comments, order and looks stay, and what `terraform fmt` left as it was it leaves after
an edit too. Every result is parsed again before it is given out. What is not written out (a merge, a loop, a variable)
is refused with what a person would write there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import syntax
from mcp_server.monorepo.edits import MOST_BYTES, Edit, EditRefused, Splice, edit_of
from mcp_server.monorepo.hcl_alignment import realigned
from mcp_server.monorepo.hcl_writing import Entry, Scalar, is_name, on_lines, within_line, written_key, written_scalar
from mcp_server.monorepo.parsing import parse, tokens
from mcp_server.monorepo.syntax import Body, Document, Expression, TokenKind
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
_PLAIN_GAP = re.compile(rb"[ \t]*,?[ \t]*")


@dataclass(frozen=True, slots=True)
class ValuePlace:
    """Where a value is in a file: keys lead to it from an argument on.

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
class _Element:
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
class _Reached:
    """How far a place leads. value is what is there, or the last that is; rest are the keys that lead no further.

    value is a body where not even the argument is there. unit is an indentation, as far as it shows on the way.
    """

    value: "Expression | Body"
    rest: tuple[str, ...]
    block: syntax.Block | None
    unit: bytes = b"  "


@dataclass(slots=True)
class _File:
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


def insert_entry(data: bytes, place: ValuePlace, name: str, entry: Entry) -> Edit:
    """Put `name = { … }` into the map at the place, as its last entry; the map is made if it is not there.

    Raises:
        EditRefused: The map is not written out, has the name already, or its file is not read.
    """
    instead = _instead(place, name, entry)
    file = _read(data, place, instead)
    reached = _reach(file)
    if isinstance(reached.value, Body):
        key, value = reached.rest[0], _nested((*reached.rest[1:], name), entry)
        splice = _into_body(file, reached, key, value)
    else:
        key, *more = (*reached.rest, name)
        splice = _into_object(file, reached, key, _nested(tuple(more), entry))
    edit = realigned(edit_of(data, [splice]))
    _verify_inserted(file, edit, (*place.keys[: len(place.keys) - len(reached.rest)], key))
    _verify_reads(file, edit.after, name, entry)
    return edit


def remove_entry(data: bytes, place: ValuePlace, name: str) -> Edit:
    """Take an entry out of the map at the place.

    With it go the rest of its lines, comments included, and the comments on lines of their own directly above it, up to
    a blank line or the entry before. A map in which nothing is left becomes {}; comments that are left stay in it.

    Raises:
        EditRefused: The map is not written out or has no such entry, or its file is not read.
    """
    file = _read(data, place, None)
    reached = _reach(file)
    if reached.rest:
        raise file.refused(0, f"there is no {quoted(str(place))}")
    target = _object(file, reached.value)
    elements = _elements(file, target)
    at = next((at for at, each in enumerate(elements) if each.name == name), None)
    if at is None:
        raise file.refused(target.start, f"{quoted(str(place))} has no entry {quoted(name)}")
    edit = realigned(edit_of(data, [_cut(file, target, elements, at)]))
    _verify_removed(file, edit, name)
    return edit


def set_value(data: bytes, place: ValuePlace, value: Scalar) -> Edit:
    """Replace the literal at the place: a text, number or truth value. Blanks change only before comments that move.

    Raises:
        EditRefused: What is there is no literal, is that value already, or its file is not read.
    """
    written = written_scalar(value)
    file = _read(data, place, f"{written_key(place.keys[-1])} = {written}")
    reached = _reach(file)
    if reached.rest or isinstance(reached.value, Body):
        raise file.refused(0, f"there is no {quoted(str(place))}")
    literal = reached.value
    if not isinstance(literal, syntax.Literal):
        raise file.refused(literal.start, f"{quoted(str(place))} is {_called(file.document, literal)}, no literal")
    if literal.value == value and isinstance(literal.value, bool) == isinstance(value, bool):
        raise file.refused(literal.start, f"{quoted(str(place))} is {written} already")
    edit = realigned(edit_of(data, [Splice(literal.start, literal.end, _bytes(file, written))]))
    _verify_set(file, edit, literal, value)
    return edit


def find_entries(data: bytes, place: ValuePlace) -> Mapping[str, Value]:
    """The entries of the map at the place, in order: literals and what is made of them; anything else is Unknown.

    Empty if there is no map.

    Raises:
        EditRefused: What is there is no map that is written out, or its file is not read.
    """
    file = _read(data, place, None)
    reached = _reach(file)
    if reached.rest:
        return {}
    return {each.name: _value(file, each.value) for each in _elements(file, _object(file, reached.value))}


def _nested(keys: tuple[str, ...], entry: Entry) -> Entry:
    for key in reversed(keys):
        entry = {key: entry}
    return entry


def _instead(place: ValuePlace, name: str, entry: Entry) -> str:
    """The entry as a person would type it, with where it belongs."""
    return f"in {place}, {within_line(written_key(name), entry)}"


def _bytes(file: _File, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise file.refused(0, "what is to be written is no text") from None


# What is there


def _read(data: bytes, place: ValuePlace, instead: str | None) -> _File:
    if len(data) > MOST_BYTES:
        raise EditRefused(1, "the file is larger than a megabyte", instead)
    if data.startswith(b"\xef\xbb\xbf"):
        raise EditRefused(1, "the file starts with a byte order mark", instead)
    document = parse(data)
    if document.trouble:
        raise EditRefused(document.line(document.trouble.at), document.trouble.what, instead)
    return _File(document, place, instead)


def _reach(file: _File) -> _Reached:
    block = _block(file)
    body = block.body if block else file.document.body
    first, *rest = file.place.keys
    attribute = body.attributes.get(first)
    if attribute is None:
        return _Reached(body, file.place.keys, block, _unit_of_body(file, body, block))
    value, unit = attribute.expression, _unit_of_body(file, body, block)
    for at, key in enumerate(rest, 1):
        target = _object(file, value, file.place.keys[:at])
        elements = _elements(file, target)
        unit = _unit(file, target, elements) or unit
        found = next((each for each in elements if each.name == key), None)
        if found is None:
            return _Reached(target, file.place.keys[at:], block, unit)
        value = found.value
    return _Reached(value, (), block, unit)


def _block(file: _File) -> syntax.Block | None:
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


def _unit_of_body(file: _File, body: Body, block: syntax.Block | None) -> bytes:
    first = next(iter(body.attributes.values()), None)
    if block is None or first is None or not file.starts_line(first.start):
        return b"  "
    return _deeper(file.indentation(first.start), file.indentation(block.start)) or b"  "


def _unit(file: _File, target: syntax.Object, elements: list[_Element]) -> bytes | None:
    if not elements or not file.starts_line(elements[0].start):
        return None
    return _deeper(file.indentation(elements[0].start), file.indentation(target.start))


def _deeper(inner: bytes, outer: bytes) -> bytes | None:
    return inner[len(outer) :] or None if inner.startswith(outer) else None


def _object(file: _File, value: "Expression | Body", keys: tuple[str, ...] | None = None) -> syntax.Object:
    if isinstance(value, syntax.Object):
        return value
    place = ValuePlace(keys or file.place.keys, file.place.block)
    if isinstance(value, Body):
        raise file.refused(0, f"there is no {quoted(str(place))}")
    raise file.refused(
        value.start, f"{quoted(str(place))} is {_called(file.document, value)}, no map that is written out"
    )


_CALLED: Mapping[type[Expression], str] = {
    syntax.Conditional: "a conditional",
    syntax.Sequence: "a list",
    syntax.Literal: "a literal",
    syntax.Object: "a map",
}


def _called(document: Document, value: Expression) -> str:
    if isinstance(value, syntax.Call):
        return f"a call of {quoted(value.name)}"
    if isinstance(value, syntax.Template):
        return "a heredoc" if document.text(value).startswith("<<") else "a template"
    return _CALLED.get(type(value)) or f"the expression {quoted(document.text(value), 60)}"


def _elements(file: _File, target: syntax.Object) -> list[_Element]:
    """The elements of an object, if HCL takes how they are written and no name is there twice."""
    elements: list[_Element] = []
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


def _element(file: _File, target: syntax.Object, key: Expression, value: Expression) -> _Element:
    name = _name(key)
    if name is None:
        raise file.refused(key.start, f"the key {quoted(file.document.text(key), 60)} is no literal")
    is_ = _IS.fullmatch(file.data, key.end, value.start)
    end = _end_of_brackets(file, is_[1], value.end, target.end - 1) if is_ else None
    if end is None:
        raise file.refused(key.start, f"{quoted(name)} is written in a way that is not edited")
    comma = _COMMA.match(file.data, end, target.end - 1)
    return _Element(name, key.start, end, comma.end() if comma else None, value)


def _end_of_brackets(file: _File, opened: bytes, at: int, limit: int) -> int | None:
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


def _value(file: _File, value: Expression) -> Value:
    match value:
        case syntax.Literal():
            return value.value
        case syntax.Sequence():
            return tuple(_value(file, each) for each in value.items)
        case syntax.Object():
            return {each.name: _value(file, each.value) for each in _elements(file, value)}
        case _:
            return Unknown(f"it is {_called(file.document, value)}")


# Putting in


def _lines_of(file: _File, key: str, value: "Scalar | Entry", indentation: bytes, unit: bytes) -> list[bytes]:
    return [indentation + _bytes(file, line) for line in on_lines(key, value, unit.decode())]


def _into_body(file: _File, reached: _Reached, key: str, value: Entry) -> Splice:
    if not is_name(key):
        raise file.refused(0, f"{quoted(key)} is no name of an argument")
    if reached.block:
        return _into_block(file, reached.block, key, value, reached.unit)
    data, newline = file.data, file.newline
    text = newline.join([*_lines_of(file, key, value, b"", reached.unit), b""])
    ends = data.endswith(b"\n") or not data
    last = data.rstrip(b"\r\n")
    apart = b"" if not data or data[len(last) :].count(b"\n") > 1 or not last else newline
    return Splice(len(data), len(data), (b"" if ends else newline) + apart + text)


def _into_block(file: _File, block: syntax.Block, key: str, value: Entry, unit: bytes) -> Splice:
    """After the last argument, else before all blocks."""
    last = max(block.body.attributes.values(), key=lambda each: each.start, default=None)
    if last:
        at, indentation = last.end, file.indentation(last.start)
    else:
        brace = next(each for each in tokens(file.data) if each.start >= block.start and _is_brace(file.data, each))
        at, indentation = brace.end, file.indentation(block.start) + unit
    text = file.newline.join([*_lines_of(file, key, value, indentation, unit), b""])
    line = file.next_line(at, block.end - 1)
    if line is not None:
        return Splice(line, line, text)
    if last or file.data[at : block.end - 1].strip(b" \t"):
        raise file.refused(at, "the block is written in one line")
    return Splice(at, block.end - 1, file.newline + text + file.indentation(block.start))


def _is_brace(data: bytes, token: syntax.Token) -> bool:
    return token.kind is TokenKind.OTHER and data[token.start : token.end] == b"{"


def _into_object(file: _File, reached: _Reached, name: str, value: Entry) -> Splice:
    target = _object(file, reached.value)
    elements = _elements(file, target)
    if any(each.name == name for each in elements):
        raise file.refused(target.start, f"{quoted(str(file.place))} has an entry {quoted(name)} already")
    all_quoted = bool(elements) and all(file.data[each.start : each.start + 1] == b'"' for each in elements)
    key = written_key(name, quoted=all_quoted)
    unit = _unit(file, target, elements) or reached.unit
    if elements:
        return _after_last(file, target, elements[-1], key, value, unit)
    if file.data[target.start + 1 : target.end - 1].strip():
        return _after_comments(file, target, key, value, unit)
    return _into_empty(file, target, key, value, unit)


def _after_last(file: _File, target: syntax.Object, last: _Element, key: str, value: Entry, unit: bytes) -> Splice:
    comma = b"," if last.after_comma else b""
    line = file.next_line(last.after, target.end - 1)
    if line is None:
        text = _bytes(file, within_line(key, value))
        return Splice(last.after, last.after, (b"" if comma else b",") + b" " + text + comma)
    own = file.starts_line(last.start)
    indentation = file.indentation(last.start if own else target.start) + (b"" if own else unit)
    lines = _lines_of(file, key, value, indentation, unit)
    return Splice(line, line, file.newline.join(lines) + comma + file.newline)


def _after_comments(file: _File, target: syntax.Object, key: str, value: Entry, unit: bytes) -> Splice:
    """After the comments that are all there is, a blank line apart: they are of the map and not of the entry."""
    inside = file.data[target.start + 1 : target.end - 1]
    end = target.start + 1 + len(inside.rstrip())
    comments = [each for each in tokens(file.data) if target.start < each.start < target.end - 1]
    start = comments[-1].start
    line = file.data.find(b"\n", end, target.end - 1) + 1
    if not line:
        return Splice(end, target.end - 1, b" " + _bytes(file, within_line(key, value)) + b" ")
    own = file.starts_line(start)
    indentation = file.indentation(start) if own else file.indentation(target.start) + unit
    text = file.newline.join([*_lines_of(file, key, value, indentation, unit), b""])
    return Splice(line, line, (file.newline if own else b"") + text)


def _into_empty(file: _File, target: syntax.Object, key: str, value: Entry, unit: bytes) -> Splice:
    """On lines of its own if the map stands alone in its line, after its name."""
    start, close = target.start + 1, target.end - 1
    if not _stands_alone(file, target):
        return Splice(start, close, b" " + _bytes(file, within_line(key, value)) + b" ")
    indentation = file.indentation(target.start)
    lines = _lines_of(file, key, value, indentation + unit, unit)
    return Splice(start, close, file.newline.join([b"", *lines, indentation]))


def _stands_alone(file: _File, target: syntax.Object) -> bool:
    before = file.data[file.line_start(target.start) : target.start]
    comma = _COMMA.match(file.data, target.end)
    after = comma.end() if comma else target.end
    ends = file.next_line(after, len(file.data)) is not None or not file.data[after:].strip(b" \t")
    return ends and re.fullmatch(rb'[ \t]*(?:[\w-]+|"[^"\n]*")[ \t]*[=:][ \t]*', before) is not None


# Taking out


def _cut(file: _File, target: syntax.Object, elements: list[_Element], at: int) -> Splice:
    own = _own_lines(file, target, elements, at)
    cut = own or _within_lines(file, elements, at)
    left = file.data[target.start + 1 : cut.start] + file.data[cut.stop : target.end - 1]
    if not left.strip():
        return Splice(target.start + 1, target.end - 1, b"")
    return Splice(cut.start, cut.stop, b"")


def _own_lines(file: _File, target: syntax.Object, elements: list[_Element], at: int) -> range | None:
    """The lines of an element that shares none, with what is attached to them. None if it shares one."""
    element = elements[at]
    end = file.next_line(element.after, target.end - 1)
    if end is None or not file.starts_line(element.start):
        return None
    before = elements[at - 1].after if at else target.start
    start = _first_attached(file, before, file.line_start(element.start))
    if _is_blank(file, above := file.line_start(start - 1)) and above > before:
        # One of the blank lines on both sides of it, or the one before the end.
        if _is_blank(file, end) or not file.data[end : target.end - 1].strip():
            return range(above, end)
    elif at == 0 and len(elements) > 1 and _is_blank(file, end):
        return range(start, file.data.index(b"\n", end) + 1)
    return range(start, end)


def _is_blank(file: _File, line: int) -> bool:
    end = file.data.find(b"\n", line)
    return end >= 0 and not file.data[line:end].strip()


def _first_attached(file: _File, before: int, line: int) -> int:
    """The first of the lines directly above one that have only a comment each."""
    comments = [
        each
        for each in tokens(file.data)
        if each.kind is TokenKind.COMMENT and before <= each.start and each.end <= line
    ]
    for comment in reversed(comments):
        gap = file.data[comment.end : line]
        if gap.strip() or gap.count(b"\n") != 1 or not file.starts_line(comment.start):
            break
        line = file.line_start(comment.start)
    return line


def _within_lines(file: _File, elements: list[_Element], at: int) -> range:
    element = elements[at]
    if at and _PLAIN_GAP.fullmatch(file.data, elements[at - 1].end, element.start):
        before = elements[at - 1]
        return range(before.after, element.after) if element.after_comma else range(before.end, element.end)
    if at + 1 < len(elements) and _PLAIN_GAP.fullmatch(file.data, element.end, elements[at + 1].start):
        return range(element.start, elements[at + 1].start)
    line = file.data[: element.start]
    return range(len(line.rstrip(b" \t")), element.after)


# Reading the result back


def _verify_inserted(file: _File, edit: Edit, keys: tuple[str, ...]) -> None:
    """Everything but what is at the keys is as it was, and all of that is new."""
    after = _file_after(file, edit, ValuePlace(keys, file.place.block))
    reached = _reach(after)
    removed, added = _changed_tokens(edit)
    omitted = reached.value
    same = not isinstance(omitted, Body) and _bare(after.document.body, omitted) == _bare(file.document.body)
    if reached.rest or removed or not added or not same:
        raise _not_as_wanted(file)


def _verify_reads(file: _File, after: bytes, name: str, entry: Entry) -> None:
    if not _same(find_entries(after, file.place).get(name), entry):
        raise _not_as_wanted(file)


def _verify_removed(file: _File, edit: Edit, name: str) -> None:
    after = _file_after(file, edit, file.place)
    before = _File(file.document, file.place.entry(name), None)
    removed, added = _changed_tokens(edit)
    omitted = _reach(before).value
    same = not isinstance(omitted, Body) and _bare(file.document.body, omitted) == _bare(after.document.body)
    if added or not removed or not same or name in find_entries(edit.after, file.place):
        raise _not_as_wanted(file)


def _verify_set(file: _File, edit: Edit, literal: syntax.Literal, value: Scalar) -> None:
    after = _file_after(file, edit, file.place)
    read = _reach(after).value
    if not isinstance(read, syntax.Literal) or not _same(read.value, value):
        raise _not_as_wanted(file)
    if _bare(file.document.body, literal) != _bare(after.document.body, read):
        raise _not_as_wanted(file)
    written = [each for each in tokens(file.data) if each.start < literal.start or each.start >= literal.end]
    now = [each for each in tokens(edit.after) if each.start < read.start or each.start >= read.end]
    if _texts(file.data, written) != _texts(edit.after, now):
        raise _not_as_wanted(file)


def _file_after(file: _File, edit: Edit, place: ValuePlace) -> _File:
    document = parse(edit.after)
    if document.trouble:
        raise _not_as_wanted(file)
    return _File(document, place, file.instead)


def _not_as_wanted(file: _File) -> EditRefused:
    return file.refused(0, "it is written in such a way that the edit does not read back as it should")


def _changed_tokens(edit: Edit) -> tuple[list[bytes], list[bytes]]:
    """What was taken out of the tokens, comments too, and what was put in there."""
    before, after = (_texts(each, tokens(each)) for each in (edit.before, edit.after))
    while before and after and before[-1] == after[-1]:
        before.pop()
        after.pop()
    alike = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    alike = min(len(before), len(after)) if alike is None else alike
    return before[alike:], after[alike:]


def _texts(data: bytes, written: list[syntax.Token]) -> list[bytes]:
    return [data[each.start : each.end] for each in written]


def _bare(node: object, omitted: object = None) -> object:
    """What is written, apart from where, and from whatever has the omitted value."""
    match node:
        case Body():
            kept = {name: each for name, each in node.attributes.items() if each.expression is not omitted}
            inner = {name: _bare(each.expression, omitted) for name, each in kept.items()}
            return inner, [(each.kind, each.labels, _bare(each.body, omitted)) for each in node.blocks]
        case syntax.Object():
            return [(_bare(key), _bare(each, omitted)) for key, each in node.items if each is not omitted]
        case tuple():
            return [_bare(each, omitted) for each in cast("tuple[object, ...]", node)]
        case _ if isinstance(node, Expression):
            names = [each for each in type(node).__slots__ if each not in {"start", "end"}]
            return type(node), [_bare(getattr(node, each), omitted) for each in names]
        case _:
            return type(node), node


def _same(read: Value, wanted: "Scalar | Entry") -> bool:
    if isinstance(read, Mapping) and isinstance(wanted, Mapping):
        return list(read) == list(wanted) and all(_same(read[key], wanted[key]) for key in wanted)
    return type(read) is type(wanted) and read == wanted
