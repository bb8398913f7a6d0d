"""Puts scenes into a world: what is in them is there at once, made by the same operations that clients call."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.ec2.models import ec2_backends

from mcp_server.sandbox import scenes
from mcp_server.sandbox.call import Call, Caller
from mcp_server.sandbox.eks_access import create_access_entry, create_pod_identity_association
from mcp_server.sandbox.eks_addons import create_addon
from mcp_server.sandbox.eks_clusters import create_cluster as create_eks_cluster
from mcp_server.sandbox.eks_node_groups import IMAGE, ON_BLOCK, create_nodegroup
from mcp_server.sandbox.hyperpod import NODE_TAKES
from mcp_server.sandbox.launches import BLOCK_MARKET
from mcp_server.sandbox.owning import Owned, own
from mcp_server.sandbox.sagemaker_clusters import create_cluster as create_hyperpod_cluster
from mcp_server.sandbox.sagemaker_clusters import update_cluster as update_hyperpod_cluster
from mcp_server.sandbox.simulation import Simulation

Within = Callable[[str], AbstractContextManager[None]]
"""Makes an account the one that moto acts for."""


class NotInThisWorld(Exception):
    """A scene names something that the world or the scene does not have."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"There is no {what}.")


@dataclass(frozen=True, slots=True)
class Stagehand:
    """Puts things into a simulation at a moment (UTC)."""

    simulation: Simulation
    within: Within
    now: datetime

    def put(self, scene: scenes.Scene) -> Owned:
        """Put a scene in, except what ParallelCluster keeps outside EC2. Returns what is owned, by key.

        A cluster that is there already gets the groups and add-ons of the scene's besides its own.

        Raises:
            NotInThisWorld: It names an account, a zone or a network that is not there.
            AwsError: AWS would refuse a part of it.
        """
        owned = own(self.simulation, scene, self.now)
        for eks in scene.eks:
            self._put_eks(eks, owned)
        for hyperpod in scene.hyperpod:
            self._put_hyperpod(hyperpod, owned)
        for cluster in scene.parallelclusters:
            self._put_machines(cluster, owned)
        return owned

    def _put_eks(self, wanted: scenes.EksCluster, owned: Owned) -> None:
        account = number(self.simulation, wanted.account)
        subnets = subnets_by_zone(account, wanted.region)
        params = {
            "name": wanted.name,
            "version": wanted.version,
            "roleArn": f"arn:aws:iam::{account}:role/{wanted.name}-cluster",
            "resourcesVpcConfig": {"subnetIds": list(subnets.values()), "endpointPrivateAccess": True},
            "accessConfig": {"authenticationMode": wanted.authentication_mode},
            "computeConfig": {"enabled": wanted.auto_mode},
            "tags": {"ManagedBy": "terraform"},
        }
        with self.within(account):
            found = self.simulation.kubernetes.find(account, wanted.region, wanted.name, self.now)
            if found is None:
                self._call(create_eks_cluster, account, wanted.region, params)
                found = self.simulation.kubernetes.get(account, wanted.region, wanted.name)
                found.lifetime.until = self.now
                self._let_in(account, wanted)
            for addon, version in wanted.addons.items():
                named = {"clusterName": wanted.name, "addonName": addon, "addonVersion": version}
                self._call(create_addon, account, wanted.region, named)
                found.addons[addon].lifetime.until = self.now
            for group in wanted.groups:
                if group.karpenter:
                    self._start_for_karpenter(account, wanted, group, subnets, owned)
                else:
                    self._put_group(account, wanted, group, subnets, owned)
                    found.groups[group.name].lifetime.until = self.now

    def _let_in(self, account: str, cluster: scenes.EksCluster) -> None:
        """Nodes and Terraform into the cluster, and the driver of FSx to its role."""
        named, roles = {"clusterName": cluster.name}, f"arn:aws:iam::{account}:role"
        for role, kind in ((f"{cluster.name}-node", "EC2_LINUX"), ("TerraformExecutionRole", "STANDARD")):
            entry = named | {"principalArn": f"{roles}/{role}", "type": kind}
            self._call(create_access_entry, account, cluster.region, entry)
        driver = {"namespace": "kube-system", "serviceAccount": "fsx-csi-controller-sa"}
        association = named | driver | {"roleArn": f"{roles}/{cluster.name}-fsx"}
        self._call(create_pod_identity_association, account, cluster.region, association)

    def _put_group(
        self,
        account: str,
        cluster: scenes.EksCluster,
        group: scenes.NodeGroup,
        subnets: Mapping[str, str],
        owned: Owned,
    ) -> None:
        params: dict[str, Any] = {
            "clusterName": cluster.name,
            "nodegroupName": group.name,
            "subnets": chosen(subnets, group.zone_ids),
            "nodeRole": f"arn:aws:iam::{account}:role/{cluster.name}-node",
            "scalingConfig": {
                "minSize": group.minimum,
                "maxSize": group.maximum or max(group.count, 1),
                "desiredSize": group.count,
            },
        }
        if group.block:
            data = {
                "ImageId": IMAGE,
                "InstanceType": group.instance_type,
                "InstanceMarketOptions": {"MarketType": BLOCK_MARKET},
                "CapacityReservationSpecification": {
                    "CapacityReservationTarget": {"CapacityReservationId": owned.block(group.block)}
                },
            }
            backend = ec2_backends[account][cluster.region]
            template = backend.create_launch_template(f"{cluster.name}-{group.name}", "", data, {})
            params |= {"capacityType": ON_BLOCK, "launchTemplate": {"id": template.id, "version": "1"}}
        else:
            params |= {"instanceTypes": [group.instance_type]}
        self._call(create_nodegroup, account, cluster.region, params)

    def _start_for_karpenter(
        self,
        account: str,
        cluster: scenes.EksCluster,
        group: scenes.NodeGroup,
        subnets: Mapping[str, str],
        owned: Owned,
    ) -> None:
        tags = {
            "Name": f"{cluster.name}-{group.name}",
            "karpenter.sh/nodepool": group.name,
            "karpenter.k8s.aws/ec2nodeclass": group.name,
            "eks:eks-cluster-name": cluster.name,
            f"kubernetes.io/cluster/{cluster.name}": "owned",
        }
        subnet = chosen(subnets, group.zone_ids)[0]
        block = owned.block(group.block) if group.block else None
        start(self.simulation, (account, cluster.region), group.instance_type, group.count, subnet, tags, block)

    def _put_hyperpod(self, wanted: scenes.HyperPodCluster, owned: Owned) -> None:
        account = number(self.simulation, wanted.account)
        subnets = subnets_by_zone(account, wanted.region)
        groups = [(each.restricted, self._instance_group(account, each, subnets, owned)) for each in wanted.groups]
        arn = f"arn:aws:eks:{wanted.region}:{account}:cluster/{wanted.eks}"
        params: dict[str, Any] = {
            "ClusterName": wanted.name,
            "InstanceGroups": [asked for restricted, asked in groups if not restricted],
            "RestrictedInstanceGroups": [asked for restricted, asked in groups if restricted],
            "VpcConfig": {"SecurityGroupIds": ["sg-0efa0000000000001"], "Subnets": list(subnets.values())[:1]},
            "NodeRecovery": "Automatic",
            "Tags": [{"Key": "ManagedBy", "Value": "terraform"}],
        }
        if wanted.continuous:
            params["NodeProvisioningMode"] = "Continuous"
        known = self.simulation.hyperpod.find(account, wanted.region, wanted.name, self.now)
        if known is None:
            params["Orchestrator"] = {"Eks": {"ClusterArn": arn}} if wanted.eks else {"Slurm": {}}
        operation = update_hyperpod_cluster if known else create_hyperpod_cluster
        with self.within(account):
            self._call(operation, account, wanted.region, params)
        found = self.simulation.hyperpod.get(account, wanted.region, wanted.name)
        found.lifetime.until = self.now
        for _, asked in groups:
            for node in found.groups[asked["InstanceGroupName"]].nodes:
                node.launched = self.now - NODE_TAKES

    def _instance_group(
        self, account: str, group: scenes.InstanceGroup, subnets: Mapping[str, str], owned: Owned
    ) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "InstanceGroupName": group.name,
            "InstanceType": group.instance_type,
            "InstanceCount": group.count,
            "ExecutionRole": f"arn:aws:iam::{account}:role/ml-clusters-hyperpod",
            "ThreadsPerCore": 1,
            "LifeCycleConfig": {
                "SourceS3Uri": f"s3://sagemaker-ml-clusters-{account}/lifecycle-scripts",
                "OnCreate": "on_create.sh",
            },
        }
        if group.minimum:
            asked["MinInstanceCount"] = group.minimum
        if group.plan:
            asked["TrainingPlanArn"] = owned.plan(group.plan)
        if group.zone_id:
            subnet = chosen(subnets, (group.zone_id,))
            asked["OverrideVpcConfig"] = {"SecurityGroupIds": ["sg-0efa0000000000001"], "Subnets": subnet}
        return asked

    def _put_machines(self, cluster: scenes.ParallelCluster, owned: Owned) -> None:
        account = number(self.simulation, cluster.account)
        subnets, place = subnets_by_zone(account, cluster.region), (account, cluster.region)
        shared = {
            "parallelcluster:cluster-name": cluster.name,
            "parallelcluster:attributes": f"alinux2023, slurm, {cluster.version}, x86_64",
            "parallelcluster:version": cluster.version,
        }
        first = next(iter(subnets.values()))
        with self.within(account):
            known = head_node(account, cluster.region, cluster.name)
            for kind, type_, count in (
                () if known else (("HeadNode", "m7i.2xlarge", 1), ("LoginNode", "m7i.large", cluster.login_nodes))
            ):
                tags = shared | {"Name": kind, "parallelcluster:node-type": kind}
                start(self.simulation, place, type_, count, first, tags, None)
            for queue in cluster.queues:
                tags = shared | {
                    "Name": "Compute",
                    "parallelcluster:node-type": "Compute",
                    "parallelcluster:queue-name": queue.name,
                    "parallelcluster:compute-resource-name": "nodes",
                }
                subnet = chosen(subnets, (queue.zone_id,) if queue.zone_id else ())[0]
                block = owned.block(queue.block) if queue.block else None
                start(self.simulation, place, queue.instance_type, queue.running, subnet, tags, block)

    def _call(
        self,
        operation: Callable[[Simulation, Call], dict[str, Any]],
        account: str,
        region: str,
        params: Mapping[str, Any],
    ) -> None:
        operation(self.simulation, Call("", region, Caller(account, "", "", ""), self.now, params))


