"""Aligning what `terraform fmt` aligns: equals signs, and then comments, of lines that follow one another.

An edit may part such lines, join them, or make one longer. Lines that were not aligned before are left alone: an edit
does not format a file that nobody formats.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from mcp_server.monorepo.edits import Edit, Splice, followed_by, origin
from mcp_server.monorepo.parsing import tokens
from mcp_server.monorepo.syntax import Token, TokenKind

_OPENING, _CLOSING = frozenset({b"{", b"[", b"("}), frozenset({b"}", b"]", b")"})


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of tokens. start is its first byte."""

    start: int
    tokens: list[Token]


@dataclass(frozen=True, slots=True)
class _Cell:
    """What is aligned: it begins at a byte, after a gap. columns are before the gap, None where they are unknown.

    One that is alone has a gap of one blank, whatever is above and below.
    """

    gap: int
    at: int
    columns: int | None
    alone: bool = False


_Chain: TypeAlias = list[_Cell]
_Finder: TypeAlias = Callable[[bytes, _Line], _Cell | None]


def realigned(edit: Edit) -> Edit:
    """The edit, with whatever blanks have to change for the lines around it to stay aligned."""
    for finder in (_assignment, _comment):
        unaligned = {
            cell.at for chain in _chains(edit.before, finder) if _moves(edit.before, chain) != [] for cell in chain
        }
        moves: list[Splice] = []
        for chain in _chains(edit.after, finder):
            if not any(origin(edit, cell.at) in unaligned for cell in chain):
                moves += _moves(edit.after, chain) or ()
        edit = followed_by(edit, moves)
    return edit


def _moves(data: bytes, chain: _Chain) -> list[Splice] | None:
    """The gaps that have to change; None if it cannot be told how wide they are to be."""
    columns = [cell.columns for cell in chain if cell.columns is not None]
    if len(columns) < len(chain):
        return None
    widest = max(columns)
    gaps = [Splice(cell.gap, cell.at, b" " * (widest - wide + 1)) for cell, wide in zip(chain, columns, strict=True)]
    return [each for each in gaps if data[each.start : each.end] != each.text]


def _chains(data: bytes, finder: _Finder) -> Iterator[_Chain]:
    chain: _Chain = []
    last = -1
    for line in _lines(data):
        cell = finder(data, line)
        if chain and (cell is None or cell.alone or chain[-1].alone or b"\n" in data[last : line.start - 1]):
            yield chain
            chain = []
        if cell:
            chain.append(cell)
        last = line.tokens[-1].end
    if chain:
        yield chain


def _lines(data: bytes) -> Iterator[_Line]:
    line: list[Token] = []
    for token in tokens(data):
        if line and b"\n" in data[line[-1].end : token.start]:
            yield _Line(_line_start(data, line[0].start), line)
            line = []
        line.append(token)
    if line:
        yield _Line(_line_start(data, line[0].start), line)


def _line_start(data: bytes, at: int) -> int:
    return data.rfind(b"\n", 0, at) + 1


def _assignment(data: bytes, line: _Line) -> _Cell | None:
    """The equals sign of a line, alone if the line does not have the whole of what is assigned."""
    written = [data[each.start : each.end] for each in line.tokens]
    at = next((at for at, text in enumerate(written) if at and text == b"="), None)
    if at is None:
        return None
    goes_on = sum((text in _OPENING) - (text in _CLOSING) for text in written[at:]) != 0
    return replace(_cell(data, line, at), alone=goes_on)


def _comment(data: bytes, line: _Line) -> _Cell | None:
    """The comment that ends a line."""
    last = line.tokens[-1]
    if len(line.tokens) < 2 or last.kind is not TokenKind.COMMENT:
        return None
    # One between /* and */ ends a line only where the file ends with it.
    if data.startswith(b"/*", last.start) and last.end < len(data):
        return None
    return _cell(data, line, len(line.tokens) - 1)


def _cell(data: bytes, line: _Line, at: int) -> _Cell:
    gap = line.tokens[at - 1].end
    return _Cell(gap, line.tokens[at].start, _columns(data[line.start : gap]))


def _columns(written: bytes) -> int | None:
    """How many columns it takes; None where letters may be made of several characters, or lines of several."""
    text = written.decode()
    return len(text) if all(map(_is_one_column, text)) else None


def _is_one_column(letter: str) -> bool:
    return letter != "\n" and (letter < "\u0300" or "\u4e00" <= letter <= "\u9fff")
