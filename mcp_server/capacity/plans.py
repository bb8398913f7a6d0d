"""SageMaker training plans: what they serve, and what AWS would sell."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mcp_server.capacity.instance_types import InstanceType
from mcp_server.capacity.stays import OverStays, Stay


class TargetResource(StrEnum):
    """What a training plan serves; it can serve nothing else (SageMaker guide, Reserve training plans)."""

    TRAINING_JOB = "training-job"
    HYPERPOD = "hyperpod-cluster"
    ENDPOINT = "endpoint"
    STUDIO = "studio-apps"

    @property
    def one_zone(self) -> bool:
        """Whether all of a plan must be in one zone to serve it: an instance group of HyperPod is in one."""
        return self is self.HYPERPOD

    def termination_lead(self, kind: InstanceType) -> timedelta:
        """How long before an end AWS takes the machines back.

        30 minutes from training jobs, 60 from HyperPod (SageMaker guide, Reserve training plans). For the others the
        guide says nothing: the longer one is assumed, as for UltraServers.
        """
        return timedelta(minutes=30 if self is self.TRAINING_JOB and not kind.ultraserver else 60)


@dataclass(frozen=True, slots=True)
class PlanProbe:
    """One question to SearchTrainingPlanOfferings: all that must be sent again to find the same offering."""

    instance_type: InstanceType
    count: int
    days: int
    target: TargetResource
    earliest_start: datetime | None
    latest_end: datetime | None


@dataclass(frozen=True, slots=True)
class PlanOffering(OverStays):
    """A training plan that AWS would sell now, for one target. It is not held: read it again before buying.

    count is of instances, or of UltraServers where the type is one. fee is the whole price, paid at once, in currency.
    parts are its reserved capacities: a plan may be split into two, with a gap between them and each in a zone of its
    own; AWS tells no fee of a part. Only the account that buys a plan can use it.
    """

    id: str
    account: str
    region: str
    instance_type: InstanceType
    count: int
    fee: Decimal
    currency: str
    target: TargetResource
    parts: tuple[Stay, ...]

    @property
    def stays(self) -> tuple[Stay, ...]:
        """Its parts."""
        return self.parts

    @property
    def lead(self) -> timedelta:
        """How long before an end AWS takes the machines back."""
        return self.target.termination_lead(self.instance_type)

    @property
    def terms(self) -> tuple[str, ...]:
        """What makes this the same offering when it is searched for again, possibly under a new id."""
        parts = (
            f"{each.zone.name} {each.count} {each.start.isoformat()} {each.end.isoformat()}" for each in self.parts
        )
        return (
            self.account,
            self.region,
            self.instance_type.name,
            str(self.target),
            str(self.fee),
            self.currency,
            *parts,
        )
