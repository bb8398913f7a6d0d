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
    reads_plans = sys.argv[1:2] == ["plan"] and "--sandbox" not in sys.argv
    try:
        if reads_plans:
            _plan(sys.argv[2:])
        from mcp_server.cli import commands  # noqa: PLC0415 - it takes long, and may be interrupted

        commands.main()
    except KeyboardInterrupt:
        _leave(130, at_once=reads_plans)
    except SystemExit as leaving:
        _leave(leaving.code, at_once=reads_plans)


def _plan(words: Sequence[str]) -> NoReturn:
    """Plans are read in a fraction of the time that the other commands take to be loaded."""
    # What is read of a large plan is a million objects without a cycle, and stays until the end.
    gc.disable()
    from mcp_server.cli.plan_command import plan  # noqa: PLC0415

    plan(words)


def _leave(status: str | int | None, *, at_once: bool) -> NoReturn:
    """End with an exit status: at once, without tidying memory up, and also where a thread still waits for AWS.

    Python's own end would wake such threads to end them, and aborts where one of them is within foreign code (CPython
    issue 87135, until 3.14). Of a large plan it would let go of a million objects one by one.
    """
    waiting = any(each.daemon for each in threading.enumerate())
    if isinstance(status, str) or not (waiting or at_once):
        sys.exit(status)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as trouble:
        # As Python's own end has it, where what was printed did not arrive.
        status = status or 120
        with suppress(OSError):
            os.write(2, f"The output could not be written: {trouble.strerror}.\n".encode())
    os._exit(status or 0)


__all__ = ["main"]
