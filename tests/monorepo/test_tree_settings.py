"""[monorepo] in ml-clusters.toml says where the tree is and what it calls things."""

import os
from pathlib import Path

import pytest

from mcp_server.monorepo.live_tree import Lack, NoTree
from mcp_server.monorepo.names import TreeNames
from mcp_server.opening import live_tree
from mcp_server.settings import SettingsRefused, load_settings
from tests.monorepo.test_other_shapes import GRUNTWORK
from tests.monorepo.trees import our_tree, write


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that Claude Code works on, and a home without settings."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home/config"))
    monkeypatch.delenv("ML_CLUSTERS_SETTINGS", raising=False)
    return project


def test_without_settings_the_tree_is_live_in_the_project_or_above_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever works in a folder of the repository has its tree."""
    our_tree(project / "live", 4)
    assert live_tree(load_settings()).root == project / "live"
    (project / "docs").mkdir()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project / "docs"))
    settings = load_settings()
    assert live_tree(settings).root == project / "live"
    assert settings.monorepo.names == TreeNames()


def test_a_folder_without_a_unit_is_no_tree_and_hides_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages about the tree may lie in a folder that is called as it is."""
    write(project, {"docs/live/README.md": "# The live tree\n"})
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project / "docs"))
    with pytest.raises(NoTree) as none:
        live_tree(load_settings())
    assert none.value.looked[project / "docs/live"] is Lack.UNIT
    assert f'is in "{project}/docs/live" (it has none), nor in a folder "live" above. [monorepo] root in' in str(
        none.value
    )
    our_tree(project / "live", 4)
    assert live_tree(load_settings()).root == project / "live"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, '"infra" (there is no such folder). [monorepo]'),
        ({"infra/root.hcl": "locals {}\n", "infra/modules/a/main.tf": 'variable "a" {}\n'}, '"infra" (it has none).'),
        ({"infra/prod/terragrunt.stack.hcl": 'unit "a" {\n  source = "x"\n}\n'}, "(its stacks are not generated)."),
    ],
)
def test_a_root_that_is_named_and_is_no_tree_is_refused(project: Path, files: dict[str, str], says: str) -> None:
    """The sentence says what was looked for, where, and what to set; nothing above is taken in its place."""
    our_tree(project.parent / "infra", 4)
    write(project, {**files, "ml-clusters.toml": '[monorepo]\nroot = "infra"\n'})
    with pytest.raises(NoTree, match=r"no unit, which is a folder with terragrunt\.hcl") as none:
        live_tree(load_settings())
    assert says.replace('"infra"', f'"{project}/infra"') in str(none.value)


def test_a_root_that_cannot_be_listed_says_so(project: Path) -> None:
    """It may well be the tree."""
    if os.geteuid() == 0:
        pytest.skip("to root every folder is open")
    our_tree(project / "live", 4).chmod(0)
    with pytest.raises(NoTree, match="it cannot be listed"):
        live_tree(load_settings())


def test_the_root_is_relative_to_the_settings_and_names_may_differ(project: Path) -> None:
    """A tree of another shape is read by its settings alone."""
    write(project, GRUNTWORK)
    write(project, {"ml-clusters.toml": '[monorepo]\nroot = "infra/live"\naccount_id = "aws_account_id"\n'})
    settings = load_settings()
    tree = live_tree(settings)
    assert tree.root == project / "infra/live"
    assert {each.account_id for each in tree.units} == {"333333333333"}


def test_a_users_own_settings_speak_of_the_tree_in_the_project(project: Path, tmp_path: Path) -> None:
    """What lies in the home names no tree there."""
    write(tmp_path / "home/config/ml-clusters", {"ml-clusters.toml": '[monorepo]\nroot = "infra"\n'})
    our_tree(project / "infra", 4)
    assert live_tree(load_settings()).root == project / "infra"


@pytest.mark.parametrize("line", ['account_file = "../x.hcl"', 'region = "a b"', 'roots = "live"'])
def test_a_name_that_no_tree_can_have_is_refused(project: Path, line: str) -> None:
    """Files are names without folders, locals are identifiers, and nothing is misspelt unnoticed."""
    write(project, {"ml-clusters.toml": f"[monorepo]\n{line}\n"})
    with pytest.raises(SettingsRefused, match="monorepo"):
        load_settings()
