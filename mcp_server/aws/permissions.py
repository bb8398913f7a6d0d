"""Whether an identity may make the calls that reading needs.

Calls, as dry runs, ec2:DescribeCapacityBlockOfferings, ec2:DescribeAvailabilityZones, ec2:DescribeCapacityReservations,
ec2:DescribeCapacityBlockExtensionHistory, ec2:DescribeCapacityBlockStatus and ec2:DescribeSubnets, and of a reservation
ec2:GetCapacityReservationUsage and ec2:DescribeCapacityBlockExtensionOfferings. Calls, because they know no dry run,
sagemaker:SearchTrainingPlanOfferings and sagemaker:ListTrainingPlans, of a plan sagemaker:DescribeTrainingPlan,
sagemaker:DescribeTrainingPlanExtensionHistory and sagemaker:ListTags, and cloudtrail:LookupEvents.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mcp_server.aws.calls import ask
from mcp_server.aws.failures import AwsFailure, FailureKind

READS: Mapping[str, Mapping[str, Any]] = {
    "describe_capacity_block_offerings": {
        "CapacityDurationHours": 24,
        "InstanceType": "p5.48xlarge",
        "InstanceCount": 1,
    },
    "describe_availability_zones": {},
    "describe_capacity_reservations": {},
    "describe_capacity_block_extension_history": {},
    "describe_capacity_block_status": {},
    "describe_subnets": {},
}
"""The operations of EC2 that read an account, with what a dry run of them sends."""

READS_OF_ONE: Mapping[str, Mapping[str, Any]] = {
    "get_capacity_reservation_usage": {},
    "describe_capacity_block_extension_offerings": {"CapacityBlockExtensionDurationHours": 24},
}
"""Those that read one reservation; a dry run also sends its id."""

READS_OF_PLANS: Mapping[str, Mapping[str, Any]] = {
    "search_training_plan_offerings": {
        "DurationHours": 24,
        "InstanceType": "ml.p5.48xlarge",
        "InstanceCount": 1,
        "TargetResources": ["hyperpod-cluster"],
    },
    "list_training_plans": {"MaxResults": 1},
}
"""The operations of SageMaker that read an account, with what one call of them sends."""

READS_OF_ONE_PLAN: Mapping[str, str] = {
    "describe_training_plan": "TrainingPlanName",
    "describe_training_plan_extension_history": "TrainingPlanArn",
    "list_tags": "ResourceArn",
}
"""Those that read one training plan, with the argument that takes its ARN."""


def dry_run_read(client: Any, operation: str, reservation_id: str | None = None) -> None:
    """Whether an operation of READS, or of READS_OF_ONE, is allowed in the client's account and region.

    Raises:
        AwsFailure: It is not, or AWS did not say.
    """
    arguments = {**READS, **READS_OF_ONE}[operation]
    try:
        ask(client, operation, DryRun=True, CapacityReservationId=reservation_id, **arguments)
    except AwsFailure as failure:
        # EC2 answers a dry run that would have succeeded with an error.
        if failure.code != "DryRunOperation":
            raise


def try_read(client: Any, operation: str, plan: str | None = None) -> None:
    """Make one call of READS_OF_PLANS, or of READS_OF_ONE_PLAN with a plan's ARN: SageMaker knows no dry run.

    Raises:
        AwsFailure: It is not allowed, or AWS did not say; UNSUPPORTED where the region sells no plans.
    """
    arguments = READS_OF_PLANS[operation] if plan is None else {READS_OF_ONE_PLAN[operation]: plan}
    try:
        ask(client, operation, **arguments)
    except AwsFailure as failure:
        # A quota is looked at only for whoever may ask.
        if failure.kind is not FailureKind.QUOTA:
            raise


def try_look_up(client: Any, now: datetime) -> None:
    """Look up one event of the last minute: CloudTrail knows no dry run. now is UTC.

    Raises:
        AwsFailure: It is not allowed, or AWS did not say.
    """
    ask(client, "lookup_events", StartTime=now - timedelta(minutes=1), MaxResults=1)


def action_of(operation: str, service: str | None = None) -> str:
    """IAM's name for an operation. Unless told, its service is SageMaker where it is about training plans, else EC2."""
    of_plans = "training_plan" in operation or operation == "list_tags"
    return f"{service or ('sagemaker' if of_plans else 'ec2')}:" + "".join(
        word.capitalize() for word in operation.split("_")
    )
