"""The purchase: steps 4 to 7 of the protocol, in one synchronous function of one process."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from mcp_server.aws.buying import Certainty, Credentials, PurchaseFailed, Sold
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.capacity.owned import ExtensionState, ReservationState
from mcp_server.capacity.words import sentence
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.chain import START
from mcp_server.purchasing.comparison import mismatches, reserved
from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.desk import Desk, check_world
from mcp_server.purchasing.entries import Approval, ApprovalMode, Concluded, Entry, PurchaseState, Reserved
from mcp_server.purchasing.intent import Intention, check_spendable, decide
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.requesters import check_dialog, principal, principals
from mcp_server.purchasing.rereading import reread
from mcp_server.purchasing.seller import Purchaser, Seller
from mcp_server.purchasing.tags import tags_of
from mcp_server.purchasing.totals import same_total

_MARGIN = timedelta(seconds=60)
_TRIES = 20
_ENOUGH = {
    ApprovalMode.CLIENT: {ApprovalMode.CLIENT, ApprovalMode.TERMINAL},
    ApprovalMode.TERMINAL: {ApprovalMode.TERMINAL},
    ApprovalMode.SECOND_PERSON: {ApprovalMode.SECOND_PERSON},
}
"""The ways of saying yes that satisfy each mode of a policy."""

_STATES = {
    Certainty.NOT_SENT: PurchaseState.NOT_SENT,
    Certainty.REJECTED: PurchaseState.REJECTED,
    Certainty.UNKNOWN: PurchaseState.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Order:
    """A quote that a person said yes to. credentials are a purchaser's session, where a second factor opened it."""

    id: str
    quote_id: str
    approval: Approval
    credentials: Credentials | None = None


def purchase(order: Order, desk: Desk) -> Purchase:
    """Buy what was quoted: at most one request, whose outcome is in the ledger when this returns.

    Raises:
        SpendingRefused: Something speaks against it; nothing was sent.
        PolicyRefused, PolicyForbids: The policy does; nothing was sent.
        AwsFailure: AWS did not answer before the request; nothing was sent.
        LedgerRefused: The ledger cannot be written. After the intent, the outcome is then unknown to others.
    """
    quote = _quote(order, desk)
    seller = desk.seller(quote.account, quote.region)
    policy = _policy(order, quote, desk)
    _check_caller(desk, seller, quote)
    check_spendable(desk.ledger.read(), quote, seller.now)
    try:
        offering = reread(seller, quote.offering, quote.probe)
        purchaser = _purchaser(order, quote, policy, seller)
        _dry_run(purchaser, quote, offering.id)
        estate = _estate(seller, quote)
    except SpendingRefused:
        # Another process may have bought this very quote meanwhile: then that is why AWS does not offer it any more.
        check_spendable(desk.ledger.read(), quote, seller.now)
        raise
    if desk.stopped():
        raise SpendingRefused(Rule.STOPPED, "The purchase was told to end before it asked AWS for anything.")
    lease = desk.lease(seller.now + desk.timeout + _MARGIN)
    intention = Intention(order.id, quote, offering.id, order.approval, lease, estate, policy, seller.now, desk.alive)
    book = desk.ledger.append(seller.now, decide(intention))
    tags = tags_of(quote, book.ledger_id, book.purchases[quote.purchase_id].head, seller.now)
    # A machine that slept since must not send what everybody else has given up.
    late = seller.now > lease.deadline - desk.timeout
    conclusion = _too_late(quote) if late else _send(purchaser, quote, offering.id, tags, estate)
    return _recorded(desk, seller, quote.purchase_id, conclusion)


def _quote(order: Order, desk: Desk) -> Quote:
    quote = desk.ledger.read().quotes.get(order.quote_id)
    if quote is None:
        raise SpendingRefused(Rule.QUOTE_UNKNOWN, f"{order.quote_id} is no quote of the ledger {desk.ledger.place}.")
    if not same_total(order.approval.typed, quote.fee, quote.currency):
        raise SpendingRefused(Rule.TOTAL, f"What was typed is not the total of {quote.id}.")
    return quote


