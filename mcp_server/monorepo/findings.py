"""Collecting what is wrong, once each, in the order in which it is found."""

from collections.abc import Sequence

from mcp_server.monorepo.files import TreeFiles
from mcp_server.monorepo.syntax import Document, Expression
from mcp_server.monorepo.units import Finding, FindingKind, Place


class Findings:
    """The findings of one tree. The same of a shared file is told once, for the first unit that meets it."""

    def __init__(self, files: TreeFiles) -> None:
        self._files = files
        self._told: dict[tuple[FindingKind, str, int, str], Finding] = {}

    def tell(self, kind: FindingKind, file: str, line: int, sentence: str, unit: str | None = None) -> None:
        """Add a finding; file is relative to the root."""
        self._told.setdefault((kind, file, line, sentence), Finding(kind, file, line, sentence, unit))

    def tell_of(self, document: Document, path: str, at: int, kind: FindingKind, sentence: str, unit: str) -> None:
        """Add a finding at a byte of a file; path is absolute."""
        self.tell(kind, self._files.relative(path), document.line(at), sentence, unit)

    def trouble(self, document: Document, path: str, unit: str | None) -> bool:
        """Whether a file is in trouble, which is then told."""
        if document.trouble:
            kind = FindingKind.BAD_HCL if document.data else FindingKind.NOT_READ
            line = document.line(document.trouble.at)
            self.tell(kind, self._files.relative(path), line, f"{document.trouble.what}.", unit)
        return document.trouble is not None

    def place(self, document: Document, path: str, expression: Expression) -> Place:
        """Where an expression is written."""
        line = document.line(expression.start)
        return Place(self._files.relative(path), line, expression.start, expression.end)

    def all(self) -> Sequence[Finding]:
        """What was told, by file and line."""
        return sorted(self._told.values(), key=lambda each: (each.file, each.line, each.sentence))
