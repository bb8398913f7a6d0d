"""policy init and policy show."""

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mcp_server.cli.policy_commands import begin_policy, policy_app, policy_lines
from mcp_server.purchasing.places import Places
from mcp_server.purchasing.policy import load_policy
from mcp_server.settings import AccountSettings

ACCOUNTS = [
    AccountSettings(name="research", id="111122223333"),
    AccountSettings(name="again", id="111122223333", profile="other"),
    AccountSettings(name="prod", id="444455556666"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a simulated AWS, whose settings name two accounts."""
    settings = tmp_path / "ml-clusters.toml"
    settings.write_text(
        '[[accounts]]\nname = "main"\nid = "483026362307"\n[[accounts]]\nname = "secondary"\nid = "159553542841"\n'
    )
    folder = tmp_path / "simulated"
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(settings))
    monkeypatch.setenv("ML_CLUSTERS_SIMULATION", str(folder))
    return folder


@pytest.fixture
def real(tmp_path: Path) -> Places:
    """Where a user's own policy and ledger would be."""
    return Places(tmp_path / "config" / "policy.toml", tmp_path / "data" / "ledger.sqlite3", simulated=False)


def run(*words: str) -> Result:
    """Run one command in this process, as if typed."""
    return CliRunner().invoke(policy_app, words)


def test_init_writes_a_policy_that_show_reads(folder: Path) -> None:
    """On simulated AWS both say that it is simulated, and everything may be bought."""
    begun = run("init")
    assert begun.exit_code == 0, begun.stderr
    assert str(folder / "policy.toml") in begun.stdout
    assert "SIMULATED" in begun.stdout
    shown = run("show")
    assert shown.exit_code == 0, shown.stderr
    for said in (
        str(folder / "policy.toml"),
        str(folder / "ledger" / "ledger.sqlite3"),
        "SIMULATED",
        "Purchases are on.",
        "main 483026362307: role arn:aws:iam::483026362307:role/ml-clusters-purchaser",
        "secondary 159553542841: role",
        "per purchase: 250000 USD",
        "Team = ML",
    ):
        assert said in shown.stdout
    assert "lacks" not in shown.stdout


def test_init_leaves_a_policy_as_it_is(folder: Path) -> None:
    """A second init changes nothing and says so."""
    run("init")
    (folder / "policy.toml").write_text("# mine")
    again = run("init")
    assert again.exit_code == 1
    assert "was left as it is" in again.stderr
    assert (folder / "policy.toml").read_text() == "# mine"


def test_show_says_that_there_is_none(folder: Path) -> None:
    """Without a policy it exits with 1, and says how to begin."""
    shown = run("show")
    assert shown.exit_code == 1
    assert "ml-clusters policy init" in shown.stderr
    assert str(folder / "policy.toml") in shown.stderr


def test_show_says_why_a_policy_is_refused(folder: Path) -> None:
    """It exits with 1 and names file and rule."""
    run("init")
    (folder / "policy.toml").write_text("purchase = true")
    shown = run("show")
    assert shown.exit_code == 1
    assert "(purchase): nothing of this name is known" in shown.stderr
    assert str(folder / "policy.toml") in shown.stderr


def test_what_cannot_be_written_is_said(folder: Path) -> None:
    """A file where the folder should be is named, without a traceback."""
    folder.write_text("")
    begun = run("init")
    assert begun.exit_code == 1
    assert f"could not be written: {folder} is no folder" in begun.stderr


def test_bad_settings_are_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that cannot be read are named before anything is written."""
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(folder / "none.toml"))
    for command in ("init", "show"):
        done = run(command)
        assert done.exit_code == 1
        assert "none.toml" in done.stderr
    assert not folder.exists()


def test_a_real_policy_begins_with_purchases_off(real: Places) -> None:
    """It names each account of the settings once, and the next steps are a person's."""
    told = begin_policy(real, ACCOUNTS)
    assert str(real.policy) in told
    assert "Purchases are off" in told
    policy = load_policy(real.policy, work_tree=None)
    assert [(each.name, each.id) for each in policy.accounts] == [
        ("research", "111122223333"),
        ("prod", "444455556666"),
    ]
    assert not policy.purchases


def test_show_tells_what_a_policy_still_lacks(real: Places) -> None:
    """Of a new policy it is plain that purchases are off, and what a person has to fill in."""
    begin_policy(real, [])
    shown = "\n".join(policy_lines(load_policy(real.policy, work_tree=None), real))
    assert "Purchases are OFF" in shown
    assert "SIMULATED" not in shown
    assert "per purchase: not set" in shown
    assert "It still lacks: accounts, regions, instance_types, ceilings.per_purchase" in shown


@pytest.mark.parametrize("words", [("--help",), ("init", "--help"), ("show", "-h")])
def test_help_teaches(words: tuple[str, ...]) -> None:
    """Nobody needs another page to know what a command does to purchases."""
    helped = run(*words)
    assert helped.exit_code == 0
    assert "policy" in helped.stdout
    assert "bought" in helped.stdout
