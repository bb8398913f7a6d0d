"""What the aws provider makes of Capacity Blocks, and why nothing is bought with it."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from mcp_server.sandbox.control import SandboxControl
from tests.terraform.applying import PINNED, Configuration, Said, with_real_provider

HEAD = f"""
terraform {{
  required_providers {{
    aws = {PINNED}
  }}
}}

provider "aws" {{
  region = "us-east-1"
}}
"""
OFFERING = """
data "aws_ec2_capacity_block_offering" "this" {
  instance_type           = "p5.48xlarge"
  instance_count          = %d
  capacity_duration_hours = 24
}

output "offering" {
  value = data.aws_ec2_capacity_block_offering.this
}
"""
RESERVATION = """
resource "aws_ec2_capacity_block_reservation" "this" {
  capacity_block_offering_id = data.aws_ec2_capacity_block_offering.this.capacity_block_offering_id
  instance_platform          = "Linux/UNIX"
}
"""
PAYMENT = timedelta(minutes=10)


def offerings(count: int) -> list[dict[str, Any]]:
    """What AWS offers for a day, by number of instances."""
    wanted = {"InstanceType": "p5.48xlarge", "InstanceCount": count, "CapacityDurationHours": 24}
    return boto3.client("ec2").describe_capacity_block_offerings(**wanted)["CapacityBlockOfferings"]


def count_with(wanted: range) -> int:
    """A number of instances for which AWS offers that many blocks."""
    return next(each for each in (1, 2, 4, 8, 16, 32, 64) if len(offerings(each)) in wanted)


@pytest.mark.slow
def test_a_data_source_reads_an_offering_where_exactly_one_fits(aws_env: str, tmp_path: Path) -> None:
    """Its price too. Where several fit, which is the usual case, it reads none."""
    count = count_with(range(1, 2))
    one = with_real_provider(tmp_path / "one", HEAD + OFFERING % count)
    one.done("apply", "-auto-approve")
    (offered,) = offerings(count)
    read = one.outputs()["offering"]
    assert read["upfront_fee"] == offered["UpfrontFee"]
    assert read["availability_zone"] == offered["AvailabilityZone"]
    several = with_real_provider(tmp_path / "several", HEAD + OFFERING % count_with(range(2, 100)))
    said = several.run("apply", "-auto-approve")
    assert said.code == 1
    assert "too many results" in said.text


def apply(configuration: Configuration, sandbox: SandboxControl, purchases: int) -> Said:
    """Apply, and let AWS take the payment once so many purchases were asked for: the provider waits for that."""
    with configuration.begin("apply", "-auto-approve") as process:
        until = time.monotonic() + 120
        while len(sandbox.requests("PurchaseCapacityBlock")) < purchases and time.monotonic() < until:
            time.sleep(0.2)
        sandbox.advance(PAYMENT)
        text, _ = process.communicate(timeout=300)
    return Said(process.returncode, text)


@pytest.mark.slow
def test_its_reservation_buys_twice(aws_env: str, sandbox: SandboxControl, tmp_path: Path) -> None:
    """The purchase succeeds and the provider fails; Terraform taints what it bought, and the next apply buys again."""
    configuration = with_real_provider(tmp_path, HEAD + OFFERING % count_with(range(1, 2)) + RESERVATION)
    owned: list[set[str]] = [set()]
    for times in (1, 2):
        said = apply(configuration, sandbox, times)
        assert said.code == 1
        assert "Provider returned invalid result object after apply" in said.text
        assert len(sandbox.requests("PurchaseCapacityBlock")) == times
        owned.append(scheduled())
        assert owned[-2] < owned[-1]
        assert "aws_ec2_capacity_block_reservation.this is tainted, so must be replaced" in configuration.done("plan")


def scheduled() -> set[str]:
    """Ids of the reservations that are owned and paid."""
    told: list[dict[str, Any]] = boto3.client("ec2").describe_capacity_reservations()["CapacityReservations"]
    return {each["CapacityReservationId"] for each in told if each["State"] == "scheduled"}
