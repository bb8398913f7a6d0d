"""EC2 Capacity Blocks as AWS offers them.

Calls ec2:DescribeCapacityBlockOfferings.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from mcp_server.aws.calls import ask, expected
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.offerings import Offering, Segment
from mcp_server.capacity.requests import Probe
from mcp_server.capacity.stays import Zone

_OPERATION = "describe_capacity_block_offerings"


def describe_offerings(client: Any, account: str, probe: Probe, zone_ids: Mapping[str, str]) -> list[Offering]:
    """All pages of what AWS would sell for one probe in the client's region, Local Zones included.

    zone_ids maps the account's zone names to ids; what it lacks has no id.

    Raises:
        AwsFailure: The call failed; UNSUPPORTED when the region does not sell the type.
    """
    kind = probe.instance_type
    wanted = (
        {"UltraserverType": kind.name, "UltraserverCount": probe.count}
        if kind.ultraserver
        else {"InstanceType": kind.name, "InstanceCount": probe.count}
    )
    found: list[Offering] = []
    token: str | None = None
    while True:
        answer = ask(
            client,
            _OPERATION,
            CapacityDurationHours=probe.days * 24,
            StartDateRange=probe.earliest_start,
            EndDateRange=probe.latest_end,
            AllAvailabilityZones=True,
            NextToken=token,
            **wanted,
        )
        offerings: Iterable[dict[str, Any]] = expected(answer, _OPERATION, "CapacityBlockOfferings")
        found.extend(_offering(each, account, client.meta.region_name, zone_ids) for each in offerings)
        token = answer.get("NextToken")
        if not token:
            return found


def _offering(answer: dict[str, Any], account: str, region: str, zone_ids: Mapping[str, str]) -> Offering:
    kind = CATALOGUE[answer.get("UltraserverType") or answer["InstanceType"]]
    count = answer.get("UltraserverCount") or answer["InstanceCount"]
    # An ordinary offering lists no segments: it is its own only one.
    parts: list[dict[str, Any]] = answer.get("CapacityBlockOfferingSegments") or [answer]
    return Offering(
        id=answer["CapacityBlockOfferingId"],
        account=account,
        region=region,
        instance_type=kind,
        count=count,
        fee=Decimal(answer["UpfrontFee"]),
        currency=answer["CurrencyCode"],
        tenancy=answer.get("Tenancy", "default"),
        segments=tuple(
            _segment(part, count if part is answer or kind.ultraserver else part["InstanceCount"], zone_ids)
            for part in parts
        ),
    )


def _segment(answer: dict[str, Any], count: int, zone_ids: Mapping[str, str]) -> Segment:
    name: str = answer["AvailabilityZone"]
    start: datetime = answer["StartDate"]
    end: datetime = answer["EndDate"]
    zone = Zone(name, answer.get("AvailabilityZoneId") or zone_ids.get(name))
    return Segment(zone, count, start, end, Decimal(answer["UpfrontFee"]))
