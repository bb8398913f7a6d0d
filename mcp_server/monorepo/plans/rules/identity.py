"""Who may do what: policies, boundaries, and roles that others assume."""

import re
from collections.abc import Iterable, Sequence

from mcp_server.monorepo.plans.changes import WRITING, Action, Change
from mcp_server.monorepo.plans.policies import Allowed, allowed_by, denied_by, newly_allowed, no_longer_denied
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.sharing import RESOURCE_POLICIES, WITHIN
from mcp_server.monorepo.plans.values_at import at, listed, texts, told

_MOST_TOLD = 3
_POLICIES = {
    "aws_iam_group_policy": "policy",
    "aws_iam_policy": "policy",
    "aws_iam_role_policy": "policy",
    "aws_iam_user_policy": "policy",
    "aws_organizations_policy": "content",
    "aws_ssoadmin_permission_set_inline_policy": "inline_policy",
}
_OF_RESOURCES = {kind: key for kind, key in RESOURCE_POLICIES.items() if "kms" not in kind}
"""What the policy of a resource denies, of which key-weakened tells for keys."""
_ATTACHED = frozenset(
    {"aws_iam_group_policy_attachment", "aws_iam_policy_attachment", "aws_iam_role_policy_attachment"}
    | {"aws_iam_user_policy_attachment", "aws_ssoadmin_managed_policy_attachment"}
)
_ALL_ATTACHED = frozenset(f"aws_iam_{each}_policy_attachments_exclusive" for each in ("group", "role", "user"))
_LIMITS = frozenset({"aws_organizations_policy_attachment", "aws_ssoadmin_permissions_boundary_attachment"})
"""What keeps those below from more than a policy allows."""
_WITH_BOUNDARY = frozenset({"aws_iam_role", "aws_iam_user"})
_ADMIN = ("/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess")
_DENYING = re.compile(r"deny|quarantine", re.IGNORECASE)


def _widened(change: Change) -> Iterable[Seen]:
    if change.type in _LIMITS:
        if change.action.destroys:
            yield Seen(f"What limits others is {'replaced' if change.action.replaces else 'taken away'}.")
    elif change.type in _ATTACHED:
        yield from _attached(change)
    elif change.type in _ALL_ATTACHED:
        yield from _newly_attached(change, "policy_arns")
    elif change.type in _WITH_BOUNDARY:
        yield from _role(change)
    elif change.type in _OF_RESOURCES:
        yield from _denies_less(change, _OF_RESOURCES[change.type])
    else:
        yield from _more_allowed(change, _POLICIES[change.type])


def _role(change: Change) -> Iterable[Seen]:
    """What is written into a role itself, and its boundary. Of one that is made, what makes it an administrator."""
    before, after = change.values.before, change.values.after
    if change.action not in WRITING:
        return
    yield from _boundary(change)
    yield from _newly_attached(change, "managed_policy_arns")
    old, wanted = ([at(each, "policy") for each in listed(at(side, "inline_policy"))] for side in (before, after))
    for each in wanted:
        new = newly_allowed(None, each) if each not in old else []
        wild = [each for each in new if each.is_wild]
        if wild:
            yield Seen(f"An inline policy of it allows {_allowances(wild)}.", _severity(wild))
        elif new and before is not None:
            yield Seen(f"An inline policy of it allows {_allowances(new)}.")
    if no_longer_denied(old, wanted):
        yield Seen("An inline policy of it no longer denies what it denied.")


def _newly_attached(change: Change, key: str) -> Iterable[Seen]:
    """Managed policies, of a list of all that are attached."""
    if change.action not in WRITING:
        return
    before, after = ({*texts(at(side, key))} for side in (change.values.before, change.values.after))
    for policy in sorted(after - before):
        if policy.endswith(_ADMIN):
            yield Seen(f"{told(policy)} is attached.", Severity.CRITICAL)
        elif change.values.before is not None:
            yield Seen(f"{told(policy)} is attached.", Severity.MEDIUM)


def _severity(wild: Iterable[Allowed]) -> Severity | None:
    """Of what is allowed on anything."""
    return Severity.CRITICAL if any(each.action in {"*", "*:*"} for each in wild) else None


