"""What quotes and purchases stand on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mcp_server.aws.accounts import AWS_WORLD, Identity, is_aws
from mcp_server.purchasing.entries import Lease
from mcp_server.purchasing.ledger import Ledger
from mcp_server.purchasing.overlaps import Alive
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.seller import Seller


@dataclass(frozen=True, slots=True)
class Desk:
    """One ledger, one policy and AWS, as one process reaches them.

    policy reads the policy as it is now. seller gives AWS in an account (its number) and region. simulated says
    whether ledger and policy are those of a simulated AWS. logs is a folder of this user's. timeout is how long the
    one request may take. lease takes one for this process until a time (UTC); stopped says whether the process was
    told to end.
    """

    ledger: Ledger
    policy: Callable[[], Policy]
    seller: Callable[[str, str], Seller]
    simulated: bool
    logs: Path
    timeout: timedelta
    lease: Callable[[datetime], Lease]
    alive: Alive
    stopped: Callable[[], bool] = lambda: False


def check_world(desk: Desk, caller: Identity, endpoint: str) -> None:
    """Refuse to spend with a simulation's ledger and policy at AWS, and the reverse.

    endpoint is EC2's; STS may be elsewhere.

    Raises:
        SpendingRefused: They do not belong together.
    """
    if (caller.world == AWS_WORLD) == is_aws(endpoint) == (not desk.simulated):
        return
    ours = "a simulated AWS" if desk.simulated else "AWS itself"
    raise SpendingRefused(
        Rule.WORLD,
        f"Policy and ledger ({desk.ledger.place}) are those of {ours}, but {endpoint} is asked ({caller.world}).",
        "For simulated AWS start the server with --sandbox; for AWS, without it and without an endpoint of your own.",
    )
