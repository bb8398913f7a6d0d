"""approve: a person reads a quote in a terminal, types its total, and buys it."""

import getpass
import secrets
import sys
from dataclasses import dataclass
from datetime import timedelta

from rich.console import Console

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.buying import Credentials, assume_purchaser
from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.words import one_line, typed
from mcp_server.opening import make_desk, sources_of
from mcp_server.purchasing.approving import check_fallback
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.entries import Approval, ApprovalMode, Declined, PurchaseState
from mcp_server.purchasing.intent import check_spendable
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.process import come_of, start, wait
from mcp_server.purchasing.purchase import Order, check_second_person
from mcp_server.purchasing.quotes import OverlapKind, Quote
from mcp_server.purchasing.quoting import again, make_quote
from mcp_server.purchasing.reconciling import look
from mcp_server.purchasing.refusals import PurchaseDeclined, Rule, SpendingRefused
from mcp_server.purchasing.surveying import survey
from mcp_server.purchasing.totals import same_total
from mcp_server.render.purchases import purchase_sentence, waited
from mcp_server.render.quotes import question, reading, total
from mcp_server.searching.market import unseen
from mcp_server.settings import Settings, load_settings
from mcp_server.tools.notices import mark_told

_PATIENCE = timedelta(seconds=90)
_TRIES = 2


class NoTerminal(Exception):
    """Nobody is there who could type."""

    def __init__(self, command: str) -> None:
        super().__init__(f"{command} asks a person to type, and there is no terminal here. Nothing was done.")


@dataclass(frozen=True, slots=True)
class _Counter:
    """Where a person stands: settings, AWS, and the screen."""

    settings: Settings
    accounts: Accounts
    desk: Desk
    console: Console


def approve(quote_id: str) -> PurchaseState | None:
    """Show a quote, quoting again if its time has run out; ask for the total; buy.

    Returns how far the purchase is, None where there is none.

    Raises:
        NoTerminal: Standard input or output is none.
        SpendingRefused, PolicyRefused, PolicyForbids, LedgerRefused, AwsFailure, PurchaseDeclined: Nothing was bought.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminal("approve")
    settings = load_settings()
    accounts = Accounts(sources_of(settings))
    counter = _Counter(
        settings, accounts, make_desk(settings, accounts), Console(soft_wrap=True, highlight=False, emoji=False)
    )
    quote = counter.desk.ledger.read().quotes.get(quote_id)
    if quote is None:
        raise SpendingRefused(
            Rule.QUOTE_UNKNOWN, f"{typed(quote_id)} is no quote of the ledger {counter.desk.ledger.place}."
        )
    spent = counter.desk.ledger.read().purchase_of(quote_id)
    if spent:
        counter.console.print(f"{quote_id} was used already: nothing more was bought now.", markup=False)
        return _show(counter, look(counter.desk).book.purchases[spent.id])
    quote = _fresh(counter, quote)
    policy = counter.desk.policy()
    approval = _asked(counter, quote, policy)
    if approval is None:
        return None
    order = Order(secrets.token_hex(8), quote.id, approval, _second_factor(counter, quote, policy))
    return _buy(counter, order, quote.program)


def _fresh(counter: _Counter, quote: Quote) -> Quote:
    """The quote, or one made again: when its time has run out, or the policy or what is bought is not what it was."""
    desk = counter.desk
    policy = desk.policy()
    policy.check_enabled()
    with counter.console.status("Looking in AWS for what became of earlier purchases"):
        book = look(desk).book
    try:
        now = desk.seller(quote.account, quote.region).now
        check_spendable(book, quote, max(now, book.at or now) + timedelta(minutes=1))
        # What was bought since the quote is not in what it says of overlaps and of what the policy leaves.
        bought_since = any(each.intended >= quote.made for each in book.purchases.values())
        if policy.hash == quote.policy_hash and not bought_since:
            return quote
    except SpendingRefused as refusal:
        if refusal.rule is not Rule.QUOTE_EXPIRED:
            raise
    with counter.console.status("The quote is out of date: quoting again"):
        deadline = Deadline.after(counter.settings.time_budget)
        looked = survey(counter.accounts, quote.region, policy, deadline, unseen)
        fresh = make_quote(again(quote), looked.seen, desk)
    counter.console.print(f"Quoted again: {fresh.id} instead of {quote.id}, which was out of date.\n", markup=False)
    return fresh


def _asked(counter: _Counter, quote: Quote, policy: Policy) -> Approval | None:
    """The person's yes; None where they did not give it."""
    approver = _approver(counter, quote, policy)
    second = policy.approval is ApprovalMode.SECOND_PERSON
    mode = ApprovalMode.SECOND_PERSON if second else ApprovalMode.TERMINAL
    if second:
        check_second_person(policy, quote, approver)
    counter.console.print(reading(quote, counter.settings.zone), markup=False)
    beside = _accepted_beside(counter, quote)
    if beside is None:
        return _no(counter, quote, Rule.DECLINED, "The purchase of unknown outcome was not named: nothing was bought.")
    # Many tags, notes and overlaps may have moved what matters most off the screen.
    counter.console.print(f"\n{question(quote)}", markup=False)
    counter.console.print(f"Type the total to buy it: {total(quote)}", markup=False)
    for attempt in range(1, _TRIES + 1):
        typed = _typed(counter)
        if not typed:
            return _no(counter, quote, Rule.DECLINED, "Nothing was typed: nothing was bought.")
        if same_total(typed, quote.fee, quote.currency):
            return Approval(mode, approver, typed, f"ml-clusters approve, {getpass.getuser()}", beside)
        if attempt < _TRIES:
            counter.console.print(f"That is not the total. Type {total(quote)}, or nothing to stop.", markup=False)
    return _no(counter, quote, Rule.TOTAL, "The total was typed wrong twice: nothing was bought.")


