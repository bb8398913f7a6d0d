"""Limits of an account. Calls servicequotas:GetServiceQuota and servicequotas:GetAWSDefaultServiceQuota."""

from typing import Any

from mcp_server.aws.calls import ask, expected
from mcp_server.aws.failures import AwsFailure


def quota_value(client: Any, service: str, quota_code: str) -> int:
    """How much a quota of a service allows in the client's account and region.

    For blocks AWS's default is 0: none can be bought until the quota has been raised.

    Raises:
        AwsFailure: The call failed.
    """
    try:
        answer = ask(client, "get_service_quota", ServiceCode=service, QuotaCode=quota_code)
    except AwsFailure as failure:
        # A quota that was never changed may be known by its default only.
        if failure.code != "NoSuchResourceException":
            raise
        answer = ask(client, "get_aws_default_service_quota", ServiceCode=service, QuotaCode=quota_code)
    quota: dict[str, Any] = expected(answer, "get_service_quota", "Quota")
    return int(expected(quota, "get_service_quota", "Value"))
