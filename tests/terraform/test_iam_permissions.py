"""What the iam module's roles may do, and the ways in which they might get at more."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.terraform.iam_calls import iam_plans, policies, roles
from tests.terraform.iam_policies import Document, Request, allowed, listed, statements
from tests.terraform.planned import Resources

ROOT = Path(__file__).parents[2]
BOUNDARY = "arn:aws:iam::111111111111:policy/ml-clusters-boundary"
ROLE = "arn:aws:iam::111111111111:role"
POLICY = "arn:aws:iam::111111111111:policy"
STATES = "arn:aws:s3:::ml-clusters-tfstate-111111111111"
STATE_KEY = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
UNDER_IT = {"iam:PermissionsBoundary": BOUNDARY}
HERE = {"aws:RequestedRegion": "us-east-1"}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Resources]:
    """What each call of the module would make."""
    return iam_plans(tmp_path_factory.getbasetemp())


@pytest.fixture
def execution(plans: dict[str, Resources]) -> list[Document]:
    """What TerraformExecutionRole may do in the main account."""
    return policies(plans["main"], "aws_iam_policy.execution[")


@pytest.fixture
def boundary(plans: dict[str, Resources]) -> Document:
    """The most that roles made by Terraform can be allowed."""
    return policies(plans["main"], "aws_iam_policy.boundary")[0]


def passed_to(service: str) -> Mapping[str, str]:
    """The context of a role that is handed to a service."""
    return {"iam:PassedToService": service}


WORKS = {
    "make a role under the boundary": Request("iam:CreateRole", f"{ROLE}/ml-clusters-eks-node", context=UNDER_IT),
    "make one for ParallelCluster's API": Request("iam:CreateRole", f"{ROLE}/mlc-PCAPIUserRole-1", context=UNDER_IT),
    "give it a policy": Request("iam:AttachRolePolicy", f"{ROLE}/ml-clusters-eks-node", context=UNDER_IT),
    "set the boundary again": Request(
        "iam:PutRolePermissionsBoundary", f"{ROLE}/ml-clusters-eks-node", context=UNDER_IT
    ),
    "hand it to EC2": Request("iam:PassRole", f"{ROLE}/ml-clusters-eks-node", context=passed_to("ec2.amazonaws.com")),
    "hand it to ParallelCluster's nodes": Request(
        "iam:PassRole", f"{ROLE}/parallelcluster/ml-clusters-head-node", context=passed_to("ec2.amazonaws.com")
    ),
    "publish the layer of ParallelCluster's API": Request(
        "lambda:PublishLayerVersion", "arn:aws:lambda:us-east-1:111111111111:layer:PCLayer-0", context=HERE
    ),
    "call ParallelCluster's API": Request("sts:AssumeRole", f"{ROLE}/ml-clusters-pcluster-api-3-16-1-us-east-1"),
    "make a network": Request("ec2:CreateVpc", context=HERE),
    "make a cluster": Request("eks:CreateCluster", context=HERE),
    "make a HyperPod cluster by Cloud Control": Request("cloudformation:CreateResource", context=HERE),
    "make a queue for what was not delivered": Request(
        "sqs:CreateQueue", "arn:aws:sqs:us-east-1:111111111111:ml-clusters-undelivered", context=HERE
    ),
    "make the role of load balancers": Request(
        "iam:CreateServiceLinkedRole",
        f"{ROLE}/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing",
        context={"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"},
    ),
    "write state": Request("s3:PutObject", f"{STATES}/main/us-east-1/iam/terraform.tfstate"),
    "take the lock off": Request("s3:DeleteObject", f"{STATES}/main/us-east-1/iam/terraform.tfstate.tflock"),
}

ESCALATIONS = {
    "make a role without a boundary": Request("iam:CreateRole", f"{ROLE}/ml-clusters-admin"),
    "make a role under another boundary": Request(
        "iam:CreateRole",
        f"{ROLE}/ml-clusters-admin",
        context={"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "make a role outside of its names": Request("iam:CreateRole", f"{ROLE}/admin", context=UNDER_IT),
    "take a role's boundary off": Request(
        "iam:DeleteRolePermissionsBoundary", f"{ROLE}/ml-clusters-eks-node", context=UNDER_IT
    ),
    "take its own boundary off": Request("iam:DeleteRolePermissionsBoundary", f"{ROLE}/TerraformExecutionRole"),
    "put a wider boundary on a role": Request(
        "iam:PutRolePermissionsBoundary",
        f"{ROLE}/ml-clusters-eks-node",
        context={"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "widen the boundary": Request("iam:CreatePolicyVersion", BOUNDARY),
    "bring an old boundary back": Request("iam:SetDefaultPolicyVersion", BOUNDARY),
    "delete the boundary": Request("iam:DeletePolicy", BOUNDARY),
    "widen its own policy": Request("iam:CreatePolicyVersion", f"{POLICY}/ml-clusters-terraform-identity"),
    "attach a policy to itself": Request("iam:AttachRolePolicy", f"{ROLE}/TerraformExecutionRole", context=UNDER_IT),
    "write a policy into itself": Request("iam:PutRolePolicy", f"{ROLE}/TerraformExecutionRole", context=UNDER_IT),
    "let others assume it": Request("iam:UpdateAssumeRolePolicy", f"{ROLE}/TerraformExecutionRole"),
    "let itself assume the purchaser's role": Request("iam:UpdateAssumeRolePolicy", f"{ROLE}/ml-clusters-purchaser"),
    "give the reader a policy": Request("iam:PutRolePolicy", f"{ROLE}/ml-clusters-reader", context=UNDER_IT),
    "make the purchaser's role anew": Request("iam:CreateRole", f"{ROLE}/ml-clusters-purchaser", context=UNDER_IT),
    "delete the purchaser's role": Request("iam:DeleteRole", f"{ROLE}/ml-clusters-purchaser"),
    "give a role without the boundary a policy": Request("iam:AttachRolePolicy", f"{ROLE}/ml-clusters-old"),
    "let itself assume a stranger's role": Request("iam:UpdateAssumeRolePolicy", f"{ROLE}/admin"),
    "hand a stranger's role to EC2": Request("iam:PassRole", f"{ROLE}/admin", context=passed_to("ec2.amazonaws.com")),
    "hand itself to Lambda": Request(
        "iam:PassRole", f"{ROLE}/TerraformExecutionRole", context=passed_to("lambda.amazonaws.com")
    ),
    "hand the purchaser's role to EC2": Request(
        "iam:PassRole", f"{ROLE}/ml-clusters-purchaser", context=passed_to("ec2.amazonaws.com")
    ),
    "hand a role to CloudFormation": Request(
        "iam:PassRole", f"{ROLE}/ml-clusters-eks-node", context=passed_to("cloudformation.amazonaws.com")
    ),
    "make a user": Request("iam:CreateUser", "arn:aws:iam::111111111111:user/x", context=UNDER_IT),
    "make access keys": Request("iam:CreateAccessKey", "arn:aws:iam::111111111111:user/jo"),
    "make a password": Request("iam:CreateLoginProfile", "arn:aws:iam::111111111111:user/jo"),
    "register another issuer's client": Request(
        "iam:AddClientIDToOpenIDConnectProvider",
        "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
    ),
    "make an issuer": Request("iam:CreateOpenIDConnectProvider", "arn:aws:iam::111111111111:oidc-provider/example.com"),
    "assume another role": Request("sts:AssumeRole", f"{ROLE}/ml-clusters-purchaser"),
    "put code into a stranger's function": Request(
        "lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111111111111:function:billing", context=HERE
    ),
    "run commands on machines": Request("ssm:SendCommand", context=HERE),
    "work in a region that nobody named": Request("ec2:CreateVpc", context={"aws:RequestedRegion": "eu-west-1"}),
    "read somebody's data": Request("s3:GetObject", "arn:aws:s3:::ml-clusters-data-111111111111/weights"),
    "decrypt by itself": Request("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/1", context=HERE),
    "delete states": Request("s3:DeleteObject", f"{STATES}/main/us-east-1/iam/terraform.tfstate"),
    "delete old states": Request("s3:DeleteObjectVersion", f"{STATES}/main/us-east-1/iam/terraform.tfstate"),
    "delete the state's bucket": Request("s3:DeleteBucket", STATES),
    "let states expire": Request("s3:PutLifecycleConfiguration", STATES),
    "keep no old states": Request("s3:PutBucketVersioning", STATES),
    "let itself into the state's bucket": Request("s3:PutBucketPolicy", STATES),
    "change the ledger": Request(
        "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111111111111:table/ml-clusters-capacity-ledger", context=HERE
    ),
}

FIRST_WORDS = {
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "cloudwatch_event": "events",
    "cloudwatch_log": "logs",
    "default": "ec2",
    "dynamodb": "dynamodb",
    "ecr": "ecr",
    "efs": "elasticfilesystem",
    "eip": "ec2",
    "eks": "eks",
    "flow": "ec2",
    "fsx": "fsx",
    "grafana": "grafana",
    "iam": "iam",
    "internet": "ec2",
    "kms": "kms",
    "nat": "ec2",
    "prometheus": "aps",
    "route": "ec2",
    "s3": "s3",
    "scheduler": "scheduler",
    "security": "ec2",
    "sns": "sns",
    "sqs": "sqs",
    "subnet": "ec2",
    "vpc": "ec2",
}
"""The service in IAM of the resources whose type begins so, after aws_."""

PURCHASES = [
    "ec2:PurchaseCapacityBlock",
    "ec2:PurchaseCapacityBlockExtension",
    "sagemaker:CreateTrainingPlan",
    "sagemaker:ExtendTrainingPlan",
]


@pytest.mark.parametrize("what", WORKS)
def test_terraform_can_do_its_work(execution: list[Document], what: str) -> None:
    """TerraformExecutionRole may make what the modules make, roles under the boundary included."""
    assert allowed(execution, WORKS[what])


def test_terraform_reaches_every_service_of_the_modules(plans: dict[str, Resources], execution: list[Document]) -> None:
    """Whatever a module makes, TerraformExecutionRole may make something there, and TerraformPlanRole may read it."""
    files = (ROOT / "terraform" / "modules").rglob("*.tf")
    types = {each for file in files for each in re.findall(r'^resource "aws_(\w+)"', file.read_text(), re.MULTILINE)}
    wanted = {_service(each) for each in types}
    for documents in (execution, policies(plans["main"], "aws_iam_policy.plan")):
        allows = [each for each in statements(documents) if each["Effect"] == "Allow"]
        assert wanted <= {action.partition(":")[0] for each in allows for action in listed(each["Action"])}


def _service(resource: str) -> str:
    words = resource.split("_")
    return FIRST_WORDS.get("_".join(words[:2])) or FIRST_WORDS[words[0]]


@pytest.mark.parametrize("what", ESCALATIONS)
def test_terraform_cannot_get_at_more(execution: list[Document], what: str) -> None:
    """TerraformExecutionRole can neither leave out, widen nor remove the boundary, nor get round it."""
    assert not allowed(execution, ESCALATIONS[what])


def test_the_denials_hold_whatever_is_added_later(execution: list[Document]) -> None:
    """A policy that allows everything does not lift the boundary, the protection of who decides, or the purchases."""
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    lifted = [
        what
        for what in (
            "make a role without a boundary",
            "make a role under another boundary",
            "take a role's boundary off",
            "put a wider boundary on a role",
            "widen the boundary",
            "delete the boundary",
            "widen its own policy",
            "attach a policy to itself",
            "let others assume it",
            "let itself assume the purchaser's role",
            "hand the purchaser's role to EC2",
            "delete old states",
            "delete states",
            "let states expire",
            "let itself into the state's bucket",
        )
        if allowed([*execution, everything], ESCALATIONS[what])
    ]
    assert lifted == []
    assert not any(allowed([*execution, everything], Request(each, context=HERE)) for each in PURCHASES)


@pytest.mark.parametrize("purchase", PURCHASES)
def test_only_the_purchaser_buys(plans: dict[str, Resources], boundary: Document, purchase: str) -> None:
    """The purchaser's policy allows each purchase in its regions; every other role is denied it, whatever it has."""
    resource = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/x" if "sagemaker" in purchase else "*"
    request = Request(purchase, resource, context=HERE)
    elsewhere = Request(purchase, resource, context={"aws:RequestedRegion": "eu-north-1"})
    purchaser = policies(plans["main"], "aws_iam_role_policy.purchaser")
    assert allowed(purchaser, request)
    assert not allowed(purchaser, elsewhere)
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert not allowed([everything], request, boundary)
    for address in ("aws_iam_policy.execution[", "aws_iam_policy.plan", "aws_iam_role_policy.reader"):
        assert not allowed([*policies(plans["main"], address), everything], request), address


