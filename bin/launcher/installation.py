"""Installs the locked packages, once, with uv or else with any Python from 3.11 on. Readable by Python 3.6.

An environment is built aside and renamed, under a lock that dies with its holder: two launchers at once share one
installation, and what a killed one left half built is removed by the next.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import threading
import time
from collections import deque, namedtuple
from pathlib import Path

import environment

OLDEST = (3, 11)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3", "py")
PROBE = (
    "import importlib.util as u, sys; print('%d %d' % sys.version_info[:2], int(bool(u.find_spec('ensurepip'))));"
    "print(sys.executable)"
)
GET_UV = "Run `curl -LsSf https://astral.sh/uv/install.sh | sh`."

Interpreter = namedtuple("Interpreter", "path version makes_environments")  # noqa: PYI024 (read by Python 3.6)


class Trouble(Exception):
    """Why there is no environment: what is wrong, and the command or act that mends it, each a sentence."""

    def __init__(self, what, remedy):
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class Installation:
    """One attempt to install the locked packages; report(step, detail) is told how far it is."""

    def __init__(self, root, environ, report):
        self.root = root
        self.environ = environ
        self.report = report
        self._guard = threading.Lock()
        self._process = None
        self._stopped = False

    def run(self):
        """Install, unless it is done meanwhile; returns the environment's interpreter. Raises Trouble."""
        uv = _find_uv(self.environ)
        interpreter = _choose(_interpreters(self.environ), uv)
        directory = environment.directories(self.environ)[0]
        version = interpreter.version if interpreter else OLDEST
        target = directory / environment.directory_name(self.root, version)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with self._alone(directory):
                python = environment.ready_python(self.root, self.environ)
                if python is None:
                    self._build(target, uv, interpreter)
                    self._share(target)
                    python = target / "bin" / "python"
        except OSError as error:
            what = f"The server's environment cannot be made: {error}."
            raise Trouble(what, f"Make {directory} writable, or free space there.") from error
        return python

    def stop(self):
        """End the installer that runs, if one does, and start no other."""
        with self._guard:
            self._stopped = True
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(1)

    @contextlib.contextmanager
    def _alone(self, directory):
        """Wait until no other launcher installs here, and remove what a dead one left."""
        with (directory / ".installing").open("w") as held:
            while not _locked(held):
                self.report("waiting for another session that is installing the same packages")
                self._go_on()
                time.sleep(0.2)
            for leftover in directory.glob(".*.partial"):
                shutil.rmtree(str(leftover), ignore_errors=True)
            yield

    def _go_on(self):
        if self._stopped:
            raise Trouble("The installation was stopped.", "Start it again.")

    def _build(self, target, uv, interpreter):
        # Hidden, so that environment.ready_python does not take it for a finished one.
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        lock = str(self.root / environment.LOCK)
        python = str(partial / "bin" / "python")
        wanted = interpreter.path if interpreter else "{}.{}".format(*OLDEST)
        if uv:
            make = [uv, "venv", "--python", wanted, str(partial)]
            install = [uv, "pip", "install", "--python", python]
        else:
            make = [wanted, "-I", "-m", "venv", str(partial)]
            install = [
                python,
                "-I",
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--progress-bar=off",
            ]
        try:
            if interpreter is None:
                self._step(f"fetching Python {wanted} with uv", make, _no_python_fetched)
            else:
                self._step("making the environment", make, _no_environment)
            install += ["--require-hashes", "--no-deps", "-r", lock]
            self._step("installing the locked packages", install, _no_packages)
            _discard(target)
            partial.rename(target)
        finally:
            shutil.rmtree(str(partial), ignore_errors=True)

    def _step(self, step, command, trouble):
        """Run one command of the installer, reporting what it says; raises trouble(its last words)."""
        self.report(step)
        with self._guard:
            self._go_on()
            # The client speaks on standard input, which no installer may read. The root directory is nobody's project,
            # so no settings in or above the working directory change what uv does.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment.without_python_settings(self.environ),
            )
        words = deque(maxlen=8)
        with self._process as process:
            for line in process.stdout:
                said = _printable(line)
                if said:
                    words.append(said)
                    self.report(step, said[:120])
        if process.returncode:
            self._go_on()
            raise trouble(_last_words(words))

    def _share(self, target):
        """Let the user's data directory know an environment made elsewhere; whoever cannot write there does without."""
        for other in environment.directories(self.environ)[1:]:
            with contextlib.suppress(OSError):
                other.mkdir(parents=True, exist_ok=True)
                _discard(other / target.name)
                (other / target.name).symlink_to(target)


def _locked(held):
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some network file systems have no locks: then both install, and the last to finish is used.
        return True
    return True


def _discard(path):
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(str(path))


def _find_uv(environ):
    # A uv installed while the client runs is not on the PATH that the client was started with.
    usual = [str(Path(place).expanduser()) for place in ("~/.local/bin", "~/.cargo/bin")]
    return shutil.which("uv", path=os.pathsep.join([environ.get("PATH", os.defpath), *usual]))


def _interpreters(environ):
    paths = [shutil.which(name, path=environ.get("PATH", os.defpath)) for name in CANDIDATES]
    answers = [_asked(path) for path in paths if path]
    return [answer for answer in answers if answer]


def _asked(path):
    """What an interpreter says of itself, or None: a version manager's shim may stand for none."""
    command = [path, "-I", "-S", "-c", PROBE]
    try:
        process = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=True
        )
        first, executable = process.stdout.decode().splitlines()
        major, minor, makes_environments = (int(word) for word in first.split())
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Interpreter(executable, (major, minor), bool(makes_environments))


def _choose(found, uv):
    """The interpreter to build with, or None where uv is to fetch one. Raises Trouble."""
    recent = [interpreter for interpreter in found if interpreter.version >= OLDEST]
    for interpreter in recent:
        if uv or interpreter.makes_environments:
            return interpreter
    if uv:
        return None
    if recent:
        path, version, _ = recent[0]
        what = "Python {}.{} at {} lacks venv, and uv is not installed.".format(*version, path)
        raise Trouble(
            what, "{} Or, on Debian and Ubuntu, `sudo apt install python{}.{}-venv`.".format(GET_UV, *version)
        )
    seen = ", ".join("Python {1[0]}.{1[1]} at {0}".format(*interpreter) for interpreter in found) or "neither"
    raise Trouble(f"Python 3.11 or later, or uv, is needed, and there is only {seen}.", GET_UV)


def _no_python_fetched(words):
    what = f"There is no Python 3.11 or later, and uv could not fetch one: {words}."
    return Trouble(what, "Install Python 3.11 or later, or let uv reach its downloads.")


def _no_environment(words):
    return Trouble(f"The server's environment cannot be made: {words}.", GET_UV)


def _no_packages(words):
    what = f"The server's packages could not be installed: {words}."
    return Trouble(what, "Check the network and the package index that uv or pip is set to.")


def _printable(line):
    """A line of an installer without colours, control characters and the passwords that an index's address may hold."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line.decode("utf-8", "replace"))
    text = re.sub(r"(?<=://)[^/@\s]+@", "", text)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _last_words(words):
    """What an installer said last, from its own word for an error on, in one line."""
    said = list(words)
    for place, line in enumerate(said):
        if line.lower().startswith(("error", "\N{MULTIPLICATION SIGN} ")):
            said = said[place:]
            break
    text = "; ".join(said) or "the installer said nothing"
    return (text if len(text) <= 400 else text[:400] + "…").rstrip(".")
