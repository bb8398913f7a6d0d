"""What an account has in a region: blocks and plans with their extensions, and reservations that are paid by the hour.

The longest chain of calls that each need the one before has two: DescribeCapacityReservations, then
DescribeCapacityBlockExtensionHistory where there are blocks; ListTrainingPlans, then
DescribeTrainingPlanExtensionHistory of each. How many machines are idle the first of each tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_server.aws.extensions import describe_extension_history
from mcp_server.aws.reservations import describe_every_reservation
from mcp_server.aws.training_plans import describe_plan_extensions, list_plans
from mcp_server.capacity.on_demand import OnDemandReservation
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.clusters.asking import Asker, Question, values


@dataclass(frozen=True, slots=True)
class Capacity:
    """What could be read of it."""

    reservations: Sequence[OwnedReservation] = ()
    extensions: Sequence[OwnedExtension] = ()
    on_demand: Sequence[OnDemandReservation] = ()


def read_blocks(asker: Asker) -> Capacity | None:
    """Blocks, also those shared with the account, and reservations by the hour; None where they cannot be read."""
    account = asker.account
    question = Question(
        "ec2", "describe_capacity_reservations", lambda client: describe_every_reservation(client, account)
    )
    read = asker.ask(question).value
    if read is None:
        return None
    blocks, hourly = read
    extensions: list[OwnedExtension] = []
    if any(each.account == account and not each.state.over for each in blocks):
        history = Question(
            "ec2",
            "describe_capacity_block_extension_history",
            lambda client: describe_extension_history(client, account),
        )
        extensions = asker.ask(history).value or []
    return Capacity(blocks, extensions, hourly)


def read_plans(asker: Asker) -> Capacity | None:
    """Training plans without their tags; None where they cannot be read."""
    account = asker.account
    plans = asker.ask(Question("sagemaker", "list_training_plans", lambda client: list_plans(client, account))).value
    if plans is None:
        return None
    questions = [
        Question(
            "sagemaker",
            "describe_training_plan_extension_history",
            lambda client, each=each: describe_plan_extensions(client, [each]),
        )
        for each in plans
        if not each.state.over
    ]
    found = values(asker.ask_all(questions))
    return Capacity(plans, [extension for each in found for extension in each])
