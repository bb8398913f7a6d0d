"""What a reservation or plan can be given to."""

from enum import StrEnum


class Target(StrEnum):
    """What takes capacity, by the word under which people ask for it."""

    NODE_GROUP = "node-group"
    NODE_CLASS = "node-class"
    QUEUE = "queue"
    INSTANCE_GROUP = "instance-group"

    @property
    def called(self) -> str:
        """What its own documentation calls it."""
        return _CALLED[self]

    @property
    def several(self) -> str:
        """The same of more than one."""
        return self.called + ("es" if self.called.endswith("s") else "s")

    @property
    def variable(self) -> str | None:
        """The variable of this repository's module that has an entry for each; None where it is no Terraform."""
        return _VARIABLES.get(self)

    @property
    def takes_plans(self) -> bool:
        """Whether it takes training plans, and no blocks (SageMaker guide, HyperPod and training plans)."""
        return self is Target.INSTANCE_GROUP


_CALLED = {
    Target.NODE_GROUP: "EKS managed node group",
    Target.NODE_CLASS: "Karpenter NodeClass",
    Target.QUEUE: "ParallelCluster queue",
    Target.INSTANCE_GROUP: "HyperPod instance group",
}
_VARIABLES = {
    Target.NODE_GROUP: "capacity_blocks",
    Target.QUEUE: "capacity_blocks",
    Target.INSTANCE_GROUP: "instance_groups",
}
