"""Puts the clusters that a world begins with into it when somebody first looks: most clients never do."""

from contextlib import AbstractContextManager
from datetime import datetime

from mcp_server.sandbox import scenes
from mcp_server.sandbox.messages import Arrival
from mcp_server.sandbox.moto_stage import Stage, randomness
from mcp_server.sandbox.owning import Owned
from mcp_server.sandbox.putting import Stagehand, number
from mcp_server.sandbox.seeding import seeded

_OUTSIDE = frozenset({"cloudformation", "dynamodb", "resourcegroupstaggingapi", "s3"})
_INSIDE = frozenset({"autoscaling", "eks"})
_MACHINES = frozenset(
    {
        "DescribeInstanceAttribute",
        "DescribeInstanceStatus",
        "DescribeInstances",
        "DescribeLaunchTemplateVersions",
        "DescribeLaunchTemplates",
        "DescribeNetworkInterfaces",
        "DescribeTags",
        "DescribeVolumes",
        "GetLaunchTemplateData",
    }
)
_NO_MATTER = frozenset({"PurchaseCapacityBlock", "PurchaseCapacityBlockExtension"})


class AlreadyThere(Exception):
    """A named scene has been put in before."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The scene {name} is there already.")


class Settlement:
    """The clusters of a world's population, made as of its beginning (UTC), whenever that is."""

    def __init__(self, stage: Stage, began: datetime) -> None:
        self._stage, self._began = stage, began
        self._inside = self._outside = False
        self._scene = scenes.Scene()
        self._put = set[str]()

    def put_once(self, name: str) -> None:
        """Note that a named scene is put in.

        Raises:
            AlreadyThere: It was before.
        """
        if name in self._put:
            raise AlreadyThere(name)
        self._put.add(name)

    def see(self, arrival: Arrival) -> None:
        """Make what a request could see, or what it would change the place of."""
        if arrival.service in _OUTSIDE:
            self.complete()
        elif arrival.service in _INSIDE or _sees_machines(arrival):
            self._make_inside()

    def complete(self) -> None:
        """Make all of it."""
        self._make_inside()
        if not self._outside:
            self._outside = True
            with self._stage.simulation.clock.pinned(self._began), self._random("outside"):
                keep_outside(self._stage, self._scene, Owned({}, {}), self._began)

    def _make_inside(self) -> None:
        if self._inside:
            return
        self._inside = True
        simulation = self._stage.simulation
        self._scene = seeded(simulation)
        with simulation.clock.pinned(self._began), self._random("inside"):
            Stagehand(simulation, self._stage.of, self._began).put(self._scene)

    def _random(self, what: str) -> AbstractContextManager[None]:
        return randomness(self._stage.simulation.seed, "clusters", what)


def keep_outside(stage: Stage, scene: scenes.Scene, owned: Owned, now: datetime) -> None:
    """Put in what the ParallelClusters of a scene keep outside EC2."""
    if not scene.parallelclusters:
        return
    # It loads every service of moto, which most clients never need.
    from mcp_server.sandbox import parallelclusters  # noqa: PLC0415

    for each in scene.parallelclusters:
        account = number(stage.simulation, each.account)
        with stage.of(account):
            parallelclusters.keep_outside(account, each, owned, now)


def _sees_machines(arrival: Arrival) -> bool:
    if arrival.service == "sagemaker":
        return "Cluster" in arrival.operation or arrival.operation in {"AddTags", "DeleteTags", "ListTags"}
    if arrival.service != "ec2":
        return False
    changes = arrival.changes and arrival.operation not in _NO_MATTER
    return changes or arrival.operation in _MACHINES
