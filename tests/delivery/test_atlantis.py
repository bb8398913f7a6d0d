"""atlantis.yaml is what the live tree gives."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.atlantis import FILE, ROOT, Project, TreeNotRead, faults, projects, written
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.reading import read_tree
from tests.monorepo.terragrunt import find_terragrunt

TEXT = FILE.read_text()


@pytest.fixture(scope="module")
def tree() -> LiveTree:
    """The tree as it is checked in."""
    return read_tree(ROOT / "live")


@pytest.fixture(scope="module")
def found(tree: LiveTree) -> dict[str, Project]:
    """Its projects by name."""
    return {each.name: each for each in projects(tree, ROOT)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository with a copy of the tree, in which a test may break something."""
    (tmp_path / ".git").mkdir()
    for each in ("live", "cluster-configs"):
        shutil.copytree(
            ROOT / each,
            tmp_path / each,
            ignore=shutil.ignore_patterns(".terraform*", ".terragrunt-cache", "*.tfstate*"),
        )
    return tmp_path


def test_the_file_is_what_the_tree_gives(found: dict[str, Project]) -> None:
    """`make atlantis` would change nothing."""
    assert faults(TEXT, tuple(found.values())) == []


def test_a_copy_of_the_tree_gives_the_same_file(copy: Path) -> None:
    """Nothing in it hangs on where the repository is."""
    assert written(projects(read_tree(copy / "live"), copy)) == TEXT


def told(repository: Path) -> list[str]:
    """What is wrong with atlantis.yaml in this repository."""
    try:
        return faults(TEXT, projects(read_tree(repository / "live"), repository))
    except TreeNotRead as trouble:
        return list(trouble.faults)


def test_no_unit_can_go_unnoticed(copy: Path, found: dict[str, Project]) -> None:
    """Whichever unit is deleted, a sentence says what to fix: in who needs it, else in atlantis.yaml."""
    for name in found:
        folder = copy / "live" / name
        folder.rename(copy / "gone")
        sentences = told(copy)
        (copy / "gone").rename(folder)
        needed = any(name in each.needs for each in found.values())
        expected = (
            f'needs "{name}", which is no unit.' if needed else f"has {name}, which is no unit of the tree: `make"
        )
        assert [each for each in sentences if expected in each], (name, sentences)
    assert told(copy) == []


@pytest.mark.parametrize("name", ["main-account/us-west-2/kms", "main-account/us-east-1/parallelcluster"])
def test_a_unit_that_is_renamed_is_told_under_both_names(copy: Path, name: str) -> None:
    """The old one by who needs it or by atlantis.yaml, the new one as soon as nobody asks for the old one."""
    folder = copy / "live" / name
    folder.rename(folder.with_name(f"{folder.name}-renamed"))
    sentences = "\n".join(told(copy))
    assert f'needs "{name}", which is no unit.' in sentences or f"lacks the unit {name}-renamed: `make" in sentences
    assert name in sentences


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda told: told["projects"].pop(0), "atlantis.yaml lacks the unit"),
        (lambda told: told["projects"][5].update(depends_on=[]), "otherwise than the tree"),
        (lambda told: told["projects"].reverse(), "is not what the tree gives"),
        (lambda told: told.update(automerge=True), "is not what the tree gives"),
    ],
)
def test_a_hand_that_edits_the_file_is_told(found: dict[str, Project], change: Any, sentence: str) -> None:
    """Each edit gives a sentence that names the command."""
    edited = yaml.safe_load(TEXT)
    change(edited)
    (said,) = faults(yaml.safe_dump(edited, sort_keys=False), tuple(found.values()))
    assert sentence in said
    assert "make atlantis" in said


def test_each_unit_that_terragrunt_runs_is_a_project(found: dict[str, Project]) -> None:
    """And nothing else: bootstrap/ is applied by a person."""
    units = {str(each.parent.relative_to(ROOT / "live")) for each in (ROOT / "live").glob("*/*/*/terragrunt.hcl")}
    assert found.keys() == units
    assert len(units) == 43


def test_a_project_waits_for_all_that_it_needs(tree: LiveTree, found: dict[str, Project]) -> None:
    """Also through others, which may have no change of their own; and it comes in a later group."""
    for name, project in found.items():
        assert set(project.needs) == tree.all_needs(name)
        assert all(found[each].wave < project.wave for each in project.needs)


def test_the_secondary_account_goes_first(tree: LiveTree, found: dict[str, Project]) -> None:
    """A unit of main is in a group before one of secondary only if something in secondary needs it."""
    secondary = [name for name in found if name.startswith("secondary-")]
    needed = {each for name in secondary for each in tree.all_needs(name)}
    latest = max(found[name].wave for name in secondary)
    early = {name for name in found if name.startswith("main-") and found[name].wave <= latest}
    assert early <= needed
    assert found["secondary-account/us-west-2/kms"].wave < found["main-account/us-west-2/kms"].wave


def watched(project: Project) -> set[Path]:
    """The files and folders that its patterns name, without what they take away again."""
    patterns = (each.removesuffix("/**/*").removesuffix("**/*") for each in project.patterns if each[0] != "!")
    return {Path(os.path.normpath(ROOT / project.folder / each)) for each in patterns}


def test_every_pattern_leads_to_something(found: dict[str, Project]) -> None:
    """A file that was moved is no longer watched, so it must not stay."""
    assert [each for project in found.values() for each in watched(project) if not each.exists()] == []


@pytest.mark.parametrize(
    ("unit", "what"),
    [
        ("main-account/us-east-1/eks-training", "terraform/modules/eks-cluster"),
        ("main-account/us-east-1/eks-training", "live/_providers/terraform-aws-eks.hcl"),
        ("main-account/us-east-1/parallelcluster", "cluster-configs/parallelcluster/gpu-training.yaml"),
        ("secondary-account/us-west-2/hyperpod-slurm", "cluster-configs/hyperpod/lifecycle-scripts"),
        ("secondary-account/us-west-2/hyperpod-slurm", "live/secondary-account/us-west-2/region.hcl"),
        ("secondary-account/us-west-2/hyperpod-slurm", "live/secondary-account/us-west-2/hyperpod-slurm"),
    ],
)
def test_what_a_unit_is_made_of_is_watched(found: dict[str, Project], unit: str, what: str) -> None:
    """Its own files, what it includes and reads, its module, and what it gives to that."""
    assert ROOT / what in watched(found[unit])


def test_all_that_terragrunt_reads_is_watched(found: dict[str, Project]) -> None:
    """But accounts and regions that a unit is not in, which Terragrunt reads for ids and mocks alone."""
    command = [find_terragrunt(), "find", "--json", "--reading"]
    said = subprocess.run(command, cwd=ROOT / "live", capture_output=True, text=True, check=True, timeout=120).stdout
    for each in json.loads(said):
        project = found[each["path"]]
        read = {Path(os.path.normpath(ROOT / "live" / file)) for file in each["reading"]}
        places = watched(project)
        missed = {file for file in read if not places & {file, *file.parents}}
        own = {ROOT / project.folder, *(ROOT / project.folder).parents}
        assert {file.name for file in missed} <= {"account.hcl", "region.hcl"}, (project.name, missed)
        assert not [file for file in missed if file.parent in own], (project.name, missed)


def test_no_module_calls_another_by_its_path() -> None:
    """What a unit's module is made of is in the module's folder, which is watched."""
    beside = [
        path
        for path in (ROOT / "terraform/modules").glob("*/*.tf")
        if 'source = "..' in " ".join(path.read_text().split())
    ]
    assert beside == []
