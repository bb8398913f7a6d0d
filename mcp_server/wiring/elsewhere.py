"""Capacity for what is not in the tree: it is pasted there by hand. What is looked at before. Pure; times are UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import quoted, word
from mcp_server.clusters.model import User
from mcp_server.wiring.checks import (
    PLATFORM,
    Check,
    enough,
    passed,
    plan_target,
    stopped,
    time_left,
    usable_state,
    warned,
)
from mcp_server.wiring.places import Wired


class Elsewhere(StrEnum):
    """What takes capacity and is not in the tree, by the word under which people ask for it."""

    LAUNCH_TEMPLATE = "launch-template"
    RUN_INSTANCES = "run-instances"
    SKYPILOT = "skypilot"
    DSTACK = "dstack"
    CLUSTER_API = "cluster-api"
    TRAINING_JOB = "training-job"
    ENDPOINT = "endpoint"

    @property
    def called(self) -> str:
        """What its own documentation calls it."""
        return _CALLED[self]

    @property
    def serves(self) -> TargetResource | None:
        """What a plan must have been bought for, to be used by it; None of what takes blocks."""
        return _SERVES.get(self)

    @property
    def takes_plans(self) -> bool:
        """Whether it takes training plans, and no blocks."""
        return self.serves is not None

    @property
    def any_image(self) -> bool:
        """Whether whoever pastes it chooses the image, and with it the platform."""
        return self in {Elsewhere.LAUNCH_TEMPLATE, Elsewhere.RUN_INSTANCES}


_CALLED = {
    Elsewhere.LAUNCH_TEMPLATE: "EC2 launch template",
    Elsewhere.RUN_INSTANCES: "EC2 instance",
    Elsewhere.SKYPILOT: "SkyPilot task",
    Elsewhere.DSTACK: "dstack fleet",
    Elsewhere.CLUSTER_API: "Cluster API machine template",
    Elsewhere.TRAINING_JOB: "SageMaker training job",
    Elsewhere.ENDPOINT: "SageMaker endpoint",
}
_SERVES = {
    Elsewhere.TRAINING_JOB: TargetResource.TRAINING_JOB,
    Elsewhere.ENDPOINT: TargetResource.ENDPOINT,
}


class PastedByHand(RequestRefused):
    """A place in the tree, or an edit of it, was asked for together with something that is not in it."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        self.elsewhere = elsewhere
        super().__init__(
            f"What goes into the {elsewhere.called} is pasted by hand, and is in no unit: ask with capacity, target "
            "and count alone."
        )


@dataclass(frozen=True, slots=True)
class Use:
    """What is to be used where, and what is known of both. now is AWS's time, UTC.

    count is of machines. wired are all entries of the tree; users are groups that use the capacity in AWS, None where
    they could not all be read.
    """

    elsewhere: Elsewhere
    reservation: OwnedReservation
    count: int
    wired: tuple[Wired, ...]
    users: tuple[User, ...] | None
    now: datetime
    simulated: bool


def checked_elsewhere(use: Use) -> tuple[Check, ...]:
    """Every check of using capacity outside the tree, in one order, passed ones too."""
    reservation = use.reservation
    return (
        *_kind(use),
        _platform(use),
        enough(use.count, reservation.machines),
        usable_state(reservation),
        time_left(reservation, use.now),
        _others(use),
        _real(use),
    )


def _kind(use: Use) -> Iterator[Check]:
    plan, elsewhere = use.reservation.plan, use.elsewhere
    wanted = elsewhere.serves
    if plan is None and wanted:
        yield stopped(
            "kind",
            f"SageMaker takes no Capacity Block: a {elsewhere.called} takes training plans (search_training_plans with "
            f"target_resource {wanted}). This block is for EC2.",
        )
    elif plan and wanted is None:
        yield stopped(
            "kind", f"A training plan serves SageMaker alone, and no {elsewhere.called}: that takes a Capacity Block."
        )
    else:
        yield passed("kind", f"{elsewhere.called}s take {'training plans' if plan else 'Capacity Blocks'}.")
    if plan and wanted:
        yield plan_target(plan.targets, wanted, f"a {elsewhere.called}")


def _platform(use: Use) -> Check:
    platform = use.reservation.platform
    if use.reservation.plan:
        return passed("platform", "SageMaker brings its own image.")
    if platform == PLATFORM:
        return passed("platform", f"{platform}.")
    if use.elsewhere.any_image:
        return warned("platform", f"It is for {quoted(platform, 40)}, and so must be the image that you choose.")
    return stopped(
        "platform", f"It is for {quoted(platform, 40)}; images of the {use.elsewhere.called} are for {PLATFORM}."
    )


def _others(use: Use) -> Check:
    """Whether somebody has it already: machines may be left for others, which only their owner knows."""
    there = [str(each) for each in use.wired if each.capacity == use.reservation.id]
    if use.users is None:
        return warned("not in use", "Not all clusters could be read: one may use it already. See cluster_status.")
    there += [f"{word(each.group.name)} of {word(each.cluster.name)}" for each in use.users]
    if there:
        return warned("not in use", f"{'; '.join(there)} has it already: only what that leaves can be started.")
    return passed("not in use", "No unit names it, and no cluster uses it.")


def _real(use: Use) -> Check:
    if use.simulated:
        return warned("real", "AWS is simulated: its ids are good for nothing but simulated AWS.")
    return passed("real", "It is AWS that tells of it.")
