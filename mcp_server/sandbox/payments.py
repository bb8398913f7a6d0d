"""Payments of what is bought at once and paid minutes or hours later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PAYMENT_TAKES = timedelta(minutes=5)
PAYMENT_LIMIT = timedelta(hours=12)


class PaymentStatus(StrEnum):
    """How far the payment of a block, a plan or an extension is, in EC2's words."""

    PENDING = "payment-pending"
    FAILED = "payment-failed"
    SUCCEEDED = "payment-succeeded"


@dataclass(frozen=True, slots=True)
class Payment:
    """When a payment is settled (UTC), and how."""

    settled: datetime
    fails: bool

    @classmethod
    def after(cls, purchased: datetime, needed_by: datetime, *, fails: bool) -> "Payment":
        """A payment takes five minutes; one that fails is given up 12 hours after the purchase or at needed_by.

        Whichever is first (EC2 user guide, Capacity Blocks, billing).
        """
        deadline = max(min(purchased + PAYMENT_LIMIT, needed_by), purchased)
        return cls(deadline if fails else min(purchased + PAYMENT_TAKES, deadline), fails)

    def status(self, now: datetime) -> PaymentStatus:
        """Where the payment stands."""
        if now < self.settled:
            return PaymentStatus.PENDING
        return PaymentStatus.FAILED if self.fails else PaymentStatus.SUCCEEDED
