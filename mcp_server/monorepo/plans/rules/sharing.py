"""What another account can reach or read."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from mcp_server.monorepo.plans.changes import WRITING, Action, Change
from mcp_server.monorepo.plans.policies import Allowed, allowed_by, newly_allowed
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.values_at import all_told, at, block, found_under, listed, mapping, texts, told

WITHIN = dict.fromkeys(("aws_s3_bucket", "aws_secretsmanager_secret", "aws_sns_topic", "aws_sqs_queue"), "policy")
"""By type, the argument of what is itself used that says who may use it."""
RESOURCE_POLICIES = {
    **WITHIN,
    "aws_backup_vault_policy": "policy",
    "aws_ecr_registry_policy": "policy",
    "aws_ecr_repository_policy": "policy",
    "aws_efs_file_system_policy": "policy",
    "aws_kms_key": "policy",
    "aws_kms_key_policy": "policy",
    "aws_s3_bucket_policy": "policy",
    "aws_secretsmanager_secret_policy": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_sqs_queue_policy": "policy",
}
"""By type, the argument that says who may use it."""
_COPIES = {
    "aws_ami_launch_permission": "account_id",
    "aws_ram_principal_association": "principal",
    "aws_snapshot_create_volume_permission": "account_id",
}
"""By type, the argument that names whom it is shared with."""
_ACL = "aws_s3_bucket_acl"
_RAM_SHARE = "aws_ram_resource_share"
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_OF_AN_ACCOUNT = re.compile(r"(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})(?::.*)?")


def _shared(change: Change) -> Iterable[Seen]:
    if change.type in RESOURCE_POLICIES:
        yield from _by_policy(change, RESOURCE_POLICIES[change.type])
    elif change.type in _COPIES:
        for each in texts(at(change.values.after, _COPIES[change.type])):
            yield Seen(f"It is shared with {told(each)}.", Severity.MEDIUM)
    elif change.type == _RAM_SHARE:
        if _goes_outside(change.values.after) and not _goes_outside(change.values.before):
            yield Seen("It may be shared with accounts outside the organization.")
    else:
        yield from _by_acl(change)


def _goes_outside(value: object) -> bool:
    return at(value, "allow_external_principals") is True


def _by_policy(change: Change, key: str) -> Iterable[Seen]:
    before, after = at(change.values.before, key), at(change.values.after, key)
    if at(change.values.unknown, key) is True:
        if before is not None and change.action is Action.UPDATE:
            yield Seen("Who may use it is known only after apply.", Severity.MEDIUM)
        return
    own, known = _own(change, key, after), _by_account(allowed_by(before))
    if before is None and not own:
        # Nothing tells which account is this one.
        return
    for account, actions in sorted(_by_account(newly_allowed(before, after)).items()):
        if account in own:
            continue
        if account not in known:
            severity = Severity.MEDIUM if before is None else None
            yield Seen(f"Account {told(account)} may {all_told(sorted(actions))}.", severity)
        elif own:
            yield Seen(f"Account {told(account)} may more: {all_told(sorted(actions))}.", Severity.MEDIUM)


def _by_account(allowed: Iterable[Allowed]) -> Mapping[str, set[str]]:
    """What each account is allowed: its own principals, or all of it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for each in allowed:
        match = _OF_AN_ACCOUNT.fullmatch(each.principal)
        if match:
            found[match[1]].add(each.action)
    return found


def _own(change: Change, key: str, policy: object) -> set[str]:
    """The account whose it is, as its other attributes and what the policy is about name it."""
    named = [each.resource for each in allowed_by(policy)]
    for side in (change.values.before, change.values.after):
        named += [text for name, each in mapping(side).items() if name != key for text in texts(each)]
    return {account for each in named for account in _ACCOUNT.findall(each)}


def _by_acl(change: Change) -> Iterable[Seen]:
    """Grants to owners of other accounts, whom an access control list names by their canonical ids."""
    before, after = (block(side, "access_control_policy") for side in (change.values.before, change.values.after))
    if {*_grantees(after)} - {*_grantees(before)}:
        yield Seen("Its access control list lets another account in.")


def _grantees(policy: object) -> Iterator[tuple[str, str]]:
    owner = at(block(policy, "owner"), "id")
    for grant in listed(at(policy, "grant")):
        for each in (text for one in found_under(grant, "id", "email_address") for text in texts(one)):
            if each and each != owner:
                yield each, str(at(grant, "permission"))


RULES = (
    Rule(
        "shared-outside",
        Severity.HIGH,
        "a bucket, key, registry, secret, image or snapshot that another account may use, or use for more",
        "Whoever administers that account decides who in it has the data.",
        "See whose account it is, and name roles and actions instead of all of it.",
        frozenset({_ACL, _RAM_SHARE, *_COPIES, *RESOURCE_POLICIES}),
        _shared,
        WRITING,
    ),
)
