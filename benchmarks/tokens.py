"""What the server costs a model: tokens by the tokenizer bundled in anthropic 0.38.0."""

import asyncio
import json
from typing import Any

from anthropic._tokenizers import sync_get_tokenizer
from mcp import Client
from mcp.types import Tool

from mcp_server.app import INSTRUCTIONS, build_server
from mcp_server.sandbox.control import SandboxControl

REGIONS = ["us-east-1", "us-west-2", "us-east-2", "eu-west-2", "eu-north-1", "us-west-1", "ap-south-1", "sa-east-1"]
"""Enough for twenty rows, some of whose quota is too small."""

NOTHING_FITS = {"instance_types": ["p5", "p5e"], "count": 8, "days": "7", "zone_ids": ["usw2-az2"], "regions": REGIONS}
"""What brings twenty rows that do not meet the request, quota, failures and alternatives at once."""


def count(value: object) -> int:
    """Tokens of a text, or of a value as compact JSON."""
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(sync_get_tokenizer().encode(text).ids)


def as_sent(tool: Tool) -> dict[str, Any]:
    """The parts of a tool that a model is given."""
    return {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}


def arm_failures(control: SandboxControl) -> None:
    """A region without quota, one denied, one dead."""
    for region, fault in (("us-east-2", "quota-zero"), ("eu-north-1", "denied"), ("us-west-1", "dead")):
        control.arm("DescribeCapacityBlockOfferings", fault, region=region)


def measure(control: SandboxControl) -> None:
    """Print what each tool and the largest ordinary answer cost."""
    arm_failures(control)
    asyncio.run(_measure())
    control.disarm()


async def _measure() -> None:
    async with Client(build_server()) as client:
        tools = (await client.list_tools()).tools
        answer = (await client.call_tool("search_capacity_blocks", NOTHING_FITS)).structured_content or {}
    print("\nTokens")
    for tool in tools:
        print(f"  {tool.name:<28} {count(as_sent(tool)):5d}   (at most 350)")
    rows = answer["table"].count("\no-")
    print(f"  {rows} rows, quota, failures, others {count(answer):5d}   (at most 2000)")
    print(f"  instructions                 {count(INSTRUCTIONS):5d}   ({len(INSTRUCTIONS)} characters, at most 1500)")
