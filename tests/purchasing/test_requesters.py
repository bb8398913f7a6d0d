"""Who asks for a quote, and who they are in AWS."""

from pathlib import Path
from typing import Any

import pytest

from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.purchase import check_second_person
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.requesters import check_dialog, check_requester, is_subject, principal, subject
from tests.purchasing.samples import ACCOUNT, BUYER, a_quote

ISSUER = "https://login.example.com"
ALICE, BOB = subject(ISSUER, "alice"), subject(ISSUER, "bob")
IAM, STS = f"arn:aws:iam::{ACCOUNT}", f"arn:aws:sts::{ACCOUNT}"
KEYS = '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'


def a_policy(**http: Any) -> Policy:
    """A policy with an [http] of these keys besides the usual, without one for none."""
    said = {"url": "https://gpu.example.com/mcp", "issuer": ISSUER, "jwks": KEYS} | http if http else None
    return Policy.model_validate({"file": Path("/etc/ml-clusters/policy.toml"), "hash": "5" * 64, "http": said})


@pytest.mark.parametrize(
    ("arn", "who"),
    [
        (f"{IAM}:user/team/jo", f"{IAM}:user/team/jo"),
        (f"{STS}:assumed-role/buyer/jo", f"{STS}:assumed-role/buyer"),
        (f"{STS}:assumed-role/buyer", f"{STS}:assumed-role/buyer"),
        (f"{IAM}:role/buyer", f"{STS}:assumed-role/buyer"),
        (f"{IAM}:role/aws-reserved/sso.amazonaws.com/buyer", f"{STS}:assumed-role/buyer"),
        (f"{IAM.replace('aws', 'aws-us-gov')}:role/buyer", f"{STS.replace('aws', 'aws-us-gov')}:assumed-role/buyer"),
    ],
)
def test_a_role_and_its_sessions_are_one_principal(arn: str, who: str) -> None:
    """Whether a person writes the role or AWS tells its session: the same, or nobody could be held to be one person."""
    assert principal(arn) == who


@pytest.mark.parametrize(("made_for", "asks"), [(ALICE, ALICE), (BUYER, None), (ACCOUNT, None)])
def test_a_quote_is_its_requester_s(made_for: str, asks: str | None) -> None:
    """A subject spends its own; what AWS credentials asked for is spent where nobody is named."""
    check_requester(a_quote(requester=made_for), asks)
    assert is_subject(made_for) == (asks is not None)


@pytest.mark.parametrize(
    ("made_for", "asks"),
    [(ALICE, BOB), (ALICE, None), (BUYER, ALICE), (BUYER, BUYER), (ALICE, "alice"), (ALICE, f"{ISSUER}/ alice")],
)
def test_a_quote_is_nobody_else_s(made_for: str, asks: str | None) -> None:
    """Not another subject's, not one of another issuer's, and not a dialog's of the machine."""
    with pytest.raises(SpendingRefused, match="was made for") as refused:
        check_requester(a_quote(requester=made_for), asks)
    assert refused.value.rule is Rule.REQUESTER


@pytest.mark.parametrize("approver", [f"{IAM}:user/jo", f"{STS}:assumed-role/login/alice@example.com"])
@pytest.mark.parametrize(
    "http",
    [
        {},
        {"principals": {"bob": [f"{IAM}:user/sam"]}},
        {"issuer": f"{ISSUER}/other", "principals": {"alice": [f"{IAM}:user/sam"]}},
        {"principals": {"alice": [f"{IAM}:user/jo", f"{IAM}:role/sso/login"]}},
    ],
)
def test_the_subject_is_no_second_person(http: dict[str, Any], approver: str) -> None:
    """Neither by any of their principals, nor where the policy does not say who they are."""
    with pytest.raises(SpendingRefused) as refused:
        check_second_person(a_policy(**http), a_quote(requester=ALICE), approver)
    assert refused.value.rule is Rule.SAME_PERSON


def test_somebody_else_is_a_second_person() -> None:
    """Whom the policy does not call the subject."""
    policy = a_policy(principals={"alice": [f"{IAM}:user/jo", f"{IAM}:role/sso/login"]})
    check_second_person(policy, a_quote(requester=ALICE), f"{IAM}:user/sam")


@pytest.mark.parametrize("http", [{}, {"dialog": False}])
def test_a_dialog_over_http_is_not_enough_unless_said(http: dict[str, Any]) -> None:
    """For a subject the policy must say so; for AWS credentials its approval does."""
    with pytest.raises(SpendingRefused, match=r"http\.dialog"):
        check_dialog(a_policy(**http), a_quote(requester=ALICE))
    check_dialog(a_policy(dialog=True), a_quote(requester=ALICE))
    check_dialog(a_policy(**http), a_quote(requester=BUYER))
