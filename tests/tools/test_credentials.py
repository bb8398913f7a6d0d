"""Whose credentials are used, and what is said when they do not work."""

from pathlib import Path

import boto3
import pytest
from mcp import Client

from mcp_server.app import build_server
from mcp_server.sandbox.control import SandboxControl
from tests.tools.conftest import Search, sentence, structure

pytestmark = pytest.mark.anyio

WISH = {"instance_types": ["p5"], "count": 8, "days": "7", "regions": ["us-east-1"]}


def profile(project: Path, monkeypatch: pytest.MonkeyPatch, name: str = "work") -> None:
    """A profile of the main account, in a credentials file."""
    files = project / "aws"
    files.mkdir(exist_ok=True)
    key, secret = "AKIAIOSFODNN7EXAMPLE", "secret"
    (files / "credentials").write_text(f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    (files / "config").write_text(f"[profile {name}]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(files / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(files / "config"))


async def test_ambient_credentials_are_said_to_be_all(search: Search) -> None:
    """Without settings one account is searched, that of the ambient credentials, and the result says whose."""
    found = structure(await search(regions=["us-east-1"]))
    assert any("only the ambient credentials are used (arn:aws:" in each for each in found["notices"])
    assert "account 483026362307" in found["request"]


async def test_expired_credentials_name_their_renewal_and_work_again(
    project: Path, era: str, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The profile and the exact line that renews it are named; once renewed, the same server works."""
    profile(project, monkeypatch)
    settings = '[[accounts]]\nname = "main"\nid = "483026362307"\nprofile = "work"\n'
    (project / "ml-clusters.toml").write_text(settings)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    sandbox.arm("*", "expired-credentials")
    async with Client(build_server(), mode=era) as client:
        refused = sentence(await client.call_tool("search_capacity_blocks", WISH))
        assert "aws sso login --profile work" in refused
        assert "Nothing was bought or changed." in refused
        assert sandbox.requests("DescribeCapacityBlockOfferings") == []
        sandbox.disarm()
        assert structure(await client.call_tool("search_capacity_blocks", WISH))["cheapest"]


async def test_renewed_credentials_are_read_anew(
    project: Path, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failure nothing of the old session is used: what the profile holds by then is what counts."""
    profile(project, monkeypatch)
    (project / "ml-clusters.toml").write_text('[[accounts]]\nname = "main"\nid = "483026362307"\nprofile = "work"\n')
    role = "arn:aws:iam::159553542841:role/ml-clusters-reader"
    other = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="someone")["Credentials"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    async with Client(build_server()) as client:
        assert structure(await client.call_tool("search_capacity_blocks", WISH))["cheapest"]
        sandbox.arm("DescribeCapacityBlockOfferings", "expired-credentials", calls=1)
        assert structure(await client.call_tool("search_capacity_blocks", WISH))["failures"]
        (project / "aws" / "credentials").write_text(
            f"[work]\naws_access_key_id = {other['AccessKeyId']}\n"
            f"aws_secret_access_key = {other['SecretAccessKey']}\naws_session_token = {other['SessionToken']}\n"
        )
        refused = sentence(await client.call_tool("search_capacity_blocks", WISH))
    assert "belongs to account 159553542841" in refused


async def test_a_role_without_anybody_to_assume_it(
    search: Search, both_accounts: Path, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that name a role say how to sign in when nobody is signed in."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert "aws sso login" in sentence(await search(accounts=["secondary"], regions=["us-east-1"]))
    assert sandbox.requests() == []


async def test_a_profile_that_is_not_there(search: Search, project: Path) -> None:
    """A profile that this machine does not have is to be configured, not renewed."""
    (project / "ml-clusters.toml").write_text('[[accounts]]\nname = "main"\nid = "483026362307"\nprofile = "ghost"\n')
    assert "aws configure sso --profile ghost" in sentence(await search(accounts=["main"], regions=["us-east-1"]))


async def test_credentials_that_expire_during_a_search_are_one_row(
    search: Search, both_accounts: Path, sandbox: SandboxControl
) -> None:
    """One account's credentials run out: its failure names the renewal, the other account still answers."""
    sandbox.arm("DescribeCapacityBlockOfferings", "expired-credentials", account="159553542841")
    found = structure(await search(regions=["us-east-1"], response_format="detailed"))
    assert {row["account"] for row in found["details"]["offerings"]} == {"483026362307"}
    assert [row["kind"] for row in found["details"]["failures"]] == ["credentials"]
    assert "account secondary" in found["failures"][0]


async def test_no_credentials_at_all(search: Search, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody to ask as: the refusal says how to sign in, and AWS hears nothing."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert "aws sso login" in sentence(await search(regions=["us-east-1"]))
    assert sandbox.requests() == []


async def test_a_profile_of_another_account_is_not_used(
    project: Path, search: Search, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every session's identity is checked: what the settings call one account and AWS another is left alone."""
    profile(project, monkeypatch)
    (project / "ml-clusters.toml").write_text(
        '[[accounts]]\nname = "main"\nid = "483026362307"\n'
        '[[accounts]]\nname = "secondary"\nid = "159553542841"\nprofile = "work"\n'
    )
    found = structure(await search(regions=["us-east-1"]))
    assert any("secondary: wrong account" in each and "it is not used" in each for each in found["failures"])
    assert {each.account for each in sandbox.requests("DescribeCapacityBlockOfferings")} == {"483026362307"}


async def test_a_stranger_searches_its_own_account_only(project: Path, search: Search, sandbox: SandboxControl) -> None:
    """A caller from outside the configured accounts is told so, and reads nothing of theirs."""
    role = "arn:aws:iam::159553542841:role/ml-clusters-reader"
    (project / "ml-clusters.toml").write_text(
        f'[[accounts]]\nname = "secondary"\nid = "159553542841"\nrole = "{role}"\n'
    )
    found = structure(await search(regions=["us-east-1"]))
    assert any("belongs to none of the configured accounts" in each for each in found["notices"])
    assert {each.account for each in sandbox.requests("DescribeCapacityBlockOfferings")} == {"483026362307"}
    named = structure(await search(regions=["us-east-1"], accounts=["secondary"]))
    assert "account secondary 159553542841" in named["request"]


async def test_a_role_that_may_not_be_assumed_is_a_failure_row(
    search: Search, both_accounts: Path, sandbox: SandboxControl
) -> None:
    """One account out of reach does not stop the other."""
    sandbox.arm("AssumeRole", "denied")
    found = structure(await search(regions=["us-east-1"]))
    assert any(each.startswith("account secondary: denied") for each in found["failures"])
    assert found["cheapest"]
