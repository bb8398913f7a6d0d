"""What can be said of a resource of any type."""

from collections.abc import Iterable

from mcp_server.monorepo.plans.changes import REPLACING, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.clusters import destroyed

_MEANT_TO_BE_REPLACED = (
    "terraform_data",
    "null_resource",
    "time_",
    "random_",
    "aws_s3_object",
    "aws_scheduler_schedule",
)
"""Types whose replacement is how they are changed."""


_AT_WORK = (
    "aws_alb",
    "aws_ami",
    "aws_api_gateway_rest_api",
    "aws_apigatewayv2_api",
    "aws_autoscaling_group",
    "aws_batch_compute_environment",
    "aws_batch_job_queue",
    "aws_cloudformation_stack",
    "aws_cloudwatch_log_group",
    "aws_ec2_fleet",
    "aws_ecs_",
    "aws_eks_",
    "aws_elb",
    "aws_instance",
    "aws_lambda_function",
    "aws_lb",
    "aws_route53_record",
    "aws_route53_zone",
    "aws_sagemaker_",
    "aws_sfn_state_machine",
    "aws_spot_fleet_request",
    "aws_spot_instance_request",
    "aws_sqs_queue",
    "aws_ssm_parameter",
    "awscc_",
    "helm_release",
    "kubectl_manifest",
    "kubernetes_",
)
"""How types begin that hold work or state."""


def _destroyed(change: Change) -> Iterable[Seen]:
    if change.deposed is not None:
        yield Seen("An earlier replacement left it behind, and it is destroyed now.")
        return
    severity = Severity.MEDIUM if change.type.startswith(_AT_WORK) else None
    yield from (Seen(each.why, severity) for each in destroyed(change))


def _tainted(change: Change) -> Iterable[Seen]:
    if change.reason == "replace_because_tainted":
        yield Seen(
            "It is made anew although nothing asks for it: an earlier apply failed on it, or somebody tainted it."
        )


def _replaced(change: Change) -> Iterable[Seen]:
    if not change.type.startswith(_MEANT_TO_BE_REPLACED):
        yield from destroyed(change)


def _unknown(_: Change) -> Iterable[Seen]:
    yield Seen("Terraform does something with it that this reader does not know.")


def _forgotten(_: Change) -> Iterable[Seen]:
    yield Seen("It stays in AWS, and Terraform no longer knows of it.")


RULES = (
    Rule(
        "unknown-action",
        Severity.HIGH,
        "an action that is not known here",
        "A newer Terraform made this plan; it may destroy.",
        "Read Terraform's own output of the plan.",
        look=_unknown,
        actions=frozenset({Action.UNKNOWN}),
    ),
    Rule(
        "tainted",
        Severity.HIGH,
        "a resource that is replaced because it is tainted",
        "What stands is destroyed, also if it works.",
        "If it works: `terraform untaint ADDRESS`.",
        look=_tainted,
        actions=REPLACING,
    ),
    Rule(
        "replaced",
        Severity.MEDIUM,
        "any other resource that is replaced",
        "It is destroyed and made anew; whatever it held or whoever used it by its id loses it.",
        "See what forces it, and whether that was meant.",
        look=_replaced,
        actions=REPLACING,
        yields=True,
    ),
    Rule(
        "destroyed",
        Severity.LOW,
        "any other resource that is destroyed; medium for what holds work or state",
        "What used it by its id or name finds nothing there.",
        "See that nothing else uses it, and that it was meant to go.",
        look=_destroyed,
        actions=frozenset({Action.DELETE}),
        yields=True,
    ),
    Rule(
        "forgotten",
        Severity.LOW,
        "a resource that Terraform forgets and leaves where it is",
        "It costs what it cost, and nobody keeps it as it should be.",
        "Say in the pull request who keeps it from now on.",
        look=_forgotten,
        actions=frozenset({Action.FORGET, Action.CREATE_AND_FORGET}),
    ),
)
