"""Starts the server or the command line in an environment that has every locked package.

Where such an environment is ready, this process becomes the program itself and nothing of the launcher remains.
Where it is not, the command line installs it first and says so on standard error; the server answers its client
meanwhile (stand_in). Standard library alone, and readable by Python 3.6, so that an old Python can say what is missing.
"""

import os
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments):
    """Run `launch.py server` or `launch.py cli ARGUMENT…`; returns an exit status where the program did not start."""
    kind, rest = arguments[0], arguments[1:]
    python = environment.ready_python(ROOT, os.environ)
    if python is None and kind == "server":
        # Imported here, and installation below, so that the usual start does not pay for them.
        import stand_in  # noqa: PLC0415

        return stand_in.StandIn(ROOT, rest).serve()
    if python is None:
        python = _installed()
        if python is None:
            return 1
    command, variables = environment.program(kind, python, ROOT, os.environ)
    return os.execve(command[0], command + rest, variables)  # noqa: S606 (no shell is wanted)


def _installed():
    import installation  # noqa: PLC0415

    told = []

    def report(step, _detail=""):
        if step not in told:
            told.append(step)
            sys.stderr.write(f"ml-clusters: {step}\n")

    try:
        return installation.Installation(ROOT, os.environ, report).run()
    except installation.Trouble as trouble:
        sys.stderr.write(f"ml-clusters: {trouble} Then run it again.\n")
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
