"""Which environment variables point an AWS client at simulated AWS, and which would lead it astray."""

import os
from collections.abc import MutableMapping
from typing import Final

from mcp_server.sandbox.accounts import ACCESS_KEY_ID, SECRET_ACCESS_KEY

AMBIENT: Final[tuple[str, ...]] = (
    "AWS_ACCOUNT_ID",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_LOGIN_CACHE_DIRECTORY",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SDK_LOAD_CONFIG",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "BOTO_CONFIG",
    "MOTO_ACCOUNT_ID",
)
"""Variables that would mix real credentials or endpoints in, besides those of AMBIENT_PREFIXES."""

AMBIENT_PREFIXES: Final[tuple[str, ...]] = ("AWS_CONTAINER_", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY", "AWS_SECRET_")


def environment(url: str) -> dict[str, str]:
    """What points any AWS client at the sandbox at a URL, with dummy credentials of the main account."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def strip(environ: MutableMapping[str, str]) -> None:
    """Take out every ambient credential, profile and endpoint, and the files they could come from."""
    for name in [each for each in environ if each in AMBIENT or each.startswith(AMBIENT_PREFIXES)]:
        del environ[name]
    environ["AWS_CONFIG_FILE"] = environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def apply(url: str, environ: MutableMapping[str, str]) -> None:
    """Point a process with this environment at the sandbox at a URL and at nothing else."""
    strip(environ)
    environ.update(environment(url))
    for name in ("NO_PROXY", "no_proxy"):
        environ[name] = ",".join(filter(None, (environ.get(name), "127.0.0.1")))
