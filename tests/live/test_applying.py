"""The live tree applied by Terragrunt to simulated AWS, from nothing, in two accounts."""

import json
import os
import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from mcp_server.sandbox.population import BUILT_IN
from tests.live.copied_tree import ACCOUNTS, UNITS, CopiedTree, copied, skip_if_not_had

BUCKET = "ml-clusters-tfstate-483026362307"
STATE_BUCKET = "main-account/us-east-1/s3-tfstate"
MONITORING = "main-account/us-east-1/monitoring"
EFA = "main-account/us-east-1/efa-security-group"

NOT_SIMULATED = {
    "**/shared-storage": "a file system of FSx for Lustre never becomes available there",
    "**/monitoring": "managed Prometheus has no alert manager there",
    "**/eks-*": "terraform-aws-eks needs a newer provider than the one that tests have for real",
    "**/hyperpod-*": "awscc speaks to Cloud Control, which is not there",
    "**/parallelcluster*": "the API's template is fetched from AWS",
    "**/argocd-*": "there is no cluster to install into",
}
"""Units that are left out, and why."""

SERVED = [
    unit
    for unit in UNITS
    if not re.search(r"/(shared-storage|monitoring|eks-|hyperpod-|parallelcluster|argocd-)", unit)
]


@pytest.mark.slow
def test_the_tree_is_made_from_nothing_and_then_there_is_nothing_to_change(
    aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person makes the state bucket, whose state moves into it; Terraform makes the rest, in the graph's order."""
    tree = with_real_provider(tmp_path, monkeypatch)
    assert len(SERVED) == 26
    make_the_state_bucket(tree)
    refuse_a_plan_made_of_mocks(tree)
    pretend_to_have_applied_monitoring()

    applied = tree.run_all("apply", "-auto-approve", without=[*NOT_SIMULATED, STATE_BUCKET])
    assert applied.failed == {}
    assert sorted([*applied.units, STATE_BUCKET]) == SERVED
    assert sorted(kept_states()) == sorted(state_key(unit) for unit in [*SERVED, MONITORING])

    assert changes(tree) == {f"{STATE_BUCKET}: aws_s3_bucket_policy.this": ["create"]}


def with_real_provider(folder: Path, monkeypatch: pytest.MonkeyPatch) -> CopiedTree:
    """A copy of the tree whose AWS is simulated. Skips the test where the real aws provider is not here."""
    plugins = os.environ.get("TERRAFORM_REAL_PLUGINS")
    if not plugins:
        pytest.skip("no real aws provider here: TERRAFORM_REAL_PLUGINS is not set")
    configuration = folder / "terraform.tfrc"
    configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{plugins}"\n  }}\n}}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("ML_CLUSTERS_AWS_PROVIDER", "5.100.0")
    return of_simulated_accounts(copied(folder / "tree"))


def of_simulated_accounts(tree: CopiedTree) -> CopiedTree:
    """The tree with the ids that its accounts have in simulated AWS."""
    for account in BUILT_IN.accounts:
        file = tree.live / f"{account.name}-account" / "account.hcl"
        file.write_text(file.read_text().replace(ACCOUNTS[account.name], account.number))
    return tree


def make_the_state_bucket(tree: CopiedTree) -> None:
    """With a state on disk, by a person, since there are no roles yet; then the state moves into the bucket.

    What refuses plain HTTP is taken off before: simulated AWS speaks nothing else.
    """
    person = {"ML_CLUSTERS_LOCAL_STATE": "true", "ML_CLUSTERS_TERRAFORM_ROLE": ""}
    tree.done("run", "--", "apply", "-auto-approve", at=STATE_BUCKET, environ=person)
    assert kept_states() == []
    boto3.client("s3").delete_bucket_policy(Bucket=BUCKET)
    tree.done("run", "--", "init", "-migrate-state", "-force-copy", at=STATE_BUCKET)
    assert kept_states() == [state_key(STATE_BUCKET)]


def refuse_a_plan_made_of_mocks(tree: CopiedTree) -> None:
    """All can be planned before anything is there; what was planned so says it, and is not applied, not even later."""
    plans = tree.folder / "plans"
    looked = tree.run_all("plan", without=[*NOT_SIMULATED, STATE_BUCKET], options=[f"--out-dir={plans}"])
    skip_if_not_had(looked)
    assert looked.failed == {}
    assert sorted([*looked.units, STATE_BUCKET]) == SERVED
    assert "Planned with mocked outputs of networking" in looked.text

    upstream = ["main-account/us-east-1/kms", "main-account/us-east-1/networking"]
    assert tree.run_all("apply", "-auto-approve", only=upstream).units == dict.fromkeys(upstream, "succeeded")
    later = tree.run("run", "--", "apply", str(plans / EFA / "tfplan.tfplan"), at=EFA)
    assert later.code != 0
    assert "AWS account ID not allowed: 483026362307" in re.sub(r"\s+", " ", later.text)
    state = boto3.client("s3").get_object(Bucket=BUCKET, Key=state_key(EFA))["Body"].read()
    assert json.loads(state)["resources"] == []


def pretend_to_have_applied_monitoring() -> None:
    """A state with nothing but the output that s3-replication reads of it."""
    topic = {"value": "arn:aws:sns:us-east-1:483026362307:ml-clusters-alerts", "type": "string"}
    state = {
        "version": 4,
        "terraform_version": "1.11.0",
        "serial": 1,
        "lineage": MONITORING,
        "outputs": {"topic_arn": topic},
        "resources": [],
    }
    boto3.client("s3").put_object(Bucket=BUCKET, Key=state_key(MONITORING), Body=json.dumps(state))


def state_key(unit: str) -> str:
    """Where a unit's state is kept."""
    return f"{unit.replace('-account/', '/')}/terraform.tfstate"


def kept_states() -> list[str]:
    """Keys of the states in the bucket."""
    found = boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [each["Key"] for each in found]


def changes(tree: CopiedTree) -> dict[str, list[str]]:
    """What a second plan would do, by unit and address."""
    plans = tree.folder / "again"
    planned = tree.run_all(
        "plan", without=list(NOT_SIMULATED), options=[f"--out-dir={plans}", f"--json-out-dir={plans}"]
    )
    assert planned.failed == {}
    assert sorted(planned.units) == SERVED
    assert "Planned with mocked outputs" not in planned.text
    found: dict[str, list[str]] = {}
    for unit in SERVED:
        plan: dict[str, Any] = json.loads((plans / unit / "tfplan.json").read_text())
        for each in plan["resource_changes"]:
            if each["change"]["actions"] not in (["no-op"], ["read"]):
                found[f"{unit}: {each['address']}"] = each["change"]["actions"]
    return found
