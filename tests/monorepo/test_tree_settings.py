"""[monorepo] in ml-clusters.toml says where the tree is and what it calls things."""

from pathlib import Path

import pytest

from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.reading import read_tree
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
    assert load_settings().tree_root == project / "live"
    our_tree(project / "live", 4)
    (project / "docs").mkdir()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project / "docs"))
    settings = load_settings()
    assert settings.tree_root == project / "live"
    assert settings.monorepo.names == TreeNames()


def test_the_root_is_relative_to_the_settings_and_names_may_differ(project: Path) -> None:
    """A tree of another shape is read by its settings alone."""
    write(project, GRUNTWORK)
    write(project, {"ml-clusters.toml": '[monorepo]\nroot = "infra/live"\naccount_id = "aws_account_id"\n'})
    settings = load_settings()
    assert settings.tree_root == project / "infra/live"
    tree = read_tree(settings.tree_root, settings.monorepo.names)
    assert {each.account_id for each in tree.units} == {"333333333333"}


def test_a_users_own_settings_speak_of_the_tree_in_the_project(project: Path, tmp_path: Path) -> None:
    """What lies in the home names no tree there."""
    write(tmp_path / "home/config/ml-clusters", {"ml-clusters.toml": '[monorepo]\nroot = "infra"\n'})
    assert load_settings().tree_root == project / "infra"


@pytest.mark.parametrize("line", ['account_file = "../x.hcl"', 'region = "a b"', 'roots = "live"'])
def test_a_name_that_no_tree_can_have_is_refused(project: Path, line: str) -> None:
    """Files are names without folders, locals are identifiers, and nothing is misspelt unnoticed."""
    write(project, {"ml-clusters.toml": f"[monorepo]\n{line}\n"})
    with pytest.raises(SettingsRefused, match="monorepo"):
        load_settings()
