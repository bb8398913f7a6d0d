"""IAM's answer to a request, from policy documents: as much of its logic as ours use, and an error for the rest."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]
Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """Who asks for what. context holds condition keys; one that is absent is absent from the request."""

    action: str
    resource: str = "*"
    principal: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


def listed(value: object) -> list[Any]:
    """What may stand alone or in a list, as a list."""
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def statements(documents: Iterable[Document]) -> list[Statement]:
    """The statements of some documents."""
    return [each for document in documents for each in listed(document["Statement"])]


def allowed(documents: Iterable[Document], request: Request, boundary: Document | None = None) -> bool:
    """Whether policies of one kind let a request pass; a boundary must let it pass too."""
    fitting = [each["Effect"] for each in statements(documents) if _fits(each, request)]
    if "Deny" in fitting or "Allow" not in fitting:
        return False
    return boundary is None or allowed([boundary], request)


def _fits(statement: Statement, request: Request) -> bool:
    unknown = set(statement) - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
    if unknown:
        raise NotImplementedError(f"{unknown} in {statement}")
    return (
        any(_matches(each, request.action, fold=True) for each in listed(statement["Action"]))
        and any(_matches(each, request.resource) for each in listed(statement.get("Resource", "*")))
        and ("Principal" not in statement or _is(statement["Principal"], request.principal))
        and all(
            _holds(operator, values, request.context.get(key))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _is(wanted: str | Mapping[str, Any], principal: Mapping[str, str]) -> bool:
    """Whether a principal is meant: everybody, itself, or anybody of an account whose root is named."""
    if wanted == "*":
        return True
    assert isinstance(wanted, Mapping)
    for kind, names in wanted.items():
        for name in listed(names):
            actual = principal.get(kind)
            account = re.fullmatch(r"arn:aws:iam::(\d+):root", name)
            if actual and (name in {"*", actual} or (account and actual.split(":")[4] == account[1])):
                return True
    return False


def _matches(pattern: str, value: str, *, fold: bool = False) -> bool:
    wild = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(wild, value, re.DOTALL | (re.IGNORECASE if fold else 0)) is not None


def _equals(wanted: str, actual: str) -> bool:
    return wanted == actual


_OPERATORS = {
    "StringEquals": _equals,
    "StringLike": _matches,
    "ArnEquals": _matches,
    "ArnLike": _matches,
    "Bool": lambda wanted, actual: wanted.lower() == actual.lower(),
}


def _holds(operator: str, values: object, actual: str | Sequence[str] | None) -> bool:
    wanted = [str(each) for each in listed(values)]
    present = [] if actual is None else listed(actual)
    if operator == "StringNotEquals":
        return all(each not in wanted for each in present)
    if operator == "ForAllValues:StringNotEquals":
        return all(each not in wanted for each in present)
    if operator == "ForAnyValue:StringEquals":
        return any(each in wanted for each in present)
    compare = _OPERATORS.get(operator)
    if compare is None:
        raise NotImplementedError(operator)
    # A key that is absent fits no positive operator (IAM user guide, condition operators).
    return any(compare(each, one) for each in wanted for one in present)
