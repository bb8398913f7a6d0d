"""What a person makes once in each account, on simulated AWS."""

import json
import shutil
import subprocess
from pathlib import Path

import boto3
import pytest

from tests.live.copied_tree import LIVE, ROOT
from tests.terraform.applying import Configuration, with_real_provider
from tests.terraform.planned import find_terraform

ACCOUNTS = {"main": "483026362307", "secondary": "159553542841"}
STATE_KEY = f"arn:aws:kms:us-east-1:{ACCOUNTS['main']}:key/00000000-0000-0000-0000-000000000000"
ROLES = {
    "main": {"TerraformCIRole", "TerraformExecutionRole", "TerraformPlanRole"},
    "secondary": {"TerraformExecutionRole", "TerraformPlanRole"},
}


@pytest.mark.slow
@pytest.mark.parametrize("account", ACCOUNTS)
def test_each_account_gets_the_roles_that_the_tree_runs_as(
    aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    """And the boundary; the central role in the main account alone; then there is nothing to change."""
    become_administrator_of(ACCOUNTS[account], monkeypatch)
    bootstrap = copied_bootstrap(tmp_path)
    (bootstrap.folder / "bootstrap.auto.tfvars.json").write_text(
        json.dumps(
            {
                "account": account,
                "name": "example",  # Simulated AWS has roles of ml-clusters from the start.
                "account_ids": ACCOUNTS,
                "github": {"repository": "example/ml-clusters", "owner_id": "123456", "repository_id": "456789"},
                "state_kms_key_arn": STATE_KEY,
                "reader_principals": [f"arn:aws:iam::{ACCOUNTS[account]}:role/claude-code"],
                "purchaser_principals": [f"arn:aws:iam::{ACCOUNTS[account]}:user/jo"],
            }
        )
    )
    bootstrap.done("apply", "-auto-approve")
    assert "No changes" in bootstrap.done("plan", "-detailed-exitcode")

    iam = boto3.client("iam")
    roles = {role["RoleName"]: role["Arn"] for role in iam.list_roles()["Roles"]}
    assert {name for name in roles if name.startswith("Terraform")} == ROLES[account]
    assert {arn.split(":")[4] for arn in roles.values()} == {ACCOUNTS[account]}
    assert bootstrap.outputs()["permissions_boundary_arn"] == (
        f"arn:aws:iam::{ACCOUNTS[account]}:policy/example-boundary"
    )
    assert bootstrap.outputs()["capacity_role_arns"] == {
        "reader": f"arn:aws:iam::{ACCOUNTS[account]}:role/example-reader",
        "purchaser": f"arn:aws:iam::{ACCOUNTS[account]}:role/example-purchaser",
    }


@pytest.mark.slow
def test_another_account_s_credentials_are_refused(aws_env: str, tmp_path: Path) -> None:
    """Nobody makes the secondary account's roles in the main one."""
    bootstrap = copied_bootstrap(tmp_path)
    said = bootstrap.run(
        "plan",
        "-var=account=secondary",
        f"-var=account_ids={json.dumps(ACCOUNTS)}",
        '-var=github={"repository":"example/ml-clusters"}',
        f"-var=state_kms_key_arn={STATE_KEY}",
    )
    assert said.code != 0
    assert f"AWS account ID not allowed: {ACCOUNTS['main']}" in said.text.replace("\n", " ").replace("│ ", "")


def test_it_is_formatted() -> None:
    """As `terraform fmt` writes it."""
    command = [find_terraform(), "fmt", "-check", "-diff", str(LIVE / "bootstrap")]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""


def become_administrator_of(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's own key in an account: a role's would be a chain, which bootstrap does without."""
    role = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName="person")[
        "Credentials"
    ]
    iam = boto3.client(
        "iam",
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )
    iam.create_user(UserName="administrator")
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    boto3.setup_default_session()


def copied_bootstrap(folder: Path) -> Configuration:
    """The configuration beside the modules, with a state on disk, since there is no bucket here."""
    shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=shutil.ignore_patterns(".terraform*", "tests"))
    text = (LIVE / "bootstrap" / "main.tf").read_text().replace("../../terraform", "../terraform")
    made = with_real_provider(folder, text.replace('backend "s3" {}', 'backend "local" {}'))
    for each in ("variables.tf", "outputs.tf"):
        shutil.copy(LIVE / "bootstrap" / each, made.folder)
    return made
