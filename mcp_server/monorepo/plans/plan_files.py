"""Finding plans: a file, several, or the folder of `terragrunt run --all --json-out-dir`."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Thread

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import quoted
from mcp_server.monorepo.plans.run_report import NotAReport, UnitRun, read_report
from mcp_server.monorepo.plans.summary import Summary, from_json, is_summary
from mcp_server.monorepo.plans.terraform_json import NotAPlan, PlanJson, read_plan

PLAN_FILE = "tfplan.json"
REPORT_FILE = "report.json"
_MOST_PLANS = 5_000


class NoPlans(RequestRefused):
    """There is no plan at path that could be read. what is a sentence that says so."""

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        super().__init__(f"{quoted(str(path))}: {what}")


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """A unit, with its plan or with what became of it instead. run is None where no report is there."""

    unit: str
    plan: PlanJson | None
    sha256: str = ""
    result: str = "planned"
    why: str | None = None
    run: UnitRun | None = None


def find_plans(paths: Sequence[Path], report: Path | None = None) -> Summary | tuple[FoundPlan, ...]:
    """The plans at these paths, or the summary that the only one is.

    A folder's plans are all tfplan.json below it, each of the unit that its folder is called after. The report is
    report.json in the folder, or beside it, unless another is named: with it a plan that is older than its unit's run
    is not taken for its plan.

    Raises:
        NoPlans: There is nothing, or nothing that is a plan.
        NotASummary: It is a summary that cannot be read.
    """
    if len(paths) == 1 and paths[0].is_dir():
        return tuple(_in_folder(paths[0], report))
    texts = [(path, _text(path)) for path in paths]
    if len(texts) == 1 and is_summary(texts[0][1]):
        return from_json(texts[0][1])
    found = [_read(_name(path), text) for path, text in texts]
    names = [each.unit for each in found]
    for (path, _), each in zip(texts, found, strict=True):
        if names.count(each.unit) > 1:
            raise NoPlans(path, "Another plan here is of a unit of this name. Give the folder that both are in.")
        if each.plan is None:
            raise NoPlans(path, each.why or "It cannot be read.")
    return tuple(found)


def _name(path: Path) -> str:
    """A plan is of the unit whose folder it is in; a file of another name says itself what it is."""
    return readable(path.resolve().parent.name if path.name == PLAN_FILE else path.stem)


def readable(path: str | Path) -> str:
    """A name of a file as text that can be written: a system may have names that are none."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as trouble:
        raise NoPlans(path, "There is no such file or folder. `ml-clusters plan` makes plans.") from trouble
    except OSError as trouble:
        raise NoPlans(path, f"It cannot be read: {trouble.strerror}.") from trouble


def _in_folder(folder: Path, report: Path | None) -> Iterator[FoundPlan]:
    files = {each.parent.relative_to(folder).as_posix(): each for each in _plan_files(folder)}
    runs = _runs(folder, report)
    if not files and not runs:
        raise NoPlans(folder, f"There is no {PLAN_FILE} in it: `terragrunt run --all --json-out-dir` writes them.")
    for run in runs or ():
        yield _of_run(run, files.pop(run.name, None))
    for name, path in sorted(files.items()):
        unit = folder.resolve().name if name == "." else name
        if runs is not None:
            yield FoundPlan(unit, None, result="not in this run", why="Its plan file is of an earlier run.")
        else:
            yield _read(unit, _text(path))


def _plan_files(folder: Path) -> Sequence[Path]:
    files: list[Path] = []
    for each in folder.rglob(PLAN_FILE):
        if len(files) == _MOST_PLANS:
            raise NoPlans(folder, f"There are more than {_MOST_PLANS:,} plans in it.")
        files.append(each)
    return files


def _runs(folder: Path, report: Path | None) -> tuple[UnitRun, ...] | None:
    """The units of the report; None where there is none."""
    places = [report] if report else [folder / REPORT_FILE, folder.parent / REPORT_FILE]
    for each in places:
        if report or each.is_file():
            try:
                return read_report(_text(each))
            except NotAReport as trouble:
                raise NoPlans(each, str(trouble)) from trouble
    return None


def _of_run(run: UnitRun, path: Path | None) -> FoundPlan:
    if not run.succeeded:
        return FoundPlan(run.name, None, result=run.words, why=run.why, run=run)
    if path is None:
        return FoundPlan(run.name, None, result="no plan file", why="Terragrunt planned it and wrote no JSON.", run=run)
    found = _read(run.name, _text(path), run)
    if found.plan is not None and _is_older(found.plan, run.started):
        why = "Its plan file is older than its run: it is of an earlier one."
        return FoundPlan(run.name, None, result="no plan of this run", why=why, run=run)
    return found


def _is_older(plan: PlanJson, started: datetime | None) -> bool:
    """Whether a plan is of before its run. One of which that is not known is taken for it."""
    if started is None:
        return False
    try:
        # Terraform writes whole seconds.
        return datetime.fromisoformat(plan.timestamp) < started.replace(microsecond=0)
    except (TypeError, ValueError):
        return True


def _read(unit: str, text: bytes, run: UnitRun | None = None) -> FoundPlan:
    digest: list[str] = []
    # Hashing lets others run meanwhile, and takes half as long as reading.
    hashing = Thread(target=lambda: digest.append(hashlib.sha256(text).hexdigest()))
    # A system may have no room for a thread.
    with suppress(RuntimeError):
        hashing.start()
    try:
        plan = read_plan(text)
    except NotAPlan as trouble:
        return FoundPlan(unit, None, result="its plan cannot be read", why=trouble.why, run=run)
    finally:
        if hashing.ident is not None:
            hashing.join()
    return FoundPlan(unit, plan, digest[0] if digest else hashlib.sha256(text).hexdigest(), run=run)
