"""Rules about who gets in and who may do what, on small changes in the shapes that the aws provider has."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.monorepo.plans.unit_plans import review_unit
from tests.plans.test_roll_up import change, plan


def seen(kind: str, before: Any, after: Any, *, actions: Sequence[str] = (), **more: Any) -> dict[str, str]:
    """Rules and severities in what is created, updated or destroyed; or in other actions."""
    done = actions or (("create",) if before is None else ("delete",) if after is None else ("update",))
    text = plan(change(f"{kind}.this", *done, before=before, after=after, **more))
    return {each.rule: each.severity for each in review_unit("u", read_plan(text), "").risks}


def policy(*statements: Any) -> str:
    """A policy of statements that allow, or say what they do."""
    return json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements]})


def door(protocol: str, first: int | None = None, last: int | None = None, cidr: str = "0.0.0.0/0") -> dict[str, Any]:
    """An ingress rule."""
    return {
        "cidr_ipv4": cidr,
        "ip_protocol": protocol,
        "from_port": first,
        "to_port": last,
        "security_group_id": "sg-1",
    }


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (door("tcp", 443, 443), door("-1"), "critical"),
        (door("tcp", 443, 443), door("tcp", 22, 443), "critical"),
        (door("-1"), door("tcp", 443, 443), None),
        (door("tcp", 1, 1024), door("tcp", 443, 443), None),
        (door("tcp", 443, 443, "10.0.0.0/8"), door("tcp", 22, 22, "10.0.0.0/8"), "medium"),
        (door("tcp", 443, 443), door("udp", 443, 443), "critical"),
    ],
)
def test_ports_count_as_much_as_addresses(before: Any, after: Any, severity: str | None) -> None:
    """What was open for fewer ports or another protocol is opened; what is open for less than before is not."""
    assert seen("aws_vpc_security_group_ingress_rule", before, after).get("security-group-opened") == severity


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (policy({"Action": "*"}), policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}), None),
        (policy({"Action": "s3:*"}), policy({"Action": "s3:*", "Condition": {"Bool": {"x": "true"}}}), None),
        (policy({"Action": "s3:*", "Condition": {"Bool": {"x": "true"}}}), policy({"Action": "s3:*"}), "high"),
        (policy({"Action": "s3:GetObject"}), policy({"Action": ["s3:GetObject", "s3:PutObject"]}), "high"),
        (policy({"Action": "s3:GetObject"}), policy({"NotAction": "s3:DeleteBucket"}), "high"),
        (policy({"Action": "s3:GetObject"}), policy({"Action": "*"}), "critical"),
        (policy({"Effect": "Deny", "Action": "*"}), policy(), "high"),
    ],
)
def test_a_policy_that_allows_less_is_no_wider(before: str, after: str, severity: str | None) -> None:
    """What an old statement covers is not new."""
    assert seen("aws_iam_policy", {"policy": before}, {"policy": after}).get("iam-widened") == severity


def test_what_is_written_into_a_role_counts() -> None:
    """Its inline and managed policies; and who may assume it, where that is known only after apply."""
    inline = [{"name": "a", "policy": policy({"Action": "s3:*"})}]
    assert seen("aws_iam_role", {"inline_policy": []}, {"inline_policy": inline}) == {"iam-widened": "high"}
    admin = {"managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
    assert seen("aws_iam_role", {"managed_policy_arns": []}, admin) == {"iam-widened": "critical"}
    unknown = {"assume_role_policy": True}
    assert seen("aws_iam_role", {"assume_role_policy": "{}"}, {}, after_unknown=unknown) == {"trust-widened": "medium"}


def test_a_condition_that_names_nobody_keeps_nobody_out() -> None:
    """Over TLS everybody comes; within an organization they do not."""
    open_to_all = {"Action": "s3:GetObject", "Principal": "*"}
    secure = policy({**open_to_all, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})
    ours = policy({**open_to_all, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}})
    assert seen("aws_s3_bucket_policy", {"policy": "{}"}, {"policy": secure}).get("public-access") == "critical"
    assert "public-access" not in seen("aws_s3_bucket_policy", {"policy": "{}"}, {"policy": ours})


def test_a_key_policy_of_its_own_and_a_reservation_that_grows_are_seen() -> None:
    """As those within a key, and as one that is created."""
    wider = policy({"Action": "kms:*", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}})
    assert seen("aws_kms_key_policy", {"policy": "{}"}, {"policy": wider}).get("key-weakened") == "high"
    grown = {"instance_count": 100, "instance_type": "p5.48xlarge"}
    assert seen("aws_ec2_capacity_reservation", {"instance_count": 1}, grown) == {"capacity-purchase": "high"}
