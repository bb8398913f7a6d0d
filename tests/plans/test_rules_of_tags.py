"""What only gets other tags: thousands of such changes must neither hide a risk nor be one."""

from typing import Any

import pytest

from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.monorepo.plans.unit_plans import review_unit
from tests.plans.test_roll_up import change, plan


def seen(kind: str, before: Any, after: Any, **more: Any) -> set[str]:
    """Rules that say something of an update."""
    text = plan(change(f"{kind}.this", "update", before=before, after=after, **more))
    return {each.rule for each in review_unit("u", read_plan(text), "").risks}


_TAGS: dict[str, Any] = {"tags": {"Team": "a"}, "tags_all": {"Team": "a"}}
_OTHER: dict[str, Any] = {"tags": {"Team": "b"}, "tags_all": {"Team": "b"}}
_BUCKET = {"bucket": "ml-clusters-tfstate-111111111111"}
_GROUP = {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "protocol": "-1"}]}


@pytest.mark.parametrize(
    ("kind", "values", "rules"),
    [
        ("aws_security_group", _GROUP, set[str]()),
        ("aws_eks_cluster", {"version": "1.33"}, set[str]()),
        ("aws_s3_bucket", _BUCKET, {"state-bucket-touched"}),
        ("aws_ec2_capacity_block_reservation", {"instance_count": 8}, {"capacity-purchase"}),
    ],
)
def test_tags_alone_are_told_only_of_what_nobody_may_touch(kind: str, values: Any, rules: set[str]) -> None:
    """The bucket of states, and a reservation that Terraform would buy."""
    assert seen(kind, values | _TAGS, values | _OTHER) == rules


def test_what_changes_beside_the_tags_is_seen() -> None:
    """A value that differs, one that is known only after apply, and one that comes."""
    closed = _GROUP | {"ingress": []}
    assert seen("aws_security_group", closed | _TAGS, _GROUP | _OTHER) == {"security-group-opened"}
    role = {"assume_role_policy": "{}"}
    later = {"assume_role_policy": True}
    assert seen("aws_iam_role", role | _TAGS, _OTHER, after_unknown=later) == {"trust-widened"}
    assert seen("aws_eks_cluster", {"version": "1.32"} | _TAGS, {"version": "1.33"} | _OTHER) == {"image-bumped"}
