"""Worlds in which there are clusters."""

import pytest

from mcp_server.sandbox.control import OwnedView, SandboxControl
from tests.clusters.reading import ACCOUNTS


@pytest.fixture(autouse=True)
def new_world() -> None:
    """A world knows no credentials of the one before it."""
    ACCOUNTS.cache_clear()


@pytest.fixture
def owned(sandbox: SandboxControl, aws_env: str) -> OwnedView:
    """The scene in which capacity is owned, and things are wrong."""
    return sandbox.put_clusters()
