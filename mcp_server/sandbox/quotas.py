"""Limits on vCPUs of concurrently active Capacity Blocks, and the Service Quotas operations that show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.paging import page

SERVICE_CODE = "ec2"
CODE_BY_FAMILY = {
    "P4d": "L-2C8F52B3",
    "P4de": "L-CFF3E941",
    "P5": "L-DA6814F2",
    "P5e": "L-C45F30BC",
    "P5en": "L-4F9BB70B",
    "P6-B200": "L-8B23CEF3",
    "P6-B300": "L-9C38E5AB",
    "P6e-GB200": "L-FCF0179E",
    "Trn1": "L-2E30FD7D",
    "Trn2": "L-64569A79",
}
FAMILY_BY_CODE = {code: family for family, code in CODE_BY_FAMILY.items()}


@dataclass(frozen=True, slots=True)
class QuotaKey:
    """Whose limit on what, where."""

    account: str
    region: str
    code: str


class Quotas:
    """What was ever raised or lowered; everything else is at AWS's default, 0."""

    def __init__(self, changed: Mapping[QuotaKey, int]) -> None:
        self._changed = dict(changed)

    def vcpus(self, account: str, region: str, family: str) -> int:
        """The limit in force."""
        return self._changed.get(QuotaKey(account, region, CODE_BY_FAMILY[family]), 0)

    def applied(self, key: QuotaKey) -> int | None:
        """The limit as somebody changed it, None where nobody did."""
        return self._changed.get(key)

    def set(self, key: QuotaKey, vcpus: int) -> None:
        """Change a limit."""
        self._changed[key] = vcpus


def get_service_quota(quotas: Quotas, call: Call) -> dict[str, Any]:
    """GetServiceQuota: refuses a quota that is still at its default, as AWS does for those with no applied value."""
    code = _code(call)
    applied = quotas.applied(QuotaKey(call.account, call.region, code))
    if applied is None:
        raise _no_such_resource()
    return {"Quota": _quota(call, code, applied)}


def get_aws_default_service_quota(quotas: Quotas, call: Call) -> dict[str, Any]:  # noqa: ARG001 - same for everybody
    """GetAWSDefaultServiceQuota: 0 for every Capacity Block quota."""
    return {"Quota": _quota(call, _code(call), 0)}


def list_service_quotas(quotas: Quotas, call: Call) -> dict[str, Any]:
    """ListServiceQuotas: the quotas that were changed, or the one asked for by code."""
    _require_ec2(call)
    wanted = call.params.get("QuotaCode")
    keys = [QuotaKey(call.account, call.region, code) for code in FAMILY_BY_CODE if wanted in (None, code)]
    rows = [_quota(call, key.code, applied) for key in keys if (applied := quotas.applied(key)) is not None]
    shown, token = page(rows, call.params, default=100, error=_bad_token())
    return {"Quotas": shown, "NextToken": token}


def list_aws_default_service_quotas(quotas: Quotas, call: Call) -> dict[str, Any]:  # noqa: ARG001 - same for everybody
    """ListAWSDefaultServiceQuotas: every Capacity Block quota with AWS's default."""
    _require_ec2(call)
    shown, token = page(
        [_quota(call, code, 0) for code in FAMILY_BY_CODE], call.params, default=100, error=_bad_token()
    )
    return {"Quotas": shown, "NextToken": token}


def _quota(call: Call, code: str, vcpus: int) -> dict[str, Any]:
    return {
        "ServiceCode": SERVICE_CODE,
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaArn": f"arn:aws:servicequotas:{call.region}:{call.account}:{SERVICE_CODE}/{code}",
        "QuotaCode": code,
        "QuotaName": f"Maximum number of vCPUs for concurrently active {FAMILY_BY_CODE[code]} Capacity Blocks",
        "Value": float(vcpus),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def _code(call: Call) -> str:
    _require_ec2(call)
    code = str(call.params.get("QuotaCode"))
    if code not in FAMILY_BY_CODE:
        raise _no_such_resource()
    return code


def _require_ec2(call: Call) -> None:
    if call.params.get("ServiceCode") != SERVICE_CODE:
        raise _no_such_resource()


def _no_such_resource() -> AwsError:
    return AwsError("NoSuchResourceException", "The request failed because the specified quota does not exist.")


def _bad_token() -> AwsError:
    return AwsError("InvalidPaginationTokenException", "The pagination token is not valid.")
