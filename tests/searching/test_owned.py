"""What is owned, read over accounts and regions of simulated AWS."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from mcp_server.aws.accounts import Accounts, Source
from mcp_server.aws.failures import FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.owned import ExtensionState, ReservationState
from mcp_server.sandbox.control import SandboxControl
from mcp_server.searching.owned import (
    Owned,
    OwnedPart,
    SeveralReservations,
    UnknownReservation,
    find_reservation,
    locate,
    read_owned,
    selling_regions,
)
from mcp_server.searching.readers import Reader, choose_readers
from tests.bought_blocks import PAYMENT, START, buy_block, buy_extension

MAIN, SECONDARY = "483026362307", "159553542841"
ROLE = f"arn:aws:iam::{SECONDARY}:role/ml-clusters-reader"
PLACES = ("us-east-1", "us-west-2")

Read = Callable[..., Owned]


@pytest.fixture
def clock(sandbox: SandboxControl, aws_env: str) -> SandboxControl:
    """Simulated AWS at a time at which there is something to buy."""
    sandbox.set_clock(START)
    return sandbox


def readers(*sources: Source) -> tuple[Reader, ...]:
    """The accounts of these sources, or of the ambient credentials."""
    return choose_readers(Accounts(sources), (), Deadline.after(60)).working


def read(*sources: Source, regions: tuple[str, ...] = PLACES, seconds: float = 60) -> Owned:
    """What is owned in two regions, unless told otherwise."""
    return read_owned(readers(*sources), lambda _: regions, Deadline.after(seconds), ignore)


def ignore(*_: Any) -> None:
    """Nobody watches."""


def look(wanted: str, regions: tuple[str, ...] = PLACES) -> Any:
    """Look for one reservation with the ambient credentials."""
    return locate(wanted, readers(), (), lambda _: regions, Deadline.after(60), ignore)


def test_nothing_owned_is_an_answer(clock: SandboxControl) -> None:
    """An account without blocks owns nothing, and nothing failed."""
    assert read() == Owned((), (), ())


def test_a_reservation_is_told_as_aws_tells_it(clock: SandboxControl) -> None:
    """Count, zone, times, platform and tags are those bought, also before the start, when AWS counts no instances."""
    bought = buy_block(Tags={"Team": "ML <b>"})["CapacityReservation"]
    (owned,) = read().reservations
    assert (owned.id, owned.block_id) == (bought["CapacityReservationId"], bought["CapacityBlockId"])
    assert bought["TotalInstanceCount"] == 0
    assert (owned.count, owned.instance_type, owned.platform) == (4, "p5.48xlarge", "Linux/UNIX")
    assert (owned.zone.name, owned.zone.id) == (bought["AvailabilityZone"], bought["AvailabilityZoneId"])
    assert (owned.start, owned.end, owned.created) == (bought["StartDate"], bought["EndDate"], bought["CreateDate"])
    assert (owned.account, owned.region) == (MAIN, "us-east-1")
    assert owned.tag("Team") == "ML <b>"


def test_states_follow_the_clock(clock: SandboxControl) -> None:
    """From its payment to its end a block passes through AWS's states, and its count stays what was bought."""
    bought = buy_block()["CapacityReservation"]
    seen = []
    for moment in (START + PAYMENT / 2, START + 2 * PAYMENT, bought["StartDate"], bought["EndDate"]):
        clock.set_clock(moment)
        (owned,) = read().reservations
        assert (owned.count, owned.words) == (4, str(owned.state))
        seen.append(owned.state)
    assert seen == [
        ReservationState.PAYMENT_PENDING,
        ReservationState.SCHEDULED,
        ReservationState.ACTIVE,
        ReservationState.EXPIRED,
    ]


