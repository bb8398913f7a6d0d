"""The inputs of a unit: each value with the keys that lead to it and the place where it is written."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from mcp_server.monorepo import syntax
from mcp_server.monorepo.evaluating import evaluate, object_key
from mcp_server.monorepo.findings import Findings
from mcp_server.monorepo.syntax import Expression
from mcp_server.monorepo.terragrunt_files import TerragruntFile
from mcp_server.monorepo.units import Input
from mcp_server.monorepo.values import Unknown, Value

Key: TypeAlias = str | int
Inputs: TypeAlias = "dict[Key, Input | Inputs]"
"""Inputs by key; what is below an object that is written out is again by key."""


class InputsUnread(Exception):
    """Which inputs there are cannot be told."""

    def __init__(self, expression: Expression, why: Unknown) -> None:
        self.expression, self.why = expression, why
        super().__init__(why.why)


class InputsReader:
    """Reads the inputs of one file of a unit."""

    def __init__(self, file: TerragruntFile, findings: Findings) -> None:
        self._file, self._findings = file, findings

    def read(self, expression: Expression, keys: tuple[Key, ...] = ()) -> Inputs:
        """The inputs that an expression gives: an object, or objects merged.

        Raises:
            InputsUnread: It is something else, that cannot be evaluated.
        """
        if isinstance(expression, syntax.Object):
            return self._object(expression, keys)
        if isinstance(expression, syntax.Call) and expression.name == "merge" and not expression.expands:
            merged: Inputs = {}
            for each in expression.arguments:
                merged |= self.read(each, keys)
            return merged
        value = evaluate(expression, self._file)
        if isinstance(value, Mapping):
            return {key: self._computed(expression, (*keys, key), inner) for key, inner in value.items()}
        raise InputsUnread(expression, value if isinstance(value, Unknown) else Unknown("it is no object"))

    def _object(self, expression: syntax.Object, keys: tuple[Key, ...]) -> Inputs:
        read: Inputs = {}
        for key, value in expression.items:
            name = object_key(key, self._file)
            if isinstance(name, Unknown):
                raise InputsUnread(key, name)
            read[name] = self._one(value, (*keys, name))
        return read

    def _one(self, expression: Expression, keys: tuple[Key, ...]) -> "Input | Inputs":
        value = _written(expression)
        if not isinstance(value, Unknown):
            place = self._findings.place(self._file.document, self._file.path, expression)
            return Input(keys, value, literal=True, place=place)
        if isinstance(expression, syntax.Object):
            try:
                return self._object(expression, keys)
            except InputsUnread as unread:
                return self._computed(expression, keys, unread.why)
        if isinstance(expression, syntax.Sequence):
            return {at: self._one(each, (*keys, at)) for at, each in enumerate(expression.items)}
        return self._computed(expression, keys, evaluate(expression, self._file))

    def _computed(self, expression: Expression, keys: tuple[Key, ...], value: Value) -> Input:
        place = self._findings.place(self._file.document, self._file.path, expression)
        return Input(keys, value, literal=False, place=place)


def _written(expression: Expression) -> Value:
    """The value of a literal, of a list of literals or of an empty object; else Unknown."""
    match expression:
        case syntax.Literal():
            return expression.value
        case syntax.Sequence():
            items = tuple(each.value for each in expression.items if isinstance(each, syntax.Literal))
            return items if len(items) == len(expression.items) else Unknown("not all of it is written out")
        case syntax.Object(items=()):
            return {}
        case _:
            return Unknown("it is not written out")


def merged_shallow(below: Inputs, above: Inputs) -> Inputs:
    """Two files' inputs where the one above wins, key by key."""
    return below | above


def merged_deep(below: Inputs, above: Inputs) -> Inputs:
    """Two files' inputs where objects are merged within, and lists are joined, as merge_strategy "deep" does."""
    merged = dict(below)
    for key, value in above.items():
        merged[key] = _merged_value(merged[key], value) if key in merged else value
    return merged


def _merged_value(below: "Input | Inputs", above: "Input | Inputs") -> "Input | Inputs":
    if isinstance(below, dict) and isinstance(above, dict):
        return merged_deep(below, above) if _is_object(below) and _is_object(above) else above
    if isinstance(above, dict):
        return above
    if isinstance(above.value, tuple):
        return replace(above, value=Unknown("a deep merge joins two lists"), literal=False)
    if not above.value:
        # Terragrunt's merge takes 0, "" and false for nothing, and then keeps what is below.
        return replace(above, value=Unknown("a deep merge may keep what it was to replace"), literal=False)
    return above


def _is_object(inputs: Inputs) -> bool:
    return all(isinstance(key, str) for key in inputs)


def flat(inputs: Inputs) -> Iterator[Input]:
    """The inputs one by one, in the order in which they are written."""
    for each in inputs.values():
        if isinstance(each, Input):
            yield each
        else:
            yield from flat(each)
