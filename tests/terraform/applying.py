"""Terraform as a client of simulated AWS: a folder with a configuration, and what its commands say."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.planned import find_terraform

PINNED = '{ source = "hashicorp/aws", version = "5.100.0" }'
"""The provider that there is for real, where there is one."""


@dataclass(frozen=True)
class Said:
    """How a command ended, and all that it printed."""

    code: int
    text: str


@dataclass(frozen=True)
class Configuration:
    """A folder that Terraform works in. Environment variables point its providers at simulated AWS."""

    folder: Path

    def run(self, command: str, *arguments: str) -> Said:
        """Run a command to its end, within ten minutes."""
        with self.begin(command, *arguments) as process:
            text, _ = process.communicate(timeout=600)
        return Said(process.returncode, text)

    def begin(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command, of one word or two; both of its outputs are one."""
        return subprocess.Popen(
            [find_terraform(), *command.split(), "-no-color", *arguments],
            cwd=self.folder,
            env={**os.environ, "CHECKPOINT_DISABLE": "1", "TF_INPUT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def done(self, command: str, *arguments: str) -> str:
        """Run a command that must succeed. Returns what it printed."""
        said = self.run(command, *arguments)
        assert said.code == 0, said.text[-3000:]
        return said.text

    def outputs(self) -> dict[str, Any]:
        """The values of its outputs."""
        return {name: each["value"] for name, each in json.loads(self.done("output", "-json")).items()}


def with_real_provider(folder: Path, text: str) -> Configuration:
    """A configuration that is initialised with the real aws provider.

    Skips the test where there is none.
    """
    plugins = os.environ.get("TERRAFORM_REAL_PLUGINS")
    if not plugins:
        pytest.skip("no real aws provider here: TERRAFORM_REAL_PLUGINS is not set")
    configuration = without_provider(folder, text)
    configuration.done("init", f"-plugin-dir={plugins}")
    return configuration


def without_provider(folder: Path, text: str) -> Configuration:
    """A configuration of its own, not initialised."""
    find_terraform()
    root = folder / "root"
    root.mkdir(parents=True)
    (root / "main.tf").write_text(text)
    return Configuration(root)
