"""HCL as written: a file's bytes become attributes, blocks and expressions, each with its bytes in the file.

The grammar of tree-sitter reads nearly anything and goes on after errors. What a broken file seems to say is not used,
so a file is either wholly read or its first error is told. Where the grammar takes what HCL refuses (two arguments on
one line, an argument set twice), it is refused here.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import TypeAlias

MOST_NESTING = 60
"""Levels of brackets that are read; deeper ones are unread, for every level costs stack."""


@dataclass(slots=True)
class Literal:
    """A text, number, truth value or null, written out."""

    start: int
    end: int
    value: str | int | float | bool | None


@dataclass(slots=True)
class Template:
    """A text with interpolations; flush says that its common indentation is taken away (`<<-`)."""

    start: int
    end: int
    parts: "tuple[str | Expression, ...]"
    flush: bool = False


@dataclass(slots=True)
class Variable:
    """A name that stands for a value, or for a keyword as the key of an object."""

    start: int
    end: int
    name: str


@dataclass(slots=True)
class Access:
    """Steps into a value: names of attributes, or expressions in brackets."""

    start: int
    end: int
    base: "Expression"
    steps: "tuple[str | int | Expression, ...]"


@dataclass(slots=True)
class Call:
    """A call of a function; expands says that its last argument is a list of arguments."""

    start: int
    end: int
    name: str
    arguments: "tuple[Expression, ...]"
    expands: bool


@dataclass(slots=True)
class Sequence:
    """A list in brackets."""

    start: int
    end: int
    items: "tuple[Expression, ...]"


@dataclass(slots=True)
class Object:
    """An object in braces; a bare name as a key is a Variable."""

    start: int
    end: int
    items: "tuple[tuple[Expression, Expression], ...]"


@dataclass(slots=True)
class Conditional:
    """One of two expressions, by a third."""

    start: int
    end: int
    test: "Expression"
    yes: "Expression"
    no: "Expression"


@dataclass(slots=True)
class Operation:
    """An operator and its one or two operands."""

    start: int
    end: int
    operator: str
    operands: "tuple[Expression, ...]"


@dataclass(slots=True)
class Unread:
    """An expression of a kind that is not evaluated."""

    start: int
    end: int
    why: str


Expression: TypeAlias = (
    Literal | Template | Variable | Access | Call | Sequence | Object | Conditional | Operation | Unread
)


@dataclass(slots=True)
class Attribute:
    """An argument: name = expression."""

    start: int
    end: int
    name: str
    expression: Expression


@dataclass(slots=True)
class Block:
    """A block with its labels."""

    start: int
    end: int
    kind: str
    labels: tuple[str, ...]
    body: "Body"


@dataclass(slots=True)
class Body:
    """What stands in a file or between a block's braces."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict[str, Attribute])
    blocks: tuple[Block, ...] = ()

    def of_kind(self, kind: str) -> Iterator[Block]:
        """The blocks of this kind, in order."""
        return (each for each in self.blocks if each.kind == kind)

    def block(self, kind: str) -> Block | None:
        """The first block of this kind."""
        return next(self.of_kind(kind), None)


@dataclass(frozen=True, slots=True)
class SyntaxTrouble:
    """Why a file is not HCL, and the byte where that shows."""

    at: int
    what: str


class TokenKind(Enum):
    """What a token is. A text is a whole string, template or heredoc, whatever is in it."""

    COMMENT = auto()
    TEXT = auto()
    OTHER = auto()


@dataclass(slots=True)
class Token:
    """The smallest thing that is written; between two tokens there are blanks only."""

    start: int
    end: int
    kind: TokenKind


@dataclass
class Document:
    """A file as read. data is its bytes, to which every start and end refers; in trouble its body is empty."""

    data: bytes
    body: Body
    trouble: SyntaxTrouble | None = None

    @cached_property
    def _lines(self) -> list[int]:
        return [at for at, byte in enumerate(self.data) if byte == 10]

    def line(self, at: int) -> int:
        """The line, from 1, that this byte is in."""
        return bisect_right(self._lines, at - 1) + 1

    def text(self, expression: Expression | Attribute) -> str:
        """The expression as it is written."""
        return self.data[expression.start : expression.end].decode(errors="replace")
