"""doctor: what is there, what is missing, and what to do about it. It spends nothing and writes nothing."""

import importlib.metadata
import json
import platform
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from typing import TypeVar

import typer
from rich.console import Console
from rich.text import Text

from mcp_server import __version__
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.words import clean
from mcp_server.claude_code import installed_version
from mcp_server.cli.tree_checkup import examine_tree
from mcp_server.clusters.checkup import examine_clusters
from mcp_server.hooks_checkup import examine_hooks
from mcp_server.opening import open_services
from mcp_server.purchasing.approving import Program
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.entries import ApprovalMode
from mcp_server.purchasing.http_terms import HttpTerms
from mcp_server.purchasing.ledger_checkup import examine_ledger
from mcp_server.purchasing.places import NoHome
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.policy_checkup import examine_approval, examine_policy, scope_of
from mcp_server.purchasing.purchaser_checkup import examine_purchasers
from mcp_server.searching.checkup import Looked, Scope, examine_accounts
from mcp_server.searching.findings import Finding, Verdict
from mcp_server.searching.seen import StateUnusable
from mcp_server.settings import SettingsRefused, places, project_folder, settings_file
from mcp_server.tokens import TokenRefused, keys_of
from mcp_server.tools.clusters import tree_of
from mcp_server.tools.services import Opened

T = TypeVar("T")

_MARKS = {Verdict.GOOD: ("ok", "green"), Verdict.NOTE: ("note", "yellow"), Verdict.BAD: ("bad", "red")}
_LONGEST = 1000


def examine(seconds: float) -> Iterator[Finding]:
    """Everything, from this machine outwards: versions, files and hooks, then AWS, then whatever spending needs."""
    deadline = Deadline.after(seconds)
    yield from _guarded("program", _versions)
    yield from _guarded("hooks", lambda: examine_hooks(project_folder()))
    opened = yield from _guarded("settings", _settings)
    if opened is None:
        return
    yield from _guarded("live tree", lambda: examine_tree(opened.read_tree))
    yield from _guarded("state", lambda: _state(opened))
    desk = yield from _guarded("policy", lambda: _desk(opened))
    found = yield from _guarded(
        "accounts", lambda: examine_accounts(opened.accounts, scope_of(desk) if desk else Scope(), deadline)
    )
    looked = found or Looked()
    yield from _guarded("clusters", lambda: _clusters(opened, looked, deadline))
    if desk:
        yield from _spending(opened, desk, looked, deadline)


def _clusters(opened: Opened, looked: Looked, deadline: Deadline) -> Generator[Finding]:
    # Half of the time that is left: what follows needs some too.
    ends = Deadline.after(deadline.remaining / 2)
    yield from examine_clusters(looked.readers.working, tree_of(opened), ends)


def _spending(opened: Opened, desk: Desk, looked: Looked, deadline: Deadline) -> Iterator[Finding]:
    """Ledger, policy, who says yes, and who buys."""
    book = yield from _guarded("ledger", lambda: examine_ledger(desk, looked))
    policy = yield from _guarded("policy", lambda: examine_policy(desk, looked, book))
    if policy:
        yield from _guarded("approval", lambda: _approval(policy, opened))
        yield from _guarded("purchaser", lambda: examine_purchasers(desk, policy, looked, deadline))


def _guarded(subject: str, check: Callable[[], Generator[Finding, None, T]]) -> Generator[Finding, None, T | None]:
    """A check's findings and what it returns. One that crashes is a finding, and not the end of the others."""
    try:
        return (yield from check())
    except Exception as crash:  # noqa: BLE001 - whatever it is, the other checks are still worth having
        why = f"this check itself failed ({type(crash).__name__}: {crash})"
        yield Finding(Verdict.BAD, subject, why, "Report it with these words; the other checks went on.")
        return None


def show(findings: Iterable[Finding], *, as_json: bool) -> bool:
    """Print findings as they come, by subject and with a summary, or as lines of JSON; whether all is well."""
    seen = Counter[Verdict]()
    console = Console(soft_wrap=True, highlight=False)
    with nullcontext() if as_json else console.status("looking, and asking AWS"):
        subject = ""
        for each in findings:
            seen[each.verdict] += 1
            if as_json:
                typer.echo(json.dumps(asdict(each)))
                continue
            if each.subject != subject:
                subject = each.subject
                console.print(f"\n{clean(subject)}", style="bold", markup=False)
            _print(console, each)
    if not as_json:
        console.print(f"\n{_summary(seen)}", style="bold", markup=False)
    return not seen[Verdict.BAD]