def _policy(order: Order, quote: Quote, desk: Desk) -> Policy:
    """The policy as it is now, which must be the one that the quote was checked against."""
    policy = desk.policy()
    policy.check_enabled()
    if policy.hash != quote.policy_hash:
        raise SpendingRefused(Rule.POLICY_CHANGED, f"{policy.file} was changed since the quote.")
    if order.approval.mode not in _ENOUGH[policy.approval]:
        raise SpendingRefused(Rule.APPROVAL, f"{policy.file} wants approval by {policy.approval}.")
    if policy.approval is ApprovalMode.SECOND_PERSON:
        check_second_person(policy, quote, order.approval.approver)
    if order.approval.mode is ApprovalMode.CLIENT:
        check_dialog(policy, quote)
    return policy


def check_second_person(policy: Policy, quote: Quote, approver: str) -> None:
    """Whether an approver's ARN stands for somebody else than whoever asked for the quote.

    Raises:
        SpendingRefused: It does not, or nobody can tell.
    """
    approving, asked = principal(approver), principals(policy, quote.requester)
    if approving and None not in asked and approving not in asked:
        return
    told_apart = approving and None not in asked
    who = f"somebody else than {approving}, who asked for it" if told_apart else "two persons that AWS can tell apart"
    raise SpendingRefused(
        Rule.SAME_PERSON,
        f"{policy.file} wants the approval of {who}.",
        "Let somebody with AWS credentials of their own run the command.",
    )


def _check_caller(desk: Desk, seller: Seller, quote: Quote) -> None:
    """Whether AWS is still the one that quoted, and the credentials those of its account."""
    caller = seller.caller()
    endpoint = seller.endpoint(quote.kind.service)
    check_world(desk, caller, endpoint)
    if (caller.account, caller.partition) != (quote.account, quote.partition):
        raise SpendingRefused(
            Rule.CALLER_CHANGED, f"The credentials belong to account {caller.account}, the quote to {quote.account}."
        )
    if not _same_aws(quote, caller.world, endpoint):
        raise SpendingRefused(
            Rule.WORLD,
            f"The quote was made at {quote.endpoint} ({quote.world}); now {endpoint} ({caller.world}) is it.",
            "Quote again there.",
        )


def _same_aws(quote: Quote, world: str, endpoint: str) -> bool:
    """Whether it is the AWS of a quote; a simulation that was started again is the same one elsewhere."""
    return world == quote.world and (quote.simulated or endpoint == quote.endpoint)


def _purchaser(order: Order, quote: Quote, policy: Policy, seller: Seller) -> Purchaser:
    """Become who buys, and make sure that this is somebody of the quote's account, at the same AWS."""
    terms = policy.check_account(quote.account)
    if terms.mfa_serial and order.credentials is None:
        raise SpendingRefused(Rule.APPROVAL, f"{policy.file} wants a code of {terms.mfa_serial}, typed in a terminal.")
    try:
        purchaser = seller.purchaser(terms, quote.purchase_id, order.credentials, quote.kind.service)
    except AwsFailure as failure:
        raise SpendingRefused(
            Rule.NOT_PERMITTED,
            f"The purchaser of account {quote.account} cannot be had: {sentence(str(failure))}",
            f"See its purchaser_role and purchaser_profile in {policy.file}.",
        ) from failure
    identity = purchaser.identity
    if (identity.account, identity.partition) != (quote.account, quote.partition):
        raise SpendingRefused(
            Rule.ACCOUNT,
            f"The purchaser belongs to account {identity.account}, the quote to {quote.account}.",
            f"See its purchaser_role and purchaser_profile in {policy.file}.",
        )
    if not _same_aws(quote, identity.world, purchaser.endpoint):
        raise SpendingRefused(Rule.WORLD, f"The purchaser reaches {purchaser.endpoint}, the quote {quote.endpoint}.")
    return purchaser


