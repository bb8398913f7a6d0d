"""The hook lets tools that only read run without a question, and nothing else."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.plugin.launcher_world import ROOT, World
from tests.plugin.server_names import LAUNCHER_TOOL, server_tools
from tests.plugin.skill_lint import CLONE_FORM, PLUGIN_FORM

FORMS = (CLONE_FORM, PLUGIN_FORM)


def answer(event: str, path: str | None = None, root: Path = ROOT) -> str:
    """What the hook says to an event; it never fails, since exit status 2 would block the tool."""
    command = [shutil.which("sh") or "/bin/sh", str(root / "hooks" / "allow_reads.sh")]
    environ = None if path is None else {"PATH": path}
    done = subprocess.run(command, input=event, env=environ, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def decision(tool: str) -> str | None:
    """What the hook decides for a tool, or None where it is silent."""
    said = answer(json.dumps({"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": {}}))
    return json.loads(said)["hookSpecificOutput"]["permissionDecision"] if said else None


@pytest.mark.parametrize("form", FORMS)
def test_exactly_the_tools_that_read_are_allowed(form):
    """Every tool that the server marks as reading is on the hook's list, and no other."""
    reads = {tool.name: bool(tool.annotations and tool.annotations.read_only_hint) for tool in server_tools()}
    decisions = {name: decision(form + name) == "allow" for name in reads}
    assert decisions == reads
    assert decision(form + LAUNCHER_TOOL) == "allow"


@pytest.mark.parametrize(
    "tool",
    [
        "Bash",
        "",
        f"{CLONE_FORM}purchase_capacity",
        f"{PLUGIN_FORM}extend_capacity",
        f"{CLONE_FORM}search_capacity_blocks_and_buy",
        f"x{CLONE_FORM}search_capacity_blocks",
        f"{CLONE_FORM}search_capacity_blocks\n",
        "mcp__ml-clusters-copy__search_capacity_blocks",
        "mcp__plugin_other_ml-clusters__search_capacity_blocks",
    ],
)
def test_everything_else_is_left_to_claude_code(tool):
    """Other tools, and names that only look alike, get no answer."""
    assert decision(tool) is None


@pytest.mark.parametrize("event", ["", "no JSON", "[]", "{}", '{"tool_name": 5}', '{"tool_name": ["x"]}'])
def test_what_is_no_event_gets_no_answer(event):
    """Input that is not understood changes nothing."""
    assert answer(event) == ""


def test_a_name_within_the_arguments_is_not_the_tools_name():
    """What a model writes into a call cannot make the call an allowed one."""
    arguments = {"tool_name": f"{CLONE_FORM}search_capacity_blocks"}
    assert answer(json.dumps({"tool_input": arguments, "tool_name": f"{CLONE_FORM}purchase_capacity"})) == ""


def test_without_a_python_nothing_breaks(tmp_path):
    """A machine without a Python asks as it would without the hook."""
    assert answer(json.dumps({"tool_name": f"{CLONE_FORM}search_capacity_blocks"}), path=str(tmp_path)) == ""


def test_a_python_that_fails_breaks_nothing(tmp_path, index):
    """Whatever the interpreter's status is, the hook's is 0."""
    world = World(tmp_path, index)
    world.add_old_python()
    shutil.copytree(ROOT / "hooks", world.tree / "hooks")
    event = json.dumps({"tool_name": f"{CLONE_FORM}search_capacity_blocks"})
    assert "allow" in answer(event, str(world.path), world.tree)
    (world.tree / "hooks" / "allow_reads.py").write_text("raise SystemExit(2)\n")
    assert answer(event, str(world.path), world.tree) == ""
