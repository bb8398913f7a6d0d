"""Every trust policy of the iam module: who may assume what, from where, under which conditions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.terraform.iam_calls import CALLS, iam_plans, roles, trust
from tests.terraform.iam_policies import Request, allowed, listed
from tests.terraform.planned import Resources

GITHUB = "token.actions.githubusercontent.com"
GITHUB_PROVIDER = {each: f"arn:aws:iam::{each}:oidc-provider/{GITHUB}" for each in ("111111111111", "222222222222")}
EKS = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"
NUMBERED = "repo:example@123456/ml-clusters@456789"
NAMED = "repo:example/ml-clusters"

Way = tuple[Mapping[str, str], tuple[str, ...], Mapping[str, Any]]
"""Principal, actions and conditions of one statement."""


def by_github(account: str, *subjects: str) -> Way:
    """A job of GitHub's, held to an audience and to subjects, letter by letter."""
    conditions = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": list(subjects)}}
    return {"Federated": GITHUB_PROVIDER[account]}, ("sts:AssumeRoleWithWebIdentity",), conditions


def by_principals(account: str, *arns: str, **conditions: Mapping[str, str]) -> Way:
    """Users or roles of an account, by ARN."""
    wanted = {"ArnEquals": {"aws:PrincipalArn": list(arns)}, **conditions}
    return {"AWS": f"arn:aws:iam::{account}:root"}, ("sts:AssumeRole",), wanted


def by_service(service: str, *actions: str) -> Way:
    """A service of AWS."""
    return {"Service": service}, actions or ("sts:AssumeRole",), {}


WHO_MAY_ASSUME: Mapping[str, Mapping[str, Sequence[Way]]] = {
    "main": {
        "TerraformCIRole": [
            by_github("111111111111", f"{NUMBERED}:environment:main", f"{NUMBERED}:environment:secondary")
        ],
        "TerraformExecutionRole": [
            by_github("111111111111", f"{NUMBERED}:environment:main-long"),
            (
                {"Federated": f"arn:aws:iam::111111111111:oidc-provider/{EKS}"},
                ("sts:AssumeRoleWithWebIdentity",),
                {
                    "StringEquals": {
                        f"{EKS}:aud": "sts.amazonaws.com",
                        f"{EKS}:sub": ["system:serviceaccount:atlantis:atlantis"],
                    }
                },
            ),
            by_principals("111111111111", "arn:aws:iam::111111111111:role/TerraformCIRole"),
        ],
        "TerraformPlanRole": [by_github("111111111111", f"{NUMBERED}:environment:plan", f"{NUMBERED}:pull_request")],
        "ml-clusters-reader": [by_principals("111111111111", "arn:aws:iam::111111111111:role/claude-code")],
        "ml-clusters-purchaser": [
            by_principals(
                "111111111111", "arn:aws:iam::111111111111:user/jo", Bool={"aws:MultiFactorAuthPresent": "true"}
            )
        ],
    },
    "secondary": {
        "TerraformExecutionRole": [
            by_github("222222222222", f"{NAMED}:environment:secondary-long"),
            by_principals("111111111111", "arn:aws:iam::111111111111:role/TerraformCIRole"),
        ],
        "TerraformPlanRole": [by_github("222222222222", f"{NAMED}:pull_request")],
        "ml-clusters-reader": [
            by_principals("111111111111", "arn:aws:iam::111111111111:role/claude-code"),
            by_principals("222222222222", "arn:aws:iam::222222222222:user/kim"),
        ],
        "ml-clusters-purchaser": [by_principals("222222222222", "arn:aws:iam::222222222222:role/finance")],
    },
    "clusters": {
        "ml-clusters-eks-cluster": [by_service("eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")],
        "ml-clusters-eks-node": [by_service("ec2.amazonaws.com")],
        "ml-clusters-hyperpod-execution": [by_service("sagemaker.amazonaws.com")],
        "ml-clusters-head-node": [by_service("ec2.amazonaws.com")],
        "ml-clusters-compute-node": [by_service("ec2.amazonaws.com")],
        "ml-clusters-lambda": [by_service("lambda.amazonaws.com")],
        "ml-clusters-s3-replication": [by_service("s3.amazonaws.com")],
    },
}

