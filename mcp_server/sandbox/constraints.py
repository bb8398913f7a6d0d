"""What a service's model says about a request's members, checked as the service does before it looks any further."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from moto.core.utils import get_service_model

from mcp_server.sandbox.call import AwsError

# The classes of Unicode that the models' patterns name, as near as Python's own expressions come.
_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s"}

Check = Callable[[Any, Any], bool]
_SIZES: Mapping[str, Mapping[str, tuple[Check, str]]] = {
    "value": {
        "min": (lambda value, limit: value >= limit, "Member must have value greater than or equal to {}"),
        "max": (lambda value, limit: value <= limit, "Member must have value less than or equal to {}"),
    },
    "length": {
        "min": (lambda value, limit: len(value) >= limit, "Member must have length greater than or equal to {}"),
        "max": (lambda value, limit: len(value) <= limit, "Member must have length less than or equal to {}"),
    },
}


def check(service: str, operation: str, params: Mapping[str, Any]) -> None:
    """Whether a request's members are all there and within the model's limits, patterns and enums.

    Raises:
        AwsError: ValidationException, naming every member that is not.
    """
    found = list(_faults(get_service_model(service).operation_model(operation).input_shape, params, ""))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise AwsError("ValidationException", f"{len(found)} validation {errors} detected: {'; '.join(found)}")


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    """What is wrong with a value by its shape of botocore, which ships no types."""
    match shape.type_name:
        case "structure":
            yield from _faults_of_members(shape, value, path)
        case "list":
            yield from _wrong_size("length", shape, value, path)
            for number, each in enumerate(value, 1):
                yield from _faults(shape.member, each, f"{path}.{number}.member")
        case "string":
            yield from _wrong_size("length", shape, value, path)
            yield from _wrong_words(shape, value, path)
        case "integer" | "long":
            yield from _wrong_size("value", shape, value, path)
        case _:
            pass


def _faults_of_members(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        where = f"{path}.{_lower(name)}" if path else _lower(name)
        if value.get(name) is not None:
            yield from _faults(member, value[name], where)
        elif name in shape.required_members:
            yield _fault(None, where, "Member must not be null")


def _wrong_size(kind: str, shape: Any, value: Any, path: str) -> Iterator[str]:
    for limit, (within, words) in _SIZES[kind].items():
        if limit in shape.metadata and not within(value, shape.metadata[limit]):
            yield _fault(value, path, words.format(shape.metadata[limit]))


def _wrong_words(shape: Any, value: str, path: str) -> Iterator[str]:
    allowed: Sequence[str] = shape.metadata.get("enum", ())
    if allowed and value not in allowed:
        yield _fault(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    pattern: str = shape.metadata.get("pattern", ".*")
    if not re.fullmatch(_readable(pattern), value, re.DOTALL):
        yield _fault(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _readable(pattern: str) -> str:
    for theirs, ours in _CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    return pattern


def _fault(value: Any, path: str, words: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {words}"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
