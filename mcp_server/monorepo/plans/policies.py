"""What policies of IAM allow, and to whom: enough to tell whether one allows more than another."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from mcp_server.monorepo.plans.addresses import is_everybody
from mcp_server.monorepo.plans.values_at import at, document, listed, mapping, texts

_OF_ROLES = (
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createpolicyversion",
    "iam:createrole",
    "iam:passrole",
    "iam:putrolepolicy",
    "iam:putuserpolicy",
    "iam:updateassumerolepolicy",
    "sts:assumerole",
)
"""With these on anything, one role is every role, or becomes it. In small letters: IAM makes no difference."""
_NAMING = ("aws:principal", "aws:source", "aws:vpcsourceip", "aws:calledvia", "kms:calleraccount", "kms:viaservice")
"""How keys of conditions begin that say who, or from where; in small letters."""
_GITHUB = "oidc-provider/token.actions.githubusercontent.com"
_OF_GITHUB = ("sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "job_workflow_ref")
"""Claims of its tokens that say whose the job is."""
_ANYTHING = re.compile(r"\*.*|arn:\*.*|arn:[^:]*:\*.*|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*|arn:[^:]*:iam::[^:]*:[a-z-]+/\*")
"""Resources that are all there are, of a service or of one kind of IAM."""


class Allowed(NamedTuple):
    """Something that a statement allows. condition and principals are JSON; a principal of everybody is "*"."""

    action: str
    resource: str
    principal: str
    condition: str

    @property
    def is_wild(self) -> bool:
        """Whether it is any action, or any of a service, on anything."""
        if not _ANYTHING.fullmatch(self.resource):
            return False
        action = self.action.lower()
        return (
            action.startswith("*")
            or action.partition(":")[2] in {"", "*"}
            or any(fnmatchcase(each, action) for each in _OF_ROLES)
        )

    @property
    def is_public(self) -> bool:
        """Whether anybody may, without a condition that says who or from where."""
        return self.principal == "*" and not any(_limits(*each) for each in _conditions(self.condition))

    @property
    def is_any_repository(self) -> bool:
        """Whether jobs of anybody's repository at GitHub may."""
        conditions = _conditions(self.condition)
        return self.principal.endswith(_GITHUB) and not any(_names_repository(*each) for each in conditions)

    def covers(self, other: "Allowed") -> bool:
        """Whether whatever another one allows was allowed by this one."""
        return (
            self.principal in {other.principal, "*"}
            and self.condition in {"", other.condition}
            and _includes(self.action.lower(), other.action.lower())
            and _includes(self.resource, other.resource)
        )


def _conditions(condition: str) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Operators, keys and values, the first two in small letters."""
    for operator, keys in mapping(document(condition)).items():
        for key, values in mapping(keys).items():
            yield operator.lower(), key.lower(), texts(values)


def _limits(operator: str, key: str, values: Sequence[str]) -> bool:
    """Whether a condition says who, or from where: to leave out some leaves in everybody else."""
    if not key.startswith(_NAMING) or "not" in operator:
        return False
    if "ipaddress" in operator:
        return not any(map(is_everybody, values))
    return "like" not in operator or "*" not in values


def _names_repository(operator: str, key: str, values: Sequence[str]) -> bool:
    _, _, claim = key.rpartition(":")
    if claim not in _OF_GITHUB or "not" in operator:
        return False
    return "like" not in operator or not any(re.match(r"(repo:)?[^/]*[*?]", each) for each in values)


_ALL_BUT = "* but "


def _includes(pattern: str, other: str) -> bool:
    """Whether every name that another pattern fits, fits a pattern."""
    if not pattern.startswith(_ALL_BUT):
        return fnmatchcase(other, pattern)
    left_out = _left_out(pattern)
    if other.startswith(_ALL_BUT):
        return all(any(fnmatchcase(each, one) for one in _left_out(other)) for each in left_out)
    return not any(fnmatchcase(other, each) or fnmatchcase(each, other) for each in left_out)


def _left_out(pattern: str) -> list[str]:
    return pattern.removeprefix(_ALL_BUT).split(", ")


def allowed_by(policy: object) -> frozenset[Allowed]:
    """Everything that a policy, a text in JSON, allows. What it denies is told by denied_by."""
    return _said(policy)[0] if isinstance(policy, str) else frozenset()


def newly_allowed(before: object, after: object) -> list[Allowed]:
    """What a policy allows that nothing in the one before covers."""
    old = allowed_by(before)
    return sorted(each for each in allowed_by(after) - old if not any(one.covers(each) for one in old))


def denied_by(policy: object) -> frozenset[Allowed]:
    """Everything that it denies."""
    return _said(policy)[1] if isinstance(policy, str) else frozenset()


def no_longer_denied(before: Iterable[object], after: Iterable[object]) -> bool:
    """Whether policies denied something together that nothing in those after them denies."""
    old = {each for policy in before for each in denied_by(policy)}
    if not old:
        return False
    new = {each for policy in after for each in denied_by(policy)}
    return any(not any(one.covers(each) for one in new) for each in old - new)


# Of one change several rules ask for both sides.
@lru_cache(maxsize=16)
def _said(policy: str) -> tuple[frozenset[Allowed], frozenset[Allowed]]:
    """What it allows, and what it denies."""
    said: dict[object, list[Allowed]] = {"Allow": [], "Deny": []}
    for statement in listed(at(document(policy), "Statement")):
        found = mapping(statement)
        said.get(found.get("Effect"), []).extend(_of_statement(found))
    return frozenset(said["Allow"]), frozenset(said["Deny"])


def _of_statement(found: Mapping[str, object]) -> Iterator[Allowed]:
    condition = json.dumps(found["Condition"], sort_keys=True) if found.get("Condition") else ""
    principals, resources = _principals(found), _either(found, "Resource") or ["*"]
    for action in _either(found, "Action"):
        for resource in resources:
            for principal in principals:
                yield Allowed(action, resource, principal, condition)


def _either(statement: object, name: str) -> list[str]:
    """Actions or resources; where all but some are meant, one that says so."""
    but = texts(at(statement, f"Not{name}"))
    return [_ALL_BUT + ", ".join(sorted(but))] if but else list(texts(at(statement, name)))


def _principals(statement: object) -> list[str]:
    found = at(statement, "Principal")
    if found is None:
        but = at(statement, "NotPrincipal")
        return ["*"] if but is not None else [""]
    if isinstance(found, str):
        return [found]
    named = [text for each in mapping(found).values() for text in texts(each)]
    return named or [""]