def _summary(seen: Counter[Verdict]) -> str:
    bad, notes = seen[Verdict.BAD], f"{seen[Verdict.NOTE]} notes"
    return f"{bad} bad, each with its fix; {notes}." if bad else f"Nothing is bad; {notes}."


def _print(console: Console, finding: Finding) -> None:
    mark, style = _MARKS[finding.verdict]
    # One print: what has no end of its line yet is lost beneath the spinner.
    console.print(Text.assemble((f"{mark:<6}", style), clean(finding.detail, _LONGEST)))
    if finding.fix:
        console.print(f"      fix: {clean(finding.fix, _LONGEST)}", markup=False)


def _versions() -> Generator[Finding]:
    python = f"Python {platform.python_version()} ({sys.executable})"
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("boto3", "mcp"))
    yield Finding(Verdict.GOOD, "program", f"ml-clusters {__version__}, {python}, {packages}")
    try:
        yield Finding(Verdict.GOOD, "program", f"simulated AWS: moto {importlib.metadata.version('moto')}")
    except importlib.metadata.PackageNotFoundError:
        fix = "For --sandbox and demo: pip install 'ml-clusters[sandbox]', or `make demo` in a clone."
        yield Finding(Verdict.NOTE, "program", "moto is not installed, so that there is no simulated AWS", fix)


def _settings() -> Generator[Finding, None, Opened | None]:
    file = settings_file()
    try:
        opened = open_services()
    except SettingsRefused as refusal:
        fix = f"Mend that in {refusal.file or 'the environment'}, and run doctor again."
        yield Finding(Verdict.BAD, "settings", str(refusal), fix)
        return None
    if file:
        yield Finding(Verdict.GOOD, "settings", f"read from {file}")
    else:
        looked = f"looked in {places()[0].parent} and its parents, then {places()[-1].parent}"
        detail = f"no ml-clusters.toml ({looked}): ambient credentials, one account"
        fix = 'To read several accounts, write one: [[accounts]] name = "main" id = "…" profile = "…"'
        yield Finding(Verdict.NOTE, "settings", detail, fix)
    return opened


def _state(opened: Opened) -> Generator[Finding]:
    try:
        kept = len(opened.seen.latest("", 1_000_000))
    except StateUnusable as refusal:
        fix = (
            f"Make {refusal.path.parent} a folder that you can write to, move a damaged file away, or set "
            "ML_CLUSTERS_STATE_DIRECTORY to another folder."
        )
        yield Finding(Verdict.BAD, "state", f"{refusal.path} cannot be used: {refusal.why}", fix)
    else:
        yield Finding(Verdict.GOOD, "state", f"{opened.seen.path} ({kept} offerings seen)")


def _desk(opened: Opened) -> Generator[Finding, None, Desk | None]:
    try:
        return opened.desk
    except NoHome as refusal:
        fix = "Run it as a user who has a home, in /etc/passwd or wherever this machine keeps its users."
        yield Finding(Verdict.BAD, "policy", str(refusal), fix)
        return None


def _approval(policy: Policy, opened: Opened) -> Generator[Finding]:
    version = installed_version() if policy.approval is ApprovalMode.CLIENT else None
    here = Program("claude-code", version, can_ask=True) if version else None
    yield from examine_approval(policy, opened.accounts, here)
    if policy.http:
        yield _issuer(policy.http)


def _issuer(terms: HttpTerms) -> Finding:
    """Whether there is a key by which somebody could be let in over HTTP."""
    where = terms.jwks_url or "the policy's jwks"
    try:
        keys = len(keys_of(terms).find(None))
    except TokenRefused as refusal:
        fix = f"See whether {where} answers with a JSON Web Key Set."
        return Finding(Verdict.BAD, "approval", f"over HTTP nobody is let in: {refusal}", fix)
    if not keys:
        detail = f"over HTTP nobody is let in: no key of {where} signs tokens with an algorithm that is accepted"
        return Finding(Verdict.BAD, "approval", detail, "Have the issuer sign with RSA, ECDSA or Ed25519.")
    return Finding(Verdict.GOOD, "approval", f"over HTTP tokens of {terms.issuer} let people in ({keys} keys)")
