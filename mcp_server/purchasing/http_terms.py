"""What a policy says of those who ask over HTTP: whose tokens let them in, and what they may do then."""

import json
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Annotated, Any, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

_LONGEST_NAME = 255
_ARN = "arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(user|role|assumed-role|federated-user)/[A-Za-z0-9_+=,.@/-]{1,512}"
_HOST = r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,39}\])(:[0-9]{1,5})?"
_KINDS = ("RSA", "EC", "OKP")


def is_loopback(host: str) -> bool:
    """Whether a name or an address, without a port, is this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def subject_name(name: object) -> str | None:
    """A token's sub where it is a name that people and tags can show: one printable word; else None."""
    return name if isinstance(name, str) and re.fullmatch(f"[!-~]{{1,{_LONGEST_NAME}}}", name) else None


def _address(text: str) -> str:
    if not re.fullmatch("[!-~]{1,512}", text):
        raise ValueError("an address is one word of at most 512 characters")
    parts = urlsplit(text)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not secure or not parts.hostname:
        raise ValueError("an address begins with https:// (http:// only on this machine)")
    if parts.query or parts.fragment or parts.username is not None or not re.fullmatch(_HOST, parts.netloc):
        raise ValueError("an address has a host in small letters, and neither user, query nor fragment")
    return text


def _key_set(text: str) -> str:
    try:
        keys: Any = json.loads(text)["keys"]
        shapes = [(each["kty"], set(each)) for each in keys]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError('it is no JSON Web Key Set: {"keys": [{"kty": …}, …]}') from None
    if not shapes:
        raise ValueError("it has no key")
    # Whoever reads the policy could sign with it, and a shared secret is no proof of who signed.
    if any(kind not in _KINDS or members & {"d", "k", "p", "q"} for kind, members in shapes):
        raise ValueError("only public keys belong there: of RSA, elliptic curves or Ed25519")
    return text


def _matching(pattern: str, means: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text[:80]!r} is not {means}")
        return text

    return check


def _named(principals: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    for name, arns in principals.items():
        if subject_name(name) is None or not arns:
            raise ValueError(f"{name[:80]!r} is not a subject's name with at least one ARN")
    return principals


_Address = Annotated[str, AfterValidator(_address)]
_Word = Annotated[str, AfterValidator(_matching("[!-~]{1,512}", "one word"))]
_Host = Annotated[
    str, AfterValidator(_matching(_HOST, "a host as clients name it, as gpu.example.com or 10.0.0.5:8765"))
]
_Principal = Annotated[str, AfterValidator(_matching(_ARN, "the ARN of a user or a role, as arn:aws:iam::…:user/jo"))]


class HttpTerms(BaseModel):
    """The [http] of a policy: tokens of one issuer, for one audience, signed with its keys, let their subjects in.

    url is where clients find the server, and the audience unless that is said. The keys are those at jwks_url, or
    jwks itself. hosts are further names by which clients reach it. dialog says that approval "client" holds over HTTP
    too. principals says who a subject is in AWS, for approval by a second person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: _Address
    issuer: _Address
    audience: _Word | None = None
    jwks_url: _Address | None = None
    jwks: Annotated[str | None, AfterValidator(lambda text: text and _key_set(text))] = None
    required_scopes: tuple[_Word, ...] = ()
    hosts: tuple[_Host, ...] = ()
    dialog: StrictBool = False
    principals: Annotated[Mapping[str, tuple[_Principal, ...]], AfterValidator(_named)] = Field(
        default_factory=dict[str, tuple[str, ...]]
    )

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if (self.jwks_url is None) == (self.jwks is None):
            raise ValueError("the issuer's keys are either at jwks_url or in jwks")
        return self

    @property
    def intended_for(self) -> str:
        """The audience that a token must name."""
        return self.audience or self.url

    @property
    def public(self) -> SplitResult:
        """The parts of url."""
        return urlsplit(self.url)

    @property
    def names(self) -> tuple[str, ...]:
        """The Host headers of those who come by url, or by a further name."""
        return (self.public.netloc, *self.hosts)
