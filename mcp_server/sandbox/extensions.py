"""More time for what is owned: what was bought of it, and until when the capacity lasts with it.

What blocks (EC2 user guide, Capacity Blocks, extending) and training plans (SageMaker developer guide, training plan
extension) have in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mcp_server.sandbox.payments import Payment, PaymentStatus

LATEST = timedelta(hours=1)
PAID_BEFORE_END = timedelta(minutes=35)


@dataclass(frozen=True, slots=True)
class Extension:
    """More time for one reservation, contiguous with its end. fee is in USD, times are UTC."""

    offering_id: str
    start: datetime
    end: datetime
    fee: str
    purchased: datetime
    payment: Payment
    visible_from: datetime


def paid_end(end: datetime, extensions: Sequence[Extension], now: datetime) -> datetime:
    """When what would end at `end` (UTC) ends with the extensions that are paid."""
    return max([end, *(each.end for each in extensions if each.payment.status(now) is PaymentStatus.SUCCEEDED)])


def held_end(end: datetime, extensions: Sequence[Extension], now: datetime) -> datetime:
    """Until when (UTC) the capacity is nobody else's: unpaid extensions hold theirs while the payment is pending."""
    return max([end, *(each.end for each in extensions if each.payment.status(now) is not PaymentStatus.FAILED)])


def awaits_payment(extensions: Sequence[Extension], now: datetime) -> bool:
    """Whether one of them is not paid yet, which forbids a further one."""
    return any(each.payment.status(now) is PaymentStatus.PENDING for each in extensions)
