"""Whether what units give to their modules fits the types of the modules' variables, as far as files alone say.

What fits is what Terraform converts (Terraform language, Type Constraints); but Terraform drops an attribute that an
object does not have, and says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

from mcp_server.monorepo import syntax
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.parsing import parse
from mcp_server.monorepo.syntax import Expression
from mcp_server.monorepo.units import Input, Unit
from mcp_server.monorepo.values import Unknown, Value

GENERATED = "mocked_dependencies"
"""A variable that root.hcl adds to every module."""


@dataclass(frozen=True)
class Kind:
    """A type constraint. name is Terraform's; of is what a collection holds, members what an object has."""

    name: str
    of: "Kind | None" = None
    members: Mapping[str, "Kind"] = field(default_factory=dict[str, "Kind"])
    optional: bool = False


@dataclass(frozen=True)
class Variable:
    """A module's variable. required says that it has no default."""

    kind: Kind
    required: bool
    nullable: bool


Given: TypeAlias = "Value | dict[str | int, Given]"


@dataclass
class Check:
    """What was found: misfits as sentences, and how many single values were held against a type."""

    misfits: list[str] = field(default_factory=list[str])
    checked: int = 0


def kind_of(expression: Expression) -> Kind:
    """The type that an expression of a variable's type means.

    Raises:
        ValueError: It is none that this reads.
    """
    match expression:
        case syntax.Variable(name="string" | "number" | "bool" | "any" as name):
            return Kind(name)
        case syntax.Call(name="list" | "set" | "map" as name, arguments=(of,)):
            return Kind(name, kind_of(of))
        case syntax.Call(name="optional", arguments=(of, *_)):
            inner = kind_of(of)
            return Kind(inner.name, inner.of, inner.members, optional=True)
        case syntax.Call(name="object", arguments=(syntax.Object(items=items),)):
            members = {key.name: kind_of(value) for key, value in items if isinstance(key, syntax.Variable)}
            return Kind("object", members=members)
        case _:
            raise ValueError(expression)


@cache
def variables(module: Path) -> Mapping[str, Variable]:
    """The variables of a module, by name."""
    found: dict[str, Variable] = {}
    for file in sorted(module.glob("*.tf")):
        document = parse(file.read_bytes())
        assert not document.trouble, (file, document.trouble)
        for block in document.body.of_kind("variable"):
            said = block.body.attributes
            nullable = said.get("nullable")
            allows_null = not (nullable and getattr(nullable.expression, "value", None) is False)
            found[block.labels[0]] = Variable(kind_of(said["type"].expression), "default" not in said, allows_null)
    return found


def check(tree: LiveTree) -> Check:
    """All units of a tree against the modules that they are made from."""
    found = Check()
    for unit in tree.units:
        for source in unit.sources:
            _Checker(unit, variables((tree.root / source.folder).resolve()), found).check()
    return found


class _Checker:
    def __init__(self, unit: Unit, known: Mapping[str, Variable], found: Check) -> None:
        self._unit, self._known, self._found = unit, known, found
        self._places = {each.keys: each.place for each in unit.inputs}

    def check(self) -> None:
        given = _nested(self._unit.inputs)
        for name, value in given.items():
            variable = self._known.get(str(name))
            if variable is None:
                if name != GENERATED:
                    self._tell((name,), "the module has no such variable")
            elif value is not None or (variable.required and not variable.nullable):
                self._check(variable.kind, value, (name,))
        for name, variable in self._known.items():
            if variable.required and name not in given:
                self._tell((name,), "the module needs it")

    def _check(self, kind: Kind, value: Given, keys: tuple[str | int, ...]) -> None:
        if isinstance(value, Unknown) or kind.name == "any":
            return
        match kind.name, value:
            case "object", dict() if not _is_list(value):
                self._check_members(kind, value, keys)
            case "map", dict() if kind.of and not _is_list(value):
                for key, each in value.items():
                    self._check(kind.of, each, (*keys, key))
                self._found.checked += not value
            case "list" | "set", dict() if kind.of and _is_list(value):
                for key, each in value.items():
                    self._check(kind.of, each, (*keys, key))
            case "list" | "set", tuple() if kind.of:
                for at, each in enumerate(value):
                    self._check(kind.of, _plain(each), (*keys, at))
                self._found.checked += not value
            case _:
                self._found.checked += 1
                if not _fits(kind.name, value):
                    self._tell(keys, f"{_shown(value)} is no {kind.name}")

    def _check_members(self, kind: Kind, value: dict[str | int, Given], keys: tuple[str | int, ...]) -> None:
        for key, each in value.items():
            member = kind.members.get(str(key))
            if member is None:
                self._tell((*keys, key), "the object has no such attribute")
            elif each is not None:
                self._check(member, each, (*keys, key))
        for key, member in kind.members.items():
            if not member.optional and key not in value:
                self._tell((*keys, key), "the object needs it")

    def _tell(self, keys: tuple[str | int, ...], what: str) -> None:
        """At the place of what has these keys, or of what is nearest."""
        for length in range(len(keys), -1, -1):
            nearest = (place for at, place in self._places.items() if at[:length] == keys[:length])
            place = next(nearest, None)
            if place:
                where = f"{place.file}:{place.line}"
                break
        else:
            where = self._unit.file
        self._found.misfits.append(f"{where}: {self._unit.path}, {'.'.join(map(str, keys))}: {what}.")


def _nested(inputs: tuple[Input, ...]) -> dict[str | int, Given]:
    """The inputs as one object; what is no literal and has a value counts as that."""
    whole: dict[str | int, Given] = {}
    for each in inputs:
        inner = whole
        for key in each.keys[:-1]:
            deeper = inner.setdefault(key, {})
            assert isinstance(deeper, dict)
            inner = deeper
        inner[each.keys[-1]] = _plain(each.value)
    return whole


def _is_list(value: dict[str | int, Given]) -> bool:
    """Whether it is a list, of which the reader has the items one by one."""
    return any(isinstance(each, int) for each in value)


def _plain(value: Value) -> Given:
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def _fits(name: str, value: Given) -> bool:
    """Whether Terraform makes a primitive of this type of a value."""
    if isinstance(value, dict | tuple) or value is None:
        return False
    if name == "string":
        return True
    if name == "bool":
        return isinstance(value, bool) or value in {"true", "false"}
    return name == "number" and not isinstance(value, bool) and _is_number(str(value))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _shown(value: Given) -> str:
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, tuple) else repr(value)
