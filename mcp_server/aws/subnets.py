"""Subnets of an account. Calls ec2:DescribeSubnets."""

from typing import Any

from mcp_server.aws.calls import ask, expected


def subnets_in(client: Any, zone_id: str) -> int:
    """How many subnets the account has in a zone of the client's region.

    Raises:
        AwsFailure: The call failed.
    """
    count = 0
    token: str | None = None
    while True:
        filters = [{"Name": "availability-zone-id", "Values": [zone_id]}]
        answer = ask(client, "describe_subnets", Filters=filters, NextToken=token)
        count += len(expected(answer, "describe_subnets", "Subnets"))
        token = answer.get("NextToken")
        if not token:
            return count
