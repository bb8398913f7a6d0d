"""wire: writes a proposed edit, and what comes before and after it on the way to a pull request."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed, word
from mcp_server.cli.base_tree import tree_at
from mcp_server.cli.refusals import fail, refusals_printed
from mcp_server.cli.writing import write_whole
from mcp_server.monorepo.plans.summary import Summary, from_json, is_summary
from mcp_server.opening import open_services
from mcp_server.render.pull_requests import Planned, pull_request_body, pull_request_title
from mcp_server.render.wirings import check_lines
from mcp_server.searching.market import unseen
from mcp_server.settings import load_settings, project_folder
from mcp_server.tools.holdings import book_of
from mcp_server.tools.services import Opened
from mcp_server.wiring.checks import Check, Result
from mcp_server.wiring.clones import CloneRefused, make_scratch, repository_of
from mcp_server.wiring.ground import Ground, survey
from mcp_server.wiring.keeping import Wiring, apply, kept
from mcp_server.wiring.looking import Sight, look_for
from mcp_server.wiring.marks import Mark, read_marks
from mcp_server.wiring.mentions import ENDINGS, TERMS
from mcp_server.wiring.verifying import held_stray, strays, unheld, unmarked, verified

STOPPED = 2


def wire(
    apply_: Annotated[
        str, typer.Option("--apply", metavar="WIRING", help="Write the edit that wire_capacity kept under this name.")
    ] = "",
    body: Annotated[
        str, typer.Option(metavar="WIRING", help="Write the text of a pull request for it: see --plan and --output.")
    ] = "",
    plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --body: the summary that `plan --json --output` wrote.")
    ] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="With --body: write it there.")] = None,
    check: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Hold the text of a pull request, and this tree, to what AWS says now."),
    ] = None,
    base: Annotated[
        str, typer.Option(metavar="REF", help="With --check: also hold to AWS what changed since this commit.")
    ] = "",
    scratch: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Clone this repository there, for simulated capacity.")
    ] = None,
) -> None:
    """Write an edit that wire_capacity proposed, and go on to its pull request.

    Ask first: `ml-clusters call wire_capacity --capacity cr-… --unit eks-training`, which shows every check and a diff,
    writes nothing, and names the edit (w-…). Then:

    `ml-clusters wire --apply w-…` writes it, if the file is still as it was. Nothing else is touched.

    `ml-clusters wire --body w-… --plan plan.json --output body.md` writes the text of the pull request.

    `ml-clusters wire --check body.md --base origin/main` is for the workflow: it exits with 2 where the tree and AWS
    disagree, or AWS has not taken the payment yet, and with 0 where no capacity is given, taken or renewed.
    """
    chosen = [each for each in (apply_, body, check, scratch) if each]
    if len(chosen) != 1:
        fail("Say one of --apply, --body, --check and --scratch: `ml-clusters wire --help` tells what each does.")
    with refusals_printed():
        if apply_:
            _apply(apply_)
        elif body:
            _write_body(body, plan, output)
        elif check:
            _check(check, base)
        elif scratch:
            _make_scratch(scratch)


def _apply(name: str) -> None:
    wiring = kept(name, load_settings().state_directory)
    if not apply(wiring):
        typer.echo(f"{wiring.shown_as} is already so: nothing was written.")
        return
    typer.echo("".join(map(_shown, wiring.diff)), nl=False)
    typer.echo(f"Wrote {wiring.file}")


def _shown(letter: str) -> str:
    """A letter of a file as a terminal may show it: none that moves, hides or colours what is there."""
    return letter if letter.isprintable() or letter in "\n\t" else "\ufffd" * (letter != "\r")


def _write_body(name: str, plan: Path | None, output: Path | None) -> None:
    wiring = kept(name, load_settings().state_directory)
    planned = Planned(_summary(plan)) if plan else None
    text = pull_request_body(wiring, planned)
    if output is None:
        typer.echo(text, nl=False)
        return
    write_whole(output, text)
    for line in _opening(wiring, output):
        typer.echo(line)


def _opening(wiring: Wiring, body: Path) -> list[str]:
    """The commands from an applied edit to its pull request, to be run at the top of the repository."""
    title, draft = shlex.quote(pull_request_title(wiring)), " --draft" if wiring.due or wiring.simulated else ""
    told = ["SIMULATED: push nothing, and open no pull request. Of real capacity it would be:"]
    return [
        *(told if wiring.simulated else []),
        f"git add -- {shlex.quote(wiring.shown_as)}",
        f"git commit --message {title}",
        "git push --set-upstream origin HEAD",
        f"gh pr create{draft} --title {title} --body-file {shlex.quote(str(body))}",
    ]


class NoSummary(RequestRefused):
    """A plan's file is no summary, or cannot be read. why is the end of a sentence."""

    def __init__(self, file: Path, why: str) -> None:
        self.file, self.why = file, why
        super().__init__(
            f"{typed(str(file), 200)} {why}: `ml-clusters plan UNIT --json --output FILE` writes a summary. No text "
            "was written. Where no plan can be run leave --plan out: the text then says so."
        )


