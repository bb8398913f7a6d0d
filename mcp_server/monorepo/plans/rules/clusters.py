"""Clusters, and what keeps them from being destroyed or lost sight of."""

from collections.abc import Iterable

from mcp_server.monorepo.plans.changes import IN_PLACE_OF, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.values_at import all_told, at, block, told

_CLUSTERS = frozenset(
    {"aws_eks_cluster", "awscc_eks_cluster", "awscc_sagemaker_cluster", "aws-parallelcluster_cluster"}
)
_PROTECTIONS = (
    "delete_protection",
    "deletion_protection",
    "deletion_protection_enabled",
    "disable_api_termination",
    "enable_deletion_protection",
    "termination_protection",
)
_ON = (True, "ACTIVE", "ENABLED")
"""How a protection that is on is written."""


def _forced(change: Change) -> str:
    """What forces a replacement, or why something is destroyed."""
    paths = change.values.replaced_by
    return f"forced by {all_told(paths)}" if paths else change.why or "the plan gives no reason"


def destroyed(change: Change) -> Iterable[Seen]:
    """A resource that is gone, or replaced."""
    if change.action.destroys:
        yield Seen(f"It is {'replaced' if change.action.replaces else 'destroyed'}: {_forced(change)}.")


def _unprotected(change: Change) -> Iterable[Seen]:
    for each in _PROTECTIONS:
        if at(change.values.before, each) in _ON and at(change.values.after, each) not in _ON:
            yield Seen(f"{each} is turned off.")


def _bumped(change: Change) -> Iterable[Seen]:
    for each in ("addon_version", "release_version", "image_id", "ami", "version"):
        if each == "version" and change.type not in {"aws_eks_cluster", "aws_eks_node_group", "helm_release"}:
            continue
        before, after = at(change.values.before, each), at(change.values.after, each)
        if isinstance(before, str) and before and at(change.values.unknown, each) is True:
            yield Seen(f"{each}: from {told(before)} to one that is known only after apply.")
        elif isinstance(before, str) and isinstance(after, str) and before and before != after:
            yield Seen(f"{each}: from {told(before)} to {told(after)}.")


def _placed(change: Change) -> Iterable[Seen]:
    """A cluster's network that is taken away."""
    if change.action is Action.UPDATE and change.type == "aws_eks_cluster":
        before, after = block(change.values.before, "vpc_config"), block(change.values.after, "vpc_config")
        if at(before, "endpoint_private_access") is True and at(after, "endpoint_private_access") is False:
            yield Seen("endpoint_private_access is turned off.")


RULES = (
    Rule(
        "cluster-replaced",
        Severity.CRITICAL,
        "an EKS, HyperPod or ParallelCluster cluster that is destroyed or replaced",
        "Everything that runs on it ends, and whatever only the cluster keeps is gone.",
        "Find what forces it and take it back; to destroy one: docs/live/destroying-a-cluster.md.",
        _CLUSTERS,
        destroyed,
    ),
    Rule(
        "deletion-protection-lifted",
        Severity.HIGH,
        "deletion protection that is turned off",
        "The next apply, or anybody's mistake, can destroy it.",
        "Leave it on unless this is the first step of destroying it, and say so in the pull request.",
        look=_unprotected,
        actions=frozenset({Action.UPDATE}),
        names=tuple(each.encode() for each in _PROTECTIONS),
    ),
    Rule(
        "private-endpoint-off",
        Severity.HIGH,
        "an EKS cluster that is no longer reached from inside its network",
        "Nodes and Argo CD reach it over the internet, or not at all.",
        "Leave endpoint_private_access on.",
        frozenset({"aws_eks_cluster"}),
        _placed,
    ),
    Rule(
        "image-bumped",
        Severity.MEDIUM,
        "another image, add-on version, chart version or Kubernetes version",
        "Often nobody asked for it: a newest version was looked up, and nodes or add-ons restart for it.",
        "If the pull request does not say so, pin the version that runs.",
        frozenset(
            {
                "aws_eks_addon",
                "aws_eks_cluster",
                "aws_eks_node_group",
                "aws_instance",
                "aws_launch_template",
                "helm_release",
            }
        ),
        _bumped,
        IN_PLACE_OF,
    ),
)
