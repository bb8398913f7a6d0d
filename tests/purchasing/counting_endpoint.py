"""An endpoint where AWS should be: it counts the requests that spend, and fails in the ways in which networks do."""

import contextlib
import json
import socket
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from enum import Enum
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.tags import PURCHASE_TAG
from mcp_server.sandbox.accounts import ACCESS_KEY_ID

SPENDS: Mapping[DealKind, str] = {
    DealKind.BLOCK: "PurchaseCapacityBlock",
    DealKind.EXTENSION: "PurchaseCapacityBlockExtension",
    DealKind.PLAN: "CreateTrainingPlan",
    DealKind.PLAN_EXTENSION: "ExtendTrainingPlan",
}
"""The operation that spends, by what it buys."""

SPENDING = frozenset(SPENDS.values())

_PATIENCE = 120.0
_XML = "text/xml;charset=UTF-8"
_JSON = "application/x-amz-json-1.1"
_ERROR = "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"
_PER_HOP = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive"})


class Answering(Enum):
    """What the client hears, whatever AWS said."""

    AS_IT_IS = "as it is"
    DROPPED = "dropped"
    CUT = "cut in the middle"
    AGAIN = "sent again by a proxy"
    UNAVAILABLE = "503"
    BAD_GATEWAY = "502 of a proxy"
    THROTTLED = "throttled"
    GARBAGE = "200 with garbage"
    SERVER_ERROR = "500"


_OF_ANYBODY: Mapping[Answering, tuple[int, str, str]] = {
    Answering.BAD_GATEWAY: (502, "text/html", "<html><body>Bad gateway</body></html>"),
    Answering.GARBAGE: (200, "text/html", "<html><body>It works!</body></html>"),
}
_OF_EC2: Mapping[Answering, tuple[int, str, str]] = {
    Answering.UNAVAILABLE: (503, "Unavailable", "The service is unavailable."),
    Answering.THROTTLED: (503, "RequestLimitExceeded", "Request limit exceeded."),
    Answering.SERVER_ERROR: (500, "InternalError", "An internal error has occurred"),
}
_OF_SAGEMAKER: Mapping[Answering, tuple[int, str, str]] = {
    Answering.UNAVAILABLE: (503, "ServiceUnavailable", "The service is unavailable."),
    Answering.THROTTLED: (400, "ThrottlingException", "Rate exceeded"),
    Answering.SERVER_ERROR: (500, "InternalFailure", "An internal error has occurred"),
}
"""Status, code and message, as each service words them."""


@dataclass(frozen=True, slots=True)
class Spending:
    """A request that spends, as it arrived. what is the offering's id; purchase the purchase id where it is tagged.

    name is that of a training plan.
    """

    operation: str
    what: str
    purchase: str
    name: str = ""


