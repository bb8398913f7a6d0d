"""Bearer tokens: who asks over HTTP, as the issuer that the spending policy names has signed it."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import anyio
import anyio.to_thread
import jwt
from jwt import PyJWK, PyJWKClient, PyJWKSet
from mcp.server.auth.provider import AccessToken

from mcp_server.capacity.words import clean
from mcp_server.purchasing.http_terms import HttpTerms, subject_name
from mcp_server.purchasing.policy import Policy, PolicyRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those whose keys only the issuer has (RFC 8725, 3.1 and 3.2): neither "none" nor a secret shared with a verifier."""

LEEWAY = 30
"""Seconds by which the issuer's clock may differ from ours."""

_TYPES = {"JWT", "AT+JWT", "APPLICATION/AT+JWT"}
"""What an access token may call itself; an issuer signs other things with the same keys (RFC 8725, 3.11)."""

_LIFESPAN = 300.0
_PAUSE = 5.0
_PATIENCE = 5.0
_THREADS = 8

logger = logging.getLogger(__name__)


class TokenRefused(Exception):
    """A token lets nobody in. The text says why, for the server's log; whoever sent it is not told."""


class Keys(Protocol):
    """The public keys of an issuer."""

    def find(self, name: str | None) -> Sequence[PyJWK]:
        """Those that a token may mean, which names one by its kid or, with None, any.

        Raises:
            TokenRefused: They cannot be had.
        """
        ...


class WrittenKeys:
    """Keys that stand in the policy, as a JSON Web Key Set."""

    def __init__(self, text: str) -> None:
        self._keys = _usable(PyJWKSet.from_json(text).keys)

    def find(self, name: str | None) -> Sequence[PyJWK]:
        """Those of this name; one without a name may be any."""
        return [each for each in self._keys if name is None or each.key_id in (None, name)]


class PublishedKeys:
    """Keys that an issuer publishes at an address, read when first needed and again after five minutes.

    A name that is not known is looked for at once, since keys rotate; but whatever tokens say, the issuer is asked
    once in five seconds at most. While it does not answer, keys that were read in the last five minutes stay good.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = PyJWKClient(address, timeout=_PATIENCE, cache_jwk_set=False)
        self._lock = threading.Lock()
        self._keys: tuple[PyJWK, ...] = ()
        self._read = self._asked = float("-inf")

    def find(self, name: str | None) -> Sequence[PyJWK]:
        """Those of this name.

        Raises:
            TokenRefused: The issuer did not answer.
        """
        # Whoever is known does not wait for a stranger's key to be looked for.
        found = self._known(name)
        if found:
            return found
        with self._lock:
            return self._known(name) or self._asked_for(name)

    def _known(self, name: str | None) -> list[PyJWK]:
        if time.monotonic() - self._read >= _LIFESPAN:
            return []
        return [each for each in self._keys if name in (None, each.key_id)]

    def _asked_for(self, name: str | None) -> list[PyJWK]:
        if time.monotonic() - self._asked < _PAUSE:
            return []
        try:
            self._keys = _usable(self._client.get_signing_keys(refresh=True))
        except (jwt.PyJWTError, OSError, ValueError) as failure:
            raise TokenRefused(f"the issuer's keys at {self._address} could not be read: {failure}") from failure
        finally:
            # The pause begins when the issuer has answered, or has not: a slow one is not asked without end.
            self._asked = time.monotonic()
        self._read = self._asked
        return self._known(name)


class SubjectVerifier:
    """Lets in whom the policy's [http] lets in. The policy is read again for each token."""

    def __init__(self, policy: Callable[[], Policy], terms: HttpTerms) -> None:
        self._policy, self._terms = policy, terms
        self._keys: Keys = WrittenKeys(terms.jwks) if terms.jwks else PublishedKeys(str(terms.jwks_url))
        # Threads of their own: an issuer that is slow does not hold up the tools.
        self._threads = anyio.CapacityLimiter(_THREADS)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Who a token stands for; None if nobody, for whatever reason."""
        try:
            return await anyio.to_thread.run_sync(self._verified, token, limiter=self._threads)
        except (TokenRefused, PolicyRefused, jwt.PyJWTError) as refusal:
            logger.warning("A token was refused: %s", clean(str(refusal)))
            return None

    def _verified(self, token: str) -> AccessToken:
        policy = self._policy()
        if policy.http != self._terms:
            raise TokenRefused(f"[http] of {policy.file} was changed since this server began; start it again.")
        claims = self._claims(token)
        subject = subject_name(claims["sub"])
        if subject is None:
            raise TokenRefused("its sub is not one printable word")
        if "cnf" in claims:
            # Only with a proof is it good (RFC 7800), which nobody here looks at: without, it may be stolen.
            raise TokenRefused("it is bound to a key of its holder (cnf)")
        return AccessToken(
            token=token,
            client_id=str(claims.get("client_id") or claims.get("azp") or ""),
            scopes=_scopes(claims),
            expires_at=int(claims["exp"]) + LEEWAY,
            resource=self._terms.intended_for,
            subject=subject,
            claims={"iss": self._terms.issuer},
        )

    def _claims(self, token: str) -> Mapping[str, Any]:
        """What a token says, once its signature is the issuer's, it is meant for this server, and its time is now."""
        header = jwt.get_unverified_header(token)
        algorithm, kind, name = header.get("alg"), header.get("typ"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise TokenRefused(f"its algorithm is {algorithm}")
        if kind is not None and str(kind).upper() not in _TYPES:
            raise TokenRefused(f"it is no access token but {kind}")
        for key in self._keys.find(name):
            if key.algorithm_name != algorithm:
                continue
            try:
                return jwt.decode(
                    token,
                    key,
                    # The key's, not the token's word for it.
                    algorithms=[key.algorithm_name],
                    audience=self._terms.intended_for,
                    issuer=self._terms.issuer,
                    leeway=LEEWAY,
                    options={"require": ["exp", "iss", "aud", "sub"], "enforce_minimum_key_length": True},
                )
            except jwt.InvalidSignatureError:
                continue
        raise TokenRefused("no key of the issuer's made its signature")


def _usable(keys: Sequence[PyJWK]) -> tuple[PyJWK, ...]:
    """Those that sign tokens, with an algorithm that is accepted."""
    return tuple(each for each in keys if each.public_key_use in (None, "sig") and each.algorithm_name in ALGORITHMS)


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    """The scopes of a token: in "scope", or as some issuers write them in "scp"; one text, or a list."""
    said = claims.get("scope", claims.get("scp", ""))
    if isinstance(said, str):
        return said.split()
    return [str(each) for each in cast("list[object]", said)] if isinstance(said, list) else []
