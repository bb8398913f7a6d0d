"""What a policy refuses is also a risk here: whoever reads the summary knows before Atlantis says no."""

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mcp_server.monorepo.plans.risks import Severity
from mcp_server.monorepo.plans.terraform_json import NotAPlan, read_plan
from mcp_server.monorepo.plans.unit_plans import review_unit
from tests.delivery.built import find
from tests.plans.test_risks import INDEX, RISKS
from tests.plans.test_roll_up import change, plan

POLICIES = Path(__file__).parents[2] / "policies"

RULES = {
    "endpoints": {"public-access"},
    "keys": {"key-deleted"},
    "mocks": {"mocked-inputs"},
    "purchases": {"capacity-purchase"},
    "security_groups": {"security-group-opened"},
    "state_bucket": {"state-bucket-touched", "public-access", "data-expires-sooner"},
}
"""By policy, the rules of which one must see what it refuses. input.rego refuses what is no plan."""


def test_every_policy_has_its_rules() -> None:
    """A new one without a rule fails here."""
    named = {each.stem for each in POLICIES.glob("*.rego")} - {"plan", "input", "policies_test"}
    assert named == set(RULES)
    with pytest.raises(NotAPlan):
        read_plan(b"{}")


def refused(policy: str, folder: Path) -> dict[str, list[str]]:
    """What one policy refuses of the plans in a folder, by their names."""
    alone = folder / "policy"
    alone.mkdir()
    for name in (policy, "plan"):
        (alone / f"{name}.rego").write_text((POLICIES / f"{name}.rego").read_text())
    command = [find("conftest"), "test", "--policy", str(alone), "--output", "json", "--no-color"]
    files = sorted(str(each) for each in folder.glob("*.json"))
    ran = subprocess.run([*command, *files], capture_output=True, text=True, check=False, timeout=300)
    answers: list[dict[str, Any]] = json.loads(ran.stdout)
    return {Path(each["filename"]).stem: [said["msg"] for said in each.get("failures") or []] for each in answers}


_STATE = {"bucket": "ml-clusters-tfstate-1"}
_VERSIONING = {**_STATE, "versioning_configuration": [{"status": "Disabled"}]}
_OPEN = {"vpc_config": [{"endpoint_public_access": True}]}
SMALL: dict[str, bytes] = {
    "mocked": plan(variables={"mocked_dependencies": {"value": ["kms"]}}),
    "mocked-unnamed": plan(variables={"subnets": {"value": {"use1-az4": "subnet-00000000000000003"}}}),
    "state-destroyed": plan(change("aws_s3_bucket.this", "delete", before=_STATE)),
    "state-force-destroy": plan(change("aws_s3_bucket.this", "create", after={**_STATE, "force_destroy": True})),
    "state-versions-not-kept": plan(change("aws_s3_bucket_versioning.this", "create", after=_VERSIONING)),
    "state-made-public": plan(change("aws_s3_bucket_public_access_block.this", "create", after=_STATE)),
    "cluster-open": plan(change("aws_eks_cluster.this", "create", after=_OPEN)),
    "group-open": plan(
        change("aws_security_group.this", "create", after={"ingress": [{"ipv6_cidr_blocks": ["::/1"]}]})
    ),
}


@pytest.mark.parametrize("policy", RULES)
def test_what_a_policy_refuses_is_a_risk(policy: str, tmp_path: Path) -> None:
    """Of every recorded plan, and of small ones for what none of those does; and it refuses at least one."""
    plans = {name: gzip.decompress((RISKS / f"{name}.json.gz").read_bytes()) for name in INDEX}
    plans |= SMALL
    for name, text in plans.items():
        (tmp_path / f"{name}.json").write_bytes(text)
    denied = {name: said for name, said in refused(policy, tmp_path).items() if said}
    assert denied
    for name, said in denied.items():
        risks = review_unit(name, read_plan(plans[name]), "").risks
        seen = {each.rule for each in risks if each.severity.at_least(Severity.HIGH)}
        assert seen & RULES[policy], (name, said, seen)
