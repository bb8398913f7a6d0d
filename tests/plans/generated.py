"""Plans that hypothesis makes, with secrets anywhere that a value can be."""

import json
from typing import Any

from hypothesis import strategies as st

SECRET = "hunter2-"
"""What every secret begins with, so that no part of one that is longer than this goes unseen."""

Marked = tuple[Any, Any]
"""A value, and what is marked of it."""

_types = st.sampled_from(
    [
        "aws_instance",
        "aws_security_group",
        "aws_vpc_security_group_ingress_rule",
        "aws_iam_role",
        "aws_iam_policy",
        "aws_eks_cluster",
        "aws_eks_node_group",
        "aws_launch_template",
        "aws_s3_bucket",
        "aws_s3_bucket_policy",
        "aws_kms_key",
        "aws_fsx_lustre_file_system",
        "awscc_sagemaker_cluster",
        "aws-parallelcluster_cluster",
        "aws_s3_bucket_lifecycle_configuration",
        "terraform_data",
        "aws_s3_bucket_replication_configuration",
        "aws_eks_access_entry",
        "aws_ec2_capacity_block_reservation",
        "aws_made_up",
        "aws_autoscaling_group",
        "aws_backup_plan",
        "aws_db_instance",
        "aws_dynamodb_table",
        "aws_ec2_managed_prefix_list",
        "aws_eks_access_policy_association",
        "aws_fsx_data_repository_association",
        "aws_iam_role_policy_attachment",
        "aws_lb",
        "aws_route",
        "aws_route_table",
        "aws_s3_bucket_acl",
        "aws_security_group_rule",
    ]
)
_names = st.sampled_from(
    [
        "id",
        "name",
        "tags",
        "policy",
        "assume_role_policy",
        "cidr_ipv4",
        "ingress",
        "cidr_blocks",
        "bucket",
        "rule",
        "vpc_config",
        "user_data",
        "instance_groups",
        "instance_type",
        "cluster_configuration",
        "capacity_reservation_id",
        "subnet_ids",
        "launch_template",
        "version",
        "image_id",
        "addon_version",
        "principal_arn",
        "policy_arn",
        "status",
        "destination",
        "scaling_config",
        "desired_size",
        "min_size",
        "access_control_policy",
        "access_scope",
        "account_id",
        "backup_retention_period",
        "cidr_block",
        "days",
        "date",
        "entry",
        "expiration",
        "filter",
        "grant",
        "inline_policy",
        "instance_group_name",
        "kubernetes_groups",
        "logging",
        "nat_gateway_id",
        "permissions_boundary",
        "prefix",
        "prefix_list_id",
        "replica",
        "route",
        "security_groups",
        "tag",
    ]
)
_actions = st.sampled_from(
    [
        ["no-op"],
        ["create"],
        ["update"],
        ["delete"],
        ["delete", "create"],
        ["create", "delete"],
        ["forget"],
        ["create", "forget"],
        ["read"],
        ["transmogrify"],
    ]
)
_plain = (
    st.none()
    | st.booleans()
    | st.integers(-5, 70_000)
    | st.text(max_size=8)
    | st.sampled_from(
        ["0.0.0.0/0", "Enabled", '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', "a\nb", "- x: [y"]
    )
)


@st.composite
def _secrets(draw: st.DrawFn) -> Any:
    text = SECRET + draw(st.text(st.characters(categories=["Ll", "Nd"]), min_size=4, max_size=12))
    return draw(
        st.sampled_from(
            [text, f"line\n{text}\n", {"password": text}, [text, "b"], json.dumps({"Action": text}), f"{text}/0"]
        )
    )


_marked_leaves: st.SearchStrategy[Marked] = _secrets().map(lambda each: (each, True)) | _plain.map(
    lambda each: (each, False)
)


def _maps(inner: st.SearchStrategy[Marked]) -> st.SearchStrategy[Marked]:
    return st.dictionaries(_names, inner, max_size=4).map(
        lambda found: ({key: each[0] for key, each in found.items()}, {key: each[1] for key, each in found.items()})
    )


def _lists(inner: st.SearchStrategy[Marked]) -> st.SearchStrategy[Marked]:
    return st.lists(inner, max_size=3).map(lambda found: ([each[0] for each in found], [each[1] for each in found]))


