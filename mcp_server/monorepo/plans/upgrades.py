"""Another major version of a provider or module, which no plan says: two states of the tree are compared."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mcp_server.monorepo.plans.values_at import told
from mcp_server.monorepo.requirements import Requirement, RequirementKind
from mcp_server.monorepo.versions import Versions

_CLAUSE = re.compile(r"\s*(=|!=|>=|<=|>|<|~>|)\s*v?(\d{1,9})((?:\.\d{1,9}){0,4})(?:[-+][\w.+-]{0,40})?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Majors:
    """The major versions that a constraint admits, both included; None where it sets no bound."""

    lowest: int | None = None
    highest: int | None = None


def majors(constraint: str) -> Majors | None:
    """What a constraint admits (Terraform's documentation, version constraints); None if it is none, as a git ref."""
    lowest: list[int] = []
    highest: list[int] = []
    for clause in constraint.split(",") if constraint.strip() else ():
        found = _CLAUSE.fullmatch(clause)
        if not found:
            return None
        operator, major, rest = found[1], int(found[2]), found[3]
        # ~> holds all but the last number that is given.
        if operator in {"", "=", ">", ">=", "~>"}:
            lowest.append(major)
        if operator in {"", "=", "<="} or (operator == "~>" and rest):
            highest.append(major)
        if operator == "<":
            highest.append(major if rest.strip(".0") else major - 1)
    return Majors(max(lowest, default=None), min(highest, default=None))


def upgrades(before: Versions, after: Versions) -> Mapping[str, tuple[str, ...]]:
    """Of each unit that is in both, in words: "aws from 5.100.0 to 6.2.0". Units where there is none are left out."""
    found = {unit: tuple(_of_unit(before[unit], after[unit])) for unit in after if unit in before}
    return {unit: words for unit, words in found.items() if words}


def _of_unit(before: Iterable[Requirement], after: Iterable[Requirement]) -> Iterator[str]:
    old, new = _asked(before), _asked(after)
    for key in sorted(old.keys() & new.keys()):
        one, other = ({majors(each) for each in side[key]} for side in (old, new))
        if one != other and None not in one | other:
            yield f"{_name(*key)} from {_words(old[key])} to {_words(new[key])}"


_Key = tuple[RequirementKind, str]


def _asked(requirements: Iterable[Requirement]) -> Mapping[_Key, frozenset[str]]:
    """What is asked for of each. All constraints on a provider hold at once, while a module may be there twice."""
    found: dict[_Key, set[str]] = defaultdict(set)
    for each in requirements:
        found[each.kind, each.address].add(each.version)
    return {
        key: frozenset([", ".join(sorted(filter(None, versions)))] if key[0] is RequirementKind.PROVIDER else versions)
        for key, versions in found.items()
    }


def _name(kind: RequirementKind, address: str) -> str:
    return told(address.removeprefix("hashicorp/")) if kind is RequirementKind.PROVIDER else f"module {told(address)}"


def _words(versions: Iterable[str]) -> str:
    """Versions of which the majors are known, and so their letters."""
    return " and ".join(" ".join(each.split()) or "any version" for each in sorted(versions))
