"""Answers an MCP client while the server's packages are installed, then hands the connection to the server.

A client gives up on a server that is silent for half a minute, and shows nothing of what a dead one printed. So this
speaks just enough of both protocol eras (the initialize handshake to 2025-11-25, the envelope of 2026-07-28) for one
tool, setup_status. Once the server has started as a child its handshake is replayed to it, the client is told that the
lists changed, and every line passes through unchanged. Readable by Python 3.6.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import environment
from installation import Installation, Trouble
from protocol import STATUS_TOOL, SUBSCRIPTION, Protocol, progress, progress_token

PATIENCE = 30  # seconds that a call of setup_status waits for the outcome, so that a model need not ask in a loop
TURN = 3  # seconds that a client has to ask for the new list before it is told that there is one
DIGESTION = 0.5  # seconds that Claude Code needs to offer a model the tools that it has been sent
GRACE = 5  # seconds that the server has to end after the end of its input


class StandIn:
    """One client's connection on standard input and output, from the first line to the last."""

    def __init__(self, root, arguments):
        self.root = root
        self.arguments = arguments
        manifest = (root / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8")
        self._protocol = Protocol(json.loads(manifest)["version"])
        self._opened = threading.Event()
        self._settled = threading.Event()
        self._turn = threading.Lock()
        self._writing = threading.Lock()
        self._installation = None
        self._step, self._detail, self._since = "starting", "", time.time()
        self._trouble = None
        self._child = None
        self._handed_over = False
        self._listing = None
        self._listed = threading.Event()

    def serve(self):
        """Answer until the client ends its side or the server ends; does not return while either lives."""
        signal.signal(signal.SIGTERM, self._signalled)
        signal.signal(signal.SIGINT, self._signalled)
        self._begin()
        for line in iter(sys.stdin.buffer.readline, b""):
            with self._turn:
                if not self._handed_over:
                    self._answer(line)
                    continue
            self._pass_on_or_answer(line)
        self._leave()

    def _begin(self):
        self._trouble, self._since = None, time.time()
        self._settled.clear()
        threading.Thread(target=self._install_and_hand_over, daemon=True).start()

    def _report(self, step, detail=""):
        self._step, self._detail = step, detail

    def _install_and_hand_over(self):
        try:
            self._installation = Installation(self.root, os.environ, self._report)
            python = self._installation.run()
            self._report("starting the server")
            self._opened.wait()
            self._start(python)
        except Trouble as trouble:
            self._trouble = trouble
        except Exception as error:  # noqa: BLE001 (whatever it is, the client's tool must say it)
            self._trouble = Trouble(f"The launcher failed: {error!r}.", "Report this.")
        self._settled.set()
        if self._handed_over:
            self._relay()

    # The client's side, before the server is there.

    def _answer(self, line):
        request = _parsed(line)
        if request is None:
            return
        self._protocol.note(request, line)
        if "id" not in request or "method" not in request:
            return
        if self._protocol.opened:
            self._opened.set()
        if request["method"] == "tools/call":
            self._answer_call_aside(request, line)
        else:
            self._write(self._protocol.answer(request))

    def _answer_call_aside(self, request, line):
        # It waits for the outcome, and must not hold up the lines behind it.
        threading.Thread(target=self._answer_call, args=(request, line), daemon=True).start()

    def _answer_call(self, request, line):
        """Answer setup_status, trying again after a failure; any other tool is the server's, once it is there."""
        own = _tool(request) == STATUS_TOOL["name"]
        with self._turn:
            if own and self._trouble:
                self._begin()
        self._await_outcome(progress_token(request))
        # The answer makes a model call the new tools, which its client must have heard of by then.
        if own and self._handed_over and self._listed.wait(TURN):
            time.sleep(DIGESTION)
        if own:
            self._write(self._protocol.tool_result(request["id"], self._status(), failed=False))
        elif self._handed_over:
            self._pass_on(line)
        else:
            text = f"{_tool(request)} is not there yet. {self._status()}"
            self._write(self._protocol.tool_result(request["id"], text, failed=True))

    def _await_outcome(self, token):
        """Wait until there is a server or a failure, or patience ends, telling the client how far it is if it asked."""
        started = time.time()
        while not self._settled.wait(1) and time.time() - started < PATIENCE:
            if token is not None:
                self._write(progress(token, round(time.time() - started), self._progress()))

    def _progress(self):
        return f"{self._step} ({self._detail})" if self._detail else self._step

    def _status(self):
        if self._handed_over:
            return (
                "ml-clusters is ready: its tools are listed now. If they are not, reconnect it (in Claude Code: /mcp)."
            )
        if self._trouble:
            return f"ml-clusters cannot start. {self._trouble} Then call setup_status again: it tries anew."
        seconds = round(time.time() - self._since)
        return f"ml-clusters is being set up, for {seconds} s so far: {self._progress()}. Call setup_status again."

    # The server's side.

    def _start(self, python):
        """Start the server, repeat the client's opening to it, and let it have the connection. Raises Trouble."""
        command, variables = environment.program("server", python, self.root, os.environ)
        self._child = subprocess.Popen(
            command + self.arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=variables,
        )
        last_words = []
        echo = threading.Thread(target=_echo, args=(self._child.stderr, last_words), daemon=True)
        echo.start()
        opening, opening_id = self._protocol.opening()
        try:
            self._send(opening)
            answered = any(
                (_parsed(line) or {}).get("id") == opening_id for line in iter(self._child.stdout.readline, b"")
            )
        except BrokenPipeError:
            answered = False
        if not answered:
            echo.join(GRACE)
            what = "The server stops at its start (exit status {}): {}.".format(
                self._child.wait(), " ".join(last_words)
            )
            raise Trouble(what, f"Remove {python.parent.parent} so that it is installed anew.")
        with self._turn:
            for line in self._protocol.standing():
                self._send(line)
            self._handed_over = True
            for notification in self._protocol.list_changes():
                self._write(notification)

    def _relay(self):
        """Pass the server's lines to the client until there are no more, then end as the server ended."""
        doubled = set(self._protocol.subscriptions)
        for line in iter(self._child.stdout.readline, b""):
            if doubled and b"subscriptions/acknowledged" in line:
                acknowledged = _parsed(line)["params"]["_meta"][SUBSCRIPTION]
                if acknowledged in doubled:
                    # The client has ours; a second one would be for a subscription that it never asked for.
                    doubled.remove(acknowledged)
                    continue
            self._write_line(line)
            if self._listing is not None and (_parsed(line) or {}).get("id") == self._listing:
                self._listing = None
                self._listed.set()
        os._exit(_status_of(self._child.wait()))

    def _pass_on_or_answer(self, line):
        """Pass a line on to the server, unless it is a call of setup_status, which a client may still have listed."""
        if b'"setup_status"' in line:
            request = _parsed(line)
            if request and request.get("method") == "tools/call" and _tool(request) == STATUS_TOOL["name"]:
                self._answer_call_aside(request, line)
                return
        if not self._listed.is_set() and b'"tools/list"' in line:
            self._listing = (_parsed(line) or {}).get("id")
        self._pass_on(line)

    def _pass_on(self, line):
        with contextlib.suppress(BrokenPipeError):  # the server has ended; _relay ends this process
            self._send(line)

    def _send(self, line):
        self._child.stdin.write(line)
        self._child.stdin.flush()

    # Both.

    def _write(self, message):
        if message is not None:
            self._write_line(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def _write_line(self, line):
        with self._writing:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()

    def _leave(self):
        """The client has gone: end the installer, or let the server see the end of its input and wait for it."""
        if self._installation:
            self._installation.stop()
        if self._child is None:
            os._exit(0)
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        try:
            self._child.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._child.terminate()
        os._exit(_status_of(self._child.wait()))

    def _signalled(self, number, _frame):
        if self._child is not None:
            self._child.send_signal(number)
            if self._handed_over:
                return
        if self._installation:
            self._installation.stop()
        os._exit(128 + number)


def _parsed(line):
    """The message on a line, or None: what is no message is not answered."""
    try:
        message = json.loads(line.decode("utf-8"))
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _tool(request):
    return (request.get("params") or {}).get("name")


def _echo(stream, last_words):
    """Pass the server's log on and keep its last line."""
    for line in iter(stream.readline, b""):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        last_words[:] = [line.decode("utf-8", "replace").strip()]


def _status_of(returncode):
    return 128 - returncode if returncode < 0 else returncode
