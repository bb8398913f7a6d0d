"""Bought capacity wired into units that stand, and taken out: what Terraform and Terragrunt make of the edits."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from mcp_server.app import build_server
from tests.live.copied_tree import CopiedTree, skip_if_not_had
from tests.live.standing_units import give_outputs, let_stand, make_bucket, rendered
from tests.live.summing_up import Counts, counts_of, printed_counts, summed_up
from tests.monorepo.terragrunt import find_terragrunt
from tests.plans.providers_at_hand import skip_without_providers
from tests.plans.risk_recipes.clusters import EKS as NODE_GROUPS
from tests.plans.risk_recipes.clusters import HYPERPOD, PARALLELCLUSTER
from tests.plans.risk_recipes.recipe import Standing, attributes
from tests.terraform.planned import find_terraform
from tests.tools.results import structure
from tests.tools.spending import SECONDARY, Shop
from tests.wiring.buying import EKS, JOBS, PAID, PODS, SLURM, Buy, a_block, a_plan, allow_both_accounts, asked, ran
from tests.wiring.clones import git, scratch_clone

pytestmark = pytest.mark.anyio

Json = dict[str, Any]

IN_2099 = datetime(2099, 1, 6, 3, 1, tzinfo=UTC)
"""Terraform's clock is this machine's: a plan of a block that is over is another one."""
SCRIPTS = "sagemaker-ml-secondary-us-west-2"


@dataclass(frozen=True)
class Target:
    """Where capacity goes.

    standing says which providers are needed, and what they leave out. An entry of the unit's input makes, among other
    things, what is at the address made; at the address reserved_in the reservation's id is kept; both have the entry's
    name where they have a gap. risks are those of taking it out, severities by rule. unnamed are the addresses that go
    with the last entry and have no name of one.
    """

    buy: Buy
    unit: str
    target: str
    input: str
    standing: Standing
    made: str
    reserved_in: str
    risks: Mapping[str, str]
    unnamed: tuple[str, ...] = ()


_OF_HYPERPOD = {"reservation-lost": "critical", "group-shrinks": "critical", "destroyed": "low"}
TARGETS = {
    "an EKS managed node group": Target(
        a_block,
        EKS,
        "node-group",
        "capacity_blocks",
        NODE_GROUPS,
        'module.eks.module.eks_managed_node_group["{}"].aws_eks_node_group.this[0]',
        'module.eks.module.eks_managed_node_group["{}"].aws_launch_template.this[0]',
        {"reservation-lost": "critical", "node-group-replaced": "critical", "destroyed": "low"},
        unnamed=(
            "aws_iam_role.scheduler[0]",
            "aws_iam_role_policy.scheduler[0]",
            "aws_scheduler_schedule_group.this[0]",
        ),
    ),
    "a queue of ParallelCluster": Target(
        a_block,
        SLURM,
        "queue",
        "capacity_blocks",
        PARALLELCLUSTER,
        'terraform_data.queue["{}"]',
        'module.this.aws-parallelcluster_cluster.managed_configs["ml-clusters-slurm"]',
        {
            "reservation-lost": "critical",
            "check-failed": "high",
            "parallelcluster-stops-nodes": "medium",
            "destroyed": "low",
        },
    ),
    "a group of HyperPod on EKS": Target(
        a_plan,
        PODS,
        "instance-group",
        "instance_groups",
        HYPERPOD,
        'terraform_data.group_created_with["{}"]',
        "awscc_sagemaker_cluster.this",
        _OF_HYPERPOD,
    ),
    "a group of HyperPod with Slurm": Target(
        a_plan,
        JOBS,
        "instance-group",
        "instance_groups",
        HYPERPOD,
        'terraform_data.group_created_with["{}"]',
        "awscc_sagemaker_cluster.this",
        _OF_HYPERPOD,
    ),
}
"""Karpenter's NodeClass is no Terraform: Argo CD applies it."""


