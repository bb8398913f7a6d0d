"""What Auto Scaling starts: spread over a group's subnets, and in a reservation where its launch template names one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import cycle, islice
from typing import Any, TypeAlias

from moto.autoscaling.models import ASG_NAME_TAG, InstanceState, autoscaling_backends

from mcp_server.sandbox.call import AwsError, Call, Caller
from mcp_server.sandbox.capacity_blocks import Reservation
from mcp_server.sandbox.launches import check_launch, wanted_reservation
from mcp_server.sandbox.simulation import Simulation

Group: TypeAlias = Any
"""moto's Auto Scaling group."""


def fill(simulation: Simulation, group: Group, missing: int, tags: Mapping[str, str], now: datetime) -> None:
    """Start the instances that a group lacks. Those that cannot be had now are tried again whenever time has passed."""
    wanted = template_of(group)
    try:
        subnets, count, reservation = _room(simulation, group, wanted, missing, now)
    except AwsError as error:
        simulation.shortages.note(_key(group), f"{error.code} - {error.message}")
        return
    simulation.shortages.forget(_key(group))
    for subnet, share in _shares(subnets, count).items():
        instances = _start(group, share, subnet, {**tags, ASG_NAME_TAG: group.name, **group.instance_tags})
        if reservation:
            simulation.launches.add(group.account_id, group.region, instances, reservation)
    if count < missing:
        words = "The Capacity Reservation does not have sufficient capacity."
        simulation.shortages.note(_key(group), f"ReservationCapacityExceeded - {words}")


def settle(simulation: Simulation, now: datetime) -> None:
    """Let every group that lacks instances try again."""
    for account, region, name in simulation.shortages.groups():
        group = find_group(account, region, name)
        missing = (group.desired_capacity or 0) - len(group.active_instances()) if group else 0
        if group and missing > 0:
            fill(simulation, group, missing, group.get_propagated_tags(), now)
        else:
            simulation.shortages.forget((account, region, name))


def find_group(account: str, region: str, name: str) -> Group | None:
    """An Auto Scaling group by its name."""
    return autoscaling_backends[account][region].autoscaling_groups.get(name)


def template_of(group: Group) -> Mapping[str, Any]:
    """The data of a group's launch template, empty where it has a launch configuration."""
    template = group.ec2_launch_template
    return template.get_version(group.launch_template_version).data if template else {}


def _key(group: Group) -> tuple[str, str, str]:
    return group.account_id, group.region, group.name


def _room(
    simulation: Simulation, group: Group, wanted: Mapping[str, Any], missing: int, now: datetime
) -> tuple[Sequence[str | None], int, Reservation | None]:
    """In which of a group's subnets how many of the missing instances can start, and in which reservation.

    Raises:
        AwsError: None can.
    """
    subnets: Sequence[str] = group.vpc_zone_identifier.split(",") if group.vpc_zone_identifier else ()
    call = Call("RunInstances", group.region, Caller(group.account_id, "", "", ""), now, wanted)
    reservation_id = wanted_reservation(call)
    if reservation_id is None:
        return subnets or (None,), missing, None
    reservation = simulation.estate.find(reservation_id)
    if reservation is None or reservation.visible_from > now:
        raise AwsError(
            "InvalidCapacityReservationId.NotFound", f"The capacity reservation ID '{reservation_id}' does not exist"
        )
    zone = simulation.letters.name(group.account_id, group.region, reservation.segment.zone_id)
    free = simulation.available(reservation, now)
    check_launch(call, reservation, zone, free)
    known = group.ec2_backend.describe_subnets(subnet_ids=list(subnets))
    inside = [each.id for each in known if each.availability_zone == zone]
    if not inside:
        raise AwsError("InvalidParameterValue", "The Availability Zone is not that of the Capacity Reservation.")
    return inside, min(missing, free), reservation


def _shares(subnets: Sequence[str | None], count: int) -> Mapping[str | None, int]:
    shares = dict.fromkeys(subnets, 0)
    for subnet in islice(cycle(subnets), count):
        shares[subnet] += 1
    return {subnet: share for subnet, share in shares.items() if share}


def _start(group: Group, count: int, subnet: str | None, tags: Mapping[str, str]) -> Sequence[Any]:
    config, template = group.launch_config, group.ec2_launch_template
    started = group.ec2_backend.run_instances(
        group.image_id,
        count,
        group.user_data,
        group.security_groups,
        instance_type=group.instance_type or _first_override(group),
        tags={"instance": dict(tags)},
        launch_config=config,
        launch_template={"LaunchTemplateId": template.id} if template else None,
        is_instance_type_default=False,
        associate_public_ip=config.associate_public_ip_address if config else None,
        subnet_id=subnet,
        placement=None if subnet else group.availability_zones[0],
    ).instances
    for each in started:
        each.autoscaling_group = group
        protected = group.new_instances_protected_from_scale_in
        group.instance_states.append(InstanceState(each, protected_from_scale_in=protected))
    return started


def _first_override(group: Group) -> str:
    """The type that a group with several takes first."""
    policy: Mapping[str, Any] = group.mixed_instances_policy or {}
    overrides: Sequence[Mapping[str, str]] = policy.get("LaunchTemplate", {}).get("Overrides", ())
    return next((each["InstanceType"] for each in overrides if "InstanceType" in each), "m5.large")
