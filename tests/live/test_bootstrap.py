"""What a person makes once in each account, on simulated AWS."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.live.copied_tree import LIVE, ROOT
from tests.terraform.applying import Configuration, with_real_provider
from tests.terraform.planned import find_terraform

ACCOUNTS = {"main": "483026362307", "secondary": "159553542841"}
STATE_KEY = f"arn:aws:kms:us-east-1:{ACCOUNTS['main']}:key/00000000-0000-0000-0000-000000000000"
REPOSITORY = "repo:example@123456/ml-clusters@456789"
POD, PERSON = "system:serviceaccount:atlantis:atlantis", f"arn:aws:iam::{ACCOUNTS['main']}:user/sam"
CENTRAL = f"arn:aws:iam::{ACCOUNTS['main']}:role/TerraformCIRole"
TRUSTED = {
    ("main", "atlantis"): {"TerraformExecutionRole": {POD}},
    ("main", "person"): {"TerraformExecutionRole": {PERSON}},
    ("main", "actions"): {
        "TerraformExecutionRole": {f"{REPOSITORY}:environment:main-long", CENTRAL},
        "TerraformCIRole": {f"{REPOSITORY}:environment:{account}" for account in ACCOUNTS},
    },
    ("secondary", "atlantis"): {"TerraformExecutionRole": {POD}},
    ("secondary", "actions"): {
        "TerraformExecutionRole": {f"{REPOSITORY}:environment:secondary-long", CENTRAL},
    },
}
"""Who may assume each of the roles that write, by account and by who applies."""


@pytest.mark.slow
@pytest.mark.parametrize(("account", "applier"), TRUSTED)
def test_each_account_gets_the_roles_that_the_tree_runs_as(
    aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: str, applier: str
) -> None:
    """And the boundary; what trusts GitHub to write only where Actions apply; then there is nothing to change."""
    become_administrator_of(ACCOUNTS[account], monkeypatch)
    bootstrap = copied_bootstrap(tmp_path)
    say(bootstrap, account, **applied_by(applier, account))
    bootstrap.done("apply", "-auto-approve")
    assert "No changes" in bootstrap.done("plan", "-detailed-exitcode")

    roles = {role["RoleName"]: role for role in boto3.session.Session().client("iam").list_roles()["Roles"]}
    assert {name: trusted(role) for name, role in roles.items() if name.startswith("Terraform")} == {
        **TRUSTED[account, applier],
        "TerraformPlanRole": {f"{REPOSITORY}:pull_request", f"{REPOSITORY}:environment:plan"},
    }
    assert {role["Arn"].split(":")[4] for role in roles.values()} == {ACCOUNTS[account]}
    assert bootstrap.outputs()["permissions_boundary_arn"] == (
        f"arn:aws:iam::{ACCOUNTS[account]}:policy/example-boundary"
    )
    assert bootstrap.outputs()["capacity_role_arns"] == {
        "reader": f"arn:aws:iam::{ACCOUNTS[account]}:role/example-reader",
        "purchaser": f"arn:aws:iam::{ACCOUNTS[account]}:role/example-purchaser",
    }


@pytest.mark.slow
def test_without_anybody_who_applies_it_says_what_to_name(aws_env: str, tmp_path: Path) -> None:
    """One sentence with the three ways, before anything is made."""
    bootstrap = copied_bootstrap(tmp_path)
    say(bootstrap, "main")
    said = bootstrap.run("plan")
    assert said.code != 0
    text = re.sub(r"[\s│]+", " ", said.text)
    assert "Nobody could assume TerraformExecutionRole" in text
    assert all(each in text for each in ("web_identities", "execution_principals", "apply_by_actions = true"))
    assert text.count("Error:") == 1


@pytest.mark.slow
def test_another_account_s_credentials_are_refused(aws_env: str, tmp_path: Path) -> None:
    """Nobody makes the secondary account's roles in the main one."""
    bootstrap = copied_bootstrap(tmp_path)
    say(bootstrap, "secondary", **applied_by("atlantis", "secondary"))
    said = bootstrap.run("plan")
    assert said.code != 0
    assert f"AWS account ID not allowed: {ACCOUNTS['main']}" in said.text.replace("\n", " ").replace("│ ", "")


def test_it_is_formatted() -> None:
    """As `terraform fmt` writes it."""
    command = [find_terraform(), "fmt", "-check", "-diff", str(LIVE / "bootstrap")]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""


def become_administrator_of(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's own key in an account: a role's would be a chain, which bootstrap does without."""
    # Sessions of their own: the default one keeps the keys of whoever asked first.
    role = (
        boto3.session.Session()
        .client("sts")
        .assume_role(RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName="person")["Credentials"]
    )
    iam = boto3.session.Session(role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"]).client("iam")
    iam.create_user(UserName="administrator")
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


def applied_by(applier: str, account: str) -> dict[str, Any]:
    """The values that name who applies in an account; a token's provider is the account's own."""
    provider = f"arn:aws:iam::{ACCOUNTS[account]}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/A"
    said: dict[str, dict[str, Any]] = {
        "atlantis": {"web_identities": {"atlantis": {"provider_arn": provider, "subjects": [POD]}}},
        "person": {"execution_principals": [PERSON]},
        "actions": {"apply_by_actions": True},
    }
    return said[applier]


def say(bootstrap: Configuration, account: str, **more: Any) -> None:
    """Give it the values of an account, and whatever else is said."""
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
                **more,
            }
        )
    )


def trusted(role: Any) -> set[str]:
    """The subjects of tokens, and the users and roles, that a role's policy lets in."""
    found: set[str] = set()
    for statement in role["AssumeRolePolicyDocument"]["Statement"]:
        for key, said in (each for condition in statement["Condition"].values() for each in condition.items()):
            if key.endswith((":sub", "aws:PrincipalArn")):
                found |= {said} if isinstance(said, str) else set(said)
    return found


def copied_bootstrap(folder: Path) -> Configuration:
    """The configuration beside the modules, with a state on disk, since there is no bucket here."""
    shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=shutil.ignore_patterns(".terraform*", "tests"))
    text = (LIVE / "bootstrap" / "main.tf").read_text().replace("../../terraform", "../terraform")
    made = with_real_provider(folder, text.replace('backend "s3" {}', 'backend "local" {}'))
    for each in ("variables.tf", "outputs.tf"):
        shutil.copy(LIVE / "bootstrap" / each, made.folder)
    return made
