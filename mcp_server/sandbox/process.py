"""The sandbox as a process: join the one that runs for a directory, start it, serve it, end it when nobody uses it.

Three locks in the directory order everything, and the system lets go of them when a process dies: start.lock is held
while somebody joins, users.lock is shared by all who use the sandbox, server.lock belongs to the one that serves.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import Any, Final

from platformdirs import user_state_dir

from mcp_server import __version__
from mcp_server.sandbox.control import NoSandbox, SandboxControl
from mcp_server.sandbox.environment import AMBIENT, apply, environment, strip
from mcp_server.sandbox.http_server import PortInUse
from mcp_server.sandbox.journal import UnreadableJournal
from mcp_server.sandbox.market import DEFAULT_SEED
from mcp_server.sandbox.population import BUILT_IN, Population
from mcp_server.sandbox.server import SandboxServer

GRACE: Final = 30.0
_STATE = "sandbox.json"
_LOG = "sandbox.log"
_PATIENCE = 120.0
REFUSED: Final = 3
"""The exit status of a sandbox that says in one sentence why it does not serve."""


class SandboxError(Exception):
    """The sandbox cannot be had; the message is a sentence for people."""


class MissingExtra(SandboxError):
    """The packages of the sandbox extra are not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Simulated AWS needs moto with its server, which is not installed: install it with "
            f"`{Path(sys.executable).name} -m pip install 'ml-clusters[sandbox]'`; in a clone, `make demo` installs it "
            "into .venv, where the command is .venv/bin/ml-clusters."
        )


class OtherVersion(SandboxError):
    """The sandbox that runs for the directory was started by another version."""

    def __init__(self, url: str, version: str) -> None:
        self.url, self.version = url, version
        super().__init__(
            f"The simulated AWS at {url} was started by version {version}, this is {__version__}. It ends by itself "
            f"{GRACE:.0f} seconds after its last user did; try again then."
        )


class AlreadyServed(SandboxError):
    """Another process serves the directory."""

    def __init__(self, directory: Path, url: str | None) -> None:
        self.directory, self.url = directory, url
        where = f" at {url}" if url else ""
        super().__init__(f"Simulated AWS already runs for {directory}{where}: use that, or another directory.")