def test_the_history_tells_what_was_paid(clock: SandboxControl) -> None:
    """An extension is told with its fee and state, and moves the end once it is paid."""
    bought = buy_block()["CapacityReservation"]
    clock.advance(PAYMENT)
    row = buy_extension(bought["CapacityReservationId"], days=2)
    (pending,) = read().extensions
    assert (pending.reservation_id, pending.state) == (bought["CapacityReservationId"], ExtensionState.PAYMENT_PENDING)
    assert (str(pending.fee), pending.currency, pending.count) == (row["UpfrontFee"], "USD", 4)
    assert (pending.start, pending.end) == (bought["EndDate"], bought["EndDate"] + timedelta(days=2))
    clock.advance(PAYMENT)
    owned = read()
    assert owned.extensions[0].state is ExtensionState.PAYMENT_SUCCEEDED
    assert owned.reservations[0].end == pending.end


def test_every_ultraserver_is_a_reservation(clock: SandboxControl) -> None:
    """UltraServers are owned one by one, under the name of their instances, which the catalogue lacks."""
    buy_block("us-east-2", UltraserverType="u-trn2x64", UltraserverCount=2)
    owned = read(regions=("us-east-2",)).reservations
    assert len({each.block_id for each in owned}) == 2
    assert {(each.instance_type, each.count, each.kind) for each in owned} == {("trn2u.48xlarge", 4, None)}


