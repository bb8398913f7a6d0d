"""Asking ParallelCluster's own update policy, in the environment that its pins need, what it does with changes.

Nothing of ours is there but the program that is run, and nothing of this process's environment: no credentials.
"""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from mcp_server.monorepo.live_tree import NoTree
from mcp_server.monorepo.plans.parallelcluster import Answers, Ask, NotAsked, Question

VARIABLE = "ML_CLUSTERS_PCLUSTER_PYTHON"
_PYTHON = Path(".venv-pcluster", "bin", "python")
_PROGRAM = Path(__file__).with_name("parallelcluster_updates.py")
_SECONDS = 60.0
_ANEW = "`make .venv-pcluster/.made` makes its environment."


def asking(tree_root: Callable[[], Path], *, seconds: float = _SECONDS) -> Ask:
    """Asks the ParallelCluster that VARIABLE names the Python of, else that of the clone that the tree is in."""

    def ask(questions: Sequence[Question]) -> Answers:
        return _read(_run(_python(tree_root), msgspec.json.encode(questions), seconds), len(questions))

    return ask


def _python(tree_root: Callable[[], Path]) -> Path:
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise NotAsked(f"{VARIABLE} names no program.")
        return Path(named)
    try:
        python = tree_root().parent / _PYTHON
    except NoTree as none:
        raise NotAsked("there is no tree here whose clone could have its environment.") from none
    if not python.is_file():
        raise NotAsked(f"it is not here. {_ANEW}")
    return python


def _run(python: Path, told: bytes, seconds: float) -> bytes:
    """What the program printed. What it says of an error is not told: it may be a part of a configuration."""
    try:
        ended = subprocess.run(
            [python, "-I", _PROGRAM],
            input=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise NotAsked(f"it did not answer within {seconds:g} seconds.") from expired
    except OSError as trouble:
        raise NotAsked(f"its Python cannot be run: {trouble.strerror}. {_ANEW}") from trouble
    if ended.returncode:
        raise NotAsked(f"its Python ended with {ended.returncode}. {_ANEW}")
    return ended.stdout


def _read(printed: bytes, questions: int) -> Answers:
    # What ParallelCluster logs comes before.
    lines = printed.splitlines()
    try:
        answers = msgspec.json.decode(lines[-1] if lines else b"", type=Answers)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise NotAsked("its answer cannot be read.") from trouble
    if len(answers.answers) != questions:
        raise NotAsked("it did not answer all that was asked.")
    return answers
