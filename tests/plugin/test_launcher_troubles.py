"""Where the launcher cannot make a server it says one exact sentence, and whatever ends it, nothing is left running."""

import ast
import os
import signal
import time
from pathlib import Path

import pytest

from tests.plugin.launcher_world import READY, ROOT, TINY_SERVER, needs_uv
from tests.plugin.line_client import Era

GET_UV = "Run `curl -LsSf https://astral.sh/uv/install.sh | sh`."
AGAIN = "Then call setup_status again: it tries anew."


def alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("era", Era)
def test_an_old_python_says_what_is_needed(world, start, era):
    """With only Python 3.8 there is one sentence, and the command that mends it."""
    world.add_old_python()
    client = start(world, era)
    client.open()
    python = world.path / "python3"
    sentence = f"Python 3.11 or later, or uv, is needed, and there is only Python 3.8 at {python}. {GET_UV}"
    assert client.call("setup_status") == (f"ml-clusters cannot start. {sentence} {AGAIN}", False)
    text, failed = client.call("search_capacity_blocks")
    assert text == f"search_capacity_blocks is not there yet. ml-clusters cannot start. {sentence} {AGAIN}"
    assert failed
    cli = world.run_cli("doctor")
    assert (cli.returncode, cli.stderr) == (1, f"ml-clusters: {sentence} Then run it again.\n")


def test_an_old_python_and_a_uv_that_can_fetch_none(world, start):
    """Where uv can fetch no Python its own words are passed on."""
    world.add_old_python()
    world.add_failing_uv()
    client = start(world)
    client.open()
    assert client.call("setup_status")[0] == (
        "ml-clusters cannot start. There is no Python 3.11 or later, and uv could not fetch one: error: no route to "
        f"https://downloads. Install Python 3.11 or later, or let uv reach its downloads. {AGAIN}"
    )


@needs_uv
def test_what_is_mended_is_seen_at_the_next_call(world, start):
    """A Python installed while the client runs is found when the tool is called again."""
    world.add_old_python()
    client = start(world)
    client.open()
    assert client.call("setup_status")[0].startswith("ml-clusters cannot start. ")
    world.add_python("python3.11")
    world.add_uv()
    assert client.call("setup_status") == (READY, False)


@pytest.mark.parametrize(
    ("uv_there", "command"),
    [
        (True, "uv python install 3.11"),
        (False, "curl -LsSf https://astral.sh/uv/install.sh | sh && ~/.local/bin/uv python install 3.11"),
    ],
)
@pytest.mark.parametrize("era", Era)
def test_no_python_at_all_says_so(world, start, era, uv_there, command):
    """Even without a Python the client gets a tool that says the one sentence, and so does a terminal."""
    if uv_there:
        world.add_failing_uv()
    client = start(world, era)
    client.open()
    sentence = (
        f"ml-clusters cannot start: no Python is on PATH. Run `{command}`, then start it again "
        "(in Claude Code: /mcp, reconnect)."
    )
    assert client.tools() == ["setup_status"]
    assert client.call("setup_status") == (sentence, False)
    cli = world.run_cli()
    assert (cli.returncode, cli.stderr) == (127, f"{sentence}\n")


@needs_uv
def test_a_failed_installation_says_why_and_is_tried_again(with_uv, index, start):
    """The index's failure reaches the tool without its password, and the next call installs."""
    index.broken = True
    client = start(with_uv)
    client.open()
    text, _ = client.call("setup_status")
    assert text.startswith("ml-clusters cannot start. The server's packages could not be installed: error: ")
    assert text.endswith(f". Check the network and the package index that uv or pip is set to. {AGAIN}")
    assert "secret" not in text
    index.broken = False
    assert client.call("setup_status") == (READY, False)


@needs_uv
def test_a_package_that_is_not_the_locked_one_is_refused(with_uv, index, start):
    """A wheel with another hash is not installed, and nothing is left."""
    index.wheel += b"\0"
    client = start(with_uv)
    client.open()
    text, _ = client.call("setup_status")
    assert "hash" in text.lower()
    assert with_uv.environments == []


@needs_uv
def test_what_a_killed_launcher_left_is_removed(with_uv, index, start):
    """A half-built environment is never taken for a whole one, and is gone after the next installation."""
    index.gate.clear()
    first = start(with_uv)
    first.open()
    assert index.asked.wait(30)
    first.process.kill()
    first.process.wait(10)
    assert [name.endswith(".partial") for name in with_uv.environments] == [True]
    index.gate.set()
    second = start(with_uv)
    second.open()
    assert second.call("setup_status") == (READY, False)
    assert [name.endswith(".partial") for name in with_uv.environments] == [False]


def installer(pid_file: Path) -> int:
    """The process id of the installer, once it runs."""
    until = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text().strip()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return int(pid_file.read_text())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_installation(world, start, number):
    """The launcher goes at once, and its installer with it."""
    world.add_python()
    pid_file = world.add_endless_uv()
    client = start(world)
    client.open()
    running = installer(pid_file)
    client.process.send_signal(number)
    assert client.ended(5) == 128 + number
    assert not alive(running)


def test_the_end_of_input_ends_an_installation(world, start):
    """A client that leaves while packages are installed leaves nothing running."""
    world.add_python()
    pid_file = world.add_endless_uv()
    client = start(world)
    client.open()
    running = installer(pid_file)
    assert client.hang_up() == 0
    assert not alive(running)


@needs_uv
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_behind_the_launcher(with_uv, start, number):
    """What the client sends to the process that it started reaches the server."""
    client = start(with_uv)
    client.open()
    client.call("setup_status")
    server = int(client.call("search_capacity_blocks")[0].split()[1])
    assert server != client.process.pid
    client.process.send_signal(number)
    assert client.ended(5) != 0
    assert not alive(server)


@needs_uv
def test_a_server_that_cannot_start_says_its_last_words(with_uv, start):
    """What a server printed when it died reaches the tool."""
    (with_uv.tree / "mcp_server" / "app.py").write_text("raise SystemExit('the moon is missing')\n")
    client = start(with_uv)
    client.open()
    text, _ = client.call("setup_status")
    assert text.startswith(
        "ml-clusters cannot start. The server stops at its start (exit status 1): the moon is missing."
    )
    (with_uv.tree / "mcp_server" / "app.py").write_text(TINY_SERVER)
    assert client.call("setup_status") == (READY, False)


def test_a_protocol_of_the_future_is_told_which_one_is_spoken(world, start):
    """A client that opens with a later version learns what to fall back to, as from the server itself."""
    world.add_old_python()
    client = start(world)
    later = {"io.modelcontextprotocol/protocolVersion": "2030-01-01", "io.modelcontextprotocol/clientCapabilities": {}}
    error = client.answer(client.begin("server/discover", None, **later))["error"]
    assert error["code"] == -32022
    assert error["data"] == {"supported": ["2026-07-28"], "requested": "2030-01-01"}


@pytest.mark.parametrize(
    "script", [*(ROOT / "bin" / "launcher").glob("*.py"), *(ROOT / "hooks").glob("*.py")], ids=lambda path: path.name
)
def test_an_old_python_can_read_the_scripts(script):
    """What runs before a Python is chosen uses no syntax later than 3.7's."""
    assert ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 7)).body
