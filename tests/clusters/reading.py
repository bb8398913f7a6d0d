"""Reading the status of simulated AWS's two accounts."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from mcp_server.aws.accounts import Accounts, Source
from mcp_server.aws.pacing import Deadline
from mcp_server.clusters.model import Cluster
from mcp_server.clusters.status import Status, read_status
from mcp_server.searching.readers import Reader, choose_readers

MAIN, SECONDARY = "483026362307", "159553542841"
SOURCES = (
    Source("main", MAIN),
    Source("secondary", SECONDARY, role=f"arn:aws:iam::{SECONDARY}:role/ml-clusters-reader"),
)
PLACES = ("us-east-1", "us-west-2")

TRAINING = f"{MAIN}/us-east-1/EKS/ml-clusters-training"
INFERENCE = f"{MAIN}/us-west-2/EKS/ml-clusters-inference"
SLURM = f"{MAIN}/us-east-1/ParallelCluster/ml-clusters-slurm"
ATTACHED = f"{SECONDARY}/us-west-2/HyperPod/ml-clusters-eks"
PODS_ON_SLURM = f"{SECONDARY}/us-west-2/HyperPod/ml-clusters-slurm"


ACCOUNTS = cache(lambda: Accounts(SOURCES))
"""Both accounts of one test: clients are dear to make."""


def readers(accounts: Accounts | None = None) -> tuple[Reader, ...]:
    """Both accounts, as before or anew."""
    return choose_readers(accounts or ACCOUNTS(), (), Deadline.after(60)).working


def read(seconds: float = 60, **given: Any) -> Status:
    """The status of both accounts in two regions."""
    return read_status(readers(), lambda _: PLACES, Deadline.after(seconds), ignore, **given)


def ignore(*_: Any) -> None:
    """Nobody watches."""


def by_id(status: Status) -> Mapping[str, Cluster]:
    """Its clusters."""
    return {each.id: each for each in status.clusters}
