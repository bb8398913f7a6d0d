"""ml-clusters plan --base: what comes in another major version than at a commit."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mcp_server.cli.base_tree import BaseUnread, versions_at
from mcp_server.cli.commands import app
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.plans.upgrades import upgrades
from mcp_server.monorepo.reading import read_tree
from mcp_server.monorepo.versions import read_versions

ROOT = Path(__file__).parents[2]
UNITS = ("main-account/us-east-1/kms", "main-account/us-east-1/eks-training")
NAMES = TreeNames()


def git(folder: Path, *arguments: str) -> str:
    """What git prints, without a word of whose machine it is."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    made = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return made.stdout


def edited(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text that is in a file once."""
    path = folder / name
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which others are made for a while; nothing is left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with our tree and its modules, in one commit, which the settings are of."""
    for name in [each for each in os.environ if each.startswith("GIT_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "clone"
    ignored = shutil.ignore_patterns(".terraform*", ".terragrunt-cache", "tests", "examples", "*.tfstate*")
    for each in ("live", "terraform/modules"):
        shutil.copytree(ROOT / each, folder / each, ignore=ignored)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Begin")
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(folder))
    return folder


def planned(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """The exit status, the summary, and what else was said, of plans in which nothing changes."""
    plans = folder.parent / "plans"
    for unit in UNITS:
        (plans / unit).mkdir(parents=True, exist_ok=True)
        (plans / unit / "tfplan.json").write_text('{"format_version": "1.2", "resource_changes": []}')
    ran = CliRunner().invoke(app, ["plan", "--from", str(plans), "--json", *arguments])
    return ran.exit_code, json.loads(ran.stdout) if ran.stdout else {}, ran.stderr


def risks(summary: dict[str, Any]) -> dict[str, list[str]]:
    """Reasons of the rule, by unit."""
    found: dict[str, list[str]] = {}
    for each in summary.get("risks", []):
        assert (each["rule"], each["severity"]) == ("major-version", "high")
        found.setdefault(each["unit"], []).append(each["why"])
    return found


def test_another_major_version_of_a_pinned_provider_is_a_risk_of_each_unit_that_uses_it(clone: Path) -> None:
    """A plan does not say which version there was; without --base nothing is compared."""
    edited(clone, "live/versions.hcl", 'version = "6.55.0"', 'version = "7.0.1"')
    code, summary, _ = planned(clone, "--base", "HEAD")
    assert risks(summary) == {each: ["aws from 6.55.0 to 7.0.1."] for each in UNITS}
    assert code == 0
    assert risks(planned(clone)[1]) == {}
    assert planned(clone, "--base", "HEAD", "--fail-on", "high")[0] == 3


def test_another_major_version_of_a_registry_module_is_a_risk_of_its_units(clone: Path) -> None:
    """Only of those whose module calls it."""
    for name in ("main.tf", "karpenter.tf"):
        edited(clone, f"terraform/modules/eks-cluster/{name}", '"21.19.0"', '"22.0.0"')
    _, summary, _ = planned(clone, "--base", "HEAD")
    assert risks(summary) == {UNITS[1]: ["module terraform-aws-modules/eks/aws from 21.19.0 to 22.0.0."]}


def test_a_minor_version_is_none(clone: Path) -> None:
    """It is made to be taken."""
    edited(clone, "live/versions.hcl", 'version = "6.55.0"', 'version = "6.62.0"')
    assert risks(planned(clone, "--base", "HEAD")[1]) == {}


def test_the_base_is_any_commit_and_not_what_is_checked_out(clone: Path) -> None:
    """A branch, a tag, a commit before; what is not committed is of now."""
    live = clone / "live"
    git(clone, "tag", "before")
    edited(clone, "live/versions.hcl", 'version = "6.55.0"', 'version = "7.0.1"')
    git(clone, "commit", "-qam", "Upgrade")
    now = read_versions(read_tree(live))
    assert upgrades(versions_at("HEAD", live, NAMES), now) == {}
    for ref in ("before", "HEAD~1", git(clone, "rev-parse", "before").strip()[:10]):
        assert upgrades(versions_at(ref, live, NAMES), now).keys() > set(UNITS)


def test_a_commit_is_read_as_the_tree_itself_is(clone: Path) -> None:
    """Every unit with every version, modules outside of the tree included."""
    live = clone / "live"
    assert versions_at("HEAD", live, NAMES) == read_versions(read_tree(live))


@pytest.mark.parametrize("ref", ["nowhere", "", "-x", "--output=x", "HEAD:live/versions.hcl", "a b", "HEAD^{tree}"])
def test_what_is_no_commit_is_told_in_one_sentence(clone: Path, ref: str) -> None:
    """Nothing is planned then."""
    code, summary, said = planned(clone, f"--base={ref}")
    assert (code, summary) == (1, {})
    assert said == (
        f"The tree at '{ref}' cannot be compared with: there is no such commit here; `git fetch` may bring it. "
        "Nothing was done.\n"
    )


def test_a_commit_without_the_tree_is_told(clone: Path) -> None:
    """It was laid out otherwise then, or has not a single file that would be read."""
    git(clone, "mv", "live", "tree")
    git(clone, "commit", "-qm", "Move")
    git(clone, "mv", "tree", "live")
    with pytest.raises(BaseUnread, match='it has no units in "live/"'):
        versions_at("HEAD", clone / "live", NAMES)
    git(clone, "commit", "-q", "--allow-empty", "-m", "Empty")
    git(clone, "rm", "-rq", "--cached", ".")
    git(clone, "commit", "-q", "--allow-empty", "-m", "Empty")
    with pytest.raises(BaseUnread, match='it has no units in "live/"'):
        versions_at("HEAD", clone / "live", NAMES)


def test_a_tree_that_is_in_no_repository_has_no_commits(tmp_path: Path) -> None:
    """Git's own words are told."""
    (tmp_path / "live").mkdir()
    with pytest.raises(BaseUnread, match="not a git repository"):
        versions_at("HEAD", tmp_path / "live", NAMES)


def test_without_git_that_is_told(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container of CI that has none."""
    monkeypatch.setenv("PATH", str(clone))
    with pytest.raises(BaseUnread, match="git is not installed"):
        versions_at("HEAD", clone / "live", NAMES)


def test_a_link_in_a_commit_is_not_followed(clone: Path, tmp_path: Path) -> None:
    """Whatever it leads to; other units are compared all the same."""
    (tmp_path / "elsewhere.hcl").write_text('locals {\n  providers = "hunter2"\n}\n')
    versions = clone / "live" / "versions.hcl"
    versions.unlink()
    versions.symlink_to(tmp_path / "elsewhere.hcl")
    git(clone, "commit", "-qam", "Link")
    found = versions_at("HEAD", clone / "live", NAMES)
    assert "hunter2" not in str(found)
    assert set(UNITS) < found.keys()
