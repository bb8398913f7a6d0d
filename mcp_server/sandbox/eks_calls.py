"""What the operations of EKS share: errors, pages, and finding what a request names."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from moto.moto_api._internal import mock_random

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.kubernetes import Addon, EksCluster, NodeGroup, Row, Update
from mcp_server.sandbox.lifetimes import PART_TAKES
from mcp_server.sandbox.paging import page
from mcp_server.sandbox.simulation import Simulation

T = TypeVar("T")

_PAGE = 100


def not_found(sentence: str) -> AwsError:
    """What is asked for does not exist."""
    return AwsError("ResourceNotFoundException", sentence, 404)


def in_use(sentence: str) -> AwsError:
    """It exists already, or something else needs it."""
    return AwsError("ResourceInUseException", sentence, 409)


def invalid(sentence: str) -> AwsError:
    """A parameter that EKS does not take."""
    return AwsError("InvalidParameterException", sentence)


def find_cluster(simulation: Simulation, call: Call, *, member: str = "clusterName") -> EksCluster:
    """The cluster that a request names.

    Raises:
        AwsError: There is none, or it is gone.
    """
    name = str(call.params.get(member))
    cluster = simulation.kubernetes.find(call.account, call.region, name, call.now)
    if cluster is None:
        raise not_found(f"No cluster found for name: {name}.")
    return cluster


def find_ready_cluster(simulation: Simulation, call: Call, *, member: str = "clusterName") -> EksCluster:
    """The cluster that a request names, if something can be made in it.

    Raises:
        AwsError: There is none, or it is not active.
    """
    cluster = find_cluster(simulation, call, member=member)
    status = cluster.status(call.now)
    if status not in {"ACTIVE", "UPDATING"}:
        raise AwsError("InvalidRequestException", f"Cluster '{cluster.name}' is not in ACTIVE status: {status}")
    return cluster


def find_group(cluster: EksCluster, call: Call) -> NodeGroup:
    """The node group that a request names.

    Raises:
        AwsError: There is none, or it is gone.
    """
    name = str(call.params.get("nodegroupName"))
    group = cluster.groups.get(name)
    if group is None or group.lifetime.gone(call.now):
        raise not_found(f"No node group found for name: {name}.")
    return group


def find_addon(cluster: EksCluster, call: Call) -> Addon:
    """The add-on that a request names.

    Raises:
        AwsError: There is none, or it is gone.
    """
    name = str(call.params.get("addonName"))
    addon = cluster.addons.get(name)
    if addon is None or addon.lifetime.gone(call.now):
        raise not_found(f"No addon: {name} found in cluster: {cluster.name}")
    return addon


def listed(rows: Sequence[T], call: Call) -> tuple[Sequence[T], str | None]:
    """A page of a list, 100 long unless asked otherwise, and the token of the next.

    Raises:
        AwsError: The token is none of ours.
    """
    asked = {"NextToken": call.params.get("nextToken"), "MaxResults": call.params.get("maxResults")}
    return page(rows, asked, default=_PAGE, error=invalid("Invalid nextToken."))


def begin_update(
    cluster: EksCluster, kind: str, params: Mapping[str, object], now: datetime, *, group: str | None = None
) -> dict[str, Any]:
    """Note that something is changed for a minute, and answer with the update."""
    row: Row = {
        "id": str(mock_random.uuid4()),
        "type": kind,
        "params": [{"type": name, "value": str(value)} for name, value in params.items()],
        "createdAt": now,
        "errors": [],
    }
    update = Update(row, now + PART_TAKES, group)
    cluster.updates[row["id"]] = update
    return {"update": update_row(update, now)}


def update_row(update: Update, now: datetime) -> Row:
    """An update as it is told."""
    return update.row | {"status": update.status(now)}


def hexadecimal(digits: int) -> str:
    """A random name of so many digits, from the randomness that a replay repeats."""
    return f"{mock_random.getrandbits(4 * digits):0{digits}x}"
