"""What changes inside a resource, attribute by attribute, without a word of what is sensitive."""

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import cast

import msgspec

from mcp_server.monorepo.plans.changes import Action, Change, Values, path_text
from mcp_server.monorepo.plans.sensitive import (
    SENSITIVE,
    Marks,
    Secrets,
    any_true,
    both_marks,
    mark_at,
    masked,
    without_copies,
)
from mcp_server.monorepo.plans.values_at import listed, mapping

UNKNOWN_YET = "(known after apply)"
LONGEST_VALUE = 120
MOST_ATTRIBUTES = 200
_LONGEST_TEXT = 20_000
"""Of characters that are compared line by line, which takes the square of their number."""
_LONGEST_LIST = 300
"""Of elements that are looked for on the other side."""


class AttributeChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """An attribute on both sides, as text that is fit to be shown: None where there is nothing on a side."""

    path: str
    before: str | None = None
    after: str | None = None
    forces_replacement: bool = False


def attribute_changes(change: Change, secrets: Secrets) -> tuple[AttributeChange, ...]:
    """What changes inside, at most MOST_ATTRIBUTES: of what is created or destroyed, its values.

    secrets are those of the whole plan: what holds one is masked, though it be unmarked.
    """
    values = change.values
    if change.action in {Action.NO_OP, Action.FORGET}:
        return ()
    forcing = frozenset(values.replaced_by)
    marks = both_marks(*values.marks)
    found: list[AttributeChange] = []
    before, after = (without_copies(each, marks, secrets) for each in (values.before, values.after))
    for each in _differences([], before, after, values.unknown, marks):
        if len(found) == MOST_ATTRIBUTES:
            break
        path, one, other = each
        forces = any(path == part or path.startswith((f"{part}.", f"{part}[")) for part in forcing)
        found.append(AttributeChange(secrets.taken_from(path), one, other, forces))
    return tuple(sorted(found, key=lambda each: not each.forces_replacement))


def output_sides(values: Values, secrets: Secrets) -> tuple[str | None, str | None]:
    """Both sides of an output, as text that is fit to be shown."""
    marks = both_marks(*values.marks)
    before, after = (_side(without_copies(each, marks, secrets), marks) for each in (values.before, values.after))
    return before, UNKNOWN_YET if values.unknown is True else after


_Difference = tuple[str, str | None, str | None]


def _differences(
    path: list[object], before: object, after: object, unknown: object, marks: Marks
) -> Iterator[_Difference]:
    """Where two values differ, from the outside to the inside."""
    kinds = type(before), type(after)
    if unknown is True:
        yield _told(path, before, UNKNOWN_YET, marks, after_is_text=True)
    elif kinds == (dict, dict) or (not path and dict in kinds):
        yield from _of_maps(path, before, after, unknown, marks)
    elif kinds == (list, list):
        yield from _of_lists(path, listed(before), listed(after), unknown, marks)
    elif before != after or type(before) is not type(after) or any_true(unknown):
        yield from _of_texts(path, before, after, marks)


def _of_maps(path: list[object], before: object, after: object, unknown: object, marks: Marks) -> Iterator[_Difference]:
    if marks is True:
        if before != after:
            yield path_text(path), SENSITIVE, SENSITIVE if after is not None else None
        return
    one, other, yet = mapping(before), mapping(after), mapping(unknown)
    for key in sorted({**one, **other, **yet}):
        yield from _differences([*path, key], one.get(key), other.get(key), yet.get(key), mark_at(marks, key))


def _of_lists(
    path: list[object], before: Sequence[object], after: Sequence[object], unknown: object, marks: Marks
) -> Iterator[_Difference]:
    """Elements that are on both sides are passed over, wherever they stand; the others are compared in their order."""
    if marks is True:
        if before != after:
            yield path_text(path), SENSITIVE, SENSITIVE
        return
    yet = listed(unknown)
    by_place = len(before) == len(after) and (any_true(yet) or len(after) > _LONGEST_LIST)
    lost, new = (range(len(before)), range(len(after))) if by_place else _unmatched(before, after)
    if len(lost) == len(new):
        for one, other in zip(lost, new, strict=True):
            later = yet[other] if other < len(yet) else None
            yield from _differences([*path, other], before[one], after[other], later, mark_at(marks, other))
    else:
        gone, come = _elements(before, lost, marks), _elements(after, new, marks)
        yield path_text(path), gone, UNKNOWN_YET if come is None and any_true(yet) else come


def _unmatched(before: Sequence[object], after: Sequence[object]) -> tuple[Sequence[int], Sequence[int]]:
    """The places of elements that the other side does not have."""
    if max(len(before), len(after)) > _LONGEST_LIST:
        return range(len(before)), range(len(after))
    left = list(range(len(after)))
    lost: list[int] = []
    for place, each in enumerate(before):
        match = next((other for other in left if after[other] == each), None)
        if match is None:
            lost.append(place)
        else:
            left.remove(match)
    return lost, left


def _elements(side: Sequence[object], places: Sequence[int], marks: Marks) -> str | None:
    return _shown([masked(side[each], mark_at(marks, each)) for each in places]) if places else None


def _of_texts(path: list[object], before: object, after: object, marks: Marks) -> Iterator[_Difference]:
    """Two values that differ; documents in JSON are compared inside, longer texts line by line."""
    if isinstance(before, str) and isinstance(after, str) and not any_true(marks):
        one, other = _document(before), _document(after)
        if one is not None and other is not None:
            inside = list(_differences(path, one, other, None, None))
            yield from inside or [(path_text(path), "(its JSON)", "(the same JSON, written otherwise)")]
            return
        if "\n" in before or "\n" in after:
            yield (path_text(path), *_lines(before, after))
            return
    yield _told(path, before, after, marks)


def _told(
    path: list[object], before: object, after: object, marks: Marks, *, after_is_text: bool = False
) -> _Difference:
    new = cast(str, after) if after_is_text else _side(after, marks)
    return path_text(path), _side(before, marks), new


def _side(value: object, marks: Marks) -> str | None:
    return None if value is None else _shown(masked(value, marks))


def _document(text: str) -> object | None:
    """What a text in JSON holds; None if it is none."""
    if text[:1] not in {"{", "["} or len(text) > _LONGEST_TEXT:
        return None
    try:
        return cast(object, msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError):
        return None


def _lines(before: str, after: str) -> tuple[str, str]:
    """The lines of two texts that are only in one of them."""
    if len(before) + len(after) > _LONGEST_TEXT:
        return _shown(before), _shown(after)
    told = [each for each in difflib.ndiff(before.splitlines(), after.splitlines()) if each[:2] in {"- ", "+ "}]
    gone, new = ([each[2:].strip() for each in told if each[0] == sign] for sign in "-+")
    return _cut(" ⏎ ".join(gone) or "(no line)"), _cut(" ⏎ ".join(new) or "(no line)")


def _shown(value: object) -> str:
    """A value on one line, cut; what cannot be read is told by its length alone."""
    if not isinstance(value, str):
        return _cut(json.dumps(value, ensure_ascii=False).replace(f'"{SENSITIVE}"', SENSITIVE))
    if value.isprintable() or value.replace("\n", "").replace("\t", "").isprintable():
        return _cut(value)
    return f"(binary, {len(value):,} characters)"


def _cut(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"
