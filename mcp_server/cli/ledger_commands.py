"""ledger: what was bought, whether the record of it is whole, and a person's word on what nobody knows."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from mcp_server.aws.accounts import AWS_WORLD, Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.words import UNKNOWN, clean, quoted, remark, word
from mcp_server.cli import rebuilding, settling
from mcp_server.cli.refusals import AnchorsDisagree, fail, refusals_printed
from mcp_server.opening import open_ledger, sources_of
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.chain import Link
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.evidence import shown_of
from mcp_server.purchasing.ledger import Ledger
from mcp_server.purchasing.verification import Shown, check_anchors, check_chain
from mcp_server.render.moments import utc
from mcp_server.render.purchases import answer_of, next_step
from mcp_server.render.quotes import total
from mcp_server.render.spreadsheets import cell
from mcp_server.searching.market import unseen
from mcp_server.searching.owned import is_off, read_owned, selling_regions
from mcp_server.searching.readers import choose_readers
from mcp_server.settings import load_settings

ledger_app = typer.Typer(
    name="ledger",
    help="""The ledger: every quote, every purchase and what came of it, in one file that only grows.

    It is ledger.sqlite3 in your own data directory, for the server and the command line alike, or in --sandbox that of
    simulated AWS. Each entry carries a hash over the one before, and each purchase's tags in AWS carry the hash of its
    intent: what is changed or cut later shows. Nothing is bought while the ledger does not verify.
    """,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_LATEST = 10
_COLUMNS = (
    "purchase",
    "state",
    "what",
    "intended_utc",
    "changed_utc",
    "fee",
    "currency",
    "account",
    "region",
    "zones",
    "instance_type",
    "count",
    "start_utc",
    "end_utc",
    "extends",
    "plan",
    "target",
    "reservations",
    "quote",
    "requester",
    "approver",
    "purpose",
    "head",
)


Tagged = Callable[[Book], Shown]
"""What AWS shows of the ledger whose book it is."""


class Format(StrEnum):
    """How a ledger is written out."""

    JSONL = "jsonl"
    CSV = "csv"


@ledger_app.command()
def show(
    everything: Annotated[bool, typer.Option("--all", help=f"Every purchase, not only the latest {_LATEST}.")] = False,
) -> None:
    """Show what was bought, the latest first: state, total, what, when, by whose yes. Times are UTC.

    It tells what the ledger says and asks AWS nothing; the tool purchase_history looks there too.
    """
    with refusals_printed():
        ledger = open_ledger()
        for line in purchase_lines(ledger.read(), ledger.place, None if everything else _LATEST):
            typer.echo(line)


@ledger_app.command()
def verify(
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask AWS for the tags of purchases.")] = False,
) -> None:
    """Check that no entry was changed, removed or put in between, and that what they tell can have happened.

    Last entries that were cut leave nothing in the ledger that could show it; the tags of purchases in AWS do, so they
    are read. Exits with 1 and names the first entry, or the purchase, at fault.
    """
    with refusals_printed():
        unread: list[str] = []
        for line in verification_lines(open_ledger(), None if offline else lambda book: _tagged(book, unread)):
            typer.echo(line)
        if unread:
            fail(f"Not looked at: {', '.join(unread)}. What was bought there is not held against the ledger.")


def _tagged(book: Book, unread: list[str]) -> Shown:
    """What the tags of reservations in every configured account say of this ledger; unread gets what was not read."""
    settings = load_settings()
    accounts = Accounts(sources_of(settings))
    readers = choose_readers(accounts, [each.name for each in accounts.sources], Deadline.after(settings.time_budget))
    ours = [each for each in readers.working if each.identity.world == book.world]
    owned = read_owned(ours, selling_regions, Deadline.after(settings.time_budget), unseen, every_tag=True)
    unread += [f"account {each.name} ({each.failure.kind})" for each in readers.failures]
    unread += [f"account {each.name} ({each.identity.world})" for each in readers.working if each not in ours]
    unread += sorted({f"{each.account_name} {each.region}" for each in owned.failures if not is_off(each)})
    return shown_of(book, owned.reservations)


@ledger_app.command()
def export(
    format_: Annotated[
        Format, typer.Option("--format", help="jsonl: every entry as it is kept; csv: one purchase a row.")
    ] = Format.JSONL,
) -> None:
    """Write the ledger to standard output.

    In jsonl each line is an entry with its number, time, kind, text and hash: the hash is the SHA-256 of the JSON list
    of the hash before (64 zeros for the first), number, time, kind and text. A damaged ledger can be exported so too.
    """
    with refusals_printed():
        ledger = open_ledger()
        if format_ is Format.JSONL:
            for link in ledger.links():
                typer.echo(json.dumps(asdict(link)))
        else:
            table = csv.writer(sys.stdout, lineterminator="\n")
            table.writerow(_COLUMNS)
            table.writerows(map(_row, ledger.read().purchases.values()))


@ledger_app.command()
def settle(
    purchase: Annotated[str, typer.Argument(help="A purchase's id: mlc-…")],
    bought: Annotated[
        str | None,
        typer.Option(
            help="It was bought: the reservation's id, the plan's name or ARN, or for an extension its offering's id."
        ),
    ] = None,
) -> None:
    """Say what became of a purchase of unknown outcome, in a terminal.

    It is looked for in AWS once more, and shown. That it was not bought can be said only a day after the request,
    because AWS may show it late. Exits with 1 unless it is settled.
    """
    with refusals_printed():
        if not settling.settle(purchase, bought):
            raise typer.Exit(1)


@ledger_app.command()
def rebuild(
    ledger: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Which was lost: lg-…; may be repeated. Else the policy's."),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Go on without what cannot be read; the new ledger says so.")
    ] = False,
) -> None:
    """Begin a lost ledger anew from what AWS shows, in a terminal.

    Reads every configured account in every region that sells blocks or plans: these tell their purchase by their tags,
    extensions by their history. It shows what it found, and writes only once a person types so, and only where there
    is no ledger. What AWS does not keep (who said yes, why, under which policy, by which quote) says unknown. The new
    ledger has an id of its own, for the policy's ledger_id. Exits with 1 unless it is written.
    """
    with refusals_printed():
        if not rebuilding.rebuild_ledger(ledger or (), partial=partial):
            raise typer.Exit(1)


def purchase_lines(book: Book, place: str, latest: int | None = None) -> Iterator[str]:
    """The purchases of a ledger, the latest first, for people. latest is how many at most."""
    if book.count == 0:
        yield f"There is no ledger at {remark(place)} yet: it begins with the first quote."
        return
    purchases = sorted(book.purchases.values(), key=lambda each: each.intended, reverse=True)
    shown = purchases[:latest]
    for each in shown:
        yield from _purchase(each)
        yield ""
    if len(shown) < len(purchases):
        yield f"{len(purchases) - len(shown)} earlier ones: ml-clusters ledger show --all"
    world = "AWS" if book.world == AWS_WORLD else f"SIMULATED: {clean(book.world)}, no money"
    yield f"{_many(len(purchases), 'purchase')} from {_many(len(book.quotes), 'quote')}; {book.count} entries."
    yield from _rebuilt(book)
    yield f"Ledger {book.ledger_id} ({world}): {remark(place)}. Times are UTC."


def _rebuilt(book: Book) -> Iterator[str]:
    if book.rebuilt is None:
        return
    at, entry = book.rebuilt
    lost = ", ".join(map(word, entry.ledgers))
    yield f"Rebuilt from AWS at {utc(at)} by {quoted(entry.by)}, because {lost} was lost."
    yield from (f"  not read then: {remark(each)}" for each in entry.unread)


def verification_lines(ledger: Ledger, tagged: Tagged | None = None) -> Iterator[str]:
    """Verify a ledger and say so. tagged asks AWS what it shows of its purchases; None: not asked.

    Raises:
        LedgerRefused: It cannot be read, or is another than the policy's.
        BrokenChain, UnreadableEntry: It does not verify.
        AnchorsDisagree: Its chain does, and AWS's tags say otherwise.
    """
    links = ledger.links()
    # A file without entries is refused by reading it; without a file there is nothing to verify yet.
    if not links and not ledger.read().count:
        yield f"There is no ledger at {remark(ledger.place)} yet: it begins with the first quote."
        return
    verified = check_chain(links)
    book = ledger.read()
    yield f"{verified.entries} entries verify: {remark(ledger.place)}"
    yield f"Head {verified.head}, {utc(links[-1].time)} UTC"
    if tagged is None:
        yield "It was not held against the tags in AWS, which alone show whether last entries were cut."
    else:
        yield _anchored(links, tagged(book))


def _anchored(links: Sequence[Link], shown: Shown) -> str:
    found = check_anchors(links, shown.anchors)
    if found.findings or shown.contradictions:
        raise AnchorsDisagree([*found.findings, *shown.contradictions])
    if not found.last:
        return "No purchase in AWS has a tag of it: nothing there speaks for or against it."
    return f"{_many(len(found.anchors), 'tag')} in AWS fit, the last to entry {found.last}; {found.after} follow it."


def _purchase(purchase: Purchase) -> Iterator[str]:
    yield f"{word(purchase.id)}  {str(purchase.state).upper()}  {total(purchase.deal)}  {utc(purchase.intended)}"
    yield f"  {purchase.deal.summary}"
    approval = purchase.intent.approval if purchase.intent else None
    approved = f"{quoted(approval.approver)} ({approval.mode})" if approval else UNKNOWN
    yield f"  approved by {approved}, asked for by {quoted(purchase.requester) if purchase.requester else UNKNOWN}"
    yield f"  purpose {quoted(purchase.quote.purpose) if purchase.quote else UNKNOWN}"
    if purchase.restored:
        yield f"  restored from AWS: {purchase.restored.evidence}, {remark(purchase.restored.detail)}"
    if purchase.reservations:
        yield "  " + ", ".join(f"{word(each.id)} {each.state}" for each in purchase.reservations)
    if purchase.changed != purchase.intended:
        yield f"  {purchase.state} {'as seen at' if purchase.restored else 'since'} {utc(purchase.changed)}"
    if answer := answer_of(purchase):
        yield f"  AWS: {answer}"
    if purchase.state is PurchaseState.UNKNOWN:
        yield f"  {next_step(purchase)}"
    yield from (f"  differs from the quote: {remark(each)}" for each in purchase.mismatches)


def _row(purchase: Purchase) -> tuple[object, ...]:
    deal, quote = purchase.deal, purchase.quote
    return (
        cell(purchase.id),
        purchase.state,
        deal.buys,
        purchase.intended.isoformat(),
        purchase.changed.isoformat(),
        UNKNOWN if deal.fee is None else deal.fee,
        cell(deal.currency or UNKNOWN),
        cell(deal.account),
        deal.region,
        cell(deal.zones),
        cell(deal.instance_type),
        deal.count or UNKNOWN,
        deal.start.isoformat(),
        deal.end.isoformat(),
        cell(deal.extends or ""),
        cell(deal.plan),
        deal.target or "",
        cell(" ".join(each.id for each in purchase.reservations)),
        quote.id if quote else UNKNOWN,
        cell(purchase.requester or UNKNOWN),
        cell(purchase.intent.approval.approver if purchase.intent else UNKNOWN),
        cell(quote.purpose if quote else UNKNOWN),
        cell(purchase.head or UNKNOWN),
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
