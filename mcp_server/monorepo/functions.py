"""Terraform's functions that trees use and that hang on their arguments alone.

An argument that does not fit makes the result Unknown, as does one that is Unknown where it matters.
"""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence

from mcp_server.monorepo.values import Unknown, Value, as_strings, as_text

Function = Callable[[Sequence[Value]], Value]

_MISFIT = Unknown("the arguments of a function do not fit")
_MOST_TEXT = 65_536


def _of_texts(count: int, rule: Callable[..., Value]) -> Function:
    """A function of so many texts."""

    def function(arguments: Sequence[Value]) -> Value:
        texts = [as_text(each) for each in arguments]
        unknown = next((each for each in texts if isinstance(each, Unknown)), None)
        if unknown:
            return unknown
        return rule(*texts) if len(texts) == count else _MISFIT

    return function


def _merge(arguments: Sequence[Value]) -> Value:
    merged: dict[str, Value] = {}
    for each in arguments:
        if isinstance(each, Unknown):
            return each
        if isinstance(each, Mapping):
            merged |= each
        elif each is not None:
            return _MISFIT
    return merged


def _concat(arguments: Sequence[Value]) -> Value:
    joined: list[Value] = []
    for each in arguments:
        if not isinstance(each, tuple):
            return each if isinstance(each, Unknown) else _MISFIT
        joined += each
    return tuple(joined)


def _join(arguments: Sequence[Value]) -> Value:
    if len(arguments) != 2 or not isinstance(arguments[0], str):
        return _MISFIT
    texts = as_strings(arguments[1])
    if isinstance(texts, Unknown):
        return texts
    if sum(map(len, texts)) + len(texts) * len(arguments[0]) > _MOST_TEXT:
        return Unknown("the text is too long")
    return arguments[0].join(texts)


def _lookup(arguments: Sequence[Value]) -> Value:
    match arguments:
        case [Mapping() as pairs, str() as key, *default]:
            return pairs[key] if key in pairs else (default[0] if default else Unknown("there is no such key"))
        case [Unknown() as unknown, *_]:
            return unknown
        case _:
            return _MISFIT


def _coalesce(arguments: Sequence[Value]) -> Value:
    return next((each for each in arguments if each is not None and each != ""), _MISFIT)


def _length(arguments: Sequence[Value]) -> Value:
    match arguments:
        case [(str() | tuple() | Mapping()) as value]:
            return len(value)
        case [Unknown() as unknown]:
            return unknown
        case _:
            return _MISFIT


def _keys(arguments: Sequence[Value]) -> Value:
    match arguments:
        case [Mapping() as pairs]:
            return tuple(sorted(pairs))
        case [Unknown() as unknown]:
            return unknown
        case _:
            return _MISFIT


def _contains(arguments: Sequence[Value]) -> Value:
    match arguments:
        case [tuple() as items, str() as wanted]:
            texts = as_strings(items)
            return texts if isinstance(texts, Unknown) else wanted in texts
        case _:
            return _MISFIT


def _format(arguments: Sequence[Value]) -> Value:
    """Only with %s, which needs no rule of rounding."""
    if not arguments or not isinstance(arguments[0], str) or re.search(r"%[^s%]|%%", arguments[0]):
        return Unknown("this format is not evaluated")
    pieces = arguments[0].split("%s")
    texts = [as_text(each) for each in arguments[1:]]
    if len(texts) != len(pieces) - 1:
        return _MISFIT
    written = pieces[0]
    for text, piece in zip(texts, pieces[1:], strict=True):
        if isinstance(text, Unknown):
            return text
        written += text + piece
    return written


def _replace(text: str, old: str, new: str) -> Value:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return Unknown("a regular expression is not evaluated")
    if (text.count(old) + 1) * len(new) > _MOST_TEXT:
        return Unknown("the text is too long")
    return text.replace(old, new)


def _split(separator: str, text: str) -> Value:
    return tuple(text.split(separator)) if separator else tuple(text)


def clean_path(path: str) -> str:
    """The path without detours (Go's filepath.Clean)."""
    cleaned = posixpath.normpath(path)
    return f"/{cleaned.lstrip('/')}" if path.startswith("/") else cleaned


def dirname(path: str) -> str:
    """All but the last part of the path (Go's filepath.Dir)."""
    return clean_path(path.rpartition("/")[0] or ("/" if path.startswith("/") else "."))


def basename(path: str) -> str:
    """The last part of the path (Go's filepath.Base)."""
    stripped = path.rstrip("/")
    return stripped.rpartition("/")[2] or ("/" if path else ".")


def _kept(arguments: Sequence[Value]) -> Value:
    return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple | Unknown) else _MISFIT


PURE: Mapping[str, Function] = {
    "basename": _of_texts(1, basename),
    "coalesce": _coalesce,
    "concat": _concat,
    "contains": _contains,
    "dirname": _of_texts(1, dirname),
    "endswith": _of_texts(2, str.endswith),
    "format": _format,
    "join": _join,
    "keys": _keys,
    "length": _length,
    "lookup": _lookup,
    "lower": _of_texts(1, str.lower),
    "merge": _merge,
    "replace": _of_texts(3, _replace),
    "split": _of_texts(2, _split),
    "startswith": _of_texts(2, str.startswith),
    "strcontains": _of_texts(2, str.__contains__),
    "tolist": _kept,
    "tostring": _of_texts(1, str),
    "trimprefix": _of_texts(2, str.removeprefix),
    "trimspace": _of_texts(1, str.strip),
    "trimsuffix": _of_texts(2, str.removesuffix),
    "upper": _of_texts(1, str.upper),
}
