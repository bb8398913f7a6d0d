"""Edits of files: which bytes become which, and the diff that tells it. Pure: bytes in, bytes out."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import sentence

MOST_BYTES = 1 << 20
"""A larger file is not edited."""

_QUOTED = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Splice:
    """The bytes from start to end of a file become text."""

    start: int
    end: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Edit:
    """A file before and after. The splices are of before, in order, and do not touch each other."""

    before: bytes
    after: bytes
    splices: tuple[Splice, ...]


class EditRefused(RequestRefused):
    """A file that is not edited as it was asked.

    line is where the reason shows, from 1, and why a clause. instead is what a person would type in that place; None
    where there is nothing to type.
    """

    def __init__(self, line: int, why: str, instead: str | None) -> None:
        self.line, self.why, self.instead = line, why, instead
        by_hand = f" To write there by hand: {instead}" if instead else ""
        super().__init__(f"Line {line} is not edited: {sentence(why)}{by_hand}")


def edit_of(before: bytes, splices: Iterable[Splice]) -> Edit:
    """The edit that these splices make. They do not overlap."""
    return _of_pieces(before, _pieces(len(before), sorted(splices, key=lambda each: (each.start, each.end))))


def followed_by(edit: Edit, more: Iterable[Splice]) -> Edit:
    """The edit, and then more splices of what it comes to, as one edit."""
    pieces = _pieces(len(edit.before), edit.splices)
    for each in sorted(more, key=lambda each: each.start, reverse=True):
        pieces = [*_between(pieces, 0, each.start), each.text, *_between(pieces, each.end, sum(map(len, pieces)))]
    return _of_pieces(edit.before, pieces)


def origin(edit: Edit, at: int) -> int | None:
    """Where a byte of after stood before; None if it is new."""
    shift = 0
    for each in edit.splices:
        start = each.start + shift
        if at < start:
            break
        if at < start + len(each.text):
            return None
        shift += len(each.text) - (each.end - each.start)
    return at - shift


_Piece = range | bytes
"""What a file after an edit is made of: a range of what was there before, or new bytes."""


def _pieces(size: int, splices: Iterable[Splice]) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = 0
    for each in splices:
        pieces += [range(at, each.start), each.text]
        at = each.end
    return [*pieces, range(at, size)]


def _between(pieces: Iterable[_Piece], start: int, end: int) -> Iterator[_Piece]:
    at = 0
    for each in pieces:
        yield each[max(start - at, 0) : max(end - at, 0)]
        at += len(each)


def _of_pieces(before: bytes, pieces: Iterable[_Piece]) -> Edit:
    splices: list[Splice] = []
    at, new, after = 0, b"", b""
    for each in [*pieces, range(len(before), len(before) + 1)]:
        if isinstance(each, bytes):
            new += each
        elif each:
            if new != before[at : each.start]:
                splices.append(Splice(at, each.start, new))
            after += new + before[each.start : each.stop]
            at, new = each.stop, b""
    return Edit(before, after, tuple(splices))


def unified_diff(edit: Edit, file: str) -> str:
    """The edit as git writes it, for the file of this path, with slashes, from the repository's root.

    Lines keep their ends, so a CRLF is in it where the file has one: write it as bytes of UTF-8. "" if nothing changed.
    """
    old, new = _name(f"a/{file}"), _name(f"b/{file}")
    told = difflib.unified_diff(_lines(edit.before), _lines(edit.after), _tabbed(old), _tabbed(new))
    # A line without its end is the file's last, which git marks.
    lines = [each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in told]
    return "".join([f"diff --git {old} {new}\n", *lines]) if lines else ""


def _lines(data: bytes) -> list[str]:
    """The lines with their ends. Only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", data.decode())


def _name(path: str) -> str:
    """A path as git quotes it."""
    if path.isascii() and path.isprintable() and not set(path) & {'"', "\\"}:
        return path
    return '"' + "".join(map(_quoted_letter, path)) + '"'


def _quoted_letter(letter: str) -> str:
    if letter in _QUOTED:
        return _QUOTED[letter]
    if letter.isascii() and letter.isprintable():
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode())


def _tabbed(name: str) -> str:
    """A name that git would not take to end at its blank."""
    return f"{name}\t" if " " in name else name
