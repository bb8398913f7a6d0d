"""Looking at many changes on two processors."""

import os
import threading
from collections.abc import Callable, Sequence

import msgspec

from mcp_server.monorepo.plans.changes import Change
from mcp_server.monorepo.plans.risks import Risk

WORTH_IT = 4_000
"""Changes: what a second process costs is what so many take."""

Look = Callable[[Sequence[Change]], list[Risk]]


def in_halves(look: Look, changes: Sequence[Change]) -> list[Risk]:
    """What look finds in changes, in their order; the second half of many is looked at by a second process.

    Not where this one has threads, which a copy of it would not have: that is so in a server. What fails in the second
    process is done again in this one, which then tells why.
    """
    if len(changes) < WORTH_IT or threading.active_count() > 1 or _processors() < 2:
        return look(changes)
    middle = len(changes) // 2
    reading, writing = os.pipe()
    second = os.fork()
    if not second:
        _tell(look, changes[middle:], writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            found = look(changes[:middle])
            told = pipe.read()
    finally:
        _, status = os.waitpid(second, 0)
    return found + (msgspec.msgpack.decode(told, type=list[Risk]) if status == 0 else look(changes[middle:]))


def _tell(look: Look, changes: Sequence[Change], writing: int) -> None:
    """Look, write what was found, and end, whatever happens: everything else is the first process's."""
    status = 1
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(msgspec.msgpack.encode(look(changes)))
        status = 0
    finally:
        os._exit(status)


def _processors() -> int:
    """Those that this process may use; 1 where none can be made a copy of it."""
    if not hasattr(os, "fork"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
