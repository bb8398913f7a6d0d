"""A copy of the live tree that the pinned Terragrunt works in, so that no cache or state lands in the repository."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.monorepo.terragrunt import find_terragrunt
from tests.terraform.planned import find_terraform

ROOT = Path(__file__).parents[2]
LIVE = ROOT / "live"

UNITS = sorted(str(each.parent.relative_to(LIVE)) for each in LIVE.glob("*/*/*/terragrunt.hcl"))
"""Every unit, by its path in the tree."""

ACCOUNTS = {
    found["name"]: found["id"]
    for each in sorted(LIVE.glob("*-account/account.hcl"))
    for found in re.finditer(r'account_name = "(?P<name>\w+)"\s+account_id += "(?P<id>\d{12})"', each.read_text())
}
"""Ids of accounts by name: whoever takes the tree up has ids of their own."""

_NOT_HAD = re.compile(
    "Failed to query available provider packages|Failed to install provider|"
    "Could not retrieve the list of available versions|Error accessing remote module registry"
)


@dataclass(frozen=True)
class Ran:
    """How a command over the tree ended, all that it printed, and how each unit fared: succeeded, or what it said."""

    code: int
    text: str
    units: Mapping[str, str]

    @property
    def failed(self) -> dict[str, str]:
        """What units that did not succeed said."""
        return {unit: said for unit, said in self.units.items() if said != "succeeded"}


@dataclass(frozen=True)
class CopiedTree:
    """The tree, with the modules and configurations that it refers to, in a folder of its own."""

    folder: Path
    terragrunt: str

    @property
    def live(self) -> Path:
        """The tree's root."""
        return self.folder / "live"

    def run(self, *arguments: str, at: str = ".", environ: Mapping[str, str] | None = None) -> Ran:
        """Run Terragrunt in a folder of the tree to its end, within half an hour."""
        process = subprocess.run(
            [self.terragrunt, *arguments],
            cwd=self.live / at,
            env={**os.environ, **_QUIET, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1800,
            check=False,
        )
        return Ran(process.returncode, process.stdout, {})

    def done(self, *arguments: str, at: str = ".", environ: Mapping[str, str] | None = None) -> str:
        """Run a command that must succeed. Returns what it printed."""
        ran = self.run(*arguments, at=at, environ=environ)
        assert ran.code == 0, ran.text[-3000:]
        return ran.text

    def answer(self, *arguments: str, at: str = ".", environ: Mapping[str, str] | None = None) -> Any:
        """What a command that must succeed answers in JSON, without Terragrunt's own words beside it."""
        process = subprocess.run(
            [self.terragrunt, *arguments],
            cwd=self.live / at,
            env={**os.environ, **_QUIET, **(environ or {})},
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )
        assert process.returncode == 0, process.stderr[-3000:]
        return json.loads(process.stdout)

    def run_all(
        self,
        *command: str,
        without: Sequence[str] = (),
        only: Sequence[str] = (),
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a command of Terraform in units, in the order of the graph.

        without and only are patterns of paths; options are Terragrunt's own.
        """
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        filters = [f"--filter=!{{{each}}}" for each in without] + [f"--filter={{{each}}}" for each in only]
        ran = self.run("run", "--all", f"--report-file={report}", *options, *filters, "--", *command, environ=environ)
        entries = json.loads(report.read_text()) if report.exists() else []
        return Ran(
            ran.code,
            ran.text,
            {
                each["Name"]: "succeeded"
                if each["Result"] == "succeeded"
                else f"{each['Result']}: {each.get('Cause', '')}"
                for each in entries
            },
        )


_QUIET = {"TG_NON_INTERACTIVE": "true", "TG_NO_COLOR": "true", "CHECKPOINT_DISABLE": "1", "TF_INPUT": "0"}


def copied(folder: Path) -> CopiedTree:
    """A copy of the tree. Skips the test where there is no Terraform or no Terragrunt."""
    find_terraform()
    terragrunt = find_terragrunt()
    for each in ("live", "terraform/modules", "cluster-configs"):
        shutil.copytree(
            ROOT / each,
            folder / each,
            ignore=shutil.ignore_patterns(
                ".terraform*", ".terragrunt-cache", "terraform.tfstate*", "tests", "examples"
            ),
        )
    return CopiedTree(folder, terragrunt)


def skip_if_not_had(ran: Ran) -> None:
    """Skip the test, in Terraform's own words, where a provider or a module of a registry cannot be had."""
    missing = next((found for said in ran.failed.values() if (found := _NOT_HAD.search(said))), None)
    if missing:
        said = next(said for said in ran.failed.values() if _NOT_HAD.search(said))
        pytest.skip("terraform init: " + re.sub(r"\s+", " ", said[said.index(missing.group()) :])[:300])
