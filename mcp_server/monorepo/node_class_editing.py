"""Naming reservations in the NodeClasses that gitops/ gives to Karpenter. Pure: bytes in, bytes out.

Only the lines of spec.capacityReservationSelectorTerms change. What the edit comes to is read again before it is given
out: apart from the field, the events of the YAML parser are those of before.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.edits import MOST_BYTES, Edit, EditRefused, Splice, edit_of

_FIELD = "capacityReservationSelectorTerms"
_KIND = "EC2NodeClass"
_MOST_TERMS = 30
_MOST_TAGS = 20
_RESERVATION = re.compile(r"cr-[0-9a-z]+")
_OWNER = re.compile(r"[0-9]{12}")
_CRITERIA = frozenset({"open", "targeted"})
_TOLD = ("anchor", "tag", "value", "style", "flow_style", "explicit")
_PLAIN_GAP = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_COMMENT_LINE = re.compile(r"[ \t]*#[^\n]*\n?")


class _Mark(Protocol):
    """A place in a text, from 0."""

    index: int
    line: int
    column: int


class _Node(Protocol):
    """A node of PyYAML. value is the text of a scalar, the nodes of a list, the pairs of nodes of a mapping."""

    id: str
    tag: str
    value: Any
    start_mark: _Mark
    end_mark: _Mark
    flow_style: bool
    style: str | None


@dataclass(slots=True)
class _File:
    """A file to be edited: its text, in which all marks are, and what a person would type where it is not edited."""

    data: bytes
    text: str
    instead: str | None
    newline: str = field(init=False)

    def __post_init__(self) -> None:
        self.newline = "\r\n" if "\r\n" in self.text else "\n"

    def refused(self, at: _Node | None, why: str) -> EditRefused:
        """What is said of a reason that shows at a node."""
        return EditRefused(at.start_mark.line + 1 if at else 1, why, self.instead)

    def line_start(self, at: int) -> int:
        """The first character of the line that a character is in."""
        return self.text.rfind("\n", 0, at) + 1

    def next_line(self, at: int) -> int:
        """The first character of the line after; the end of the text if there is none."""
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end + 1

    def edit(self, start: int, end: int, text: str) -> Edit:
        """The edit that puts a text in place of these characters."""
        head, cut = (len(self.text[:at].encode()) for at in (start, end))
        return edit_of(self.data, [Splice(head, cut, text.encode())])


@dataclass(slots=True)
class _NodeClass:
    """A NodeClass in a file: its spec, and the field with its terms if it is there."""

    document: _Node
    key: _Node
    spec: _Node
    field: tuple[_Node, _Node] | None

    @property
    def extent(self) -> tuple[int, int]:
        """The characters from the field's key to what follows it; none if it is not there."""
        if self.field is None:
            return 0, 0
        following = [key.start_mark.index for key, _ in self.spec.value]
        start = self.field[0].start_mark.index
        return start, min((each for each in following if each > start), default=self.spec.end_mark.index)


@dataclass(frozen=True, slots=True)
class _Term:
    """A term: its node, and the id that it names."""

    node: _Node
    id: str | None


def add_reservation(data: bytes, node_class: str, reservation_id: str) -> Edit:
    """Have the NodeClass of this name take the reservation too, as its last term.

    The field is made if it is not there, as the first of spec.

    Raises:
        EditRefused: The NodeClass is not there, names the reservation already, or is not written so that it is edited.
    """
    file = _read(data, f"{_FIELD}: [{{ id: {reservation_id} }}]")
    if not _RESERVATION.fullmatch(reservation_id):
        raise file.refused(None, f"{quoted(reservation_id)} is no id of a reservation")
    found = _find(file, node_class)
    terms = _terms(file, found)
    named = next((each for each in terms if each.id == reservation_id), None)
    if named:
        raise file.refused(named.node, f"{quoted(node_class)} names {reservation_id} already")
    if len(terms) >= _MOST_TERMS:
        raise file.refused(
            found.key, f"{quoted(node_class)} has {_MOST_TERMS} terms, which is all that Karpenter takes"
        )
    edit = _added(file, found, terms, reservation_id)
    _verify(file, edit, node_class, [*_values(terms), (("id", reservation_id),)])
    return edit


