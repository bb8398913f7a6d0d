"""Reservations that one account shares with another through AWS RAM, which moto keeps."""

from collections.abc import Iterable, Iterator
from typing import Any

from moto.ram.models import ResourceShare, ram_backends

from mcp_server.sandbox.accounts import Account
from mcp_server.sandbox.capacity_blocks import Estate, Reservation

# moto's list of what can be shared lacks reservations.
if "capacity-reservation" not in ResourceShare.SHAREABLE_RESOURCES:
    ResourceShare.SHAREABLE_RESOURCES.append("capacity-reservation")


def arn_of(reservation: Reservation) -> str:
    """The name under which a reservation is shared."""
    place = f"{reservation.region}:{reservation.account}"
    return f"arn:aws:ec2:{place}:capacity-reservation/{reservation.reservation_id}"


def shared_to(estate: Estate, accounts: Iterable[Account], account: str, region: str) -> Iterator[Reservation]:
    """What others of these accounts let this one use.

    UltraServer blocks cannot be shared (EC2 user guide, Capacity Blocks).
    """
    for owner in accounts:
        if owner.number == account:
            continue
        arns = {arn for share in _active(owner.number, region) if _names(share, account) for arn in share.resource_arns}
        for each in estate.owned(owner.number, region):
            if arn_of(each) in arns and not each.product.ultraserver:
                yield each


def _active(owner: str, region: str) -> list[Any]:
    shares: list[Any] = ram_backends[owner][region].resource_shares
    return [each for each in shares if each.status == "ACTIVE"]


def _names(share: Any, account: str) -> bool:
    return any(principal in {account, f"arn:aws:iam::{account}:root"} for principal in share.principals)
