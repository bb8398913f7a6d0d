"""The real Claude Code, driven by turns written beforehand: a clone as it is, the plugin elsewhere, and both."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.launcher_world import READY, ROOT, World, needs_uv
from tests.plugin.scripted_model import Block, ScriptedModel, use
from tests.plugin.skill_lint import CLONE_FORM, PLUGIN_FORM

BINARY = os.environ.get("CLAUDE_CODE_BIN") or shutil.which("claude")
PLUGIN_SERVER = "plugin:ml-clusters:ml-clusters"
NO_HOOKS = ("--settings", '{"disableAllHooks": true}')

pytestmark = [
    pytest.mark.slow,
    needs_uv,
    pytest.mark.skipif(BINARY is None, reason="Claude Code is neither on the PATH nor named by CLAUDE_CODE_BIN"),
]


@dataclass(frozen=True, slots=True)
class Session:
    """What Claude Code showed and sent in one run."""

    servers: set[str]
    commands: set[str]
    results: list[str]
    denied: list[str]
    requests: list[dict[str, Any]]

    @property
    def prompt(self) -> str:
        """All that the model was told in the first turn."""
        return json.dumps(self.requests[0]["messages"], ensure_ascii=False)


class ClaudeCode:
    """Claude Code on a machine of its own, with a clone of this repository that has a tiny server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clone, self.elsewhere = world.tree, world.project
        for name in ("hooks", "skills"):
            shutil.copytree(ROOT / name, self.clone / name)
        (self.clone / ".claude").mkdir()
        shutil.copy(ROOT / ".claude" / "settings.json", self.clone / ".claude")
        (self.clone / ".claude" / "skills").symlink_to("../skills")
        shutil.copy(ROOT / ".mcp.json", self.clone)

    def environ(self, **more: str) -> dict[str, str]:
        """Nothing of this machine's settings, no updates and no calls home."""
        ours = self.world.environ(DISABLE_AUTOUPDATER="1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1", **more)
        return ours | {"PATH": f"{self.world.path}:/usr/bin:/bin"}

    def plugin(self, *arguments: str) -> str:
        """Run `claude plugin …`; returns what it said."""
        command = [str(BINARY), "plugin", *arguments]
        done = subprocess.run(
            command, env=self.environ(), cwd=self.elsewhere, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self) -> None:
        """Install the plugin from the clone, for every project."""
        self.plugin("marketplace", "add", str(self.clone))
        self.plugin("install", "ml-clusters@ml-clusters")

    def run(self, folder: Path, prompt: str, *turns: Block, options: tuple[str, ...] = (), **more: str) -> Session:
        """Ask once in a folder and let the model take the turns."""
        # Nothing is installed before the model has seen setup_status, however slowly Claude Code starts.
        self.world.index.gate.clear()
        model = ScriptedModel(list(turns), began=self.world.index.gate.set)
        command = [str(BINARY), "-p", prompt, "--output-format", "stream-json", "--verbose", *options]
        try:
            done = subprocess.run(
                command,
                env=self.environ(ANTHROPIC_BASE_URL=model.address, ANTHROPIC_API_KEY="dummy", **more),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=180,
                check=False,
            )
        finally:
            model.close()
        assert done.returncode == 0, done.stdout + done.stderr
        return _session([json.loads(line) for line in done.stdout.splitlines()], model.requests)


def _session(events: list[dict[str, Any]], requests: list[dict[str, Any]]) -> Session:
    start = next(event for event in events if event.get("subtype") == "init")
    blocks = [block for event in events if event["type"] == "user" for block in event["message"]["content"]]
    contents = [block["content"] for block in blocks if block["type"] == "tool_result"]
    return Session(
        servers={server["name"] for server in start["mcp_servers"]},
        commands={command for command in start["slash_commands"] if "capacity-blocks" in command},
        results=[content if isinstance(content, str) else content[0].get("text", "") for content in contents],
        denied=[denial["tool_name"] for event in events for denial in event.get("permission_denials", [])],
        requests=requests,
    )


@pytest.fixture
def claude(with_uv):
    """Claude Code on a machine with a Python, uv and nothing installed."""
    return ClaudeCode(with_uv)


@pytest.mark.parametrize("what", [".", ".claude-plugin/plugin.json"])
def test_the_manifests_are_valid(claude, what):
    """Claude Code's own validator has nothing to say against plugin and marketplace, not even a warning."""
    assert "Validation passed" in claude.plugin("validate", "--strict", str(ROOT / what))


