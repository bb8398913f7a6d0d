"""doctor: what is there, what is missing, and what to do about it."""

import importlib.metadata
import platform
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from mcp_server import __version__
from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.opening import open_services
from mcp_server.searching.checkup import Finding, Verdict, examine_accounts
from mcp_server.settings import SettingsRefused, places, settings_file
from mcp_server.tools.services import Opened

_HOME_REGION = "us-east-1"
_MARKS = {Verdict.GOOD: "[green]ok  [/]", Verdict.NOTE: "[yellow]note[/]", Verdict.BAD: "[red]bad [/]"}


def examine(seconds: float) -> Iterable[Finding]:
    """Everything, from this machine outwards: versions, files, then AWS."""
    yield from _versions()
    yield _settings()
    yield _tree()
    try:
        opened = open_services()
    except SettingsRefused as refusal:
        yield Finding(Verdict.BAD, "settings", str(refusal), "Mend that line and run doctor again.")
        return
    yield _state(opened)
    yield from examine_accounts(Accounts(opened.sources), _HOME_REGION, Deadline.after(seconds))


def show(findings: Iterable[Finding]) -> bool:
    """Print findings as they come; whether all is well."""
    console = Console(soft_wrap=True, highlight=False)
    well = True
    for each in findings:
        well = well and each.verdict is not Verdict.BAD
        console.print(_MARKS[each.verdict], end=" ")
        console.print(f"{each.subject}: {each.detail}", markup=False)
        if each.fix:
            console.print(f"     fix: {each.fix}", markup=False)
    return well


def _versions() -> Iterable[Finding]:
    python = f"Python {platform.python_version()} ({sys.executable})"
    yield Finding(Verdict.GOOD, "versions", f"ml-clusters {__version__}, {python}")
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("boto3", "mcp"))
    yield Finding(Verdict.GOOD, "versions", packages)
    try:
        yield Finding(Verdict.GOOD, "simulated AWS", f"moto {importlib.metadata.version('moto')}")
    except importlib.metadata.PackageNotFoundError:
        fix = "For --sandbox and demo: pip install 'ml-clusters[sandbox]', or `make demo` in a clone."
        yield Finding(Verdict.NOTE, "simulated AWS", "moto is not installed", fix)


def _settings() -> Finding:
    file = settings_file()
    if file:
        return Finding(Verdict.GOOD, "settings", f"read from {file}")
    looked = f"looked in {places()[0].parent} and its parents, then {places()[-1].parent}"
    return Finding(Verdict.NOTE, "settings", f"no ml-clusters.toml ({looked}): ambient credentials, one account")


def _tree() -> Finding:
    here = Path.cwd().resolve()
    tree = next((folder / "live" for folder in (here, *here.parents) if (folder / "live" / "root.hcl").is_file()), None)
    if tree:
        return Finding(Verdict.GOOD, "live tree", str(tree))
    return Finding(Verdict.NOTE, "live tree", f"no live/root.hcl in {here} or above; searching does not need one")


def _state(opened: Opened) -> Finding:
    try:
        kept = len(opened.seen.latest("", 1_000_000))
    except (sqlite3.Error, OSError) as error:
        return Finding(
            Verdict.BAD, "state", f"{opened.seen.path}: {error}", f"Make {opened.seen.path.parent} writable for you."
        )
    return Finding(Verdict.GOOD, "state", f"{opened.seen.path} ({kept} offerings seen)")
