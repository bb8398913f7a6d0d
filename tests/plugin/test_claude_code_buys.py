"""The real Claude Code at a terminal: what a person reads before money is spent, and what comes of what they type."""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.process import apply
from tests.bought_blocks import START
from tests.plugin.scripted_model import Block, ScriptedModel, last_result, use
from tests.plugin.skill_lint import CLONE_FORM
from tests.plugin.terminal import DOWN, ENTER, ESCAPE, POINTER, Terminal, unwrapped
from tests.tools.spending import MAIN, REGION, Shop, card

BINARY = os.environ.get("CLAUDE_CODE_BIN") or shutil.which("claude")
LARGE, SMALL = (40, 120), (24, 80)
SPEND = f"{CLONE_FORM}purchase_capacity"
ALLOWED = ("--allowedTools", ",".join((f"{CLONE_FORM}search_capacity_blocks", f"{CLONE_FORM}quote_capacity", SPEND)))
BYPASS = ("--dangerously-skip-permissions",)
# Root, whom containers run tests as, may use it only in what says that it is a sandbox.
MAY_BYPASS = {"IS_SANDBOX": "1"}
WISH = {"instance_types": ["p5"], "count": 4, "days": "1", "regions": [REGION]}
WHAT = "4 x p5.48xlarge (32 H100)"
TOTAL = "3,986.69 USD"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BINARY is None, reason="Claude Code is neither on the PATH nor named by CLAUDE_CODE_BIN"),
]
either_negotiation = pytest.mark.parametrize("negotiation", ["auto", "legacy"])


def quote(found: str) -> Block:
    """The model quotes the cheapest of what it found."""
    offering = json.loads(found)["cheapest"]
    return use(f"{CLONE_FORM}quote_capacity", offering=offering, purpose="fine-tune the model")


def buy(quoted: str) -> Block:
    """The model buys what it quoted."""
    return use(SPEND, **card(json.loads(quoted)))


class Sitting:
    """A person in front of Claude Code, whose model searches, quotes and buys as soon as anything is said."""

    def __init__(self, project: Path, size: tuple[int, int], options: tuple[str, ...], **more: str) -> None:
        search = use(f"{CLONE_FORM}search_capacity_blocks", **WISH)
        self.model = ScriptedModel([search, quote, buy])
        environ = {
            "HOME": str(project.parent / "home"),
            "PATH": "/usr/bin:/bin",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "ANTHROPIC_BASE_URL": self.model.address,
            "ANTHROPIC_API_KEY": "dummy",
        }
        self.terminal = Terminal([str(BINARY), *options], environ | more, project, size)

    def card(self) -> list[str]:
        """Say something, and wait for the permission card. Returns the screen."""
        self.terminal.until("shift+tab to cycle")
        self.terminal.press("find capacity", shows=f"{POINTER} find capacity")
        return self.terminal.press(ENTER, shows="Do you want to proceed?")

    def dialog(self) -> list[str]:
        """Say yes to the card, and wait for the server's question. Returns the screen."""
        self.card()
        return self.terminal.press("1", shows="Type something…")

    def enter(self, total: str, shows: str) -> list[str]:
        """Type a total into the question, and accept. Returns the screen once it shows this."""
        self.terminal.press(total, shows=f"Total: {total}")
        self.terminal.press(ENTER, shows=f"{POINTER} Accept")
        # Claude Code takes no Enter there that comes sooner than a person's would.
        time.sleep(1)
        return self.terminal.press(ENTER, shows=shows)

    def told(self) -> dict[str, Any]:
        """What the model is told of its purchase, in the one turn that follows it."""
        self.terminal.until("● done")
        assert len(self.model.requests) == 4
        return json.loads(last_result(self.model.requests[3]))

    def close(self) -> None:
        """Leave."""
        self.terminal.close()
        self.model.close()


@pytest.fixture
def shop(sandbox: SandboxControl, tmp_path: Path) -> Shop:
    """Simulated AWS with a policy that lets a person of Claude Code buy, and no ledger yet."""
    folder = tmp_path / "simulation"
    folder.mkdir(mode=0o700)
    sandbox.set_clock(START + timedelta(minutes=1))
    shop = Shop(sandbox, folder)
    shop.allow()
    return shop


@pytest.fixture
def project(shop: Shop, tmp_path: Path) -> Path:
    """A project of somebody who has used Claude Code before and trusts this folder and its server."""
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    environ = {"ML_CLUSTERS_SIMULATION": str(shop.folder)}
    apply(shop.aws.url, environ)
    server = {"command": str(Path(sys.executable).with_name("ml-clusters-mcp")), "env": environ}
    (project / ".mcp.json").write_text(json.dumps({"mcpServers": {"ml-clusters": server}}))
    answered = {
        "hasCompletedOnboarding": True,
        "bypassPermissionsModeAccepted": True,
        "customApiKeyResponses": {"approved": ["dummy"], "rejected": []},
        "projects": {str(project): {"hasTrustDialogAccepted": True, "enabledMcpjsonServers": ["ml-clusters"]}},
    }
    (home / ".claude.json").write_text(json.dumps(answered))
    return project


