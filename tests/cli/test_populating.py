"""Simulated AWS has the accounts, regions and zones of the project's live tree."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import boto3
import pytest

from mcp_server.cli.populating import population_of, read_project
from mcp_server.monorepo.reading import read_tree
from mcp_server.sandbox.accounts import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Account
from mcp_server.sandbox.population import BUILT_IN, ClusterKind, Network, Population
from mcp_server.sandbox.process import Running, join
from tests.monorepo.trees import our_tree, write

MAIN, SECONDARY = Account("main", "111111111111"), Account("secondary", "222222222222")
EAST, WEST = ("use1-az1", "use1-az4"), ("usw2-az1", "usw2-az3")
UNSOLD = {
    "main-account/eu-isoe-west-1/region.hcl": 'locals {\n  aws_region = "eu-isoe-west-1"\n}\n',
    "main-account/eu-isoe-west-1/vpc/terragrunt.hcl": "inputs = {}\n",
}
SETTINGS = '[monorepo]\nroot = "infra/tree"\naccount_id = "number"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose settings name a tree, with a local called otherwise and a region that is not simulated."""
    for name in [each for each in os.environ if each.startswith("ML_CLUSTERS_")]:
        monkeypatch.delenv(name)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path / "project"))
    root = our_tree(tmp_path / "project/infra/tree", 8)
    for each in root.glob("*/account.hcl"):
        each.write_text(each.read_text().replace("account_id  ", "number"))
    write(root, UNSOLD)
    write(tmp_path / "project", {"ml-clusters.toml": SETTINGS})
    return tmp_path / "project"


@pytest.fixture
def world(project: Path, tmp_path: Path) -> Iterator[Running]:
    """A sandbox of its own with that population."""
    with join(tmp_path / "world", population=read_project().population) as running:
        yield running
        running.control.stop()


def test_a_population_is_the_trees(tmp_path: Path) -> None:
    """Names and numbers, and of each region the zones of its subnets; every network has a block of its own."""
    population, said = population_of(read_tree(our_tree(tmp_path / "live", 8)))
    assert population.accounts == (MAIN, SECONDARY)
    assert [(each.account, each.region, each.zone_ids) for each in population.networks] == [
        (MAIN, "us-east-1", EAST),
        (MAIN, "us-west-2", WEST),
        (SECONDARY, "us-east-1", EAST),
        (SECONDARY, "us-west-2", WEST),
    ]
    assert len({each.cidr for each in population.networks}) == 4
    assert said == []
    assert Population.from_json(json.loads(json.dumps(population.as_json()))) == population


def test_a_block_that_a_unit_gives_is_its_networks(tmp_path: Path) -> None:
    """Others keep clear of it; what is no block of that size is not taken."""
    root = our_tree(tmp_path / "live", 8)
    write(root, {"main-account/us-west-2/vpc/terragrunt.hcl": 'inputs = {\n  cidr = "10.0.0.0/16"\n}\n'})
    write(root, {"main-account/us-east-1/vpc/terragrunt.hcl": 'inputs = {\n  cidr = "10.0.0.0/24"\n}\n'})
    networks = population_of(read_tree(root))[0].networks
    assert networks[1] == Network(MAIN, "us-west-2", IPv4Network("10.0.0.0/16"), WEST)
    assert len({each.cidr for each in networks}) == 4


def unit(module: str, inputs: str) -> str:
    """A leaf that makes something of one of our modules."""
    return f'terraform {{\n  source = "../../..//modules/{module}"\n}}\n\ninputs = {{\n{inputs}\n}}\n'


def test_units_that_make_clusters_are_clusters(tmp_path: Path) -> None:
    """By module, with the name and version they ask for; of what they do not say, the unit's name and the newest."""
    leaves = {
        "main-account/us-east-1/a/terragrunt.hcl": unit("eks-cluster", '  name = "one"\n  kubernetes_version = "1.31"'),
        "main-account/us-east-1/b/terragrunt.hcl": unit("eks-cluster", '  name = "one"'),
        "main-account/us-east-1/c/terragrunt.hcl": unit("eks-cluster", ""),
        "main-account/us-west-2/d/terragrunt.hcl": unit("hyperpod", '  name = "pod"\n  orchestrator = "eks"'),
        "main-account/us-west-2/e/terragrunt.hcl": unit("hyperpod", '  name = "pod"\n  orchestrator = "slurm"'),
        "secondary-account/us-west-2/f/terragrunt.hcl": unit("parallelcluster", '  name = "slurm"'),
        "secondary-account/us-west-2/g/terragrunt.hcl": unit(
            "parallelcluster-api", '  parallelcluster_version = "3.14.0"'
        ),
    }
    population = population_of(read_tree(write(our_tree(tmp_path / "live", 8), leaves)))[0]
    assert {(each.kind, each.name, each.account, each.region, each.version) for each in population.clusters} == {
        (ClusterKind.EKS, "one", MAIN, "us-east-1", "1.31"),
        (ClusterKind.EKS, "c", MAIN, "us-east-1", "1.34"),
        (ClusterKind.HYPERPOD_EKS, "pod", MAIN, "us-west-2", ""),
        (ClusterKind.HYPERPOD_SLURM, "pod", MAIN, "us-west-2", ""),
        (ClusterKind.PARALLELCLUSTER, "slurm", SECONDARY, "us-west-2", "3.14.0"),
    }
    assert Population.from_json(json.loads(json.dumps(population.as_json()))) == population


