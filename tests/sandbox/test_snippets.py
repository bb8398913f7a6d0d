"""Snippets, pasted into a shell that has the AWS CLI, against simulated AWS."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mcp_server.capacity.owned import OwnedReservation, PlanFacts, ReservationState
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.render.snippets import snippet
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.environment import environment
from mcp_server.wiring.elsewhere import Elsewhere
from tests.sandbox.conftest import Plan, plan_offerings

MAIN = "483026362307"
BIN = Path(sys.executable).parent

Paste = Callable[[str, Mapping[str, str]], Any]


@pytest.fixture
def paste(sandbox_url: str, tmp_path: Path) -> Paste:
    """Runs a snippet whose words in capitals are filled in, and reads what it prints."""
    environ = environment(sandbox_url) | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AWS_PAGER": "",
    }

    def run(text: str, blanks: Mapping[str, str]) -> Any:
        filled = re.sub("|".join(blanks), lambda found: blanks[found[0]], text)
        done = subprocess.run(
            ["bash", "-c", filled], env=environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def block(bought: dict[str, Any]) -> OwnedReservation:
    """A block that was bought, as it is owned."""
    return OwnedReservation(
        id=bought["CapacityReservationId"],
        block_id=bought["CapacityBlockId"],
        account=MAIN,
        region="us-east-1",
        instance_type=bought["InstanceType"],
        zone=Zone(bought["AvailabilityZone"], bought["AvailabilityZoneId"]),
        platform=bought["InstancePlatform"],
        count=8,
        state=ReservationState.SCHEDULED,
        words="scheduled",
        start=bought["StartDate"],
        end=bought["EndDate"],
        created=bought["CreateDate"],
        tags=(),
    )


def ground_for(ec2: Any, reservation: OwnedReservation) -> dict[str, str]:
    """An image, and the network in the reservation's zone."""
    zone = [{"Name": "availability-zone-id", "Values": [str(reservation.zone.id)]}]
    subnet = ec2.describe_subnets(Filters=zone)["Subnets"][0]
    its_vpc = [{"Name": "vpc-id", "Values": [subnet["VpcId"]]}]
    return {
        "TEMPLATE_NAME": "on-the-block",
        "IMAGE_ID": ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        "SUBNET_ID": subnet["SubnetId"],
        "SECURITY_GROUP_ID": ec2.describe_security_groups(Filters=its_vpc)["SecurityGroups"][0]["GroupId"],
    }


def test_instances_start_in_the_block(
    ec2: Any, buy: Callable[..., dict[str, Any]], clock: SandboxControl, paste: Paste
) -> None:
    """As many as the snippet was made for, in the block's zone; the rest of the block stays free."""
    bought = buy()
    reservation = block(bought)
    clock.set_clock(bought["StartDate"])
    started = paste(snippet(Elsewhere.RUN_INSTANCES, reservation, 5), ground_for(ec2, reservation))["Instances"]
    assert {each["Placement"]["AvailabilityZone"] for each in started} == {reservation.zone.name}
    assert len(started) == 5
    usage = ec2.get_capacity_reservation_usage(CapacityReservationId=reservation.id)
    assert (usage["TotalInstanceCount"], usage["AvailableInstanceCount"]) == (8, 3)


def test_a_launch_template_keeps_the_block(ec2: Any, buy: Callable[..., dict[str, Any]], paste: Paste) -> None:
    """Market and reservation are in its first version, before the block starts too."""
    reservation = block(buy())
    made = paste(snippet(Elsewhere.LAUNCH_TEMPLATE, reservation, 8), ground_for(ec2, reservation))["LaunchTemplate"]
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=made["LaunchTemplateId"])[
        "LaunchTemplateVersions"
    ]
    data = version["LaunchTemplateData"]
    assert data["InstanceMarketOptions"]["MarketType"] == "capacity-block"
    target = data["CapacityReservationSpecification"]["CapacityReservationTarget"]
    assert target["CapacityReservationId"] == reservation.id


def test_a_training_job_names_its_plan(sagemaker: Any, create: Callable[..., Plan], paste: Paste) -> None:
    """Moto keeps what it is given. An endpoint is left out: its list of types is older than the plans."""
    plan = create(of=plan_offerings(sagemaker, TargetResources=["training-job"])[-1])
    begin = plan["StartTime"]
    part = Stay(Zone("us-east-1a", "use1-az4"), 1, begin, begin + timedelta(days=1))
    facts = PlanFacts(plan["TrainingPlanName"], tuple(plan["TargetResources"]), (part,), Decimal(1), "USD", 1)
    owned = OwnedReservation(
        id=plan["TrainingPlanArn"],
        block_id=None,
        account=MAIN,
        region="us-east-1",
        instance_type="p5.48xlarge",
        zone=part.zone,
        platform="Linux/UNIX",
        count=1,
        state=ReservationState.SCHEDULED,
        words="Scheduled",
        start=part.start,
        end=part.end,
        created=None,
        tags=(),
        plan=facts,
    )
    blanks = {
        "JOB_NAME": "pretrain",
        "ROLE_ARN": f"arn:aws:iam::{MAIN}:role/training",
        "IMAGE_URI": f"{MAIN}.dkr.ecr.us-east-1.amazonaws.com/training:1",
        "S3_OUTPUT": "s3://models/pretrain",
        "S3_CHECKPOINTS": "s3://checkpoints/pretrain",
    }
    paste(snippet(Elsewhere.TRAINING_JOB, owned, 1), blanks)
    job = sagemaker.describe_training_job(TrainingJobName="pretrain")
    assert job["ResourceConfig"] == {
        "InstanceType": "ml.p5.48xlarge",
        "InstanceCount": 1,
        "TrainingPlanArn": plan["TrainingPlanArn"],
    }
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400 - 1800}