def test_every_clusters_role_is_under_the_boundary(plans: dict[str, Resources]) -> None:
    """None is made without it; those who plan, apply, read and buy are not under it, and Terraform cannot make them."""
    assert {each["permissions_boundary"] for each in roles(plans["clusters"]).values()} == {BOUNDARY}
    assert {each["permissions_boundary"] for each in roles(plans["main"]).values()} == {None}


BEYOND_THE_BOUNDARY = {
    "make a role without the boundary": Request("iam:CreateRole", f"{ROLE}/parallelcluster/x"),
    "make a role outside of ParallelCluster's path": Request("iam:CreateRole", f"{ROLE}/x", context=UNDER_IT),
    "take its boundary off": Request("iam:DeleteRolePermissionsBoundary", f"{ROLE}/ml-clusters-eks-node"),
    "widen the boundary": Request("iam:CreatePolicyVersion", BOUNDARY),
    "change who may assume a role": Request("iam:UpdateAssumeRolePolicy", f"{ROLE}/ml-clusters-eks-node"),
    "make access keys": Request("iam:CreateAccessKey", "arn:aws:iam::111111111111:user/jo"),
    "assume the purchaser's role": Request("sts:AssumeRole", f"{ROLE}/ml-clusters-purchaser"),
    "assume the other account's execution role": Request(
        "sts:AssumeRole", "arn:aws:iam::222222222222:role/TerraformExecutionRole"
    ),
    "hand the purchaser's role to EC2": Request(
        "iam:PassRole", f"{ROLE}/ml-clusters-purchaser", context=passed_to("ec2.amazonaws.com")
    ),
    "read state": Request("s3:GetObject", f"{STATES}/main/us-east-1/iam/terraform.tfstate"),
    "leave the organisation": Request("organizations:LeaveOrganization"),
}


