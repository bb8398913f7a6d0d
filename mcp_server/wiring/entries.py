"""The entry that stands for capacity in a place. Times are RFC 3339, UTC, as the modules want them."""

from collections.abc import Mapping
from datetime import datetime

from mcp_server.capacity.owned import OwnedReservation
from mcp_server.wiring.places import Place, Wired
from mcp_server.wiring.targets import Target

Entry = Mapping[str, "str | int | Entry"]


def entry(reservation: OwnedReservation, place: Place, count: int) -> Entry:
    """What is written into a map of Terraform. The zone must be known, and so must the end."""
    if place.target is Target.INSTANCE_GROUP:
        return _instance_group(reservation, place, count)
    return {
        "reservation_id": reservation.id,
        "instance_type": reservation.instance_type,
        "count": count,
        "zone_id": str(reservation.zone.id),
        "starts_at": moment(reservation.start),
        "ends_at": moment(reservation.end),
    }


def _instance_group(plan: OwnedReservation, place: Place, count: int) -> Entry:
    group: dict[str, str | int | Entry] = {
        "instance_type": plan.machine_type,
        "instance_count": count,
        "zone_id": str(plan.zone.id),
        "training_plan": {"arn": plan.id, "starts_at": moment(plan.start), "ends_at": moment(plan.end)},
    }
    return group | {"slurm": {"role": "compute"}} if place.slurm else group


def changes(reservation: OwnedReservation, there: Wired) -> Mapping[str, tuple[str, str]]:
    """What an entry says of the times of its capacity and is no longer so: by key, what stands there and what is so."""
    prefix = "training_plan." if there.target is Target.INSTANCE_GROUP else ""
    now = {f"{prefix}starts_at": moment(reservation.start), f"{prefix}ends_at": moment(reservation.end)}
    said = {key: there.values.get(key) for key in now}
    return {key: (str(said[key]), now[key]) for key in now if key in there.values and said[key] != now[key]}


def free_name(reservation: OwnedReservation, place: Place) -> str:
    """A name for the entry that nothing there has: the family and the day on which it starts, such as p5-20261205."""
    family = reservation.instance_type.partition(".")[0]
    name = f"{family}-{reservation.start:%Y%m%d}"
    letters = ["", *(f"-{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")]
    return next((name + each for each in letters if name + each not in place.names), name)


def moment(at: datetime | None) -> str:
    """A time to the second."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""
