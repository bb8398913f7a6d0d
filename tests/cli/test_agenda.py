"""agenda: what is to be done about owned capacity, as a person sees it, and as cron and CI do by the exit code."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.sandbox.control import OwnedView, SandboxControl
from tests.bought_blocks import buy_block

ROOT = Path(__file__).parents[2]
REGIONS = "us-east-1,us-west-2"
TRAINING = "main-account/us-east-1/eks-training"
QUEUES = "main-account/us-east-1/parallelcluster"
GONE = "cr-0123456789abcdef0"


@pytest.fixture
def project(project: Path) -> Path:
    """A project with a live tree and its gitops/, as they are checked in."""
    for each in ("live", "gitops"):
        shutil.copytree(ROOT / each, project / each, ignore=shutil.ignore_patterns(".terra*"))
    return project


@pytest.fixture
def owned(both_accounts: Path, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> OwnedView:
    """Both accounts, in the scene in which capacity is owned."""
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(both_accounts))
    return sandbox.put_clusters()


def agenda(*words: str) -> Result:
    """Ask for it, as if typed."""
    return CliRunner().invoke(app, ["agenda", *(words if "--regions" in words else ("--regions", REGIONS, *words))])


def items(*words: str) -> list[dict[str, Any]]:
    """What there is to do, for programs."""
    return json.loads(agenda("--json", *words).stdout)["items"]


def dates(reservation: str) -> dict[str, datetime]:
    """Start and end of a reservation, as list_capacity tells them."""
    words = ["call", "list_capacity", "--regions", REGIONS, "--response-format", "detailed", "--over", "--json"]
    rows = json.loads(CliRunner().invoke(app, words).stdout)["owned"]
    (row,) = [each for each in rows if each["reservation_id"] == reservation]
    return {name: datetime.fromisoformat(row[name]) for name in ("start", "end")}


def wire(project: Path, unit: str, name: str, reservation: str, start: datetime, end: datetime) -> None:
    """Put an entry into a unit, as a person would."""
    file = project / "live" / unit / "terragrunt.hcl"
    entry = f"""{{
    {name} = {{
      reservation_id = "{reservation}"
      instance_type  = "p5.48xlarge"
      count          = 4
      zone_id        = "use1-az4"
      starts_at      = "{start:%Y-%m-%dT%H:%M:%SZ}"
      ends_at        = "{end:%Y-%m-%dT%H:%M:%SZ}"
    }}
"""
    text = file.read_text().replace("capacity_blocks = {}", "capacity_blocks = {\n  }")
    file.write_text(text.replace("capacity_blocks = {\n", f"capacity_blocks = {entry}", 1))


def test_a_person_reads_what_is_next(owned: OwnedView, project: Path) -> None:
    """A table by time with units and entries, then each in a sentence, in both zones, with what does it."""
    queue = owned.blocks["p5-queue"]
    wire(project, QUEUES, "p5", queue, **dates(queue))
    done = agenda()
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "SIMULATED: these answers come from a simulation, not from AWS."
    assert lines[1].startswith("10 things to do within 14 days; asked at ")
    assert lines[3].split() == ["when", "(UTC)", "task", "unit", "entry", "capacity"]
    rows = lines[4:14]
    assert rows == sorted(rows)
    (row,) = [each for each in rows if "scale down" in each and queue in each]
    assert row.split()[-3:] == [QUEUES, "p5", queue]
    stop = dates(queue)["end"] - timedelta(minutes=30)
    (line,) = [each for each in lines if each.startswith(f"scale down, {QUEUES}, by {stop:%Y-%m-%d %H:%M} UTC (")]
    assert "Europe/Berlin): Jobs of queue p5 have to end by " in line
    assert lines[lines.index(line) + 1].endswith("scontrol update PartitionName=p5 State=DOWN")


def test_bought_capacity_is_told_until_it_is_wired(owned: OwnedView, project: Path, sandbox: SandboxControl) -> None:
    """First until when it is paid, then that no unit names it, then when its nodes drain by themselves."""
    bought = buy_block()["CapacityReservation"]["CapacityReservationId"]

    def tasks() -> dict[str, dict[str, Any]]:
        return {each["task"]: each for each in items() if each["capacity"] == bought}

    assert tasks().keys() == {"pay"}
    sandbox.advance(timedelta(minutes=11))
    there = dates(bought)
    assert tasks().keys() == {"wire", "extend before"}
    wired = tasks()["wire"]
    assert (wired["at"], wired["unit"]) == (there["start"].isoformat(), None)
    assert wired["do"] == f"wire_capacity action=wire capacity={bought}"
    wire(project, TRAINING, "p5", bought, **there)
    drains = tasks()["scale down"]
    assert (drains["unit"], drains["entry"], drains["by_itself"]) == (TRAINING, "p5", True)
    assert drains["at"] == (there["end"] - timedelta(minutes=45)).isoformat()
    assert "wire" not in tasks()
    sandbox.set_clock(there["end"] - timedelta(minutes=20))
    over = tasks()
    assert over.keys() == {"remove after"}
    assert over["remove after"]["overdue"]
    assert over["remove after"]["do"] == f"wire_capacity action=unwire capacity={bought}"


def test_old_dates_and_strange_ids_are_told(owned: OwnedView, project: Path) -> None:
    """An entry that says another end than AWS, and one of a reservation that AWS does not show."""
    now, there = owned.blocks["p5-now"], dates(owned.blocks["p5-now"])
    wire(project, TRAINING, "p5-now", now, there["start"], there["end"] - timedelta(days=1))
    wire(project, TRAINING, "gone", GONE, there["start"], there["end"])
    told = {(each["task"], each["entry"]): each for each in items()}
    assert told["rewire", "p5-now"]["do"] == f"wire_capacity action=rewire capacity={now}"
    assert told["rewire", "p5-now"]["at"] == (there["end"] - timedelta(days=1, minutes=45)).isoformat()
    assert told["lost", "gone"]["overdue"]
    assert told["lost", "gone"]["sentence"].startswith(f"AWS shows no {GONE} where {TRAINING} is")


def test_what_was_not_read_is_neither_lost_nor_well(owned: OwnedView, project: Path, sandbox: SandboxControl) -> None:
    """An entry of a region that did not answer is looked for again; what did not answer is named, with 1."""
    there = dates(owned.blocks["p5-now"])
    wire(project, TRAINING, "gone", GONE, **there)
    sandbox.arm("DescribeCapacityReservations", "denied", region="us-east-1")
    told = {(each["task"], each["entry"]) for each in items()}
    assert ("look again", "gone") in told
    assert ("lost", "gone") not in told
    done = agenda()
    assert done.exit_code == 1
    (line, *_) = [each for each in done.stdout.splitlines() if each.startswith("NOT READ")]
    assert line.startswith("NOT READ  account main, us-east-1: reservations not read (")
    assert ("gone" in {each["entry"] for each in items("--regions", "us-west-2")}) is False
    assert agenda("--fail-on-due").exit_code == 2


def test_clusters_that_were_not_read_may_use_it(owned: OwnedView, project: Path, sandbox: SandboxControl) -> None:
    """That nobody uses it is then not said."""
    buy_block()
    sandbox.advance(timedelta(minutes=11))
    sandbox.arm("ListNodegroups", "denied")
    done = agenda()
    assert done.exit_code == 1
    assert "no unit names it and no cluster that was read uses it; not all could be read." in done.stdout
    assert "eks:ListNodegroups not answered" in done.stdout


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--fail-on-due",), 2), (("--fail-on-due", "--days", "0"), 0)])
def test_the_exit_code_tells_whether_somebody_has_to_act(owned: OwnedView, words: tuple[str, ...], code: int) -> None:
    """With 2 where something is due; without the option that is no failure of looking."""
    assert agenda(*words).exit_code == code


def test_without_a_tree_nothing_is_said_of_units(both_accounts: Path, project: Path, sandbox: SandboxControl) -> None:
    """Capacity and clusters are told all the same."""
    shutil.rmtree(project / "live")
    sandbox.put_clusters()
    done = agenda()
    assert done.exit_code == 0, done.stderr
    assert "There is no live tree here: units are not told" in done.stdout
    assert "no unit names it" not in done.stdout
    assert {each["unit"] for each in items()} == {None}


def test_an_issue_has_boxes_to_tick(owned: OwnedView, project: Path, tmp_path: Path) -> None:
    """Written into a file: what is overdue first; what comes by itself has no box."""
    now, there = owned.blocks["p5-now"], dates(owned.blocks["p5-now"])
    wire(project, TRAINING, "p5-now", now, **there)
    wire(project, TRAINING, "gone", GONE, **there)
    file = tmp_path / "agenda.md"
    done = agenda("--markdown", "--output", str(file), "--fail-on-due")
    assert (done.exit_code, done.stdout) == (2, f"Wrote {file}\n")
    text = file.read_text()
    titles = [each for each in text.splitlines() if each.startswith("## ")]
    assert titles == ["## Overdue", "## Due", "## Comes by itself"]
    assert f"- [ ] **lost** `{TRAINING}` `gone`, since " in text
    assert f"- **scale down** `{TRAINING}` `p5-now`, by itself at " in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--json", "--markdown"), "--json and --markdown are two forms of one answer: say one of them."),
        (("--accounts", "third"), "No account is called 'third'. Configured are: main, secondary."),
        (("--regions", "us-east-9"), "'us-east-9' is no AWS region. Did you mean us-east-2 or us-east-1?"),
        (("--output", "nowhere/agenda.md"), "nowhere is no folder: AWS was not asked, and nothing was written."),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    owned: OwnedView, sandbox: SandboxControl, words: tuple[str, ...], says: str
) -> None:
    """Before anything that is owned is asked for."""
    sandbox.clear_requests()
    done = agenda(*words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(says)
    assert sandbox.requests("DescribeCapacityReservations") == []