@pytest.mark.parametrize("negotiation", ["auto", "legacy"])
def test_a_clone_works_as_it_is(claude, negotiation):
    """One server and one command; the tool that appears after the installation runs without a question."""
    session = claude.run(
        claude.clone,
        "find capacity",
        use(f"{CLONE_FORM}setup_status"),
        use(f"{CLONE_FORM}search_capacity_blocks"),
        use(f"{CLONE_FORM}purchase_capacity"),
        MCP_PROTOCOL_NEGOTIATION=negotiation,
    )
    assert session.servers == {"ml-clusters"}
    assert session.commands == {"capacity-blocks"}
    assert session.results[0] == READY
    assert session.results[1].startswith("found ")
    assert session.denied == [f"{CLONE_FORM}purchase_capacity"]


@pytest.mark.parametrize("negotiation", ["auto", "legacy"])
def test_the_plugin_works_elsewhere(claude, negotiation):
    """In another repository the plugin brings the server, the command and the hook."""
    claude.install()
    session = claude.run(
        claude.elsewhere,
        "find capacity",
        use(f"{PLUGIN_FORM}setup_status"),
        use(f"{PLUGIN_FORM}search_capacity_blocks"),
        use(f"{PLUGIN_FORM}purchase_capacity"),
        MCP_PROTOCOL_NEGOTIATION=negotiation,
    )
    assert session.servers == {PLUGIN_SERVER}
    assert session.commands == {"ml-clusters:capacity-blocks"}
    assert session.results[0] == READY
    assert session.results[1].startswith("found ")
    assert session.denied == [f"{PLUGIN_FORM}purchase_capacity"]


def test_clone_and_plugin_do_not_get_in_each_others_way(claude):
    """With both on one machine there is one server and one command, in the clone and elsewhere."""
    claude.install()
    turns = (use(f"{CLONE_FORM}setup_status"), use(f"{CLONE_FORM}search_capacity_blocks"))
    here = claude.run(claude.clone, "hello", *turns)
    assert (here.servers, here.commands) == ({"ml-clusters"}, {"capacity-blocks"})
    assert here.results[1].startswith("found ")
    # The clone's installation serves the plugin too, so the tool is there from the start.
    there = claude.run(claude.elsewhere, "hello", use(f"{PLUGIN_FORM}search_capacity_blocks"))
    assert (there.servers, there.commands) == ({PLUGIN_SERVER}, {"ml-clusters:capacity-blocks"})
    assert there.results[0].startswith("found ")


@pytest.mark.parametrize("installed", [False, True], ids=["clone", "plugin"])
def test_the_command_tells_the_model_what_was_asked(claude, installed):
    """The skill's text comes with the words behind the command, and allows its tools for the turn without the hook."""
    if installed:
        claude.install()
    form, folder = (PLUGIN_FORM, claude.elsewhere) if installed else (CLONE_FORM, claude.clone)
    session = claude.run(
        folder,
        "/capacity-blocks 8 p5.48xlarge 7d",
        use(f"{form}setup_status"),
        use(f"{form}search_capacity_blocks"),
        options=NO_HOOKS,
    )
    assert "Asked for: 8 p5.48xlarge 7d" in session.prompt
    assert session.results[0] == READY
    assert session.results[1].startswith("found ")
    assert session.denied == []


@pytest.mark.parametrize("installed", [False, True], ids=["clone", "plugin"])
def test_a_purchase_in_the_shell_is_not_run(claude, installed, tmp_path):
    """With permissions bypassed the guard still stops it, says why to the model, and lets the next command run."""
    if installed:
        claude.install()
    bought, done = tmp_path / "bought", tmp_path / "done"
    session = claude.run(
        claude.elsewhere if installed else claude.clone,
        "buy it",
        use("Bash", command=f"touch {bought}; python3 -c 'print(\"purchase_capacity_block\")'", description="buys"),
        use("Bash", command=f"touch {done}", description="works"),
        use("Write", file_path=str(tmp_path / "buy.sh"), content="aws ec2 purchase-capacity-block"),
        use("Write", file_path=str(tmp_path / "notes.txt"), content="no purchase-capacity-block"),
        options=("--permission-mode", "bypassPermissions"),
        IS_SANDBOX="1",  # without it Claude Code refuses the mode where it runs as root
    )
    assert "ml-clusters blocked this call, and nothing was done" in session.results[0]
    assert not bought.exists()
    assert done.exists()
    assert "ml-clusters blocked this call, and nothing was done" in session.results[2]
    assert [each.name for each in tmp_path.glob("*.*")] == ["notes.txt"]
