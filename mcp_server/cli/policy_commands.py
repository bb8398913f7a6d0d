"""policy: begin a spending policy, and see what it allows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from mcp_server.capacity.words import clean, remark
from mcp_server.cli.refusals import fail
from mcp_server.purchasing.places import NoHome, Places, places
from mcp_server.purchasing.policy import Policy, PolicyAccount, PolicyRefused, load_policy
from mcp_server.purchasing.policy_template import template, write_policy
from mcp_server.settings import AccountSettings, Settings, SettingsRefused, load_settings, project_folder

policy_app = typer.Typer(
    name="policy",
    help="""The spending policy: the file in which a person says what may be bought, by whose yes, and for how much.

    It is /etc/ml-clusters/policy.toml where an administrator made one, else policy.toml in your own configuration
    directory. No project, setting or variable can change it or move it. Without one nothing can be bought.
    """,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_SIMULATED = "SIMULATED: this is the policy of a simulated AWS, where no money is at stake."
_WIDTH = 16


@policy_app.command()
def init() -> None:
    """Write a commented policy.toml to begin with, in which purchases are off, and say what to do next.

    It names the accounts of your ml-clusters.toml. A policy that exists is left as it is. In --sandbox the policy is
    that of simulated AWS, in which much may be bought.
    """
    settings, where = _places()
    try:
        typer.echo(begin_policy(where, settings.accounts))
    except FileExistsError:
        fail(f"{where.policy} exists and was left as it is. `ml-clusters policy show` tells what it allows.")
    except OSError as error:
        fail(f"{where.policy} could not be written: {error}")
    _checked(where)


@policy_app.command()
def show() -> None:
    """Tell which policy is in force, what it allows, and what it still lacks.

    Exits with 1 when there is none or it is refused: nothing can be bought then.
    """
    _, where = _places()
    for line in policy_lines(_checked(where), where):
        typer.echo(line)


def begin_policy(where: Places, accounts: Sequence[AccountSettings]) -> str:
    """Write the policy that a person begins with, naming accounts; what to do next.

    Raises:
        FileExistsError: There is a policy, which stays as it is.
        OSError: It cannot be written.
    """
    # One account may be read in several ways; it is bought in only in one.
    named = {each.id: PolicyAccount(id=each.id, name=each.name) for each in reversed(accounts)}
    write_policy(where.policy, template(reversed(named.values()), simulated=where.simulated))
    if where.simulated:
        return f"Wrote {where.policy}\n{_SIMULATED}\nPurchases are on in it. See it with: ml-clusters policy show"
    return (
        f"Wrote {where.policy}\n"
        "Purchases are off in it, and stay off until a person has edited it:\n"
        "  1. name the accounts, regions and instance types in which you want to buy;\n"
        "  2. set the four ceilings;\n"
        "  3. write purchases = true.\n"
        "Then check it with: ml-clusters policy show"
    )


def policy_lines(policy: Policy, where: Places) -> Iterator[str]:
    """What a policy allows, for people."""
    yield f"{remark(str(policy.file))} (SHA-256 {policy.hash[:16]})"
    if where.simulated:
        yield _SIMULATED
    yield "Purchases are on." if policy.purchases else "Purchases are OFF: nothing can be bought."
    for name, said in _rules(policy, where.ledger):
        first, *more = said or ["none"]
        yield f"{name:<{_WIDTH}}  {first}"
        yield from (f"{'':<{_WIDTH}}  {each}" for each in more)
    lacking = _lacking(policy)
    if lacking:
        yield f"It still lacks: {', '.join(lacking)}. Nothing can be bought without."


def _rules(policy: Policy, ledger: Path) -> Iterator[tuple[str, list[str]]]:
    yield "approval", [str(policy.approval)]
    yield "accounts", [_account(each) for each in policy.accounts]
    yield "regions", [", ".join(policy.regions)] if policy.regions else []
    yield "instance types", [", ".join(policy.instance_types)] if policy.instance_types else []
    yield "required tags", [", ".join(map(clean, policy.required_tags))] if policy.required_tags else []
    yield "tags", [f"{clean(key)} = {clean(value)}" for key, value in policy.tags.items()]
    yield "segments", ["several" if policy.multi_segment else "one"]
    yield "ceilings", _ceilings(policy)
    yield "http", _http(policy)
    yield (
        "ledger",
        [f"{policy.ledger}: {remark(str(ledger))}", *([f"id {policy.ledger_id}"] if policy.ledger_id else [])],
    )


def _account(account: PolicyAccount) -> str:
    by = [
        f"role {account.purchaser_role}" if account.purchaser_role else "",
        f"profile {account.purchaser_profile}" if account.purchaser_profile else "",
        f"with a code of {account.mfa_serial}" if account.mfa_serial else "",
    ]
    named = f"{account.name} {account.id}" if account.name else account.id
    return f"{named}: {', '.join(filter(None, by)) or 'bought in with the credentials that searched'}"


def _ceilings(policy: Policy) -> list[str]:
    unsaid = policy.ceilings.unsaid
    amounts = {name: getattr(policy.ceilings, name) for name in type(policy.ceilings).model_fields}
    return [
        f"{name.replace('_', ' ')}: {'not set' if name in unsaid else f'{amount} {policy.currency}'}"
        for name, amount in amounts.items()
    ]


def _http(policy: Policy) -> list[str]:
    terms = policy.http
    if terms is None:
        return ["nothing is quoted or bought over it"]
    keys = f"keys at {terms.jwks_url}" if terms.jwks_url else "keys in the policy"
    lines = [
        f"tokens of {terms.issuer} for {terms.intended_for}, {keys}",
        f"reached as {', '.join(terms.names)}",
        f'approval "client" {"holds" if terms.dialog else "does not hold"} over it',
    ]
    scopes = [f"scopes {', '.join(terms.required_scopes)}"] if terms.required_scopes else []
    return [*lines, *scopes, *(f"{name} is {', '.join(arns)}" for name, arns in terms.principals.items())]


def _lacking(policy: Policy) -> list[str]:
    empty = [name for name in ("accounts", "regions", "instance_types") if not getattr(policy, name)]
    return [*empty, *(f"ceilings.{name}" for name in policy.ceilings.unsaid)]


def _places() -> tuple[Settings, Places]:
    try:
        settings = load_settings()
        return settings, places(settings.simulation)
    except (SettingsRefused, NoHome) as refusal:
        fail(str(refusal))


def _checked(where: Places) -> Policy:
    """The policy as purchases will read it."""
    try:
        return load_policy(where.policy, work_tree=None if where.simulated else project_folder())
    except PolicyRefused as refusal:
        fail(*[_SIMULATED] * where.simulated, str(refusal))
