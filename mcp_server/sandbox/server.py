"""Puts simulated AWS and its control endpoint behind one HTTP server."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Final

from mcp_server.sandbox.clock import Clock
from mcp_server.sandbox.control import PREFIX
from mcp_server.sandbox.http_server import Server
from mcp_server.sandbox.journal import Journal
from mcp_server.sandbox.messages import Answer, Request
from mcp_server.sandbox.population import Population

WORLD_HEADER: Final = "X-Simulated-World"
"""Tells clients which world answers, so that what they keep of one is never taken for another's."""


class SandboxServer:
    """A sandbox ready to be served in this process, which can have only one.

    Raises:
        PortInUse: the port is taken.
        UnreadableJournal: the directory's world was written by another version.
    """

    def __init__(
        self,
        directory: Path | None,
        port: int,
        seed: int,
        population: Population,
        *,
        fresh: bool,
        on_stop: Callable[[], None],
    ) -> None:
        clock = Clock()
        self._server = Server(port, self._answer, clock)
        journal = Journal(directory, seed, population, fresh=fresh)
        # These load moto, which takes seconds that a taken port or an unreadable journal need not cost.
        from mcp_server.sandbox.application import SimulatedAws  # noqa: PLC0415
        from mcp_server.sandbox.control_endpoint import Control  # noqa: PLC0415

        self._aws = SimulatedAws(journal, clock)
        self._control = Control(self._aws, directory, on_stop)

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
        answer = self._aws.answer(request)
        return replace(answer, headers=(*answer.headers, (WORLD_HEADER, self._aws.world.world)))
