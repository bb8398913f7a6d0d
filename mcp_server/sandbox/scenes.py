"""What is put into a world at once: capacity that is owned, and the clusters that use it."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]
Some = Annotated[int, Field(ge=1)]


class NamedScene(StrEnum):
    """Scenes that are made for whatever clusters a world has."""

    CLUSTERS = "clusters"


class Piece(BaseModel):
    """A part of a scene. account is a name or a number of the world."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Capacity(Piece):
    """`count` instances that are owned from start to end."""

    key: str
    account: str
    region: str
    instance_type: str
    count: Some
    zone_id: str
    start: AwareDatetime
    end: AwareDatetime
    tags: dict[str, str] = {}


class Block(Capacity):
    """An owned Capacity Block; key is what groups of the scene call it by."""


class Plan(Capacity):
    """An owned training plan for HyperPod, of ml.… instances; key is its name, too."""


class NodeGroup(Piece):
    """A managed node group, or with karpenter machines that Karpenter started for a NodePool of this name.

    zone_ids are where its subnets are, every zone of the network if none is named. block is the key of a block.
    """

    name: str
    instance_type: str
    count: Count
    minimum: Count = 0
    maximum: Some | None = None
    zone_ids: tuple[str, ...] = ()
    block: str | None = None
    karpenter: bool = False


class EksCluster(Piece):
    """A cluster of EKS. addons are versions by name."""

    account: str
    region: str
    name: str
    version: str
    groups: tuple[NodeGroup, ...] = ()
    addons: dict[str, str] = {}
    authentication_mode: str = "API"
    auto_mode: bool = False


class InstanceGroup(Piece):
    """An instance group of HyperPod; plan is the key of a training plan, else its machines are paid by the hour."""

    name: str
    instance_type: str
    count: Count
    minimum: Count = 0
    zone_id: str | None = None
    plan: str | None = None
    restricted: bool = False


class HyperPodCluster(Piece):
    """A cluster of HyperPod, orchestrated by the EKS cluster named (of the same account and region), else by Slurm."""

    account: str
    region: str
    name: str
    eks: str | None = None
    continuous: bool = False
    groups: tuple[InstanceGroup, ...] = ()


class Queue(Piece):
    """A queue of ParallelCluster with one compute resource, `nodes`, of which `running` run; block is a block's key."""

    name: str
    instance_type: str
    minimum: Count = 0
    maximum: Some
    running: Count = 0
    zone_id: str | None = None
    block: str | None = None


class ParallelCluster(Piece):
    """A cluster of ParallelCluster, with the status of its stack and that of its fleet."""

    account: str
    region: str
    name: str
    version: str
    queues: tuple[Queue, ...]
    login_nodes: Count = 0
    stack_status: str = "CREATE_COMPLETE"
    fleet_status: str = "RUNNING"


class Scene(Piece):
    """Everything that is put into a world at once."""

    blocks: tuple[Block, ...] = ()
    plans: tuple[Plan, ...] = ()
    eks: tuple[EksCluster, ...] = ()
    hyperpod: tuple[HyperPodCluster, ...] = ()
    parallelclusters: tuple[ParallelCluster, ...] = ()
