"""What --sandbox does: this process, and all it starts, sees simulated AWS and state of its own."""

import os
import shlex
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from mcp_server.purchasing.places import places
from mcp_server.purchasing.policy import PolicyAccount
from mcp_server.purchasing.policy_template import template, write_policy
from mcp_server.sandbox.accounts import ACCOUNTS
from mcp_server.sandbox.process import Running, apply, default_directory, join

_SETTINGS = """\
# The accounts of simulated AWS. Written by ml-clusters; changes are kept.
[[accounts]]
name = "main"
id = "483026362307"

[[accounts]]
name = "secondary"
id = "159553542841"
role = "arn:aws:iam::159553542841:role/ml-clusters-reader"
"""

_PURCHASING = [PolicyAccount(id=each.number, name=each.name) for each in ACCOUNTS]


@contextmanager
def simulated(directory: Path | None = None, *, fresh: bool = False) -> Generator[Running]:
    """Join the sandbox that runs, else start one; until the end, AWS is what it serves.

    Settings and state are those of the sandbox's directory: nothing of a real account is read or written.
    """
    folder = directory or default_directory()
    with join(folder, fresh=fresh) as running:
        if fresh:
            forget_purchases(folder)
        apply(running.url, os.environ)
        for name in [each for each in os.environ if each.startswith("ML_CLUSTERS_")]:
            del os.environ[name]
        os.environ.update(own_variables(folder))
        yield running


def own_variables(directory: Path) -> dict[str, str]:
    """The variables that give this program the sandbox's settings, policy, ledger and state.

    Settings and policy are written if missing.
    """
    settings, policy = directory / "ml-clusters.toml", places(directory).policy
    if not settings.exists():
        settings.write_text(_SETTINGS, encoding="utf-8")
    # Another command may be doing the same.
    with suppress(FileExistsError):
        if not policy.exists():
            write_policy(policy, template(_PURCHASING, simulated=True))
    return {
        "ML_CLUSTERS_SETTINGS": str(settings),
        "ML_CLUSTERS_STATE_DIRECTORY": str(directory / "state"),
        "ML_CLUSTERS_SIMULATION": str(directory),
    }


def forget_purchases(directory: Path) -> None:
    """Forget the ledger of a world that is gone."""
    shutil.rmtree(places(directory).ledger.parent, ignore_errors=True)


def shell_lines(url: str, directory: Path) -> str:
    """Lines that make a shell forget every AWS variable it has, and see simulated AWS instead."""
    variables: dict[str, str] = {}
    apply(url, variables)
    variables |= own_variables(directory)
    exports = (f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    forget = "unset $(env | sed -n 's/^\\(AWS_[A-Z0-9_]*\\)=.*/\\1/p')"
    return "\n".join([forget, *exports])
