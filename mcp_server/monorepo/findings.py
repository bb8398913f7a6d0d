"""Collecting what is wrong, once each, causes before what follows from them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.files import TreeFiles
from mcp_server.monorepo.syntax import Document, Expression
from mcp_server.monorepo.units import Finding, FindingKind, Place

_MOST_NAMED = 3


@dataclass(slots=True)
class _Told:
    """A finding with the units that met it. at_fault is the file that it may follow from."""

    finding: Finding
    at_fault: str | None
    units: dict[str, None] = field(default_factory=dict[str, None])


class Findings:
    """The findings of one tree. What is wrong with a shared file is told once, with the units that suffer by it."""

    def __init__(self, files: TreeFiles) -> None:
        self._files = files
        self._told: dict[tuple[FindingKind, str, int, str], _Told] = {}
        self._causes: dict[str, _Told] = {}

    def tell(
        self,
        kind: FindingKind,
        file: str,
        line: int,
        sentence: str,
        units: Iterable[str] = (),
        at_fault: str | None = None,
    ) -> None:
        """Add a finding; file is relative to the root, as is at_fault, from whose own finding this one may follow."""
        self._add(kind, file, line, sentence, units, at_fault)

    def tell_cause(self, kind: FindingKind, file: str, line: int, sentence: str, unit: str | None) -> None:
        """Add a finding of a file that others may take from, and from which what they lack then follows."""
        told = self._add(kind, file, line, sentence, [unit] if unit else [], None)
        self._causes.setdefault(file, told)

    def tell_of(
        self,
        document: Document,
        path: str,
        at: int,
        kind: FindingKind,
        sentence: str,
        unit: str,
        at_fault: str | None = None,
    ) -> None:
        """Add a finding at a byte of a file; path is absolute."""
        self.tell(kind, self._files.relative(path), document.line(at), sentence, [unit], at_fault)

    def trouble(self, document: Document, path: str, unit: str | None) -> bool:
        """Whether a file is in trouble, which is then told."""
        if document.trouble:
            kind = FindingKind.BAD_HCL if document.data else FindingKind.NOT_READ
            line = document.line(document.trouble.at)
            self.tell_cause(kind, self._files.relative(path), line, f"{document.trouble.what}.", unit)
        return document.trouble is not None

    def place(self, document: Document, path: str, expression: Expression) -> Place:
        """Where an expression is written."""
        line = document.line(expression.start)
        return Place(self._files.relative(path), line, expression.start, expression.end)

    def all(self) -> Sequence[Finding]:
        """What was told: first what most units suffer by, then by file and line.

        What follows from a finding of another file is not told again: it is counted there.
        """
        kept = list(self._without_consequences())
        kept.sort(key=lambda each: (-max(len(each.units), 1), each.file, each.line, each.sentence))
        return kept

    def _without_consequences(self) -> Iterator[Finding]:
        causes = {id(each) for each in self._causes.values()}
        kept: list[_Told] = []
        for each in self._told.values():
            cause = self._causes.get(each.at_fault) if each.at_fault else None
            if cause and id(each) not in causes:
                cause.units |= each.units
            else:
                kept.append(each)
        return (_with_units(each) for each in kept)

    def _add(
        self, kind: FindingKind, file: str, line: int, sentence: str, units: Iterable[str], at_fault: str | None
    ) -> _Told:
        new = _Told(Finding(kind, file, line, sentence), at_fault)
        told = self._told.setdefault((kind, file, line, sentence), new)
        told.units |= dict.fromkeys(units)
        return told


def _with_units(told: _Told) -> Finding:
    """The finding with its units, which are named where they are more than one."""
    units = tuple(sorted(told.units))
    if len(units) < 2:
        return replace(told.finding, units=units)
    named = ", ".join(map(quoted, units[:_MOST_NAMED]))
    more = f" and {len(units) - _MOST_NAMED} more" if len(units) > _MOST_NAMED else ""
    sentence = f"{told.finding.sentence} It concerns {len(units)} units: {named}{more}."
    return replace(told.finding, sentence=sentence, units=units)
