"""Serving MCP over streamable HTTP: where to listen, who is let in, and what they are offered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jwt import PyJWTError
from mcp.server import MCPServer
from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings

from mcp_server.app import Tokens, build_server
from mcp_server.opening import policy_reader
from mcp_server.purchasing.http_terms import HttpTerms, is_loopback
from mcp_server.purchasing.places import NoHome
from mcp_server.purchasing.policy import Policy, PolicyRefused
from mcp_server.tokens import SubjectVerifier

_PATH = "/mcp"


class ServingRefused(Exception):
    """Nothing is served. The text says why, and what to write so that it can be."""

    def __init__(self, why: str, then: str) -> None:
        self.why, self.then = why, then
        super().__init__(f"{why} Nothing is served. {then}")


@dataclass(frozen=True, slots=True)
class HttpService:
    """A server and the address that it is to have. said are the lines to print for whoever starts it."""

    server: MCPServer[Any]
    host: str
    port: int
    security: TransportSecuritySettings
    said: tuple[str, ...]

    def run(self) -> None:
        """Serve until ended."""
        self.server.run("streamable-http", host=self.host, port=self.port, transport_security=self.security)


def http_service(host: str, port: int) -> HttpService:
    """What to serve at an address.

    With an [http] in the spending policy, everything, to those whose tokens it accepts; without one, the searches, to
    this machine alone.

    Raises:
        ServingRefused: It must not be served there.
        SettingsRefused: The settings cannot be used.
        PolicyRefused: There is a policy, and it cannot be used.
    """
    policy, read = _policy()
    terms = policy.http if policy else None
    if policy is None or terms is None:
        if not is_loopback(host):
            named = f"{policy.file} has no [http]" if policy else "there is no spending policy"
            raise ServingRefused(
                f"Others can reach {host}, and {named} that says whose tokens let them in.",
                "Leave --host out, or write url, issuer and jwks_url under [http]; `ml-clusters policy init` begins a "
                "policy, and explains them.",
            )
        said = (f"MCP at {_url(host, port)} (Ctrl-C ends it)", "Without tokens: the searches alone, for this machine.")
        return HttpService(build_server(purchases=False), host, port, _security(host, port, None), said)
    if not is_loopback(host) and all(is_loopback(_without_port(each)) for each in terms.names):
        raise ServingRefused(
            f"Others can reach {host}, and {policy.file} allows no name but those of this machine.",
            'Write under [http] what they call it: url = "https://NAME/mcp", or hosts = ["NAME:PORT"].',
        )
    tokens = Tokens(_verifier(policy, terms, read), _auth(terms))
    said = (
        f"MCP at {_url(host, port)} (Ctrl-C ends it), for clients at {terms.url}",
        f"Tokens of {terms.issuer} let in whoever they name ({policy.file}).",
        *([] if is_loopback(host) else [_UNENCRYPTED]),
    )
    return HttpService(build_server(tokens=tokens), host, port, _security(host, port, terms), said)


_UNENCRYPTED = (
    "WARNING: this speaks plain HTTP. Whoever sees the network sees the tokens, and can use them: let nothing reach it "
    "but a proxy that ends TLS."
)


def _policy() -> tuple[Policy | None, Callable[[], Policy]]:
    """The policy, None where there is none; and what reads it again."""
    try:
        read = policy_reader()
    except NoHome as refusal:
        raise ServingRefused(str(refusal), "Serve it as a user who has a home.") from refusal
    try:
        return read(), read
    except PolicyRefused as refusal:
        # One that cannot be read may ask for tokens: only where there is none it certainly does not.
        if refusal.rule != "missing":
            raise
        return None, read


def _verifier(policy: Policy, terms: HttpTerms, read: Callable[[], Policy]) -> SubjectVerifier:
    try:
        return SubjectVerifier(read, terms)
    except PyJWTError as problem:
        raise ServingRefused(f"No key in http.jwks of {policy.file} can be used: {problem}.", "Mend it.") from problem


def _auth(terms: HttpTerms) -> AuthSettings:
    return AuthSettings.model_validate(
        {
            "issuer_url": terms.issuer,
            "resource_server_url": terms.url,
            "required_scopes": list(terms.required_scopes) or None,
            # The verifier has done it, and an issuer may name this server otherwise than by its address.
            "validate_token_resource": False,
        }
    )


def _security(host: str, port: int, terms: HttpTerms | None) -> TransportSecuritySettings:
    """Which Host and Origin a request may carry: a web page elsewhere has neither."""
    ours = dict.fromkeys(("127.0.0.1", "localhost", "[::1]", _in_address(host)))
    local = [f"{name}:{port}" for name in ours] if is_loopback(host) else []
    origins = [f"http://{each}" for each in local]
    if terms:
        origins += [f"{terms.public.scheme}://{terms.public.netloc}", *(f"https://{each}" for each in terms.hosts)]
    return TransportSecuritySettings(allowed_hosts=[*local, *(terms.names if terms else ())], allowed_origins=origins)


def _url(host: str, port: int) -> str:
    return f"http://{_in_address(host)}:{port}{_PATH}"


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _without_port(name: str) -> str:
    return name if name.endswith("]") else name.rsplit(":", 1)[0]
