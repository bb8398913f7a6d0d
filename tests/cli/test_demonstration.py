"""The demo, as a person at a terminal has it, and as a machine without one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from rich.console import Console

from mcp_server.cli.demonstration import NotItsOwn, typed_by_nobody, walk
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.process import join

PROGRAM = ["-c", "from mcp_server.cli import main; main()", "demo"]
ITSELF = "Nobody is at a terminal: the demo types the total itself."
WORLD = "0123456789abcdef"
QUESTION = "SIMULATED, no money: TOTAL 5.00 USD, no cancel, no refund."
QUOTE = {"facts": f"SIMULATED: not AWS, no money (simulation {WORLD}).\nAccount 1", "total": "5.00 USD"}
REAL = "REAL: this is AWS, and real money."


@pytest.fixture
def project(aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; AWS is simulated, and somebody else's."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    return tmp_path


def test_without_a_terminal_it_walks_the_whole_path(project: Path, sandbox: SandboxControl) -> None:
    """It searches, quotes, buys, wires, looks back, extends, buys a plan and has a receipt, all by itself."""
    done = subprocess.run(
        [sys.executable, *PROGRAM], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    titles = re.findall(r"^\d+\. (.*?) ─", said, re.MULTILINE)
    assert titles[-1] == "The receipt"
    assert len(titles) == 16
    assert "in 11 regions" in said
    assert "Nearest alternatives" in said
    assert all(column in said for column in ("region", "zone id", "usable end", "duration", "rate"))
    assert said.count("SIMULATED, no money: TOTAL") == said.count(ITSELF) == 3
    in_order = [
        "AWS has not confirmed the payment yet",
        "Accelerators of the same kind were bought",
        "was bought and is paid",
        "It fits 3 of 9 places of the live tree",
        "It can be put into EKS managed node group",
        "Wrote live/main-account/us-east-1/eks-training/terragrunt.hcl",
        "Title: Give cr-",
        "Do not merge",
        "8 of its 8 machines stand idle",
        "It can be given new dates in EKS managed node group",
        "# Receipt of `mlc-",
    ]
    places = [said.index(each) for each in in_order]
    assert places == sorted(places)
    assert said.count("plan: recorded, not run here") in {0, 2}
    assert "extension of cr-" in said.split(ITSELF)[2]
    assert "EKS or pcluster" in said
    assert "Training plan december-release-mlc-" in said.split(ITSELF)[2]
    assert "was bought and is paid" in said.rpartition(ITSELF)[2]
    assert said.rindex("Next ") > said.rindex("was bought;")
    assert max(map(len, said.splitlines())) <= 120
    assert sandbox.requests() == []


@pytest.mark.slow
def test_at_a_terminal_the_person_types_the_total(project: Path) -> None:
    """It waits for the person: what is not the total is asked once more, and nothing typed is nothing bought."""
    environ = {**os.environ, "TERM": "xterm"}
    screen = pexpect.spawn(sys.executable, PROGRAM, encoding="utf-8", timeout=300, dimensions=(50, 120), env=environ)
    try:
        screen.expect_exact("\n> ")
        shown = screen.before
        screen.sendline("5")
        screen.expect_exact("\n> ")
        assert "That was not the total: nothing is bought yet." in screen.before
        screen.sendline("")
        screen.expect(pexpect.EOF)
        shown += screen.before
    finally:
        screen.close()
    assert screen.exitstatus == 0
    assert "SIMULATED, no money: TOTAL" in shown
    assert "The person declined: nothing was bought." in shown
    assert "the demo ends here" in shown
    assert ITSELF not in shown
    assert "was bought;" not in shown


def test_it_does_nothing_on_a_sandbox_that_it_did_not_start(project: Path, tmp_path: Path) -> None:
    """What runs already is somebody's: the demo neither moves its clock nor buys there."""
    with join(tmp_path / "world", grace=1) as first, join(tmp_path / "world") as running:
        assert first.started_here
        before = running.control.world()
        with pytest.raises(NotItsOwn, match="It bought nothing"):
            walk(running, Console())
        after = running.control.world()
        assert running.control.requests() == []
    assert (after.world, after.served) == (before.world, before.served)


def test_in_place_of_nobody_it_types_the_total_of_its_own_world(project: Path) -> None:
    """What it types is the total that was quoted."""
    assert typed_by_nobody(QUESTION, QUOTE, WORLD) == "5.00 USD"


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        (QUESTION.replace("SIMULATED, no", "REAL"), QUOTE["facts"]),
        (f"IN ADDITION TO mlc-1! {QUESTION}", QUOTE["facts"]),
        (QUESTION, QUOTE["facts"].replace(WORLD, "fedcba9876543210")),
        (QUESTION, QUOTE["facts"].replace("SIMULATED: not AWS, no money", REAL)),
        (QUESTION, f"{REAL}\nNote: {QUOTE['facts']}"),
    ],
)
def test_it_types_nothing_under_a_question_about_another_world(question: str, facts: str) -> None:
    """Whatever the endpoint turned out to be, the demo answers only for the simulated AWS that it started."""
    with pytest.raises(NotItsOwn):
        typed_by_nobody(question, QUOTE | {"facts": facts}, WORLD)
