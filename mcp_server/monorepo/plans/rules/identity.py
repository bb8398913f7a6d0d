"""Who may do what: policies, boundaries, and roles that others assume."""

from collections.abc import Iterable, Sequence

from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.policies import Allowed, allowed_by, denied_by, newly_allowed
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.values_at import at, listed, texts, told

_WRITTEN = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE, Action.REPLACE_CREATING_FIRST})
_MOST_TOLD = 3
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


RULES = (
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
)
