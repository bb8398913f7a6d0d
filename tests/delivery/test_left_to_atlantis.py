"""Which units Actions do not plan: those whose providers ask what a runner of GitHub's does not reach."""

import subprocess

import pytest

from delivery.atlantis import ROOT
from mcp_server.monorepo.reading import read_tree
from tests.delivery.built import find

FILTERS = ROOT / "delivery/left_to_atlantis.filters"
LIVE = ROOT / "live"
ASKS_A_CLUSTER = {"aws-parallelcluster", "helm", "kubernetes"}
ASKS_AWS = {"aws", "aws-accepter", "awscc", "terraform-aws-eks"}
"""Providers by their files in _providers, by whom they ask when they plan."""


def left_to_atlantis() -> set[str]:
    """Units that Terragrunt does not find with these filters."""
    command = [find("terragrunt"), "find", "--no-color"]
    every, rest = (
        subprocess.run([*command, *more], cwd=LIVE, capture_output=True, text=True, check=True, timeout=60).stdout
        for more in ((), ("--filters-file", FILTERS))
    )
    return {*every.split()} - {*rest.split()}


def test_of_each_provider_it_is_known_whom_it_asks() -> None:
    """Whoever adds one decides whether a runner can plan with it."""
    assert {each.stem for each in (LIVE / "_providers").glob("*.hcl")} == ASKS_A_CLUSTER | ASKS_AWS


def test_a_unit_is_left_to_atlantis_where_its_providers_ask_a_cluster() -> None:
    """Whatever it is called; and no other unit is, so that nothing else goes without a plan."""
    asking = {f"_providers/{each}.hcl" for each in ASKS_A_CLUSTER}
    units = [unit.path for unit in read_tree(LIVE).units if asking & {each.file for each in unit.includes}]
    assert left_to_atlantis() == {*units}
    assert units


@pytest.mark.parametrize("workflow", ["plan", "drift"])
def test_a_workflow_that_plans_all_leaves_them_out_and_names_them(workflow: str) -> None:
    """By the one file, and from the tree that it planned."""
    text = (ROOT / ".github/workflows" / f"{workflow}.yml").read_text()
    assert text.count("bin/ml-clusters plan") == text.count(f"--filters-file {FILTERS.relative_to(ROOT)}") == 1
