"""The live tree as the pinned Terragrunt reads it, without providers and without AWS."""

import json
from functools import cache
from pathlib import Path

import pytest

from tests.live.copied_tree import ACCOUNTS, UNITS, CopiedTree, copied

M1, M2 = "main-account/us-east-1", "main-account/us-west-2"
S1, S2 = "secondary-account/us-east-1", "secondary-account/us-west-2"

BEFORE = [
    # Within an account-region.
    *[(f"{here}/kms", f"{here}/networking") for here in (M1, M2, S1, S2)],
    *[(f"{here}/networking", f"{here}/iam") for here in (M1, S1)],
    *[(f"{here}/networking", f"{here}/{unit}") for here in (M1, M2, S2) for unit in ("shared-storage", "monitoring")],
    *[(f"{here}/efa-security-group", f"{here}/shared-storage") for here in (M1, M2, S2)],
    *[(f"{here}/networking", f"{here}/s3-data-replica") for here in (M2, S1, S2)],
    (f"{M1}/networking", f"{M1}/s3-central-data"),
    (f"{M1}/s3-central-data", f"{M1}/shared-storage"),
    (f"{M2}/s3-data-replica", f"{M2}/shared-storage"),
    (f"{S2}/s3-data-replica", f"{S2}/shared-storage"),
    (f"{M1}/parallelcluster-api", f"{M1}/parallelcluster"),
    # Clusters, after everything that they stand on.
    *[
        (f"{here}/{unit}", f"{here}/{cluster}")
        for here, clusters in {
            M1: ("eks-training", "parallelcluster"),
            M2: ("eks-inference",),
            S2: ("eks-training", "hyperpod-slurm", "hyperpod-eks"),
        }.items()
        for cluster in clusters
        for unit in ("networking", "kms", "efa-security-group", "shared-storage")
    ],
    *[
        (f"{here}/monitoring", f"{here}/{cluster}")
        for here, cluster in ((M1, "eks-training"), (M2, "eks-inference"), (S2, "eks-training"))
    ],
    *[
        (f"{M1}/iam", f"{here}/{cluster}")
        for here, cluster in ((M1, "eks-training"), (M1, "parallelcluster"), (M2, "eks-inference"))
    ],
    *[(f"{S1}/iam", f"{S2}/{cluster}") for cluster in ("eks-training", "hyperpod-slurm", "hyperpod-eks")],
    (f"{M1}/eks-training", f"{M1}/argocd-eks-training"),
    (f"{M2}/eks-inference", f"{M2}/argocd-eks-inference"),
    (f"{S2}/eks-training", f"{S2}/argocd-eks-training"),
    # HyperPod's chart, before machines are attached and before Argo CD is told what it brought.
    (f"{S2}/eks-training", f"{S2}/hyperpod-chart-eks-training"),
    (f"{S2}/hyperpod-chart-eks-training", f"{S2}/hyperpod-eks"),
    (f"{S2}/hyperpod-chart-eks-training", f"{S2}/argocd-eks-training"),
    # Replication: keys of all ends, the role, the replicas, the rules.
    *[(f"{here}/kms", f"{M1}/iam") for here in (M1, M2, S1, S2)],
    *[(f"{M1}/iam", f"{here}/s3-data-replica") for here in (M2, S1, S2)],
    *[(f"{here}/s3-data-replica", f"{M1}/s3-replication") for here in (M2, S1, S2)],
    (f"{M1}/s3-central-data", f"{M1}/s3-replication"),
    (f"{M1}/iam", f"{M1}/s3-replication"),
    # Images: copies' repositories first; clusters of both accounts pull from main's, in their own region.
    (f"{M2}/ecr", f"{M1}/ecr"),
    (f"{M1}/ecr", f"{M1}/eks-training"),
    (f"{M1}/ecr", f"{M1}/parallelcluster"),
    (f"{M2}/ecr", f"{M2}/eks-inference"),
    *[(f"{M2}/ecr", f"{S2}/{cluster}") for cluster in ("eks-training", "hyperpod-slurm", "hyperpod-eks")],
    *[(f"{M2}/kms", f"{S2}/{cluster}") for cluster in ("eks-training", "hyperpod-slurm", "hyperpod-eks")],
    # The hub's way to private APIs of Kubernetes.
    (f"{M1}/vpc-peering-main-us-west-2", f"{M2}/argocd-eks-inference"),
    (f"{M1}/vpc-peering-secondary-us-west-2", f"{S2}/argocd-eks-training"),
    (f"{M1}/vpc-peering-secondary-us-west-2", f"{S2}/hyperpod-chart-eks-training"),
    (f"{S1}/networking", f"{M1}/vpc-peering-secondary-us-east-1"),
]
"""Which unit comes before which."""


@pytest.fixture(scope="module")
def graph(tree: CopiedTree) -> dict[str, list[str]]:
    """What each unit depends on, in the order in which Terragrunt would run them."""
    found = tree.answer("find", "--json", "--dag", "--dependencies")
    return {each["path"]: each.get("dependencies", []) for each in found}


def test_terragrunt_finds_every_unit_and_no_other(graph: dict[str, list[str]]) -> None:
    """Each folder of an account-region that has a terragrunt.hcl is a unit, and bootstrap is none."""
    assert sorted(graph) == UNITS
    assert len(UNITS) == 43


