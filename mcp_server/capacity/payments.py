"""Until when AWS takes the payment of what was bought; what is not paid then is released."""

from datetime import datetime, timedelta

from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, ReservationState

LIMIT = timedelta(hours=12)
"""After a purchase (EC2 user guide, Capacity Blocks, billing); SageMaker tells no limit of its own for plans."""

BLOCK_LEAD = timedelta(minutes=5)
"""Before the start of a block, if that is sooner (EC2 user guide, Capacity Blocks, billing); of a plan too."""

EXTENSION_LEAD = timedelta(minutes=35)
"""Before the end of a block that is extended, if that is sooner (EC2 user guide, Capacity Blocks, extending)."""


def payment_deadline(reservation: OwnedReservation) -> datetime | None:
    """Until when a block whose payment is pending is held, UTC; None where none is pending."""
    return last_moment_to_pay(reservation) if reservation.state is ReservationState.PAYMENT_PENDING else None


def last_moment_to_pay(reservation: OwnedReservation) -> datetime:
    """Until when AWS waits, or waited, for the payment of a block or plan, UTC.

    Of a plan nobody may tell when it was bought: then it is the latest that can be.
    """
    if reservation.created is None:
        return reservation.start - BLOCK_LEAD
    return payable_until(reservation.created, reservation.start)


def payable_until(bought: datetime, start: datetime) -> datetime:
    """Until when AWS waits for the payment of a block or plan that starts then; all UTC."""
    return max(min(bought + LIMIT, start - BLOCK_LEAD), bought)


def extension_payment_deadline(extension: OwnedExtension) -> datetime | None:
    """Until when an extension whose payment is pending is held, UTC; None where none is pending."""
    return last_moment_to_pay_extension(extension) if extension.state is ExtensionState.PAYMENT_PENDING else None


def last_moment_to_pay_extension(extension: OwnedExtension) -> datetime:
    """Until when AWS waits, or waited, for the payment of an extension, UTC."""
    return extension_payable_until(extension.purchased, extension.start)


def extension_payable_until(bought: datetime, start: datetime) -> datetime:
    """Until when AWS waits for the payment of an extension that begins then, where its block would end; all UTC."""
    return max(min(bought + LIMIT, start - EXTENSION_LEAD), bought)