ROLES = [(call, role) for call, table in WHO_MAY_ASSUME.items() for role in table]
EVERY_ROLE = pytest.mark.parametrize(("call", "role"), ROLES)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Resources]:
    """What each call of the module would make."""
    return iam_plans(tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("call", CALLS)
def test_no_role_is_missing_from_the_table(plans: dict[str, Resources], call: str) -> None:
    """Each role that is made is in the table, and the table has no other."""
    assert set(roles(plans[call])) == set(WHO_MAY_ASSUME[call])


@EVERY_ROLE
def test_a_role_is_assumed_as_the_table_says(plans: dict[str, Resources], call: str, role: str) -> None:
    """Principals, actions and conditions are those of the table: none is missing, none is added."""
    document = trust(plans[call], role)
    assert document["Version"] == "2012-10-17"
    assert {each["Effect"] for each in document["Statement"]} == {"Allow"}
    ways = [
        (each["Principal"], tuple(listed(each["Action"])), each.get("Condition", {})) for each in document["Statement"]
    ]
    assert ways == list(WHO_MAY_ASSUME[call][role])


@EVERY_ROLE
def test_a_trust_policy_keeps_the_rules(plans: dict[str, Resources], call: str, role: str) -> None:
    """No wildcards, no operator that an absent key satisfies; tokens by audience and subject; accounts by principal."""
    for each in trust(plans[call], role)["Statement"]:
        (kind, names), conditions = next(iter(each["Principal"].items())), each.get("Condition", {})
        assert set(each) <= {"Sid", "Effect", "Principal", "Action", "Condition"}
        assert not re.search(r"[*?]", repr((each["Principal"], each["Action"], conditions)))
        assert set(conditions) <= {"StringEquals", "ArnEquals", "Bool"}
        if kind == "Federated":
            issuer = names.split(":oidc-provider/")[1]
            assert set(conditions) == {"StringEquals"}
            assert set(conditions["StringEquals"]) == {f"{issuer}:aud", f"{issuer}:sub"}
            assert listed(conditions["StringEquals"][f"{issuer}:aud"]) == ["sts.amazonaws.com"]
        elif kind == "AWS":
            assert conditions["ArnEquals"]["aws:PrincipalArn"]
        else:
            assert kind == "Service"
            assert re.fullmatch(r"[a-z0-9.]+\.amazonaws\.com", names)


@EVERY_ROLE
def test_pull_requests_get_the_role_that_reads_and_no_other(plans: dict[str, Resources], call: str, role: str) -> None:
    """Where a subject is a pull request's, the role is TerraformPlanRole; all others are those of environments."""
    subjects = [
        subject
        for each in trust(plans[call], role)["Statement"]
        for key, values in each.get("Condition", {}).get("StringEquals", {}).items()
        if key == f"{GITHUB}:sub"
        for subject in values
    ]
    pulls = [each for each in subjects if each.endswith(":pull_request")]
    assert bool(pulls) == (role == "TerraformPlanRole")
    assert all(re.fullmatch(r"repo:[^:]+:environment:[^:]+", each) for each in subjects if each not in pulls)


@EVERY_ROLE
def test_a_trust_policy_fits_in_iams_quota(plans: dict[str, Resources], call: str, role: str) -> None:
    """IAM takes 2,048 characters unless the quota was raised."""
    assert len(roles(plans[call])[role]["assume_role_policy"]) <= 2048


def test_what_waits_for_hours_is_assumed_without_a_chain(plans: dict[str, Resources]) -> None:
    """A chain ends after an hour, so both accounts' execution roles can be had by a token, for twelve hours."""
    for call in ("main", "secondary"):
        assert roles(plans[call])["TerraformExecutionRole"]["max_session_duration"] == 12 * 3600
        actions = [each["Action"] for each in trust(plans[call], "TerraformExecutionRole")["Statement"]]
        assert "sts:AssumeRoleWithWebIdentity" in actions
    assert roles(plans["main"])["TerraformCIRole"]["max_session_duration"] == 12 * 3600


@dataclass(frozen=True)
class Try:
    """An attempt to assume a role."""

    call: str
    role: str
    principal: Mapping[str, str]
    context: Mapping[str, str] = field(default_factory=dict)
    action: str = "sts:AssumeRole"


def job(call: str, role: str, subject: str, audience: str = "sts.amazonaws.com", provider: str | None = None) -> Try:
    """A job with a token of GitHub's."""
    account = CALLS[call][0]
    owner = {"main": "111111111111", "secondary": "222222222222"}[account]
    context = {f"{GITHUB}:aud": audience, f"{GITHUB}:sub": subject}
    return Try(call, role, {"Federated": provider or GITHUB_PROVIDER[owner]}, context, "sts:AssumeRoleWithWebIdentity")


def someone(call: str, role: str, arn: str, **context: str) -> Try:
    """A user, or a session of a role, by the ARN that aws:PrincipalArn has."""
    return Try(call, role, {"AWS": arn}, {"aws:PrincipalArn": arn, **context})


def with_code(call: str, role: str, arn: str, present: str = "true") -> Try:
    """The same, whose request says whether there was a second factor."""
    return Try(call, role, {"AWS": arn}, {"aws:PrincipalArn": arn, "aws:MultiFactorAuthPresent": present})


GETS_IN = {
    "a job of an environment": job("main", "TerraformCIRole", f"{NUMBERED}:environment:main"),
    "a job that waits": job("main", "TerraformExecutionRole", f"{NUMBERED}:environment:main-long"),
    "a job of a repository without numbers": job(
        "secondary", "TerraformExecutionRole", f"{NAMED}:environment:secondary-long"
    ),
    "a pull request that plans": job("main", "TerraformPlanRole", f"{NUMBERED}:pull_request"),
    "a job that plans on a schedule": job("main", "TerraformPlanRole", f"{NUMBERED}:environment:plan"),
    "a pull request that plans in the other account": job("secondary", "TerraformPlanRole", f"{NAMED}:pull_request"),
    "CI, by a chain": someone("main", "TerraformExecutionRole", "arn:aws:iam::111111111111:role/TerraformCIRole"),
    "CI, by a chain, in the other account": someone(
        "secondary", "TerraformExecutionRole", "arn:aws:iam::111111111111:role/TerraformCIRole"
    ),
    "Atlantis, by a token": Try(
        "main",
        "TerraformExecutionRole",
        {"Federated": f"arn:aws:iam::111111111111:oidc-provider/{EKS}"},
        {f"{EKS}:aud": "sts.amazonaws.com", f"{EKS}:sub": "system:serviceaccount:atlantis:atlantis"},
        "sts:AssumeRoleWithWebIdentity",
    ),
    "an agent that reads": someone("main", "ml-clusters-reader", "arn:aws:iam::111111111111:role/claude-code"),
    "a person with a code": with_code("main", "ml-clusters-purchaser", "arn:aws:iam::111111111111:user/jo"),
    "a separate principal": someone("secondary", "ml-clusters-purchaser", "arn:aws:iam::222222222222:role/finance"),
    "an EKS node": Try("clusters", "ml-clusters-eks-node", {"Service": "ec2.amazonaws.com"}),
}

IS_REFUSED = {
    "a pull request that would apply": job("main", "TerraformExecutionRole", f"{NUMBERED}:pull_request"),
    "a pull request that would apply by CI": job("main", "TerraformCIRole", f"{NUMBERED}:pull_request"),
    "a branch": job("main", "TerraformExecutionRole", f"{NUMBERED}:ref:refs/heads/main"),
    "a branch that would plan": job("main", "TerraformPlanRole", f"{NUMBERED}:ref:refs/heads/main"),
    "an environment that plans, and would apply": job("main", "TerraformCIRole", f"{NUMBERED}:environment:plan"),
    "an environment that plans in another account alone": job(
        "secondary", "TerraformPlanRole", f"{NAMED}:environment:plan"
    ),
    "an environment that nobody named": job("main", "TerraformCIRole", f"{NUMBERED}:environment:playground"),
    "an environment whose name goes on": job("main", "TerraformCIRole", f"{NUMBERED}:environment:main-long"),
    "an environment of CI alone": job("main", "TerraformExecutionRole", f"{NUMBERED}:environment:main"),
    "another repository": job("main", "TerraformCIRole", "repo:example@123456/other@1:environment:main"),
    "a repository made anew under the old name": job(
        "main", "TerraformCIRole", "repo:example@123456/ml-clusters@999999:environment:main"
    ),
    "a subject without numbers": job("main", "TerraformCIRole", f"{NAMED}:environment:main"),
    "a repository whose name goes on": job(
        "secondary", "TerraformPlanRole", "repo:example/ml-clusters-fork:pull_request"
    ),
    "a name in other letters": job("secondary", "TerraformPlanRole", "repo:Example/ml-clusters:pull_request"),
    "a token for another audience": job(
        "main", "TerraformCIRole", f"{NUMBERED}:environment:main", audience="https://github.com/example"
    ),
    "a token of another issuer": job(
        "main",
        "TerraformCIRole",
        f"{NUMBERED}:environment:main",
        provider="arn:aws:iam::111111111111:oidc-provider/example.com",
    ),
    "a token without a subject": Try(
        "main",
        "TerraformCIRole",
        {"Federated": GITHUB_PROVIDER["111111111111"]},
        {f"{GITHUB}:aud": "sts.amazonaws.com"},
        "sts:AssumeRoleWithWebIdentity",
    ),
    "another pod": Try(
        "main",
        "TerraformExecutionRole",
        {"Federated": f"arn:aws:iam::111111111111:oidc-provider/{EKS}"},
        {f"{EKS}:aud": "sts.amazonaws.com", f"{EKS}:sub": "system:serviceaccount:default:default"},
        "sts:AssumeRoleWithWebIdentity",
    ),
    "who plans, and would apply": someone(
        "main", "TerraformExecutionRole", "arn:aws:iam::111111111111:role/TerraformPlanRole"
    ),
    "CI's namesake of another account": someone(
        "secondary", "TerraformExecutionRole", "arn:aws:iam::222222222222:role/TerraformCIRole"
    ),
    "the root of a trusted account": someone("main", "TerraformExecutionRole", "arn:aws:iam::111111111111:root"),
    "a stranger who reads": someone("main", "ml-clusters-reader", "arn:aws:iam::111111111111:user/sam"),
    "a person without a code": with_code(
        "main", "ml-clusters-purchaser", "arn:aws:iam::111111111111:user/jo", present="false"
    ),
    "a person with plain access keys": someone("main", "ml-clusters-purchaser", "arn:aws:iam::111111111111:user/jo"),
    "another person with a code": with_code("main", "ml-clusters-purchaser", "arn:aws:iam::111111111111:user/sam"),
    "the agent that reads, and would buy": with_code(
        "main", "ml-clusters-purchaser", "arn:aws:iam::111111111111:role/claude-code"
    ),
    "the reader, and would buy": with_code(
        "main", "ml-clusters-purchaser", "arn:aws:iam::111111111111:role/ml-clusters-reader"
    ),
    "who applies, and would buy": with_code(
        "main", "ml-clusters-purchaser", "arn:aws:iam::111111111111:role/TerraformExecutionRole"
    ),
    "the reader elsewhere, and would buy": someone(
        "secondary", "ml-clusters-purchaser", "arn:aws:iam::111111111111:role/claude-code"
    ),
    "another service": Try("clusters", "ml-clusters-eks-node", {"Service": "lambda.amazonaws.com"}),
    "a person who would be a node": someone("clusters", "ml-clusters-eks-node", "arn:aws:iam::111111111111:user/jo"),
}


def succeeds(plans: dict[str, Resources], attempt: Try) -> bool:
    """Whether the trust policy lets an attempt pass."""
    request = Request(attempt.action, principal=attempt.principal, context=attempt.context)
    return allowed([trust(plans[attempt.call], attempt.role)], request)


@pytest.mark.parametrize("who", GETS_IN)
def test_who_is_meant_gets_in(plans: dict[str, Resources], who: str) -> None:
    """IAM's logic lets in whom the role is for."""
    assert succeeds(plans, GETS_IN[who])


@pytest.mark.parametrize("who", IS_REFUSED)
def test_nobody_else_gets_in(plans: dict[str, Resources], who: str) -> None:
    """IAM's logic refuses everybody near by."""
    assert not succeeds(plans, IS_REFUSED[who])
