"""`python -m terraform_checks`, which `make terraform-check` runs."""

import os
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from terraform_checks.auditing import audit
from terraform_checks.machine import look_around
from terraform_checks.modules import Module, find_modules
from terraform_checks.outcomes import Check, Entry
from terraform_checks.reporting import report, watched
from terraform_checks.working import Workshop

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
ROOT = Path(__file__).parent.parent


@app.command()
def main(
    module: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this module. Can be repeated.")] = None,
    check: Annotated[
        list[Check] | None, typer.Option(metavar="NAME", help=f"Only this of {', '.join(Check)}. Can be repeated.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Modules that are checked at once.")] = os.cpu_count() or 1,
    test_plugins: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            help="Tests take providers from here if it has all that their module asks for. All else is as configured.",
        ),
    ] = None,
    root: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", exists=True, help="Holds terraform/, cluster-configs/ and what they are checked with."
        ),
    ] = ROOT,
) -> None:
    """Check the Terraform modules: format, lint, documentation, validity, tests, security, AWS's own schemas.

    What this machine lacks is skipped, with the reason. What it has must run: a check that is skipped although it could
    have run has failed. Nothing is written into the modules. Ends with 1 if a check failed.
    """
    started = time.monotonic()
    terraform = root.resolve() / "terraform"
    modules = _chosen(find_modules(terraform / "modules"), module)
    checks = list(dict.fromkeys(check or Check))
    machine = look_around(root.resolve(), test_plugins.resolve() if test_plugins else None)
    console = Console(highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = 140
    entries: list[Entry] = []
    with (
        tempfile.TemporaryDirectory(prefix="terraform-checks-") as folder,
        watched(console, sum(module.concerns(each) for module in modules for each in checks)) as watch,
    ):
        workshop = Workshop(modules, terraform, machine, Path(folder))
        for job, had in workshop.work(checks, workers, watch.begun):
            entries += had
            watch.done(job, had)
    done = audit(entries, modules, checks, machine)
    report(console, done, time.monotonic() - started)
    raise typer.Exit(0 if done.fine else 1)


def _chosen(modules: list[Module], names: list[str] | None) -> list[Module]:
    if not modules:
        raise typer.BadParameter("there is no module under terraform/modules", param_hint="--root")
    known = {each.name: each for each in modules}
    if unknown := set(names or ()) - set(known):
        message = f"{', '.join(sorted(unknown))}: there are only {', '.join(known)}"
        raise typer.BadParameter(message, param_hint="--module")
    return [each for each in modules if not names or each.name in names]


if __name__ == "__main__":
    app()
