"""Reservations of EC2 that are paid by the hour, and are no blocks."""

from dataclasses import dataclass

from mcp_server.capacity.stays import Zone


@dataclass(frozen=True, slots=True)
class OnDemandReservation:
    """An active one that an account owns. free is how many machines could be started on it.

    open: EC2 gives its machines to whoever starts one that fits, without being told its id.
    """

    id: str
    account: str
    region: str
    instance_type: str
    zone: Zone
    count: int
    free: int
    open: bool
    tags: tuple[tuple[str, str], ...] = ()
