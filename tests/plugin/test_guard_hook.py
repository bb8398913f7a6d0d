"""The guard around spending blocks ways past a person's yes, lets work go on, and is closed where it fails."""

import ast
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.guard_corpus import (
    BLOCK_RESOURCE,
    BLOCKED,
    BUYING_SCRIPT,
    BUYS,
    KEPT,
    LET_THROUGH,
    Call,
    bash,
    edit,
    write,
)
from tests.plugin.launcher_world import ROOT, base_python

SHELL = shutil.which("sh") or "/bin/sh"
LISTED = [(call, words) for words, calls in BLOCKED.items() for call in calls]
BEGINNINGS = [
    *(
        "python",
        "python ",
        "python.",
        "python -a=python",
        "ml-clusters -a=",
        "ml-clusters/sandbox/",
        ".claude/plugins/",
    ),
    *("$(", "{ ", "s/a/b/;", "from mcp_server import a,", "<<E ", "eventName ", "capacity-sm", "'+'"),
]
# A model must not learn from a refusal how to get past it.
WAYS_PAST = ("sandbox", "endpoint", "disable", "hook off", ".md", "document", "checkout", "sed", "grep")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where nothing is to be found but what starts the server: a sed and perhaps a Python; and a copy of the hook."""

    path: Path
    tree: Path

    def add_python(self, line: str) -> None:
        """Put a Python on the PATH that is this line of a shell."""
        (self.path / "python3").write_text(f"#!{SHELL}\n{line}\n")
        (self.path / "python3").chmod(0o755)

    def ask(self, event: str, folder: Path | None = None) -> tuple[int, str]:
        """Exit status and words of the hook for an event; it never answers on standard output."""
        command = [SHELL, str(self.tree / "hooks" / "guard_spending.sh")]
        environ = {"PATH": str(self.path)}
        done = subprocess.run(
            command, input=event, env=environ, cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stdout == ""
        return done.returncode, done.stderr

    def judge(self, call: Call, folder: str = "/src/app") -> tuple[int, str]:
        """Exit status and words of the hook for a call that is made in a folder."""
        return self.ask(event_of(call, folder))


def event_of(call: Call, folder: str = "/src/app") -> str:
    """What Claude Code tells a hook of a call."""
    tool, arguments = call
    event: dict[str, Any] = {"session_id": "s", "cwd": folder, "permission_mode": "bypassPermissions"}
    return json.dumps(event | {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": arguments})


def make_machine(folder: Path) -> Machine:
    """A machine without a Python."""
    machine = Machine(folder / "path", folder / "tree")
    machine.path.mkdir()
    (machine.path / "sed").symlink_to(shutil.which("sed") or "/bin/sed")
    for name in ("hooks", "bin"):
        shutil.copytree(ROOT / name, machine.tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    return machine


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A machine with a Python, for all that leave it as it is."""
    made = make_machine(tmp_path_factory.mktemp("machine"))
    made.add_python(f'exec "{base_python()}" "$@"')
    return made


@pytest.fixture
def bare(tmp_path):
    """A machine without a Python."""
    return make_machine(tmp_path)


