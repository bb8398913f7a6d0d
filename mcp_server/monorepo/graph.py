"""The order in which units are applied: pure, over names and what each needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """Groups of units, each of which needs only units of groups before it; within a group they are in order of name.

    This is the order of Terragrunt's queue (internal/queue/queue.go). unordered are those in a cycle or in need of
    one, and cycles are closed ways: each names its units once, from its first by name.
    """

    groups: tuple[tuple[str, ...], ...]
    unordered: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]


def order(needs: Mapping[str, Iterable[str]]) -> Order:
    """The order of these units. What is needed and is not one of them does not count."""
    waiting = {unit: {each for each in needed if each in needs} for unit, needed in needs.items()}
    needed_by = dependents(waiting)
    open_needs = {unit: len(needed) for unit, needed in waiting.items()}
    groups: list[tuple[str, ...]] = []
    ready = sorted(unit for unit, count in open_needs.items() if count == 0)
    while ready:
        groups.append(tuple(ready))
        freed: list[str] = []
        for unit in ready:
            for dependent in needed_by[unit]:
                open_needs[dependent] -= 1
                if open_needs[dependent] == 0:
                    freed.append(dependent)
        ready = sorted(freed)
    placed = {unit for group in groups for unit in group}
    left = sorted(unit for unit in needs if unit not in placed)
    return Order(tuple(groups), tuple(left), _cycles(left, waiting))


def dependents(needs: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Of each unit, the units that need it, in order of name."""
    turned: dict[str, list[str]] = {unit: [] for unit in needs}
    for unit in sorted(needs):
        for each in set(needs[unit]):
            if each in turned:
                turned[each].append(unit)
    return {unit: tuple(users) for unit, users in turned.items()}


def reached(start: str, steps: Mapping[str, Iterable[str]]) -> set[str]:
    """Whatever can be reached from a unit, itself left out unless a way leads back."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for each in steps.get(waiting.pop(), ()):
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return seen


def _cycles(left: Sequence[str], needs: Mapping[str, set[str]]) -> tuple[tuple[str, ...], ...]:
    """A shortest cycle through the first unit of each knot of cycles."""
    found: list[tuple[str, ...]] = []
    among = set(left)
    inner: dict[str, set[str]] = {unit: needs[unit] & among for unit in left}
    while among:
        unit = min(among)
        way = _way_back(unit, inner)
        knot = {unit}
        if way:
            found.append(way)
            knot |= reached(unit, inner) & reached(unit, dependents(inner))
        among -= knot
        inner = {each: inner[each] & among for each in among}
    return tuple(found)


def _way_back(unit: str, needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The shortest way from a unit back to it, as the units on it; empty if there is none."""
    ways: list[tuple[str, ...]] = [(unit,)]
    seen: set[str] = set()
    for way in ways:
        for each in sorted(needs.get(way[-1], ())):
            if each == unit:
                return way
            if each not in seen:
                seen.add(each)
                ways.append((*way, each))
    return ()
