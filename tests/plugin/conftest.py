"""A machine for the launcher, and clients of it."""

import pytest

from tests.plugin.launcher_world import PackageIndex, World
from tests.plugin.line_client import Era, LineClient


@pytest.fixture
def index():
    """A package index that this test alone uses."""
    served = PackageIndex()
    yield served
    served.close()


@pytest.fixture
def world(tmp_path, index):
    """A machine with an empty cache and no Python at all."""
    return World(tmp_path, index)


@pytest.fixture
def with_uv(world):
    """A machine with a Python and uv: the quickest way to an environment."""
    world.add_python()
    world.add_uv()
    return world


@pytest.fixture
def start():
    """Starts the server of a world for a client; whatever still runs at the end is ended."""
    clients = []

    def begin(world: World, era: Era = Era.MODERN, **more: str) -> LineClient:
        command = [str(world.tree / "bin" / "ml-clusters-mcp")]
        clients.append(LineClient(command, world.environ(**more), world.project, era))
        return clients[-1]

    yield begin
    for client in clients:
        client.close()
