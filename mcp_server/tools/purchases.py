"""The tools that quote, buy, extend, and look back."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

import anyio.from_thread
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import (
    AcceptedElicitation,
    Context,
    DeclinedElicitation,
    Elicit,
    ElicitationResult,
    Resolve,
)
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.words import one_line, quoted, word
from mcp_server.purchasing.approving import (
    Program,
    Way,
    check_beside,
    check_card,
    check_fallback,
    named_quote,
    spending_tool,
    way_of_asking,
    why_terminal,
)
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.ceilings import budget, unpriced_here
from mcp_server.purchasing.entries import Approval, ApprovalMode, Declined, PurchaseState
from mcp_server.purchasing.intent import check_spendable
from mcp_server.purchasing.policy import Policy, PolicyForbids, PolicyRefused
from mcp_server.purchasing.process import come_of, start, wait
from mcp_server.purchasing.purchase import Order
from mcp_server.purchasing.quotes import Platform, Quote
from mcp_server.purchasing.quoting import Wanted, checked_purpose, make_quote
from mcp_server.purchasing.reconciling import look
from mcp_server.purchasing.refusals import NoSuchQuote, PurchaseDeclined, Rule
from mcp_server.purchasing.requesters import check_requester, is_subject
from mcp_server.purchasing.surveying import Survey, survey
from mcp_server.purchasing.totals import same_total
from mcp_server.render.offerings import SIMULATED
from mcp_server.render.purchases import purchase_sentence, purchases_table, suspect_lines, waited
from mcp_server.render.quotes import question, total
from mcp_server.searching.market import Progress
from mcp_server.tools.notices import mark_told
from mcp_server.tools.purchase_results import (
    HistoryResult,
    PurchaseResult,
    PurchaseStatus,
    QuoteResult,
    not_asked_result,
    purchase_result,
    quote_result,
)
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Opened, Services
from mcp_server.tools.subjects import Asking, theirs

T = TypeVar("T")
_SPENDS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True)
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True)
_META = {"anthropic/requiresUserInteraction": True}
_PATIENCE = timedelta(seconds=90)
_MOST_ROWS = 12
_MOST_PURCHASES = 3
_UNSETTLED = {PurchaseState.IN_FLIGHT, PurchaseState.UNKNOWN}


class TypedTotal(BaseModel):
    """What a person types to say yes."""

    total: str = Field(title="Total", description="Type the total to buy; anything else buys nothing")


@dataclass(frozen=True, slots=True)
class _Gate:
    """What may be done with a call that spends, before anybody is asked."""

    quote: Quote
    spent: Purchase | None
    way: Way


Answer = ElicitationResult[TypedTotal]
Tags = Annotated[dict[str, str], Field(description="Besides the policy's")]
QuoteId = Annotated[str, Field(description="From quote_capacity")]
Exactly = Annotated[str, Field(description="Exactly as quoted")]


def register_purchases(server: MCPServer[Any], services: Services, asking: Asking) -> None:
    """Add quote_capacity, purchase_capacity, extend_capacity and purchase_history to the server.

    asking tells who a request comes from: a quote is theirs, and they alone spend it.
    """
    _register_reads(server, services, asking)
    for extends in (False, True):
        _register_spending(server, services, asking, extends=extends)


def _register_reads(server: MCPServer[Any], services: Services, asking: Asking) -> None:
    @server.tool(title="Quote capacity", annotations=_READS)
    async def quote_capacity(  # pyright: ignore[reportUnusedFunction]
        ctx: Context[Any, Any],
        offering: Annotated[str, Field(description="Handle o-… of a search")],
        purpose: Annotated[str, Field(description="What the person wants it for, in their words")],
        additional: Annotated[bool, Field(description="Person wants it beside what overlaps")] = False,
        platform: Annotated[Platform, Field(description="Of a block")] = Platform.LINUX,
        label: Annotated[str, Field(description="For a plan's name")] = "",
        tags: Tags = {},  # noqa: B006 - never changed
    ) -> Annotated[CallToolResult, QuoteResult]:
        """Price one offering or extension, read live and checked against policy, quota and what is owned.

        Buys nothing. Gives a quote for ten minutes and all that the person must know before they decide.
        """
        with refusals_told("Nothing was bought."):
            wish = _Wish(offering, purpose, additional, platform, label, tuple(tags.items()), asking())
        return await _in_thread(
            services, ctx, "Nothing was bought.", lambda opened, progress: _quote(opened, wish, _program(ctx), progress)
        )

    @server.tool(title="Purchase history", annotations=_READS)
    async def purchase_history(  # pyright: ignore[reportUnusedFunction]
        ctx: Context[Any, Any],
        quote_id: Annotated[str | None, Field(description="Only of this quote or purchase")] = None,
    ) -> Annotated[CallToolResult, HistoryResult]:
        """Purchases and their outcomes, payment followed in AWS, unknown ones looked for; what the ceilings leave."""
        return await _in_thread(
            services, ctx, "Nothing was changed.", lambda opened, _: _history(opened, quote_id, asking())
        )


def _register_spending(server: MCPServer[Any], services: Services, asking: Asking, *, extends: bool) -> None:
    async def gate(ctx: Context[Any, Any], quote_id: str, total: str, summary: str) -> _Gate:
        with refusals_told("Nothing was bought."):
            card = _Card(quote_id, total, summary, asking(), extends)
            return await anyio.to_thread.run_sync(lambda: _gate(services.opened(), card, _program(ctx)))

    async def ask(ctx: Context[Any, Any], quote_id: str, total: str, summary: str) -> TypedTotal | Elicit[TypedTotal]:
        found = await gate(ctx, quote_id, total, summary)
        if found.spent or found.way is Way.TERMINAL:
            return TypedTotal(total="")
        return Elicit(question(found.quote), TypedTotal)

    async def ask_again(
        ctx: Context[Any, Any],
        quote_id: str,
        total: str,
        summary: str,
        first: Annotated[Answer, Resolve(ask)],
    ) -> TypedTotal | Elicit[TypedTotal]:
        found = await gate(ctx, quote_id, total, summary)
        typed = first.data.total if isinstance(first, AcceptedElicitation) else ""
        asked = not found.spent and found.way is Way.DIALOG and isinstance(first, AcceptedElicitation)
        if not asked or same_total(typed, found.quote.fee, found.quote.currency):
            return TypedTotal(total=typed)
        again = "That was not the total: nothing is bought yet. "
        return Elicit(question(found.quote, again), TypedTotal)

    async def spend(
        ctx: Context[Any, Any],
        quote_id: QuoteId,
        total: Exactly,
        summary: Exactly,
        first: Annotated[Answer, Resolve(ask)],
        answer: Annotated[Answer, Resolve(ask_again)],
    ) -> Annotated[CallToolResult, PurchaseResult]:
        found = await gate(ctx, quote_id, total, summary)
        said = first if not isinstance(first, AcceptedElicitation) else answer
        program = _program(ctx)
        return await _in_thread(
            services,
            ctx,
            "Nothing was bought.",
            lambda opened, progress: _spend(opened, found, said, program, progress),
        )

    noun = "extension" if extends else "block or training plan"
    spend.__doc__ = (
        f"Buy a quoted {noun}. Spends the whole total at once; no cancel, no refund.\n\n"
        "A person is asked to type the total, in the client or in a terminal. Each quote buys once at most."
    )
    title = "Extend capacity" if extends else "Purchase capacity"
    server.tool(spending_tool(extends=extends), title=title, annotations=_SPENDS, meta=_META)(spend)


@dataclass(frozen=True, slots=True)
class _Wish:
    handle: str
    purpose: str
    additional: bool
    platform: Platform
    label: str
    tags: tuple[tuple[str, str], ...]
    asking: str | None


@dataclass(frozen=True, slots=True)
class _Card:
    """What a call that spends repeats of its quote, and who calls."""

    quote_id: str
    total: str
    summary: str
    asking: str | None
    extends: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """A result, with the purchases that it shows to those whom they concern."""

    result: BaseModel
    text: str
    shown: tuple[Purchase, ...]


async def _in_thread(
    services: Services, ctx: Context[Any, Any], not_done: str, work: Callable[[Opened, Progress], _Said]
) -> CallToolResult:
    """Do the work in a thread, which goes on when the call is given up; what is shown is marked so at the very end."""

    def progress(answered: int, questions: int, line: str) -> None:
        anyio.from_thread.run(ctx.report_progress, answered, questions, line)

    with refusals_told(not_done):
        opened = await anyio.to_thread.run_sync(services.opened)
        said = await anyio.to_thread.run_sync(lambda: work(opened, progress), abandon_on_cancel=True)
    await anyio.to_thread.run_sync(lambda: mark_told(opened.desk, said.shown))
    return CallToolResult(
        content=[TextContent(type="text", text=said.text)],
        structured_content=said.result.model_dump(mode="json", exclude_none=True),
    )


def _program(ctx: Context[Any, Any]) -> Program:
    client = ctx.request_context.session.client_params
    info = client.client_info if client else None
    asks = bool(ctx.client_capabilities and ctx.client_capabilities.elicitation)
    return Program(info.name if info else "", info.version if info else "", asks)


def _quote(opened: Opened, wish: _Wish, program: Program, progress: Progress) -> _Said:
    seen = opened.seen.find(wish.handle)
    policy = opened.desk.policy()
    policy.check_enabled()
    checked_purpose(wish.purpose)
    looked = _survey(opened, seen.offering.region, policy, progress)
    reader = looked.reader(seen.offering.account)
    wanted = Wanted(
        offering=seen.offering,
        probe=seen.probe,
        account_name=reader.name if reader else seen.offering.account,
        requester=wish.asking or _requester(opened, looked, policy, seen.offering.account),
        purpose=wish.purpose,
        platform=wish.platform,
        label=wish.label,
        tags=wish.tags,
        additional=wish.additional,
    )
    quote = make_quote(wanted, looked.seen, opened.desk)
    check_beside(quote)
    way = way_of_asking(policy, quote, program)
    command = f"terminal: {quote.program} approve {quote.id}{_where(quote)}"
    asked = "dialog: they type the total" if way is Way.DIALOG else command
    result = quote_result(quote, _notices(opened), opened.preferences, spending_tool(extends=quote.kind.extends), asked)
    until = f"Quote {quote.id}, until {quote.expires:%H:%M} UTC. To buy it, by {asked}"
    parts = [*result.notices, result.facts, f"Purpose: {quoted(quote.purpose)}", result.final, until]
    return _Said(result, "\n".join(parts), ())


def _survey(opened: Opened, here: str, policy: Policy, progress: Progress) -> Survey:
    return survey(opened.accounts, here, policy, Deadline.after(opened.preferences.time_budget), progress)


def _requester(opened: Opened, looked: Survey, policy: Policy, account: str) -> str:
    """The caller: whom the ambient credentials belong to, else who reads the account.

    Raises:
        SpendingRefused: The policy wants a second person, and it is not known who the first is.
    """
    try:
        return opened.accounts.ambient.identity().arn
    except AwsFailure as failure:
        check_fallback(policy, failure)
        reader = looked.reader(account)
        return reader.identity.arn if reader else account


def _notices(opened: Opened) -> list[str]:
    return [SIMULATED] if opened.desk.simulated else []


def _where(quote: Quote) -> str:
    """Where a command is typed, for those who are not there: the ledger is where the server runs."""
    return " on the server's machine" if is_subject(quote.requester) else ""


def _gate(opened: Opened, card: _Card, program: Program) -> _Gate:
    """What may be done with this call.

    Raises:
        SpendingRefused: The call is not that of a quote that can be bought.
        PolicyRefused, PolicyForbids: The policy forbids it.
        LedgerRefused: The ledger cannot be read.
    """
    desk = opened.desk
    book = desk.ledger.read()
    quote = named_quote(book, card.quote_id)
    # First: a refusal of the card tells what the quote says.
    check_requester(quote, card.asking)
    check_card(quote, card.total, card.summary, extends=card.extends)
    spent = book.purchase_of(quote.id)
    if spent:
        return _Gate(quote, spent, Way.TERMINAL)
    policy = desk.policy()
    policy.check_enabled()
    now = desk.seller(quote.account, quote.region).now
    check_spendable(book, quote, max(now, book.at or now))
    check_beside(quote)
    return _Gate(quote, None, way_of_asking(policy, quote, program))


def _spend(opened: Opened, gate: _Gate, said: Answer, program: Program, progress: Progress) -> _Said:
    if gate.spent:
        return _purchase(opened, look(opened.desk).book.purchases[gate.spent.id])
    typed = said.data.total if isinstance(said, AcceptedElicitation) else ""
    if gate.way is Way.TERMINAL:
        policy = opened.desk.policy()
        return _approval_required(opened, gate.quote, why_terminal(policy, gate.quote, program))
    if not isinstance(said, (AcceptedElicitation, DeclinedElicitation)):
        return _approval_required(opened, gate.quote, "the question was closed")
    if not isinstance(said, AcceptedElicitation):
        return _declined(opened, gate.quote, Rule.DECLINED, "The person declined: nothing was bought.")
    if not same_total(typed, gate.quote.fee, gate.quote.currency):
        return _declined(opened, gate.quote, Rule.TOTAL, "The total was typed wrong twice: nothing was bought.")
    approval = Approval(ApprovalMode.CLIENT, gate.quote.requester, typed, str(program))
    return _carry_out(opened, gate.quote, Order(secrets.token_hex(8), gate.quote.id, approval), progress)


def _carry_out(opened: Opened, quote: Quote, order: Order, progress: Progress) -> _Said:
    """Let the purchase process do it, and tell what it wrote down."""
    desk = opened.desk
    process = start(order, desk.logs)
    seconds = int((desk.timeout + _PATIENCE).total_seconds())

    def waiting(duration: timedelta) -> None:
        progress(int(duration.total_seconds()), seconds, waited(duration))

    ended = wait(order, desk.ledger, process, desk.timeout + _PATIENCE, waiting)
    if ended.purchase:
        return _purchase(opened, come_of(ended, ended.purchase, desk))
    if ended.running or ended.unread:
        unread = f"The ledger cannot be read ({ended.unread}): whether it was bought is not known."
        message = unread if ended.unread else "The purchase process still works, and nothing is known yet."
        return _unspent(opened, quote, PurchaseStatus.IN_FLIGHT, message, "Do not buy again. Ask purchase_history.")
    raise PurchaseDeclined(ended.declined, str(desk.logs))


def _purchase(opened: Opened, purchase: Purchase) -> _Said:
    result = purchase_result(purchase, _notices(opened))
    return _Said(result, "\n".join([*result.notices, result.message]), (purchase,))


def _approval_required(opened: Opened, quote: Quote, why: str) -> _Said:
    message = f"Nothing was bought: {why}, so a person decides in a terminal. {total(quote)}: {quote.summary}."
    then = (
        f"Ask them to run{_where(quote)}: {quote.program} approve {quote.id} (now or later; it quotes again if the "
        "quote is out of date). Then see purchase_history."
    )
    return _unspent(opened, quote, PurchaseStatus.APPROVAL_REQUIRED, message, then)


def _declined(opened: Opened, quote: Quote, rule: Rule, message: str) -> _Said:
    entry = Declined(secrets.token_hex(8), quote.id, str(rule), message)
    opened.desk.ledger.append(_now(opened, quote), lambda _: [entry])
    return _unspent(opened, quote, PurchaseStatus.DECLINED, message, "Ask the person what they want instead.")


def _unspent(opened: Opened, quote: Quote, status: PurchaseStatus, message: str, then: str) -> _Said:
    # Paths, and what an operating system says of them, are in some of these as they came.
    result = not_asked_result(quote, status, one_line(message), then, _notices(opened))
    return _Said(result, "\n".join([*result.notices, result.message, then]), ())


def _history(opened: Opened, quote_id: str | None, asking: str | None) -> _Said:
    desk = opened.desk
    looked = look(desk)
    asked = list(looked.book.purchases.values()) if quote_id is None else _of_quote(looked.book, quote_id)
    rows = sorted(asked, key=lambda each: each.intended, reverse=True)
    shown = [each for number, each in enumerate(rows) if number < _MOST_PURCHASES or each.state in _UNSETTLED]
    left_out = len(rows) - len(rows[:_MOST_ROWS])
    result = HistoryResult(
        notices=_notices(opened),
        table=purchases_table(rows[:_MOST_ROWS]) if rows else None,
        cut=f"{left_out} earlier purchases: ml-clusters ledger show --all" if left_out else None,
        purchases=[purchase_result(each, []) for each in shown],
        suspects=suspect_lines(looked.suspects),
        not_looked_at=list(looked.failures),
        budget=_budget(opened, looked.book, looked.now),
        quotes=len(looked.book.quotes),
        ledger=desk.ledger.place,
    )
    unpaid = [each for each in shown if each.state is not PurchaseState.PAID]
    parts = [
        *result.notices,
        result.table or (f"Nothing was bought with {word(quote_id)}." if quote_id else "No purchase was ever made."),
        result.cut or "",
        *map(purchase_sentence, unpaid),
        *result.suspects,
        *result.not_looked_at,
    ]
    return _Said(result, "\n".join([*filter(None, parts), f"Left: {result.budget}"]), tuple(theirs(shown, asking)))


def _of_quote(book: Book, quote_id: str) -> list[Purchase]:
    """A purchase by its id, or what was bought with a quote, or with one that was made again in its place.

    Raises:
        SpendingRefused: There is no such quote.
    """
    if quote_id not in book.quotes and quote_id not in book.purchases:
        raise NoSuchQuote(quote_id)
    bought = book.purchases.get(quote_id) or book.purchase_of(quote_id)
    return [bought] if bought else []


def _budget(opened: Opened, book: Book, now: datetime | None) -> str:
    """What the ceilings leave. now is AWS's time, UTC; where AWS was not asked, the latest that is known."""
    known = now or max([opened.capacity_search.now(), *filter(None, [book.at])])
    try:
        policy = opened.desk.policy()
        policy.check_enabled()
        left = budget(policy, book, (), known)
    except (PolicyRefused, PolicyForbids) as refusal:
        return str(refusal)
    return (
        f"{left.rolling_day} {policy.currency} of {policy.ceilings.rolling_24_hours} in any 24 hours, {left.month} of "
        f"{policy.ceilings.calendar_month} this month (UTC); what other ledgers spent is counted when something is "
        f"quoted.{_not_counted(book)}"
    )


def _not_counted(book: Book) -> str:
    blind = unpriced_here(book)
    return f" Not counted, since nobody knows their fee: {', '.join(map(word, blind))}." if blind else ""


def _now(opened: Opened, quote: Quote) -> datetime:
    return opened.desk.seller(quote.account, quote.region).now