@pytest.mark.parametrize("what", BEYOND_THE_BOUNDARY)
def test_even_an_administrator_under_the_boundary_cannot(boundary: Document, what: str) -> None:
    """A role with every permission, made by Terraform, has none of these."""
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert not allowed([everything], BEYOND_THE_BOUNDARY[what], boundary)


def test_the_boundary_leaves_clusters_what_they_need(plans: dict[str, Resources], boundary: Document) -> None:
    """No permission that is written into a cluster's role is lost to the boundary; AWS's own policies are not read."""
    for document in policies(plans["clusters"], "aws_iam_role_policy.cluster["):
        for each in statements([document]):
            for action in listed(each["Action"]):
                context = passed_to("ec2.amazonaws.com") if action == "iam:PassRole" else HERE
                request = Request(action, listed(each["Resource"])[0].replace("*", "x"), context=context)
                assert allowed([boundary], request), (action, each)


def test_pull_requests_only_read(plans: dict[str, Resources]) -> None:
    """TerraformPlanRole has reading actions, and of data only states, lifecycle scripts and AWS's own parameters."""
    document = policies(plans["main"], "aws_iam_policy.plan")
    allows = [each for each in statements(document) if each["Effect"] == "Allow"]
    actions = {action for each in allows for action in listed(each["Action"])}
    assert all(re.match(r"[a-z0-9-]+:(Describe|Get|List)", each) for each in actions - {"kms:Decrypt"})
    for action in ("s3:GetObject", "kms:Decrypt", "ssm:GetParameter"):
        places = {place for each in allows if action in listed(each["Action"]) for place in listed(each["Resource"])}
        assert places, action
        assert "*" not in places
    for data in (
        Request("s3:GetObject", "arn:aws:s3:::ml-clusters-data-111111111111/weights"),
        Request("s3:PutObject", f"{STATES}/main/us-east-1/iam/terraform.tfstate"),
        Request("s3:PutObject", f"{STATES}/main/us-east-1/iam/terraform.tfstate.tflock"),
        Request("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111111111111:table/ml-clusters-capacity-ledger"),
        Request("secretsmanager:GetSecretValue", context=HERE),
        Request("ssm:GetParameter", "arn:aws:ssm:us-east-1:111111111111:parameter/secret", context=HERE),
        Request("lambda:GetFunction", context=HERE),
        Request("kms:Decrypt", STATE_KEY, context=_through_s3("arn:aws:s3:::ml-clusters-data-111111111111")),
        Request("kms:Decrypt", STATE_KEY),
        Request("sts:AssumeRole", f"{ROLE}/TerraformExecutionRole"),
        Request("iam:PassRole", f"{ROLE}/ml-clusters-eks-node", context=passed_to("ec2.amazonaws.com")),
    ):
        assert not allowed(document, data), data
    assert allowed(document, Request("s3:GetObject", f"{STATES}/main/us-east-1/iam/terraform.tfstate"))
    assert allowed(document, Request("kms:Decrypt", STATE_KEY, context=_through_s3(STATES)))
    assert allowed(document, Request("eks:DescribeCluster", context=HERE))


