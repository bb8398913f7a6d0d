"""Files that commands write."""

from pathlib import Path

import typer

from mcp_server.cli.refusals import fail
from mcp_server.replacing import replace_file

_DEVICES = Path("/dev")
"""What is there stands for something else, and would be lost to everybody."""


def write_whole(file: Path, text: str) -> None:
    """Write a file whole or not at all, so that who reads it meanwhile never sees half of one."""
    if file.parent.resolve() == _DEVICES or (file.exists() and not file.is_file()):
        fail(f"{file} is no file that could be replaced: nothing was written.")
    try:
        replace_file(file, text.encode(), 0o644)
    except OSError as error:
        fail(f"{file} could not be written, and is as it was: {error}")
    typer.echo(f"Wrote {file}")
