"""Why a purchase does not happen, before anything is sent."""

from enum import StrEnum

from mcp_server.capacity.words import typed
from mcp_server.purchasing.entries import Declined


class Rule(StrEnum):
    """What refused."""

    QUOTE_UNKNOWN = "quote unknown"
    QUOTE_SPENT = "quote spent"
    QUOTE_EXPIRED = "quote expired"
    QUOTE_KIND = "quote of another kind"
    CARD = "total or summary differs"
    DECLINED = "declined"
    TOTAL = "total typed wrong"
    APPROVAL = "approval required"
    WORLD = "another world"
    POLICY_CHANGED = "policy changed"
    ACCOUNT = "another account"
    SAME_PERSON = "second person required"
    REQUESTER = "quote of somebody else"
    CALLER_CHANGED = "credentials changed"
    TERMS_CHANGED = "terms changed"
    NOT_OFFERED = "no longer offered"
    NOT_READ = "could not be looked up"
    QUOTA = "quota"
    NOT_PERMITTED = "not permitted"
    OVERLAP = "overlap"
    OVERLAP_NEW = "overlap since the quote"
    OVERLAP_UNKNOWN = "overlap with an unknown outcome"
    OFFERING_ASKED_FOR = "offering asked for before"
    PURPOSE = "purpose"
    STOPPED = "stopped"
    SETTLED = "settled"
    TOO_EARLY = "too early"


NEXT: dict[Rule, str] = {
    Rule.QUOTE_UNKNOWN: "Quote again.",
    Rule.QUOTE_SPENT: "See purchase_history.",
    Rule.QUOTE_EXPIRED: "Quote again: the price and the offering are then read anew.",
    Rule.TERMS_CHANGED: "Search again, and quote what is offered now.",
    Rule.NOT_OFFERED: "Search again, and quote what is offered now.",
    Rule.NOT_READ: "Ask again when AWS answers.",
    Rule.POLICY_CHANGED: "Quote again under the policy as it is now.",
    Rule.REQUESTER: "Quote it yourself with quote_capacity.",
    Rule.CALLER_CHANGED: "Quote again with the credentials that are to buy.",
    Rule.OVERLAP_NEW: "Quote again, with what overlaps before the person who decides.",
    Rule.OFFERING_ASKED_FOR: "See purchase_history.",
    Rule.OVERLAP_UNKNOWN: "See purchase_history, which looks for it in AWS.",
    Rule.CARD: "Call again with total and summary exactly as quote_capacity gave them.",
    Rule.STOPPED: "Quote again to go on.",
}


class PurchaseDeclined(Exception):
    """The purchase process refused, in its own words, or ended without a word. Nothing was sent to AWS that spends."""

    def __init__(self, declined: Declined | None, logs: str) -> None:
        self.declined = declined
        ended = f"The purchase process ended before it asked AWS for anything (its log is in {logs})."
        super().__init__(declined.told if declined else f"{ended} Nothing was bought. Quote again to try again.")


class NotStarted(PurchaseDeclined):
    """There is no place for the purchase process's log, or no process can be started."""

    def __init__(self, error: OSError, logs: str) -> None:
        self.declined, self.error = None, error
        Exception.__init__(
            self,
            f"The purchase process could not be started: {error}. Nothing was bought. Make room for it, and {logs} "
            "writable for you; then try again.",
        )


class SpendingRefused(Exception):
    """Nothing was sent to AWS that spends. The text says what happened, that nothing was bought, and what next."""

    not_done = "Nothing was bought."

    def __init__(self, rule: Rule, why: str, then: str = "") -> None:
        self.rule, self.why, self.then = rule, why, then or NEXT.get(rule, "")
        super().__init__(f"{why} {self.not_done} {self.then}".strip())


class NoSuchQuote(SpendingRefused):
    """A quote that the ledger does not have. Nothing was to be bought with it."""

    not_done = "Nothing was changed."

    def __init__(self, quote_id: str) -> None:
        super().__init__(Rule.QUOTE_UNKNOWN, f"{typed(quote_id)} is no quote of this ledger.", "Leave quote_id out.")


class RebuildRefused(SpendingRefused):
    """A ledger is not rebuilt."""

    not_done = "Nothing was written."


class SettlingRefused(SpendingRefused):
    """A purchase is not settled. Whether it was bought is another matter."""

    not_done = "Nothing was changed."