def _boundary(change: Change) -> Iterable[Seen]:
    sides = (change.values.before, change.values.after, change.values.unknown)
    before, after, unknown = (at(side, "permissions_boundary") for side in sides)
    if not before or before == after:
        return
    if unknown is True:
        yield Seen("Which permissions boundary it has is known only after apply.", Severity.MEDIUM)
    elif after:
        yield Seen(f"Its permissions boundary is {told(after)}, and no longer {told(before)}.")
    else:
        yield Seen("Its permissions boundary is taken off.", Severity.CRITICAL)


def _attached(change: Change) -> Iterable[Seen]:
    before, after = (_policy_arn(side) for side in (change.values.before, change.values.after))
    if _DENYING.search(before) and before != after and change.action not in {Action.FORGET, Action.CREATE_AND_FORGET}:
        yield Seen(f"{told(before)}, which denies by its name, is taken away.")
    if change.action not in WRITING:
        return
    if after.endswith(_ADMIN):
        yield Seen(f"{told(after)} is attached.", Severity.CRITICAL)
    elif change.action is not Action.CREATE:
        yield Seen(f"{told(after)} is attached instead.", Severity.MEDIUM)


def _policy_arn(value: object) -> str:
    return next(iter([*texts(at(value, "policy_arn")), *texts(at(value, "managed_policy_arn"))]), "")


def _more_allowed(change: Change, key: str) -> Iterable[Seen]:
    before, after = at(change.values.before, key), at(change.values.after, key)
    if change.action is Action.DELETE:
        if denied_by(before) and not allowed_by(before):
            yield Seen("It only denies, and is destroyed: whoever has it may do what it denied.")
        return
    if change.action not in WRITING:
        return
    if at(change.values.unknown, key) is True:
        if before is not None:
            yield Seen("What it allows is known only after apply.", Severity.MEDIUM)
        return
    if before == after:
        return
    new = newly_allowed(before, after)
    wild = [each for each in new if each.is_wild]
    if wild:
        yield Seen(f"It allows {_allowances(wild)}.", _severity(wild))
    elif new and before is not None:
        yield Seen(f"It allows more: {_allowances(new)}.")
    if no_longer_denied([before], [after]):
        yield Seen("It no longer denies what it denied.")


def _denies_less(change: Change, key: str) -> Iterable[Seen]:
    """What the policy of a resource denied to whomever others let in. A policy that is replaced is of another one."""
    before, after = at(change.values.before, key), at(change.values.after, key)
    if change.action is Action.DELETE and denied_by(before) and change.type not in WITHIN:
        yield Seen("It is destroyed, and with it what it denied.", Severity.MEDIUM)
    elif change.action is not Action.UPDATE or at(change.values.unknown, key) is True:
        return
    elif no_longer_denied([before], [after]):
        yield Seen("It no longer denies what it denied.")


def _allowances(allowed: Sequence[Allowed]) -> str:
    return _some([f"{told(each.action)} on {told(each.resource)}" for each in allowed])


def _some(named: Sequence[str]) -> str:
    more = len(named) - _MOST_TOLD
    return ", ".join(named[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def _words(values: Iterable[str]) -> str:
    return _some([told(each) for each in values])


def _trust(change: Change) -> Iterable[Seen]:
    if change.action not in WRITING:
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
    elif any(each.is_any_repository for each in new):
        yield Seen("Jobs of anybody's repository at GitHub may assume it.", Severity.CRITICAL)
    elif new and before is not None:
        names = sorted({each.principal for each in new})
        known = {each.principal for each in allowed_by(before)}
        added = [each for each in names if each not in known]
        yield Seen(
            f"{_words(added)} may assume it." if added else f"{_words(names)} may assume it otherwise than before."
        )


RULES = (
    Rule(
        "iam-widened",
        Severity.HIGH,
        "a policy that allows more, or denies less; a permissions boundary that is another, or taken off",
        "Whoever has the role can do more from apply on, also what nobody had in mind.",
        "Name actions and resources, and say in the pull request what needs them.",
        frozenset({*_POLICIES, *_OF_RESOURCES}) | _ATTACHED | _ALL_ATTACHED | _LIMITS | _WITH_BOUNDARY,
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
)
