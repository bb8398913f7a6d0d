"""HTTP/1.1 with connections that stay open, on 127.0.0.1; prints nothing."""

import socket
from collections.abc import Callable
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Final

from mcp_server.sandbox.clock import Clock
from mcp_server.sandbox.messages import Answer, Request

HOST: Final = "127.0.0.1"
_SET_HERE = frozenset({"content-length", "date", "connection", "server", "transfer-encoding", "status"})
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class PortInUse(Exception):
    """Somebody else listens on the port that was asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"Port {port} of {HOST} is in use. Choose another with --port, or 0 for any free one.")


class Server(ThreadingMixIn, TCPServer):
    """Passes requests on, one thread for each connection. The Date of every answer is the simulated time."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, port: int, answer: Callable[[Request], Answer], clock: Clock) -> None:
        """Listen on a port, or on any free one where it is 0.

        Raises:
            PortInUse: the port is taken.
        """
        self.answer, self.clock = answer, clock
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise PortInUse(port) from error

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] - nobody else makes one

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self._body(headers))
        answer = self.server.answer(request)
        if answer.dropped:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.wfile.write(self._head(answer))
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = _serve  # noqa: N815 - http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing is printed."""

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length") or 0))
        chunks: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _head(self, answer: Answer) -> bytes:
        given = [(name, value) for name, value in answer.headers if name.lower() not in _SET_HERE]
        length = str(len(answer.body))
        if self.command == "HEAD":
            # An object's length stands in the header although its body is left out.
            length = next((value for name, value in answer.headers if name.lower() == "content-length"), length)
        own = [
            ("Date", format_datetime(self.server.clock.now(), usegmt=True)),
            ("Server", "SimulatedAWS"),
            ("Content-Length", length),
        ]
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in own + given]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