@dataclass(slots=True)
class Trap:
    """What happens to the next request of an operation: of anybody, or only of a role's session (by_role).

    skips is how many go by before it; acts is whether AWS ever gets it. arrived and acted are set when it is there, and
    when AWS has answered. A trap that holds before or after AWS acts does so until it is released; each release ends
    one wait.
    """

    operation: str
    answering: Answering = Answering.AS_IT_IS
    acts: bool = True
    dry_run: bool = False
    by_role: bool = False
    skips: int = 0
    hold_before: bool = False
    hold_after: bool = False
    arrived: threading.Event = field(default_factory=threading.Event)
    acted: threading.Event = field(default_factory=threading.Event)
    _releases: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def release(self, times: int = 1) -> None:
        """Let it go on."""
        self._releases.release(times)

    def hold(self, *, here: bool) -> None:
        """Wait for a release, if it is held here."""
        if here and not self._releases.acquire(timeout=_PATIENCE):
            raise TimeoutError(f"{self.operation} was held and never released")

    def waits_for(self, arrived: "Arrived") -> bool:
        """Whether this is the request."""
        same = (self.operation, self.dry_run) == (arrived.operation, arrived.dry_run)
        return same and (arrived.by_role or not self.by_role)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request, as far as it matters here. by_role is whether a role's session signed it.

    form is what EC2 is asked, message what a service that speaks JSON is.
    """

    operation: str
    dry_run: bool
    by_role: bool
    form: Mapping[str, list[str]]
    message: Mapping[str, Any] | None


class CountingEndpoint:
    """Serves at url until it is closed, and passes everything on to simulated AWS."""

    def __init__(self, aws: str) -> None:
        self.aws = urlsplit(aws)
        self.spending: list[Spending] = []
        self._set: list[Trap] = []
        self._waiting: list[Trap] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._serve()

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def set(self, trap: Trap) -> Trap:
        """Wait for the next request that a trap is for."""
        with self._lock:
            self._set.append(trap)
            self._waiting.append(trap)
        return trap

    def clear(self) -> None:
        """Let everything go on, and meet nothing any more."""
        with self._lock:
            traps = self._set
            self._set, self._waiting = [], []
        for trap in traps:
            trap.release(times=2)

    @contextlib.contextmanager
    def refusing(self) -> Generator[None]:
        """Accept no connection meanwhile; requests that are being served are served to their end."""
        self._server.shutdown()
        self._server.socket.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            self._server.socket.listen(_Server.request_queue_size)
            self._serve()

    def close(self) -> None:
        """Let everything go on and serve no more."""
        self.clear()
        self._server.shutdown()
        self._server.server_close()

    def meets(self, arrived: Arrived) -> Trap | None:
        """Count a request if it spends, and find the trap that waited for it."""
        with self._lock:
            if arrived.operation in SPENDING and not arrived.dry_run:
                self.spending.append(_spending(arrived))
            trap = next((each for each in self._waiting if each.waits_for(arrived)), None)
            if trap and trap.skips:
                trap.skips -= 1
                return None
            if trap:
                self._waiting.remove(trap)
        return trap

    def _serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, endpoint: CountingEndpoint) -> None:
        self.endpoint = endpoint
        with socket.socket() as chosen:
            chosen.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            chosen.bind(("127.0.0.1", 0))
            # A socket that asked for a port by its number keeps it when it stops listening.
            super().__init__(chosen.getsockname(), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - nobody else makes one

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        arrived = _arrived(self.headers, body)
        trap = self.server.endpoint.meets(arrived) or Trap("")
        trap.arrived.set()
        trap.hold(here=trap.hold_before)
        answer = self._ask_aws(body) if trap.acts else None
        if trap.answering is Answering.AGAIN:
            answer = self._ask_aws(body)
        trap.acted.set()
        trap.hold(here=trap.hold_after)
        answer = _instead(trap.answering, arrived) or answer
        # A client that was killed while it waited hears nothing.
        with contextlib.suppress(OSError):
            self._answer(None if trap.answering is Answering.DROPPED else answer, cut=trap.answering is Answering.CUT)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _pass  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing."""

    def _ask_aws(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes] | None:
        aws = self.server.endpoint.aws
        with contextlib.closing(HTTPConnection(aws.hostname or "", aws.port, timeout=_PATIENCE)) as connection:
            try:
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            except (HTTPException, OSError):
                return None

    def _answer(self, answer: tuple[int, list[tuple[str, str]], bytes] | None, *, cut: bool) -> None:
        # Every request has a connection of its own, so that refusing connections refuses requests.
        self.close_connection = True
        if answer is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, headers, body = answer
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _PER_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)


def _arrived(headers: Message, body: bytes) -> Arrived:
    target = headers.get("X-Amz-Target")
    form = {} if target else parse_qs(body.decode("latin-1"))
    operation = target.rpartition(".")[2] if target else form.get("Action", [""])[0]
    by_role = f"Credential={ACCESS_KEY_ID}/" not in headers.get("Authorization", "")
    dry_run = form.get("DryRun", [""])[0].lower() == "true"
    return Arrived(operation, dry_run, by_role, form, json.loads(body) if target else None)


def _instead(answering: Answering, arrived: Arrived) -> tuple[int, list[tuple[str, str]], bytes] | None:
    """What is answered in place of AWS's own words, in the words of its protocol; None where those are passed on."""
    if answering in _OF_ANYBODY:
        status, kind, text = _OF_ANYBODY[answering]
    elif answering not in _OF_EC2:
        return None
    elif arrived.message is None:
        status, code, words = _OF_EC2[answering]
        kind, text = _XML, _ERROR.format(code, words)
    else:
        status, code, words = _OF_SAGEMAKER[answering]
        kind, text = _JSON, json.dumps({"__type": code, "message": words})
    return status, [("Content-Type", kind)], text.encode()


def _spending(arrived: Arrived) -> Spending:
    if arrived.message is not None:
        return _spending_of_plan(arrived.operation, arrived.message)
    form = arrived.form
    what = form.get("CapacityBlockOfferingId") or form.get("CapacityBlockExtensionOfferingId") or [""]
    keys = {value[0]: name.removesuffix("Key") for name, value in form.items() if name.endswith(".Key")}
    tag = form.get(f"{keys.get(PURCHASE_TAG, '-')}Value", [""])
    return Spending(arrived.operation, what[0], tag[0])


def _spending_of_plan(operation: str, message: Mapping[str, Any]) -> Spending:
    what = message.get("TrainingPlanOfferingId") or message.get("TrainingPlanExtensionOfferingId") or ""
    tags = {each["Key"]: each["Value"] for each in message.get("Tags", ())}
    return Spending(operation, what, tags.get(PURCHASE_TAG, ""), message.get("TrainingPlanName", ""))
