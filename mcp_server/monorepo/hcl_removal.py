"""Which bytes take an entry out of a map, with the comments that are attached to it."""

import re

from mcp_server.monorepo import syntax
from mcp_server.monorepo.edits import Splice
from mcp_server.monorepo.hcl_places import EditedFile, Element
from mcp_server.monorepo.parsing import tokens
from mcp_server.monorepo.syntax import TokenKind

_PLAIN_GAP = re.compile(rb"[ \t]*,?[ \t]*")


def cut_out(file: EditedFile, target: syntax.Object, elements: list[Element], at: int) -> Splice:
    """Take the element at this position out of a map."""
    own = _own_lines(file, target, elements, at)
    cut = own or _within_lines(file, elements, at)
    left = file.data[target.start + 1 : cut.start] + file.data[cut.stop : target.end - 1]
    if not left.strip():
        return Splice(target.start + 1, target.end - 1, b"")
    return Splice(cut.start, cut.stop, b"")


def _own_lines(file: EditedFile, target: syntax.Object, elements: list[Element], at: int) -> range | None:
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


def _is_blank(file: EditedFile, line: int) -> bool:
    end = file.data.find(b"\n", line)
    return end >= 0 and not file.data[line:end].strip()


def _first_attached(file: EditedFile, before: int, line: int) -> int:
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


def _within_lines(file: EditedFile, elements: list[Element], at: int) -> range:
    element = elements[at]
    if at and _PLAIN_GAP.fullmatch(file.data, elements[at - 1].end, element.start):
        before = elements[at - 1]
        return range(before.after, element.after) if element.after_comma else range(before.end, element.end)
    if at + 1 < len(elements) and _PLAIN_GAP.fullmatch(file.data, element.end, elements[at + 1].start):
        return range(element.start, elements[at + 1].start)
    line = file.data[: element.start]
    return range(len(line.rstrip(b" \t")), element.after)
