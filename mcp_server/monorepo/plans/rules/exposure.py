"""What anybody can reach or read."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from mcp_server.monorepo.plans.addresses import is_everybody
from mcp_server.monorepo.plans.changes import WRITING, Action, Change
from mcp_server.monorepo.plans.policies import newly_allowed
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.sharing import RESOURCE_POLICIES
from mcp_server.monorepo.plans.values_at import all_told, at, block, found_under, listed, texts

_BLOCKS_OF_PUBLIC = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_KEPT_FROM_PUBLIC = {
    "aws_s3_account_public_access_block": "every bucket of the account",
    "aws_s3_bucket_public_access_block": "the bucket",
}
_WITH_ACL = frozenset({"aws_s3_bucket", "aws_s3_bucket_acl", "aws_s3_bucket_object", "aws_s3_object"})
_EVERYBODYS_ACLS = frozenset({"authenticated-read", "public-read", "public-read-write"})
_EVERYBODYS_GROUPS = ("/AllUsers", "/AuthenticatedUsers")
_DATABASES = frozenset(
    {
        "aws_db_instance",
        "aws_dms_replication_instance",
        "aws_mq_broker",
        "aws_neptune_cluster_instance",
        "aws_rds_cluster",
        "aws_rds_cluster_instance",
        "aws_redshift_cluster",
        "aws_redshiftserverless_workgroup",
    }
)


def _public(change: Change) -> Iterable[Seen]:
    if change.type in _KEPT_FROM_PUBLIC:
        yield from _unblocked(change)
    elif change.action in WRITING:
        yield from _LOOKS.get(change.type, _by_policy)(change)


def _by_policy(change: Change) -> Iterable[Seen]:
    key = RESOURCE_POLICIES[change.type]
    before, after = at(change.values.before, key), at(change.values.after, key)
    new = [each for each in newly_allowed(before, after) if each.is_public]
    if new:
        yield Seen(f"Anybody may {all_told(sorted({each.action for each in new}))}.")


def _by_acl(change: Change) -> Iterable[Seen]:
    if change.type in RESOURCE_POLICIES:
        yield from _by_policy(change)
    if {*_for_everybody(change.values.after)} - {*_for_everybody(change.values.before)}:
        yield Seen("Its access control list lets everybody in, or whoever has an AWS account.")


def _database(change: Change) -> Iterable[Seen]:
    if _becomes(change, "publicly_accessible"):
        yield Seen("It gets a public address.")


def _image(change: Change) -> Iterable[Seen]:
    if at(change.values.after, "group") == "all":
        yield Seen("Anybody may launch machines of it, and read what is in it.")


def _subnet(change: Change) -> Iterable[Seen]:
    if change.values.before is not None and _becomes(change, "map_public_ip_on_launch"):
        yield Seen("Machines in it get public addresses.", Severity.HIGH)


def _becomes(change: Change, name: str) -> bool:
    return at(change.values.after, name) is True and at(change.values.before, name) is not True


def _unblocked(change: Change) -> Iterable[Seen]:
    if change.action is Action.DELETE:
        yield Seen(f"What keeps {_KEPT_FROM_PUBLIC[change.type]} from becoming public is destroyed.")
    elif change.action in WRITING:
        before, after, unknown = change.values.before, change.values.after, change.values.unknown
        off = [
            each
            for each in _BLOCKS_OF_PUBLIC
            if not at(after, each) and not at(unknown, each) and (before is None or at(before, each))
        ]
        if off:
            yield Seen(f"Off: {', '.join(off)}.")


def _for_everybody(value: object) -> Iterator[tuple[str, str]]:
    """What the access control list of a bucket or an object lets everybody do: ready-made, or grant by grant."""
    for acl in texts(at(value, "acl")):
        if acl in _EVERYBODYS_ACLS:
            yield acl, ""
    for grant in [*listed(at(block(value, "access_control_policy"), "grant")), *listed(at(value, "grant"))]:
        for uri in (text for each in found_under(grant, "uri") for text in texts(each)):
            if uri.endswith(_EVERYBODYS_GROUPS):
                yield from ((uri, each) for each in texts(at(grant, "permission")) or texts(at(grant, "permissions")))


def _endpoint(change: Change) -> Iterable[Seen]:
    before, after = (block(side, "vpc_config") for side in (change.values.before, change.values.after))
    if at(after, "endpoint_public_access") is not True:
        return
    # EKS takes all addresses where nothing is said.
    cidrs = texts(at(after, "public_access_cidrs")) or ["0.0.0.0/0"]
    was = (texts(at(before, "public_access_cidrs")) or ["0.0.0.0/0"]) if at(before, "endpoint_public_access") else []
    new = sorted({*cidrs} - {*was})
    if any(map(is_everybody, new)):
        yield Seen("Its API is reached from the whole internet.")
    elif new:
        yield Seen(f"Its API is reached from {all_told(new)}.", Severity.HIGH)


_LOOKS: Mapping[str, Callable[[Change], Iterable[Seen]]] = {
    "aws_ami_launch_permission": _image,
    "aws_eks_cluster": _endpoint,
    "aws_subnet": _subnet,
    **dict.fromkeys(_DATABASES, _database),
    **dict.fromkeys(_WITH_ACL, _by_acl),
}
"""By type, what is looked for; a policy in all others."""

RULES = (
    Rule(
        "public-access",
        Severity.CRITICAL,
        "a bucket, key, registry, database or API that anybody can reach; a subnet with public addresses",
        "Data, or the cluster itself, is open to everybody who finds it.",
        "Take it back; share by role or account instead.",
        frozenset({*_KEPT_FROM_PUBLIC, *_LOOKS, *RESOURCE_POLICIES}),
        _public,
    ),
)
