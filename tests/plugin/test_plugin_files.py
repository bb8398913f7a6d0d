"""The manifests, settings and links that make a clone and the plugin work beside each other."""

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest

import mcp_server
from tests.plugin.launcher_world import ROOT
from tests.plugin.line_client import LineClient
from tests.plugin.server_names import LAUNCHER_TOOL, server_tools
from tests.plugin.skill_lint import CLONE_FORM, PLUGIN_FORM


def read(name: str) -> dict[str, Any]:
    """A JSON file of the repository."""
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


PLUGIN, MARKETPLACE = read(".claude-plugin/plugin.json"), read(".claude-plugin/marketplace.json")
SETTINGS, HOOKS, PROJECT = read(".claude/settings.json"), read("hooks/hooks.json"), read(".mcp.json")


def test_the_versions_agree():
    """The plugin's version is the package's, so that an update of one is an update of the other."""
    assert PLUGIN["version"] == mcp_server.__version__


def test_plugin_and_server_have_one_name_everywhere():
    """Tools have the two names that skills and hook list only if plugin, server and clone agree."""
    assert PLUGIN["name"] == "ml-clusters"
    assert list(PLUGIN["mcpServers"]) == list(PROJECT["mcpServers"]) == ["ml-clusters"]
    assert [entry["name"] for entry in MARKETPLACE["plugins"]] == ["ml-clusters"]


def test_a_clone_turns_the_plugin_off():
    """Where the clone's own server runs, the plugin's does not."""
    assert SETTINGS["enabledPlugins"] == {f"{PLUGIN['name']}@{MARKETPLACE['name']}": False}


def test_a_clone_has_the_same_skills():
    """Claude Code reads a project's skills from .claude/skills, which is the plugin's folder."""
    assert (ROOT / ".claude" / "skills").is_symlink()
    assert (ROOT / ".claude" / "skills").resolve() == (ROOT / "skills").resolve()


def test_the_plugins_server_is_started_from_its_root():
    """The manifest names an executable by the plugin root's variable: there is no other way to find it."""
    command = PLUGIN["mcpServers"]["ml-clusters"]["command"]
    assert command.startswith("${CLAUDE_PLUGIN_ROOT}/")
    assert os.access(command.replace("${CLAUDE_PLUGIN_ROOT}", str(ROOT)), os.X_OK)


@pytest.mark.parametrize(("repository", "folder"), [(True, ""), (True, "mcp_server"), (False, "")])
def test_a_clones_server_is_found_from_its_folders(world, repository, folder):
    """Claude Code starts the server in the folder in which it was opened, which may be one within the clone."""
    world.add_old_python()
    (world.path / "git").symlink_to(shutil.which("git") or "/usr/bin/git")
    if repository:
        subprocess.run(["git", "init", "--quiet", str(world.tree)], check=True, timeout=20)
    server = PROJECT["mcpServers"]["ml-clusters"]
    client = LineClient([server["command"], *server["args"]], world.environ(), world.tree / folder)
    try:
        client.open()
        assert client.tools() == [LAUNCHER_TOOL]
    finally:
        client.close()


BOTH = pytest.mark.parametrize(
    ("settings", "root"), [(HOOKS, "${CLAUDE_PLUGIN_ROOT}"), (SETTINGS, "$CLAUDE_PROJECT_DIR")], ids=["plugin", "clone"]
)


def hooks_for(tool: str, settings: dict[str, Any]) -> list[str]:
    """The commands that are asked about a tool, with a matcher read as Claude Code reads it."""
    return [
        hook["command"]
        for entry in settings["hooks"]["PreToolUse"]
        for hook in entry["hooks"]
        if (
            tool in entry["matcher"].split("|")
            if re.fullmatch(r"[\w|, -]+", entry["matcher"])
            else re.search(entry["matcher"], tool)
        )
    ]


@BOTH
def test_the_reading_hook_is_asked_about_every_tool_of_ours(settings, root):
    """Plugin and clone run the same script, for every tool of the server in both name forms and for no other server."""
    script = f'sh "{root}/hooks/allow_reads.sh"'
    names = [tool.name for tool in server_tools()] + [LAUNCHER_TOOL]
    assert all(hooks_for(form + name, settings) == [script] for form in (CLONE_FORM, PLUGIN_FORM) for name in names)
    assert script not in hooks_for("mcp__other__search_capacity_blocks", settings)


@BOTH
def test_the_guard_is_asked_about_commands_writes_and_other_servers(settings, root):
    """Plugin and clone run the same guard before what can spend elsewhere, and before nothing that only reads."""
    script = f'sh "{root}/hooks/guard_spending.sh"'
    acting = ["Bash", "PowerShell", "Monitor", "Write", "Edit", "NotebookEdit", "mcp__aws-api__call_aws"]
    lookalikes = ["mcp__ml-clusters-copy__purchase_capacity", "mcp__plugin_other_ml-clusters__purchase_capacity"]
    assert all(hooks_for(tool, settings) == [script] for tool in acting + lookalikes)
    assert not any(hooks_for(tool, settings) for tool in ("Read", "Grep", "Glob", "TodoWrite", "WebFetch", "Task"))


def test_only_commands_lie_in_bin():
    """A plugin's bin is on the Bash tool's PATH: nothing but the two commands is to be found there."""
    assert sorted(each.name for each in (ROOT / "bin").iterdir() if each.is_file()) == [
        "ml-clusters",
        "ml-clusters-mcp",
    ]
    assert all(os.access(each, os.X_OK) for each in (ROOT / "bin").iterdir())
