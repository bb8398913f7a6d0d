"""The picture of the status page in docs/clusters.md: `python -m tests.render.cluster_page_shot` takes it anew."""

import os
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.cli.simulation import own_variables
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.process import apply, join
from tests.render.browser import browser, opened

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "clusters.png"
SIZE = {"width": 1280, "height": 900}
_MORNING = datetime(2026, 11, 30, 9, tzinfo=UTC)


def put_scene(sandbox: SandboxControl) -> None:
    """Let it be the same morning every time, with the scene in which things are wrong."""
    sandbox.set_clock(_MORNING)
    sandbox.put_clusters()


def write_page(folder: Path) -> Path:
    """The page of what there is, as a person has it written."""
    page = folder / "clusters.html"
    done = CliRunner().invoke(app, ["status", "--html", str(page)], env={"CLAUDE_PROJECT_DIR": str(ROOT)})
    assert done.exit_code == 0, done.stderr
    return page


def main() -> None:
    """Take the picture, of simulated AWS that is gone afterwards."""
    assert browser(), "no Chromium: `make browser` unpacks one, where Node is"
    for name in [each for each in os.environ if each.startswith(("AWS_", "ML_CLUSTERS_"))]:
        del os.environ[name]
    with TemporaryDirectory() as folder, join(Path(folder) / "world", grace=1) as running:
        variables: dict[str, str] = {}
        apply(running.url, variables)
        os.environ |= variables | own_variables(Path(folder))
        put_scene(SandboxControl(running.url))
        opened(write_page(Path(folder)), PICTURE, **SIZE, whole=False)


if __name__ == "__main__":
    main()
