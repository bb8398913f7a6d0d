"""Who may do what, who gets in, and what anybody can see."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.policies import Allowed, allowed_by, denied_by, newly_allowed
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.values_at import all_told, at, block, listed, texts, told

_RULE = "aws_security_group_rule"
_INGRESS = "aws_vpc_security_group_ingress_rule"
_EGRESS = "aws_vpc_security_group_egress_rule"
_GROUPS = frozenset({"aws_default_security_group", "aws_security_group"})
_WRITTEN = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE, Action.REPLACE_CREATING_FIRST})
_MOST_TOLD = 3


def _opened(change: Change) -> Iterable[Seen]:
    if change.action not in _WRITTEN:
        return
    before = [*_let_in(change, change.values.before)]
    wanted = _let_in(change, change.values.after)
    new = sorted({each.cidr for each in wanted if not any(one.covers(each) for one in before)})
    everybody = [each for each in new if _is_everybody(each)]
    if everybody:
        yield Seen(f"The whole internet is let in ({all_told(everybody)}).")
    elif new:
        severity = Severity.HIGH if any(map(_is_public, new)) else Severity.MEDIUM
        if severity is Severity.HIGH or not _is_of_new_group(change):
            yield Seen(f"More are let in: {_words(new)}.", severity)


def _is_of_new_group(change: Change) -> bool:
    """A group that is made is for somebody to come in."""
    if change.type in _GROUPS:
        return change.action is not Action.UPDATE
    return at(change.values.after, "security_group_id") is None


@dataclass(frozen=True, slots=True)
class _Door:
    """Addresses that are let in, to ports of a protocol; all of them where there are none."""

    cidr: str
    protocol: str
    ports: tuple[object, object]

    def covers(self, other: "_Door") -> bool:
        """Whether whoever comes in by another one came in by this one."""
        if self.cidr != other.cidr or self.protocol not in {"-1", "all", other.protocol}:
            return False
        one, two = self.ports, other.ports
        if self.protocol in {"-1", "all"} or one == two:
            return True
        first, last, begin, end = *one, *two
        numbers = [each for each in (first, last, begin, end) if isinstance(each, int)]
        return len(numbers) == 4 and numbers[0] <= numbers[2] and numbers[3] <= numbers[1]


def _let_in(change: Change, value: object) -> Iterable[_Door]:
    """The addresses that a rule or a group lets in."""
    if change.type == _INGRESS:
        yield from _doors(value, "cidr_ipv4", "cidr_ipv6")
    elif change.type == _RULE and at(value, "type") == "ingress":
        yield from _doors(value, "cidr_blocks", "ipv6_cidr_blocks")
    elif change.type in _GROUPS:
        for rule in listed(at(value, "ingress")):
            yield from _doors(rule, "cidr_blocks", "ipv6_cidr_blocks")


def _doors(value: object, *keys: str) -> Iterable[_Door]:
    protocol = str(at(value, "ip_protocol") or at(value, "protocol") or "-1")
    ports = (at(value, "from_port"), at(value, "to_port"))
    return [_Door(each, protocol, ports) for key in keys for each in texts(at(value, key))]


def _is_everybody(cidr: str) -> bool:
    """Two halves of all addresses are all addresses."""
    return cidr.endswith(("/0", "/1"))


@lru_cache
def _is_public(cidr: str) -> bool:
    try:
        return ipaddress.ip_network(cidr, strict=False).is_global
    except ValueError:
        return True


def _efa(change: Change) -> Iterable[Seen]:
    """All traffic between members of a group: EFA needs it in and out (EC2 user guide, EFA and NCCL, step 1)."""
    if change.action.destroys and _is_of_itself(change):
        yield Seen(f"All traffic of the group to itself: {'replaced' if change.action.replaces else 'no more'}.")
    elif change.action is Action.UPDATE and _is_of_itself(change) and not _is_all(change.values.after):
        yield Seen("It is no longer all traffic.")


def _is_of_itself(change: Change) -> bool:
    before = change.values.before
    group = at(before, "security_group_id")
    itself = at(before, "self") is True or (
        group is not None
        and group in {at(before, "referenced_security_group_id"), at(before, "source_security_group_id")}
    )
    return itself and _is_all(before)


def _is_all(value: object) -> bool:
    return str(at(value, "ip_protocol") or at(value, "protocol")) in {"-1", "all"}


_POLICIES = {
    "aws_iam_group_policy": "policy",
    "aws_iam_policy": "policy",
    "aws_iam_role_policy": "policy",
    "aws_iam_user_policy": "policy",
    "aws_ssoadmin_permission_set_inline_policy": "inline_policy",
}
_ATTACHED = frozenset(
    {"aws_iam_group_policy_attachment", "aws_iam_policy_attachment", "aws_iam_role_policy_attachment"}
    | {"aws_iam_user_policy_attachment"}
)
_ADMIN = ("/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess")


def _widened(change: Change) -> Iterable[Seen]:
    if change.action not in _WRITTEN:
        return
    before, after = change.values.before, change.values.after
    if change.type in _ATTACHED:
        yield from _attached(change, str(at(after, "policy_arn")))
    elif change.type in _POLICIES:
        yield from _more_allowed(change, _POLICIES[change.type])
    elif before is not None and at(before, "permissions_boundary") and _no_boundary(change):
        yield Seen("Its permissions boundary is taken off.", Severity.CRITICAL)
    if change.type == "aws_iam_role" and before is not None:
        yield from _role(before, after)


def _role(before: object, after: object) -> Iterable[Seen]:
    """What is written into a role itself."""
    for policy in sorted({*texts(at(after, "managed_policy_arns"))} - {*texts(at(before, "managed_policy_arns"))}):
        yield Seen(f"{told(policy)} is attached.", Severity.CRITICAL if policy.endswith(_ADMIN) else Severity.MEDIUM)
    old = {at(each, "policy") for each in listed(at(before, "inline_policy")) if isinstance(at(each, "policy"), str)}
    for each in listed(at(after, "inline_policy")):
        new = [one for one in newly_allowed(None, at(each, "policy")) if at(each, "policy") not in old]
        if new:
            yield Seen(f"An inline policy of it allows {_allowances(new)}.")


def _no_boundary(change: Change) -> bool:
    return not at(change.values.after, "permissions_boundary") and not at(change.values.unknown, "permissions_boundary")


def _attached(change: Change, policy: str) -> Iterable[Seen]:
    if policy.endswith(_ADMIN):
        yield Seen(f"{told(policy)} is attached.", Severity.CRITICAL)
    elif change.action is not Action.CREATE:
        yield Seen(f"{told(policy)} is attached instead.", Severity.MEDIUM)


def _more_allowed(change: Change, key: str) -> Iterable[Seen]:
    before, after = at(change.values.before, key), at(change.values.after, key)
    if at(change.values.unknown, key) is True:
        if before is not None:
            yield Seen("What it allows is known only after apply.", Severity.MEDIUM)
        return
    if before == after:
        return
    new = newly_allowed(before, after)
    wild = [each for each in new if each.is_wild]
    if wild:
        yield Seen(f"It allows {_allowances(wild)}.", Severity.CRITICAL if wild[0].action == "*" else None)
    elif new and before is not None:
        yield Seen(f"It allows more: {_allowances(new)}.")
    if before is not None and denied_by(before) - denied_by(after):
        yield Seen("It no longer denies what it denied.")


def _allowances(allowed: Sequence[Allowed]) -> str:
    return _some([f"{told(each.action)} on {told(each.resource)}" for each in allowed])


def _some(named: Sequence[str]) -> str:
    more = len(named) - _MOST_TOLD
    return ", ".join(named[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def _words(values: Iterable[str]) -> str:
    return _some([told(each) for each in values])


def _trust(change: Change) -> Iterable[Seen]:
    if change.action not in _WRITTEN:
        return
    if at(change.values.unknown, "assume_role_policy") is True:
        if change.action is Action.UPDATE:
            yield Seen("Who may assume it is known only after apply.", Severity.MEDIUM)
        return
    before, after = (at(side, "assume_role_policy") for side in (change.values.before, change.values.after))
    if before == after:
        return
    new = newly_allowed(before, after)
    if any(each.is_public for each in new):
        yield Seen("Anybody may assume it.", Severity.CRITICAL)
    elif new and before is not None:
        names = sorted({each.principal for each in new})
        known = {each.principal for each in allowed_by(before)}
        added = [each for each in names if each not in known]
        yield Seen(
            f"{_words(added)} may assume it." if added else f"{_words(names)} may assume it otherwise than before."
        )


_RESOURCE_POLICIES = {
    "aws_ecr_repository_policy": "policy",
    "aws_efs_file_system_policy": "policy",
    "aws_kms_key": "policy",
    "aws_kms_key_policy": "policy",
    "aws_s3_bucket_policy": "policy",
    "aws_secretsmanager_secret_policy": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_sqs_queue_policy": "policy",
}
_BLOCKS_OF_PUBLIC = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def _public(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    if change.type == "aws_s3_bucket_public_access_block":
        yield from _unblocked(change)
    elif change.action not in _WRITTEN:
        return
    elif change.type in _RESOURCE_POLICIES:
        key = _RESOURCE_POLICIES[change.type]
        new = [each for each in newly_allowed(at(before, key), at(after, key)) if each.is_public]
        if new:
            yield Seen(f"Anybody may {_words(sorted({each.action for each in new}))}.")
    elif change.type == "aws_eks_cluster":
        yield from _endpoint(block(before, "vpc_config"), block(after, "vpc_config"))
    elif at(after, "map_public_ip_on_launch") is True and at(before, "map_public_ip_on_launch") is False:
        yield Seen("Machines in it get public addresses.", Severity.HIGH)


def _unblocked(change: Change) -> Iterable[Seen]:
    if change.action is Action.DELETE:
        yield Seen("What keeps the bucket from becoming public is destroyed.")
    elif change.action in _WRITTEN:
        before, after, unknown = change.values.before, change.values.after, change.values.unknown
        off = [
            each
            for each in _BLOCKS_OF_PUBLIC
            if not at(after, each) and not at(unknown, each) and (before is None or at(before, each))
        ]
        if off:
            yield Seen(f"Off: {', '.join(off)}.")


def _endpoint(before: object, after: object) -> Iterable[Seen]:
    if at(after, "endpoint_public_access") is not True:
        return
    # EKS takes all addresses where nothing is said.
    cidrs = texts(at(after, "public_access_cidrs")) or ["0.0.0.0/0"]
    was = (texts(at(before, "public_access_cidrs")) or ["0.0.0.0/0"]) if at(before, "endpoint_public_access") else []
    new = sorted({*cidrs} - {*was})
    if any(map(_is_everybody, new)):
        yield Seen("Its API is reached from the whole internet.")
    elif new:
        yield Seen(f"Its API is reached from {_words(new)}.", Severity.HIGH)


RULES = (
    Rule(
        "security-group-opened",
        Severity.CRITICAL,
        "a security group that lets in the whole internet; high for public addresses, medium for private ones",
        "Whoever can reach a port of a node can try it; worms find one in minutes.",
        "Name the addresses, or the security group, that need it.",
        frozenset({_RULE, _INGRESS, *_GROUPS}),
        _opened,
    ),
    Rule(
        "public-access",
        Severity.CRITICAL,
        "a bucket, key, registry or API that anybody can reach; a subnet with public addresses",
        "Data, or the cluster itself, is open to everybody who finds it.",
        "Take it back; share by role or account instead.",
        frozenset({"aws_s3_bucket_public_access_block", "aws_eks_cluster", "aws_subnet", *_RESOURCE_POLICIES}),
        _public,
    ),
    Rule(
        "iam-widened",
        Severity.HIGH,
        "a policy that allows more, or denies less; a permissions boundary that is taken off",
        "Whoever has the role can do more from apply on, also what nobody had in mind.",
        "Name actions and resources, and say in the pull request what needs them.",
        frozenset({*_POLICIES, *_ATTACHED, "aws_iam_role", "aws_iam_user"}),
        _widened,
    ),
    Rule(
        "trust-widened",
        Severity.HIGH,
        "a role that more may assume",
        "They can do whatever the role can.",
        "Check each account, repository and environment that is named.",
        frozenset({"aws_iam_role"}),
        _trust,
    ),
    Rule(
        "efa-rules-removed",
        Severity.HIGH,
        "the rule by which members of a security group send each other all traffic",
        "EFA stops between nodes: NCCL hangs, also where jobs run now.",
        "Keep it; to change the group make a second one, and attach both.",
        frozenset({_RULE, _INGRESS, _EGRESS}),
        _efa,
    ),
)
