"""Where the spending policy and the ledger are: fixed for a user, whatever the environment says."""

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path

_OURS = "ml-clusters"
_SYSTEM = Path("/etc") / _OURS
_POLICY = "policy.toml"
_LEDGER = "ledger.sqlite3"


class NoHome(Exception):
    """The password database does not tell where a user's own files are. uid is the user's number."""

    def __init__(self, uid: int) -> None:
        self.uid = uid
        super().__init__(
            f"The password database names no home for user {uid}, so there is no place for a spending policy and a "
            "ledger. Nothing can be bought by this user."
        )


@dataclass(frozen=True, slots=True)
class Places:
    """The files that decide and record spending. simulated says that they are those of a simulated AWS."""

    policy: Path
    ledger: Path
    simulated: bool


def places(
    simulation: Path | None, home: Path | None = None, system: Path = _SYSTEM, platform: str = sys.platform
) -> Places:
    """Where policy and ledger are: within a simulated AWS's folder, else this machine's and this user's.

    home is the password database's unless given: HOME and XDG_… must not move anything about spending.

    Raises:
        NoHome: The password database has no home for this user.
    """
    if simulation is not None:
        folder = simulation.absolute()
        return Places(folder / _POLICY, folder / "ledger" / _LEDGER, simulated=True)
    home = home or _home()
    mac = home / "Library" / "Application Support"
    configuration, data = (mac, mac) if platform == "darwin" else (home / ".config", home / ".local" / "share")
    shared = system / _POLICY
    policy = shared if _is_there(shared) else configuration / _OURS / _POLICY
    return Places(policy, data / _OURS / _LEDGER, simulated=False)


def _home() -> Path:
    uid = os.getuid()
    try:
        home = Path(pwd.getpwuid(uid).pw_dir)
    except KeyError:
        raise NoHome(uid) from None
    # A relative one would be another in every folder.
    if not home.is_absolute():
        raise NoHome(uid)
    return home


def _is_there(path: Path) -> bool:
    """Whether the name exists, or may: a policy that cannot be looked at must not give way to a user's own."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
