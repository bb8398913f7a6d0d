"""Putting entries into maps that are written in HCL, taking them out, replacing literals. Pure: bytes in, bytes out.

Only what has to change does, so comments, order and looks stay, and what `terraform fmt` left as it was it leaves after
an edit too. Every result is parsed again before it is given out. What is not written out (a merge, a loop, a variable)
is refused with what a person would write there.
"""

from collections.abc import Mapping

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import syntax
from mcp_server.monorepo.edits import Edit, Splice, edit_of
from mcp_server.monorepo.hcl_alignment import realigned
from mcp_server.monorepo.hcl_insertion import into_body, into_map
from mcp_server.monorepo.hcl_places import ValuePlace, as_map, called, elements_of, entries_of, opened, reach
from mcp_server.monorepo.hcl_reading_back import check_inserted, check_reads, check_removed, check_set
from mcp_server.monorepo.hcl_removal import cut_out
from mcp_server.monorepo.hcl_writing import Entry, Scalar, within_line, written_key, written_scalar
from mcp_server.monorepo.syntax import Body
from mcp_server.monorepo.values import Value


def insert_entry(data: bytes, place: ValuePlace, name: str, entry: Entry) -> Edit:
    """Put `name = { … }` into the map at the place, as its last entry; the map is made if it is not there.

    Raises:
        EditRefused: The map is not written out, has the name already, or its file is not read.
    """
    file = opened(data, place, within_line(written_key(name), entry))
    reached = reach(file)
    if isinstance(reached.value, Body):
        key, value = reached.rest[0], _nested((*reached.rest[1:], name), entry)
        splice = into_body(file, reached, key, value)
    else:
        key, *more = (*reached.rest, name)
        splice = into_map(file, reached, key, _nested(tuple(more), entry))
    edit = realigned(edit_of(data, [splice]))
    check_inserted(file, edit, (*place.keys[: len(place.keys) - len(reached.rest)], key))
    check_reads(file, edit, name, entry)
    return edit


def remove_entry(data: bytes, place: ValuePlace, name: str) -> Edit:
    """Take an entry out of the map at the place.

    With it go the rest of its lines, comments included, and the comments on lines of their own directly above it, up to
    a blank line or the entry before. A map in which nothing is left becomes {}; comments that are left stay in it.

    Raises:
        EditRefused: The map is not written out or has no such entry, or its file is not read.
    """
    file = opened(data, place, None)
    reached = reach(file)
    if reached.rest:
        raise file.refused(0, f"there is no {quoted(str(place))}")
    target = as_map(file, reached.value)
    elements = elements_of(file, target)
    at = next((at for at, each in enumerate(elements) if each.name == name), None)
    if at is None:
        raise file.refused(target.start, f"{quoted(str(place))} has no entry {quoted(name)}")
    edit = realigned(edit_of(data, [cut_out(file, target, elements, at)]))
    check_removed(file, edit, name)
    return edit


def set_value(data: bytes, place: ValuePlace, value: Scalar) -> Edit:
    """Replace the literal at the place: a text, number or truth value. Blanks change only before comments that move.

    Raises:
        EditRefused: What is there is no literal, is that value already, or its file is not read.
    """
    written = written_scalar(value)
    file = opened(data, place, f"{written_key(place.keys[-1])} = {written}")
    reached = reach(file)
    if reached.rest or isinstance(reached.value, Body):
        raise file.refused(0, f"there is no {quoted(str(place))}")
    literal = reached.value
    if not isinstance(literal, syntax.Literal):
        raise file.refused(literal.start, f"{quoted(str(place))} is {called(file.document, literal)}, no literal")
    if literal.value == value and isinstance(literal.value, bool) == isinstance(value, bool):
        raise file.refused(literal.start, f"{quoted(str(place))} is {written} already")
    edit = realigned(edit_of(data, [Splice(literal.start, literal.end, file.encoded(written))]))
    check_set(file, edit, literal, value)
    return edit


def find_entries(data: bytes, place: ValuePlace) -> Mapping[str, Value]:
    """The entries of the map at the place, in order: literals and what is made of them; anything else is Unknown.

    Empty if there is no map.

    Raises:
        EditRefused: What is there is no map that is written out, or its file is not read.
    """
    return entries_of(opened(data, place, None))


def _nested(keys: tuple[str, ...], entry: Entry) -> Entry:
    for key in reversed(keys):
        entry = {key: entry}
    return entry