def number(simulation: Simulation, account: str) -> str:
    """The number of an account of the world.

    Raises:
        NotInThisWorld: It has none of this name or number.
    """
    numbers = simulation.population.numbers
    found = numbers.get(account, account)
    if found not in numbers.values():
        raise NotInThisWorld(f"account {account}")
    return found


def subnets_by_zone(account: str, region: str) -> dict[str, str]:
    """A private subnet for each zone id, where the world has a network.

    Raises:
        NotInThisWorld: It has none there.
    """
    known: list[Any] = ec2_backends[account][region].describe_subnets(filters={"tag:Tier": ["private"]})
    if not known:
        raise NotInThisWorld(f"network of {account} in {region}")
    return {each.availability_zone_id: each.id for each in known}


def chosen(subnets: Mapping[str, str], zone_ids: tuple[str, ...]) -> list[str]:
    """The subnets of these zones, of all if none is named.

    Raises:
        NotInThisWorld: One has no subnet.
    """
    for zone_id in zone_ids:
        if zone_id not in subnets:
            raise NotInThisWorld(f"subnet in {zone_id}")
    return [subnets[zone_id] for zone_id in zone_ids or subnets]


def head_node(account: str, region: str, cluster: str) -> Any:
    """Moto's instance that is the head node of a ParallelCluster, None if there is none."""
    wanted = {
        "tag:parallelcluster:cluster-name": [cluster],
        "tag:parallelcluster:node-type": ["HeadNode"],
        "instance-state-name": ["running"],
    }
    found: list[Any] = ec2_backends[account][region].all_reservations(filters=wanted)
    return found[0].instances[0] if found else None


def start(
    simulation: Simulation,
    place: tuple[str, str],
    instance_type: str,
    count: int,
    subnet: str,
    tags: Mapping[str, str],
    reservation_id: str | None,
) -> None:
    """Start machines in an account and region (place), in a reservation if one is named."""
    account, region = place
    if not count:
        return
    started = ec2_backends[account][region].run_instances(
        IMAGE,
        count,
        None,
        [],
        instance_type=instance_type,
        subnet_id=subnet,
        is_instance_type_default=False,
        tags={"instance": dict(tags)},
    )
    reservation = simulation.estate.find(reservation_id) if reservation_id else None
    if reservation:
        simulation.launches.add(account, region, started.instances, reservation)