def remove_reservation(data: bytes, node_class: str, reservation_id: str) -> Edit:
    """Have the NodeClass of this name no longer take the reservation by its id.

    The rest of the term's lines goes with it, and comments on lines of their own directly above it. The field goes with
    its last term, since Karpenter refuses an empty one; comments above the field stay.

    Raises:
        EditRefused: The NodeClass is not there, does not name it, or is not written so that it is edited.
    """
    file = _read(data, None)
    found = _find(file, node_class)
    terms = _terms(file, found)
    at = [number for number, each in enumerate(terms) if each.id == reservation_id]
    if len(at) != 1:
        often = "more than once" if at else "not"
        raise file.refused(found.key, f"{quoted(reservation_id)} is {often} named by id in {quoted(node_class)}")
    kept = [each for number, each in enumerate(terms) if number != at[0]]
    edit = _removed(file, found, terms, at[0])
    _verify(file, edit, node_class, _values(kept))
    return edit


# What is there


def _read(data: bytes, instead: str | None) -> _File:
    if len(data) > MOST_BYTES:
        raise EditRefused(1, "the file is larger than a megabyte", instead)
    try:
        return _File(data, data.decode(), instead)
    except UnicodeDecodeError as error:
        raise EditRefused(data.count(b"\n", 0, error.start) + 1, "it is not UTF-8", instead) from None


