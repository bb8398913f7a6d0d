"""Files that commands write."""

from pathlib import Path
from tempfile import NamedTemporaryFile

import typer

from mcp_server.cli.refusals import fail

_DEVICES = Path("/dev")
"""What is there stands for something else, and would be lost to everybody."""


def write_whole(file: Path, text: str) -> None:
    """Write a file whole or not at all, so that who reads it meanwhile never sees half of one."""
    if file.parent.resolve() == _DEVICES or (file.exists() and not file.is_file()):
        fail(f"{file} is no file that could be replaced: nothing was written.")
    draft: Path | None = None
    try:
        # Under a name that nobody can have laid a link at; a link at the file's own is replaced. Line ends stay.
        with NamedTemporaryFile(
            "w", dir=file.parent, prefix=f".{file.name}.", delete=False, encoding="utf-8", newline=""
        ) as opened:
            draft = Path(opened.name)
            opened.write(text)
        draft.chmod(0o644)
        draft.replace(file)
    except OSError as error:
        if draft:
            draft.unlink(missing_ok=True)
        fail(f"{file} could not be written, and is as it was: {error}")
    typer.echo(f"Wrote {file}")
