"""The Service Quotas operations over the quotas of blocks and training plans."""

from collections.abc import Mapping
from typing import Any

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.paging import page
from mcp_server.sandbox.quotas import EC2, QUOTA_BY_CODE, SAGEMAKER, Quota, QuotaKey, Quotas

_SERVICE_NAMES: Mapping[str, str] = {
    EC2: "Amazon Elastic Compute Cloud (Amazon EC2)",
    SAGEMAKER: "Amazon SageMaker",
}


def get_service_quota(quotas: Quotas, call: Call) -> dict[str, Any]:
    """GetServiceQuota: refuses a quota that is still at its default, as AWS does for those with no applied value."""
    quota = _asked(call)
    applied = quotas.applied(QuotaKey(call.account, call.region, quota.code))
    if applied is None:
        raise _no_such_resource()
    return {"Quota": _row(call, quota, applied)}


def get_aws_default_service_quota(quotas: Quotas, call: Call) -> dict[str, Any]:  # noqa: ARG001 - same for everybody
    """GetAWSDefaultServiceQuota."""
    quota = _asked(call)
    return {"Quota": _row(call, quota, quota.default)}


def list_service_quotas(quotas: Quotas, call: Call) -> dict[str, Any]:
    """ListServiceQuotas: the quotas that were changed, or the one asked for by code."""
    wanted = call.params.get("QuotaCode")
    rows = [
        _row(call, quota, applied)
        for quota in _of_service(call)
        if wanted in (None, quota.code)
        and (applied := quotas.applied(QuotaKey(call.account, call.region, quota.code))) is not None
    ]
    shown, token = page(rows, call.params, default=100, error=_bad_token())
    return {"Quotas": shown, "NextToken": token}


def list_aws_default_service_quotas(quotas: Quotas, call: Call) -> dict[str, Any]:  # noqa: ARG001 - same for everybody
    """ListAWSDefaultServiceQuotas: every quota with AWS's default."""
    rows = [_row(call, quota, quota.default) for quota in _of_service(call)]
    shown, token = page(rows, call.params, default=100, error=_bad_token())
    return {"Quotas": shown, "NextToken": token}


def _row(call: Call, quota: Quota, value: int) -> dict[str, Any]:
    return {
        "ServiceCode": quota.service,
        "ServiceName": _SERVICE_NAMES[quota.service],
        "QuotaArn": f"arn:aws:servicequotas:{call.region}:{call.account}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def _asked(call: Call) -> Quota:
    quota = QUOTA_BY_CODE.get(str(call.params.get("QuotaCode")))
    if quota is None or quota not in _of_service(call):
        raise _no_such_resource()
    return quota


def _of_service(call: Call) -> list[Quota]:
    service = call.params.get("ServiceCode")
    if service not in _SERVICE_NAMES:
        raise _no_such_resource()
    return [quota for quota in QUOTA_BY_CODE.values() if quota.service == service]


def _no_such_resource() -> AwsError:
    return AwsError("NoSuchResourceException", "The request failed because the specified quota does not exist.")


def _bad_token() -> AwsError:
    return AwsError("InvalidPaginationTokenException", "The pagination token is not valid.")
