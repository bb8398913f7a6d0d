"""Edits of files: which bytes become which, and the diff that tells it. Pure: bytes in, bytes out."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import sentence

MOST_BYTES = 1 << 20
"""A larger file is not edited."""

_CONTEXT = 3
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
    regions = _regions(edit)
    if not regions:
        return ""
    old, new = _name(f"a/{file}"), _name(f"b/{file}")
    head = f"diff --git {old} {new}\n--- {_tabbed(old)}\n+++ {_tabbed(new)}\n"
    lines = _lines(edit.before)
    shift, hunks = 0, ""
    for hunk in _hunks(regions):
        hunks += _hunk(lines, hunk, shift)
        shift += sum(len(each.new) - (each.end - each.start) for each in hunk)
    return head + hunks


@dataclass(frozen=True, slots=True)
class _Region:
    """The lines from start to end, from 0, become other lines."""

    start: int
    end: int
    new: tuple[bytes, ...]


def _lines(data: bytes) -> list[bytes]:
    """The lines with their ends. Only a line feed ends one."""
    return [f"{each}\n".encode("latin-1") for each in data.decode("latin-1").split("\n")[:-1]] + [
        each for each in [data.rpartition(b"\n")[2]] if each
    ]


def _regions(edit: Edit) -> list[_Region]:
    """The lines that change."""
    lines = _lines(edit.before)
    starts = [0, *accumulate(map(len, lines))]
    if lines and not lines[-1].endswith(b"\n"):
        # What is put after it is still in that line.
        starts[-1] += 1
    regions: list[_Region] = []
    for group in _by_lines(edit.splices, starts):
        first = max(bisect_right(starts, group[0].start) - 1, 0)
        last = _line_after(starts, group[-1].end, first)
        new = _spliced(edit.before, group, starts[first], starts[last])
        region = _trimmed(_Region(first, last, tuple(_lines(new))), lines)
        if regions and regions[-1].end == region.start:
            above = regions.pop()
            region = _Region(above.start, region.end, (*above.new, *region.new))
        regions.append(region)
    return [each for each in regions if each.start < each.end or each.new]


def _by_lines(splices: Iterable[Splice], starts: Sequence[int]) -> Iterator[list[Splice]]:
    """The splices, those together that share a line."""
    group: list[Splice] = []
    for each in splices:
        if group and bisect_right(starts, each.start) > bisect_right(starts, group[-1].end):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _line_after(starts: Sequence[int], at: int, first: int) -> int:
    """The line that follows what changes up to this byte: the byte's own line may end otherwise than it did."""
    return min(max(bisect_right(starts, at), first + 1), len(starts) - 1)


def _spliced(before: bytes, splices: Iterable[Splice], start: int, end: int) -> bytes:
    made, at = b"", start
    for each in splices:
        made += before[at : each.start] + each.text
        at = each.end
    return made + before[at:end]


def _trimmed(region: _Region, lines: Sequence[bytes]) -> _Region:
    """The region without lines at either end that stay as they are."""
    start, end, new = region.start, region.end, list(region.new)
    while start < end and new and lines[end - 1] == new[-1]:
        end -= 1
        new.pop()
    while start < end and new and lines[start] == new[0]:
        start += 1
        new.pop(0)
    return _Region(start, end, tuple(new))


def _hunks(regions: Sequence[_Region]) -> Iterator[list[_Region]]:
    """The regions, those together whose context would meet."""
    hunk = [regions[0]]
    for each in regions[1:]:
        if each.start - hunk[-1].end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(each)
    yield hunk


def _hunk(lines: Sequence[bytes], regions: Sequence[_Region], shift: int) -> str:
    start, end = max(regions[0].start - _CONTEXT, 0), min(regions[-1].end + _CONTEXT, len(lines))
    written: list[str] = []
    at = start
    for each in regions:
        written += [_line(" ", line) for line in lines[at : each.start]]
        written += [_line("-", line) for line in lines[each.start : each.end]]
        written += [_line("+", line) for line in each.new]
        at = each.end
    written += [_line(" ", line) for line in lines[at:end]]
    grown = sum(len(each.new) - (each.end - each.start) for each in regions)
    old, new = _span(start, end - start), _span(start + shift, end - start + grown)
    return f"@@ -{old} +{new} @@\n" + "".join(written)


def _span(start: int, count: int) -> str:
    """Lines as a hunk's head has them: an empty span is named by the line before it."""
    return f"{start + 1 if count else start}" + ("" if count == 1 else f",{count}")


def _line(mark: str, line: bytes) -> str:
    text = mark + line.decode()
    return text if text.endswith("\n") else f"{text}\n\\ No newline at end of file\n"


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
