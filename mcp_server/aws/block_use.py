"""How blocks are used, and how they are.

Calls ec2:GetCapacityReservationUsage and ec2:DescribeCapacityBlockStatus.
"""

from typing import Any

from mcp_server.aws.calls import ask, expected
from mcp_server.aws.pages import every_row
from mcp_server.capacity.holdings import BlockHealth, Interconnect, Use

_USAGE = "get_capacity_reservation_usage"


def reservation_use(client: Any, reservation_id: str) -> Use:
    """How many machines of a reservation run, over all pages; whoever it is shared with sees their own use only.

    Raises:
        AwsFailure: The call failed.
    """
    used: dict[str, int] = {}
    token: str | None = None
    while True:
        answer = ask(client, _USAGE, CapacityReservationId=reservation_id, NextToken=token)
        for row in answer.get("InstanceUsages", ()):
            used[row["AccountId"]] = used.get(row["AccountId"], 0) + row["UsedInstanceCount"]
        token = answer.get("NextToken")
        if not token:
            total: int = expected(answer, _USAGE, "TotalInstanceCount")
            running = tuple(sorted((account, count) for account, count in used.items() if count))
            return Use(total, running, answer.get("AvailableInstanceCount"))


def block_health(client: Any) -> dict[str, BlockHealth]:
    """The health of every block in the client's region, by the block's id.

    Raises:
        AwsFailure: The call failed.
    """
    rows = every_row(client, "describe_capacity_block_status", "CapacityBlockStatuses")
    # Of a block the unavailable machines are those that fail their checks; of a reservation, AWS says, those in use.
    return {
        row["CapacityBlockId"]: BlockHealth(
            row.get("TotalUnavailableCapacity"), _interconnect(row.get("InterconnectStatus", ""))
        )
        for row in rows
    }


def _interconnect(words: str) -> Interconnect:
    return Interconnect(words) if words in set(Interconnect) else Interconnect.OTHER
