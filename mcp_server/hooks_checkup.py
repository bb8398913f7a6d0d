"""Whether the hooks that come with this program are in force in a project, and do what they are for.

What is run is this very program's, or what its user has installed as a plugin: what a checkout that is merely worked in
calls its hooks is left alone.
"""

import json
import subprocess
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_server.capacity.words import clean
from mcp_server.claude_code import (
    GUARD,
    PLUGIN,
    PROJECT_SETTINGS,
    READS,
    ROOT,
    Hooks,
    Settings,
    hooks_of,
    read_settings,
    registers,
)
from mcp_server.searching.findings import Finding, Verdict

_SUBJECT = "hooks"
_PATIENCE = 10.0
"""Seconds that a hook may take here. Claude Code goes on without one that takes its whole time, and waits for it."""

_BLOCKS = 2
"""The exit status by which a hook blocks a call."""

_SPENDS = "aws ec2 purchase-capacity-block --capacity-block-offering-id cb-1 --instance-platform Linux/UNIX"
_SHOWS = "grep -rn purchase-capacity-block docs"
_OTHER = "ls"


def examine_hooks(project: Path) -> Generator[Finding]:
    """Whether Claude Code, opened in a project, would run the guard and the hook for reads, and what they answer."""
    settings = read_settings(project)
    for file in settings.unreadable:
        detail = f"{file} is not what Claude Code can read: none of its settings hold"
        yield Finding(Verdict.BAD, _SUBJECT, detail, f"Mend {file}, or move it away.")
    hooks = None if settings.unreadable else hooks_of(settings)
    if hooks:
        off = _turned_off(settings, hooks)
        yield from [off] if off else _tried(hooks)
    elif not settings.unreadable:
        yield _unguarded(project)


def _unguarded(project: Path) -> Finding:
    """Claude Code would run no hook of ours."""
    detail = f"Claude Code, opened in {project}, runs no guard"
    clone = next((each for each in project.parents if registers(each / PROJECT_SETTINGS, GUARD)), None)
    if clone:
        fix = f"Open Claude Code in {clone} itself: the hooks of a clone do not hold in folders below it."
        return Finding(Verdict.NOTE, _SUBJECT, detail, fix)
    fix = f"In Claude Code: /plugin install {PLUGIN}@{PLUGIN}. Without Claude Code there is nothing to mend."
    return Finding(Verdict.NOTE, _SUBJECT, f"{detail}: the plugin is not on there", fix)


def _turned_off(settings: Settings, hooks: Hooks) -> Finding | None:
    """What turns hooks off that would be run."""
    said = settings.first("disableAllHooks")
    if said and said[1] is True:
        detail = f"no hook is run, so nothing is guarded: {said[0]} says disableAllHooks"
        return Finding(Verdict.BAD, _SUBJECT, detail, f"Take disableAllHooks out of {said[0]}.")
    only_managed = settings.files[settings.managed].get("allowManagedHooksOnly") is True
    if only_managed and not (settings.plugin_forced and hooks.installed):
        detail = f"{settings.managed} lets only its own hooks run (allowManagedHooksOnly), so nothing is guarded"
        fix = f'An administrator writes there: "enabledPlugins": {{"{PLUGIN}@{PLUGIN}": true}}'
        return Finding(Verdict.BAD, _SUBJECT, detail, fix)
    return None


def _tried(hooks: Hooks) -> Iterable[Finding]:
    """What the hooks say to calls that are made up, none of which is run."""
    if hooks.root != ROOT and not hooks.installed:
        detail = f"{hooks.root} has hooks of its own, which did not come with this program: they were not tried"
        return [Finding(Verdict.NOTE, _SUBJECT, detail, f"{hooks.root}/bin/ml-clusters doctor")]
    wrong = _wrong_files(hooks) or _wrong_guard(hooks)
    if wrong:
        return [wrong]
    guards = f"the guard blocks what spends, and nothing else: {hooks.root / GUARD}"
    reads = f"tools that read run without a question: {hooks.root / READS}"
    return [
        Finding(Verdict.GOOD, _SUBJECT, guards),
        _wrong_reads(hooks) or Finding(Verdict.GOOD, _SUBJECT, reads),
    ]


def _wrong_files(hooks: Hooks) -> Finding | None:
    missing = [str(each) for each in (hooks.registered, hooks.root / GUARD, hooks.root / READS) if not each.is_file()]
    unnamed = [each.name for each in (GUARD, READS) if not registers(hooks.registered, each)]
    if missing:
        return Finding(Verdict.BAD, _SUBJECT, f"{', '.join(missing)} is missing", hooks.mend)
    if unnamed:
        detail = f"{hooks.registered} does not say that {' and '.join(unnamed)} is to be run before tools"
        return Finding(Verdict.BAD, _SUBJECT, detail, hooks.mend)
    return None


def _wrong_guard(hooks: Hooks) -> Finding | None:
    spent = _judged(hooks, _SPENDS)
    if spent.status is None:
        detail = f"the guard cannot be run, and Claude Code goes on without it: {spent.said}"
        return Finding(Verdict.BAD, _SUBJECT, detail, "Put sh on the PATH with which Claude Code is started.")
    if spent.status != _BLOCKS:
        detail = f"the guard lets a purchase through (exit status {spent.status}): {hooks.root / GUARD}"
        return Finding(Verdict.BAD, _SUBJECT, detail, hooks.mend)
    shown, other = _judged(hooks, _SHOWS), _judged(hooks, _OTHER)
    if (shown.status, other.status) == (0, 0):
        return None
    if other.status == 0 and "without a Python" in shown.said:
        detail = f"the guard finds no Python, and so blocks what only reads, too: {shown.said}"
        fix = "Put Python 3.6 or later on the PATH with which Claude Code is started, as python3."
        return Finding(Verdict.BAD, _SUBJECT, detail, fix)
    blocked = shown if other.status == 0 else other
    detail = f"the guard blocks what is harmless (exit status {blocked.status}): {blocked.said}"
    return Finding(Verdict.BAD, _SUBJECT, detail, hooks.mend)


def _wrong_reads(hooks: Hooks) -> Finding | None:
    reads, spends = (
        _answer(hooks, READS, {"tool_name": f"mcp__{PLUGIN}__{name}", "tool_input": {}})
        for name in ("search_capacity_blocks", "purchase_capacity")
    )
    if spends.said or spends.status:
        detail = f"the hook for reads answers for a tool that spends: {hooks.root / READS}"
        return Finding(Verdict.BAD, _SUBJECT, detail, hooks.mend)
    if '"permissionDecision": "allow"' not in reads.said:
        detail = f"the hook for reads does not work, so that Claude Code asks before each: {hooks.root / READS}"
        return Finding(Verdict.NOTE, _SUBJECT, detail, hooks.mend)
    return None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a hook said to a call, and its exit status; None where it did not come to its end."""

    status: int | None
    said: str


def _judged(hooks: Hooks, line: str) -> _Answer:
    """What the guard says to a command."""
    return _answer(hooks, GUARD, {"tool_name": "Bash", "tool_input": {"command": line}})


def _answer(hooks: Hooks, script: Path, call: Mapping[str, Any]) -> _Answer:
    event = {"session_id": "doctor", "cwd": "/", "hook_event_name": "PreToolUse", **call}
    command = ["sh", str(hooks.root / script)]
    try:
        done = subprocess.run(
            command, input=json.dumps(event).encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _Answer(None, clean(str(error)))
    return _Answer(done.returncode, clean((done.stdout + done.stderr).decode(errors="replace")))
