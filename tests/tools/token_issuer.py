"""An issuer of tokens, a server that accepts them, and clients that carry them."""

import base64
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import Implementation

from mcp_server.serving import HttpService, http_service
from tests.tools.spending import CLAUDE_CODE, Person, Talk

ISSUER = "https://login.example.com"
AUDIENCE = "https://gpu.example.com/mcp"
PUBLIC_NAME = "gpu.example.com"


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key to sign with."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Issuer:
    """Signs tokens with a key, which it publishes under a name."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    name: str = "key-1"

    def keys(self) -> str:
        """Its JSON Web Key Set."""
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [public | {"kid": self.name, "use": "sig", "alg": "ES256"}]})

    def public_pem(self) -> bytes:
        """Its public key as a file has it."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def token(
        self, subject: str = "alice", key: Any = None, headers: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """A token, good for ten minutes unless claims say otherwise; a claim of None is left out."""
        now = int(time.time())
        said = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 600, **claims}
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(kept, key or self.key, "ES256", headers={"kid": self.name, **(headers or {})})

    def terms(self, **changes: Any) -> dict[str, Any]:
        """The [http] of a policy that lets its subjects in, and their dialogs buy; a None is left out."""
        said = {"url": AUDIENCE, "issuer": ISSUER, "jwks": self.keys(), "dialog": True, **changes}
        return {name: value for name, value in said.items() if value is not None}

    def bad_tokens(self) -> dict[str, str]:
        """Tokens that let nobody in, by what is wrong with them."""
        now = int(time.time())
        by_hand = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now + 600}
        weak = rsa.generate_private_key(65537, 2048)
        return {
            "signed with another key": self.token(key=new_key()),
            "of a key that is not published": Issuer(name="key-2").token(),
            "that brings its own key": self.token(
                key=(own := new_key()),
                headers={"jwk": jwt.algorithms.ECAlgorithm.to_jwk(own.public_key(), as_dict=True)},
            ),
            "signed by an RSA key under an EC key's name": jwt.encode(
                by_hand, weak, "RS256", headers={"kid": self.name}
            ),
            "not signed": _by_hand({"alg": "none", "kid": self.name}, by_hand, b""),
            "not signed, and shouted": _by_hand({"alg": "NONE", "kid": self.name}, by_hand, b""),
            "signed with the public key as a secret": _by_hand(
                {"alg": "HS256", "kid": self.name}, by_hand, self.public_pem()
            ),
            "with the signature cut off": self.token().rpartition(".")[0] + ".",
            "with another subject put in": _with_payload(self.token(), by_hand | {"sub": "bob"}),
            "expired": self.token(exp=now - 60),
            "that never expires": self.token(exp=None),
            "not yet valid": self.token(nbf=now + 300),
            "for somebody else": self.token(aud="https://other.example.com/mcp"),
            "for nobody": self.token(aud=None),
            "of another issuer": self.token(iss="https://evil.example.com"),
            "of an issuer that is called almost the same": self.token(iss=f"{ISSUER}/"),
            "of no issuer": self.token(iss=None),
            "without a subject": self.token(sub=None),
            "with an empty subject": self.token(sub=""),
            "with a subject of two words": self.token(sub="alice https://login.example.com bob"),
            "with a subject that is no text": self.token(sub=7),
            "for another purpose": self.token(headers={"typ": "logout+jwt"}),
            "bound to a key that is not shown": self.token(cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
            "with an extension that must be understood": self.token(headers={"crit": ["vip"], "vip": True}),
            "with a list for an algorithm": _by_hand({"alg": ["ES256"], "kid": self.name}, by_hand, b""),
            "that is no token": "not.a.token",
            "of one letter": "x",
        }


class Bearer(httpx2.Auth):
    """Sends a token with each request; it can be changed between two."""

    def __init__(self, token: str | None) -> None:
        self.token = token
        self.answered: list[int] = []
        self.session: str | None = None

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Add the token, and note what was answered."""
        if self.token is not None:
            request.headers["Authorization"] = f"Bearer {self.token}"
        response = yield request
        self.answered.append(response.status_code)
        self.session = response.headers.get("mcp-session-id", self.session)


@contextmanager
def served(host: str = "127.0.0.1") -> Iterator[str]:
    """Serve what the policy of now lets be served, in a thread of this process; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running(http_service(host, port)):
        yield f"http://127.0.0.1:{port}/mcp"


@contextmanager
def running(service: HttpService) -> Iterator[None]:
    """Serve until the end."""
    app = service.server.streamable_http_app(transport_security=service.security, host=service.host)
    server = uvicorn.Server(
        uvicorn.Config(app, service.host, service.port, log_level="error", ws="none", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    yield
    server.should_exit = True
    thread.join(20)


@asynccontextmanager
async def over_http(
    url: str, era: str, bearer: Bearer, person: Person | None = None, client: Implementation = CLAUDE_CODE
) -> AsyncIterator[Talk]:
    """Connect to a server as somebody who carries a token and types the total unless told otherwise."""
    async with (
        httpx2.AsyncClient(auth=bearer, timeout=120, trust_env=False) as http,
        Client(
            streamable_http_client(url, http_client=http),
            mode=era,
            elicitation_callback=person or Person(),
            client_info=client,
        ) as connection,
    ):
        yield Talk(connection)


def _part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """A token as somebody makes it whom no library stops; with a secret, signed with HMAC."""
    signed = f"{_part(header)}.{_part(claims)}"
    if not secret:
        return f"{signed}."
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{signed}.{_part(hmac.sign(signed.encode(), secret))}"


def _with_payload(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{_part(claims)}.{signature}"
