"""The part of the demo that puts what was bought into a cluster: in a scratch clone of this repository."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from mcp_server.monorepo.plans.summary import Summary, from_json, is_summary
from mcp_server.render.pull_requests import Planned, pull_request_body, pull_request_title
from mcp_server.settings import load_settings
from mcp_server.wiring.clones import CloneRefused, make_scratch, repository_of
from mcp_server.wiring.keeping import Wiring, apply, kept

UNIT = "main-account/us-east-1/eks-training"
_KEPT_PLAN = "recorded_plan.json"
_SECONDS = 60
"""In all for a plan: what a first one downloads is for another day."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The scratch clone, or why there is none."""

    clone: Path | None
    why_not: str = ""


@contextmanager
def scratch_project() -> Generator[Ground]:
    """A scratch clone of the repository that this program is from, which is the project until the end."""
    repository = repository_of(Path(__file__).parent)
    if repository is None or not (repository / "live").is_dir():
        yield Ground(None, "this program was not started from a clone of its repository, so that there is no live tree")
        return
    before = os.environ.get("CLAUDE_PROJECT_DIR")
    with tempfile.TemporaryDirectory(prefix="ml-clusters-scratch-") as folder:
        try:
            clone = make_scratch(repository, Path(folder) / "clone")
        except CloneRefused as refused:
            yield Ground(None, refused.why)
            return
        os.environ["CLAUDE_PROJECT_DIR"] = str(clone)
        try:
            yield Ground(clone)
        finally:
            os.environ.pop("CLAUDE_PROJECT_DIR")
            if before is not None:
                os.environ["CLAUDE_PROJECT_DIR"] = before


def written(wiring_id: str) -> Wiring:
    """Apply a kept edit, as `ml-clusters wire --apply` does."""
    wiring = kept(wiring_id, load_settings().state_directory)
    apply(wiring)
    return wiring


def planned(clone: Path) -> tuple[Planned, str]:
    """The plan of the unit; the recorded one where none can be run, with the reason."""
    missing = [each for each in ("terraform", "terragrunt") if not shutil.which(each)]
    if missing:
        return Planned(_recorded(), recorded=True), f"{' and '.join(missing)} not found"
    output = clone / "plan.json"
    command = [sys.executable, "-c", "from mcp_server.cli import main; main()", "plan", UNIT, "--json", "--output"]
    try:
        subprocess.run([*command, str(output)], cwd=clone, capture_output=True, timeout=_SECONDS, check=True)
        text = output.read_bytes()
    except subprocess.TimeoutExpired:
        return Planned(_recorded(), recorded=True), f"it took longer than {_SECONDS} seconds"
    except (subprocess.CalledProcessError, OSError):
        return Planned(_recorded(), recorded=True), "it could not be run: providers and modules come from a registry"
    return (Planned(from_json(text)), "") if is_summary(text) else (Planned(_recorded(), recorded=True), "no plan came")


def pull_request(wiring: Wiring, plan: Planned) -> Mapping[str, str]:
    """The title and the text."""
    return {"title": pull_request_title(wiring), "body": pull_request_body(wiring, plan)}


def _recorded() -> Summary:
    """The summary of a plan that Terraform made of such a change: a block for a node group of a cluster that stands."""
    return from_json((files("mcp_server.cli") / _KEPT_PLAN).read_bytes())
