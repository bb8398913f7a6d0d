"""Running other programs."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

TIMEOUT = 15 * 60
_IGNORED = re.compile(r"AWS_.*|TF_CLI_ARGS_(?!init).*|TF_VAR_.*|TF_LOG.*|TF_DATA_DIR|TF_WORKSPACE|TFLINT_.*")


@dataclass(frozen=True)
class Answer:
    """How a program ended, and what it printed on both streams. code is None if it did not end in TIMEOUT seconds."""

    code: int | None
    output: str

    @property
    def fine(self) -> bool:
        """Whether it says so itself."""
        return self.code == 0


def environment() -> dict[str, str]:
    """Ours, without what would let a result depend on who runs the checks, or a forgotten mock reach an account."""
    kept = {name: value for name, value in os.environ.items() if not _IGNORED.fullmatch(name)}
    told = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1", "AWS_EC2_METADATA_DISABLED": "true"}
    return kept | told


def run(*command: str | Path, folder: Path, told: str = "") -> Answer:
    """Run a program in folder, to its end. told is what it reads."""
    return _run(*command, folder=folder, told=told, into=subprocess.PIPE)


def run_into(file: Path, *command: str | Path, folder: Path) -> Answer:
    """Run a program that prints more than is good for memory: into the file, and the answer has none of it."""
    with file.open("wb") as into:
        return _run(*command, folder=folder, told="", into=into)


def _run(*command: str | Path, folder: Path, told: str, into: int | IO[bytes]) -> Answer:
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            input=told.encode(),
            stdout=into,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        return Answer(None, f"{_text(expired.output)}\n{command[0]} did not end within {TIMEOUT // 60} minutes")
    return Answer(ended.returncode, _text(ended.stdout))


def _text(printed: bytes | None) -> str:
    return (printed or b"").decode(errors="replace").strip()
