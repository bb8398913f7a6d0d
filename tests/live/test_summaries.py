"""The live tree planned by Terragrunt before simulated AWS, and summed up: counts are Terraform's own, unit by unit."""

import os
from pathlib import Path

import pytest

from tests.live.copied_tree import CopiedTree, copied, skip_if_not_had
from tests.live.summing_up import counts_of, printed_counts, summed_up

EAST = "main-account/us-east-1"
PLANNED = ["kms", "networking", "efa-security-group", "ecr", "capacity-ledger"]
FAILING = "s3-data-replica"


@pytest.fixture
def tree(aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CopiedTree:
    """A tree that keeps no state. Skips the test where the real aws provider is not here."""
    plugins = os.environ.get("TERRAFORM_REAL_PLUGINS")
    if not plugins:
        pytest.skip("no real aws provider here: TERRAFORM_REAL_PLUGINS is not set")
    configuration = tmp_path / "terraform.tfrc"
    configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{plugins}"\n  }}\n}}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("ML_CLUSTERS_AWS_PROVIDER", "5.100.0")
    monkeypatch.setenv("ML_CLUSTERS_LOCAL_STATE", "true")
    return copied(tmp_path / "tree")


@pytest.mark.slow
def test_counts_are_those_that_terraform_prints_of_each_unit(tree: CopiedTree) -> None:
    """Beside a unit that fails, which is the first thing said."""
    units = [f"{EAST}/{each}" for each in PLANNED]
    by_terraform = tree.run_all("plan", "-lock=false", only=units)
    skip_if_not_had(by_terraform)
    assert by_terraform.failed == {}
    counts = printed_counts(by_terraform)
    assert sorted(counts) == sorted(units)

    broken = tree.live / "secondary-account/us-east-1" / FAILING / "terragrunt.hcl"
    broken.write_text(f"{broken.read_text()}\ninputs = {{ name = [1] }}\n")
    code, summary, told = summed_up(tree, *units, f"secondary-account/us-east-1/{FAILING}")
    assert code == 4, told
    assert counts_of(summary) == counts
    first = summary["risks"][0]
    assert (first["rule"], first["unit"]) == ("not-planned", f"secondary-account/us-east-1/{FAILING}")
    mocked = {each["unit"] for each in summary["risks"] if each["rule"] == "mocked-inputs"}
    assert f"{EAST}/efa-security-group" in mocked
    assert f"{EAST}/kms" not in mocked
