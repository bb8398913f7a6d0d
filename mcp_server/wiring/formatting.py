"""Whether `terraform fmt` would leave an edited file as it is."""

import shutil
import subprocess

from mcp_server.wiring.checks import Check, passed, stopped, warned

_SECONDS = 30
_NAME = "terraform fmt"


def formatted(before: bytes, after: bytes) -> Check:
    """Holds an edit of HCL to Terraform's own formatter. A file that was not formatted before is only to be read."""
    if not shutil.which("terraform"):
        return warned(_NAME, "terraform is not installed here: run `terraform fmt -` where it is.")
    now = _formatted(after)
    if now is None:
        return stopped(_NAME, "terraform cannot read the edited file.")
    if now == after:
        return passed(_NAME, "It leaves the edited file as it is.")
    if _formatted(before) != before:
        return warned(_NAME, "The file was not formatted before, and is not now: only what had to change has changed.")
    return stopped(_NAME, "It would change the edited file, which it left alone before the edit.")


def _formatted(data: bytes) -> bytes | None:
    try:
        done = subprocess.run(["terraform", "fmt", "-"], input=data, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
