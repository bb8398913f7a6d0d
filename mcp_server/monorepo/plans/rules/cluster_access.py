"""Who gets into an EKS cluster, and as whom."""

from collections.abc import Iterable

from mcp_server.monorepo.plans.changes import WRITING, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.values_at import all_told, at, block, texts, told

_ENTRY = "aws_eks_access_entry"
_ASSOCIATION = "aws_eks_access_policy_association"
_PROVIDER = "aws_iam_openid_connect_provider"
_ADMIN_OF_ALL = "/AmazonEKSClusterAdminPolicy"
_ADMIN = "/AmazonEKSAdminPolicy"


def _removed(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    if change.type == _PROVIDER:
        yield from _untrusted(change)
    elif change.action.destroys:
        principal, policy = at(before, "principal_arn"), at(before, "policy_arn")
        what = f"{told(policy)} of {told(principal)}" if policy else told(principal)
        yield Seen(f"{what} is taken away{' and given anew' if change.action.replaces else ''}.")
    elif change.action is Action.UPDATE and at(change.values.unknown, "kubernetes_groups") is not True:
        gone = _groups(before) - _groups(after)
        if gone:
            yield Seen(f"{told(at(before, 'principal_arn'))} is no longer in {all_told(sorted(gone))}.")


def _untrusted(change: Change) -> Iterable[Seen]:
    """An OIDC provider, without which nobody whom it vouches for assumes a role."""
    if change.action.destroys:
        url = str(at(change.values.before, "url"))
        severity = Severity.CRITICAL if "oidc.eks." in url else None
        yield Seen(f"Nobody whom {told(url)} vouches for can assume a role: pods, or pipelines.", severity)


def _groups(value: object) -> set[str]:
    return {*texts(at(value, "kubernetes_groups"))}


def _widened(change: Change) -> Iterable[Seen]:
    if change.type == _ASSOCIATION:
        yield from _associated(change)
    elif change.action is Action.UPDATE:
        before, after = change.values.before, change.values.after
        new = _groups(after) - _groups(before)
        if at(change.values.unknown, "kubernetes_groups") is True:
            yield Seen("Which groups it is in is known only after apply.", Severity.MEDIUM)
        elif new:
            yield Seen(f"{told(at(after, 'principal_arn'))} is also in {all_told(sorted(new))}.")


def _associated(change: Change) -> Iterable[Seen]:
    """A policy that is given. Somebody must have a cluster that is made by the same plan."""
    before, after = change.values.before, change.values.after
    policy = str(at(after, "policy_arn"))
    if at(change.values.unknown, "cluster_name") is True:
        return
    if _is_of_all(after) and before is not None and not _is_of_all(before):
        yield Seen(f"{told(policy)} is of the whole cluster, and no longer of some namespaces.")
    elif before is None or at(before, "policy_arn") != policy:
        if policy.endswith(_ADMIN_OF_ALL):
            yield Seen(f"{told(at(after, 'principal_arn'))} gets {told(policy)}.")
        elif policy.endswith(_ADMIN) and _is_of_all(after):
            yield Seen(f"{told(at(after, 'principal_arn'))} gets {told(policy)}.", Severity.MEDIUM)


def _is_of_all(value: object) -> bool:
    return at(block(value, "access_scope"), "type") == "cluster"


RULES = (
    Rule(
        "access-entry-removed",
        Severity.HIGH,
        "an EKS access entry, its policy or an OIDC provider that is destroyed or replaced; an entry leaving a group",
        "Whoever has it is locked out of the cluster at once; nodes whose role it is of leave it.",
        "Make sure that somebody else has cluster-admin, and that it is no role of nodes.",
        frozenset({_ENTRY, _ASSOCIATION, _PROVIDER}),
        _removed,
    ),
    Rule(
        "cluster-access-widened",
        Severity.HIGH,
        "an EKS access entry that joins a group, or gets an administrator's policy, or one of the whole cluster",
        "Whoever has it can do more in the cluster: an administrator reads every secret and ends every job.",
        "Name who it is in the pull request; a policy of some namespaces does for most.",
        frozenset({_ENTRY, _ASSOCIATION}),
        _widened,
        WRITING,
    ),
)