values: st.SearchStrategy[Marked] = st.recursive(
    _marked_leaves, lambda inner: _maps(inner) | _lists(inner), max_leaves=8
)
_resources = _maps(values)


def _unmarked(value: Any, marks: Any) -> Any:
    """The value as the side on which nothing is marked has it: without its secrets, or with them in their place."""
    if marks is True:
        return value
    if isinstance(value, dict):
        return {key: _unmarked(each, marks[key]) for key, each in value.items()}
    if isinstance(value, list):
        return [_unmarked(each, mark) for each, mark in zip(value, marks, strict=True)]
    return value


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """A change whose marks may be on one side alone, where the other has the same secret unmarked."""
    actions = draw(_actions)
    before, marks_before = draw(_resources)
    kind = draw(st.sampled_from(["same, marked before", "same, marked after", "other"]))
    if kind == "other":
        after, marks_after = draw(_resources)
    else:
        after, marks_after = before, marks_before
        if kind == "same, marked before":
            marks_after = {}
        else:
            marks_before = {}
    if actions in (["create"], ["create", "forget"]):
        before, marks_before = None, marks_before and False
    if actions in (["delete"], ["forget"]):
        after, marks_after = None, False
    if (before is None and marks_after in ({}, False)) or (after is None and marks_before in ({}, False)):
        # Nothing is marked on the only side that there is: Terraform itself would show it.
        before, after = _scrubbed(before), _scrubbed(after)
    return {
        "actions": actions,
        "before": before,
        "after": after,
        "after_unknown": draw(st.sampled_from([{}, False, {"id": True}, {"tags": {"a": True}}])),
        "before_sensitive": marks_before,
        "after_sensitive": marks_after,
        "replace_paths": draw(st.sampled_from([[], [["name"]], [["rule", 0, "x y"]]])),
    }


def _scrubbed(value: Any) -> Any:
    return json.loads(json.dumps(value).replace(SECRET, "plain-"))


@st.composite
def _resource_changes(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(_types)
    return {
        "address": f"{kind}.this[{draw(st.integers(0, 9))}]",
        "mode": draw(st.sampled_from(["managed", "managed", "data"])),
        "type": kind,
        "name": "this",
        "change": draw(changes()),
        "action_reason": draw(st.sampled_from(["replace_because_tainted", "replace_because_cannot_update", "because"])),
        "a_key_of_tomorrow": draw(st.sampled_from([1, {"x": []}])),
    }


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """A plan with secrets in what is never shown as well."""
    secret = f"{SECRET}in-what-is-never-shown"
    outputs = draw(st.dictionaries(st.sampled_from(["one", "two"]), _outputs(), max_size=2))
    return {
        "format_version": draw(st.sampled_from(["1.0", "1.1", "1.2"])),
        "terraform_version": "1.99.0",
        "timestamp": draw(st.sampled_from(["2026-11-29T12:00:00Z", "yesterday", ""])),
        "variables": {
            "password": {"value": secret},
            "mocked_dependencies": {"value": draw(st.sampled_from([[], ["kms"]]))},
        },
        "planned_values": {"root_module": {"resources": [{"values": {"password": secret}}]}},
        "configuration": {"root_module": {"variables": {"password": {"default": secret}}}},
        "prior_state": {"values": {"outputs": {"password": {"value": secret}}}},
        "resource_changes": draw(st.lists(_resource_changes(), max_size=6)),
        "resource_drift": draw(st.lists(_resource_changes(), max_size=2)),
        "output_changes": outputs,
        "errored": draw(st.booleans()),
        "complete": draw(st.booleans()),
        "something_new": [secret],
    }


@st.composite
def _outputs(draw: st.DrawFn) -> dict[str, Any]:
    value, marks = draw(values)
    secret = SECRET in json.dumps(value)
    side = draw(st.sampled_from(["before_sensitive", "after_sensitive"]))
    return {
        "actions": draw(st.sampled_from([["create"], ["update"], ["delete"], ["no-op"]])),
        "before": value,
        "after": value,
        "after_unknown": False,
        "before_sensitive": False,
        "after_sensitive": False,
        **({side: True if marks is False or draw(st.booleans()) else marks} if secret else {}),
    }
