"""Where our reading of a tree and Terragrunt's differ: for tests and for a person's check, never for a tool.

Terragrunt's is what `terragrunt find --json --dag --dependencies` prints in the tree's root.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.live_tree import LiveTree


@dataclass(frozen=True, slots=True)
class Difference:
    """What one reading has and the other does not. unit is the path that it is about."""

    unit: str
    sentence: str

    def __str__(self) -> str:
        return f"{quoted(self.unit)}: {self.sentence}"


def differences(tree: LiveTree, found: str) -> tuple[Difference, ...]:
    """Where a tree of Terragrunt's as read differs from what it found: units, what each needs, then the order.

    Raises:
        ValueError: found is not what Terragrunt's find prints.
    """
    theirs = _units(found)
    ours = {each.path: {needed.path for needed in each.dependencies} for each in tree.units}
    differing = [*_in_units(ours, theirs), *_in_needs(ours, theirs)]
    both = set(ours) & set(theirs)
    for our_path, their_path in zip(
        (path for path in ours if path in both), (path for path in theirs if path in both), strict=True
    ):
        if our_path != their_path:
            differing.append(Difference(our_path, f"Terragrunt has {quoted(their_path)} at its place in the order."))
            break
    return tuple(differing)


def _units(found: str) -> dict[str, set[str]]:
    read = json.loads(found)
    try:
        return {
            cast(str, each["path"]): set(cast(list[str], each.get("dependencies", [])))
            for each in read
            if each["type"] == "unit"
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("this is not what terragrunt find --json prints") from error


def _in_units(ours: dict[str, set[str]], theirs: dict[str, set[str]]) -> Iterator[Difference]:
    for path in sorted(set(ours) ^ set(theirs)):
        yield Difference(path, "Terragrunt does not list it." if path in ours else "only Terragrunt lists it.")


def _in_needs(ours: dict[str, set[str]], theirs: dict[str, set[str]]) -> Iterator[Difference]:
    for path in sorted(set(ours) & set(theirs)):
        for needed in sorted(ours[path] ^ theirs[path]):
            who = "only Terragrunt says that" if needed in theirs[path] else "Terragrunt does not say that"
            yield Difference(path, f"{who} it needs {quoted(needed)}.")
