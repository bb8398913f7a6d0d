"""ml-clusters plan: its options and its help. argparse, for it is loaded in a tenth of the time that typer takes."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from mcp_server.capacity.refusals import UnknownWord
from mcp_server.capacity.severity import severity_of
from mcp_server.cli.planning import Asked, Ends, Format, show
from mcp_server.monorepo.plans.risks import Severity

ABOUT = """\
Plan units with Terragrunt, and say what would happen: what is lost, why, and what depends on it.

Plans are made in a private folder that is removed: their JSON holds secrets, of which the summary shows none. State is
not locked and nothing is changed. What a ParallelCluster does with a change, its own update policy says, where `make
.venv-pcluster/.made` has made its environment, or ML_CLUSTERS_PCLUSTER_PYTHON names its Python."""
_ENDS = """\
exit status:
  0  all is planned
  1  there is nothing to show: no plan, no such unit, no Terragrunt
  2  --detailed-exitcode, and something changes; or the arguments are wrong
  3  --fail-on SEVERITY, and there is such a risk or a worse one
  4  a unit was not planned, or Terraform's plan of it ended in an error

examples:
  ml-clusters plan                                      every unit
  ml-clusters plan eks-training --base origin/main      one, with what comes in another major version
  ml-clusters plan --from plans --fail-on high          plans that are there
  ml-clusters plan --markdown --output out/plan.md      a comment, and out/plan.json for summarize_plan"""


def plan(words: Sequence[str]) -> NoReturn:
    """Plan or read what the words ask for, show it, and end."""
    asked = _parser().parse_args(words)
    show(
        Asked(
            tuple(asked.units),
            tuple(asked.filter),
            asked.filters_file,
            tuple(asked.plans),
            asked.report,
            asked.drift,
            asked.commit,
            asked.base,
            asked.parallelism,
        ),
        asked.form,
        asked.output,
        Ends(asked.fail_on, asked.detailed_exitcode),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "ml-clusters plan",
        description=ABOUT,
        epilog=_ENDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _what(parser)
    _form(parser)
    return parser


def _what(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("units", nargs="*", metavar="UNIT", help="path or name of a unit; all where none is named")
    add(
        *("--from",),
        dest="plans",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="read this plan, folder of plans or summary, and plan nothing; may be repeated",
    )
    add("--report", type=Path, metavar="FILE", help="with --from: Terragrunt's run report, if not report.json in PATH")
    add(
        *("--filter",),
        action="append",
        default=[],
        metavar="FILTER",
        help="Terragrunt's own: '!{**/argocd-*}'; may be repeated",
    )
    add("--filters-file", type=Path, metavar="FILE", help="filters, a line each, as Terragrunt takes them")
    add("--drift", action="store_true", help="look only for what was changed outside Terraform (plan -refresh-only)")
    add("--base", metavar="REF", help="tell what comes in another major version than in this commit: origin/main")
    add("--commit", help="what the plans are of; the commit checked out if not said")
    add("--parallelism", type=_count, default=4, metavar="N", help="units that are planned at once (4)")


def _form(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        *("--json",),
        dest="form",
        action="store_const",
        const=Format.JSON,
        default=Format.TEXT,
        help="the whole summary, masked: a file for summarize_plan",
    )
    form.add_argument(
        *("--markdown",),
        dest="form",
        action="store_const",
        const=Format.MARKDOWN,
        help="a comment for a pull request, within GitHub's 65,536 characters",
    )
    add("--output", type=Path, metavar="FILE", help="write it there; with --markdown the whole in JSON beside it")
    add(
        *("--fail-on",),
        type=_severity,
        metavar="SEVERITY",
        help=f"end with 3 if there is such a risk, or a worse one: {', '.join(Severity)}",
    )
    add("--detailed-exitcode", action="store_true", help="end with 2 where something changes, or was changed outside")


def _severity(text: str) -> Severity:
    try:
        return severity_of(text)
    except UnknownWord as unknown:
        raise argparse.ArgumentTypeError(str(unknown)) from unknown


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of units")
    return int(text)
