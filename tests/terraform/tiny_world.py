"""A folder with one tiny Terraform module, and the checks run on it with just the programs that are put on its PATH."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from terraform_checks.__main__ import app

ROOT = Path(__file__).parents[2]
TERRAFORM = shutil.which("terraform")
needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="no terraform on the PATH")

# Terraform's built-in provider: none of it needs a registry.
TINY = {
    "versions.tf": 'terraform {\n  required_version = ">= 1.11"\n}\n',
    "main.tf": 'resource "terraform_data" "this" {\n  input = var.name\n}\n',
    "variables.tf": """\
variable "name" {
  type        = string
  description = "Begins every name."
}
""",
    "outputs.tf": 'output "name" {\n  description = "The name."\n  value       = terraform_data.this.input\n}\n',
    "README.md": """\
# tiny

<!-- BEGIN_TF_DOCS -->
## Requirements

| Name | Version |
| ---- | ------- |
| terraform | >= 1.11 |

## Inputs

| Name | Description | Type | Default | Required |
| ---- | ----------- | ---- | ------- | :------: |
| name | Begins every name. | `string` | n/a | yes |

## Outputs

| Name | Description |
| ---- | ----------- |
| name | The name. |
<!-- END_TF_DOCS -->
""",
    "examples/basic/versions.tf": 'terraform {\n  required_version = ">= 1.11"\n}\n',
    "examples/basic/main.tf": 'module "this" {\n  source = "../.."\n\n  name = "tiny"\n}\n',
    "tests/name.tftest.hcl": """\
run "the_name_is_kept" {
  command = plan

  variables {
    name = "tiny"
  }

  assert {
    condition     = output.name == "tiny"
    error_message = "The name is another."
  }
}
""",
}


@dataclass(frozen=True)
class Ran:
    """How the checks ended, and what they printed."""

    code: int
    output: str

    @property
    def rows(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Result and reason by module and check, as the table has them."""
        rows: dict[tuple[str, str], tuple[str, str]] = {}
        last = ("", "")
        for line in self.output.splitlines():
            if line.startswith("│"):
                module, check, result, reason = (each.strip() for each in line.strip("│").split("│"))
                if module:
                    last = (module, check)
                    rows[last] = (result, reason)
                else:
                    rows[last] = (rows[last][0], f"{rows[last][1]} {reason}".strip())
        return rows

    def results(self, module: str = "tiny") -> dict[str, str]:
        """Result by check of one module."""
        return {check: result for (name, check), (result, _) in self.rows.items() if name == module}

    def reason(self, check: str, module: str = "tiny") -> str:
        """Why."""
        return self.rows[module, check][1]


class World:
    """A root as the checks expect it. Nothing but what is put on its PATH is found."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.modules = path / "terraform" / "modules"
        self.tools = path / ".tools"
        self._bin = path / "bin"
        for each in (self.tools, self._bin, path / "home"):
            each.mkdir(parents=True)
        self.modules.mkdir(parents=True)
        for config in (ROOT / "terraform").glob(".*"):
            shutil.copy(config, self.modules.parent)
        self.module("tiny")

    def module(self, name: str, changed: dict[str, str] | None = None, without: str | None = None) -> Path:
        """Write a module like the tiny one, with some files changed or one left out. Returns its folder."""
        for file, text in (TINY | (changed or {})).items():
            if file != without:
                path = self.modules / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        return self.modules / name

    def configuration(self, name: str, template: str, example: str | None) -> None:
        """Write a template of ParallelCluster's beside the modules, and the values of its example."""
        folder = self.path / "cluster-configs" / "parallelcluster"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(template)
        if example is not None:
            (folder / f"{name}.example.json").write_text(example)

    def put_on_path(self, name: str, program: str | Path) -> None:
        """Let a program be found: one that is somewhere, or a script."""
        if isinstance(program, Path):
            (self._bin / name).symlink_to(program)
        else:
            (self._bin / name).write_text(program)
            (self._bin / name).chmod(0o755)

    def check(self, *arguments: str, **environ: str) -> Ran:
        """The checks on this root, by the function that `python -m terraform_checks` calls."""
        cleared = {name: None for name in os.environ if name.startswith(("TF_", "AWS_"))}
        ours = {"PATH": str(self._bin), "HOME": str(self.path / "home")}
        ran = CliRunner().invoke(app, ["--root", str(self.path), *arguments], env=cleared | ours | environ)
        if ran.exception and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        return Ran(ran.exit_code, ran.output)
