"""ml-clusters plan: what units would do, the worst first."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import one_line
from mcp_server.cli.parallelcluster_run import asking
from mcp_server.cli.terragrunt_run import NoTerragrunt, PlanRun, RunFailed, planned
from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.monorepo.plans.choosing import Wanted, narrowed
from mcp_server.monorepo.plans.provenance import head_commit
from mcp_server.monorepo.plans.reading import read_review
from mcp_server.monorepo.plans.risks import Severity
from mcp_server.monorepo.plans.roll_up import Review
from mcp_server.monorepo.plans.run_report import LEFT_OUT
from mcp_server.monorepo.plans.summary import Summary, to_json
from mcp_server.monorepo.plans.values_at import all_told

CHANGED = 2
RISKY = 3
NOT_PLANNED = 4


class _Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class _Asked:
    units: tuple[str, ...]
    filters: tuple[str, ...]
    filters_file: Path | None
    plans: tuple[Path, ...]
    report: Path | None
    drift: bool
    commit: str | None
    parallelism: int


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
    parallelism: Annotated[int, typer.Option(min=1, help="Units that are planned at once.")] = 4,
) -> None:
    """Plan units with Terragrunt, and say what would happen: what is lost, why, and what depends on it.

    Plans are made in a private folder that is removed: their JSON holds secrets, of which the summary shows none. State
    is not locked and nothing is changed. What a ParallelCluster does with a change, its own update policy says, where
    `make .venv-pcluster/.made` has made its environment.

    Ends with 0 when all is planned, 3 when --fail-on is met, 4 when a unit is not planned, 2 when --detailed-exitcode
    finds a change, and 1 when there is nothing to show.
    """
    asked = _Asked(
        tuple(units or ()), tuple(filters or ()), filters_file, tuple(plans or ()), report, drift, commit, parallelism
    )
    form = _Format.JSON if as_json else _Format.MARKDOWN if as_markdown else _Format.TEXT
    try:
        review = _review(asked)
        summary = narrowed(review.summary, Wanted(asked.units)) if asked.plans else review.summary
    except (RequestRefused, NoTerragrunt, RunFailed) as refusal:
        _fail(str(refusal))
    _write(review, summary, form, output)
    raise typer.Exit(_code(summary, fail_on, detailed=detailed_exitcode))


def _review(asked: _Asked) -> Review:
    ask = asking(_tree_root)
    if asked.plans:
        return read_review(asked.plans, _tree, report=asked.report, commit=asked.commit, ask=ask)
    tree = _tree()
    units = _paths(tree, asked.units)
    run = PlanRun(tree.root, units, asked.filters, asked.filters_file, asked.drift, asked.parallelism)
    commit = asked.commit or head_commit(tree.root)
    with planned(run, _tell) as folder:
        of = ", ".join(units) or str(tree.root)
        review = read_review([folder], lambda: tree, commit=commit, of=of, ask=ask)
    return review if units else _with_left_out(review, tree)


def _with_left_out(review: Review, tree: LiveTree) -> Review:
    """A run of all units names those that its filters took out."""
    planned = {each.unit for each in review.summary.units}
    left = [path for path in tree.by_path if path not in planned]
    if not left:
        return review
    note = f"Left out by filters, {len(left)} of {len(tree.units)} units: {all_told(left)}."
    summary = msgspec.structs.replace(review.summary, notes=(*review.summary.notes, note))
    return Review(summary, review.sources)


def _paths(tree: LiveTree, names: Sequence[str]) -> tuple[str, ...]:
    from mcp_server.monorepo.naming import find_unit  # noqa: PLC0415

    return tuple(find_unit(tree, each).path for each in names)


def _tree() -> LiveTree:
    # Plans that are only read may be of no tree, and then its parser need not be loaded.
    from mcp_server.opening import live_tree  # noqa: PLC0415
    from mcp_server.settings import load_settings  # noqa: PLC0415

    return live_tree(load_settings())


def _tree_root() -> Path:
    try:
        return _tree().root
    except NoTree:
        return Path.cwd() / "live"


def _write(review: Review, summary: Summary, form: _Format, output: Path | None) -> None:
    whole = Review(summary, review.sources)
    text = _text(whole, form)
    if output is None:
        sys.stdout.write(text)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text)
    if form is _Format.MARKDOWN:
        output.with_suffix(".json").write_bytes(to_json(whole.whole()))


def _text(review: Review, form: _Format) -> str:
    now = datetime.now(UTC)
    if form is _Format.JSON:
        return to_json(review.whole()).decode()
    if form is _Format.MARKDOWN:
        from mcp_server.render.plan_comments import plan_comment  # noqa: PLC0415 - loads a template engine

        return plan_comment(review, review.summary, now)
    from mcp_server.render.plan_text import plan_page  # noqa: PLC0415

    return plan_page(review.summary, now)


def _code(summary: Summary, fail_on: Severity | None, *, detailed: bool) -> int:
    if fail_on and summary.worst and summary.worst.at_least(fail_on):
        return RISKY
    if not all(each.planned or each.result == LEFT_OUT for each in summary.units):
        return NOT_PLANNED
    return CHANGED if detailed and any(each.is_news or each.drift for each in summary.units) else 0


def _tell(line: str) -> None:
    typer.echo(one_line(line, 400), err=True)


def _fail(sentence: str) -> NoReturn:
    for line in sentence.splitlines():
        typer.echo(one_line(line, 2_000), err=True)
    raise SystemExit(1)


def main() -> None:
    """The command on its own, without loading what the other commands need."""
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
    alone.command("plan")(plan)
    alone(sys.argv[2:], prog_name="ml-clusters plan")
