"""The live tree as our own reader has it, which runs nothing."""

import pytest

from mcp_server.cli.populating import population_of
from mcp_server.monorepo.agreement import differences
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.reading import read_tree
from mcp_server.sandbox.population import BUILT_IN, Population
from tests.live.copied_tree import ACCOUNTS, LIVE, UNITS
from tests.monorepo.terragrunt import found_in

REGIONS = {
    "us-east-1": tuple(f"use1-az{number}" for number in range(1, 7)),
    "us-west-2": tuple(f"usw2-az{number}" for number in range(1, 5)),
}


@pytest.fixture(scope="module")
def tree() -> LiveTree:
    """The tree as it is checked in."""
    return read_tree(LIVE)


def test_it_reads_every_unit_whole(tree: LiveTree) -> None:
    """Nothing is left out, and nothing is wrong; bootstrap, which a person applies, is no unit."""
    assert sorted(each.path for each in tree.units) == UNITS
    assert (tree.findings, tree.beside) == ((), ("bootstrap",))


def test_it_agrees_with_terragrunt(tree: LiveTree) -> None:
    """The same units, what each needs, and the order."""
    assert differences(tree, found_in(LIVE)) == ()


@pytest.mark.parametrize("path", UNITS)
def test_a_unit_is_where_its_folder_says(tree: LiveTree, path: str) -> None:
    """Account, region and zones; and its state is kept under all three names, as no other's is."""
    folder, region, name = path.split("/")
    account = folder.removesuffix("-account")
    unit = tree.by_path[path]
    assert (unit.account_name, unit.account_id, unit.region) == (account, ACCOUNTS[account], region)
    assert unit.zone_ids == REGIONS[region]
    assert unit.state_key == f"{account}/{region}/{name}/terraform.tfstate"
    assert unit.held_back_at is None


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("main-account/us-east-1/eks-training", "capacity_blocks"),
        ("main-account/us-east-1/parallelcluster", "capacity_blocks"),
        ("main-account/us-west-2/eks-inference", "capacity_blocks"),
        ("secondary-account/us-west-2/eks-training", "capacity_blocks"),
        ("secondary-account/us-west-2/hyperpod-slurm", "instance_groups"),
        ("secondary-account/us-west-2/hyperpod-eks", "instance_groups"),
        *[(f"{each}/monitoring", "capacity") for each in ("main-account/us-east-1", "main-account/us-west-2")],
        ("secondary-account/us-west-2/monitoring", "capacity"),
    ],
)
def test_what_is_bought_has_a_literal_to_go_into(tree: LiveTree, path: str, key: str) -> None:
    """In the unit's own file, so that an entry is one edit there."""
    found = [each for each in tree.by_path[path].inputs if each.keys[0] == key]
    assert found
    assert all(each.literal and each.place.file == f"{path}/terragrunt.hcl" for each in found)


def test_simulated_aws_has_the_accounts_and_networks_of_the_tree(tree: LiveTree) -> None:
    """What is searched for, bought and wired there by the tree's names is where the tree says, whatever its ids are."""
    population, said = population_of(tree)
    assert said == []
    assert {each.name for each in population.accounts} == {each.name for each in BUILT_IN.accounts}
    assert {each.region for each in population.networks} == {each.region for each in BUILT_IN.networks}
    assert {(each.region, each.zone_ids) for each in population.networks} == {*REGIONS.items()}


def test_simulated_aws_has_the_clusters_of_the_tree(tree: LiveTree) -> None:
    """With or without the tree they have the same names, places and versions."""

    def told(population: Population) -> set[tuple[str, ...]]:
        return {(each.kind, each.name, each.account.name, each.region, each.version) for each in population.clusters}

    assert told(population_of(tree)[0]) == told(BUILT_IN)
