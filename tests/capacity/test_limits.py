"""How much of an account's limits what it owns takes up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mcp_server.capacity.limits import PLANS_IN_REGION, most_reserved, reserved, uncounted
from mcp_server.capacity.owned import OwnedReservation, PlanFacts, ReservationState
from mcp_server.capacity.stays import Zone
from tests.capacity.offers import START

ACCOUNT, REGION = "111111111111", "us-east-2"
DAY = timedelta(days=1)
END = START + 7 * DAY
BLOCK = OwnedReservation(
    "cr-0",
    "cb-0",
    ACCOUNT,
    REGION,
    "trn2.48xlarge",
    Zone("us-east-2c", "use2-az3"),
    "Linux/UNIX",
    4,
    ReservationState.SCHEDULED,
    "scheduled",
    START,
    END,
    START,
    (),
)
PLAN = replace(
    BLOCK,
    id="arn:plan",
    block_id=None,
    instance_type="p5.48xlarge",
    plan=PlanFacts("plan", ("training-job",), (), None, "USD"),
)


@pytest.mark.parametrize(
    ("instance_type", "count", "code", "vcpus"),
    [
        ("trn2.48xlarge", 4, "L-64569A79", 768),
        ("trn2u.48xlarge", 4, "L-64569A79", 768),
        ("p6e-gb200.36xlarge", 18, "L-FCF0179E", 2592),
        ("p9.48xlarge", 4, "L-64569A79", 0),
    ],
)
def test_what_is_owned_takes_up_its_family_quota(instance_type: str, count: int, code: str, vcpus: int) -> None:
    """Instances within UltraServers count as the family's others do; a type that is not known counts nothing."""
    owned = replace(BLOCK, instance_type=instance_type, count=count)
    assert reserved([owned], ACCOUNT, REGION, code, START + DAY, START + 8 * DAY) == vcpus
    assert most_reserved([owned], ACCOUNT, REGION, code, START - DAY) == vcpus
    assert reserved([owned], ACCOUNT, REGION, code, END, END + DAY) == 0


def test_what_is_not_known_is_named() -> None:
    """Each type once, if it is known neither by itself nor within an UltraServer, and not over."""
    types = ("p9.48xlarge", "p9.48xlarge", "p8.48xlarge", "trn2u.48xlarge", "p5.48xlarge")
    owned = [replace(BLOCK, instance_type=each) for each in types]
    assert uncounted(owned) == ("p8.48xlarge", "p9.48xlarge")
    assert uncounted([replace(each, state=ReservationState.EXPIRED) for each in owned]) == ()


def test_plans_stand_until_they_are_over() -> None:
    """A region's plans count by number whatever their dates, their instances only while they are there."""
    for dates in ((START, END), (END, END + DAY)):
        assert reserved([PLAN], ACCOUNT, REGION, PLANS_IN_REGION.code, *dates) == 1
    assert reserved([PLAN], ACCOUNT, REGION, "L-9EF527CA", START, END) == 4
    assert reserved([PLAN], ACCOUNT, REGION, "L-9EF527CA", END, END + DAY) == 0
    over = replace(PLAN, state=ReservationState.EXPIRED)
    assert reserved([over], ACCOUNT, REGION, PLANS_IN_REGION.code, START, END) == 0
