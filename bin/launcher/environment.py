"""Where the server's environment is, and how a program runs in it. Readable by Python 3.6.

It lies in the plugin's data directory, or the user's where there is none, under a name made of the lock's hash and the
Python's version: a new lock gets a new environment and never changes one that a running server uses.
"""

import hashlib
import os
import sys
from pathlib import Path

LOCK = "locks/server.txt"

# What the console scripts of an installed package run; here the package is not installed, only what it needs.
PROGRAMS = {
    "server": ["-m", "mcp_server.app"],
    "cli": ["-c", "import sys; sys.argv[0] = 'ml-clusters'; from mcp_server.cli import main; sys.exit(main())"],
}


def program(kind, python, root, environ):
    """The command and the variables that run the server or the command line with python.

    The working directory stays the user's and is kept off the import path (-P): a folder there that is called like one
    of our packages would be imported in its place. So would anything on an inherited PYTHONPATH.
    """
    variables = without_python_settings(environ)
    variables["PYTHONPATH"] = str(root)
    variables["PYTHONNOUSERSITE"] = "1"
    return [str(python), "-P", *PROGRAMS[kind]], variables


def without_python_settings(environ):
    """The variables without those that change what a Python imports."""
    return {name: value for name, value in environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}


def ready_python(root, environ):
    """The interpreter of an environment that has every locked package, or None."""
    clone = _clone_python(root)
    if clone:
        return clone
    for directory in directories(environ):
        for python in sorted(directory.glob(f"{_stem(root)}-py*/bin/python")):
            if usable(python):
                return python
    return None


def usable(python):
    """Whether an interpreter is there; a link to one that has been uninstalled is not."""
    return os.access(str(python), os.X_OK)


def _clone_python(root):
    """The interpreter of a clone's own .venv, unless the lock is newer than what was installed there.

    Whoever works in a clone wants the server to run what their tests run, simulated AWS included, and nothing to be
    downloaded a second time. The Makefile's stamps tell when it was installed; the console script, where another tool
    did it.
    """
    venv = root / ".venv"
    script = venv / "bin" / "ml-clusters-mcp"
    if not (script.exists() and usable(venv / "bin" / "python")):
        return None
    stamps = [stamp.stat().st_mtime for stamp in (script, venv / ".dev", venv / ".sandbox") if stamp.exists()]
    return venv / "bin" / "python" if max(stamps) >= (root / LOCK).stat().st_mtime else None


def directories(environ):
    """Where environments may lie; the first is where one is made.

    The second is looked at as well because the Bash tool, which runs the plugin's command line, is not told the
    plugin's data directory.
    """
    own = environ.get("CLAUDE_PLUGIN_DATA")
    if sys.platform == "darwin":
        data = Path("~/Library/Application Support").expanduser()
    else:
        data = Path(environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    shared = data / "ml-clusters" / "environments"
    return [Path(own) / "environments", shared] if own else [shared]


def directory_name(root, version):
    """What the environment for this lock, this machine and a Python's (major, minor) is called."""
    return "{}-py{}.{}".format(_stem(root), *version)


def _stem(root):
    # The machine is part of it because home directories are shared between machines.
    machine = os.uname()
    text = (root / LOCK).read_bytes() + f"{machine.sysname} {machine.machine}".encode()
    return hashlib.sha256(text).hexdigest()[:16]