def _accepted_beside(counter: _Counter, quote: Quote) -> tuple[str, ...] | None:
    """Purchases of unknown outcome that the person names after seeing both; None if they do not."""
    unknown = quote.overlapping(OverlapKind.UNKNOWN)
    book = counter.desk.ledger.read()
    for each in unknown:
        counter.console.print(f"\n{purchase_sentence(book.purchases[each.name])}", markup=False)
        counter.console.print(
            "If it was bought after all, both will be owned. Type its id (mlc-…) to go on.", markup=False
        )
        if _typed(counter) != each.name:
            return None
    return tuple(each.name for each in unknown)


def _typed(counter: _Counter) -> str:
    """A line that the person types; nothing where the input ends."""
    try:
        return counter.console.input("> ", markup=False).strip()
    except EOFError:
        return ""


def _no(counter: _Counter, quote: Quote, rule: Rule, told: str) -> None:
    entry = Declined(secrets.token_hex(8), quote.id, str(rule), told)
    counter.desk.ledger.append(counter.desk.seller(quote.account, quote.region).now, lambda _: [entry])
    counter.console.print(told, markup=False)


def _approver(counter: _Counter, quote: Quote, policy: Policy) -> str:
    """Who AWS says stands here: by the ambient credentials, in which two people differ, else by the account's."""
    try:
        return counter.accounts.ambient.identity().arn
    except AwsFailure as failure:
        check_fallback(policy, failure)
        return counter.accounts.of_number(quote.account).identity().arn


def _second_factor(counter: _Counter, quote: Quote, policy: Policy) -> Credentials | None:
    """A purchaser's session, where the policy wants a code for it. It is not kept."""
    terms = policy.check_account(quote.account)
    if terms.mfa_serial is None or terms.purchaser_role is None:
        return None
    code = counter.console.input(f"Code of {terms.mfa_serial}: ", markup=False).strip()
    source = counter.accounts.of_number(quote.account).source
    return assume_purchaser(
        terms.purchaser_profile or source.profile,
        terms.purchaser_role,
        quote.purchase_id,
        mfa_serial=terms.mfa_serial,
        mfa_code=code,
    )


def _buy(counter: _Counter, order: Order, program: str) -> PurchaseState:
    desk = counter.desk
    process = start(order, desk.logs)
    try:
        with counter.console.status("asking AWS") as status:
            ended = wait(
                order, desk.ledger, process, desk.timeout + _PATIENCE, lambda duration: status.update(waited(duration))
            )
    except KeyboardInterrupt:
        text = "The purchase goes on without this window, and may be bought. Do not buy again; see"
        counter.console.print(f"{text} {program} call purchase_history", markup=False)
        return PurchaseState.IN_FLIGHT
    if ended.purchase:
        return _show(counter, come_of(ended, ended.purchase, desk))
    if ended.running or ended.unread:
        why = f"The ledger cannot be read ({ended.unread})" if ended.unread else "The purchase process still works"
        text = f"{why}: whether it was bought is not known. Do not buy again; see {program} call purchase_history"
        counter.console.print(one_line(text), markup=False)
        return PurchaseState.IN_FLIGHT
    raise PurchaseDeclined(ended.declined, str(desk.logs))


def _show(counter: _Counter, purchase: Purchase) -> PurchaseState:
    counter.console.print(purchase_sentence(purchase), markup=False)
    mark_told(counter.desk, [purchase])
    return purchase.state
