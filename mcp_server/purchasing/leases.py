"""Whether the process that is buying still runs. Reads what the machine says of its boot and its processes."""

import os
import platform
import subprocess
from datetime import datetime
from functools import cache
from pathlib import Path

from mcp_server.purchasing.entries import Lease

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")


def take_lease(deadline: datetime) -> Lease:
    """This process's, until a deadline (UTC, AWS's time)."""
    pid = os.getpid()
    return Lease(_host(), _boot(), pid, _started(pid) or "", deadline)


def alive(lease: Lease, now: datetime) -> bool:
    """Whether its holder may still be buying: not past the deadline, and not known to be dead.

    A process on another machine cannot be looked at; its deadline decides.
    """
    if now > lease.deadline:
        return False
    if lease.host != _host():
        return True
    return lease.boot == _boot() and _started(lease.pid) == lease.started


@cache
def _host() -> str:
    """The machine, and within it the container: process numbers mean nothing outside of it."""
    return f"{platform.node()} {_NAMESPACE.readlink() if _NAMESPACE.exists() else ''}".strip()


@cache
def _boot() -> str:
    if _BOOT.exists():
        return _BOOT.read_text(encoding="ascii").strip()
    answer = subprocess.run(["sysctl", "-n", "kern.boottime"], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _started(pid: int) -> str | None:
    """When a process was started, in whatever form the machine tells it; None if there is none (or only its corpse)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _started_by_ps(pid)
    return None if fields[0] in "ZX" else fields[19]


def _started_by_ps(pid: int) -> str | None:
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None
