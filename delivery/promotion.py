"""The order in which a change is applied over accounts: pure, over names and what each needs."""

from collections.abc import Collection, Iterable, Mapping

from mcp_server.monorepo import graph


class NoOrder(ValueError):
    """units need one another in a circle, or need what is in one."""

    def __init__(self, units: Iterable[str]) -> None:
        self.units = tuple(sorted(units))
        super().__init__(f"There is no order among {', '.join(self.units)}.")


def waves(needs: Mapping[str, Collection[str]], last: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Units in waves: each after all that it needs, and those of last as late as the graph lets them.

    A wave holds units of last only where no other unit is ready: first those that others wait for, and what nobody
    else waits for when the others are done. What is needed and is not a unit here does not count.

    Raises:
        NoOrder: The units have a cycle.
    """
    waiting = {unit: {each for each in needed if each in needs} for unit, needed in needs.items()}
    found: list[tuple[str, ...]] = []
    while waiting:
        ready = {unit for unit, needed in waiting.items() if not needed & waiting.keys()}
        if not ready:
            raise NoOrder(waiting)
        others = waiting.keys() - set(last)
        awaited = {each for unit in others for each in graph.reached(unit, waiting)}
        wave = ready & others or ready & awaited or ready
        found.append(tuple(sorted(wave)))
        for unit in wave:
            del waiting[unit]
    return tuple(found)
