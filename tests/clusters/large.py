"""A large world: two accounts, four regions, 200 node groups of ten machines, each on a block of its own.

Both as it is put into simulated AWS, and as a status that was read from AWS.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import IPv4Network

import boto3

from mcp_server.capacity.issues import Issue
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.clusters.looking import ClustersAnswer
from mcp_server.clusters.model import Cluster, Group, GroupState, Node, NodeState
from mcp_server.clusters.rules import problems
from mcp_server.clusters.status import Status
from mcp_server.sandbox.accounts import MAIN, SECONDARY
from mcp_server.sandbox.population import Network, Population
from mcp_server.sandbox.scenes import Block, EksCluster, NodeGroup, Scene
from tests.clusters import worlds

ACCOUNTS = (MAIN, SECONDARY)
REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-north-1")
CLUSTER = "big"
GROUPS = 25
"""Of a cluster; there is one in each account and region."""
MACHINES = 10
"""Of a group."""
ALL_GROUPS = len(ACCOUNTS) * len(REGIONS) * GROUPS

_PLACES = tuple((account, region) for account in ACCOUNTS for region in REGIONS)
POPULATION = Population(
    ACCOUNTS,
    tuple(Network(*place, IPv4Network(f"10.{number}.0.0/16")) for number, place in enumerate(_PLACES)),
)


def scene(now: datetime) -> Scene:
    """Everything, on blocks that run for three more days; zones are asked for of the AWS of the environment.

    One block stops within the hour: that of the last group of the last account and region.
    """
    zones = {region: _zone_of(region) for region in REGIONS}
    began, ends = now - timedelta(days=1), now + timedelta(days=3)
    blocks = [
        Block(
            key=f"{account.name}-{region}-{number}",
            account=account.name,
            region=region,
            instance_type="p5.48xlarge",
            count=MACHINES,
            zone_id=zones[region],
            start=began,
            end=ends,
        )
        for account, region in _PLACES
        for number in range(GROUPS)
    ]
    blocks[-1] = blocks[-1].model_copy(update={"end": now + timedelta(minutes=90)})
    clusters = [
        EksCluster(
            account=account.name,
            region=region,
            name=CLUSTER,
            version="1.34",
            groups=tuple(
                NodeGroup(
                    name=f"g{number}",
                    instance_type="p5.48xlarge",
                    count=MACHINES,
                    zone_ids=(zones[region],),
                    block=f"{account.name}-{region}-{number}",
                )
                for number in range(GROUPS)
            ),
        )
        for account, region in _PLACES
    ]
    return Scene(blocks=tuple(blocks), eks=tuple(clusters))


def _zone_of(region: str) -> str:
    found = boto3.client("ec2", region_name=region).describe_availability_zones()["AvailabilityZones"]
    return str(found[0].get("ZoneId"))


def answer() -> ClustersAnswer:
    """The same as it is after reading, with much that is wrong in it: one machine of every group is broken."""
    reservations = tuple(_reservations())
    clusters = tuple(_clusters(reservations))
    world = worlds.world(*clusters, reservations=reservations)
    status = Status(worlds.NOW, clusters, problems(world), reservations, (), (), (), len(_PLACES))
    accounts = tuple((each.name, each.number) for each in ACCOUNTS)
    return ClustersAnswer(status, True, accounts, (), (), len(clusters))


def _reservations() -> Iterator[OwnedReservation]:
    for at, (account, region) in enumerate(_PLACES):
        for number in range(GROUPS):
            last = at == len(_PLACES) - 1 and number == GROUPS - 1
            yield worlds.block(
                id=f"cr-{at:08x}{number:09x}",
                block_id=f"cb-{at:08x}{number:09x}",
                account=account.number,
                region=region,
                count=MACHINES,
                end=worlds.NOW + (timedelta(minutes=90) if last else timedelta(days=3)),
            )


def _clusters(reservations: tuple[OwnedReservation, ...]) -> Iterator[Cluster]:
    for at, (account, region) in enumerate(_PLACES):
        blocks = reservations[at * GROUPS : (at + 1) * GROUPS]
        groups = tuple(_group(number, block.id) for number, block in enumerate(blocks))
        yield worlds.eks(
            *groups, name=CLUSTER, account=account.number, account_name=account.name, region=region, version="1.33"
        )


def _group(number: int, block: str) -> Group:
    broken = Node(f"i-{number:017x}", NodeState.IMPAIRED, "impaired: InstanceStatus", "", block)
    # Of each kind of trouble some: as many rules as there are have something to say.
    state, words = (GroupState.DEGRADED, "DEGRADED") if number % 5 == 0 else (GroupState.ACTIVE, "ACTIVE")
    issue = Issue("AsgInstanceLaunchFailures", "Could not launch On-Demand Instances. " * 20)
    return replace(
        worlds.group(name=f"g{number}", capacity=(block,), on=((block, MACHINES - number % 3),)),
        state=state,
        words=words,
        wanted=MACHINES,
        running=MACHINES - number % 3,
        healthy=MACHINES - number % 3 - 1,
        minimum=MACHINES,
        maximum=MACHINES,
        issues=(issue,) if state is GroupState.DEGRADED else (),
        unwell=(broken,),
    )
