"""Looking into values of which nobody knows the shape."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mcp_server.capacity.words import word

_MOST_TOLD = 8
_HOLDING = (dict, list)

# Every rule asks these of every value: Any, for a cast of each would take a tenth of the time.


def at(value: Any, *steps: str | int) -> object:
    """What lies at the end of these keys and numbers; None where the way ends before."""
    for step in steps:
        # What decodes JSON makes no other kinds of them.
        kind = value.__class__
        if kind is dict:
            value = value.get(step)
        elif kind is list and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def block(value: object, name: str) -> object:
    """A block that there is once at most: the provider prints it as a list of one, or as an object."""
    found = listed(at(value, name))
    return found[0] if found else None


def listed(value: Any) -> Sequence[object]:
    """A list; one of one for anything else but nothing."""
    kind = value.__class__
    if kind is list:
        return value
    return () if value is None else (value,)


def texts(value: object) -> Sequence[str]:
    """The texts of a list, or the one text that a value is."""
    if isinstance(value, str):
        return (value,)
    return [each for each in listed(value) if isinstance(each, str)]


def mapping(value: Any) -> Mapping[str, object]:
    """An object; an empty one for anything else."""
    kind = value.__class__
    return value if kind is dict else {}


def inner(value: Any) -> Iterable[object]:
    """What is directly inside of an object or a list."""
    kind = value.__class__
    if kind is dict:
        return value.values()
    return value if kind is list else ()


def found_under(value: object, *keys: str) -> Sequence[object]:
    """Every value that stands under one of these keys, however deep."""
    found: list[object] = []
    _gather(value, keys, found)
    return found


def _gather(value: object, keys: Sequence[str], found: list[object]) -> None:
    here = mapping(value)
    if here:
        found += [here[key] for key in keys if key in here]
    for each in inner(value):
        if type(each) in _HOLDING:
            _gather(each, keys, found)


def told(value: object) -> str:
    """A value of a plan as one word of a sentence, which cannot end that. Whole: a part of a secret is not found."""
    text = value if isinstance(value, str) else str(value)
    return word(text, len(text) + 1)


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
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None
