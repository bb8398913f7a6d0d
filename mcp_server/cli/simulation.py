"""What --sandbox does: this process, and all it starts, sees simulated AWS and state of its own."""

import os
import shlex
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mcp_server.capacity.words import word
from mcp_server.cli.populating import Project
from mcp_server.purchasing.places import places
from mcp_server.purchasing.policy import PolicyAccount
from mcp_server.purchasing.policy_template import template, write_policy
from mcp_server.sandbox.control import ControlRefused
from mcp_server.sandbox.population import BUILT_IN
from mcp_server.sandbox.process import Running, apply, default_directory, join

_HEAD = "# The accounts of simulated AWS. Written by ml-clusters; changes are kept while it has these accounts.\n"
_ACCOUNT = '[[accounts]]\nname = "{name}"\nid = "{number}"\n'
_ROLE = 'role = "arn:aws:iam::{number}:role/ml-clusters-reader"\n'


@contextmanager
def simulated(
    directory: Path | None = None, *, fresh: bool = False, project: Project | None = None
) -> Generator[Running]:
    """Join the sandbox that runs, else start one; until the end, AWS is what it serves.

    Settings and state are those of the sandbox's directory: nothing of a real account is read or written. Of the
    project's settings only what they say of its live tree counts.
    """
    folder, project = directory or default_directory(), project or Project()
    with join(folder, fresh=fresh, population=project.population) as running:
        if fresh:
            forget_purchases(folder)
        accounts = running.control.world().accounts
        apply(running.url, os.environ)
        for name in [each for each in os.environ if each.startswith("ML_CLUSTERS_")]:
            del os.environ[name]
        os.environ.update({**own_variables(folder, accounts), **project.variables})
        yield running


def own_variables(directory: Path, accounts: Mapping[str, str] = BUILT_IN.numbers) -> dict[str, str]:
    """The variables that give this program the sandbox's settings, policy, ledger and state.

    accounts are the world's numbers by their names. Settings and policy are written if missing, or if they were of a
    world with other accounts.
    """
    settings, policy = directory / "ml-clusters.toml", places(directory).policy
    if not settings.exists() or not all(each in settings.read_text(encoding="utf-8") for each in accounts.values()):
        settings.write_text(_settings(accounts), encoding="utf-8")
        policy.unlink(missing_ok=True)
    # Another command may be doing the same.
    with suppress(FileExistsError):
        if not policy.exists():
            buying = [PolicyAccount(id=number, name=name) for name, number in accounts.items()]
            write_policy(policy, template(buying, simulated=True))
    return {
        "ML_CLUSTERS_SETTINGS": str(settings),
        "ML_CLUSTERS_STATE_DIRECTORY": str(directory / "state"),
        "ML_CLUSTERS_SIMULATION": str(directory),
    }


def _settings(accounts: Mapping[str, str]) -> str:
    """The settings for these accounts: the first is that of the credentials, the others are read by roles."""
    blocks = [
        _ACCOUNT.format(name=name, number=number) + (_ROLE.format(number=number) if at else "")
        for at, (name, number) in enumerate(accounts.items())
    ]
    return _HEAD + "\n".join(blocks)


def world_lines(running: Running, project: Project) -> list[str]:
    """What has to be said of a world: what of the project's tree it lacks, and that it has another's accounts."""
    accounts = running.control.world().accounts
    if accounts == project.population.numbers:
        return list(project.said)
    theirs, ours = (
        ", ".join(f"{word(name)} {word(number)}" for name, number in each.items())
        for each in (accounts, project.population.numbers)
    )
    return [
        *project.said,
        f"This world has the accounts {theirs}, not {ours}: `ml-clusters sandbox --fresh` begins one with those.",
    ]


def put_scene(running: Running) -> list[str]:
    """Put the scene `clusters` into a world; what has to be said of that."""
    try:
        owned = running.control.put_clusters()
    except ControlRefused as refusal:
        return [refusal.reason]
    return [f"Its accounts own {len(owned.blocks)} blocks and {len(owned.plans)} training plans, bought by nobody."]


def forget_purchases(directory: Path) -> None:
    """Forget the ledger of a world that is gone."""
    shutil.rmtree(places(directory).ledger.parent, ignore_errors=True)


def shell_lines(url: str, directory: Path, accounts: Mapping[str, str], more: Mapping[str, str]) -> str:
    """Lines that make a shell forget every AWS variable it has, and see simulated AWS instead."""
    variables: dict[str, str] = {}
    apply(url, variables)
    variables |= {**own_variables(directory, accounts), **more}
    exports = (f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    forget = "unset $(env | sed -n 's/^\\(AWS_[A-Z0-9_]*\\)=.*/\\1/p')"
    return "\n".join([forget, *exports])
