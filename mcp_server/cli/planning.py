"""What ml-clusters plan does: say what units would do, the worst first. Loaded without any library for terminals."""

import errno
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import one_line
from mcp_server.monorepo.plans.choosing import Wanted, narrowed
from mcp_server.monorepo.plans.parallelcluster import Answers, Ask, Question
from mcp_server.monorepo.plans.plan_files import NoPlans
from mcp_server.monorepo.plans.provenance import head_commit, moved_on
from mcp_server.monorepo.plans.reading import read_review
from mcp_server.monorepo.plans.risks import Severity
from mcp_server.monorepo.plans.roll_up import Review
from mcp_server.monorepo.plans.rules.whole import ERRORED
from mcp_server.monorepo.plans.run_report import LEFT_OUT
from mcp_server.monorepo.plans.summary import Summary, to_json
from mcp_server.monorepo.plans.values_at import all_told

if TYPE_CHECKING:
    from mcp_server.monorepo.live_tree import LiveTree
    from mcp_server.settings import Settings

CHANGED = 2
RISKY = 3
NOT_PLANNED = 4


class Format(StrEnum):
    """How plans are told."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is planned, or read where plans are named."""

    units: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    filters_file: Path | None = None
    plans: tuple[Path, ...] = ()
    report: Path | None = None
    drift: bool = False
    commit: str | None = None
    base: str | None = None
    parallelism: int = 4


@dataclass(frozen=True, slots=True)
class Ends:
    """What else the exit status tells: such a risk or a worse one, or whether anything changes."""

    fail_on: Severity | None = None
    detailed: bool = False


def show(asked: Asked, form: Format, output: Path | None, ends: Ends) -> NoReturn:
    """Plan or read what is asked for, print or write it, and end."""
    if form is Format.MARKDOWN and output is not None and output.suffix == ".json":
        _fail(f"{output} is where the whole in JSON would go beside the comment: name another. Nothing was read.")
    try:
        review = _review(asked)
        summary = narrowed(review.summary, Wanted(asked.units)) if asked.plans else review.summary
    except RequestRefused as refusal:
        _fail(str(refusal))
    try:
        _write(review, summary, form, output)
    except OSError as trouble:
        _fail(f"Plans were read, and what they come to could not be written: {trouble.strerror}.")
    raise SystemExit(_code(summary, ends))


def _review(asked: Asked) -> Review:
    read = cache(_tree)
    ask = _asking(read)
    upgrades = _upgrades(read(), asked.base) if asked.base is not None else None
    if asked.plans:
        review = read_review(asked.plans, read, report=asked.report, commit=asked.commit, ask=ask, upgrades=upgrades)
        # Whoever names no commit reads what somebody else has planned.
        return review if asked.commit else _with_notes(review, moved_on(review.summary, Path.cwd()))
    # What runs other programs is not loaded where plans are only read.
    from mcp_server.cli.terragrunt_run import NoTerragrunt, PlanRun, RunFailed, planned  # noqa: PLC0415

    if asked.filters_file is not None and not asked.filters_file.is_file():
        _fail(f"There is no file {asked.filters_file}: nothing was planned.")
    tree = read()
    units = _paths(tree, asked.units)
    run = PlanRun(tree.root, units, asked.filters, asked.filters_file, asked.drift, asked.parallelism)
    commit = asked.commit or head_commit(tree.root)
    try:
        with planned(run, _tell) as folder:
            of = ", ".join(units) or str(tree.root)
            review = read_review([folder], read, commit=commit, of=of, ask=ask, upgrades=upgrades)
    except (NoTerragrunt, RunFailed) as trouble:
        _fail(str(trouble))
    except NoPlans as none:
        _fail("The filters leave no unit: nothing was planned." if asked.filters or asked.filters_file else str(none))
    review = _as_drift(review) if asked.drift else review
    return _with_left_out(review, units or tuple(tree.by_path))


