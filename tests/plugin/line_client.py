"""An MCP client that sees every line: in either era it opens as real ones do, and asks again when the tools change."""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "lines", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "lines", "version": "1"}}


class Era(StrEnum):
    """How the client speaks: with an envelope on every request, or after a handshake."""

    MODERN = "2026-07-28"
    HANDSHAKE = "2025-11-25"


class LineClient:
    """A server process and everything that it has said."""

    def __init__(self, command: list[str], environ: dict[str, str], folder: Path, era: Era = Era.MODERN) -> None:
        self.era = era
        self.process = subprocess.Popen(
            command, env=environ, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.said: list[bytes] = []
        self.logged: list[bytes] = []
        self._count = 0
        self._readers = [
            threading.Thread(target=self._hear, daemon=True),
            threading.Thread(target=self._read_log, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _hear(self) -> None:
        assert self.process.stdout
        for line in iter(self.process.stdout.readline, b""):
            self.said.append(line)
            if b"notifications/tools/list_changed" in line:
                envelope = META if self.era is Era.MODERN else {}
                with contextlib.suppress(BrokenPipeError, ValueError):  # one of the two has hung up
                    self.send({"jsonrpc": "2.0", "id": "again", "method": "tools/list", "params": {"_meta": envelope}})

    def _read_log(self) -> None:
        assert self.process.stderr
        for line in iter(self.process.stderr.readline, b""):
            self.logged.append(line)

    def open(self) -> dict[str, Any]:
        """Say what opens a connection; returns the server's answer."""
        if self.era is Era.HANDSHAKE:
            answer = self.ask("initialize", INITIALIZE)
            self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
            return answer
        answer = self.ask("server/discover")
        wanted = {"notifications": {"toolsListChanged": True}}
        self.send(
            {"jsonrpc": "2.0", "id": "listen", "method": "subscriptions/listen", "params": wanted | {"_meta": META}}
        )
        return answer

    def begin(self, method: str, params: dict[str, Any] | None = None, **meta: Any) -> int:
        """Send a request and return its id at once."""
        self._count += 1
        envelope = (META if self.era is Era.MODERN else {}) | meta
        request = {
            "jsonrpc": "2.0",
            "id": self._count,
            "method": method,
            "params": {**(params or {}), "_meta": envelope},
        }
        self.send(request)
        return self._count

    def answer(self, identity: int, timeout: float = 60) -> dict[str, Any]:
        """The answer to a request, waited for."""
        return self.wait(lambda message: message.get("id") == identity and "method" not in message, timeout)

    def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        return self.answer(self.begin(method, params))

    def tools(self) -> list[str]:
        """The names of the tools that are listed now."""
        return [tool["name"] for tool in self.ask("tools/list")["result"]["tools"]]

    def call(self, tool: str) -> tuple[str, bool]:
        """Call a tool; returns its text and whether it failed."""
        result = self.ask("tools/call", {"name": tool, "arguments": {}})["result"]
        return result["content"][0]["text"], result["isError"]

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self.send_line(json.dumps(message).encode() + b"\n")

    def send_line(self, line: bytes) -> None:
        """Send one line as it is."""
        assert self.process.stdin
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def wait(self, wanted: Callable[[dict[str, Any]], bool], timeout: float = 60) -> dict[str, Any]:
        """The first message that is wanted, waited for."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            for line in list(self.said):
                message = json.loads(line)
                if wanted(message):
                    return message
            if self.process.poll() is not None and not any(reader.is_alive() for reader in self._readers):
                break
            time.sleep(0.02)
        raise AssertionError(f"not said: {self.said} logged: {self.logged} status: {self.process.poll()}")

    def notified(self, name: str) -> list[dict[str, Any]]:
        """The notifications of one kind so far."""
        messages = [json.loads(line) for line in list(self.said)]
        return [message for message in messages if message.get("method") == f"notifications/{name}"]

    def hang_up(self) -> int:
        """Close the client's side and wait for the process to end; returns its status."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.ended()

    def ended(self, timeout: float = 10) -> int:
        """Wait for the process to end; returns its status."""
        status = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()
        return status

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        self.ended()