@pytest.fixture
def clone(tmp_path):
    """A checkout of this project, as far as it is known by."""
    root = tmp_path / "clone"
    for name in (".git", ".claude-plugin/plugin.json", "hooks/guard/writes.py", "mcp_server/purchasing/purchase.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def name_of(value: object) -> str | None:
    """A call's own words, short enough to stand in a test's name."""
    if not isinstance(value, tuple):
        return ""
    return f"{value[0]} {next(iter(value[1].values()))}"[:60].replace("\n", " ")


@pytest.mark.parametrize(("call", "words"), LISTED, ids=name_of)
def test_what_spends_past_a_person_is_blocked(machine, call, words):
    """The call is not made, and the model is told why, that nothing was done, and no way past."""
    status, said = machine.judge(call)
    assert status == 2
    assert said.startswith("ml-clusters blocked this call, and nothing was done: ")
    assert words in said
    assert not [word for word in WAYS_PAST if word in said.lower()]


@pytest.mark.parametrize("call", LET_THROUGH, ids=name_of)
def test_work_goes_on(machine, call):
    """Reading, testing, committing, simulating and writing about purchases are let through without a word."""
    assert machine.judge(call) == (0, "")


def test_half_of_the_corpus_is_let_through():
    """A guard that blocks too much is turned off: the corpus asks for as much patience as for watchfulness."""
    assert len(LET_THROUGH) >= len(LISTED) >= 30


@pytest.mark.parametrize("name", ["hooks/buy.sh", "tests/aws/test_buying.py", "live/gpu.tf"])
def test_in_a_checkout_of_this_project_the_words_can_be_written(machine, clone, name):
    """Sources and tests of this project are full of them; the same file elsewhere is blocked."""
    content = BUYING_SCRIPT + BLOCK_RESOURCE
    assert machine.judge(write(str(clone / name), content)) == (0, "")
    assert machine.judge(write(name, content), str(clone)) == (0, "")
    assert machine.judge(bash(f"cat > {clone}/{name} <<'EOF'\n{content}EOF")) == (0, "")
    into = f"cat > {Path(name).name} <<'EOF'\n{content}EOF"
    assert machine.judge(bash(f"cd {clone}/hooks && {into}")) == (0, "")
    assert machine.judge(bash(f"cd {clone.parent} && {into}"), str(clone))[0] == 2
    assert machine.judge(write(str(clone.parent / name), content))[0] == 2
    assert machine.judge(write(str(clone / ".." / name), content))[0] == 2


@pytest.mark.parametrize("name", ["ml-clusters.toml", "deep/er/ml-clusters.toml"])
def test_a_checkouts_settings_are_settings(machine, clone, name):
    """What decides about spending is a person's to change in a checkout too."""
    status, said = machine.judge(edit(str(clone / name), "a", "b"))
    assert status == 2
    assert KEPT in said


@pytest.mark.parametrize(("command", "status"), [("rm policy.toml", 2), ("cat policy.toml", 0), ("ls | sh", 2)])
def test_in_the_policys_own_folder_only_reading_is_let_through(machine, command, status):
    """A shell that has gone there needs no path, and so every command there is looked at."""
    assert machine.judge(bash(command), "/home/me/.config/ml-clusters")[0] == status


@pytest.mark.parametrize(("call", "status"), [(LISTED[0][0], 2), (LET_THROUGH[0], 0), (LET_THROUGH[13], 0)])
def test_it_works_from_a_deep_folder(machine, tmp_path, call, status):
    """Wherever Claude Code works, the hook finds its own files and decides the same."""
    deep = tmp_path.joinpath(*["a folder's name"] * 40)
    deep.mkdir(parents=True)
    assert machine.ask(event_of(call, str(deep)), deep)[0] == status


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("", 2),
        ("no JSON", 2),
        ("[]", 2),
        ("{}", 2),
        ('{"tool_name": "Bash", "tool_input": {"command": "purchase", broken}}', 2),
        ('{"tool_name": "Bash", "tool_input": {"cmd": "purchase"}}', 2),
        ('{"tool_name": "Bash", "tool_input": {"command": ["purchase"]}}', 2),
        ('{"tool_name": "Bash", "tool_input": "purchase"}', 2),
        ('{"tool_name": 5, "tool_input": {"command": "purchase"}}', 2),
        ('{"tool_name": "Bash", "purchase": 1}', 2),
        (f'{{"tool_name": "mcp__x__y", "tool_input": {"[" * 9999 + "]" * 9999}, "purchase": 1}}', 2),
        # Not understood either; but in all of it there is no word that is guarded.
        ('{"tool_name": 5}', 0),
        ('{"tool_name": "Bash", "tool_input": {"command": "ls"}', 0),
    ],
    ids=range(13),
)
def test_what_is_no_event_is_blocked(machine, event, status):
    """A guard that does not understand what it is asked lets nothing through that might be guarded."""
    assert machine.ask(event)[0] == status


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (bash("ls -la"), 0),
        (bash("cat training.log"), 0),
        (bash("brew install python"), 0),
        (bash("ml-clusters doctor"), 0),
        (write("/src/app/main.py", "capacity = 8"), 0),
        (bash("aws ec2 purchase-capacity-block"), 2),
        (bash('aws ec2 pur"chase"-capacity-block-extension'), 2),
        (bash("aws sagemaker create-training-plan"), 2),
        (write("/src/app/buy.py", BUYING_SCRIPT), 2),
        (write("/src/app/buy.tf", BLOCK_RESOURCE), 2),
        (bash("ml-clusters approve q-1"), 2),
        (bash("ml-clusters ledger rebuild"), 2),
        (bash("rm ~/.config/ml-clusters/policy.toml"), 2),
        # It cannot tell reading from buying.
        (bash("grep -rn purchase_capacity_block ."), 2),
    ],
    ids=name_of,
)
@pytest.mark.parametrize("launcher", [True, False], ids=["no Python", "no launcher"])
def test_without_a_python_plain_spellings_are_blocked(bare, launcher, call, status):
    """A shell alone is guard enough for the plain spellings, and everything else still runs."""
    if not launcher:
        shutil.rmtree(bare.tree / "bin")
    assert bare.judge(call)[0] == status


