"""Whether an identity may make the calls that reading needs.

Calls ec2:DescribeCapacityBlockOfferings and ec2:DescribeAvailabilityZones as dry runs.
"""

from typing import Any

from mcp_server.aws.calls import ask
from mcp_server.aws.failures import AwsFailure

_DRY_RUNS: dict[str, dict[str, Any]] = {
    "describe_capacity_block_offerings": {
        "CapacityDurationHours": 24,
        "InstanceType": "p5.48xlarge",
        "InstanceCount": 1,
    },
    "describe_availability_zones": {},
}


def dry_run_reads(client: Any) -> dict[str, AwsFailure | None]:
    """For each call that a search makes of EC2, by its IAM action: None if it is allowed, else the failure."""
    return {_action(operation): _dry_run(client, operation, arguments) for operation, arguments in _DRY_RUNS.items()}


def _dry_run(client: Any, operation: str, arguments: dict[str, Any]) -> AwsFailure | None:
    try:
        ask(client, operation, DryRun=True, **arguments)
    except AwsFailure as failure:
        # EC2 answers a dry run that would have succeeded with an error.
        return None if failure.code == "DryRunOperation" else failure
    return None


def _action(operation: str) -> str:
    return "ec2:" + "".join(word.capitalize() for word in operation.split("_"))
