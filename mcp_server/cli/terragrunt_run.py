"""Having Terragrunt plan units, in a private folder that is gone afterwards: the JSON of a plan holds secrets."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from mcp_server.monorepo.plans.plan_files import PLAN_FILE, REPORT_FILE

_LOG_FILE = "terragrunt.log"
_LOOK_EVERY = 0.3
_MOST_LINES = 12
_CONTROL = re.compile(r"\x1b\[[0-9;]*m")

Progress = Callable[[str], None]
"""Is told each time something becomes known, in one line."""


class NoTerragrunt(Exception):
    """There is no Terragrunt here."""

    def __init__(self) -> None:
        super().__init__(
            "There is no Terragrunt here. Nothing was planned. Install it with mise, or `make .tools/terragrunt`."
        )


class RunFailed(Exception):
    """Terragrunt ended before it ran anything. said is the end of what it said."""

    def __init__(self, code: int, said: Sequence[str]) -> None:
        self.code, self.said = code, tuple(said)
        super().__init__(
            f"Terragrunt ended with {code} before it planned anything. Its last lines:\n" + "\n".join(said)
        )


@dataclass(frozen=True, slots=True)
class PlanRun:
    """How units are planned: all of them where none is named, and filters, which are Terragrunt's, leave it.

    drift looks only for what changed outside.
    """

    root: Path
    units: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    filters_file: Path | None = None
    drift: bool = False
    parallelism: int = 4

    def command(self, program: str, folder: Path) -> list[str]:
        """What is run; units that do not depend on a failing one are planned all the same."""
        filters = [f"--filter={each}" for each in (*(f"./{unit}" for unit in self.units), *self.filters)]
        filters += [f"--filters-file={self.filters_file.resolve()}"] if self.filters_file else []
        return [
            *(program, "run", "--all", "--non-interactive", "--no-color", f"--parallelism={self.parallelism}"),
            *("--queue-ignore-errors", f"--json-out-dir={folder}", f"--report-file={folder / REPORT_FILE}"),
            *filters,
            *("--", "plan", "-input=false", "-lock=false", *(["-refresh-only"] if self.drift else [])),
        ]


@contextmanager
def planned(run: PlanRun, tell: Progress) -> Generator[Path]:
    """Plan, and give the folder with the plans and the report; it is removed at the end, whatever happens.

    Raises:
        NoTerragrunt: It is not installed.
        RunFailed: It planned nothing at all.
    """
    program = terragrunt(run.root)
    if program is None:
        raise NoTerragrunt
    with _held_signals() as signals:
        folder = Path(tempfile.mkdtemp(prefix="ml-clusters-plan-"))
        try:
            _run(run.command(program, folder), run.root, folder, tell, signals)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def terragrunt(root: Path) -> str | None:
    """Terragrunt on the PATH, or as `make` builds it in the clone that the tree is in."""
    return shutil.which("terragrunt") or shutil.which("terragrunt", path=root.parent / ".tools")


class _Signals:
    """The last signal that came and is not yet obeyed."""

    number: int | None = None

    def obey(self) -> None:
        if self.number is not None:
            raise KeyboardInterrupt if self.number == signal.SIGINT else SystemExit(128 + self.number)


@contextmanager
def _held_signals() -> Generator[_Signals]:
    """Within it Ctrl-C and SIGTERM wait until they are obeyed.

    Between the making of a folder, or of a process, and its getting a name here they would leave plans behind.
    """
    held = _Signals()

    def hold(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module gives the signature
        held.number = number

    before = {each: signal.signal(each, hold) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield held
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    held.obey()


def _run(command: Sequence[str], root: Path, folder: Path, tell: Progress, signals: _Signals) -> None:
    log = folder / _LOG_FILE
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=_environment()
        )
        try:
            _watch(process, folder, tell, signals)
        except BaseException:
            # Terraform ends what it has begun, and lets go of its locks.
            process.terminate()
            process.wait()
            raise
    if not (folder / REPORT_FILE).is_file():
        raise RunFailed(process.returncode, _last_lines(log))
    if process.returncode:
        for line in _errors(log):
            tell(line)


def _environment() -> dict[str, str]:
    return {**os.environ, "TG_NON_INTERACTIVE": "true", "TG_NO_COLOR": "true"}


def _watch(process: "subprocess.Popen[bytes]", folder: Path, tell: Progress, signals: _Signals) -> None:
    seen: set[Path] = set()
    ended = False
    while not ended:
        signals.obey()
        ended = process.poll() is not None
        for each in sorted({*folder.rglob(PLAN_FILE)} - seen):
            seen.add(each)
            tell(f"planned {len(seen)}: {each.parent.relative_to(folder)}")
        if not ended:
            time.sleep(_LOOK_EVERY)


def _last_lines(log: Path) -> list[str]:
    return _lines(log)[-_MOST_LINES:]


def _errors(log: Path) -> list[str]:
    """The lines in which Terraform and Terragrunt tell of errors."""
    return [each for each in _lines(log) if re.search(r"\bError: ", each)][:_MOST_LINES]


def _lines(log: Path) -> list[str]:
    text = _CONTROL.sub("", log.read_text(errors="replace"))
    return [each.strip() for each in text.splitlines() if each.strip()]
