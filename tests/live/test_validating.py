"""Terraform's own verdict on every unit: what is generated and the module fit, with mocks for what is not there."""

import re
from pathlib import Path

import pytest

from tests.live.copied_tree import LIVE, UNITS, CopiedTree, Ran, skip_if_not_had

# Their modules wrap others that come from a registry, which not every machine reaches.
OF_A_REGISTRY = ["**/eks-*", "**/parallelcluster"]
FROM_A_REGISTRY = [each for each in UNITS if re.search(r"/(eks-[a-z]+|parallelcluster)$", each)]

WITHOUT_STATES = {
    "TF_CLI_ARGS_init": "-backend=false",
    "TG_EXPERIMENT": "optional-dependency-outputs",
    "TG_NO_DEPENDENCY_OUTPUTS": "true",
}


def validate(tree: CopiedTree, **which: list[str]) -> Ran:
    """Validate units, without a state and without AWS. Skips the test where no provider or module can be had."""
    ran = tree.run_all("validate", environ=WITHOUT_STATES, **which)
    skip_if_not_had(ran)
    assert ran.failed == {}
    assert ran.code == 0, ran.text[-3000:]
    return ran


@pytest.mark.slow
def test_units_of_our_own_modules_are_valid(tree: CopiedTree) -> None:
    """All but those whose modules wrap a registry's; each keeps its state under a key of its own."""
    ran = validate(tree, without=OF_A_REGISTRY)
    assert sorted(ran.units) == [each for each in UNITS if each not in FROM_A_REGISTRY]
    assert len(ran.units) == 39
    keys = {unit: state_key(tree.live / unit) for unit in ran.units}
    assert keys == {unit: f"{unit.replace('-account/', '/')}/terraform.tfstate" for unit in ran.units}


@pytest.mark.slow
def test_units_of_a_registry_s_modules_are_valid(tree: CopiedTree) -> None:
    """EKS clusters and ParallelCluster's, where their modules can be had."""
    ran = validate(tree, only=OF_A_REGISTRY)
    assert sorted(ran.units) == FROM_A_REGISTRY
    assert len(ran.units) == 4


def state_key(unit: Path) -> str:
    """The key in the backend that was generated for a unit, of which there is one."""
    (backend,) = unit.glob(".terragrunt-cache/**/backend.tf")
    (key,) = re.findall(r'^\s*key\s*= "(.+)"$', backend.read_text(), re.MULTILINE)
    return key


def test_the_units_that_need_a_registry_are_those_whose_modules_do() -> None:
    """A module that begins to wrap another, or ceases to, moves its units into the other test."""
    wrapping = {
        path.parent.name
        for path in (LIVE.parent / "terraform" / "modules").glob("*/*.tf")
        if re.search(r'^\s*source\s*= "[\w-]+/[\w-]+/[\w-]+(//[^"]*)?"$\n\s*version', path.read_text(), re.MULTILINE)
    }
    assert wrapping == {"eks-cluster", "parallelcluster"}
    kinds = {
        unit: re.findall(r"_envcommon/([a-z0-9-]+)\.hcl", (LIVE / unit / "terragrunt.hcl").read_text())
        for unit in UNITS
    }
    assert sorted(unit for unit, (kind, *_) in kinds.items() if kind in wrapping) == FROM_A_REGISTRY
