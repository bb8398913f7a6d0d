"""What an expression comes to: a value of HCL, or that it cannot be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be told without running something. why is a clause that names the cause.

    at_fault is the file, relative to the root, in which that has to be mended, where it is known.
    """

    why: str
    at_fault: str | None = field(default=None, repr=False)


Value: TypeAlias = "str | int | float | bool | tuple[Value, ...] | Mapping[str, Value] | Unknown | None"
"""Numbers are int where they are whole. A list, a set and a tuple are all tuples; an object is a mapping."""


class FileLocals(dict[str, Value]):
    """The locals of a file, relative to the root: what is missing among them has to be mended there."""

    def __init__(self, file: str, values: Mapping[str, Value]) -> None:
        self.file = file
        super().__init__(values)


def as_text(value: Value) -> str | Unknown:
    """The value as a template writes it (HCL's conversions to string)."""
    match value:
        case str() | Unknown():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float() if "e" not in str(value):
            return str(value)
        case _:
            return Unknown("it is not a text")


def as_strings(value: Value) -> tuple[str, ...] | Unknown:
    """The value as a list of texts."""
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, tuple) or not all(isinstance(each, str) for each in value):
        return Unknown("it is not a list of texts")
    return tuple(each for each in value if isinstance(each, str))
