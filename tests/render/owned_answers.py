"""What AWS and ledger may say of what is owned, made up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.stays import Zone
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRow
from mcp_server.purchasing.provenance import Provenance
from mcp_server.searching.holdings import HoldingPart, Unread

NOW = datetime(2026, 11, 24, 16, 42, tzinfo=UTC)
MAIN, SECONDARY, STRANGER = "483026362307", "159553542841", "999999999999"
DENIED = AwsFailure(
    FailureKind.DENIED,
    "describe_capacity_reservations",
    f"You are not authorized to perform this operation. User: arn:aws:iam::{MAIN}:user/jo is not authorized to "
    "perform: ec2:DescribeCapacityReservations because no identity-based policy allows it",
    "UnauthorizedOperation",
)


def a_reservation(number: int = 0, start: float = 1, days: float = 7, **changes: Any) -> OwnedReservation:
    """One that starts and lasts so many days from now; scheduled, and bought three days before its start."""
    begin = NOW + timedelta(days=start)
    made = OwnedReservation(
        id=f"cr-{0xF5551C712E0033200 + number:017x}",
        block_id=f"cb-{0xF5551C712E0033200 + number:017x}",
        account=MAIN,
        region="ap-southeast-2",
        instance_type="p5.48xlarge",
        zone=Zone("ap-southeast-2b", "apse2-az3"),
        platform="Linux/UNIX",
        count=8,
        state=ReservationState.SCHEDULED,
        words="",
        start=begin,
        end=begin + timedelta(days=days),
        created=begin - timedelta(days=3),
        tags=(),
    )
    changed = replace(made, **changes)
    return changed if changed.words else replace(changed, words=str(changed.state))


def an_answer(*reservations: OwnedReservation, origin: Provenance | None = None, **changes: Any) -> OwnedAnswer:
    """An answer with these reservations, by start."""
    made = OwnedAnswer(
        now=NOW,
        simulated=False,
        accounts=(("main", MAIN), ("secondary", SECONDARY)),
        notices=(),
        rows=_rows(reservations, origin or Provenance()),
        ended=0,
        regions=22,
        unread=(),
        account_failures=(),
    )
    return replace(made, **changes)


def unread(*regions: str, part: HoldingPart = HoldingPart.RESERVATIONS) -> tuple[Unread, ...]:
    """Regions of which the main account was not allowed to read a part."""
    return tuple(Unread("main", each, part, DENIED) for each in regions)


def _rows(reservations: Sequence[OwnedReservation], origin: Provenance) -> tuple[OwnedRow, ...]:
    ordered = sorted(reservations, key=lambda each: (each.start, each.id))
    return tuple(OwnedRow(Holding(each), origin, ()) for each in ordered)
