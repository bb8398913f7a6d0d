"""What expressions come to, as far as that hangs on files alone.

Pure: names and Terragrunt's own functions are asked of the scope. Whatever is not handled is Unknown. A tree may be
written to exhaust its reader, so depth, steps and sizes are bounded.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import syntax
from mcp_server.monorepo.functions import PURE
from mcp_server.monorepo.syntax import Expression
from mcp_server.monorepo.values import FileLocals, Unknown, Value, as_text

_MOST_DEPTH = 100
_MOST_STEPS = 100_000
_MOST_TEXT = 65_536
_MOST_ITEMS = 10_000
_MOST_BITS = 512


class Namespace(Protocol):
    """A name whose members are evaluated when they are asked for: local, include, dependency."""

    def member(self, name: str) -> "Value | Namespace":
        """The member of this name, Unknown if there is none."""
        ...


Named: TypeAlias = "Value | Namespace"


@dataclass(slots=True)
class Work:
    """How much has been evaluated, for one unit."""

    depth: int = 0
    steps: int = 0

    @property
    def spent(self) -> bool:
        """Whether no more is evaluated."""
        return self.steps >= _MOST_STEPS


class Scope(Protocol):
    """Where an expression stands."""

    @property
    def work(self) -> Work:
        """What is counted against the bounds."""
        ...

    def name(self, name: str) -> Named:
        """What a name stands for."""
        ...

    def call(self, name: str, arguments: Sequence[Value]) -> Value:
        """What a function that is not pure gives."""
        ...


def evaluate(expression: Expression, scope: Scope) -> Value:
    """What the expression comes to."""
    if isinstance(expression, syntax.Literal):
        return expression.value
    named = _evaluate(expression, scope)
    return Unknown("a whole namespace is no value") if _is_namespace(named) else cast(Value, named)


def _is_namespace(named: Named) -> bool:
    return hasattr(named, "member")


def _evaluate(expression: Expression, scope: Scope) -> Named:
    work = scope.work
    work.steps += 1
    if work.depth >= _MOST_DEPTH or work.spent:
        return Unknown("it takes too long to evaluate")
    work.depth += 1
    try:
        return _bounded(_EVALUATORS[type(expression)](expression, scope))
    finally:
        work.depth -= 1


def _bounded(value: Named) -> Named:
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        return Unknown("the text is too long")
    if (isinstance(value, int) and value.bit_length() > _MOST_BITS) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        return Unknown("the number is too large")
    if isinstance(value, tuple | Mapping) and len(value) > _MOST_ITEMS:
        return Unknown("the collection is too large")
    return value


def _literal(expression: syntax.Literal, _scope: Scope) -> Named:
    return expression.value


def _template(expression: syntax.Template, scope: Scope) -> Named:
    if len(expression.parts) == 1 and not isinstance(expression.parts[0], str):
        # An interpolation alone keeps its type.
        return evaluate(expression.parts[0], scope)
    texts: list[str] = []
    for part in expression.parts:
        text = part if isinstance(part, str) else as_text(evaluate(part, scope))
        if isinstance(text, Unknown):
            return text
        texts.append(text)
        if sum(map(len, texts)) > _MOST_TEXT:
            return Unknown("the text is too long")
    return _without_indentation(texts, expression.parts) if expression.flush else "".join(texts)


def _without_indentation(texts: Sequence[str], parts: Sequence[str | Expression]) -> str:
    """The text of a flush heredoc: the indentation that all of its lines share is what is written, not interpolated."""
    written = "".join(text if isinstance(part, str) else "\0" for text, part in zip(texts, parts, strict=True))
    lines = [line for line in written.split("\n")[:-1] if line.strip(" \t\r")]
    shared = min((len(line) - len(line.lstrip(" \t")) for line in lines), default=0)
    inserted = iter(text for text, part in zip(texts, parts, strict=True) if not isinstance(part, str))
    kept = "\n".join(line[shared:] if line.strip(" \t\r") else line.lstrip(" \t") for line in written.split("\n"))
    return "".join(next(inserted) if each == "\0" else each for each in kept)


def _variable(expression: syntax.Variable, scope: Scope) -> Named:
    return scope.name(expression.name)


def _access(expression: syntax.Access, scope: Scope) -> Named:
    value = _evaluate(expression.base, scope)
    for step in expression.steps:
        key = step if isinstance(step, str | int) else evaluate(step, scope)
        if isinstance(value, Unknown):
            return value
        if isinstance(key, Unknown):
            return key
        value = _step(value, key)
    return value


def _step(value: Named, key: Value) -> Named:
    if isinstance(value, Mapping):
        # HCL's objects may be indexed by numbers, which become texts.
        name = as_text(key)
        if isinstance(name, str) and name in value:
            return value[name]
        return Unknown(f"there is no {quoted(str(key), 80)}", value.file if isinstance(value, FileLocals) else None)
    if isinstance(value, tuple):
        if isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(value):
            return value[key]
        return Unknown("there is no such item in the list")
    if _is_namespace(value) and isinstance(key, str):
        return cast(Namespace, value).member(key)
    return Unknown(f"{quoted(str(key), 80)} is asked of what is no object")


def _call(expression: syntax.Call, scope: Scope) -> Named:
    arguments = [evaluate(each, scope) for each in expression.arguments]
    if expression.expands:
        last = arguments.pop() if arguments else None
        if not isinstance(last, tuple):
            return last if isinstance(last, Unknown) else Unknown("what is expanded is no list")
        arguments += last
    pure = PURE.get(expression.name)
    if pure is None:
        return scope.call(expression.name, arguments)
    return pure(arguments)


def _sequence(expression: syntax.Sequence, scope: Scope) -> Named:
    return tuple(evaluate(each, scope) for each in expression.items)


def _object(expression: syntax.Object, scope: Scope) -> Named:
    pairs: dict[str, Value] = {}
    for key, value in expression.items:
        name = object_key(key, scope)
        if isinstance(name, Unknown):
            return name
        pairs[name] = evaluate(value, scope)
    return pairs


def object_key(key: Expression, scope: Scope) -> str | Unknown:
    """A key of an object: a bare name stands for itself, also null (HCL's LiteralValueExpr.AsTraversal)."""
    if isinstance(key, syntax.Literal) and key.value is None:
        return "null"
    return key.name if isinstance(key, syntax.Variable) else as_text(evaluate(key, scope))


def _conditional(expression: syntax.Conditional, scope: Scope) -> Named:
    test = evaluate(expression.test, scope)
    if isinstance(test, Unknown):
        return test
    if not isinstance(test, bool):
        return Unknown("the condition is neither true nor false")
    return evaluate(expression.yes if test else expression.no, scope)


def _operation(expression: syntax.Operation, scope: Scope) -> Named:
    operands = [evaluate(each, scope) for each in expression.operands]
    unknown = next((each for each in operands if isinstance(each, Unknown)), None)
    if unknown:
        return unknown
    result = _RESULTS.get((expression.operator, len(operands)))
    try:
        return result(*operands) if result else Unknown(f"{quoted(expression.operator)} is not evaluated")
    except (TypeError, ValueError, ArithmeticError):
        return Unknown(f"{quoted(expression.operator)} does not fit its operands")


def _unread(expression: syntax.Unread, _scope: Scope) -> Named:
    return Unknown(expression.why)


def _equal(one: Value, other: Value) -> Value:
    """Of scalars only: lists may share parts so often that comparing them never ends."""
    if isinstance(one, tuple | Mapping) or isinstance(other, tuple | Mapping):
        return Unknown("collections are not compared")
    return type(one) is type(other) and one == other if _both_not_numbers(one, other) else one == other


def _both_not_numbers(one: Value, other: Value) -> bool:
    return not (_is_number(one) and _is_number(other))


def _different(one: Value, other: Value) -> Value:
    equal = _equal(one, other)
    return equal if isinstance(equal, Unknown) else not equal


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_booleans(rule: Callable[..., bool]) -> Callable[..., Value]:
    return lambda *operands: rule(*operands) if all(isinstance(each, bool) for each in operands) else _misfit()


def _of_numbers(rule: Callable[..., Value]) -> Callable[..., Value]:
    return lambda *operands: rule(*operands) if all(map(_is_number, operands)) else _misfit()


def _misfit() -> Value:
    raise TypeError


_RESULTS: Mapping[tuple[str, int], Callable[..., Value]] = {
    ("==", 2): _equal,
    ("!=", 2): _different,
    ("!", 1): _of_booleans(operator.not_),
    ("&&", 2): _of_booleans(bool.__and__),
    ("||", 2): _of_booleans(bool.__or__),
    ("<", 2): _of_numbers(operator.lt),
    (">", 2): _of_numbers(operator.gt),
    ("<=", 2): _of_numbers(operator.le),
    (">=", 2): _of_numbers(operator.ge),
    ("+", 2): _of_numbers(operator.add),
    ("-", 2): _of_numbers(operator.sub),
    ("*", 2): _of_numbers(operator.mul),
}

_EVALUATORS: Mapping[type[Expression], Callable[..., Named]] = {
    syntax.Literal: _literal,
    syntax.Template: _template,
    syntax.Variable: _variable,
    syntax.Access: _access,
    syntax.Call: _call,
    syntax.Sequence: _sequence,
    syntax.Object: _object,
    syntax.Conditional: _conditional,
    syntax.Operation: _operation,
    syntax.Unread: _unread,
}
