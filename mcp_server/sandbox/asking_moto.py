"""A request to moto and its answer, across WSGI."""

import logging
from io import BytesIO

from mcp_server.sandbox.messages import Answer, Request
from mcp_server.sandbox.moto_stage import Dispatcher

_log = logging.getLogger(__name__)


def ask_moto(dispatcher: Dispatcher, request: Request) -> Answer:
    """What moto answers.

    Raises:
        NotImplementedError: It has no such path.
    """
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        started.append((status, headers))

    environ = request.environ() | {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    body = b"".join(dispatcher(environ, start_response))
    status, headers = started[-1]
    # Paths that no service of moto has are answered by its web framework.
    if body.startswith(b"<!doctype html>") and status.startswith("404"):
        raise NotImplementedError(request.path)
    return Answer(int(status.split(" ", 1)[0]), tuple(headers), body)


class _Errors:
    """Where WSGI applications complain."""

    def write(self, text: str) -> int:
        _log.warning("%s", text)
        return len(text)

    def flush(self) -> None:
        pass
