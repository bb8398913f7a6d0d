"""calendar: what is owned, as events and as a picture, held against what AWS and list_capacity say."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import Result
from ical.event import EventStatus
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.purchasing.tags import BUYER_TAG, PURCHASE_TAG
from tests.bought_blocks import PAYMENT, buy_block, buy_extension
from tests.cli.test_commands import process
from tests.tools.spending import MAIN, REGION, SECONDARY, Shop
from tests.written_calendars import Picture, events_in

Row = dict[str, Any]
SECOND = timedelta(seconds=1)
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where calendars are written."""
    folder = tmp_path / "calendars"
    folder.mkdir()
    return folder


def run(folder: Path, *words: str) -> Result:
    """Write both, as if typed."""
    return CliRunner().invoke(app, ["calendar", "--output", str(folder), *(words or ("--regions", REGION))])


def written(folder: Path, *words: str) -> tuple[dict[str, Any], Picture]:
    """Events and picture, where nothing is missing."""
    done = run(folder, *words)
    assert done.exit_code == 0, done.stderr
    return events_in(text_of(folder / "capacity.ics")), Picture(text_of(folder / "capacity.svg"))


def text_of(file: Path) -> str:
    """A file with its line ends as they are."""
    return file.read_bytes().decode()


def bought(**asked: Any) -> str:
    """A block bought. Returns the reservation's id."""
    return buy_block(**asked)["CapacityReservation"]["CapacityReservationId"]


