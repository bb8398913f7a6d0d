"""Whose accounts a world has, and where their networks and clusters are: those of a live tree, else built-in ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Any, Final

from mcp_server.sandbox.accounts import MAIN, SECONDARY, Account

DEFAULT_KUBERNETES: Final = "1.34"
DEFAULT_PARALLELCLUSTER: Final = "3.16.1"


@dataclass(frozen=True, slots=True)
class Network:
    """The VPC of one account in one region, with subnets in these zones; in all of the region's if none is named."""

    account: Account
    region: str
    cidr: IPv4Network
    zone_ids: tuple[str, ...] = ()


class ClusterKind(StrEnum):
    """What runs a cluster."""

    EKS = "eks"
    HYPERPOD_EKS = "hyperpod-eks"
    HYPERPOD_SLURM = "hyperpod-slurm"
    PARALLELCLUSTER = "parallelcluster"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that is there from the beginning. version is Kubernetes' or ParallelCluster's, empty for HyperPod."""

    kind: ClusterKind
    name: str
    account: Account
    region: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Population:
    """Accounts, of which the first is whose credentials clients have, networks, and clusters in these."""

    accounts: tuple[Account, ...]
    networks: tuple[Network, ...]
    clusters: tuple[Cluster, ...] = ()

    @property
    def first(self) -> Account:
        """Whose credentials clients have."""
        return self.accounts[0]

    @property
    def numbers(self) -> dict[str, str]:
        """The accounts' numbers by their names."""
        return {each.name: each.number for each in self.accounts}

    def as_json(self) -> dict[str, Any]:
        """What from_json reads."""
        networks = [[each.account.name, each.region, str(each.cidr), [*each.zone_ids]] for each in self.networks]
        clusters = [[each.kind, each.name, each.account.name, each.region, each.version] for each in self.clusters]
        return {"accounts": self.numbers, "networks": networks, "clusters": clusters}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Population":
        """What as_json wrote.

        Raises:
            KeyError, TypeError, ValueError: It is something else.
        """
        accounts = {name: Account(name, number) for name, number in data["accounts"].items()}
        networks = (
            Network(accounts[name], region, IPv4Network(cidr), tuple(zone_ids))
            for name, region, cidr, zone_ids in data["networks"]
        )
        clusters = (
            Cluster(ClusterKind(kind), name, accounts[account], region, version)
            for kind, name, account, region, version in data.get("clusters", ())
        )
        return cls(tuple(accounts.values()), tuple(networks), tuple(clusters))


BUILT_IN: Final = Population(
    (MAIN, SECONDARY),
    (
        Network(MAIN, "us-east-1", IPv4Network("10.0.0.0/16")),
        Network(MAIN, "us-west-2", IPv4Network("10.1.0.0/16")),
        Network(SECONDARY, "us-east-1", IPv4Network("10.2.0.0/16")),
        Network(SECONDARY, "us-west-2", IPv4Network("10.3.0.0/16")),
    ),
    (
        Cluster(ClusterKind.EKS, "ml-clusters-training", MAIN, "us-east-1", DEFAULT_KUBERNETES),
        Cluster(ClusterKind.PARALLELCLUSTER, "ml-clusters-slurm", MAIN, "us-east-1", DEFAULT_PARALLELCLUSTER),
        Cluster(ClusterKind.EKS, "ml-clusters-inference", MAIN, "us-west-2", DEFAULT_KUBERNETES),
        Cluster(ClusterKind.EKS, "ml-clusters-training", SECONDARY, "us-west-2", DEFAULT_KUBERNETES),
        Cluster(ClusterKind.HYPERPOD_EKS, "ml-clusters-eks", SECONDARY, "us-west-2"),
        Cluster(ClusterKind.HYPERPOD_SLURM, "ml-clusters-slurm", SECONDARY, "us-west-2"),
    ),
)
