"""Reading back what an edit of HCL came to: it is what was wanted, and everything else is what it was."""

from collections.abc import Mapping
from typing import cast

from mcp_server.monorepo import syntax
from mcp_server.monorepo.edits import Edit, EditRefused
from mcp_server.monorepo.hcl_places import EditedFile, ValuePlace, entries_of, reach
from mcp_server.monorepo.hcl_writing import Entry, Scalar
from mcp_server.monorepo.parsing import parse, tokens
from mcp_server.monorepo.syntax import Body, Expression
from mcp_server.monorepo.values import Value


def check_inserted(file: EditedFile, edit: Edit, keys: tuple[str, ...]) -> None:
    """Everything but what is at the keys is as it was, and all of that is new."""
    after = _file_after(file, edit, ValuePlace(keys, file.place.block))
    reached = reach(after)
    removed, added = _changed_tokens(edit)
    omitted = reached.value
    same = not isinstance(omitted, Body) and _bare(after.document.body, omitted) == _bare(file.document.body)
    if reached.rest or removed or not added or not same:
        raise _not_as_wanted(file)


def check_reads(file: EditedFile, edit: Edit, name: str, entry: Entry) -> None:
    """The map at the place has the entry as it was to be."""
    if not _same(entries_of(_file_after(file, edit, file.place)).get(name), entry):
        raise _not_as_wanted(file)


def check_removed(file: EditedFile, edit: Edit, name: str) -> None:
    """Everything but the entry is as it was, and nothing is new."""
    after = _file_after(file, edit, file.place)
    before = EditedFile(file.document, file.place.entry(name), None)
    removed, added = _changed_tokens(edit)
    omitted = reach(before).value
    same = not isinstance(omitted, Body) and _bare(file.document.body, omitted) == _bare(after.document.body)
    if added or not removed or not same or name in entries_of(after):
        raise _not_as_wanted(file)


def check_set(file: EditedFile, edit: Edit, literal: syntax.Literal, value: Scalar) -> None:
    """The literal has the value, and everything else is as it was."""
    after = _file_after(file, edit, file.place)
    read = reach(after).value
    if not isinstance(read, syntax.Literal) or not _same(read.value, value):
        raise _not_as_wanted(file)
    if _bare(file.document.body, literal) != _bare(after.document.body, read):
        raise _not_as_wanted(file)
    written = [each for each in tokens(file.data) if each.start < literal.start or each.start >= literal.end]
    now = [each for each in tokens(edit.after) if each.start < read.start or each.start >= read.end]
    if _texts(file.data, written) != _texts(edit.after, now):
        raise _not_as_wanted(file)


def _file_after(file: EditedFile, edit: Edit, place: ValuePlace) -> EditedFile:
    document = parse(edit.after)
    if document.trouble:
        raise _not_as_wanted(file)
    return EditedFile(document, place, file.instead)


def _not_as_wanted(file: EditedFile) -> EditRefused:
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
