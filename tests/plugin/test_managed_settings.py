"""The example of managed settings says only what Claude Code knows, and names the tools that spend."""

import json
import mmap
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.plugin.launcher_world import ROOT
from tests.plugin.server_names import server_tools
from tests.plugin.skill_lint import CLONE_FORM, PLUGIN_FORM

BINARY = os.environ.get("CLAUDE_CODE_BIN") or shutil.which("claude")
EXAMPLE = json.loads((ROOT / "docs" / "managed-settings.example.json").read_text(encoding="utf-8"))
PERMISSIONS = EXAMPLE["permissions"]

# Claude Code's settings (2.1.330), as far as the example uses them, and what they take.
KEYS = {"permissions": dict, "disableAllHooks": bool, "enabledPlugins": dict}
PERMISSION_KEYS = {"deny": list, "ask": list, "disableBypassPermissionsMode": str, "disableAutoMode": str}


def test_it_has_no_key_that_claude_code_does_not_know():
    """A misspelt key is ignored in silence, and would protect nothing."""
    assert {key: type(value) for key, value in EXAMPLE.items()} == KEYS
    assert {key: type(value) for key, value in PERMISSIONS.items()} == PERMISSION_KEYS
    assert PERMISSIONS["disableBypassPermissionsMode"] == PERMISSIONS["disableAutoMode"] == "disable"


def test_every_rule_has_a_rules_form():
    """A rule is a tool of an MCP server, or a tool of Claude Code with what it is about in parentheses."""
    rules = PERMISSIONS["deny"] + PERMISSIONS["ask"]
    assert [rule for rule in rules if not re.fullmatch(r"(Bash|Edit)\(.+\)|mcp__[\w-]+", rule)] == []
    assert len(set(rules)) == len(rules)


def test_a_person_is_asked_before_every_tool_that_spends():
    """Each tool that the server marks as destructive stands under ask, in the clone's form and in the plugin's."""
    spending = [tool.name for tool in server_tools() if tool.annotations and tool.annotations.destructive_hint]
    asked = {rule for rule in PERMISSIONS["ask"] if rule.startswith("mcp__")}
    assert asked == {form + name for form in (CLONE_FORM, PLUGIN_FORM) for name in spending}


def test_the_plugin_cannot_be_turned_off():
    """Its name there is the one under which it is installed."""
    marketplace = json.loads((ROOT / ".claude-plugin" / "marketplace.json").read_text(encoding="utf-8"))
    (plugin,) = marketplace["plugins"]
    assert EXAMPLE["enabledPlugins"] == {f"{plugin['name']}@{marketplace['name']}": True}


@pytest.mark.slow
@pytest.mark.skipif(BINARY is None, reason="Claude Code is neither on the PATH nor named by CLAUDE_CODE_BIN")
@pytest.mark.parametrize("key", [*KEYS, *PERMISSION_KEYS])
def test_claude_code_declares_the_key(key):
    """The key is one of Claude Code's own schema, not of an older or a newer version's."""
    with Path(str(BINARY)).resolve().open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as code:
        assert re.search(rb"[{,]" + key.encode() + rb":", code)
