"""watch-purchases: what was bought, followed in AWS by cron or CI, which see trouble by the exit code."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer

from mcp_server.aws.accounts import Accounts
from mcp_server.capacity.words import remark, word
from mcp_server.cli.refusals import refusals_printed
from mcp_server.opening import make_desk, sources_of
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.watching import Verdict, Watch, Watched, watch
from mcp_server.render.purchases import suspect_lines
from mcp_server.render.quotes import total
from mcp_server.settings import load_settings

_LEAST_SECONDS = 5
_OFTEN = 60.0


def watch_purchases(
    every: Annotated[
        float | None, typer.Option(min=_LEAST_SECONDS, metavar="SECONDS", help="Look again and again, until Ctrl-C.")
    ] = None,
    until_settled: Annotated[
        bool, typer.Option("--until-settled", help="Look until no outcome and no payment is open (every minute).")
    ] = False,
    days: Annotated[
        float, typer.Option(min=0, help="For how long what is final stays trouble. 0: only in the look that finds it.")
    ] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a look.")] = False,
) -> None:
    """Look in AWS for what became of every purchase, and exit with 1 on trouble: for cron, and for CI.

    Prints a line for each purchase that is open (not known, or not paid yet), has changed, or is in trouble.

    Exits with 0 when all is well; with 1 when a payment failed or AWS took a purchase back, when it differs from its
    quote, when AWS confirms no payment by the last moment to pay (12 hours after the purchase, or shortly before the
    start) or shows no reservation for an hour, when AWS could not be looked at, or when the ledger does not verify;
    with 3 when the only trouble is that nobody knows whether something was bought.
    With --every or --until-settled it is the last look that counts.

    What is final (failed, or different) is trouble for --days days after it was found, so that nobody is told for
    ever. Everything else is trouble as long as it lasts. The next result of a tool tells it too.

    As a line of a crontab, which mails what is printed, and so prints only on trouble:

    `17 * * * * out=$(/path/to/ml-clusters watch-purchases 2>&1) || echo "$out"`
    """
    with refusals_printed():
        settings = load_settings()
        desk = make_desk(settings, Accounts(sources_of(settings)))
    looks = _looks(desk, timedelta(days=days), every, until_settled=until_settled)
    verdict = Verdict.WELL
    with suppress(KeyboardInterrupt):
        for seen in looks:
            verdict = seen.verdict
            for line in [_json(seen)] if as_json else watch_lines(seen):
                typer.echo(line)
    raise typer.Exit(verdict)


def _looks(desk: Desk, lasting: timedelta, every: float | None, *, until_settled: bool) -> Iterator[Watch]:
    while True:
        seen = watch(desk, lasting)
        yield seen
        if (until_settled and seen.settled) or (every is None and not until_settled):
            return
        time.sleep(every or _OFTEN)


def watch_lines(seen: Watch) -> Iterator[str]:
    """One look as people read it, a line for each purchase."""
    yield from map(_line, seen.watched)
    yield from suspect_lines(dict(seen.suspects))
    yield from (f"NOT LOOKED AT  {remark(each)}" for each in seen.failures)
    if not seen.watched and not seen.failures:
        yield f"All is well: {seen.purchases} purchases, none of them open."


def _line(each: Watched) -> str:
    purchase = each.purchase
    head = "TROUBLE  " if each.troubles else ""
    now = "now " if each.changed else ""
    what = f"{word(purchase.id)}  {now}{purchase.state}  {total(purchase.deal)}  {purchase.deal.summary}"
    return f"{head}{what}{''.join(f'; {one}' for one in each.troubles)}"


def _json(seen: Watch) -> str:
    rows = [
        {
            "purchase_id": word(each.purchase.id),
            "state": each.purchase.state,
            "changed": each.changed,
            "troubles": list(each.troubles),
            "total": each.purchase.deal.total,
            "summary": each.purchase.deal.summary,
            "reservations": {word(one.id): one.state for one in each.purchase.reservations},
            "mismatches": list(map(remark, each.purchase.mismatches)),
        }
        for each in seen.watched
    ]
    document = {
        "verdict": seen.verdict.name.lower(),
        "settled": seen.settled,
        "purchases": rows,
        "suspects": {word(purchase): list(map(word, found)) for purchase, found in seen.suspects},
        "not_looked_at": list(map(remark, seen.failures)),
    }
    return json.dumps(document)
