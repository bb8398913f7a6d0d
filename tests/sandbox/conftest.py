"""Clients of simulated AWS at a fixed time, so that the market is the same on every day these tests run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from mcp_server.sandbox.accounts import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.market import digest

START = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
ROLE_IN_SECONDARY = "arn:aws:iam::159553542841:role/ml-clusters-reader"

Client = Callable[..., Any]
Plan = dict[str, Any]


@pytest.fixture
def clock(sandbox: SandboxControl, aws_env: str) -> SandboxControl:
    """The sandbox in the night of 1 December 2026, UTC."""
    sandbox.set_clock(START)
    return sandbox


@pytest.fixture(scope="session")
def main_session() -> boto3.Session:
    """A session of the main account; botocore's models are read once for all clients made from it."""
    return boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="us-east-1")


@pytest.fixture(scope="session")
def make_client(main_session: boto3.Session, sandbox_url: str) -> Iterator[Client]:
    """Makes clients, those of the main account once for all tests."""
    with ExitStack() as stack:

        def make(service: str, region: str, session: boto3.Session) -> Any:
            config = Config(retries={"total_max_attempts": 1})
            made = session.client(service, region_name=region, endpoint_url=sandbox_url, config=config)
            stack.callback(made.close)
            return made

        of_main = cache(lambda service, region: make(service, region, main_session))
        yield lambda service, region, session: make(service, region, session) if session else of_main(service, region)


@pytest.fixture
def client(clock: SandboxControl, make_client: Client) -> Client:
    """Gives the client of a service in a region, which sends every request once."""

    def client(service: str, region: str = "us-east-1", session: boto3.Session | None = None) -> Any:
        return make_client(service, region, session)

    return client


@pytest.fixture
def ec2(client: Client) -> Any:
    """EC2 in us-east-1 of the main account."""
    return client("ec2")


@pytest.fixture
def secondary(client: Client, main_session: boto3.Session) -> boto3.Session:
    """A session of the secondary account's reader role, named `auditor`."""
    return reader_of_secondary(client("sts"), main_session)


def reader_of_secondary(sts: Any, main_session: boto3.Session) -> boto3.Session:
    """Assume the secondary account's reader role under the name `auditor`."""
    answer = sts.assume_role(RoleArn=ROLE_IN_SECONDARY, RoleSessionName="auditor")["Credentials"]
    core = botocore.session.Session()
    core.register_component("data_loader", main_session._session.get_component("data_loader"))
    core.set_credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    return boto3.Session(botocore_session=core, region_name="us-east-1")


@pytest.fixture
def buy(ec2: Any) -> Callable[..., dict[str, Any]]:
    """Buys the last of the offerings for 8 p5.48xlarge for a day, which starts days ahead. Returns the reservation."""

    def buy(client: Any = ec2, **asked: Any) -> dict[str, Any]:
        wanted = {"InstanceType": "p5.48xlarge", "InstanceCount": 8, "CapacityDurationHours": 24} | asked
        offering = client.describe_capacity_block_offerings(**wanted)["CapacityBlockOfferings"][-1]
        answer = client.purchase_capacity_block(
            CapacityBlockOfferingId=offering["CapacityBlockOfferingId"], InstancePlatform="Linux/UNIX"
        )
        return answer["CapacityReservation"]

    return buy


@pytest.fixture(scope="module")
def world_of_plans(sandbox_url: str) -> SandboxControl:
    """A fresh world for all tests of a file: each buys plans under names of its own, and looks at those alone."""
    control = SandboxControl(sandbox_url)
    control.reset()
    return control


@pytest.fixture
def plan_clock(world_of_plans: SandboxControl) -> SandboxControl:
    """The sandbox in the night of 1 December 2026, UTC, with nothing armed."""
    world_of_plans.disarm()
    world_of_plans.set_clock(START)
    return world_of_plans


@pytest.fixture
def sagemaker(plan_clock: SandboxControl, make_client: Client) -> Any:
    """SageMaker in us-east-1 of the main account."""
    return make_client("sagemaker", "us-east-1", None)


@pytest.fixture
def auditor(plan_clock: SandboxControl, make_client: Client, main_session: boto3.Session) -> Client:
    """Gives the client of a service in us-east-1 for the secondary account's reader role, named `auditor`."""
    session = reader_of_secondary(make_client("sts", "us-east-1", None), main_session)
    return lambda service: make_client(service, "us-east-1", session)


@pytest.fixture
def create(sagemaker: Any, request: pytest.FixtureRequest) -> Callable[..., Plan]:
    """Buys the last of the offerings for one ml.p5.48xlarge for a day, under a name of the test's own. Returns it."""
    names = (f"plan{number}-{digest(request.node.nodeid):x}" for number in count())

    def create(client: Any = sagemaker, *, of: Plan | None = None, **more: Any) -> Plan:
        offering = of or plan_offerings(client)[-1]
        wanted = {"TrainingPlanName": next(names), "TrainingPlanOfferingId": offering["TrainingPlanOfferingId"]} | more
        client.create_training_plan(**wanted)
        return client.describe_training_plan(TrainingPlanName=wanted["TrainingPlanName"])

    return create


def plan_offerings(client: Any, **asked: Any) -> list[Plan]:
    """What is offered as training plans: for one ml.p5.48xlarge for a day, unless asked otherwise."""
    wanted = {
        "InstanceType": "ml.p5.48xlarge",
        "InstanceCount": 1,
        "DurationHours": 24,
        "TargetResources": ["hyperpod-cluster"],
    } | asked
    known = {name: value for name, value in wanted.items() if value is not None}
    return client.search_training_plan_offerings(**known)["TrainingPlanOfferings"]


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[str, str]:
    """With which code and message a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
