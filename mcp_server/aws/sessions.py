"""Sessions and settings of boto3, which is imported here and in calls.py alone, and only when first used.

It takes a fifth of a second to import, which the server's start must not pay.
"""

from types import SimpleNamespace
from typing import Any


def open_session(profile: str | None, role: str | None) -> Any:
    """A boto3 session of a profile (None: the ambient credentials), or of a role assumed from it.

    A role's credentials are fetched on first use and renewed as they run out.
    """
    import boto3  # noqa: PLC0415
    import botocore.session  # noqa: PLC0415
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials  # noqa: PLC0415
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415

    base: Any = boto3.Session(profile_name=profile)
    if role is None:
        return base

    def assume() -> Any:
        source = base.get_credentials()
        if source is None:
            raise NoCredentialsError
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=base.client,
            source_credentials=source,
            role_arn=role,
            extra_args={"RoleSessionName": "ml-clusters"},
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")

    session: Any = botocore.session.get_session()
    session.register_component("credential_provider", SimpleNamespace(load_credentials=assume))
    session.set_config_variable("region", base.region_name)
    return boto3.Session(botocore_session=session)


def reading_config() -> Any:
    """How clients that only read behave: patient for seconds, a few attempts, known by our name."""
    from botocore.config import Config  # noqa: PLC0415

    return Config(
        connect_timeout=5,
        read_timeout=20,
        # Many threads share a client.
        max_pool_connections=64,
        retries={"mode": "standard", "total_max_attempts": 3},
        user_agent_extra="ml-clusters",
    )


def known_regions() -> frozenset[str]:
    """Every region botocore knows, in every partition; read from its own data, nothing is asked of AWS."""
    import botocore.session  # noqa: PLC0415

    session: Any = botocore.session.get_session()
    partitions: list[str] = session.get_available_partitions()
    regions: list[str] = [name for each in partitions for name in session.get_available_regions("ec2", each)]
    return frozenset(regions)
