"""Looking at many changes on two processors."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from mcp_server.monorepo.plans.changes import Change
from mcp_server.monorepo.plans.risks import Risk

WORTH_IT = 4_000
"""Changes: what a second process costs is what so many take."""

Look = Callable[[Sequence[Change]], list[Risk]]


def in_halves(look: Look, changes: Sequence[Change]) -> list[Risk]:
    """What look finds in changes, in their order; the second half of many is looked at by a second process.

    Not where this one has threads, which a copy of it would not have: that is so in a server. What fails in the second
    process, or cannot be begun, is done in this one, which then tells why. However this one ends, the other ends too.
    """
    if len(changes) < WORTH_IT or threading.active_count() > 1 or _processors() < 2:
        return look(changes)
    middle = len(changes) // 2
    begun = _begin(look, changes[middle:])
    if begun is None:
        return look(changes)
    second, reading = begun
    told = b""
    try:
        with os.fdopen(reading, "rb") as pipe:
            found = look(changes[:middle])
            told = pipe.read()
    finally:
        # Where this one fails or is interrupted nobody reads what the other finds.
        _end(second)
    # What was cut off, or was never written, is looked at again.
    with suppress(msgspec.DecodeError):
        return found + msgspec.msgpack.decode(told, type=list[Risk])
    return found + look(changes[middle:])


def _begin(look: Look, changes: Sequence[Change]) -> tuple[int, int] | None:
    """The second process, and where to read what it finds; None where the system has no room for it."""
    reading, writing = os.pipe()
    # An interruption between the copy and its first line would be the first process's, done twice.
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        second = os.fork()
        if not second:
            # A reader of its own pipe would never learn that the other reader is gone.
            os.close(reading)
            _tell(look, changes, writing)
    except OSError:
        os.close(reading)
        return None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        os.close(writing)
    return second, reading


def _tell(look: Look, changes: Sequence[Change], writing: int) -> None:
    """Look, write what was found, and end, whatever happens: everything else is the first process's."""
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(msgspec.msgpack.encode(look(changes)))
    finally:
        os._exit(0)


def _end(process: int) -> None:
    """End a process that has told all that is wanted of it, and let go of it."""
    # Where somebody has it that children are let go of by themselves, there is none any more.
    with suppress(ChildProcessError, ProcessLookupError):
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _processors() -> int:
    """Those that this process may use; 1 where none can be made a copy of it."""
    if not hasattr(os, "fork"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
