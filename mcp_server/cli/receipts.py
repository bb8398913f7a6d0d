"""receipt: one purchase, whole, for people, programs and bookkeeping."""

from pathlib import Path
from typing import Annotated

import typer

from mcp_server.cli.refusals import fail, refusals_printed
from mcp_server.opening import open_ledger
from mcp_server.purchasing.records import record_of
from mcp_server.render.receipts import ReceiptFormat, receipt
from mcp_server.settings import load_settings


def print_receipt(
    asked: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A purchase (mlc-…), its quote (q-…), or what it made: a reservation (cr-…) or a plan's name or ARN.",
        ),
    ],
    written: Annotated[
        ReceiptFormat, typer.Option("--format", help="csv: a row of names and a row of values.")
    ] = ReceiptFormat.MARKDOWN,
    output: Annotated[Path | None, typer.Option(help="Write it there, over what is there.")] = None,
) -> None:
    """Write the receipt of a purchase: who, when, why, what, for how much, its ids, and where the ledger says so.

    It tells what the ledger says and asks AWS nothing. What nobody knows says unknown. Times are UTC, and local by the
    settings' time_zone.
    """
    with refusals_printed():
        ledger = open_ledger()
        text = receipt(record_of(ledger.links(), ledger.place, asked), load_settings().zone, written)
        if output is None:
            typer.echo(text)
            return
        try:
            output.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            fail(f"The receipt could not be written to {output}: {error}")