def _asking(read: Callable[[], "LiveTree"]) -> Ask:
    def ask(questions: Sequence[Question]) -> Answers:
        from mcp_server.cli.parallelcluster_run import asking  # noqa: PLC0415

        return asking(lambda: read().root)(questions)

    return ask


def _with_left_out(review: Review, asked: Sequence[str]) -> Review:
    """A run names those that its filters took out."""
    planned = {each.unit for each in review.summary.units}
    left = [path for path in asked if path not in planned]
    return _with_notes(
        review, [f"Left out by filters, {len(left)} of {len(asked)} units: {all_told(left)}."] if left else []
    )


def _as_drift(review: Review) -> Review:
    """What such a plan does not say: whether applying would change anything."""
    units = tuple(msgspec.structs.replace(each, drift_only=True) for each in review.summary.units)
    return Review(msgspec.structs.replace(review.summary, units=units), review.sources)


def _with_notes(review: Review, notes: Sequence[str]) -> Review:
    summary = msgspec.structs.replace(review.summary, notes=(*review.summary.notes, *notes))
    return Review(summary, review.sources)


def _paths(tree: "LiveTree", names: Sequence[str]) -> tuple[str, ...]:
    from mcp_server.monorepo.naming import find_unit  # noqa: PLC0415

    return tuple(find_unit(tree, each).path for each in names)


def _tree() -> "LiveTree":
    # Plans that are only read may be of no tree, and then its parser need not be loaded.
    from mcp_server.opening import live_tree  # noqa: PLC0415

    return live_tree(_settings())


@cache
def _settings() -> "Settings":
    from mcp_server.settings import load_settings  # noqa: PLC0415

    return load_settings()


def _upgrades(tree: "LiveTree", base: str) -> Mapping[str, Sequence[str]]:
    from mcp_server.cli.base_tree import versions_at  # noqa: PLC0415
    from mcp_server.monorepo.plans.upgrades import upgrades  # noqa: PLC0415
    from mcp_server.monorepo.versions import read_versions  # noqa: PLC0415

    return upgrades(versions_at(base, tree.root, _settings().monorepo.names), read_versions(tree))


def _write(review: Review, summary: Summary, form: Format, output: Path | None) -> None:
    whole = Review(summary, review.sources)
    text = _text(whole, form)
    if output is None:
        _print(text)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    if form is Format.MARKDOWN:
        output.with_suffix(".json").write_bytes(to_json(whole.whole()))


def _print(text: str) -> None:
    """Print the whole, or fail: an unbuffered standard output would drop what did not fit, without a word."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] - it was closed before Python began
        raise OSError(errno.EBADF, "there is no standard output")
    sys.stdout.flush()
    encoding = sys.stdout.encoding
    with open(sys.stdout.fileno(), "w", encoding=encoding, errors="backslashreplace", closefd=False) as whole:
        whole.write(text)


def _text(review: Review, form: Format) -> str:
    now = datetime.now(UTC)
    if form is Format.JSON:
        return to_json(review.whole()).decode()
    if form is Format.MARKDOWN:
        from mcp_server.render.plan_comments import plan_comment  # noqa: PLC0415 - loads a template engine

        return plan_comment(review, review.summary, now)
    from mcp_server.render.plan_text import plan_page  # noqa: PLC0415

    return plan_page(review.summary, now)


def _code(summary: Summary, ends: Ends) -> int:
    if ends.fail_on and summary.worst and summary.worst.at_least(ends.fail_on):
        return RISKY
    ended_in_error = any(each.rule == ERRORED.name for each in summary.risks)
    if ended_in_error or not all(each.planned or each.result == LEFT_OUT for each in summary.units):
        return NOT_PLANNED
    return CHANGED if ends.detailed and any(each.is_news or each.drift for each in summary.units) else 0


def _tell(line: str) -> None:
    print(one_line(line, 400), file=sys.stderr, flush=True)  # noqa: T201


def _fail(sentence: str) -> NoReturn:
    for line in sentence.splitlines():
        print(one_line(line, 2_000), file=sys.stderr)  # noqa: T201
    raise SystemExit(1)
