"""The protocol broken on purpose, one rule at a time: what the state machine must notice."""

# pyright: reportPrivateUsage=false

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis.stateful import rule

from mcp_server.aws.buying import Sold
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.purchasing import ceilings, evidence, intent, purchase, reconciling, settling
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.entries import Concluded, Entry, PurchaseState
from mcp_server.purchasing.overlaps import fits, state_of
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.purchase import Order
from mcp_server.purchasing.quotes import Quote, new_purchase_id, plan_name
from mcp_server.purchasing.seller import Purchaser, Seller
from mcp_server.purchasing.tags import PURCHASE_TAG, tags_of
from tests.purchasing.in_process_aws import ACCOUNTS
from tests.purchasing.protocol_machine import ProtocolMachine

Change = tuple[object, str, Any]
"""A module, the name of a function in it, and what stands there instead."""


@dataclass(frozen=True)
class Mutation:
    """One rule broken. breaks are the invariants of which one must fail; why says what was forgotten.

    machine is the one that has to notice.
    """

    name: str
    why: str
    change: Change
    breaks: frozenset[str]
    machine: type[ProtocolMachine] = ProtocolMachine

    def apply(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Break it until the test is over."""
        module, name, instead = self.change
        monkeypatch.setattr(module, name, instead)


_what_shows = evidence.what_shows
_budget = ceilings.budget
_send = purchase._send
_sold = purchase._sold
_decide = intent.decide
_found = evidence._found
_fate_of = evidence.fate_of


def _dead_means_not_sent(each: Purchase, *seen: Any) -> list[Entry]:
    now, alive = seen[-2:]
    if each.state is PurchaseState.IN_FLIGHT and state_of(each, now, alive) is PurchaseState.UNKNOWN:
        return [Concluded(each.id, PurchaseState.NOT_SENT)]
    return _what_shows(each, *seen)


def _absence_settles(each: Purchase, *seen: Any) -> list[Entry]:
    shown = _what_shows(each, *seen)
    absent = each.state is PurchaseState.UNKNOWN and not shown
    return [Concluded(each.id, PurchaseState.REJECTED)] if absent else shown


def _nothing(*_: Any, **__: Any) -> None:
    """A check that lets everything through."""


def _told_before_written(desk: Desk, seller: Seller, purchase_id: str, conclusion: Concluded) -> Purchase:
    return replace(desk.ledger.read().purchases[purchase_id], state=conclusion.state)


def _sent_again(*asked: Any) -> Concluded:
    first = _send(*asked)
    return _send(*asked) if first.state is not PurchaseState.ACCEPTED else first


def _spent_after_the_call(order: Order, desk: Desk) -> Purchase:
    """The purchase with its fifth step after its sixth."""
    quote = purchase._quote(order, desk)
    seller = desk.seller(quote.account, quote.region)
    policy = purchase._policy(order, quote, desk)
    intent.check_spendable(desk.ledger.read(), quote, seller.now)
    offering = purchase.reread(seller, quote.offering, quote.probe)
    purchaser = purchase._purchaser(order, quote, policy, seller)
    estate = purchase._estate(seller, quote)
    lease = desk.lease(seller.now + desk.timeout)
    facts = (order.id, quote, offering.id, order.approval, lease, estate, policy, seller.now, desk.alive)
    conclusion = _send(purchaser, quote, offering.id, tags_of(quote, "", "", quote.made), estate)
    desk.ledger.append(seller.now, _decide(intent.Intention(*facts)))
    return purchase._recorded(desk, seller, quote.purchase_id, conclusion)


def _unknown_is_free(policy: Any, book: Book, *rest: Any) -> Any:
    known = {key: each for key, each in book.purchases.items() if each.state is not PurchaseState.UNKNOWN}
    return _budget(policy, replace(book, purchases=known), *rest)


def _in_flight_is_free(policy: Any, book: Book, *rest: Any) -> Any:
    known = {key: each for key, each in book.purchases.items() if each.state is not PurchaseState.IN_FLIGHT}
    return _budget(policy, replace(book, purchases=known), *rest)


def _named_anew(purchaser: Purchaser, quote: Quote, *rest: Any) -> Sold:
    return _sold(purchaser, replace(quote, plan=plan_name(new_purchase_id(), quote.label)), *rest)


def _by_tag_alone(reservation: OwnedReservation, each: Purchase) -> bool:
    return reservation.tag(PURCHASE_TAG) == each.id and fits(each, reservation)


def _failed_is_pending(*seen: Any) -> PurchaseState | None:
    fate = _fate_of(*seen)
    return PurchaseState.ACCEPTED if fate is PurchaseState.FAILED else fate


def _any_event_counts(each: Purchase, mine: Any, bought: Any, events: Sequence[Any]) -> Any:
    return _found(each, mine, bought, [replace(event, error_code="") for event in events])


def _whoever(order: Order, quote: Quote, policy: Policy, seller: Seller) -> Purchaser:
    return seller.purchaser(
        policy.check_account(quote.account), quote.purchase_id, order.credentials, quote.kind.service
    )


class StrangeCredentials(ProtocolMachine):
    """Purchasers turn out more often to belong to another account."""

    @rule()
    def swap_purchasers(self) -> None:
        """The purchasers of the two accounts are each other's."""
        self.aws.purchasers = dict(zip(ACCOUNTS, reversed(ACCOUNTS), strict=True))


def _mutation(
    name: str, why: str, change: Change, *breaks: str, machine: type[ProtocolMachine] = ProtocolMachine
) -> Mutation:
    return Mutation(name, why, change, frozenset(breaks), machine)


MUTATIONS = (
    _mutation(
        "no lease",
        "whoever died is taken not to have sent anything",
        (reconciling, "what_shows", _dead_means_not_sent),
        "settled_as_it_was",
    ),
    _mutation(
        "absence settles",
        "what AWS does not show is taken not to be there",
        (reconciling, "what_shows", _absence_settles),
        "settled_as_it_was",
        # What was bought after all is asked for again, and counts for no ceiling; which falls first hangs on examples.
        "one_request_per_offering",
        "ceilings_hold",
    ),
    _mutation(
        "no overlap check",
        "what came to overlap since the quote is not looked at",
        (intent, "_check_overlaps", _nothing),
        "nothing_is_bought_twice",
        "an_unknown_is_named",
    ),
    _mutation(
        "told before written",
        "the outcome is told, and lost with the process",
        (purchase, "_recorded", _told_before_written),
        "reports_are_durable",
    ),
    _mutation(
        "sent again",
        "the request is retried when no success came back",
        (purchase, "_send", _sent_again),
        "one_request_per_quote",
        "one_request_per_offering",
    ),
    _mutation(
        "spent after the call",
        "the intent is written when the answer is there",
        (purchase, "purchase", _spent_after_the_call),
        "intents_come_first",
        "one_request_per_quote",
    ),
    _mutation(
        "unknown is free",
        "what may have been bought does not count against ceilings",
        (ceilings, "budget", _unknown_is_free),
        "ceilings_hold",
    ),
    _mutation(
        "in flight is free",
        "what is being bought does not count against ceilings",
        (ceilings, "budget", _in_flight_is_free),
        "ceilings_hold",
    ),
    _mutation(
        "ceilings at the quote only",
        "ceilings are not checked at the intent",
        (intent, "check_ceilings", _nothing),
        "ceilings_hold",
    ),
    _mutation(
        "any event counts",
        "a refused request or a dry run in CloudTrail is taken for a purchase",
        (evidence, "_found", _any_event_counts),
        "settled_as_it_was",
    ),
    _mutation(
        "plan named anew",
        "a plan's name is made at the request, and not kept in the quote",
        (purchase, "_sold", _named_anew),
        "only_what_was_quoted",
    ),
    _mutation(
        "plan found by its tag alone",
        "a plan's name does not tell whose it is",
        (evidence, "_is_its", _by_tag_alone),
        "what_shows_is_found",
    ),
    _mutation(
        "failed is pending",
        "a plan that SageMaker calls failed goes on counting",
        (evidence, "fate_of", _failed_is_pending),
        "what_shows_is_found",
    ),
    _mutation(
        "no horizon",
        "a person may settle at once",
        (settling, "HORIZON", settling.HORIZON * 0),
        "settled_as_it_was",
    ),
    _mutation(
        "one offering twice",
        "an offering that was asked for is asked for again",
        (intent, "_SPENDABLE_AGAIN", frozenset(PurchaseState)),
        "one_request_per_offering",
    ),
    _mutation(
        "another account",
        "whoever the credentials belong to buys",
        (purchase, "_purchaser", _whoever),
        "only_what_was_quoted",
        machine=StrangeCredentials,
    ),
)
