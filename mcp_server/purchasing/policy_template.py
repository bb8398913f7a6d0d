"""The policy.toml that a person begins with."""

import json
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.purchasing.policy import PolicyAccount

_HEAD = """\
# The spending policy of ml-clusters: what may be bought, by whose yes, and for how much.
# Nothing is allowed that is not named here. It is read again for every quote and every purchase; a quote that was made
# before a change is refused. It is also refused when others could have written it: it and its folder must be writable
# by its owner alone, and be outside the project that is worked on. `ml-clusters policy show` checks it.
"""

_SIMULATED_HEAD = """\
# The spending policy of a simulated AWS, where no money is at stake. Written by ml-clusters; changes are kept.
"""

_BODY = """
# Whether anything can be bought at all.
purchases = {purchases}

# Who must say yes to each purchase, by typing its total:
#   "terminal"       a person who runs `ml-clusters approve QUOTE` in a terminal.
#   "second-person"  the same, with other AWS credentials than those that the quote was made with.
#   "client"         a person in a dialog of the MCP client. An agent with a shell could answer it in their place.
approval = "{approval}"

# Where, as regions = ["us-east-1", "us-west-2"].
regions = {regions}

# What, by full names, as instance_types = ["p5.48xlarge", "p5en.48xlarge"].
instance_types = {instance_types}

# Tags that every block must have a value for, as required_tags = ["Team", "CostCentre"].
required_tags = {required_tags}

# Whether a block may consist of several segments, or a training plan of several parts, each in a zone and a time of
# its own.
multi_segment = {multi_segment}

# The currency of the ceilings; a price in another one is refused.
currency = "USD"

# Where purchases are recorded: "local" is this user's data directory. With the ledger's id (`ledger show` tells it), a
# ledger that was lost is noticed and never begun anew.
ledger = "local"
# ledger_id = "..."

# Tags that every block gets, unless whoever asks for it gives another value.
[tags]
{tags}

# The most that may be spent: all four; a fraction is written in quotes. Everything counts that was bought or may have
# been. The last 24 hours are rolling; a calendar month is UTC's.
[ceilings]
{ceilings}

# Over HTTP (`ml-clusters serve --http`) nothing can be quoted or bought, and only this machine is let in, unless this
# says whose tokens (JSON Web Tokens, signed by an issuer) let people in. The subject of a token asks; under
# "second-person", [http.principals] says who a subject is in AWS. Begin the server again after a change.
# [http]
# url = "https://gpu.example.com/mcp"         # where clients find it; tokens must be meant for it
# issuer = "https://login.example.com"
# jwks_url = "https://login.example.com/keys" # or jwks = '{{"keys": [...]}}', the public keys themselves
# audience = "ml-clusters"                    # where tokens name that instead of url
# required_scopes = ["capacity"]
# hosts = ["10.0.0.5:8765"]                   # by what other names it is reached
# dialog = false                              # whether approval = "client" holds over HTTP too
# [http.principals]
# jo = ["arn:aws:iam::123456789012:user/jo"]

# In which accounts, and who buys there: a role that is assumed for the one purchase, a profile of the AWS
# configuration, or else the credentials that searched. With mfa_serial a person types its code in the terminal.
"""

_ACCOUNT_EXAMPLE = """\
# [[accounts]]
# id = "123456789012"
# name = "research"
# purchaser_role = "arn:aws:iam::123456789012:role/ml-clusters-purchaser"
# purchaser_profile = "buyer"
# mfa_serial = "arn:aws:iam::123456789012:mfa/jo"
"""


def template(accounts: Iterable[PolicyAccount], *, simulated: bool) -> str:
    """A commented policy.toml with these accounts.

    Purchases are off in it and nothing else is allowed yet; of a simulated AWS everything in the catalogue is, up to
    ceilings that leave room to try things, and each account has a purchaser role.
    """
    named = [_with_role(each) for each in accounts] if simulated else list(accounts)
    head = _SIMULATED_HEAD if simulated else _HEAD
    body = _BODY.format_map(_everything() if simulated else _nothing_yet())
    return head + body + ("\n".join(map(_account, named)) or _ACCOUNT_EXAMPLE)


def write_policy(path: Path, text: str) -> None:
    """Write a policy that only this user can read and change, in a folder that only this user can change.

    Raises:
        FileExistsError: There is one, which stays as it is.
        OSError: It cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(f"{path.parent} is no folder") from error
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as stream:
            stream.write(text)
        # Nobody reads half of it, and one that is there stays.
        path.hardlink_to(draft)
    finally:
        draft.unlink()
    mode = stat.S_IMODE(path.parent.stat().st_mode)
    path.parent.chmod(mode & ~(stat.S_IWGRP | stat.S_IWOTH))


def _with_role(account: PolicyAccount) -> PolicyAccount:
    role = account.purchaser_role or f"arn:aws:iam::{account.id}:role/ml-clusters-purchaser"
    return account.model_copy(update={"purchaser_role": role})


def _nothing_yet() -> dict[str, str]:
    return {
        "purchases": "false",
        "approval": "terminal",
        "regions": "[]",
        "instance_types": "[]",
        "required_tags": "[]",
        "multi_segment": "false",
        "tags": '# Team = "ML"',
        "ceilings": (
            '# per_purchase = "50000.00"\n'
            '# per_accelerator_hour = "12.00"\n'
            '# rolling_24_hours = "50000.00"\n'
            '# calendar_month = "100000.00"'
        ),
    }


def _everything() -> dict[str, str]:
    regions = sorted({region for each in CATALOGUE.values() for region in each.regions})
    return {
        "purchases": "true",
        "approval": "client",
        "regions": _listed(regions),
        "instance_types": _listed(CATALOGUE),
        "required_tags": '["Team"]',
        "multi_segment": "true",
        "tags": 'Team = "ML"',
        "ceilings": (
            'per_purchase = "250000"\n'
            'per_accelerator_hour = "30"\n'
            'rolling_24_hours = "500000"\n'
            'calendar_month = "1000000"'
        ),
    }


def _listed(names: Iterable[str]) -> str:
    """An array of TOML, one name a line."""
    return "".join(["[\n", *(f"  {json.dumps(each)},\n" for each in names), "]"])


def _account(account: PolicyAccount) -> str:
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in account.model_dump(exclude_none=True).items())
    return "".join(["[[accounts]]\n", *lines])
