"""Where files of a repository name reservations and plans, whether or not it is an entry that this program reads."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.parsing import parse, tokens
from mcp_server.monorepo.syntax import TokenKind
from mcp_server.wiring.places import Wired
from mcp_server.wiring.targets import Target

ENDINGS = (".hcl", ".tf", ".tfvars", ".yaml", ".yml", ".json", ".tftpl", ".tpl", ".sh")
"""Of the files that are looked through."""

_NEVER_APPLIED = ".tftest.hcl"

TERMS = "capacityReservationSelectorTerms"
"""The field by which a NodeClass takes reservations, also without their ids."""

_BESIDE = ("gitops", "terraform", "cluster-configs")
"""Folders beside the tree of which something gets into a cluster."""

_MOST_BYTES = 1 << 20
_NAMED = re.compile(
    rb"(?<![0-9A-Za-z-])(?:cr-[0-9a-f]{8,17}(?![0-9A-Za-z])"
    rb"|arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:training-plan/[A-Za-z0-9-]+|" + TERMS.encode() + rb")"
)
_COMMENT_LINE = re.compile(rb"^[ \t]*(?:#|//)[^\n]*", re.MULTILINE)
_ALARMS = ("capacity", "id")
"""Keys, around a name, of what the module monitoring warns of: it uses nothing."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An id, or an ARN, in a file, relative to the tree's root; line counts from 1. Comments are none."""

    capacity: str
    file: str
    line: int


def mentions(tree: LiveTree) -> tuple[Mention, ...]:
    """Every one in the tree, and in what is beside it and gets into a cluster."""
    return tuple(each for file in _files(tree) for each in _in_file(file, os.path.relpath(file, tree.root)))


def unread_as_entries(found: Iterable[Mention], tree: LiveTree, wired: Iterable[Wired]) -> tuple[Mention, ...]:
    """Those that are neither of an entry nor of an alarm: what names it there is not known."""
    lines = {(each.capacity, each.file, each.line) for each in wired if each.target is not Target.NODE_CLASS}
    lines |= {
        (str(each.value), each.place.file, each.place.line)
        for unit in tree.units
        for each in unit.inputs
        if len(each.keys) == 3 and (each.keys[0], each.keys[2]) == _ALARMS
    }
    # Of a NodeClass's file only the first line with an id is known.
    files = {(each.capacity, each.file) for each in wired if each.target is Target.NODE_CLASS}
    return tuple(
        each
        for each in found
        if (each.capacity, each.file, each.line) not in lines and (each.capacity, each.file) not in files
    )


def _files(tree: LiveTree) -> Iterator[Path]:
    for top in (tree.root, *(tree.root.parent / each for each in _BESIDE)):
        for folder, folders, files in os.walk(top):
            # What Terraform and Terragrunt fetch and generate is hidden, and long.
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            yield from (Path(folder, each) for each in sorted(files) if _is_applied(each))


def _is_applied(name: str) -> bool:
    return name.endswith(ENDINGS) and not name.endswith(_NEVER_APPLIED)


def _in_file(file: Path, shown: str) -> Iterator[Mention]:
    try:
        data = file.read_bytes() if file.stat().st_size <= _MOST_BYTES else b""
    except OSError:
        return
    if _NAMED.search(data) is None:
        return
    said = _without_comments(data, hcl=file.suffix in {".hcl", ".tf", ".tfvars"})
    for each in _NAMED.finditer(said):
        yield Mention(each[0].decode(), shown, said.count(b"\n", 0, each.start()) + 1)


def _without_comments(data: bytes, *, hcl: bool) -> bytes:
    """The file with blanks in place of its comments, so that lines stay; else only those of whole lines."""
    if not hcl or parse(data).trouble:
        return _COMMENT_LINE.sub(b"", data)
    said = bytearray(data)
    for each in tokens(data):
        if each.kind is TokenKind.COMMENT:
            said[each.start : each.end] = re.sub(rb"[^\n]", b" ", data[each.start : each.end])
    return bytes(said)
