"""What every test may use: simulated AWS, one process for each test worker."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.process import apply, join

# How long an example takes says more about the machine than about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where this worker's sandbox is; it is started for the first test that needs one."""
    with join(tmp_path_factory.mktemp("sandbox"), grace=1) as running:
        yield running.url


@pytest.fixture
def sandbox(sandbox_url: str) -> SandboxControl:
    """Simulated AWS in the state of a fresh start, and whoever plays it."""
    control = SandboxControl(sandbox_url)
    control.reset()
    return control


@pytest.fixture
def aws_env(sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Points this process, and those it starts, at the sandbox and at nobody's real credentials. Returns its URL."""
    home = tmp_path_factory.mktemp("home")
    environ: dict[str, str] = {}
    apply(sandbox.url, environ)
    environ |= {"HOME": str(home)} | {
        f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")
    }
    # Where policy and ledger are no other variable can move: not into the ledger of whoever runs the tests.
    environ["ML_CLUSTERS_SIMULATION"] = str(home / "simulation")
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return sandbox.url