def _summary(file: Path) -> Summary:
    try:
        text = file.read_bytes()
    except OSError as failure:
        raise NoSummary(file, f"cannot be read ({failure.strerror})") from failure
    if not is_summary(text):
        raise NoSummary(file, "is no summary of a plan")
    return from_json(text)


def _check(file: Path, base: str) -> None:
    try:
        marks = read_marks(file.read_text(encoding="utf-8", errors="replace"))
    except OSError as failure:
        fail(f"{file} cannot be read ({failure.strerror}).")
    opened = open_services()
    ground = survey(opened.read_tree())
    changes = _changes(marks, ground, base) if base else _Changes()
    marks = (*marks, *changes.unmarked)
    if not (marks or changes.strays or changes.unheld):
        typer.echo("No capacity is given, taken or renewed: nothing was checked.")
        return
    checks = [*changes.unheld, *(_stray(*each, opened, ground) for each in changes.strays)]
    for line in check_lines(checks):
        typer.echo(line)
    checks += [each for mark in marks for each in _told(mark, opened, ground)]
    if any(each.result is Result.STOPPED for each in checks):
        raise typer.Exit(STOPPED)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What changed since a commit and no mark is about: whoever edits by hand is held to AWS, too."""

    unmarked: Sequence[Mark] = ()
    unheld: Sequence[Check] = ()
    strays: Sequence[tuple[str, str]] = ()


def _changes(marks: Sequence[Mark], ground: Ground, base: str) -> _Changes:
    with tree_at(base, ground.tree.root, load_settings().monorepo.names, ENDINGS) as tree:
        before = survey(tree)
        return _Changes(
            unmarked(marks, before.wired, ground.wired),
            unheld(before, ground),
            tuple(dict.fromkeys(strays(before, ground))),
        )


def _stray(capacity: str, file: str, opened: Opened, ground: Ground) -> Check:
    return held_stray(capacity, file, None if capacity == TERMS else _sight(capacity, opened, ground))


def _sight(capacity: str, opened: Opened, ground: Ground) -> Sight:
    deadline = Deadline.after(opened.preferences.time_budget)
    return look_for(capacity, opened.accounts, ground.regions, book_of(opened), deadline, unseen)


def _told(mark: Mark, opened: Opened, ground: Ground) -> Sequence[Check]:
    checks = verified(mark, ground, _sight(mark.capacity, opened, ground))
    typer.echo(f"{mark.action} {word(mark.capacity)}, {word(mark.unit)}:")
    for line in check_lines(checks):
        typer.echo(f"  {line}")
    return checks


def _make_scratch(folder: Path) -> None:
    repository = repository_of(project_folder())
    if repository is None:
        raise CloneRefused(folder, "This folder is in no Git repository.")
    made = make_scratch(repository, folder)
    variable = f"; export CLAUDE_PROJECT_DIR={shlex.quote(str(made))}" if "CLAUDE_PROJECT_DIR" in os.environ else ""
    typer.echo(
        f"Cloned what is committed in {repository} into {made}, with no remote. origin/main is the commit it begins at."
        f"\nGo on there: cd {shlex.quote(str(made))}{variable}"
        "\nAsk again with: ml-clusters --sandbox call wire_capacity …"
        "\nA server that runs already, as Claude Code's, goes on seeing the project that it was started in."
    )
