"""What the EC2 instances of a group come to."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.aws.instances import Instance
from mcp_server.clusters.machines import machines_of
from mcp_server.clusters.model import NodeState
from tests.clusters.worlds import BLOCK, ZONE

STATES = ["pending", "running", "shutting-down", "stopping", "stopped"]


def instance(number: int, state: str = "running", zone_id: str | None = ZONE, on: str | None = BLOCK) -> Instance:
    """A machine of a node group on the block."""
    launched = datetime(2026, 11, 1, tzinfo=UTC)
    return Instance(f"i-{number:017x}", "p5.48xlarge", state, zone_id, "us-east-1a", "subnet-1", on, launched, {})


@given(st.lists(st.tuples(st.sampled_from(STATES), st.booleans(), st.booleans()), max_size=40))
def test_machines_are_counted_and_only_the_unwell_are_kept(machines: list[tuple[str, bool, bool]]) -> None:
    """Healthy are those that run, pass their checks and suit Auto Scaling; the others are told one by one."""
    there = [instance(number, state) for number, (state, _, _) in enumerate(machines)]
    impaired = {each.id: "SystemStatus" for each, (_, sick, _) in zip(there, machines, strict=True) if sick}
    unhealthy = [each.id for each, (_, _, sick) in zip(there, machines, strict=True) if sick]
    counted = machines_of(there, impaired, {}, unhealthy)
    running = [each for each in machines if each[0] == "running"]
    healthy = [each for each in running if not (each[1] or each[2])]
    assert (counted.running, counted.healthy) == (len(running), len(healthy))
    assert len(counted.unwell) == len(machines) - len(healthy)
    assert sum(each.state is NodeState.IMPAIRED for each in counted.unwell) == len(running) - len(healthy)
    assert dict(counted.on) == ({BLOCK: len(running)} if running else {})


def test_two_thousand_healthy_machines_leave_no_rows() -> None:
    """However many, a group is as large as what is wrong in it."""
    counted = machines_of([instance(number) for number in range(2000)], {f"i-{7:017x}": "InstanceStatus"}, {})
    assert (counted.running, counted.healthy) == (2000, 1999)
    assert [each.id for each in counted.unwell] == [f"i-{7:017x}"]


def test_a_zone_is_told_by_the_machine_or_by_its_subnet() -> None:
    """And by neither where neither is known."""
    assert machines_of([instance(1)], {}, {}).zone_ids == (ZONE,)
    assert machines_of([instance(1, zone_id=None)], {}, {"subnet-1": "use1-az1"}).zone_ids == ("use1-az1",)
    assert machines_of([instance(1, zone_id=None)], {}, {}).zone_ids == ()


def test_machines_of_several_types_have_none_in_common() -> None:
    """Rather than that of the first."""
    other = instance(2)
    mixed = [instance(1), Instance(other.id, "g6.xlarge", "running", ZONE, "", None, None, None, {})]
    assert machines_of(mixed, {}, {}).instance_type is None
    assert machines_of(mixed[:1], {}, {}).instance_type == "p5.48xlarge"


def test_without_checks_nobody_knows_what_is_healthy() -> None:
    """Where machines run; those that do not are known all the same, and where none runs none is healthy."""
    counted = machines_of([instance(1), instance(2, "pending")], None, {})
    assert (counted.running, counted.healthy, len(counted.unwell)) == (1, None, 1)
    assert machines_of([instance(1, "stopped")], None, {}).healthy == 0
