"""On what a ledger's file may be kept, and who may touch it."""

import os
import re
import stat
import sys
from pathlib import Path

from mcp_server.purchasing.ledger_refusals import UnusableLedger

_MOUNTS = Path("/proc/self/mountinfo")
_CLUSTER = {
    "acfs",
    "beegfs",
    "ceph",
    "coda",
    "gfs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ocfs2",
    "orangefs",
    "pvfs2",
}
_REMOTE = {"9p", "afs", "cifs", "fuse", "ncpfs", "panfs", "wekafs"}
_HOST = {"fakeowner", "prl_fs", "vboxsf", "virtiofs", "vmhgfs"}
"""Folders of the machine around a virtual one."""

_LOCAL_FUSE = frozenset({"fuse.cryfs", "fuse.encfs", "fuse.fuse-overlayfs", "fuse.gocryptfs"})
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = 0o077


def file_system(mountinfo: str, path: Path) -> str:
    """The type of the file system that a path without links is on, as /proc/self/mountinfo tells; else nothing."""
    found, depth = "", 0
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        mounted = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        # What was mounted later at the same place hides what was there.
        if path.is_relative_to(mounted) and len(mounted.parts) >= depth:
            found, depth = right.split()[0], len(mounted.parts)
    return found


def is_shared(kind: str) -> bool:
    """Whether a file system of this type may be in use by another machine, whose locks SQLite would not see."""
    if kind.startswith("fuse."):
        return kind not in _LOCAL_FUSE
    return kind in _CLUSTER | _REMOTE | _HOST or kind.startswith(("nfs", "smb"))


def check_local(path: Path) -> None:
    """Refuse a place on a network file system, also before anything is there. Looked at only on Linux.

    Raises:
        UnusableLedger: It is on one.
    """
    if sys.platform != "linux":
        return
    there = next(each for each in (path, *path.parents) if each.exists())
    try:
        # A folder that is mounted when it is used first is mounted by now.
        kind = file_system(_MOUNTS.read_text(encoding="utf-8", errors="surrogateescape"), there.resolve())
    except OSError:
        return
    if is_shared(kind):
        then = "Keep it on a disk of this machine: link that folder to one."
        raise UnusableLedger(str(path), f"{path.parent} is on a file system ({kind}) shared with other machines", then)


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can look into, durably, unless it is there."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for each in missing:
        sync_folder(each.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def check_own(path: Path) -> None:
    """Refuse a ledger that others could have written; take from them what they can read.

    Raises:
        UnusableLedger: Its folder, its file, or what SQLite keeps beside it is another's, or writable by others.
    """
    beside = [path.with_name(f"{path.name}{each}") for each in ("", "-wal", "-shm")]
    for each, mode in ((path.parent, 0o700), *((each, 0o600) for each in beside)):
        try:
            facts = each.stat()
        except FileNotFoundError:
            continue
        _check_owner(path, each, facts, mode)
        if facts.st_mode & _OTHERS:
            _tighten(each, mode)


def _check_owner(path: Path, each: Path, facts: os.stat_result, mode: int) -> None:
    if facts.st_uid != os.getuid():
        why = f"{each} belongs to user {facts.st_uid}, and this is user {os.getuid()}"
        raise UnusableLedger(str(path), why, "Run this as the user whose ledger it is.")
    if facts.st_mode & _OTHERS_WRITE:
        why = f"{each} has mode {stat.S_IMODE(facts.st_mode):04o}: others can write there"
        raise UnusableLedger(str(path), why, f"Make sure that nobody did, then: chmod {mode:o} {each}")


def _tighten(each: Path, mode: int) -> None:
    try:
        each.chmod(mode)
    except FileNotFoundError:
        # SQLite removes what it keeps beside the file whenever the last process is done with it.
        return
