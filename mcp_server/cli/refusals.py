"""What is expected to go wrong with the ledger, as a command's last sentence."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer

from mcp_server.aws.failures import AwsFailure
from mcp_server.capacity.words import one_line
from mcp_server.cli.approving import NoTerminal
from mcp_server.purchasing.chain import BrokenChain
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.places import NoHome
from mcp_server.purchasing.records import NoSuchPurchase
from mcp_server.purchasing.refusals import SpendingRefused
from mcp_server.purchasing.verification import UnreadableEntry
from mcp_server.settings import SettingsRefused


class AnchorsDisagree(Exception):
    """A ledger's chain verifies, and the tags of purchases in AWS say that it is not the one they were made with."""

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = findings
        super().__init__("\n".join(findings))


@contextmanager
def refusals_printed() -> Generator[None]:
    """Tell what is expected to go wrong in one sentence, and exit with 1."""
    try:
        yield
    except BrokenChain as broken:
        fail(f"THE LEDGER DOES NOT VERIFY. {broken} Keep the file as it is, and restore it from a backup.")
    except UnreadableEntry as unreadable:
        fail(f"{unreadable} Read it with that version.")
    except AnchorsDisagree as disagreement:
        fail("THE LEDGER IS NOT THAT OF AWS'S TAGS.", *disagreement.findings)
    except AwsFailure as failure:
        fail(f"{failure} Nothing was changed.")
    except (LedgerRefused, SettingsRefused, NoHome, NoTerminal, NoSuchPurchase, SpendingRefused) as refusal:
        fail(str(refusal))


def fail(*lines: str) -> NoReturn:
    """Say it on standard error, a line each, and exit with 1."""
    for line in lines:
        typer.echo(one_line(line), err=True)
    raise typer.Exit(1)
