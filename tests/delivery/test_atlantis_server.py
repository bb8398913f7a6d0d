"""What Atlantis's server allows, and how it plans and applies a unit."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.atlantis import FILE, ROOT
from tests.delivery.built import find
from tests.terraform.planned import find_terraform
from tests.terraform.test_tool_versions import PINNED

FOLDER = ROOT / "atlantis"
SERVER: dict[str, Any] = yaml.safe_load((FOLDER / "repos.yaml").read_text())
IMAGE = (FOLDER / "Dockerfile").read_text()


def test_a_pull_request_chooses_nothing() -> None:
    """It must be approved, mergeable and current; its one workflow is the server's, and nothing is discovered."""
    (repository,) = SERVER["repos"]
    assert set(repository["apply_requirements"]) == {"approved", "mergeable", "undiverged"}
    assert "approved" in repository["plan_requirements"]
    assert repository["allow_custom_workflows"] is False
    assert repository["allowed_workflows"] == [repository["workflow"]] == list(SERVER["workflows"])
    assert repository["allowed_overrides"] == ["workflow"]
    assert repository["autodiscover"] == {"mode": "disabled"}
    assert not {"pre_workflow_hooks", "post_workflow_hooks"} & repository.keys()
    assert {each["workflow"] for each in yaml.safe_load(FILE.read_text())["projects"]} == {repository["workflow"]}


def test_a_workflow_runs_only_what_the_image_has() -> None:
    """Every stage is said, so that none is Atlantis's own, which knows no Terragrunt."""
    (workflow,) = SERVER["workflows"].values()
    steps = {stage: each["steps"] for stage, each in workflow.items()}
    assert steps.keys() == {"plan", "policy_check", "apply", "import", "state_rm"}
    assert (steps["plan"], steps["apply"]) == ([{"run": "plan-unit"}], [{"run": "apply-unit"}])
    for script in ("plan-unit", "apply-unit", "ml-clusters"):
        assert os.access(FOLDER / script, os.X_OK)
        assert f"atlantis/{script}" in IMAGE
    assert all(each["run"].endswith("&& false") for stage in ("import", "state_rm") for each in steps[stage])


def test_the_image_has_the_pinned_programs() -> None:
    """Terraform and conftest at the versions of mise.toml; conftest and Terragrunt are built from tools/."""
    assert f"ARG TERRAFORM_VERSION={PINNED['terraform']}\n" in IMAGE
    assert f"DEFAULT_CONFTEST_VERSION={PINNED['conftest']} " in IMAGE
    assert f"/usr/local/bin/conftest{PINNED['conftest']}\n" in IMAGE


