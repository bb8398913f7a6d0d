"""The control endpoint, and the client that speaks to it."""

import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from mcp_server.sandbox.control import ControlRefused, NoSandbox, SandboxControl
from mcp_server.sandbox.faults import Fault


def ask(sandbox: SandboxControl, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Status and answer of a raw request."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(f"{sandbox.url}/_ml-clusters/{path}", data, method=method)) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_world_describes_itself(sandbox: SandboxControl) -> None:
    """Everybody can see that it is simulated, which world it is, and whose accounts it has."""
    world = sandbox.world()
    assert world.simulated
    assert world.accounts == {"main": "483026362307", "secondary": "159553542841"}
    assert abs(world.now - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_clock_goes_where_it_is_told(sandbox: SandboxControl) -> None:
    """Forward by a duration, or to any moment, and it runs on from there."""
    moment = datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert timedelta(0) <= sandbox.set_clock(moment) - moment < timedelta(minutes=1)
    assert timedelta(0) <= sandbox.advance(timedelta(hours=2)) - moment - timedelta(hours=2) < timedelta(minutes=1)
    sandbox.reset()
    assert abs(sandbox.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "clock", {}, "either now or advance_seconds"),
        ("POST", "clock", {"now": "2026-12-01T00:00:00"}, "timezone"),
        ("POST", "clock", {"now": "9999-12-01T00:00:00Z"}, "2100"),
        ("POST", "clock", {"advance_seconds": -1}, "greater than or equal to 0"),
        ("POST", "faults", {"fault": "earthquake"}, "fault"),
        ("POST", "faults", {"fault": "slow", "calls": 0}, "calls"),
        ("POST", "faults", {"fault": "slow", "speed": 1}, "speed"),
        ("POST", "market", {}, "fresh_ids"),
        ("POST", "quota", {"account": "main", "region": "us-east-1", "code": "L-1", "value": 1}, "L-1"),
        ("POST", "quota", "not an object", "object"),
    ],
)
def test_bad_input_gets_one_sentence(sandbox: SandboxControl, method: str, path: str, body: Any, said: str) -> None:
    """HTTP 400, and a sentence that names what is wrong."""
    status, answer = ask(sandbox, method, path, body)
    assert status == 400
    assert said in answer["error"]
    assert "\n" not in answer["error"]


def test_there_is_nothing_elsewhere(sandbox: SandboxControl) -> None:
    """Unknown paths and methods are told apart."""
    assert ask(sandbox, "GET", "weather")[0] == 404
    assert ask(sandbox, "GET", "reset")[0] == 405


def test_the_client_raises_the_sentence(sandbox: SandboxControl) -> None:
    """What the endpoint refuses is an exception with its reason."""
    with pytest.raises(ControlRefused, match="percent"):
        sandbox.arm("*", Fault.PRICE_MOVED, percent=-100)


def test_nobody_answers_at_a_closed_port() -> None:
    """No sandbox is an exception of its own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoSandbox):
            SandboxControl(f"http://127.0.0.1:{taken.getsockname()[1]}").world()


def test_requests_are_counted_by_operation_and_region(sandbox: SandboxControl, aws_env: str) -> None:
    """What the client sent is seen, until it is cleared."""
    import boto3  # noqa: PLC0415 - only this test of the file needs it

    ec2 = boto3.client("ec2", "us-west-2")
    ec2.describe_vpcs()
    ec2.describe_availability_zones()
    ec2.close()
    assert [each.operation for each in sandbox.requests()] == ["DescribeVpcs", "DescribeAvailabilityZones"]
    (seen,) = sandbox.requests("DescribeVpcs", "us-west-2")
    assert (seen.account, seen.dry_run) == ("483026362307", False)
    assert sandbox.requests("DescribeVpcs", "us-east-1") == []
    sandbox.clear_requests()
    assert sandbox.requests() == []
    assert sandbox.world().served >= 2