def in_secondary() -> boto3.Session:
    """Somebody of the other account."""
    role = f"arn:aws:iam::{SECONDARY}:role/ml-clusters-reader"
    keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="trainer")["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def owned() -> dict[str, Row]:
    """What list_capacity tells in every field, by reservation."""
    words = ["call", "list_capacity", "--regions", REGION, "--response-format", "detailed", "--over", "--json"]
    done = CliRunner().invoke(app, words)
    return {row["reservation_id"]: row for row in json.loads(done.stdout)["owned"]}


def moment(row: Row, name: str) -> datetime:
    """A time as list_capacity tells it."""
    return datetime.fromisoformat(row[name])


def test_both_say_what_aws_and_list_capacity_say(shop: Shop, folder: Path) -> None:
    """Every reservation from start to end, with the moments that must not be missed, in every state."""
    shop.aws.arm("PurchaseCapacityBlock", "payment-fails", calls=1)
    failed, active = bought(), bought(CapacityDurationHours=24 * 7)
    shop.aws.advance(timedelta(hours=12))
    scheduled = bought(InstanceType="p5en.48xlarge", CapacityDurationHours=24 * 14)
    shop.aws.set_clock(moment(owned()[active], "start") + timedelta(hours=1))
    pending = bought(InstanceCount=2)
    events, picture = written(folder)
    rows = owned()
    with closing(boto3.client("ec2", region_name=REGION)) as ec2:
        described = {
            each["CapacityReservationId"]: each for each in ec2.describe_capacity_reservations()["CapacityReservations"]
        }
    states = [described[each]["State"] for each in (failed, active, scheduled, pending)]
    assert states == ["payment-failed", "active", "scheduled", "payment-pending"]
    for name, each in described.items():
        event = events[f"{name}@ml-clusters"]
        assert (event.dtstart, event.dtend) == (each["StartDate"], each["EndDate"])
        for found, told in zip(picture.bar(name), (each["StartDate"], each["EndDate"]), strict=True):
            # A tenth of a pixel of some weeks on 836 pixels.
            assert abs(found - told) < timedelta(minutes=15)
        assert (event.transparency, event.attendees, event.organizer) == ("TRANSPARENT", [], None)
        assert event.location == f"{REGION}, {rows[name]['zone_id']}"
        assert f"State: {each['State']}\n" in event.description
        title, facts = picture.told(name)
        assert title.startswith(f"SIMULATED: {rows[name]['count']} x {each['InstanceType']} (")
        assert event.description == f"SIMULATED: this is not AWS.\n{facts}"
    for name in (active, scheduled, pending):
        assert events[f"{name}.usable-end@ml-clusters"].dtstart == moment(rows[name], "usable_end")
        assert events[f"{name}.extending@ml-clusters"].dtstart == moment(rows[name], "extend_by")
    due = events[f"{pending}.payment@ml-clusters"].dtstart
    assert timedelta() <= moment(rows[pending], "pay_by") - due < SECOND
    assert len(events) == 4 + 2 * 4 + 1
    assert events[f"{active}@ml-clusters"].summary.startswith("SIMULATED: 4 x p5.48xlarge (32 H100), use1-az")
    assert not picture.overlapping()
    assert "SIMULATED: not AWS, no money" in picture.words


def test_deadlines_ring_a_day_and_an_hour_before(shop: Shop, folder: Path) -> None:
    """The last moment to extend and the usable end; a payment an hour before; nothing rings for what has passed."""
    reservation = bought()
    events, _ = written(folder)
    assert alarms(events[f"{reservation}.payment@ml-clusters"]) == [timedelta(hours=1)]
    for name in ("extending", "usable-end"):
        assert alarms(events[f"{reservation}.{name}@ml-clusters"]) == [timedelta(days=1), timedelta(hours=1)]
    assert alarms(events[f"{reservation}@ml-clusters"]) == []
    shop.aws.set_clock(moment(owned()[reservation], "end") - timedelta(minutes=95))
    events, _ = written(folder)
    assert alarms(events[f"{reservation}.extending@ml-clusters"]) == []
    assert alarms(events[f"{reservation}.usable-end@ml-clusters"]) == [timedelta(hours=1)]


def alarms(event: Any) -> list[timedelta]:
    """How long before an event it rings; every alarm names it as simulated."""
    assert all(each.description.startswith("SIMULATED: ") for each in event.alarm)
    return [-each.trigger for each in event.alarm]


def test_what_is_imported_again_is_updated(shop: Shop, folder: Path) -> None:
    """Events keep their uid and count up; what is paid is called off, and an extension moves end and deadlines."""
    reservation = bought()
    before, _ = written(folder)
    shop.aws.advance(PAYMENT)
    paid, _ = written(folder)
    assert paid.keys() == before.keys()
    assert [each.sequence for each in paid.values()] > [each.sequence for each in before.values()]
    assert paid[f"{reservation}.payment@ml-clusters"].status is EventStatus.CANCELLED
    assert before[f"{reservation}.payment@ml-clusters"].status is EventStatus.CONFIRMED
    assert (before[f"{reservation}@ml-clusters"].status, paid[f"{reservation}@ml-clusters"].status) == (
        EventStatus.TENTATIVE,
        EventStatus.CONFIRMED,
    )
    offered = buy_extension(reservation)["CapacityBlockExtensionOfferingId"]
    pending, picture = written(folder)
    (name,) = [each for each in pending if each.startswith(f"{reservation}.extension-payment.{offered}.")]
    due = pending[name]
    assert f"Payment of the extension to {due_line(reservation)}" in due.description
    assert "UTC, once what is pending is paid" in due.description
    assert "payment of the extension due" in picture.told(reservation)[0]
    shop.aws.advance(timedelta(hours=12))
    after, _ = written(folder)
    assert after.keys() == {each for each in before if ".payment@" not in each}
    for name, event in after.items():
        moved = (event.dtend or event.dtstart) - (before[name].dtend or before[name].dtstart)
        assert moved == timedelta(days=1), name


def due_line(reservation: str) -> str:
    """Until when a reservation is extended, and when that is to be paid, as list_capacity has it."""
    (extension,) = owned()[reservation]["extensions"]
    end, by = (datetime.fromisoformat(extension[name]) for name in ("end", "pay_by"))
    return f"{end:%Y-%m-%d %H:%M} UTC due: {by:%Y-%m-%d %H:%M} UTC"


def test_what_failed_is_called_off_and_what_ended_stays(shop: Shop, folder: Path) -> None:
    """A failed block and its deadlines are cancelled; one that ended is there, in the picture for a fortnight."""
    ended = bought()
    shop.aws.arm("PurchaseCapacityBlock", "payment-fails", calls=1)
    failed = bought(CapacityDurationHours=24 * 7)
    shop.aws.advance(timedelta(hours=12))
    events, picture = written(folder)
    called_off = {name for name, each in events.items() if each.status is EventStatus.CANCELLED}
    assert called_off == {f"{failed}{each}@ml-clusters" for each in ("", ".extending", ".usable-end")}
    assert "(payment-failed)" in events[f"{failed}@ml-clusters"].summary
    assert "payment-failed: " in picture.told(failed)[0]
    shop.aws.set_clock(moment(owned()[ended], "end"))
    events, picture = written(folder)
    assert events[f"{ended}@ml-clusters"].status is EventStatus.CONFIRMED
    assert f"{ended}.extending@ml-clusters" not in events
    assert "expired: " in picture.told(ended)[0]
    shop.aws.advance(timedelta(days=60))
    events, picture = written(folder)
    assert {f"{ended}@ml-clusters", f"{failed}@ml-clusters"} <= events.keys()
    assert (picture.rows, "Nothing is owned." in picture.words) == ([], True)
    assert any("2 over for more than 14 days not shown" in each for each in picture.words)


def test_each_account_has_its_rows(shop: Shop, both_accounts: Path, folder: Path) -> None:
    """Under its name, in the order of the settings; --accounts leaves the others out."""
    theirs, ours = bought(session=in_secondary()), bought()
    events, picture = written(folder)
    assert [each.partition(" 1")[0].partition(" 4")[0] for each in picture.words if each.startswith("Account ")] == [
        "Account main",
        "Account secondary",
    ]
    assert events[f"{theirs}@ml-clusters"].summary.endswith(", account secondary (payment-pending)")
    assert not picture.overlapping()
    only, _ = written(folder, "--accounts", "main", "--regions", f"{REGION},us-west-2")
    assert f"{ours}@ml-clusters" in only
    assert f"{theirs}@ml-clusters" not in only


def test_what_was_not_read_is_said_everywhere(shop: Shop, folder: Path) -> None:
    """On standard error, by the exit code, as an event of the day, in the calendar's description and in the picture."""
    reservation = bought(region="us-west-2", InstanceCount=1)
    shop.aws.arm("DescribeCapacityReservations", "denied", region=REGION)
    done = run(folder, "--regions", f"{REGION},us-west-2")
    assert done.exit_code == 1
    said = f"{REGION}: reservations not read (denied: "
    assert said in done.stderr
    assert "none of it means that nothing is owned" in done.stderr
    events = events_in(text_of(folder / "capacity.ics"))
    incomplete = events["incomplete@ml-clusters"]
    assert incomplete.dtstart == shop.aws.now().date()
    assert said in incomplete.description
    assert f"{reservation}@ml-clusters" in events
    picture = Picture(text_of(folder / "capacity.svg"))
    assert said in picture.description
    assert any(said in each for each in picture.words)
    shop.aws.disarm()
    shop.aws.arm("ListTrainingPlans", "denied", region=REGION)
    done = run(folder, "--regions", f"{REGION},us-west-2")
    assert done.exit_code == 1
    assert f"{REGION}: training plans not read (denied: " in done.stderr
    shop.aws.disarm()
    shop.aws.arm("GetCapacityReservationUsage", "denied")
    shop.aws.arm("DescribeCapacityBlockStatus", "denied")
    events, picture = written(folder)
    assert "incomplete@ml-clusters" not in events
    assert "Nothing is owned." in picture.words


def test_a_calendar_is_replaced_whole_or_not_at_all(shop: Shop, folder: Path) -> None:
    """Where no account answers, or a file cannot be written, what was there stays; nothing else is left behind."""
    for name in ("capacity.ics", "capacity.svg"):
        (folder / name).write_text("before")
    shop.aws.arm("GetCallerIdentity", "denied")
    done = run(folder)
    assert done.exit_code == 1
    assert "Nothing was changed." in done.stderr
    assert [each.read_text() for each in folder.iterdir()] == ["before", "before"]
    shop.aws.disarm()
    with (folder / "capacity.svg").open() as reading:
        written(folder)
        assert reading.read() == "before"
    (folder / "capacity.svg").unlink()
    (folder / "capacity.svg").mkdir()
    done = run(folder)
    assert done.exit_code == 1
    assert "capacity.svg is no file that could be replaced: nothing was written" in done.stderr
    assert sorted(each.name for each in folder.iterdir()) == ["capacity.ics", "capacity.svg"]


def test_a_unit_that_names_it_is_told(shop: Shop, folder: Path, project: Path) -> None:
    """In every deadline's name and facts, and one event says when to take it out; so of the resource for clients."""
    reservation = bought()
    before, _ = written(folder)
    unit = project / "live/main/us-east-1/eks/terragrunt.hcl"
    unit.parent.mkdir(parents=True)
    module = 'terraform { source = "../../../../terraform/modules/eks-cluster" }'
    unit.write_text(f'{module}\ninputs = {{ capacity_blocks = {{ p5 = {{ reservation_id = "{reservation}" }} }} }}\n')
    events, picture = written(folder)
    (removal,) = events.keys() - before.keys()
    assert removal == f"{reservation}.removal.main/us-east-1/eks.p5@ml-clusters"
    assert events[removal].summary.startswith("SIMULATED: Take it out of main/us-east-1/eks, p5: 4 x p5.48xlarge")
    assert events[removal].dtstart == moment(owned()[reservation], "end")
    for name in ("payment", "extending", "usable-end"):
        assert events[f"{reservation}.{name}@ml-clusters"].summary.endswith(", main/us-east-1/eks p5")
    assert "In unit main/us-east-1/eks, p5" in picture.told(reservation)[1]


def test_the_folder_is_made(shop: Shop, folder: Path) -> None:
    """As programs do that are told where to write."""
    bought()
    assert run(folder / "new" / "one").exit_code == 0
    assert sorted(each.name for each in (folder / "new" / "one").iterdir()) == ["capacity.ics", "capacity.svg"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--regions", "us-east-9"], "'us-east-9' is no AWS region"),
        (["--accounts", "nobody"], "nobody"),
        (["--output", "/dev/null/calendar"], "AWS was not asked, and nothing was written."),
    ],
)
def test_a_slip_is_said_in_one_sentence(shop: Shop, folder: Path, words: list[str], says: str) -> None:
    """AWS is not asked, and nothing is written."""
    done = run(folder, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert says in done.stderr
    assert shop.aws.requests() == []
    assert list(folder.iterdir()) == []


HOSTILE = "\u202eUSD\u2066\x9b <b onclick='x'>&lt;/b> ]]> <!-- \nEND:VEVENT\nX:1; ,\\" + "A" * 150


def test_words_from_elsewhere_stay_words(shop: Shop, folder: Path) -> None:
    """A tag neither ends an event nor becomes markup, and puts no character into XML that it forbids."""
    reservation = bought(Tags={PURCHASE_TAG: "mlc-somebodys", BUYER_TAG: HOSTILE})
    events, picture = written(folder)
    event = events[f"{reservation}@ml-clusters"]
    assert all(line.isprintable() for line in event.description.split("\n"))
    assert "<" not in event.description
    assert "END:VEVENT X:1; ,\\AAA" in event.description
    assert picture.told(reservation)[1] in event.description
    assert not [each for each in picture.root.iter() if "onclick" in each.attrib or each.tag.endswith("}b")]


def test_nothing_owned_is_said(shop: Shop, folder: Path) -> None:
    """A calendar without events, and a picture that says so; both say where was looked."""
    events, picture = written(folder)
    assert events == {}
    assert "Nothing is owned." in picture.words
    assert picture.description.endswith(f" Read: 1 region of account {MAIN}.")
    assert f"read of 1 region of account {MAIN}.".encode() in (folder / "capacity.ics").read_bytes().replace(
        b"\r\n ", b""
    )


def test_the_picture_in_the_docs_is_what_is_drawn(shop: Shop, both_accounts: Path, folder: Path) -> None:
    """The same purchases on simulated AWS come to the same picture, byte for byte."""
    morning = datetime(2026, 11, 24, 9, tzinfo=UTC)
    shop.aws.set_clock(morning - timedelta(days=14))
    extended = bought(CapacityDurationHours=24 * 10, InstanceCount=8)
    shop.aws.arm("PurchaseCapacityBlock", "payment-fails", calls=1)
    bought(InstanceType="p5en.48xlarge", CapacityDurationHours=24 * 14)
    shop.aws.set_clock(morning - timedelta(days=3))
    buy_extension(extended, days=2)
    bought(region="us-west-2", InstanceType="p6-b200.48xlarge", CapacityDurationHours=24 * 14)
    shop.aws.set_clock(morning - timedelta(minutes=3))
    bought(session=in_secondary(), InstanceCount=16, CapacityDurationHours=24 * 7)
    shop.aws.set_clock(morning)
    written(folder, "--regions", f"{REGION},us-west-2")
    drawn, shown = folder / "capacity.svg", DOCS / "calendar.svg"
    assert drawn.read_text() == shown.read_text(), f"cp {drawn} {shown}"


@pytest.mark.slow
def test_it_is_written_of_simulated_aws(shop: Shop, folder: Path) -> None:
    """With --sandbox, over all regions, into the current folder unless told otherwise."""
    done = process("--sandbox", "calendar", "--output", str(folder))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SIMULATED: ")
    assert f"Wrote {folder / 'capacity.svg'}" in done.stdout