@pytest.fixture
def sit(project: Path) -> Iterator[Callable[..., Sitting]]:
    """Starts Claude Code at a terminal, where everything is allowed that can be allowed beforehand."""
    sittings: list[Sitting] = []

    def begin(negotiation: str = "auto", size: tuple[int, int] = LARGE, options: tuple[str, ...] = ALLOWED) -> Sitting:
        more = MAY_BYPASS if options is BYPASS else {}
        sittings.append(Sitting(project, size, options, MCP_PROTOCOL_NEGOTIATION=negotiation, **more))
        return sittings[-1]

    yield begin
    for each in sittings:
        each.close()


@either_negotiation
def test_a_person_buys(sit, shop, negotiation):
    """Card, question, the total typed as it is read, one request; and the model is told what was bought."""
    sitting = sit(negotiation)
    question = sitting.dialog()
    assert shop.spent() == []
    (total,) = re.findall(r"TOTAL ([\d,.]+) USD", unwrapped(question))
    sitting.enter(total, shows="● done")
    told = sitting.told()
    assert (told["status"], told["state"], told["total"]) == ("bought", "accepted", "3986.69 USD")
    assert told["reservations"] != []
    assert [each.operation for each in shop.spent()] == ["PurchaseCapacityBlock"]


@pytest.mark.parametrize("options", [ALLOWED, BYPASS], ids=["allowed", "bypass"])
@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
def test_the_card_shows_the_price_whatever_is_allowed(sit, shop, size, options):
    """Total, what, where, when and account are on it, with yes and no alone; no is no question and no purchase."""
    sitting = sit(size=size, options=options)
    shown = unwrapped(sitting.card())
    quoted = json.loads(last_result(sitting.model.requests[2]))
    assert f'total: "{quoted["total"]}" summary: {quoted["summary"]} ' in shown
    assert "no cancel, no refund" in shown
    assert re.findall(r"\b\d\. \w+", shown.partition("Do you want to proceed?")[2]) == ["1. Yes", "2. No"]
    sitting.terminal.press("2", shows="Interrupted")
    assert len(sitting.model.requests) == 3
    assert shop.spent() == []


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
def test_the_question_shows_what_is_decided_by(sit, size):
    """Without scrolling or unfolding: that it is simulated, account, what, where, when, the total, and no refund."""
    _, _, question = unwrapped(sit(size=size).dialog()).partition("requests your input")
    for each in ("SIMULATED", MAIN, WHAT, REGION, "2026-12-02 11:30 UTC", f"TOTAL {TOTAL}", "No cancel, no refund"):
        assert each.lower() in question.lower()


@either_negotiation
def test_a_closed_question_buys_nothing(sit, shop, negotiation):
    """Esc leaves the decision to a terminal, and the model is told so."""
    sitting = sit(negotiation)
    sitting.dialog()
    sitting.terminal.press(ESCAPE, shows="● done")
    told = sitting.told()
    assert told["status"] == "approval required"
    assert "Nothing was bought" in told["message"]
    assert f"approve {told['quote_id']}" in told["next"]
    assert shop.spent() == []


@either_negotiation
def test_a_declined_question_buys_nothing(sit, shop, negotiation):
    """Decline is a person's no, also with the right total typed, and the model is told so."""
    sitting = sit(negotiation)
    sitting.dialog()
    sitting.terminal.press("3986.69", shows="Total: 3986.69")
    sitting.terminal.press(DOWN, shows=f"{POINTER} Accept")
    sitting.terminal.press(DOWN, shows=f"{POINTER} Decline")
    sitting.terminal.press(ENTER, shows="● done")
    assert sitting.told()["status"] == "declined"
    assert shop.spent() == []


@either_negotiation
@pytest.mark.parametrize(("second", "status"), [("3986.69", "bought"), ("3986.96", "declined")])
def test_a_wrong_total_is_asked_for_once_more(sit, shop, negotiation, second, status):
    """The first wrong one buys nothing and is said to be wrong; the second one buys nothing and ends it."""
    sitting = sit(negotiation)
    sitting.dialog()
    sitting.enter("50749.44", shows="That was not the total: nothing is bought yet.")
    assert shop.spent() == []
    sitting.enter(second, shows="● done")
    assert sitting.told()["status"] == status
    assert len(shop.spent()) == (status == "bought")
