"""Looking into values of which nobody knows the shape."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import msgspec

from mcp_server.capacity.words import word


def at(value: object, *steps: str | int) -> object:
    """What lies at the end of these keys and numbers; None where the way ends before."""
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = cast(Mapping[str, object], value).get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(cast(Sequence[object], value)):
            value = cast(Sequence[object], value)[step]
        else:
            return None
    return value


def block(value: object, name: str) -> object:
    """A block that there is once at most: the provider prints it as a list of one, or as an object."""
    found = at(value, name)
    return listed(found)[0] if listed(found) else None


def listed(value: object) -> Sequence[object]:
    """A list; one of one for anything else but nothing."""
    if isinstance(value, list):
        return cast(Sequence[object], value)
    return () if value is None else (value,)


def texts(value: object) -> Sequence[str]:
    """The texts of a list, or the one text that a value is."""
    return [each for each in listed(value) if isinstance(each, str)]


def mapping(value: object) -> Mapping[str, object]:
    """An object; an empty one for anything else."""
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}


def inner(value: object) -> Iterable[object]:
    """What is directly inside of an object or a list."""
    if isinstance(value, dict):
        return cast(Mapping[str, object], value).values()
    return cast(Sequence[object], value) if isinstance(value, list) else ()


def found_under(value: object, key: str) -> Iterator[object]:
    """Every value that stands under a key, however deep."""
    if key in mapping(value):
        yield mapping(value)[key]
    for each in inner(value):
        yield from found_under(each, key)


def told(value: object) -> str:
    """A value of a plan as one word of a sentence, which cannot end that."""
    return word(value if isinstance(value, str) else str(value))


def all_told(values: Iterable[object]) -> str:
    """Several of them, in their order."""
    return ", ".join(map(told, values))


def document(value: object) -> object:
    """What a text in JSON holds; None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        return cast(object, msgspec.json.decode(value))
    except (msgspec.DecodeError, RecursionError):
        return None
