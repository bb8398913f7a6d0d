"""The picture of the calendar as a browser draws it, with fonts as wide as they come."""

import random
from pathlib import Path

import pytest

from mcp_server.capacity.owned import ReservationState
from mcp_server.purchasing.owning import OwnedAnswer
from mcp_server.render.calendar_picture import calendar_picture
from mcp_server.render.calendars import calendar_of
from mcp_server.searching.readers import AccountFailure
from tests.render.browser import browser, measured, screenshot
from tests.render.owned_answers import DENIED, NOW, SECONDARY, STRANGER, a_reservation, an_answer, unread

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser() is None, reason="no Chromium: `make browser` unpacks one, where Node is"),
]

STATES = list(ReservationState)
TYPES = ["p5.48xlarge", "p5.4xlarge", "p6-b300.48xlarge", "trn2.48xlarge", "p6e-gb200.36xlarge"]
UNREADABLE = tuple(AccountFailure(f"account-{number}", DENIED) for number in range(12))


def many(count: int) -> OwnedAnswer:
    """As many of every kind, state and length, in three accounts."""
    draw = random.Random(count)
    owned = (
        a_reservation(
            number,
            draw.uniform(-10, 50),
            draw.choice([1, 3, 7, 14, 28]),
            state=draw.choice(STATES),
            account=draw.choice([SECONDARY, STRANGER, "483026362307"]),
            instance_type=draw.choice(TYPES),
            count=draw.choice([1, 8, 64]),
        )
        for number in range(count)
    )
    return an_answer(*owned, simulated=True, unread=unread("sa-east-1"))


SITUATIONS = {
    "nothing": an_answer(),
    "nothing that could be read": an_answer(account_failures=UNREADABLE, simulated=True),
    "one for a day": an_answer(a_reservation(start=-0.2, days=1, state=ReservationState.ACTIVE)),
    "one for half a year": an_answer(a_reservation(days=182)),
    "a day beside half a year": an_answer(a_reservation(1, 0.1, 1), a_reservation(2, days=182)),
    "three": an_answer(
        a_reservation(1, -2, state=ReservationState.ACTIVE),
        a_reservation(2, 2, 14),
        a_reservation(3, 5, account=SECONDARY, state=ReservationState.PAYMENT_PENDING, created=NOW),
        simulated=True,
        unread=unread("sa-east-1", "us-west-2"),
    ),
    "over": an_answer(a_reservation(days=1, start=-13.9, state=ReservationState.EXPIRED), a_reservation(2, 40)),
    "long names": an_answer(
        a_reservation(instance_type="A-TYPE-WITH-A-NAME.LONGER-THAN-ANY", region="W" * 40, id="cr-" + "W" * 70),
        a_reservation(2, 3, end=None, account=STRANGER, words="WHATEVER-STATE-AWS-MAY-EVER-INVENT-FOR-ONE"),
    ),
    "thirty": many(30),
    "a hundred": many(100),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_no_words_overlap_or_leave_the_picture(situation: str, tmp_path: Path) -> None:
    """Whatever is owned, every word can be read: none covers another, a bar or a sign, and none is cut off."""
    seen = measured(calendar_picture(calendar_of(SITUATIONS[situation])), tmp_path)
    assert seen["found"] == []
    rows = len(SITUATIONS[situation].rows)
    assert seen["words"] >= 2 + 4 * rows
    assert seen["drawn"] >= rows


def test_what_overlaps_is_found(tmp_path: Path) -> None:
    """Measuring tells words that cover others, signs or the edge."""
    words = '<text x="10" y="20">one</text><text x="12" y="22">two</text><text x="90" y="70">beyond</text>'
    bar = '<rect class="bar" width="30" height="30"/>'
    page = f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="99">{words}{bar}</svg>'
    found = measured(page, tmp_path)["found"]
    assert found == [
        ["overlaps", "one", "two"],
        ["overlaps", "one", "bar"],
        ["overlaps", "two", "bar"],
        ["leaves the picture", "beyond"],
    ]


def test_it_shows_on_its_own(tmp_path: Path) -> None:
    """Opened as a file, without a page around it, it is drawn; an empty one is nearly blank."""
    file, blank = tmp_path / "capacity.svg", tmp_path / "blank.svg"
    file.write_text(calendar_picture(calendar_of(SITUATIONS["three"])), "utf-8")
    blank.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="500"/>', "utf-8")
    assert len(set(screenshot(file, tmp_path / "capacity.png"))) > 100
    assert len(set(screenshot(blank, tmp_path / "blank.png"))) < 5