@pytest.mark.parametrize("end", ["exit 1", "exit 139", "kill -9 $$", "exec /nonexistent"])
def test_a_python_that_fails_blocks(bare, end):
    """However the interpreter ends, what would have been looked at is blocked, and all else runs."""
    bare.add_python(f'case $3 in -c) echo "$0" ;; *) {end} ;; esac')
    status, said = bare.judge(bash("grep -rn purchase_capacity_block ."))
    assert status == 2
    assert "its guard failed" in said
    assert bare.judge(bash("ls -la")) == (0, "")


def test_a_guard_that_is_not_whole_blocks(bare):
    """A missing module is a crash, and a crash is a block."""
    bare.add_python(f'exec "{base_python()}" "$@"')
    (bare.tree / "hooks" / "guard" / "writes.py").unlink()
    assert bare.judge(bash("cat purchase.log"))[0] == 2
    assert bare.judge(bash("ls -la")) == (0, "")


def test_without_a_sed_everything_is_blocked(bare):
    """Nothing can be read then; a machine without a sed starts no server either."""
    (bare.path / "sed").unlink()
    assert bare.judge(bash("ls -la"))[0] == 2


def test_a_long_call_is_decided_in_time(machine):
    """A line of a hundred thousand letters and a call of a megabyte take no time that would end the hook."""
    for filler in ("a" * 100_000, "capacity 'x' \"y\" (z); " * 40_000, "ml-clusters/ -m python \\" * 20_000):
        status, said = machine.judge(write("/src/app/buy.sh", f"{filler} aws ec2 purchase-capacity-block {filler}"))
        assert (status, BUYS in said) == (2, True)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_beginnings_without_an_end_take_no_time(machine, beginning):
    """A short command that only begins what is sought, over and over, is decided long before a minute is up."""
    began = time.monotonic()
    filler = beginning * (48_000 // len(beginning))
    assert machine.judge(bash(f"echo {filler}; aws ec2 purchase-capacity-block"))[0] == 2
    assert machine.judge(bash(f"capacity {filler}"))[0] in (0, 2)
    assert time.monotonic() - began < 10


def test_what_takes_too_long_is_blocked(bare):
    """Claude Code lets through what a hook has not decided in a minute, so the guard ends itself before, and blocks."""
    bare.add_python(f'exec "{base_python()}" "$@"')
    guard = bare.tree / "hooks" / "guard" / "guard.py"
    limit = "LONGEST_SECONDS = 20\n"
    assert limit in guard.read_text()
    guard.write_text(guard.read_text().replace(limit, "LONGEST_SECONDS = 0.01\n"))
    status, said = bare.judge(write("/src/app/main.py", "capacity = 'x'\n" * 100_000))
    assert status == 2
    assert "took too long" in said


def test_what_is_too_large_is_blocked(machine):
    """Sixteen megabytes are not read."""
    status, said = machine.judge(write("/src/app/data.py", "x" * 16_000_000))
    assert status == 2
    assert "too long" in said


@pytest.mark.parametrize("file", sorted((ROOT / "hooks").rglob("*.py")), ids=lambda file: file.name)
def test_an_old_python_can_read_it(file):
    """What guards needs no newer Python than what starts the server."""
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_its_files_bring_nothing_to_the_path():
    """Hooks are started by a shell that is named, so that none of them is a command."""
    assert [file.name for file in (ROOT / "hooks").rglob("*.*") if file.is_file() and os.access(file, os.X_OK)] == []
