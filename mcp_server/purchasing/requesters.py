"""Who asks for a quote: an AWS principal by its ARN, or the subject of a token, whom its issuer vouches for."""

from mcp_server.capacity.words import quoted
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.refusals import Rule, SpendingRefused


def subject(issuer: str, name: str) -> str:
    """A token's subject as quotes name it. Neither part has a space, so that no two subjects are called the same."""
    return f"{issuer} {name}"


def is_subject(requester: str) -> bool:
    """Whether a quote's requester is the subject of a token, and no AWS principal: an issuer is an address."""
    return requester.startswith(("https://", "http://"))


def check_requester(quote: Quote, asking: str | None) -> None:
    """Whether whoever asks may spend a quote. asking is a token's subject, None where nobody is named.

    A subject spends its own quotes alone, and nobody else's dialog spends them.

    Raises:
        SpendingRefused: The quote is somebody else's.
    """
    asked = quote.requester if is_subject(quote.requester) else None
    if asked != asking:
        now = quoted(asking) if asking else "somebody who is not named by a token"
        raise SpendingRefused(Rule.REQUESTER, f"{quote.id} was made for {quoted(quote.requester)}; now {now} asks.")


def check_dialog(policy: Policy, quote: Quote) -> None:
    """Whether a dialog of the client is enough for a quote: over HTTP only where the policy says so.

    Raises:
        SpendingRefused: It is not.
    """
    if not dialog_enough(policy, quote):
        raise SpendingRefused(Rule.APPROVAL, f"{policy.file} allows no dialogs over HTTP (http.dialog).")


def dialog_enough(policy: Policy, quote: Quote) -> bool:
    """Whether approval "client" holds for whoever asked: a token says who they are, not what program they use."""
    return not is_subject(quote.requester) or (policy.http is not None and policy.http.dialog)


def principal(arn: str) -> str | None:
    """Who an ARN stands for: of a role, and of its sessions, one name, since a session's name is anybody's to choose.

    A role's path is left out, as STS leaves it out (IAM user guide, IAM identifiers). None for a federated user, whose
    ARN tells such a name alone.
    """
    if ":federated-user/" in arn:
        return None
    head, kind, rest = arn.partition(":assumed-role/")
    if kind:
        return f"{head}{kind}{rest.rsplit('/', 1)[0]}"
    head, kind, rest = arn.partition(":role/")
    return f"{head.replace(':iam:', ':sts:')}:assumed-role/{rest.rsplit('/', 1)[-1]}" if kind else arn


def principals(policy: Policy, requester: str) -> frozenset[str | None]:
    """Who a requester is in AWS. Of a token's subject only the policy can tell.

    Raises:
        SpendingRefused: It does not tell, so that nobody could be shown to be somebody else.
    """
    if not is_subject(requester):
        return frozenset({principal(requester)})
    issuer, _, name = requester.partition(" ")
    arns = policy.http.principals.get(name, ()) if policy.http and policy.http.issuer == issuer else ()
    if not arns:
        raise SpendingRefused(
            Rule.SAME_PERSON,
            f"{policy.file} wants the approval of a second person, and does not say who {quoted(requester)} is in AWS.",
            "A person has to name their ARNs there under [http.principals]; then quote again.",
        )
    return frozenset(map(principal, arns))
