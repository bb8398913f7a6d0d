"""What the operations of HyperPod share: finding the cluster that a request names."""

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.hyperpod import HyperPodCluster
from mcp_server.sandbox.simulation import Simulation


def find_cluster(simulation: Simulation, call: Call, *, member: str = "ClusterName") -> HyperPodCluster:
    """The cluster that a request names by name or ARN.

    Raises:
        AwsError: There is none, or it is gone.
    """
    named = str(call.params[member])
    cluster = simulation.hyperpod.find(call.account, call.region, named, call.now)
    if cluster is None:
        raise AwsError("ResourceNotFound", f"Cluster with name or ARN {named} was not found.")
    return cluster
