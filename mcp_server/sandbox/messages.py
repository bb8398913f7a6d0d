"""Requests and answers as they cross the wire."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

_KEPT_HEADERS = ("content-type", "host", "user-agent", "content-encoding")


@dataclass(frozen=True, slots=True)
class Request:
    """A request; header names are in lower case. target is path and query as they arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path as it arrived, percent-encoded."""
        return self.target.split("?", 1)[0]

    @property
    def query(self) -> str:
        """The query as it arrived."""
        return self.target.partition("?")[2]

    def environ(self) -> dict[str, Any]:
        """The request for a WSGI application, without wsgi.input and its neighbours."""
        host, _, port = self.headers.get("host", "127.0.0.1:80").partition(":")
        environ = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(self.path, "latin-1"),
            "QUERY_STRING": self.query,
            "RAW_URI": self.target,
            "REQUEST_URI": self.target,
            "SERVER_NAME": host,
            "SERVER_PORT": port or "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(self.body)),
            "CONTENT_TYPE": self.headers.get("content-type", ""),
        }
        return environ | {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in self.headers.items()
            if name not in {"content-type", "content-length", "transfer-encoding"}
        }

    def as_json(self) -> dict[str, Any]:
        """What a replay needs, without signatures and session tokens."""
        headers = {
            name: value for name, value in self.headers.items() if name in _KEPT_HEADERS or name.startswith("x-amz-")
        }
        headers.pop("x-amz-security-token", None)
        if "authorization" in self.headers:
            headers["authorization"] = self.headers["authorization"].split(", Signature=")[0]
        try:
            body = {"body": self.body.decode()}
        except UnicodeDecodeError:
            body = {"body64": b64encode(self.body).decode()}
        return {"method": self.method, "target": self.target, "headers": headers} | body

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Request":
        """What as_json gave."""
        body = b64decode(data["body64"]) if "body64" in data else data["body"].encode()
        return cls(data["method"], data["target"], data["headers"], body)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request's service (botocore's name), operation, region and key. changes is False only for what reads.

    tags says whether it tags what it makes.
    """

    service: str
    operation: str
    region: str
    access_key: str
    dry_run: bool
    changes: bool
    tags: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; dropped means that the connection ends without one."""

    status: int = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    dropped: bool = False


DROPPED = Answer(dropped=True)