@pytest.mark.parametrize(("first", "then"), BEFORE)
def test_a_unit_comes_after_what_it_stands_on(graph: dict[str, list[str]], first: str, then: str) -> None:
    """Directly or by way of others, within an account-region, across regions and across accounts."""

    @cache
    def stands_on(unit: str) -> frozenset[str]:
        return frozenset(graph[unit]).union(*(stands_on(each) for each in graph[unit]))

    assert first in stands_on(then)
    assert list(graph).index(first) < list(graph).index(then)


def test_the_state_bucket_needs_nothing(graph: dict[str, list[str]]) -> None:
    """It is applied first, when there is nothing yet."""
    assert graph[f"{M1}/s3-tfstate"] == []


def test_every_dependency_is_a_unit(graph: dict[str, list[str]]) -> None:
    """Terragrunt does not miss one that is not there, where mocks stand in for it."""
    assert {each for dependencies in graph.values() for each in dependencies} <= set(graph)


def test_the_tree_is_valid_and_formatted(tree: CopiedTree) -> None:
    """No cycle, no error of syntax, no name that is not there."""
    tree.done("hcl", "validate")
    tree.done("hcl", "fmt", "--check")


def test_every_input_is_a_variable_and_every_required_variable_an_input(tree: CopiedTree) -> None:
    """Terraform passes over an input that its module does not know; here it is an error."""
    said = tree.done("hcl", "validate", "--inputs", "--strict")
    assert said.count("All variables passed in by terragrunt are in use") == len(UNITS)
    assert said.count("All required inputs are passed in by terragrunt") == len(UNITS)


@pytest.mark.parametrize(
    ("unit", "key"),
    [
        (f"{M1}/eks-training", "main/us-east-1/eks-training/terraform.tfstate"),
        (f"{M2}/kms", "main/us-west-2/kms/terraform.tfstate"),
        (f"{S1}/iam", "secondary/us-east-1/iam/terraform.tfstate"),
        (f"{S2}/hyperpod-slurm", "secondary/us-west-2/hyperpod-slurm/terraform.tfstate"),
    ],
)
def test_a_state_is_kept_by_account_region_and_unit(tree: CopiedTree, unit: str, key: str) -> None:
    """In one bucket of the main account, encrypted, and locked by S3 itself."""
    state = tree.answer("render", "--json", at=unit)["remote_state"]
    assert state["backend"] == "s3"
    assert state["config"] == {
        "bucket": f"ml-clusters-tfstate-{ACCOUNTS['main']}",
        "key": key,
        "region": "us-east-1",
        "encrypt": "true",
        "use_lockfile": "true",
    }


def test_the_key_of_the_state_bucket_is_part_of_the_backend_once_it_is_known(tmp_path: Path) -> None:
    """Its id is written into project.hcl, and its account is not written a second time."""
    tree = copied(tmp_path)
    project = tree.live / "project.hcl"
    project.write_text(project.read_text().replace("kms_key_id = null", 'kms_key_id = "1234"'))
    state = tree.answer("render", "--json", at=f"{S2}/kms")["remote_state"]
    assert state["config"]["kms_key_id"] == f"arn:aws:kms:us-east-1:{ACCOUNTS['main']}:key/1234"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, ["assume_role {", f"{ACCOUNTS['secondary']}:role/TerraformExecutionRole"]),
        (
            {"ML_CLUSTERS_TERRAFORM_ROLE": "TerraformPlanRole", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"},
            ["assume_role_with_web_identity {", f"{ACCOUNTS['secondary']}:role/TerraformPlanRole", '= "/token"'],
        ),
        ({"ML_CLUSTERS_TERRAFORM_ROLE": ""}, []),
    ],
)
def test_a_provider_works_in_its_unit_s_account_whoever_runs_it(
    tree: CopiedTree, environ: dict[str, str], said: list[str]
) -> None:
    """By the account's Terraform role, the plan role's where the environment says so, or as whoever is there."""
    generated = tree.answer("render", "--json", at=f"{S2}/kms", environ=environ)["generate"]["provider_aws"]["contents"]
    assert 'region              = "us-west-2"' in generated
    assert f': ["{ACCOUNTS["secondary"]}"]' in generated
    assert all(each in generated for each in said)
    assert ("assume_role" in generated) == bool(said)


def test_a_mock_is_recognised_as_one(tree: CopiedTree) -> None:
    """By mock- or by zeros; a unit that is planned with one names whose it is."""
    rendered = tree.answer("render", "--json", at=f"{S2}/hyperpod-eks")
    assert set(rendered["inputs"]["mocked_dependencies"]) == set(rendered["dependency"])
    for dependency in rendered["dependency"].values():
        mocks = dependency["mock_outputs"].items()
        outputs = {name: value for name, value in mocks if name not in {"mocked", "cidr", "elsewhere"}}
        for leaf in leaves(outputs):
            assert "mock" in leaf or "00000000" in leaf or leaf == "bW9jay1jZXJ0aWZpY2F0ZQ==", leaf


def leaves(value: object) -> list[str]:
    """The texts within a value, lists and maps opened."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in leaves(each)]
    if isinstance(value, list):
        return [text for each in value for text in leaves(each)]
    return [value if isinstance(value, str) else json.dumps(value)]