@pytest.fixture
def tree(shop: Shop, both_accounts: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> CopiedTree:
    """A scratch clone that is the project, keeps states on disk, and whose people may buy in both accounts."""
    find_terraform()
    monkeypatch.setenv("ML_CLUSTERS_LOCAL_STATE", "true")
    monkeypatch.setenv("ML_CLUSTERS_AWS_PROVIDER", "5.100.0")
    shop.aws.set_clock(IN_2099)
    allow_both_accounts(shop)
    return CopiedTree(scratch_clone(project), find_terragrunt())


async def bought(shop: Shop, buy: Buy) -> str:
    """The id of a purchase that is paid."""
    async with shop.talk("auto") as talk:
        purchase = await buy(talk)
    shop.aws.advance(PAID)
    return purchase


async def test_terragrunt_reads_of_a_wired_unit_one_entry_more(tree: CopiedTree, shop: Shop) -> None:
    """Every other input is as it was; needs no provider."""
    before = rendered(tree, EKS)["inputs"]
    told = await asked(capacity=await bought(shop, a_block), unit=EKS)
    ran("wire", "--apply", told["wiring_id"])
    after = rendered(tree, EKS)["inputs"]
    assert before.pop("capacity_blocks") == {}
    ((name, entry),) = after.pop("capacity_blocks").items()
    assert name == "p5-20990106"
    assert entry.pop("reservation_id").startswith("cr-")
    assert entry.pop("zone_id").startswith("use1-az")
    assert entry == {
        "instance_type": "p5.48xlarge",
        "count": 4,
        "starts_at": "2099-01-06T11:30:00Z",
        "ends_at": "2099-01-07T11:30:00Z",
    }
    assert after == before


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
async def test_wiring_is_planned_without_a_risk_and_taking_out_with_those_of_what_goes(
    tree: CopiedTree, shop: Shop, name: str
) -> None:
    """Validated, planned, summed up and told in a pull request; then the same for the way back."""
    target = TARGETS[name]
    skip_without_providers(target.standing)
    give_outputs(tree, target.unit)
    make_bucket(SCRIPTS, SECONDARY, "us-west-2")
    skip_if_not_had(tree.run_all("init", only=[target.unit]))
    let_stand(tree, target.unit, lambda state: mend(target.standing, state))

    purchase = await bought(shop, target.buy)
    told = await asked(capacity=purchase, unit=target.unit, target=target.target)
    ran("wire", "--apply", told["wiring_id"])
    entry = new_entry(tree, target)
    planned = planned_by_terraform(tree, target)
    assert planned.changes[target.made.format(entry)]["actions"] == ["create"]
    assert reservation(told) in json.dumps(planned.changes[target.reserved_in.format(entry)]["after"])
    text = await text_of_pull_request(tree, target, told["wiring_id"], planned.counts)
    assert "No rule has found a risk." in text
    summary = read_summary(tree)
    assert "risks" not in summary
    assert any(entry in each["address"] for each in summary["units"][0]["changes"])

    git(tree.folder, "commit", "--quiet", "--all", "--message", "Wired")
    let_stand(tree, target.unit, lambda state: mend(target.standing, state))
    back = await asked(capacity=purchase, action="unwire")
    ran("wire", "--apply", back["wiring_id"])
    planned = planned_by_terraform(tree, target)
    assert planned.changes[target.made.format(entry)]["actions"] == ["delete"]
    assert reservation(told) in json.dumps(planned.changes[target.reserved_in.format(entry)]["before"])
    assert reservation(told) not in json.dumps(planned.changes[target.reserved_in.format(entry)]["after"])
    text = await text_of_pull_request(tree, target, back["wiring_id"], planned.counts)
    risks = read_summary(tree)["risks"]
    assert {each["rule"]: each["severity"] for each in risks} == target.risks
    of_others = {each["address"] for each in risks if not names(each, entry, reservation(told))}
    assert of_others == set(target.unnamed)
    assert all(f"{severity} {rule}: {target.unit}" in text for rule, severity in target.risks.items())


def mend(standing: Standing, state: Json) -> None:
    """What AWS would have answered, in the account of the tree's unit."""
    standing.mend(state)
    for each in attributes(state, "awscc_sagemaker_cluster"):
        each["cluster_arn"] = each["cluster_arn"].replace(standing.account, SECONDARY)


def reservation(told: Mapping[str, Any]) -> str:
    """The id or ARN that an edit writes into a unit."""
    lines = (line.split('"')[1] for line in told["diff"].splitlines() if " arn " in line or " reservation_id " in line)
    return next(lines)


def new_entry(tree: CopiedTree, target: Target) -> str:
    """The name of the entry that the unit has and had not."""
    file = f"live/{target.unit}/terragrunt.hcl"
    now = rendered(tree, target.unit)["inputs"][target.input]
    (name,) = [each for each in now if f" {each} = {{" not in git(tree.folder, "show", f"HEAD:{file}")]
    return name


def names(risk: Mapping[str, str], entry: str, reserved: str) -> bool:
    """Whether a risk says of what is taken out that it goes."""
    return any(each in f"{risk['address']} {risk['why']}" for each in (entry, reserved))


@dataclass(frozen=True)
class Planned:
    """What Terraform itself plans for a unit: changes by address, and the counts that it prints."""

    changes: Mapping[str, Json]
    counts: Counts


def planned_by_terraform(tree: CopiedTree, target: Target) -> Planned:
    """The plan of the unit, which is formatted and valid."""
    subprocess.run([find_terraform(), "fmt", "-check", "-diff", str(tree.live / target.unit)], check=True, timeout=60)
    assert tree.run_all("validate", only=[target.unit]).units == {target.unit: "succeeded"}
    folder = tree.folder / "json"
    planned = tree.run_all("plan", "-lock=false", only=[target.unit], options=[f"--json-out-dir={folder}"])
    assert planned.units == {target.unit: "succeeded"}
    plan = json.loads((folder / target.unit / "tfplan.json").read_text())
    return Planned({each["address"]: each["change"] for each in plan["resource_changes"]}, printed_counts(planned))


def read_summary(tree: CopiedTree) -> Json:
    """What `ml-clusters plan` wrote."""
    return json.loads((tree.folder / "plan.json").read_text())


async def text_of_pull_request(tree: CopiedTree, target: Target, wiring: str, counts: Counts) -> str:
    """It has the verdict on the plan of `ml-clusters plan`, as a client reads it, and counts are Terraform's own."""
    code, _, said = summed_up(tree, target.unit, "--output", "plan.json")
    assert code == 0, said
    assert counts_of(read_summary(tree)) == counts
    async with Client(build_server()) as client:
        told = structure(await client.call_tool("summarize_plan", {"paths": ["plan.json"]}))
    ran("wire", "--body", wiring, "--plan", str(tree.folder / "plan.json"), "--output", str(tree.folder / "body.md"))
    text = (tree.folder / "body.md").read_text()
    assert told["verdict"] in text
    assert "not run here" not in text
    assert "no plan was run" not in text
    return text
