"""What people type: ml-clusters COMMAND."""

import gc
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn


def main() -> None:
    """Run the command line. Ctrl-C, also while it is still being loaded, ends it without a traceback."""
    try:
        if sys.argv[1:2] == ["plan"] and "--sandbox" not in sys.argv:
            _plan(sys.argv[2:])
        from mcp_server.cli import commands  # noqa: PLC0415 - it takes long, and may be interrupted

        commands.main()
    except KeyboardInterrupt:
        _leave(130)
    except SystemExit as leaving:
        _leave(leaving.code)


def _plan(words: Sequence[str]) -> NoReturn:
    """Plans are read in a fraction of the time that the other commands take to be loaded."""
    # What is read of a large plan is a million objects without a cycle, and stays until the end.
    gc.disable()
    from mcp_server.cli.plan_command import plan  # noqa: PLC0415

    plan(words)


def _leave(status: str | int | None) -> NoReturn:
    """End with an exit status, and leave behind what still waits for AWS.

    Python's own end would wake such threads to end them, and aborts where one of them is within foreign code (CPython
    issue 87135, until 3.14).
    """
    waiting = any(each.daemon for each in threading.enumerate())
    if isinstance(status, str) or not waiting:
        sys.exit(status)
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status or 0)


__all__ = ["main"]
