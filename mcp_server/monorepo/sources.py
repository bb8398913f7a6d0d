"""Where a module comes from, as its source says (Terraform's module sources, Terragrunt's `source`)."""

import posixpath
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs

_GIT = re.compile(r"^(?:git::|git@|ssh://|https?://[^?]*\.git\b|(?:https?://)?(?:github|gitlab)\.com/|bitbucket\.org/)")
_REGISTRY = re.compile(r"^(?:tfr://[^/]*/)?(?:[a-z0-9.-]+\.[a-z]+(?::\d+)?/)?[\w-]+/[\w-]+/[\w-]+$")


class SourceKind(StrEnum):
    """What kind of place a module comes from."""

    LOCAL = "local"
    GIT = "git"
    REGISTRY = "registry"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Source:
    """A module's source.

    address is the repository or package, empty if local. folder is the module's, relative to the tree's root if local,
    else to the address. ref is the git ref or the registry's version.
    """

    kind: SourceKind
    address: str
    folder: str
    ref: str | None

    @property
    def held_back_at(self) -> str | None:
        """The git ref that the module is taken at, instead of the tree's own; None if it is not."""
        return self.ref if self.kind is SourceKind.GIT else None


def read_source(text: str, folder: str, root: str) -> Source:
    """The source that is written in a file of this folder; both folder and root are absolute."""
    plain, _, query = text.partition("?")
    asked = parse_qs(query, max_num_fields=20) if query.count("&") < 20 else {}
    if plain.startswith((".", "/", "file://")):
        where = plain.removeprefix("file://").replace("//", "/")
        path = posixpath.normpath(posixpath.join(folder, where))
        return Source(SourceKind.LOCAL, "", posixpath.relpath(path, root), None)
    address, inner = _divided(plain)
    if _GIT.match(plain):
        return Source(SourceKind.GIT, address, inner, next(iter(asked.get("ref", [])), None))
    if _REGISTRY.match(address):
        return Source(SourceKind.REGISTRY, address, inner, next(iter(asked.get("version", [])), None))
    return Source(SourceKind.OTHER, address, inner, None)


def _divided(plain: str) -> tuple[str, str]:
    """A source before and after the double slash that is not its scheme's."""
    begin = plain.find("://") + 3 if "://" in plain else 0
    cut = plain.find("//", begin)
    return (plain, "") if cut < 0 else (plain[:cut], plain[cut + 2 :].strip("/"))
