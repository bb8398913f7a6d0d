"""Who must say yes to a quote, and whether they can be asked where they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mcp_server.aws.failures import AwsFailure
from mcp_server.capacity.words import clean, typed
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.entries import ApprovalMode
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.quotes import OverlapKind, Quote
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.requesters import dialog_enough

_LONGEST_CARD = 300
_HONOURS_THE_FLAG = {"claude-code": (2, 1, 199)}
"""Clients that ask a person before a tool that says so, by the version from which on they do."""


@dataclass(frozen=True, slots=True)
class Program:
    """A client as it presents itself. can_ask says whether it puts questions of the server to a person."""

    name: str
    version: str
    can_ask: bool

    @property
    def asks_people(self) -> bool:
        """Whether it is one that asks a person before it calls a tool that spends."""
        least = _HONOURS_THE_FLAG.get(self.name)
        return self.can_ask and least is not None and _numbers(self.version) >= least

    def __str__(self) -> str:
        return clean(f"{self.name} {self.version}", 80)


class Way(StrEnum):
    """Where the total is typed."""

    DIALOG = "dialog"
    TERMINAL = "terminal"


def way_of_asking(policy: Policy, quote: Quote, program: Program) -> Way:
    """A dialog of the client, where the policy trusts it and no second factor has to be typed; else a terminal."""
    second_factor = policy.check_account(quote.account).mfa_serial is not None
    trusted = policy.approval is ApprovalMode.CLIENT and program.asks_people and dialog_enough(policy, quote)
    return Way.DIALOG if trusted and not second_factor else Way.TERMINAL


def why_terminal(policy: Policy, quote: Quote, program: Program) -> str:
    """Why the total is typed in a terminal, for those who asked elsewhere."""
    if policy.approval is not ApprovalMode.CLIENT:
        return f"{policy.file} wants approval by {policy.approval}"
    if policy.check_account(quote.account).mfa_serial:
        return f"{policy.file} wants a second factor"
    if not program.can_ask:
        return "this client puts no questions to a person"
    return f"this client ({program}) is not known to ask a person before it spends"


def spending_tool(*, extends: bool) -> str:
    """The tool that buys extensions, or everything else."""
    return "extend_capacity" if extends else "purchase_capacity"


def named_quote(book: Book, quote_id: str) -> Quote:
    """The quote that a call names.

    Raises:
        SpendingRefused: The ledger has none of this id.
    """
    quote = book.quotes.get(quote_id)
    if quote is None:
        raise SpendingRefused(Rule.QUOTE_UNKNOWN, f"{typed(quote_id)} is no quote of this ledger.")
    return quote


def check_card(quote: Quote, total: str, summary: str, *, extends: bool) -> None:
    """Whether a call repeats the total and the summary of its quote, byte for byte.

    The client's permission card shows what the model repeats; so that must be what will be bought. extends is whether
    the call was of the tool for extensions.

    Raises:
        SpendingRefused: The quote is of the other kind, or repeated differently.
    """
    if quote.kind.extends != extends:
        right = spending_tool(extends=quote.kind.extends)
        raise SpendingRefused(Rule.QUOTE_KIND, f"{quote.id} is a quote of {_ARTICLES[quote.kind]}.", f"Call {right}.")
    for name, given, wanted in (("total", total, quote.total), ("summary", summary, quote.summary)):
        if given != wanted:
            # Escaped, not cleaned: what differs may be a space.
            raise SpendingRefused(Rule.CARD, f"{name} {given[:_LONGEST_CARD]!r} is not that of {quote.id}, '{wanted}'.")


def check_beside(quote: Quote, accepted: Sequence[str] = ()) -> None:
    """Refuse what overlaps a purchase of unknown outcome, but for those that a person accepted.

    Raises:
        SpendingRefused: It overlaps one.
    """
    unknown = [each for each in quote.overlapping(OverlapKind.UNKNOWN) if each.name not in accepted]
    if unknown:
        named = "; ".join(f"{each.name} ({each.what})" for each in unknown)
        raise SpendingRefused(
            Rule.OVERLAP_UNKNOWN,
            f"It overlaps what may have been bought already, and nobody knows yet: {named}.",
            "purchase_history looks for it in AWS; once it is known, quote again. A person can look at both in a "
            f"terminal: {quote.program} approve {quote.id}.",
        )


def check_fallback(policy: Policy, failure: AwsFailure) -> None:
    """Whether somebody may be taken for who reads the account, since AWS does not say who they are themselves.

    Raises:
        SpendingRefused: The policy wants two persons, and everybody without credentials of their own would be one.
    """
    if policy.approval is ApprovalMode.SECOND_PERSON:
        raise SpendingRefused(
            Rule.SAME_PERSON,
            f"{policy.file} wants a second person, and AWS does not say who is here ({failure.kind}).",
            "Let them work with AWS credentials of their own, not only with the profiles of ml-clusters.toml.",
        ) from failure


_ARTICLES = {
    DealKind.BLOCK: "a block",
    DealKind.EXTENSION: "an extension",
    DealKind.PLAN: "a training plan",
    DealKind.PLAN_EXTENSION: "an extension",
}


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split("-", 1)[0].split(".")
    return tuple(int(each) for each in parts) if all(each.isascii() and each.isdecimal() for each in parts) else ()
