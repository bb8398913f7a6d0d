"""Who asks, as far as the transport tells: over HTTP the subject of the request's own token."""

from collections.abc import Callable, Iterable

from mcp.server.auth.middleware.auth_context import get_access_token

from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.requesters import subject

Asking = Callable[[], str | None]
"""Tells within a request who asks: a token's subject, or None where the transport names nobody."""


def nobody_named() -> None:
    """Of standard input and output: whoever started the server, by their AWS credentials."""


def verified_subject() -> str:
    """The subject of the token that came with this very request.

    Raises:
        SpendingRefused: There is none, which must not be taken for somebody at standard input.
    """
    token = get_access_token()
    issuer = (token.claims or {}).get("iss") if token else None
    if token is None or not token.subject or not issuer:
        raise SpendingRefused(Rule.REQUESTER, "The request names nobody: it came without a token that was verified.")
    return subject(str(issuer), token.subject)


def theirs(purchases: Iterable[Purchase], asking: str | None) -> list[Purchase]:
    """Those purchases whose outcome is for whoever asks: of a token's subject its own, else all."""
    return [each for each in purchases if asking in (None, each.requester)]
