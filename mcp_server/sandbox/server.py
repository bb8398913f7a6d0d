"""Puts simulated AWS and its control endpoint behind one HTTP server."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

from mcp_server.sandbox.application import SimulatedAws
from mcp_server.sandbox.control import PREFIX
from mcp_server.sandbox.control_endpoint import Control
from mcp_server.sandbox.http_server import Server
from mcp_server.sandbox.journal import Journal
from mcp_server.sandbox.messages import Answer, Request


class SandboxServer:
    """A sandbox ready to be served in this process; begun is whether the world is a new one.

    Raises:
        PortInUse: the port is taken.
        UnreadableJournal: the directory's world was written by another version.
    """

    def __init__(
        self, directory: Path | None, port: int, seed: int, *, fresh: bool, on_stop: Callable[[], None]
    ) -> None:
        self._aws = SimulatedAws(Journal(directory, seed, fresh=fresh))
        self._control = Control(self._aws, directory, on_stop)
        self._server = Server(port, self._answer, self._aws.clock)

    @property
    def url(self) -> str:
        """Where clients find it."""
        return self._server.url

    def start(self) -> None:
        """Serve from threads of this process."""
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def stop(self) -> None:
        """Serve no more; what was answered is on the disk."""
        self._server.shutdown()
        self._server.server_close()
        self._aws.close()

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        return self._aws.answer(request)
