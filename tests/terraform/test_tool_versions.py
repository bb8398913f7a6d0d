"""The tools' versions are the same, however they are had."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINNED: dict[str, str] = {
    name.rpartition("/")[2]: version
    for name, version in tomllib.loads((ROOT / "mise.toml").read_text())["tools"].items()
}
EVERY_MODULE = {path.parent.name: path.read_text() for path in (ROOT / "tools").glob("*/go.mod")}
MODULES = {name: text for name, text in EVERY_MODULE.items() if name != "crds"}
"""By the program that each builds; tools/crds is read and not built."""


def test_each_go_tool_is_pinned_twice() -> None:
    """mise.toml has every program that tools/ has, and Terraform, which cannot be had as a Go tool."""
    assert set(PINNED) == {*MODULES, "terraform"}
    assert re.fullmatch(r"1\.14\.\d+", PINNED["terraform"])


@pytest.mark.parametrize("name", MODULES)
def test_mise_and_go_agree(name: str) -> None:
    """The version that go.mod requires of its one tool is the one in mise.toml."""
    (tool,) = re.findall(r"^tool (\S+)$", MODULES[name], re.MULTILINE)
    module = tool.partition("/cmd/")[0]
    assert re.findall(rf"^\s*(?:require )?{module} v(\S+)", MODULES[name], re.MULTILINE) == [PINNED[name]]
    assert "replace " not in MODULES[name]


def test_terragrunt_is_told_its_version() -> None:
    """Built without it, Terragrunt takes itself for 0.0.0 and refuses root.hcl's version constraint."""
    command = ["make", "--dry-run", "--always-make", ".tools/terragrunt"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-X github.com/gruntwork-io/terragrunt/internal/version.Version=$(go list -m" in told
