"""The live tree applied by Terragrunt to simulated AWS, from nothing, in two accounts."""

import json
import os
import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.live.copied_tree import UNITS, CopiedTree, copied, skip_if_not_had

BUCKET = "ml-clusters-tfstate-483026362307"
STATE_BUCKET = "main-account/us-east-1/s3-tfstate"
EFA = "main-account/us-east-1/efa-security-group"

NOT_SIMULATED = {
    "**/shared-storage": "a file system of FSx for Lustre never becomes available there",
    "**/eks-*": "terraform-aws-eks needs a newer provider than the one that tests have for real",
    "**/hyperpod-*": "awscc speaks to Cloud Control, which is not there",
    "**/parallelcluster*": "the API's template is fetched from AWS",
    "**/argocd-*": "there is no cluster to install into",
}
"""Units that are left out, and why."""

SERVED = [unit for unit in UNITS if not re.search(r"/(shared-storage|eks-|hyperpod-|parallelcluster|argocd-)", unit)]


@pytest.mark.slow
def test_the_tree_is_made_from_nothing_and_then_there_is_nothing_to_change(
    aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person makes the state bucket, whose state moves into it; Terraform makes the rest, in the graph's order."""
    tree = with_real_provider(tmp_path, monkeypatch)
    assert len(SERVED) == 29
    make_the_state_bucket(tree)
    refuse_a_plan_made_of_mocks(tree)
    for unit in (each for each in UNITS if each.endswith("/shared-storage")):
        pretend_to_have_applied(unit)

    applied = tree.run_all("apply", "-auto-approve", without=[*NOT_SIMULATED, STATE_BUCKET])
    assert applied.failed == {}
    assert sorted([*applied.units, STATE_BUCKET]) == SERVED
    assert set(kept_states()) == {
        state_key(unit) for unit in UNITS if unit in SERVED or unit.endswith("/shared-storage")
    }

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
    return copied(folder / "tree")


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


def pretend_to_have_applied(unit: str) -> None:
    """A state with nothing but the outputs of shared-storage, as those who depend on it read them."""
    region = unit.split("/")[1]
    lustre = {
        "id": "fs-0123456789abcdef0",
        "dns_name": f"fs-0123456789abcdef0.fsx.{region}.amazonaws.com",
        "mount_name": "abcdefgh",
        "storage_capacity_gib": 4800,
    }
    outputs = {
        "lustre": {"value": lustre, "type": ["object", {key: kind(value) for key, value in lustre.items()}]},
        "efs": {"value": {"id": "fs-0123456789abcdef1"}, "type": ["object", {"id": "string"}]},
    }
    state = {
        "version": 4,
        "terraform_version": "1.11.0",
        "serial": 1,
        "lineage": unit,
        "outputs": outputs,
        "resources": [],
    }
    boto3.client("s3").put_object(Bucket=BUCKET, Key=state_key(unit), Body=json.dumps(state))


def kind(value: object) -> str:
    """A value's type, in Terraform's word for it."""
    return "number" if isinstance(value, int) else "string"


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