def test_the_image_has_the_package_with_what_it_needs() -> None:
    """By the hashes of its lock; the program starts it as the plugin's does."""
    assert "--require-hashes --requirement /opt/ml-clusters/server.txt" in IMAGE
    assert "COPY mcp_server /opt/ml-clusters/mcp_server\n" in IMAGE
    kept = (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    assert {"!mcp_server", "!locks/server.txt"} <= {*kept}


def test_nothing_is_downloaded_without_its_checksum() -> None:
    """And whatever the image is built of must be given, for no value of it is guessed here."""
    downloads = re.findall(r"curl .*? (/tmp/\w+\.zip)", IMAGE)
    assert len(downloads) == 2
    assert re.findall(r'echo "\$\{\w+_SHA256:\?\}  (/tmp/\w+\.zip)" \| sha256sum --check --strict', IMAGE) == downloads
    assert re.findall(r"^FROM (\S+)", IMAGE, re.MULTILINE) == ["${GO_IMAGE}", "${ATLANTIS_IMAGE}"]
    given = [each for each in re.findall(r"^ARG (\S+)", IMAGE, re.MULTILINE) if "=" in each]
    assert given == [f"TERRAFORM_VERSION={PINNED['terraform']}"]


@dataclass(frozen=True)
class Atlantis:
    """A unit in a folder, and the environment that Atlantis runs its steps in."""

    unit: Path
    environ: dict[str, str]

    def run(self, script: str, **environ: str) -> tuple[int, str]:
        """How a step ended, and what it printed."""
        process = subprocess.run(
            [FOLDER / script],
            cwd=self.unit,
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return process.returncode, process.stdout

    @property
    def plan(self) -> Path:
        """The stored plan."""
        return Path(self.environ["PLANFILE"])

    @property
    def applied(self) -> str | None:
        """What the unit's state has; None before it is applied."""
        state = self.unit / "terraform.tfstate"
        return json.loads(state.read_text())["outputs"]["said"]["value"] if state.exists() else None

    def write(self, said: str) -> None:
        """Change the unit's code."""
        (self.unit / "terragrunt.hcl").write_text(f"""\
remote_state {{
  backend = "local"
  generate = {{
    path      = "backend.tf"
    if_exists = "overwrite"
  }}
  config = {{ path = "${{get_terragrunt_dir()}}/terraform.tfstate" }}
}}
generate "main" {{
  path      = "main.tf"
  if_exists = "overwrite"
  contents  = <<-EOT
    variable "mocked_dependencies" {{ type = set(string) }}
    resource "terraform_data" "this" {{ input = "{said}" }}
    output "said" {{ value = terraform_data.this.output }}
  EOT
}}
inputs = {{ mocked_dependencies = compact(split(",", get_env("MOCKED", ""))) }}
""")


@pytest.fixture
def atlantis(tmp_path: Path) -> Atlantis:
    """A unit that needs no provider."""
    programs = {Path(each).parent for each in (find_terraform(), find("terragrunt"), find("conftest"))}
    (tmp_path / "unit").mkdir()
    made = Atlantis(
        tmp_path / "unit",
        {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TG_", "TF_"))},
            "PATH": os.pathsep.join([*map(str, programs), str(ROOT / "bin"), os.environ["PATH"]]),
            "PLANFILE": str(tmp_path / "unit.tfplan"),
            "SHOWFILE": str(tmp_path / "unit.json"),
            "POLICIES": str(ROOT / "policies"),
            "TG_TF_PATH": "terraform",
            "TG_NON_INTERACTIVE": "true",
            "CHECKPOINT_DISABLE": "1",
        },
    )
    made.write("first")
    return made


def test_what_was_planned_is_what_is_applied(atlantis: Atlantis) -> None:
    """Code that came in after the plan is not, and the plan's JSON is nobody else's to read."""
    code, said = atlantis.run("plan-unit")
    assert (code, "1 to add" in said, atlantis.applied) == (0, True, None), said
    assert "No rule has found a risk. In all 1 to add, 0 to change, 0 to destroy, 1 outputs." in said
    shown = Path(atlantis.environ["SHOWFILE"])
    assert json.loads(shown.read_text())["resource_changes"][0]["address"] == "terraform_data.this"
    assert shown.stat().st_mode & 0o077 == 0
    atlantis.write("second")
    code, said = atlantis.run("apply-unit")
    assert (code, atlantis.applied) == (0, "first"), said


def test_a_plan_that_is_made_of_mocks_is_never_applied(atlantis: Atlantis) -> None:
    """Also after what was mocked is there: the file still says what it was made of."""
    assert atlantis.run("plan-unit", MOCKED="networking,kms")[0] == 0
    code, said = atlantis.run("apply-unit")
    assert code != 0
    assert "The plan is made of mocked outputs of kms, networking. Apply those first, and plan again." in said
    assert atlantis.applied is None


def test_a_unit_that_cannot_be_planned_leaves_no_older_plan(atlantis: Atlantis) -> None:
    """So there is nothing that could be applied in its place."""
    assert atlantis.run("plan-unit")[0] == 0
    atlantis.write('${"not closed')
    assert atlantis.run("plan-unit")[0] != 0
    assert not atlantis.plan.exists()
    assert atlantis.run("apply-unit")[0] != 0
    assert atlantis.applied is None


def planned_for_actions(atlantis: Atlantis, unit: str) -> tuple[int, str]:
    """How .github/planned-unit ends in a repository whose one unit is `main-account/us-east-1/kms`."""
    repository = atlantis.unit.parent
    there = repository / "live/main-account/us-east-1/kms"
    there.mkdir(parents=True)
    (atlantis.unit / "terragrunt.hcl").rename(there / "terragrunt.hcl")
    (repository / "atlantis").symlink_to(ROOT / "atlantis")
    done = subprocess.run(
        [ROOT / ".github/planned-unit", unit, "summary"],
        cwd=repository,
        env={**atlantis.environ, "RUNNER_TEMP": str(repository)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    summary = repository / "summary" / "plan.md"
    return done.returncode, summary.read_text() if summary.exists() else done.stdout


def test_actions_plan_a_unit_into_a_summary(atlantis: Atlantis) -> None:
    """What reviewers see, and the plan that is applied if it does the same once more."""
    code, text = planned_for_actions(atlantis, "main-account/us-east-1/kms")
    assert code == 0, text
    assert "| `main-account/us-east-1/kms` | `1 to add, 0 to change, 0 to destroy, 1 outputs` |" in text
    effect = json.loads((atlantis.unit.parent / "summary" / "effect.json").read_text())
    assert [each["unit"] for each in effect] == ["main-account/us-east-1/kms"]
    assert [each["address"] for each in effect[0]["changes"]] == ["terraform_data.this"]
    assert atlantis.plan.exists()


@pytest.mark.parametrize(
    "unit",
    ["main-account/us-east-1/other", "../live/main-account/us-east-1/kms", "main-account/us-east-1/kms/", "$(id)"],
)
def test_actions_plan_nothing_but_a_unit(atlantis: Atlantis, unit: str) -> None:
    """Whoever starts the workflow types its path."""
    code, said = planned_for_actions(atlantis, unit)
    assert (code, said) == (1, f"There is no unit {unit}\n")
