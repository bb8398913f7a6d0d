"""Extensions of Capacity Blocks: those that AWS offers, and those that were bought.

Calls ec2:DescribeCapacityBlockExtensionOfferings and ec2:DescribeCapacityBlockExtensionHistory.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pages import every_row
from mcp_server.capacity.extensions import ExtensionOffering, ExtensionProbe
from mcp_server.capacity.instance_types import CATALOGUE, InstanceType
from mcp_server.capacity.owned import ExtensionState, OwnedExtension
from mcp_server.capacity.stays import Zone
from mcp_server.capacity.words import word

_OFFERINGS = "describe_capacity_block_extension_offerings"
_HISTORY = "describe_capacity_block_extension_history"


def describe_extension_offerings(client: Any, account: str, probe: ExtensionProbe) -> list[ExtensionOffering]:
    """All pages of what AWS would sell for one probe; the reservation must be in the client's region.

    Raises:
        AwsFailure: The call failed; UNSUPPORTED when AWS offers something for a type that the catalogue lacks.
    """
    rows = every_row(
        client,
        _OFFERINGS,
        "CapacityBlockExtensionOfferings",
        CapacityReservationId=probe.reservation_id,
        CapacityBlockExtensionDurationHours=probe.days * 24,
    )
    return [_offering(row, account, client.meta.region_name, probe) for row in rows]


def describe_extension_history(client: Any, account: str, reservation_ids: Sequence[str] = ()) -> list[OwnedExtension]:
    """All pages of the extensions bought in the client's region, of these reservations or of all.

    Raises:
        AwsFailure: The call failed.
    """
    wanted = list(reservation_ids) or None
    rows = every_row(client, _HISTORY, "CapacityBlockExtensions", CapacityReservationIds=wanted)
    return [extension_of(row, account, client.meta.region_name) for row in rows]


def extension_of(row: Mapping[str, Any], account: str, region: str) -> OwnedExtension:
    """A bought extension as EC2 describes it, also in the answer to a purchase.

    Raises:
        KeyError: It lacks what every extension has.
    """
    words: str = row["CapacityBlockExtensionStatus"]
    return OwnedExtension(
        reservation_id=row["CapacityReservationId"],
        offering_id=row["CapacityBlockExtensionOfferingId"],
        account=account,
        region=region,
        instance_type=row["InstanceType"],
        count=row["InstanceCount"],
        zone=_zone(row),
        state=ExtensionState(words) if words in set(ExtensionState) else ExtensionState.OTHER,
        purchased=row["CapacityBlockExtensionPurchaseDate"],
        start=row["CapacityBlockExtensionStartDate"],
        end=row["CapacityBlockExtensionEndDate"],
        fee=Decimal(row["UpfrontFee"]),
        currency=row["CurrencyCode"],
    )


def _offering(row: Mapping[str, Any], account: str, region: str, probe: ExtensionProbe) -> ExtensionOffering:
    return ExtensionOffering(
        id=row["CapacityBlockExtensionOfferingId"],
        account=account,
        region=region,
        reservation_id=probe.reservation_id,
        instance_type=_kind(row["InstanceType"]),
        count=row["InstanceCount"],
        zone=_zone(row),
        start=row["CapacityBlockExtensionStartDate"],
        end=row["CapacityBlockExtensionEndDate"],
        fee=Decimal(row["UpfrontFee"]),
        currency=row["CurrencyCode"],
        tenancy=row.get("Tenancy", "default"),
    )


def _kind(name: str) -> InstanceType:
    """The catalogue's entry.

    An extension names the instances of an UltraServer, not the UltraServer: its size, and with it the accelerators
    and the usable end, cannot be told from that.

    Raises:
        AwsFailure: There is none.
    """
    if name not in CATALOGUE:
        message = (
            f"AWS offers an extension of {word(name)}, which is an UltraServer's instance or a type not known here: "
            "its rate and usable end cannot be told"
        )
        remedy = "Extend it in the AWS console or CLI."
        raise AwsFailure(FailureKind.UNSUPPORTED, _OFFERINGS, message, remedy=remedy, ours=True)
    return CATALOGUE[name]


def _zone(row: Mapping[str, Any]) -> Zone:
    return Zone(row["AvailabilityZone"], row.get("AvailabilityZoneId"))
