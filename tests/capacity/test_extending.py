"""When a block can be extended."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mcp_server.capacity.extending import Obstacle, extension_deadline, makes_too_long, obstacle
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.stays import Zone
from tests.capacity.offers import START

END = START + timedelta(days=7)
BLOCK = OwnedReservation(
    "cr-0",
    "cb-0",
    "111111111111",
    "us-east-1",
    "p5.48xlarge",
    Zone("us-east-1a", "use1-az4"),
    "Linux/UNIX",
    8,
    ReservationState.ACTIVE,
    "active",
    START,
    END,
    START,
    (),
)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (END - timedelta(days=56) - MINUTE, Obstacle.TOO_EARLY),
        (END - timedelta(days=56), None),
        (END - timedelta(hours=1), None),
        (END - timedelta(hours=1) + MINUTE, Obstacle.TOO_LATE),
    ],
)
def test_from_fifty_six_days_to_an_hour_before_the_end(now: datetime, expected: Obstacle | None) -> None:
    """Both limits belong to the time in which a block can be extended."""
    assert obstacle(BLOCK, (), now) is expected


@pytest.mark.parametrize("state", ReservationState)
def test_only_scheduled_and_active_blocks_can_be_extended(state: ReservationState) -> None:
    """Any other state forbids it, one that is not known too; what is over has no deadline any more."""
    block = replace(BLOCK, state=state)
    open_to_it = state in {ReservationState.SCHEDULED, ReservationState.ACTIVE}
    assert (obstacle(block, (), START) is None) == open_to_it
    assert (extension_deadline(block) is None) == state.over


def test_an_end_that_is_not_told_forbids_nothing() -> None:
    """What is not known is left to AWS."""
    block = replace(BLOCK, end=None)
    assert (obstacle(block, (), START), extension_deadline(block)) == (None, None)
    assert not makes_too_long(block, 182)


def test_a_block_lasts_182_days_at_most() -> None:
    """A week's block can go on for 175 days, not for 176."""
    assert not makes_too_long(BLOCK, 175)
    assert makes_too_long(BLOCK, 176)