def _through_s3(bucket: str) -> Mapping[str, str]:
    """The context of what S3 decrypts for somebody, with a bucket key."""
    return {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": bucket}


def test_the_reader_changes_nothing_of_iam(plans: dict[str, Resources]) -> None:
    """Nor the device that guards purchases, whatever it is given."""
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    reader = [*policies(plans["main"], "aws_iam_role_policy.reader"), everything]
    for action in ("DeactivateMFADevice", "EnableMFADevice", "ResyncMFADevice", "ChangePassword", "UploadSSHPublicKey"):
        assert not allowed(reader, Request(f"iam:{action}", "arn:aws:iam::111111111111:user/jo")), action


def test_ci_becomes_the_execution_roles_and_keeps_state(plans: dict[str, Resources]) -> None:
    """TerraformCIRole assumes TerraformExecutionRole and ParallelCluster's callers only, and deletes no state."""
    document = policies(plans["main"], "aws_iam_role_policy.ci")
    for account in ("111111111111", "222222222222"):
        for role in ("TerraformExecutionRole", "ml-clusters-pcluster-api-3-16-1-us-west-2"):
            assert allowed(document, Request("sts:AssumeRole", f"arn:aws:iam::{account}:role/{role}"))
    for refused in (
        Request("sts:AssumeRole", "arn:aws:iam::333333333333:role/TerraformExecutionRole"),
        Request("sts:AssumeRole", f"{ROLE}/ml-clusters-purchaser"),
        Request("s3:DeleteObject", f"{STATES}/main/us-east-1/iam/terraform.tfstate"),
        Request("ec2:CreateVpc", context=HERE),
    ):
        assert not allowed(document, refused), refused


def _readme_actions(begins: str) -> set[str]:
    """The actions that the README's table of roles tells in the rows that begin so."""
    rows = [each for each in (ROOT / "README.md").read_text().splitlines() if each.startswith(f"| {begins}")]
    assert rows
    return set(re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", " ".join(rows)))


@pytest.mark.parametrize("role", ["reader", "purchaser"])
def test_capacity_roles_have_what_the_readme_says(plans: dict[str, Resources], role: str) -> None:
    """The reader's and the purchaser's permissions are those of the README's table: none is missing, none is more."""
    document = policies(plans["main"], f"aws_iam_role_policy.{role}")
    allows = [each for each in statements(document) if each["Effect"] == "Allow"]
    assert {action for each in allows for action in listed(each["Action"])} == _readme_actions(role)


def test_purchases_are_those_of_the_security_page(plans: dict[str, Resources]) -> None:
    """What is denied here is what SECURITY.md says is to be denied."""
    page = (ROOT / "SECURITY.md").read_text()
    said = next(json.loads(each) for each in re.findall(r"```json\n(.*?)```", page, re.DOTALL) if "Deny" in each)
    denied = [
        sorted(listed(each["Action"]))
        for address in (
            "aws_iam_role_policy.reader",
            "aws_iam_policy.boundary",
            "aws_iam_policy.execution[",
            "aws_iam_policy.plan",
        )
        for each in statements(policies(plans["main"], address))
        if each.get("Sid") == "NeverBuy"
    ]
    assert denied == [sorted(said["Action"])] * 4


def test_no_allowed_action_is_everything(plans: dict[str, Resources]) -> None:
    """No policy allows *, nor a service whole; but for the boundary, which allows nothing by itself."""
    whole: Sequence[str] = [
        f"{address}: {action}"
        for made in plans.values()
        for address, each in made.items()
        if "policy" in each and not address.startswith("aws_iam_policy.boundary")
        for statement in statements([json.loads(each["policy"])])
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        if re.fullmatch(r"\*|[a-z0-9-]+:\*", action)
    ]
    assert whole == []
