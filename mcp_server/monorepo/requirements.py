"""Which versions of providers and modules a file of Terraform asks for, as far as they are written out."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mcp_server.monorepo import syntax
from mcp_server.monorepo.sources import Source, SourceKind, read_source
from mcp_server.monorepo.syntax import Attribute, Body, Expression


class RequirementKind(StrEnum):
    """What a version is asked for of."""

    PROVIDER = "provider"
    MODULE = "module"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A version that is asked for: a constraint of Terraform's or a git ref, empty where any will do.

    address is a provider's source, such as hashicorp/aws, or a module's without its folder.
    """

    kind: RequirementKind
    address: str
    version: str


def provider_requirements(body: Body) -> Iterator[Requirement]:
    """What the required_providers blocks of a file ask for; a constraint alone is of a provider of HashiCorp's."""
    for settings in body.of_kind("terraform"):
        for block in settings.body.of_kind("required_providers"):
            for name, attribute in block.body.attributes.items():
                yield _provider(name, attribute.expression)


def _provider(name: str, expression: Expression) -> Requirement:
    said = _texts(expression)
    version = _text(expression) or said.get("version", "")
    return Requirement(RequirementKind.PROVIDER, said.get("source", f"hashicorp/{name}"), version)


def called_modules(body: Body, folder: str, root: str) -> Iterator[tuple[Source, str]]:
    """The modules that a file of this folder calls, with the version that is asked for; both paths are absolute."""
    for block in body.of_kind("module"):
        text = _argument(block.body.attributes.get("source"))
        if text:
            source = read_source(text, folder, root)
            yield source, source.ref or _argument(block.body.attributes.get("version")) or ""


def module_requirement(source: Source, version: str) -> Requirement | None:
    """What a module from elsewhere is asked for in; None of one that is in this repository."""
    if source.kind is SourceKind.LOCAL:
        return None
    return Requirement(RequirementKind.MODULE, source.address, version)


def _argument(attribute: Attribute | None) -> str | None:
    return _text(attribute.expression) if attribute else None


def _text(expression: Expression) -> str | None:
    value = expression.value if isinstance(expression, syntax.Literal) else None
    return value if isinstance(value, str) else None


def _texts(expression: Expression) -> dict[str, str]:
    """The texts of an object, by the names that they have."""
    if not isinstance(expression, syntax.Object):
        return {}
    pairs = (
        (key.name if isinstance(key, syntax.Variable) else _text(key), _text(value)) for key, value in expression.items
    )
    return {name: text for name, text in pairs if name is not None and text is not None}
