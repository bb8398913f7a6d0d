"""What HyperPod asks of the EKS cluster that it is attached to."""

import re
from collections.abc import Iterator

from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import word
from mcp_server.clusters.model import Cluster, ClusterKind, ControlPlane
from mcp_server.clusters.problems import Rule, Seen, World

VERSIONS = frozenset({"1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34"})
AUTHENTICATION_MODES = frozenset({"API", "API_AND_CONFIG_MAP"})
OLDEST_CNI = (1, 18, 3)
"""All from the SageMaker guide, Getting started with Amazon EKS support in SageMaker HyperPod, read 2026-11-22."""

_CNI, _AGENT = "vpc-cni", "eks-pod-identity-agent"


def _prerequisites(cluster: Cluster, world: World) -> Iterator[Seen]:
    if cluster.attached_to is None:
        return
    name = word(cluster.attached_to)
    here = (cluster.account, cluster.region)
    attached = next(
        (
            each
            for each in world.clusters
            if each.kind is ClusterKind.EKS and each.name == cluster.attached_to and (each.account, each.region) == here
        ),
        None,
    )
    if attached is None:
        if (*here, ClusterKind.EKS) in world.listed:
            yield Seen(f"The EKS cluster {name} that it is attached to is not there.", Severity.CRITICAL)
        return
    if attached.version and attached.version not in VERSIONS:
        yield Seen(f"{name} has Kubernetes {word(attached.version)}, and HyperPod takes {_span()}.")
    if attached.control_plane:
        for each in _lacking(attached.control_plane):
            yield Seen(f"{name} {each}")


def _lacking(plane: ControlPlane) -> Iterator[str]:
    mode = plane.authentication_mode
    if mode and mode not in AUTHENTICATION_MODES:
        yield f"has authentication mode {word(mode)}, and HyperPod takes API and API_AND_CONFIG_MAP."
    if plane.addons is None or plane.auto_mode:
        return
    cni = plane.addon(_CNI)
    if cni and (numbers := _numbers(cni.version)) and numbers < OLDEST_CNI:
        yield f"has VPC CNI {word(cni.version)}, and HyperPod asks for 1.18.3 or later."
    if plane.addon(_AGENT) is None:
        yield "has no Pod Identity agent, without which HyperPod's pods get no roles."


def _numbers(version: str) -> tuple[int, ...] | None:
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    return tuple(map(int, found.groups())) if found else None


def _span() -> str:
    ordered = sorted(VERSIONS, key=lambda each: tuple(map(int, each.split("."))))
    return f"{ordered[0]} to {ordered[-1]}"


RULES = (
    Rule(
        "hyperpod-prerequisites",
        Severity.HIGH,
        "an EKS cluster that is not as HyperPod asks of it",
        "Machines do not join, health checks and recovery do not work, or AWS refuses the next change.",
        "Set what is named in the unit of the EKS cluster; modules hold it where hyperpod is true.",
        frozenset({ClusterKind.HYPERPOD}),
        compare=_prerequisites,
    ),
)
