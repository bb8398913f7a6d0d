"""What launch templates start, and on which reservation. Calls ec2:DescribeLaunchTemplateVersions."""

from dataclasses import dataclass
from typing import Any

from mcp_server.aws.calls import ask, expected, within
from mcp_server.aws.failures import AwsFailure, FailureKind

_DESCRIBE = "describe_launch_template_versions"


@dataclass(frozen=True, slots=True)
class LaunchTemplate:
    """One version of a template. reservation_id is the reservation its machines are started on, if it names one."""

    instance_type: str | None
    reservation_id: str | None


def describe_template(client: Any, template_id: str, version: str) -> LaunchTemplate:
    """One version of a template in the client's account and region.

    Raises:
        AwsFailure: The call failed, or there is no such version.
    """
    answer = ask(client, _DESCRIBE, LaunchTemplateId=template_id, Versions=[version])
    rows: list[dict[str, Any]] = expected(answer, _DESCRIBE, "LaunchTemplateVersions")
    if not rows:
        code = "InvalidLaunchTemplateId.VersionNotFound"
        raise AwsFailure(FailureKind.AWS_ERROR, _DESCRIBE, "the template has no such version", code, ours=True)
    data: dict[str, Any] = rows[0].get("LaunchTemplateData") or {}
    named = within(data, "CapacityReservationSpecification", "CapacityReservationTarget", "CapacityReservationId")
    return LaunchTemplate(data.get("InstanceType"), named)