@pytest.mark.slow
def test_both_accounts_and_all_regions_are_read(clock: SandboxControl) -> None:
    """Each reservation is there once, with its account, even where two configured accounts are one."""
    credentials = boto3.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="buyer")["Credentials"]
    session = boto3.Session(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
    buy_block()
    buy_block("us-west-2", session)
    heard: list[tuple[int, int]] = []
    sources = (Source("main", MAIN), Source("again", MAIN), Source("secondary", SECONDARY, role=ROLE))
    owned = read_owned(
        readers(*sources), selling_regions, Deadline.after(120), lambda done, of, _: heard.append((done, of))
    )
    assert {(each.account, each.region) for each in owned.reservations} == {
        (MAIN, "us-east-1"),
        (SECONDARY, "us-west-2"),
    }
    assert len(owned.reservations) == 2
    regions = selling_regions(readers()[0])
    assert {each.region for each in clock.requests("DescribeCapacityReservations")} == set(regions)
    assert not any(each.startswith("us-gov") for each in regions)
    questions = 3 * len(OwnedPart) * len(regions)
    assert heard == [(done, questions) for done in range(1, questions + 1)]


def test_many_pages_are_all_read(clock: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS decides how long a page is; every page is asked for."""
    bought = {buy_block(InstanceCount=1)["CapacityReservation"]["CapacityReservationId"] for _ in range(3)}
    (reader,) = readers()
    client = reader.account.client("ec2", "us-east-1")
    client.meta.events.register(
        "provide-client-params.ec2.DescribeCapacityReservations", lambda params, **_: params | {"MaxResults": 1}
    )
    owned = read_owned([reader], lambda _: PLACES, Deadline.after(60), ignore)
    assert {each.id for each in owned.reservations} == bought
    assert len(clock.requests("DescribeCapacityReservations", "us-east-1")) == 3


@pytest.mark.parametrize(
    ("as_told", "state"),
    [
        ({}, ReservationState.PAYMENT_PENDING),
        ({"State": "assessing"}, ReservationState.OTHER),
        ({"ReservationType": "default"}, None),
        ({"OwnerId": SECONDARY}, None),
    ],
)
def test_only_own_blocks_are_owned(
    clock: SandboxControl, as_told: dict[str, str], state: ReservationState | None
) -> None:
    """On-demand reservations and those that others share are left out; a state that is not known is told in words."""
    buy_block()
    (reader,) = readers()

    def retell(parsed: dict[str, Any], **_: Any) -> None:
        parsed["CapacityReservations"][0].update(as_told)

    events = reader.account.client("ec2", "us-east-1").meta.events
    events.register("after-call.ec2.DescribeCapacityReservations", retell)
    owned = read_owned([reader], lambda _: ("us-east-1",), Deadline.after(60), ignore).reservations
    assert [(each.state, each.words) for each in owned] == ([(state, as_told.get("State", state))] if state else [])


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("denied", FailureKind.DENIED),
        ("garbage", FailureKind.AWS_ERROR),
        ("dead", FailureKind.UNREACHABLE),
    ],
)
def test_what_could_not_be_read_is_named(clock: SandboxControl, fault: str, kind: FailureKind) -> None:
    """One part of one region failing leaves the rest, and is never taken for owning nothing."""
    buy_block()
    clock.arm("DescribeCapacityReservations", fault, region="us-west-2")
    clock.arm("DescribeCapacityBlockExtensionHistory", fault, region="us-east-1")
    owned = read(Source("main", MAIN))
    assert len(owned.reservations) == 1
    assert {
        (each.account, each.account_name, each.region, each.part, each.failure and each.failure.kind)
        for each in owned.failures
    } == {
        (MAIN, "main", "us-west-2", OwnedPart.RESERVATIONS, kind),
        (MAIN, "main", "us-east-1", OwnedPart.EXTENSIONS, kind),
    }


def test_what_time_ran_out_for_is_named(clock: SandboxControl) -> None:
    """What is asked after a question that is slower than the budget is a failure without AWS's words, in its lane."""
    who = readers()
    for region in PLACES:
        who[0].account.client("ec2", region)
    clock.arm("DescribeCapacityReservations", "slow", region="us-west-2", milliseconds=20_000)
    owned = read_owned(who, lambda _: PLACES, Deadline.after(3), ignore)
    assert {(each.region, each.part, each.failure) for each in owned.failures} == {
        ("us-west-2", part, None) for part in (OwnedPart.RESERVATIONS, OwnedPart.EXTENSIONS)
    }


def test_either_id_finds_a_reservation(clock: SandboxControl) -> None:
    """The reservation's id and the block's are compared whole; nothing else finds it."""
    bought = buy_block()["CapacityReservation"]
    owned = read()
    for wanted in (bought["CapacityReservationId"], bought["CapacityBlockId"]):
        assert find_reservation(owned, wanted) is owned.reservations[0]
        assert look(wanted)[1] == owned.reservations[0]
    for wanted in (bought["CapacityReservationId"][:-1], "cr-", ""):
        assert find_reservation(owned, wanted) is None


def test_a_block_of_several_reservations_needs_a_choice(clock: SandboxControl) -> None:
    """An id that stands for several reservations is refused with theirs, instead of one being picked."""
    buy_block()
    (one,) = read().reservations
    both = Owned((one, replace(one, id="cr-2")), (), ())
    with pytest.raises(SeveralReservations, match=rf"{one.id}, cr-2"):
        find_reservation(both, one.block_id or "")
    assert find_reservation(both, "cr-2") is both.reservations[1]


def test_looking_ends_when_it_is_found(clock: SandboxControl) -> None:
    """A region that does not answer holds nobody up once another has the reservation."""
    bought = buy_block()["CapacityReservation"]
    clock.arm("DescribeCapacityReservations", "slow", region="us-west-2", milliseconds=30_000)
    clock.clear_requests()
    deadline = Deadline.after(60)
    reader, found = locate(bought["CapacityReservationId"], readers(), (), lambda _: PLACES, deadline, ignore)
    assert (reader.identity.account, found.id) == (MAIN, bought["CapacityReservationId"])
    assert deadline.remaining > 40


def test_not_found_says_where_it_may_still_be(clock: SandboxControl) -> None:
    """Only when every region answers is a reservation said to be nobody's."""
    with pytest.raises(UnknownReservation, match=r"owned in 2 regions of account 483026362307\. Check the id"):
        look("cr-0123456789abcdef0")
    clock.arm("DescribeCapacityReservations", "denied", region="us-west-2")
    with pytest.raises(UnknownReservation, match=r"may be where AWS could not be asked: .*us-west-2 \(denied\)"):
        look("cr-0123456789abcdef0")
