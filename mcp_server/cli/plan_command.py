"""ml-clusters plan: its options and its help."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mcp_server.cli.planning import Asked, Ends, Format, show
from mcp_server.monorepo.plans.risks import Severity


def plan(  # noqa: PLR0913, PLR0917 - typer makes an option of each
    units: Annotated[
        list[str] | None, typer.Argument(metavar="[UNIT]...", help="Paths or names of units; all where none is named.")
    ] = None,
    plans: Annotated[
        list[Path] | None,
        typer.Option(
            "--from", metavar="PATH", help="Read these plans, or a summary, and plan nothing. May be repeated."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --from: Terragrunt's run report, if not report.json in PATH."),
    ] = None,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="Terragrunt's own: '!{**/argocd-*}'. May be repeated.")
    ] = None,
    filters_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Filters, a line each, as Terragrunt takes them.")
    ] = None,
    drift: Annotated[
        bool, typer.Option("--drift", help="Look only for what was changed outside Terraform (plan -refresh-only).")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The whole summary, masked: a file for summarize_plan.")
    ] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="A comment for a pull request, within 65,536.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there; with --markdown the whole in JSON beside it.")
    ] = None,
    fail_on: Annotated[
        Severity | None, typer.Option(metavar="SEVERITY", help="End with 3 if there is such a risk, or a worse one.")
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="End with 2 where something changes, or was changed outside.")
    ] = False,
    commit: Annotated[
        str | None, typer.Option(help="What the plans are of; the commit checked out if not said.")
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Tell what comes in another major version than in this commit: origin/main."),
    ] = None,
    parallelism: Annotated[int, typer.Option(min=1, help="Units that are planned at once.")] = 4,
) -> None:
    """Plan units with Terragrunt, and say what would happen: what is lost, why, and what depends on it.

    Plans are made in a private folder that is removed: their JSON holds secrets, of which the summary shows none. State
    is not locked and nothing is changed. What a ParallelCluster does with a change, its own update policy says, where
    `make .venv-pcluster/.made` has made its environment, or ML_CLUSTERS_PCLUSTER_PYTHON names its Python.

    Ends with 0 when all is planned, 3 when --fail-on is met, 4 when a unit is not planned, 2 when --detailed-exitcode
    finds a change, and 1 when there is nothing to show.
    """
    asked = Asked(
        tuple(units or ()),
        tuple(filters or ()),
        filters_file,
        tuple(plans or ()),
        report,
        drift,
        commit,
        base,
        parallelism,
    )
    form = Format.JSON if as_json else Format.MARKDOWN if as_markdown else Format.TEXT
    show(asked, form, output, Ends(fail_on, detailed_exitcode))


def main() -> None:
    """The command on its own, without loading what the other commands need."""
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
    alone.command("plan")(plan)
    alone(sys.argv[2:], prog_name="ml-clusters plan")
