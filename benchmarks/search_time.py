"""What fan-out gains: a search of four types over 14 regions, beside its slowest region alone and a sequential loop.

300 ms are added to every call, so that latency is what it is between regions. Clients, zone ids and quotas are made and
read beforehand in all three.
"""

import time
from statistics import median

from mcp_server.app import open_services
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.durations import parse_duration
from mcp_server.capacity.instance_types import resolve_all
from mcp_server.capacity.ranking import Order
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.sandbox.control import SandboxControl

TYPES = resolve_all(["p5", "p5e", "p5en", "b200"])
ROUNDS = 3
ADDED_MILLISECONDS = 300


def measure(control: SandboxControl) -> None:
    """Print the times and their ratios."""
    search = open_services().capacity_search
    everywhere = CapacityRequest(TYPES, 1, CountUnit.INSTANCES, parse_duration("1"))
    of_region: dict[str, list[str]] = {}
    for kind in TYPES:
        for region in everywhere.regions_of(kind, "aws"):
            of_region.setdefault(region, []).append(kind.name)
    alone = {region: _in_region(region, names) for region, names in of_region.items()}

    def timed(request: CapacityRequest) -> float:
        began = time.perf_counter()
        answer = search.search(request, ["secondary"], Order.FEE, 20, Deadline.after(120), lambda *_: None)
        # Where nothing meets the request alternatives are searched too, which would not be the same work.
        assert answer.meeting
        assert not answer.unasked
        return time.perf_counter() - began

    timed(everywhere)
    control.arm("*", "slow", milliseconds=ADDED_MILLISECONDS)
    rounds = [(timed(everywhere), [timed(request) for request in alone.values()]) for _ in range(ROUNDS)]
    control.disarm()
    together = median(whole for whole, _ in rounds)
    # The median of each region first: the slowest must be slow, not once disturbed.
    regions = [median(times) for times in zip(*(each for _, each in rounds), strict=True)]
    slowest, loop = max(regions), sum(regions)
    print(f"\nSearch of {len(TYPES)} types over {len(alone)} regions, {ADDED_MILLISECONDS} ms added to every call")
    print(f"  all regions at once          {together:6.2f} s")
    print(f"  the slowest region alone     {slowest:6.2f} s   ratio {together / slowest:.2f} (at most 1.2)")
    print(f"  one region after another     {loop:6.2f} s   ratio {together / loop:.2f}")


def _in_region(region: str, names: list[str]) -> CapacityRequest:
    return CapacityRequest(resolve_all(names), 1, CountUnit.INSTANCES, parse_duration("1"), regions=(region,))
