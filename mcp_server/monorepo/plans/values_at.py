"""Looking into values of which nobody knows the shape."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import msgspec

from mcp_server.capacity.words import word

_Map = Mapping[str, object]
_List = Sequence[object]


_MOST_TOLD = 8


def at(value: object, *steps: str | int) -> object:
    """What lies at the end of these keys and numbers; None where the way ends before."""
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = cast(_Map, value).get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(cast(_List, value)):
            value = cast(_List, value)[step]
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
        return cast(_List, value)
    return () if value is None else (value,)


def texts(value: object) -> Sequence[str]:
    """The texts of a list, or the one text that a value is."""
    return [each for each in listed(value) if isinstance(each, str)]


def mapping(value: object) -> Mapping[str, object]:
    """An object; an empty one for anything else."""
    return cast(_Map, value) if isinstance(value, dict) else {}


def inner(value: object) -> Iterable[object]:
    """What is directly inside of an object or a list."""
    if isinstance(value, dict):
        return cast(_Map, value).values()
    return cast(_List, value) if isinstance(value, list) else ()


def found_under(value: object, *keys: str) -> Sequence[object]:
    """Every value that stands under one of these keys, however deep."""
    found: list[object] = []
    _gather(value, keys, found)
    return found


def _gather(value: object, keys: Sequence[str], found: list[object]) -> None:
    here = mapping(value)
    found.extend(here[key] for key in keys if key in here)
    for each in inner(value):
        if isinstance(each, dict | list):
            _gather(cast(object, each), keys, found)


def told(value: object) -> str:
    """A value of a plan as one word of a sentence, which cannot end that."""
    return word(value if isinstance(value, str) else str(value))


def all_told(values: Iterable[object]) -> str:
    """Several of them, in their order; beyond a few only how many there are."""
    named = [told(each) for each in values]
    more = len(named) - _MOST_TOLD
    return ", ".join(named[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def document(value: object) -> object:
    """What a text in JSON holds; None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        return cast(object, msgspec.json.decode(value))
    except (msgspec.DecodeError, RecursionError):
        return None
