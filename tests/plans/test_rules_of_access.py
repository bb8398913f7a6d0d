"""Rules about who gets in and who may do what, on small changes in the shapes that the aws provider has."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.monorepo.plans.unit_plans import review_unit
from tests.plans.test_roll_up import change, plan


def seen(kind: str, before: Any, after: Any, *, actions: Sequence[str] = (), **more: Any) -> dict[str, str]:
    """Rules and their worst severities in what is created, updated or destroyed; or in other actions."""
    done = actions or (("create",) if before is None else ("delete",) if after is None else ("update",))
    text = plan(change(f"{kind}.this", *done, before=before, after=after, **more))
    risks = sorted(review_unit("u", read_plan(text), "").risks, key=lambda each: -each.severity.rank)
    return {each.rule: each.severity for each in risks}


def policy(*statements: Any) -> str:
    """A policy of statements that allow, or say what they do."""
    return json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements]})


def door(protocol: str, first: int | None = None, last: int | None = None, cidr: str = "0.0.0.0/0") -> dict[str, Any]:
    """An ingress rule."""
    return {
        "cidr_ipv6" if ":" in cidr else "cidr_ipv4": cidr,
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
        (door("tcp", 443, 443, "10.0.0.0/8"), door("tcp", 443, 443, "10.1.0.0/16"), None),
        (door("tcp", 443, 443, "10.0.0.0/8"), door("6", 443, 443, "10.0.0.0/8"), None),
        (door("tcp", 443, 443, "2001:db8::/64"), door("tcp", 443, 443, "2000::/3"), "critical"),
        (door("tcp", 443, 443, "fd00::/48"), door("tcp", 443, 443, "2600:1f18::/32"), "high"),
        (door("tcp", 443, 443, "fd00::/32"), door("tcp", 443, 443, "fd00::/48"), None),
    ],
)
def test_ports_count_as_much_as_addresses(before: Any, after: Any, severity: str | None) -> None:
    """What was open for fewer ports or another protocol is opened; what is open for less than before is not."""
    assert seen("aws_vpc_security_group_ingress_rule", before, after).get("security-group-opened") == severity


OURS = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 22, "to_port": 22}
OURS_ONCE = {"security_group_id": "sg-1", "type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22}
RULE, RULE_ONCE = "aws_vpc_security_group_ingress_rule", "aws_security_group_rule"
GROUP = "aws_security_group"


def group(*rules: dict[str, Any], way: str = "ingress") -> dict[str, Any]:
    """A security group with rules within it."""
    return {"id": "sg-1", way: list(rules)}


@pytest.mark.parametrize(
    ("kind", "before", "after", "unknown", "severity"),
    [
        (RULE, None, {**OURS, "prefix_list_id": "pl-1"}, {}, "medium"),
        (RULE, None, {**OURS, "referenced_security_group_id": "sg-2"}, {}, "medium"),
        (RULE, None, {**OURS, "referenced_security_group_id": "sg-1"}, {}, None),
        (RULE, None, {"referenced_security_group_id": "sg-2"}, {"security_group_id": True}, None),
        (RULE, None, OURS, {"cidr_ipv4": True}, "medium"),
        (RULE, None, OURS, {"referenced_security_group_id": True}, "medium"),
        (RULE, None, {}, {"security_group_id": True, "referenced_security_group_id": True}, None),
        (RULE, {**OURS, "cidr_ipv6": "fd00::/48"}, OURS, {"cidr_ipv6": True}, "medium"),
        (RULE_ONCE, None, {**OURS_ONCE, "source_security_group_id": "sg-2"}, {}, "medium"),
        (RULE_ONCE, None, OURS_ONCE, {"source_security_group_id": True}, "medium"),
        (RULE_ONCE, None, {**OURS_ONCE, "self": True}, {"source_security_group_id": True}, None),
        (RULE_ONCE, None, {**OURS_ONCE, "type": "egress"}, {"source_security_group_id": True}, None),
        (GROUP, group(), group({"protocol": "tcp", "security_groups": ["sg-2"]}), {}, "medium"),
        (GROUP, group(), group({"protocol": "tcp", "prefix_list_ids": ["pl-1"]}), {}, "medium"),
        (GROUP, group(), group({"protocol": "tcp", "security_groups": ["sg-1"], "self": True}), {}, None),
        (GROUP, group(), group({"protocol": "tcp"}), {"ingress": [{"security_groups": [True]}]}, "medium"),
        (GROUP, group(), {"id": "sg-1"}, {"ingress": True}, "medium"),
        (GROUP, None, {}, {"id": True, "ingress": True}, None),
    ],
)
def test_who_comes_in_is_not_only_said_by_addresses(
    kind: str, before: Any, after: Any, unknown: Any, severity: str | None
) -> None:
    """By lists, groups, or what nobody knows yet; but a group that is made is for somebody to come in."""
    assert seen(kind, before, after, after_unknown=unknown).get("security-group-opened") == severity


def entries(*cidrs: str) -> dict[str, Any]:
    """A prefix list."""
    return {"entry": [{"cidr": each} for each in cidrs]}


LIST, ENTRY = "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry"


@pytest.mark.parametrize(
    ("kind", "before", "after", "unknown", "severity"),
    [
        (LIST, entries("10.0.0.0/16"), entries("10.0.0.0/16", "0.0.0.0/0"), {}, "critical"),
        (LIST, entries("10.0.0.0/16"), entries("10.0.0.0/16", "8.8.8.0/24"), {}, "high"),
        (LIST, entries("10.0.0.0/16"), entries("10.0.0.0/8"), {}, "medium"),
        (LIST, entries("10.0.0.0/8"), entries("10.0.0.0/16"), {}, None),
        (LIST, None, entries("10.0.0.0/16"), {}, None),
        (LIST, None, entries("8.8.8.0/24"), {}, "medium"),
        (ENTRY, None, {"prefix_list_id": "pl-1", "cidr": "0.0.0.0/0"}, {}, "critical"),
        (ENTRY, None, {"prefix_list_id": "pl-1", "cidr": "10.0.0.0/8"}, {}, "medium"),
        (ENTRY, None, {"cidr": "10.0.0.0/8"}, {"prefix_list_id": True}, None),
        (ENTRY, {"prefix_list_id": "pl-1", "cidr": "10.0.0.0/8"}, None, {}, None),
    ],
)
def test_a_prefix_list_lets_in_as_a_rule_does(
    kind: str, before: Any, after: Any, unknown: Any, severity: str | None
) -> None:
    """Whatever is in it comes in wherever it is named, unless it is new."""
    assert seen(kind, before, after, after_unknown=unknown).get("security-group-opened") == severity


ITSELF = {"protocol": "-1", "self": True}
EFA = {"id": "sg-1", "ingress": [ITSELF], "egress": [{"protocol": "-1", "security_groups": ["sg-1"]}]}


@pytest.mark.parametrize(
    ("before", "after", "stops"),
    [
        (EFA, {**EFA, "ingress": []}, True),
        (EFA, {**EFA, "egress": [{"protocol": "-1", "cidr_blocks": ["10.0.0.0/8"]}]}, True),
        (EFA, {**EFA, "ingress": [{**ITSELF, "protocol": "tcp"}]}, True),
        (EFA, None, True),
        (EFA, {**EFA, "tags": {"a": "b"}}, False),
        (EFA, {**EFA, "ingress": [{"protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"]}, ITSELF]}, False),
        ({**EFA, "egress": []}, {**EFA, "egress": [], "ingress": []}, False),
    ],
)
def test_efa_stops_without_its_rules_within_a_group(before: Any, after: Any, stops: bool) -> None:
    """It needs both ways; a group that never had both was not for it."""
    assert (seen(GROUP, before, after).get("efa-rules-removed") == "high") is stops


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


DENY = policy({"Effect": "Deny", "Action": "s3:Delete*"})
BOTH = policy({"Effect": "Deny", "Action": "s3:Delete*"}, {"Action": "s3:GetObject"})


@pytest.mark.parametrize(
    ("kind", "before", "after", "severity"),
    [
        ("aws_iam_role_policy", {"policy": DENY}, None, "high"),
        ("aws_iam_role_policy", {"policy": BOTH}, None, None),
        ("aws_iam_role_policy", {"policy": policy({"Action": "s3:*"})}, None, None),
        ("aws_iam_policy", {"policy": BOTH}, {"policy": policy({"Action": "s3:GetObject"})}, "high"),
        ("aws_iam_policy", {"policy": DENY}, {"policy": policy({"Effect": "Deny", "Action": "s3:*"})}, None),
        ("aws_iam_policy", {"policy": DENY}, {"policy": policy({"Effect": "Deny", "NotAction": "s3:Get*"})}, None),
        ("aws_iam_policy", {"policy": DENY}, {"policy": policy({"Effect": "Deny", "NotAction": "s3:*"})}, "high"),
        ("aws_organizations_policy", {"content": DENY}, {"content": policy({"Action": "*"})}, "critical"),
        ("aws_organizations_policy_attachment", {"target_id": "ou-1"}, None, "high"),
        ("aws_organizations_policy_attachment", None, {"target_id": "ou-1"}, None),
        ("aws_s3_bucket_policy", {"policy": DENY}, None, "medium"),
        ("aws_s3_bucket_policy", {"policy": DENY}, {"policy": policy()}, "high"),
        ("aws_s3_bucket_policy", {"policy": policy({"Action": "s3:*"})}, None, None),
        ("aws_iam_role_policy_attachment", {"policy_arn": "arn:aws:iam::aws:policy/AWSDenyAll"}, None, "high"),
        ("aws_iam_role_policy_attachment", {"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, None, None),
        ("aws_iam_role", {"inline_policy": [{"policy": DENY}]}, {"inline_policy": []}, "high"),
        ("aws_iam_role", {"inline_policy": [{"policy": DENY}]}, {"inline_policy": [{"policy": DENY}]}, None),
    ],
)
def test_whoever_is_denied_less_may_do_more(kind: str, before: Any, after: Any, severity: str | None) -> None:
    """Where a policy only denies, to destroy it widens; what is still denied otherwise does not."""
    assert seen(kind, before, after).get("iam-widened") == severity


@pytest.mark.parametrize(
    ("before", "after", "unknown", "severity"),
    [
        ("arn:one", "arn:two", {}, "high"),
        ("arn:one", None, {}, "critical"),
        ("arn:one", None, {"permissions_boundary": True}, "medium"),
        ("arn:one", "arn:one", {}, None),
        (None, "arn:two", {}, None),
    ],
)
def test_a_boundary_that_is_another_is_seen(before: Any, after: Any, unknown: Any, severity: str | None) -> None:
    """One that is put on is not."""
    sides = ({"permissions_boundary": each} for each in (before, after))
    assert seen("aws_iam_role", *sides, after_unknown=unknown).get("iam-widened") == severity


def entry(*groups: str) -> dict[str, Any]:
    """An access entry in Kubernetes groups."""
    return {"principal_arn": "arn:aws:iam::111111111111:role/a", "kubernetes_groups": list(groups)}


def association(policy_name: str, scope: str = "cluster") -> dict[str, Any]:
    """A policy of EKS for a principal."""
    arn = f"arn:aws:eks::aws:cluster-access-policy/{policy_name}"
    return {"cluster_name": "c", "principal_arn": "r", "policy_arn": arn, "access_scope": [{"type": scope}]}


ADMIN, VIEW = association("AmazonEKSClusterAdminPolicy"), association("AmazonEKSViewPolicy")
VIEW_OF_SOME = association("AmazonEKSViewPolicy", "namespace")
REPLACE = ("delete", "create")


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        (entry("a", "b"), entry("a"), {"access-entry-removed": "high"}),
        (entry("a"), entry("a", "b"), {"cluster-access-widened": "high"}),
        (entry("a", "b"), entry("b", "a"), {}),
        (None, entry("a"), {}),
    ],
)
def test_groups_of_an_access_entry_count(before: Any, after: Any, rules: dict[str, str]) -> None:
    """In any order."""
    assert seen("aws_eks_access_entry", before, after) == rules


@pytest.mark.parametrize(
    ("before", "after", "widens"),
    [
        (None, ADMIN, True),
        (None, VIEW, False),
        (VIEW, ADMIN, True),
        (ADMIN, VIEW, False),
        (ADMIN, {**ADMIN, "cluster_name": "d"}, False),
        (VIEW_OF_SOME, VIEW, True),
        (VIEW, VIEW_OF_SOME, False),
    ],
)
def test_an_administrator_of_a_cluster_is_seen(before: Any, after: Any, widens: bool) -> None:
    """By its policy, or as it is given for all of it."""
    found = seen("aws_eks_access_policy_association", before, after, actions=REPLACE if before else ())
    assert ("cluster-access-widened" in found) is widens


def test_a_new_cluster_needs_an_administrator() -> None:
    """Its name is then known only after apply."""
    unknown = {"cluster_name": True}
    assert seen("aws_eks_access_policy_association", None, {**ADMIN, "cluster_name": None}, after_unknown=unknown) == {}


@pytest.mark.parametrize(
    ("name", "before", "after", "sees"),
    [
        ("enable_deletion_protection", True, False, True),
        ("enable_deletion_protection", False, False, False),
        ("enable_deletion_protection", False, True, False),
        ("deletion_protection", "ACTIVE", "INACTIVE", True),
        ("deletion_protection", "INACTIVE", "ACTIVE", False),
    ],
)
def test_protection_is_lifted_in_every_spelling(name: str, before: Any, after: Any, sees: bool) -> None:
    """Of a load balancer, or in words."""
    assert ("deletion-protection-lifted" in seen("aws_lb", {name: before}, {name: after})) is sees


def test_a_bucket_policy_that_is_replaced_denies_for_another_bucket() -> None:
    """It names other objects then."""
    other = policy({"Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::b/*"})
    assert "iam-widened" not in seen("aws_s3_bucket_policy", {"policy": DENY}, {"policy": other}, actions=REPLACE)


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READER = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.mark.parametrize(
    ("kind", "before", "after", "severity"),
    [
        ("aws_iam_role", None, {"managed_policy_arns": [ADMINISTRATOR]}, "critical"),
        ("aws_iam_role", None, {"managed_policy_arns": [READER]}, None),
        ("aws_iam_role", None, {"inline_policy": [{"policy": policy({"Action": "*"})}]}, "critical"),
        ("aws_iam_role", None, {"inline_policy": [{"policy": policy({"Action": "s3:*"})}]}, "high"),
        ("aws_iam_role", None, {"inline_policy": [{"policy": policy({"Action": "s3:GetObject"})}]}, None),
        ("aws_iam_role_policy_attachments_exclusive", None, {"policy_arns": [ADMINISTRATOR]}, "critical"),
        ("aws_iam_role_policy_attachments_exclusive", None, {"policy_arns": [READER]}, None),
        ("aws_iam_role_policy_attachments_exclusive", {"policy_arns": []}, {"policy_arns": [READER]}, "medium"),
        ("aws_iam_role_policy_attachments_exclusive", {"policy_arns": [READER]}, {"policy_arns": []}, None),
    ],
)
def test_an_administrator_is_seen_in_every_way_of_making_one(
    kind: str, before: Any, after: Any, severity: str | None
) -> None:
    """A role that is made with a policy, or a list of all that are attached."""
    assert seen(kind, before, after).get("iam-widened") == severity


@pytest.mark.parametrize(
    ("action", "resource", "severity"),
    [
        ("iam:passrole", "*", "high"),
        ("iam:Pass*", "*", "high"),
        ("iam:PassRole", "arn:aws:iam::*:role/*", "high"),
        ("iam:PassRole", "arn:aws:iam::111111111111:role/train-*", None),
        ("iam:AttachRolePolicy", "*", "high"),
        ("iam:AttachUserPolicy", "*", "high"),
        ("iam:PutRolePolicy", "*", "high"),
        ("iam:PutUserPolicy", "*", "high"),
        ("iam:CreatePolicyVersion", "*", "high"),
        ("iam:UpdateAssumeRolePolicy", "*", "high"),
        ("iam:GetRole", "*", None),
        ("iam:List*", "*", None),
        ("s3:*", "arn:aws:*", "high"),
        ("s3:*", "arn:aws:s3:::data/*", None),
        ("*", "arn:aws:*", "critical"),
    ],
)
def test_a_policy_that_is_made_may_not_make_administrators(action: str, resource: str, severity: str | None) -> None:
    """In whatever letters, and with whatever wildcards; what is narrow is no news."""
    made = {"policy": policy({"Action": action, "Resource": resource})}
    assert seen("aws_iam_role_policy", None, made).get("iam-widened") == severity


def test_what_is_created_while_the_old_one_is_forgotten_is_written() -> None:
    """As where it is replaced."""
    narrow, wide = ({"policy": policy({"Action": each})} for each in ("s3:GetObject", "*"))
    forgetting = ("create", "forget")
    assert seen("aws_iam_role_policy", narrow, wide, actions=forgetting)["iam-widened"] == "critical"
    assert seen("aws_iam_role_policy", wide, narrow, actions=forgetting) == {"forgotten": "low"}


@pytest.mark.parametrize(
    ("condition", "is_public"),
    [
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:*"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "::/0"]}}, True),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringEquals": {"AWS:sourcevpce": "vpce-1"}}, False),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:*"}}, False),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
        ({"StringNotEquals": {"aws:SourceVpc": "a"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
    ],
)
def test_a_condition_that_leaves_out_some_lets_in_the_others(condition: Any, is_public: bool) -> None:
    """Only what says who, or from where, keeps out."""
    wide = policy({"Action": "s3:GetObject", "Principal": "*", "Condition": condition})
    assert ("public-access" in seen("aws_s3_bucket_policy", {"policy": "{}"}, {"policy": wide})) is is_public


GITHUB = "token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("condition", "severity"),
    [
        ({}, "critical"),
        ({"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}, "critical"),
        ({"StringLike": {f"{GITHUB}:sub": "repo:*"}}, "critical"),
        ({"StringLike": {f"{GITHUB}:sub": ["repo:ours/ml:*", "*"]}}, "critical"),
        ({"StringNotLike": {f"{GITHUB}:sub": "repo:theirs/*"}}, "critical"),
        ({"StringLike": {f"{GITHUB}:sub": "repo:ours/*"}}, None),
        ({"StringEquals": {f"{GITHUB}:sub": "repo:ours/ml:ref:refs/heads/main"}}, None),
        ({"StringEquals": {f"{GITHUB}:repository_owner": "ours"}}, None),
    ],
)
def test_a_role_for_github_names_whose_jobs_it_is_for(condition: Any, severity: str | None) -> None:
    """Also where it is made."""
    trusted = {"Federated": f"arn:aws:iam::111111111111:oidc-provider/{GITHUB}"}
    trust = policy({"Action": "sts:AssumeRoleWithWebIdentity", "Principal": trusted, "Condition": condition})
    assert seen("aws_iam_role", None, {"assume_role_policy": trust}).get("trust-widened") == severity


@pytest.mark.parametrize("kind", ["aws_sqs_queue", "aws_sns_topic", "aws_secretsmanager_secret", "aws_s3_bucket"])
def test_a_policy_within_what_it_is_of_counts(kind: str) -> None:
    """As one of its own; but what goes with it is no news."""
    wide = policy({"Action": "*", "Principal": "*"})
    ours = policy({"Action": "*", "Principal": {"AWS": "arn:aws:iam::111111111111:role/a"}})
    assert seen(kind, {"policy": ""}, {"policy": wide}).get("public-access") == "critical"
    assert "public-access" not in seen(kind, {"policy": ""}, {"policy": ours})
    assert "iam-widened" not in seen(kind, {"policy": DENY}, None)


def test_an_oidc_provider_that_goes_locks_out() -> None:
    """Every pod of a cluster, or every pipeline; one that comes does not."""
    kind = "aws_iam_openid_connect_provider"
    cluster = {"url": "https://oidc.eks.us-west-2.amazonaws.com/id/A"}
    assert seen(kind, cluster, None) == {"access-entry-removed": "critical"}
    assert seen(kind, {"url": f"https://{GITHUB}"}, None) == {"access-entry-removed": "high"}
    assert seen(kind, None, cluster) == {}
