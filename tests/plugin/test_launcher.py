"""The launcher makes a usable server out of what a machine has."""

import json
import os
import shutil
import time
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from tests.plugin.launcher_world import READY, ROOT, World, needs_uv
from tests.plugin.line_client import Era, LineClient


def settled_status(client: LineClient) -> str:
    """What setup_status says when the installation has ended, asked for as often as it says to."""
    text = "being set up"
    while "being set up" in text:
        text, _ = client.call("setup_status")
    return text


@needs_uv
@pytest.mark.parametrize("era", Era)
def test_an_empty_cache_becomes_a_server(with_uv, start, era):
    """At first there is setup_status, which waits for the installation; then come the server's own tools."""
    client = start(with_uv, era)
    client.open()
    assert client.tools() == ["setup_status"]
    assert client.call("setup_status") == (READY, False)
    assert len(client.notified("tools/list_changed")) == 1
    assert client.tools() == ["search_capacity_blocks", "purchase_capacity"]
    text, failed = client.call("search_capacity_blocks")
    assert text.startswith("found ")
    assert not failed
    assert client.hang_up() == 0


@needs_uv
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_sdks_own_client_gets_through(with_uv, mode):
    """The official client accepts what the launcher says in both eras, and has the server's tools afterwards."""

    async def talk() -> list[str]:
        server = StdioServerParameters(
            command=str(with_uv.tree / "bin" / "ml-clusters-mcp"), env=with_uv.environ(), cwd=with_uv.project
        )
        async with Client(stdio_client(server), mode=mode) as client:
            before = [tool.name for tool in (await client.list_tools()).tools]
            status = await client.call_tool("setup_status")
            assert not status.is_error
            return before + [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(talk) == ["setup_status", "search_capacity_blocks", "purchase_capacity"]


@needs_uv
def test_the_server_hears_the_opening_as_the_client_said_it(with_uv, start):
    """Handshake and what follows reach the server once, unchanged, and the client gets no second answer to it."""
    client = start(with_uv, Era.HANDSHAKE)
    client.open()
    client.call("setup_status")
    assert client.hang_up() == 0
    heard = [json.loads(line.removeprefix(b"read ")) for line in client.logged if line.startswith(b"read ")]
    assert [message["method"] for message in heard] == ["initialize", "notifications/initialized", "tools/list"]
    assert [json.loads(line).get("id") for line in client.said].count(1) == 1


@needs_uv
def test_a_subscription_outlives_the_handing_over(with_uv, start):
    """What the client listens to is asked of the server too, and the client sees one acknowledgement."""
    client = start(with_uv)
    client.open()
    client.call("setup_status")
    changed = client.notified("tools/list_changed")
    client.tools()
    assert client.hang_up() == 0
    assert [message["params"]["_meta"] for message in changed] == [{"io.modelcontextprotocol/subscriptionId": "listen"}]
    assert any(b"subscriptions/listen" in line for line in client.logged)
    assert len(client.notified("subscriptions/acknowledged")) == 1


@needs_uv
def test_lines_pass_unchanged(with_uv, start):
    """After the handing over every byte of a line is the client's or the server's own."""
    client = start(with_uv)
    client.open()
    client.call("setup_status")
    line = '{"method" : "echo",\t"jsonrpc":"2.0",  "x":"\\u00e9 é setup"}\n'.encode()
    client.send_line(line)
    client.wait(lambda message: message.get("method") == "echo")
    assert line in client.said


@needs_uv
def test_a_tool_called_too_early_is_answered_by_the_server(with_uv, start):
    """A client that knows the tool's name may call it at once: the call waits and is then passed on."""
    client = start(with_uv)
    client.open()
    assert client.call("search_capacity_blocks")[0].startswith("found ")


@needs_uv
def test_setup_status_still_answers_afterwards(with_uv, start):
    """A client that does not follow changes of the list is told that the server is ready."""
    client = start(with_uv)
    client.open()
    client.call("setup_status")
    assert client.call("setup_status") == (READY, False)


@needs_uv
def test_ready_is_not_said_before_the_tools_are_known(with_uv, start):
    """A model that is told that the server is ready calls its tools at once: the client has had their list by then."""
    client = start(with_uv)
    client.open()
    client.call("setup_status")
    said = [json.loads(line).get("id") for line in client.said]
    status = next(at for at, line in enumerate(client.said) if READY.encode() in line)
    assert said.index("again") < status


@needs_uv
def test_a_ready_environment_leaves_nothing_of_the_launcher(with_uv, start):
    """At the next start the launched process is the server itself."""
    first = start(with_uv)
    first.open()
    first.call("setup_status")
    second = start(with_uv)
    second.open()
    assert second.tools() == ["search_capacity_blocks", "purchase_capacity"]
    assert second.call("search_capacity_blocks")[0] == f"found {second.process.pid}"


def test_without_uv_pip_installs(world, start):
    """Any Python from 3.11 on is enough."""
    world.add_python()
    client = start(world)
    client.open()
    assert settled_status(client) == READY
    assert client.call("search_capacity_blocks")[0].startswith("found ")


@needs_uv
def test_a_slow_index_keeps_nobody_waiting(with_uv, index, start):
    """While the index is silent the client is answered, and told how far the installation is."""
    index.gate.clear()
    client = start(with_uv)
    client.open()
    assert client.tools() == ["setup_status"]
    call = client.begin("tools/call", {"name": "setup_status", "arguments": {}}, progressToken="p")
    client.wait(
        lambda message: message.get("params", {}).get("message", "").startswith("installing the locked packages")
    )
    index.gate.set()
    assert client.answer(call)["result"]["content"][0]["text"] == READY


@needs_uv
def test_two_at_once_share_one_installation(with_uv, index, start):
    """The second launcher waits for the first, and both have a server."""
    index.gate.clear()
    clients = [start(with_uv), start(with_uv)]
    for client in clients:
        client.open()
    calls = [
        client.begin("tools/call", {"name": "setup_status", "arguments": {}}, progressToken="p") for client in clients
    ]
    waiting = "waiting for another session that is installing the same packages"
    heard = [client.notified for client in clients]
    until = time.monotonic() + 30
    while not any(note["params"]["message"] == waiting for notified in heard for note in notified("progress")):
        assert time.monotonic() < until
        time.sleep(0.05)
    index.gate.set()
    for client, call in zip(clients, calls, strict=True):
        assert client.answer(call)["result"]["content"][0]["text"] == READY
        assert client.tools() == ["search_capacity_blocks", "purchase_capacity"]
    assert len(with_uv.environments) == 1
    assert index.downloads == 1


@needs_uv
def test_a_new_lock_gets_a_new_environment(with_uv):
    """An update never changes the environment that a running server uses."""
    with_uv.run_cli()
    before = with_uv.environments
    with_uv.write_lock("another")
    with_uv.run_cli()
    assert set(before) < set(with_uv.environments)
    assert len(with_uv.environments) == 2


@needs_uv
def test_the_command_line_installs_and_says_so(with_uv):
    """The first run tells each step on standard error, the next runs at once; arguments and name are the user's."""
    first = with_uv.run_cli("call", "a b")
    assert (first.returncode, first.stdout) == (0, "found ml-clusters call a b\n")
    assert first.stderr == "ml-clusters: making the environment\nml-clusters: installing the locked packages\n"
    assert with_uv.run_cli("tools").stderr == ""


@needs_uv
def test_the_plugins_environment_serves_the_command_line_too(with_uv, index, start, tmp_path):
    """It lies in the plugin's data directory, and is found where that directory is not known."""
    client = start(with_uv, CLAUDE_PLUGIN_DATA=str(tmp_path / "plugin"))
    client.open()
    assert client.call("setup_status") == (READY, False)
    assert len(list((tmp_path / "plugin" / "environments").glob("*/bin/python"))) == 1
    index.broken = True
    assert with_uv.run_cli("tools").stdout == "found ml-clusters tools\n"


@needs_uv
def test_an_uninstalled_plugin_leaves_a_command_line_that_installs_anew(with_uv, start, tmp_path):
    """A link to an environment that is gone is no environment."""
    client = start(with_uv, CLAUDE_PLUGIN_DATA=str(tmp_path / "plugin"))
    client.open()
    client.call("setup_status")
    (tmp_path / "plugin").rename(tmp_path / "gone")
    assert with_uv.run_cli("tools").stdout == "found ml-clusters tools\n"


@needs_uv
def test_a_project_cannot_put_its_own_modules_in_the_way(with_uv, start):
    """Folders called like ours in the working directory are not imported."""
    for name in ("mcp_server", "tiny_package"):
        (with_uv.project / name).mkdir()
        (with_uv.project / name / "__init__.py").write_text("raise SystemExit('imported from the project')\n")
    client = start(with_uv)
    client.open()
    assert client.call("search_capacity_blocks")[0].startswith("found ")


def clone_environment(world: World) -> Path:
    """Give the tree a .venv in which the project is installed, as `make` does."""
    binaries = world.tree / ".venv" / "bin"
    binaries.mkdir(parents=True)
    packages = world.tree / "packages"
    packages.mkdir()
    (packages / "tiny_package.py").write_text("WORD = 'cloned'\n")
    world.add_python("real")
    (binaries / "python").write_text(
        f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{packages}" exec "{world.path / "real"}" "$@"\n'
    )
    (binaries / "python").chmod(0o755)
    (binaries / "ml-clusters-mcp").touch()
    return binaries / "ml-clusters-mcp"


def test_a_clone_uses_its_own_environment(world, index, start):
    """Where `make` has installed the project nothing is downloaded."""
    world.add_python()
    index.broken = True
    clone_environment(world)
    client = start(world)
    client.open()
    assert client.call("search_capacity_blocks")[0] == f"cloned {client.process.pid}"


@needs_uv
def test_a_clone_whose_lock_is_newer_than_its_environment_installs(with_uv, start):
    """After a pull that changed the lock, the old .venv may lack a package: the locked set is used."""
    script = clone_environment(with_uv)
    os.utime(script, (0, 0))
    client = start(with_uv)
    client.open()
    assert client.call("search_capacity_blocks")[0].startswith("found ")


@pytest.mark.slow
@pytest.mark.parametrize("uv_there", [True, False], ids=["uv", "pip"])
def test_the_real_lock_makes_the_real_server(world, uv_there):
    """The locked packages are all that the server needs, whichever tool installs them from the real index."""
    world.add_python()
    if uv_there:
        world.add_uv()
    for name in ("mcp_server", "locks", "skills"):
        shutil.rmtree(world.tree / name, ignore_errors=True)
        shutil.copytree(ROOT / name, world.tree / name)
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "CLAUDE_PLUGIN_DATA"}}
    environ = kept | {"PATH": str(world.path), "XDG_DATA_HOME": str(world.data)}
    client = LineClient([str(world.tree / "bin" / "ml-clusters-mcp")], environ, world.project)
    try:
        client.open()
        text = settled_status(client)
        if "could not be installed" in text:
            pytest.skip(f"the real package index cannot be reached: {text}")
        assert text == READY
        assert "search_capacity_blocks" in client.tools()
    finally:
        client.close()