def test_what_cannot_be_simulated_is_said_and_the_rest_is(tmp_path: Path) -> None:
    """An account without a number, a second one of the same number, and a region in which nothing is sold."""
    numberless = {
        "odd/account.hcl": 'locals {\n  account_name = "odd"\n  account_id = "12"\n}\n',
        "odd/us-east-1/region.hcl": 'locals {\n  aws_region = "us-east-1"\n}\n',
        "odd/us-east-1/vpc/terragrunt.hcl": "inputs = {}\n",
        "twin/account.hcl": 'locals {\n  account_name = "twin"\n  account_id = "111111111111"\n}\n',
        "twin/us-east-1/region.hcl": 'locals {\n  aws_region = "us-east-1"\n}\n',
        "twin/us-east-1/vpc/terragrunt.hcl": "inputs = {}\n",
    }
    population, said = population_of(read_tree(write(our_tree(tmp_path / "live", 8), {**numberless, **UNSOLD})))
    assert population.accounts == (MAIN, SECONDARY)
    assert said == [
        "Not simulated, for account or region cannot be told: odd/us-east-1/vpc and 1 more; see list_units.",
        "Simulated AWS sells nothing in eu-isoe-west-1 of the live tree: a search there finds nothing.",
    ]


def test_without_an_account_or_a_tree_it_is_the_built_in_one(project: Path) -> None:
    """Whoever has no tree has a sandbox all the same; that a tree was named and is not there is said."""
    nowhere = write(project / "nowhere", {"vpc/terragrunt.hcl": "inputs = {}\n"})
    population, said = population_of(read_tree(nowhere))
    assert (population, len(said)) == (BUILT_IN, 1)
    write(project, {"ml-clusters.toml": '[monorepo]\nroot = "gone"\n'})
    named = read_project()
    assert (named.population, named.said[0][:21]) == (BUILT_IN, "There is no live tree")
    write(project, {"ml-clusters.toml": ""})
    assert (read_project().population, read_project().said) == (BUILT_IN, [])
    write(project, {"ml-clusters.toml": "time_zone = 5\n"})
    assert read_project().population == BUILT_IN
    assert "cannot be used" in read_project().said[0]


def client(url: str, service: str, account: Account, region: str = "us-east-1") -> Any:
    """A client of an account: with the first one's keys, or a role of the other."""
    session = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=region)
    if account != MAIN:
        with closing(session.client("sts", endpoint_url=url)) as sts:
            role = f"arn:aws:iam::{account.number}:role/ml-clusters-reader"
            given = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region)
    return closing(session.client(service, endpoint_url=url))


@pytest.mark.parametrize("account", [MAIN, SECONDARY], ids=["main", "secondary"])
def test_a_world_has_the_accounts_and_the_subnets_of_the_tree(world: Running, account: Account) -> None:
    """By the AWS API: who one is, and in each region a subnet in every zone of the tree and in no other."""
    assert world.control.world().accounts == {"main": MAIN.number, "secondary": SECONDARY.number}
    with client(world.url, "sts", account) as sts:
        assert sts.get_caller_identity()["Account"] == account.number
    for region, zone_ids in (("us-east-1", EAST), ("us-west-2", WEST)):
        with client(world.url, "ec2", account, region) as ec2:
            subnets = ec2.describe_subnets(Filters=[{"Name": "tag:Tier", "Values": ["private"]}])["Subnets"]
        assert {each["AvailabilityZoneId"] for each in subnets} == {*zone_ids}


def test_a_world_keeps_its_population_and_a_reset_can_give_another(world: Running, tmp_path: Path) -> None:
    """Whatever becomes of the tree, a world goes on with its accounts until a new one begins."""
    world.control.reset()
    assert world.control.world().accounts["main"] == MAIN.number
    with join(tmp_path / "world") as again:
        assert again.control.world().accounts["main"] == MAIN.number
    with join(tmp_path / "world", fresh=True) as anew:
        assert anew.control.world().accounts == BUILT_IN.numbers
    with client(world.url, "sts", MAIN) as sts:
        assert sts.get_caller_identity()["Account"] == BUILT_IN.first.number


def test_a_command_with_the_sandbox_flag_sees_the_tree_that_the_project_names(project: Path) -> None:
    """Its units and its accounts, though the sandbox has settings of its own; what is not simulated is said."""

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", "from mcp_server.cli import main; main()", "--sandbox"]
        return subprocess.run([*program, *words], capture_output=True, text=True, timeout=300, check=False)

    try:
        listed = command("call", "list_units", "--json")
        assert listed.returncode == 0, listed.stderr
        assert "eu-isoe-west-1 of the live tree" in listed.stderr
        assert "main 111111111111 us-east-1: use1-az1, use1-az4" in json.loads(listed.stdout)["places"]
        wish = ["--instance-types", "p5", "--count", "1", "--days", "1", "--for-unit", "secondary/us-east-1/networking"]
        found = command("call", "search_capacity_blocks", *wish)
        assert "has no machines" in found.stderr + found.stdout
        found = command("call", "search_capacity_blocks", *wish[:-2], "--regions", "us-east-1")
        assert "main 111111111111, secondary 222222222222" in found.stdout
        write(project, {"ml-clusters.toml": ""})
        others = "This world has the accounts main 111111111111, secondary 222222222222, not main 483026362307, "
        assert others in command("tools").stderr
    finally:
        with join(project.parent / "home/ml-clusters/sandbox") as running:
            running.control.stop()
