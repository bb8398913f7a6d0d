"""What fan-out gains where things are owned: list_capacity over accounts and regions, beside its slowest region alone.

Two accounts have a block and a training plan in each of three regions. 300 ms are added to every call; clients are made
beforehand in both.
"""

import asyncio
import time
from statistics import median

import boto3
from mcp import Client

from benchmarks.search_time import ADDED_MILLISECONDS, ROUNDS
from mcp_server.app import build_server
from mcp_server.sandbox.accounts import SECONDARY
from mcp_server.sandbox.control import SandboxControl
from tests.bought_blocks import buy_block
from tests.bought_plans import buy_plan

REGIONS = ("us-east-1", "us-east-2", "us-west-2")
_ACCOUNTS = 2


def measure(control: SandboxControl) -> None:
    """Print the times and their ratio."""
    for session in (boto3.Session(), _of_secondary()):
        for region in REGIONS:
            buy_block(region, session)
            buy_plan("bench", region, session)
    asyncio.run(_measure(control))


def _of_secondary() -> boto3.Session:
    role = f"arn:aws:iam::{SECONDARY.number}:role/ml-clusters-purchaser"
    assumed = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
    return boto3.Session(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])


async def _measure(control: SandboxControl) -> None:
    async with Client(build_server()) as client:

        async def timed(*regions: str) -> float:
            began = time.perf_counter()
            asked = {"regions": list(regions), "response_format": "detailed"}
            told = (await client.call_tool("list_capacity", asked)).structured_content or {}
            spent = time.perf_counter() - began
            owned = told["owned"]
            assert len(owned) == 2 * _ACCOUNTS * len(regions), owned
            return spent

        await timed(*REGIONS)
        control.arm("*", "slow", milliseconds=ADDED_MILLISECONDS)
        rounds = [(await timed(*REGIONS), [await timed(each) for each in REGIONS]) for _ in range(ROUNDS)]
        control.disarm()
    together = median(whole for whole, _ in rounds)
    slowest = max(median(times) for times in zip(*(each for _, each in rounds), strict=True))
    print(f"\nlist_capacity, {_ACCOUNTS} accounts x {len(REGIONS)} regions, {ADDED_MILLISECONDS} ms more a call")
    print(f"  all regions at once          {together:6.2f} s")
    print(f"  the slowest region alone     {slowest:6.2f} s   ratio {together / slowest:.2f} (at most 1.2)")