def _documents(file: _File) -> list[_Node]:
    # On first use: the server starts without it.
    import yaml  # noqa: PLC0415

    try:
        return list(cast("Iterator[_Node]", yaml.compose_all(file.text, yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise EditRefused(line, f"it is no YAML: {error.problem}", file.instead) from None
    except (yaml.YAMLError, RecursionError):
        raise file.refused(None, "it is no YAML") from None


def _find(file: _File, name: str) -> _NodeClass:
    there = [each for each in _documents(file) if _is_mapping(each) and _at(file, each, "kind") == _KIND]
    named = [(each, _at(file, each, "metadata", "name")) for each in there]
    found = [each for each, called in named if called == name]
    if len(found) > 1:
        raise file.refused(found[1], f"there is more than one {_KIND} {quoted(name)}")
    if not found:
        names = ", ".join(quoted(called) for _, called in named if called) or "none"
        raise file.refused(None, f"there is no {_KIND} {quoted(name)}; those there are: {names}")
    return _with_spec(file, found[0])


def _with_spec(file: _File, document: _Node) -> _NodeClass:
    spec = _value(file, document, "spec")
    if spec is None or not _is_mapping(spec[1]) or not spec[1].value:
        raise file.refused(document, "it has no spec with fields")
    key, value = spec[0], spec[1]
    if document.flow_style or value.flow_style:
        raise file.refused(value, "spec is written in braces")
    found = _NodeClass(document, key, value, _value(file, value, _FIELD))
    _refuse_marks(file, found)
    return found


def _refuse_marks(file: _File, found: _NodeClass) -> None:
    """Anchors, aliases and tags would have the edit change more, or less, than can be seen."""
    own = {found.document.start_mark.index, found.spec.start_mark.index}
    start, end = found.extent
    for event in _events(file):
        at = event.start_mark.index
        marked = getattr(event, "anchor", None) or getattr(event, "tag", None)
        if marked and (at in own or start <= at < end):
            raise EditRefused(event.start_mark.line + 1, "an anchor, an alias or a tag is in the way", file.instead)
    for mapping in (found.document, found.spec):
        for key, _ in mapping.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise file.refused(key, "a merge key is in the way")


def _events(file: _File) -> Iterator[Any]:
    import yaml  # noqa: PLC0415

    yield from cast("Iterator[Any]", yaml.parse(file.text, yaml.SafeLoader))


def _is_mapping(node: _Node) -> bool:
    return node.id == "mapping"


def _value(file: _File, mapping: _Node, name: str) -> tuple[_Node, _Node] | None:
    """The field of this name with its key."""
    found = [(key, value) for key, value in mapping.value if key.id == "scalar" and key.value == name]
    if len(found) > 1:
        raise file.refused(found[1][0], f"{quoted(name)} is there twice")
    return found[0] if found else None


def _at(file: _File, node: _Node, *names: str) -> str | None:
    for name in names:
        found = _value(file, node, name) if _is_mapping(node) else None
        if found is None:
            return None
        node = found[1]
    return cast("str", node.value) if node.id == "scalar" else None


_Value = tuple[tuple[str, object], ...]
"""The fields of a term, in order."""


def _terms(file: _File, found: _NodeClass) -> list[_Term]:
    """The terms, if Karpenter would take them."""
    if found.field is None:
        return []
    key, node = found.field
    if node.id != "sequence":
        raise file.refused(key, f"{_FIELD} is no list")
    return [_Term(each, _checked_id(file, each)) for each in node.value]


def _checked_id(file: _File, node: _Node) -> str | None:
    """The id of a term, if it has one."""
    if not _is_mapping(node):
        raise file.refused(node, "a term has no fields")
    fields = {str(key.value): value for key, value in node.value}
    unknown = set(fields) - {"id", "tags", "ownerID", "instanceMatchCriteria"}
    if unknown or len(fields) < len(node.value):
        raise file.refused(node, "a term has a field that Karpenter does not know, or one twice")
    if "id" in fields and len(fields) > 1:
        raise file.refused(node, "a term has an id and more, which Karpenter refuses")
    if not set(fields) & {"id", "tags", "instanceMatchCriteria"}:
        raise file.refused(node, "a term has neither id nor tags")
    for name, value in fields.items():
        if not _CHECKS[name](value):
            raise file.refused(value, f"{name} of a term is none that Karpenter takes")
    return cast("str", fields["id"].value) if "id" in fields else None


def _is_text(node: _Node) -> bool:
    return node.id == "scalar" and node.tag == "tag:yaml.org,2002:str" and node.style not in {"|", ">"}


def _are_tags(node: _Node) -> bool:
    if not _is_mapping(node):
        return False
    pairs = node.value
    return 0 < len(pairs) <= _MOST_TAGS and all(_is_text(each) and each.value for pair in pairs for each in pair)


_CHECKS: Mapping[str, Callable[[_Node], bool]] = {
    "id": lambda node: _is_text(node) and _RESERVATION.fullmatch(node.value) is not None,
    "ownerID": lambda node: _is_text(node) and _OWNER.fullmatch(node.value) is not None,
    "instanceMatchCriteria": lambda node: _is_text(node) and node.value in _CRITERIA,
    "tags": _are_tags,
}


def _values(terms: Sequence[_Term]) -> list[_Value]:
    return [_value_of(each.node) for each in terms]


def _value_of(node: _Node) -> _Value:
    return tuple(
        (str(key.value), value.value if value.id == "scalar" else _value_of(value)) for key, value in node.value
    )


def _end(node: _Node) -> int:
    """Where a node ends as it is written: marks of blocks are at whatever follows."""
    if node.id == "scalar" or node.flow_style or not node.value:
        return node.end_mark.index
    return _end(node.value[-1][1] if _is_mapping(node) else node.value[-1])


# Putting in


def _added(file: _File, found: _NodeClass, terms: Sequence[_Term], reservation_id: str) -> Edit:
    if found.field is None:
        return _with_field(file, found, reservation_id)
    node = found.field[1]
    if node.flow_style:
        return _in_brackets(file, node, terms, reservation_id)
    dash = node.start_mark.index
    indentation = file.text[file.line_start(dash) : dash]
    return _line_after(file, _end(node), f"{indentation}- id: {reservation_id}")


def _with_field(file: _File, found: _NodeClass, reservation_id: str) -> Edit:
    """Directly below `spec:`, so that comments there stay with what they are above."""
    column = found.spec.start_mark.column
    deeper = column + _depth_of_lists(found.spec)
    lines = [f"{' ' * column}{_FIELD}:", f"{' ' * deeper}- id: {reservation_id}", ""]
    at = file.next_line(found.key.end_mark.index)
    return file.edit(at, at, file.newline.join(lines))


def _depth_of_lists(spec: _Node) -> int:
    """By how much the lists of this spec are indented."""
    for key, value in spec.value:
        if value.id == "sequence" and not value.flow_style:
            return max(value.start_mark.column - key.start_mark.column, 0)
    return 2


def _line_after(file: _File, at: int, line: str) -> Edit:
    after = file.next_line(at)
    if not file.text[:after].endswith("\n"):
        return file.edit(after, after, f"{file.newline}{line}")
    return file.edit(after, after, f"{line}{file.newline}")


def _in_brackets(file: _File, node: _Node, terms: Sequence[_Term], reservation_id: str) -> Edit:
    if not terms:
        at = node.start_mark.index + 1
        return file.edit(at, at, f"{{ id: {reservation_id} }}")
    last = terms[-1].node
    end = _end(last)
    tight = re.match(r"\{\S", file.text[last.start_mark.index : end])
    blank = "" if tight else " "
    return file.edit(end, end, f", {{{blank}id: {reservation_id}{blank}}}")


# Taking out


def _removed(file: _File, found: _NodeClass, terms: Sequence[_Term], at: int) -> Edit:
    key, node = found.field or (found.key, found.spec)
    if len(terms) == 1:
        if len(found.spec.value) == 1:
            raise file.refused(key, "spec would be left without fields")
        return file.edit(file.line_start(key.start_mark.index), file.next_line(_end(node)), "")
    if node.flow_style:
        return _out_of_brackets(file, [each.node for each in terms], at)
    term = terms[at].node
    above = file.next_line(_end(terms[at - 1].node) if at else key.end_mark.index)
    return file.edit(
        _first_attached(file, above, file.line_start(term.start_mark.index)), file.next_line(_end(term)), ""
    )


def _first_attached(file: _File, above: int, line: int) -> int:
    """The first of the lines directly above one that have only a comment each."""
    while line > above and _COMMENT_LINE.fullmatch(file.text, file.line_start(line - 1), line):
        line = file.line_start(line - 1)
    return line


def _out_of_brackets(file: _File, terms: Sequence[_Node], at: int) -> Edit:
    start, end = terms[at].start_mark.index, _end(terms[at])
    if at:
        cut = _end(terms[at - 1]), end
        gap = cut[0], start
    else:
        cut = start, terms[1].start_mark.index
        gap = end, cut[1]
    if _PLAIN_GAP.fullmatch(file.text, *gap) is None:
        raise file.refused(terms[at], "a comment is in the way")
    return file.edit(*cut, "")


# Reading the result back


def _verify(file: _File, edit: Edit, node_class: str, wanted: list[_Value]) -> None:
    after = _read(edit.after, file.instead)
    found = _find(after, node_class)
    read = _values(_terms(after, found))
    before = _find(file, node_class)
    if read != wanted or _apart(file, before) != _apart(after, found):
        raise file.refused(before.key, "it is written in such a way that the edit does not read back as it should")


def _apart(file: _File, found: _NodeClass) -> list[tuple[object, ...]]:
    """What the file says, apart from the field."""
    import yaml  # noqa: PLC0415

    left_out = found.field[0].start_mark.index if found.field else -1
    told: list[tuple[object, ...]] = []
    level, nodes = 0, 0
    for event in _events(file):
        name = type(event).__name__
        if name == "ScalarEvent" and event.start_mark.index == left_out:
            nodes = 2
        if nodes == 0:
            told.append((name, *(getattr(event, each, None) for each in _TOLD)))
            continue
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        nodes -= level == 0
    return told
