"""What a module would make: the plan that Terraform itself makes of it, with providers mocked."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

MODULES = Path(__file__).parents[2] / "terraform" / "modules"
ACCOUNTS = {"main": "111111111111", "secondary": "222222222222"}

Resources = Mapping[str, Mapping[str, Any]]
"""Planned values by address."""

_NO_PROVIDER = re.compile("Failed to query available provider packages|Failed to install provider")

_MOCKS = """
mock_provider "aws" {
  mock_data "aws_partition" { defaults = { partition = "aws" } }
  mock_data "aws_caller_identity" { defaults = { account_id = "111111111111" } }
  mock_data "aws_region" { defaults = { id = "us-east-1" } }
}
"""

_RUN = """
run "%s" {
  command = plan
  override_data {
    target = data.aws_caller_identity.this
    values = { account_id = "%s" }
  }
  variables {
%s
  }
}
"""


def planned(module: str, cases: Mapping[str, tuple[str, Mapping[str, object]]], folder: Path) -> dict[str, Resources]:
    """The plans of some calls of a module, each in an account (main, secondary) and with variables, by name.

    Skips the test, with Terraform's own words, where no provider can be had.
    """
    terraform = find_terraform()
    root = Path(tempfile.mkdtemp(dir=folder)) / module
    shutil.copytree(MODULES / module, root, ignore=shutil.ignore_patterns(".terraform*", "tests", "examples"))
    runs = (
        _RUN % (name, ACCOUNTS[account], "\n".join(f"{key} = {json.dumps(value)}" for key, value in variables.items()))
        for name, (account, variables) in cases.items()
    )
    (root / "read.tftest.hcl").write_text(_MOCKS + "".join(runs))
    _run(terraform, root, "init", "-input=false", *_plugins())
    answer = _run(terraform, root, "test", "-json", "-verbose")
    messages = [json.loads(line) for line in answer.splitlines()]
    return {each["@testrun"]: _resources(each["test_plan"]) for each in messages if each["type"] == "test_plan"}


def find_terraform() -> str:
    """The path of Terraform. Skips the test where there is none."""
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not on PATH")
    return terraform


def _plugins() -> Sequence[str]:
    """A real provider where there is one: it checks what a schema does not."""
    real = os.environ.get("TERRAFORM_REAL_PLUGINS")
    return [f"-plugin-dir={real}"] if real else []


def _run(terraform: str, root: Path, command: str, *arguments: str) -> str:
    environ = {**os.environ, "TF_DATA_DIR": str(root / ".data"), "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        [terraform, command, "-no-color", *arguments],
        cwd=root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = re.sub(r"\s+", " ", done.stderr or done.stdout[-1500:]).strip()
        if command == "init" and _NO_PROVIDER.search(said):
            pytest.skip(f"terraform init: {said[:200]}")
        pytest.fail(f"terraform {command}: {said}")
    return done.stdout


def _resources(plan: Mapping[str, Any]) -> Resources:
    return {
        each["address"]: each["change"]["after"]
        for each in plan["resource_changes"]
        if each["mode"] == "managed" and each["change"]["actions"] == ["create"]
    }