class DidNotStart(SandboxError):
    """A sandbox was started and ended at once; reason is what it said last."""

    def __init__(self, reason: str, log: Path) -> None:
        self.reason, self.log = reason, log
        super().__init__(f"Simulated AWS did not start: {reason or 'it said nothing'} (log: {log})")


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that answers. started_here says whether this process started it."""

    url: str
    control: SandboxControl
    started_here: bool


def default_directory() -> Path:
    """Where the world of `--sandbox` is kept for the next command."""
    return Path(user_state_dir("ml-clusters")) / "sandbox"


@contextmanager
def join(
    directory: Path | None = None, *, fresh: bool = False, grace: float = GRACE, population: Population = BUILT_IN
) -> Generator[Running]:
    """Use the sandbox of a directory, started as a process of its own session if none runs.

    One started so ends itself when nobody has used it for `grace` seconds. With fresh its world begins anew, also for
    those who use it already. A world that begins has this population.

    Raises:
        SandboxError: it cannot be had.
    """
    directory = _made(directory or default_directory())
    with (directory / "users.lock").open("a") as users:
        with (directory / "start.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)
            running = _find(directory)
            if running is None:
                running = _start(directory, population, fresh=fresh, grace=grace)
            elif fresh:
                running.control.reset(population)
        yield running


def serve(
    directory: Path | None,
    *,
    port: int = 0,
    seed: int = DEFAULT_SEED,
    fresh: bool = False,
    on_ready: Callable[[str], None] = lambda _: None,
    until_unused: float | None = None,
    population: Population = BUILT_IN,
) -> None:
    """Serve in this process until SIGINT, SIGTERM or the control endpoint ends it; only from the main thread.

    Without a directory nothing survives the process. on_ready gets the URL. With until_unused it also ends when nobody
    has used it for so many seconds. A world that begins has this population.

    Raises:
        SandboxError: moto is missing, the directory is served already, the port is taken, or the directory's journal
            was written by another version.
    """
    _require_extra()
    # moto asks botocore for regions while it is imported, and a profile that does not exist would end that.
    strip(os.environ)
    directory = _made(directory) if directory else None
    ended = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with _serving(directory):
        try:
            server = SandboxServer(directory, port, seed, population, fresh=fresh, on_stop=ended.set)
        except (PortInUse, UnreadableJournal) as error:
            raise SandboxError(str(error)) from error
        server.start()
        if directory:
            _announce(directory, server.url)
            if until_unused is not None:
                Thread(target=_end_when_unused, args=(directory, until_unused, ended), daemon=True).start()
        on_ready(server.url)
        while not ended.wait(0.5):
            pass
        if directory:
            (directory / _STATE).unlink(missing_ok=True)
        server.stop()


def _find(directory: Path) -> Running | None:
    """The sandbox that a directory names, if it answers."""
    state = _announced(directory)
    if state is None:
        return None
    control = SandboxControl(state["url"])
    try:
        view = control.world()
    except NoSandbox:
        return None
    # The port may have gone to another sandbox since.
    if view.directory != str(directory):
        return None
    if view.version != __version__:
        raise OtherVersion(control.url, view.version)
    return Running(control.url, control, started_here=False)


def _start(directory: Path, population: Population, *, fresh: bool, grace: float) -> Running:
    _require_extra()
    (directory / _STATE).unlink(missing_ok=True)
    command = [sys.executable, "-m", "mcp_server.sandbox", "--directory", str(directory), "--until-unused", str(grace)]
    command += ["--population", json.dumps(population.as_json())]
    environ = dict(os.environ)
    strip(environ)
    with (directory / _LOG).open("w") as log:
        process = subprocess.Popen(
            [*command, *(["--fresh"] if fresh else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environ,
            start_new_session=True,
        )
    patience = time.monotonic() + _PATIENCE
    while time.monotonic() < patience:
        running = _find(directory)
        if running:
            ours = process.poll() is None
            # It outlives this process, which therefore never waits for it.
            process.returncode = 0
            return Running(running.url, running.control, started_here=ours)
        # One that found the directory taken ends at once; whoever took it may not have announced itself yet.
        if process.poll() is not None and not _is_served(directory):
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    lines = (directory / _LOG).read_text(errors="replace").strip().splitlines()
    raise DidNotStart(lines[-1] if lines else "", directory / _LOG)


def _end_when_unused(directory: Path, grace: float, ended: Event) -> None:
    """End the process when nobody has held users.lock for so many seconds.

    The lock is then kept until the process is gone, so whoever joins meanwhile waits and starts another.
    """
    unused_since: float | None = None
    with (directory / "users.lock").open("a") as users:
        while not ended.wait(min(1.0, grace / 4)):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                unused_since = None
                continue
            unused_since = unused_since or time.monotonic()
            if time.monotonic() - unused_since >= grace:
                (directory / _STATE).unlink(missing_ok=True)
                ended.set()
                Event().wait()
            fcntl.flock(users, fcntl.LOCK_UN)


@contextmanager
def _serving(directory: Path | None) -> Generator[None]:
    """Be the only one that serves a directory."""
    if directory is None:
        yield
        return
    with (directory / "server.lock").open("a") as mine:
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            state = _announced(directory)
            raise AlreadyServed(directory, state["url"] if state else None) from error
        yield


def _is_served(directory: Path) -> bool:
    with (directory / "server.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _announce(directory: Path, url: str) -> None:
    state = {"url": url, "pid": os.getpid(), "version": __version__}
    draft = directory / f".{_STATE}.{os.getpid()}"
    draft.write_text(json.dumps(state))
    draft.replace(directory / _STATE)


def _announced(directory: Path) -> dict[str, Any] | None:
    with suppress(FileNotFoundError, ValueError):
        return json.loads((directory / _STATE).read_text())
    return None


def _made(directory: Path) -> Path:
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory


def _require_extra() -> None:
    if not all(find_spec(name) for name in ("moto", "flask")):
        raise MissingExtra


__all__ = [
    "AMBIENT",
    "GRACE",
    "AlreadyServed",
    "DidNotStart",
    "MissingExtra",
    "OtherVersion",
    "Running",
    "SandboxError",
    "apply",
    "default_directory",
    "environment",
    "join",
    "serve",
]
