"""Where policy and ledger are."""

import os
import pwd
from pathlib import Path

import pytest

from mcp_server.purchasing.places import NoHome, places


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with nothing in it."""
    return tmp_path / "home"


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """The machine's configuration folder, in which there is no policy."""
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder


def test_on_linux_both_are_in_the_users_own_folders(home: Path, system: Path) -> None:
    """The policy is configuration, the ledger is data."""
    found = places(None, home, system, "linux")
    assert found.policy == home / ".config/ml-clusters/policy.toml"
    assert found.ledger == home / ".local/share/ml-clusters/ledger.sqlite3"
    assert not found.simulated


def test_on_macos_both_are_in_application_support(home: Path, system: Path) -> None:
    """Both have one folder on macOS."""
    found = places(None, home, system, "darwin")
    folder = home / "Library/Application Support/ml-clusters"
    assert (found.policy, found.ledger) == (folder / "policy.toml", folder / "ledger.sqlite3")


def test_the_machines_policy_wins(home: Path, system: Path) -> None:
    """An administrator's policy is in force whatever the user wrote; the ledger stays the user's."""
    (system / "policy.toml").touch()
    found = places(None, home, system, "linux")
    assert found.policy == system / "policy.toml"
    assert found.ledger.is_relative_to(home)


def test_a_machines_policy_that_leads_nowhere_does_not_give_way(home: Path, system: Path) -> None:
    """A broken link in its place is the administrator's mistake, and no reason to ask the user's policy."""
    (system / "policy.toml").symlink_to(system / "gone.toml")
    assert places(None, home, system, "linux").policy == system / "policy.toml"


def test_the_environment_moves_nothing(system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home is the password database's, whatever HOME and XDG_... say."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(tmp_path))
    found = places(None, system=system)
    own = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert found.policy.is_relative_to(own)
    assert found.ledger.is_relative_to(own)


def test_a_simulated_aws_has_both_in_its_folder(
    home: Path, system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a simulation is shared with real AWS, not even the machine's policy."""
    (system / "policy.toml").touch()
    monkeypatch.chdir(tmp_path)
    found = places(Path("simulated"), home, system)
    folder = tmp_path / "simulated"
    assert (found.policy, found.ledger) == (folder / "policy.toml", folder / "ledger" / "ledger.sqlite3")
    assert found.simulated


def test_a_user_whom_nobody_knows_has_no_place(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an entry in the password database there is a sentence, and no guess."""
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    with pytest.raises(NoHome, match=r"no home for user 2147483641.*Nothing can be bought"):
        places(None, system=system)
