"""Limits on Capacity Blocks. Calls servicequotas:GetServiceQuota and servicequotas:GetAWSDefaultServiceQuota."""

from typing import Any

from mcp_server.aws.calls import ask, expected
from mcp_server.aws.failures import AwsFailure


def block_vcpus(client: Any, quota_code: str) -> int:
    """How many vCPUs of a family may be in concurrently active blocks, in the client's account and region.

    AWS's default is 0: no block can be bought until the quota has been raised.

    Raises:
        AwsFailure: The call failed.
    """
    try:
        answer = ask(client, "get_service_quota", ServiceCode="ec2", QuotaCode=quota_code)
    except AwsFailure as failure:
        # A quota that was never changed may be known by its default only.
        if failure.code != "NoSuchResourceException":
            raise
        answer = ask(client, "get_aws_default_service_quota", ServiceCode="ec2", QuotaCode=quota_code)
    quota: dict[str, Any] = expected(answer, "get_service_quota", "Quota")
    return int(expected(quota, "get_service_quota", "Value"))
