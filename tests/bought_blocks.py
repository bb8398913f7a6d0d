"""Blocks and extensions bought as anybody might buy them, with boto3, from the simulated AWS of the environment."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

START = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
"""A time at which the market has what these tests buy."""

PAYMENT = timedelta(minutes=5)
"""How long simulated AWS takes to be paid."""


def buy_block(region: str = "us-east-1", session: boto3.Session | None = None, **asked: Any) -> dict[str, Any]:
    """Buys the last of the offerings for four p5.48xlarge for a day, which starts days ahead. Returns the answer."""
    what = {} if "UltraserverType" in asked else {"InstanceType": "p5.48xlarge", "InstanceCount": 4}
    tags = asked.pop("Tags", {})
    with closing((session or boto3.Session()).client("ec2", region_name=region)) as ec2:
        wanted = {"CapacityDurationHours": 24, **what, **asked}
        offering = ec2.describe_capacity_block_offerings(**wanted)["CapacityBlockOfferings"][-1]
        specification = {
            "ResourceType": "capacity-reservation",
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        return ec2.purchase_capacity_block(
            CapacityBlockOfferingId=offering["CapacityBlockOfferingId"],
            InstancePlatform="Linux/UNIX",
            **({"TagSpecifications": [specification]} if tags else {}),
        )


def buy_extension(reservation: str, days: int = 1, region: str = "us-east-1") -> dict[str, Any]:
    """Buys the extension that is offered. Returns its row."""
    with closing(boto3.client("ec2", region_name=region)) as ec2:
        offered = ec2.describe_capacity_block_extension_offerings(
            CapacityReservationId=reservation, CapacityBlockExtensionDurationHours=24 * days
        )["CapacityBlockExtensionOfferings"]
        return ec2.purchase_capacity_block_extension(
            CapacityReservationId=reservation,
            CapacityBlockExtensionOfferingId=offered[0]["CapacityBlockExtensionOfferingId"],
        )["CapacityBlockExtensions"][0]
