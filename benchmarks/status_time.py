"""What asking side by side gains where clusters are, and what a large world takes: on sandboxes of their own.

The longest chain of calls that each need what the one before answered is EKS's (mcp_server/clusters/reading_eks.py).
Plain boto3 calls make it in turn with cluster_status, with 300 ms added to every call; in both, clients are made and
connected, and accounts identified, beforehand. The times of a large world have moto's own in them.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import boto3
from mcp import Client

from benchmarks.search_time import ADDED_MILLISECONDS, ROUNDS
from benchmarks.tokens import count
from benchmarks.whole_processes import REPOSITORY, Cost, cost_of
from mcp_server.app import build_server
from mcp_server.cli.simulation import simulated
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.received import Received
from mcp_server.tools.cluster_answers import GROUPS_ON_A_PAGE
from tests.clusters import large

_REGION, _CLUSTER = "us-east-1", "ml-clusters-training"
_CHAIN = ("ListClusters", "ListNodegroups", "DescribeNodegroup", "DescribeLaunchTemplateVersions")
_LAST_PAGE = large.ALL_GROUPS // GROUPS_ON_A_PAGE
MOST_TOKENS = 1_500


def measure() -> None:
    """Print times, memory, tokens, and what each may be."""
    with _sandbox() as (folder, control):
        control.put_clusters()
        asyncio.run(_measure_chain(control, folder))
        small = _command()
    with _sandbox() as (_, control):
        control.reset(large.POPULATION)
        control.put(large.scene(control.now()))
        _measure_large(small, _command())


@contextmanager
def _sandbox() -> Iterator[tuple[str, SandboxControl]]:
    with tempfile.TemporaryDirectory() as folder, simulated(Path(folder)) as running:
        yield folder, running.control


async def _measure_chain(control: SandboxControl, folder: str) -> None:
    print(f"\ncluster_status of the seeded scene, {ADDED_MILLISECONDS} ms more a call")
    plain: Mapping[str, Any] = {name: boto3.client(name, region_name=_REGION) for name in ("eks", "ec2")}
    # With the live tree its regions are read, and without one all that sell capacity.
    for project, where in ((str(REPOSITORY), "the tree's regions"), (folder, "every region")):
        os.environ["CLAUDE_PROJECT_DIR"] = project
        async with Client(build_server()) as client:
            await _ask(client)
            _chain(plain)
            control.arm("*", "slow", milliseconds=ADDED_MILLISECONDS)
            rounds: list[tuple[float, float]] = []
            for _ in range(ROUNDS):
                control.clear_requests()
                whole = await _timed(client)
                received = control.requests()
                began = time.perf_counter()
                _chain(plain)
                rounds.append((whole, time.perf_counter() - began))
            control.disarm()
        together, chain = (median(times) for times in zip(*rounds, strict=True))
        print(f"  {where + ', one call':<28} {together:6.2f} s, {len(received)} calls of AWS")
        print(f"  the longest chain alone      {chain:6.2f} s   ratio {together / chain:.2f} (at most 1.3)")
        _print_rows(received)


async def _timed(client: Client) -> float:
    began = time.perf_counter()
    told = await _ask(client)
    spent = time.perf_counter() - began
    assert "not_read" not in told, told["not_read"]
    return spent


async def _ask(client: Client, **asked: Any) -> dict[str, Any]:
    return (await client.call_tool("cluster_status", asked)).structured_content or {}


def _chain(clients: Mapping[str, Any]) -> None:
    """Each call needs what the one before it answered."""
    eks, ec2 = clients["eks"], clients["ec2"]
    cluster = next(each for each in eks.list_clusters()["clusters"] if each == _CLUSTER)
    group = next(each for each in eks.list_nodegroups(clusterName=cluster)["nodegroups"] if each == "p5-now")
    template = eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)["nodegroup"]["launchTemplate"]
    found = ec2.describe_launch_template_versions(LaunchTemplateId=template["id"], Versions=[str(template["version"])])
    assert found["LaunchTemplateVersions"]


def _print_rows(received: Sequence[Received]) -> None:
    """What the sandbox saw: the chain with its starts, and how many requests waited for one another at most."""
    began = received[0].seconds
    place = [each for each in received if (each.account, each.region) == (large.MAIN.number, _REGION)]
    starts: list[str] = []
    after = 0.0
    for operation in _CHAIN:
        call = next(each for each in place if each.operation == operation and each.seconds >= after)
        starts.append(f"{operation} {call.seconds - began:.2f}")
        after = call.seconds + ADDED_MILLISECONDS / 1000
    print(f"    {', '.join(starts)} s")
    longest = max(map(_longest_row, _by_place(received)))
    print(f"    requests one after another, in any place: {longest} (the chain has {len(_CHAIN)})")


def _by_place(received: Sequence[Received]) -> list[list[Received]]:
    found: dict[tuple[str, str], list[Received]] = {}
    for each in received:
        found.setdefault((each.account, each.region), []).append(each)
    return list(found.values())


def _longest_row(received: Sequence[Received]) -> int:
    """How many requests there are of which each came when the one before it could have been answered."""
    length, free = 0, 0.0
    for each in received:
        if each.seconds >= free:
            length, free = length + 1, each.seconds + ADDED_MILLISECONDS / 1000
    return length


def _command() -> Cost:
    """What `ml-clusters status` costs from start to end, in the regions of the large world."""
    program = str(Path(sys.executable).with_name("ml-clusters"))
    command = [program, "status", "--regions", ",".join(large.REGIONS)]
    with tempfile.TemporaryDirectory() as folder:
        # Before, simulated AWS has not yet made what it answers with.
        cost_of(command, Path(folder))
        return cost_of(command, Path(folder))


def _measure_large(small: Cost, whole: Cost) -> None:
    print(f"\nStatus of {large.ALL_GROUPS} node groups, {large.ALL_GROUPS * large.MACHINES} machines in 8 places")
    print(f"  ml-clusters status           {whole.figures}, moto's answers waited for")
    ratio = whole.megabytes / small.megabytes
    print(f"  the seeded scene             {small.figures}   memory {ratio:.2f} x (at most 1.5)")
    tokens = asyncio.run(_tokens_of_pages())
    for name, spent in zip(("first", "second", "last"), tokens, strict=True):
        print(f"  cluster_status, {name + ' page':<12} {spent:5d} tokens (at most {MOST_TOKENS})")


async def _tokens_of_pages() -> list[int]:
    async with Client(build_server()) as client:
        asked = [await _ask(client, regions=list(large.REGIONS), page=page) for page in (1, 2, _LAST_PAGE)]
    assert f"{_LAST_PAGE}, {large.ALL_GROUPS} groups." in asked[-1]["cut"], asked[-1]["cut"]
    return [count(each) for each in asked]