def _dry_run(purchaser: Purchaser, quote: Quote, offering_id: str) -> None:
    """Whether it may be bought, as far as AWS says before it is: SageMaker knows no dry run."""
    if quote.kind.of_plan:
        return
    try:
        if quote.extends:
            purchaser.dry_run_extension(offering_id, quote.extends)
        else:
            purchaser.dry_run_block(offering_id, quote.deal.platform, tags_of(quote, START, START, quote.made))
    except AwsFailure as failure:
        denied = failure.kind is FailureKind.DENIED
        then = "It needs ec2:PurchaseCapacityBlock, ec2:PurchaseCapacityBlockExtension and ec2:CreateTags."
        raise SpendingRefused(
            Rule.NOT_PERMITTED,
            f"The dry run as {purchaser.identity.arn} failed: {sentence(str(failure))}",
            then if denied else "Quote again when AWS answers.",
        ) from failure


def _estate(seller: Seller, quote: Quote) -> Estate:
    """What is there just before the request; an extension must still begin where its reservation ends."""
    estate = seller.estate()
    if quote.extends is None:
        return estate
    reservation = next((each for each in estate.reservations if each.id == quote.extends), None)
    if reservation is None or reservation.end != quote.start:
        end = reservation.end if reservation else None
        raise SpendingRefused(
            Rule.TERMS_CHANGED, f"{quote.extends} ended at {quote.start:%Y-%m-%d %H:%M} UTC, and now at {end}."
        )
    for each in estate.extensions:
        if each.reservation_id == quote.extends and each.state is ExtensionState.PAYMENT_PENDING:
            raise SpendingRefused(
                Rule.TERMS_CHANGED,
                f"{quote.extends} has an extension whose payment is pending.",
                "Wait until it is paid; see purchase_history.",
            )
    return estate


def _send(purchaser: Purchaser, quote: Quote, offering_id: str, tags: Mapping[str, str], estate: Estate) -> Concluded:
    try:
        sold = _sold(purchaser, quote, offering_id, tags, estate)
    except PurchaseFailed as failure:
        state = _STATES[failure.certainty]
        return Concluded(quote.purchase_id, state, failure.code, failure.message, failure.request_id)
    return Concluded(
        quote.purchase_id,
        PurchaseState.ACCEPTED,
        request_id=sold.request_id,
        reservations=(*map(reserved, sold.reservations), *_plan_made(quote, sold)),
        mismatches=mismatches(quote.deal, sold.reservations, sold.extensions),
    )


def _sold(purchaser: Purchaser, quote: Quote, offering_id: str, tags: Mapping[str, str], estate: Estate) -> Sold:
    """What AWS answers to the one request.

    Raises:
        PurchaseFailed: It brought nothing, with what is known of it.
    """
    match quote.kind:
        case DealKind.BLOCK:
            return purchaser.buy_block(offering_id, quote.deal.platform, tags)
        case DealKind.EXTENSION:
            return purchaser.buy_extension(offering_id, quote.extends or "")
        case DealKind.PLAN:
            return purchaser.buy_plan(offering_id, quote.plan, tags)
        case DealKind.PLAN_EXTENSION:
            plan = next(each for each in estate.reservations if each.id == quote.extends)
            return purchaser.buy_plan_extension(offering_id, plan)


def _plan_made(quote: Quote, sold: Sold) -> Iterator[Reserved]:
    """The plan that an answer names: what became of it is told by the next look at AWS."""
    if sold.plan:
        pending = ReservationState.PAYMENT_PENDING
        yield Reserved(sold.plan, None, quote.deal.zone.name, pending, quote.start, quote.end)


def _too_late(quote: Quote) -> Concluded:
    message = "This machine stopped between the intent and the request, which was not sent any more."
    return Concluded(quote.purchase_id, PurchaseState.NOT_SENT, message=message)


def _recorded(desk: Desk, seller: Seller, purchase_id: str, conclusion: Entry) -> Purchase:
    """The purchase once its outcome is durable. Money may have been spent: a busy or full disk is tried again."""
    for attempt in range(_TRIES):
        try:
            return desk.ledger.append(seller.now, lambda _: [conclusion]).purchases[purchase_id]
        except LedgerRefused:
            if attempt == _TRIES - 1:
                raise
            time.sleep(0.1 * (attempt + 1))
    raise AssertionError
