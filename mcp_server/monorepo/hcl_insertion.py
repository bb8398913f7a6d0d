"""Which bytes put an entry into a map: on lines of its own, or within a line where the map is written in one."""

import re

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import syntax
from mcp_server.monorepo.edits import Splice
from mcp_server.monorepo.hcl_places import EditedFile, Element, Reached, as_map, elements_of, unit_of
from mcp_server.monorepo.hcl_writing import Entry, Scalar, is_name, on_lines, within_line, written_key
from mcp_server.monorepo.parsing import tokens
from mcp_server.monorepo.syntax import TokenKind


def _lines_of(file: EditedFile, key: str, value: "Scalar | Entry", indentation: bytes, unit: bytes) -> list[bytes]:
    return [indentation + file.encoded(line) for line in on_lines(key, value, unit.decode())]


def into_body(file: EditedFile, reached: Reached, key: str, value: Entry) -> Splice:
    """Put an argument into the block of the place, or at the end of the file."""
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


def _into_block(file: EditedFile, block: syntax.Block, key: str, value: Entry, unit: bytes) -> Splice:
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


def into_map(file: EditedFile, reached: Reached, name: str, value: Entry) -> Splice:
    """Put an entry behind the last one of a map."""
    target = as_map(file, reached.value)
    elements = elements_of(file, target)
    if any(each.name == name for each in elements):
        raise file.refused(target.start, f"{quoted(str(file.place))} has an entry {quoted(name)} already")
    all_quoted = bool(elements) and all(file.data[each.start : each.start + 1] == b'"' for each in elements)
    key = written_key(name, quoted=all_quoted)
    unit = unit_of(file, target, elements) or reached.unit
    if elements:
        return _after_last(file, target, elements[-1], key, value, unit)
    if file.data[target.start + 1 : target.end - 1].strip():
        return _after_comments(file, target, key, value, unit)
    return _into_empty(file, target, key, value, unit)


def _after_last(file: EditedFile, target: syntax.Object, last: Element, key: str, value: Entry, unit: bytes) -> Splice:
    comma = b"," if last.after_comma else b""
    line = file.next_line(last.after, target.end - 1)
    if line is None:
        text = file.encoded(within_line(key, value))
        return Splice(last.after, last.after, (b"" if comma else b",") + b" " + text + comma)
    own = file.starts_line(last.start)
    indentation = file.indentation(last.start if own else target.start) + (b"" if own else unit)
    lines = _lines_of(file, key, value, indentation, unit)
    return Splice(line, line, file.newline.join(lines) + comma + file.newline)


def _after_comments(file: EditedFile, target: syntax.Object, key: str, value: Entry, unit: bytes) -> Splice:
    """After the comments that are all there is, a blank line apart: they are of the map and not of the entry."""
    inside = file.data[target.start + 1 : target.end - 1]
    end = target.start + 1 + len(inside.rstrip())
    comments = [each for each in tokens(file.data) if target.start < each.start < target.end - 1]
    start = comments[-1].start
    line = file.data.find(b"\n", end, target.end - 1) + 1
    if not line:
        return Splice(end, target.end - 1, b" " + file.encoded(within_line(key, value)) + b" ")
    own = file.starts_line(start)
    indentation = file.indentation(start) if own else file.indentation(target.start) + unit
    text = file.newline.join([*_lines_of(file, key, value, indentation, unit), b""])
    return Splice(line, line, (file.newline if own else b"") + text)


def _into_empty(file: EditedFile, target: syntax.Object, key: str, value: Entry, unit: bytes) -> Splice:
    """On lines of its own if the map stands alone in its line, after its name."""
    start, close = target.start + 1, target.end - 1
    if not _stands_alone(file, target):
        return Splice(start, close, b" " + file.encoded(within_line(key, value)) + b" ")
    indentation = file.indentation(target.start)
    lines = _lines_of(file, key, value, indentation + unit, unit)
    return Splice(start, close, file.newline.join([b"", *lines, indentation]))


def _stands_alone(file: EditedFile, target: syntax.Object) -> bool:
    before = file.data[file.line_start(target.start) : target.start]
    after = file.after_comma(target.end, len(file.data)) or target.end
    ends = file.next_line(after, len(file.data)) is not None or not file.data[after:].strip(b" \t")
    return ends and re.fullmatch(rb'[ \t]*(?:[\w-]+|"[^"\n]*")[ \t]*[=:][ \t]*', before) is not None
