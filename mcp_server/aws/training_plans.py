"""SageMaker training plans as AWS offers them.

Calls sagemaker:SearchTrainingPlanOfferings.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from mcp_server.aws.calls import ask, expected
from mcp_server.capacity.plans import PlanOffering, PlanProbe
from mcp_server.capacity.stays import Stay, Zone

_SEARCH = "search_training_plan_offerings"


def search_offerings(client: Any, account: str, probe: PlanProbe, zone_ids: Mapping[str, str]) -> list[PlanOffering]:
    """What AWS would sell for one probe in the client's region: one answer, without pages.

    zone_ids maps the account's zone names to ids; what it lacks has no id.

    Raises:
        AwsFailure: The call failed; UNSUPPORTED when the region does not sell the type, or no plans at all, QUOTA when
            the account's limit on instances in plans is too small.
    """
    kind = probe.instance_type
    if kind.plan is None:
        return []
    wanted = (
        {"UltraServerType": kind.plan.name, "UltraServerCount": probe.count}
        if kind.ultraserver
        else {"InstanceType": kind.plan.name, "InstanceCount": probe.count}
    )
    answer = ask(
        client,
        _SEARCH,
        DurationHours=probe.days * 24,
        StartTimeAfter=probe.earliest_start,
        EndTimeBefore=probe.latest_end,
        TargetResources=[str(probe.target)],
        **wanted,
    )
    rows: Iterable[dict[str, Any]] = expected(answer, _SEARCH, "TrainingPlanOfferings")
    return [_offering(row, account, client.meta.region_name, probe, zone_ids) for row in rows]


def _offering(
    row: dict[str, Any], account: str, region: str, probe: PlanProbe, zone_ids: Mapping[str, str]
) -> PlanOffering:
    parts = tuple(_part(each, zone_ids) for each in row["ReservedCapacityOfferings"])
    return PlanOffering(
        id=row["TrainingPlanOfferingId"],
        account=account,
        region=region,
        instance_type=probe.instance_type,
        count=min(each.count for each in parts),
        fee=Decimal(row["UpfrontFee"]),
        currency=row["CurrencyCode"],
        target=probe.target,
        parts=parts,
    )


def _part(row: dict[str, Any], zone_ids: Mapping[str, str]) -> Stay:
    name: str = row["AvailabilityZone"]
    count = row.get("UltraServerCount") or row["InstanceCount"]
    return Stay(Zone(name, zone_ids.get(name)), count, row["StartTime"], row["EndTime"])
