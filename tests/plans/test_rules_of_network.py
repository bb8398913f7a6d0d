"""The rule about networks, on small changes in the shapes that the aws provider has."""

from typing import Any

import pytest

from tests.plans.test_rules_of_access import seen

TO_ALL = {"destination_cidr_block": "0.0.0.0/0", "route_table_id": "rtb-1"}
NAT, OTHER_NAT = {**TO_ALL, "nat_gateway_id": "nat-1"}, {**TO_ALL, "nat_gateway_id": "nat-2"}


def table(**targets: str) -> dict[str, Any]:
    """A route table with routes within it: to addresses by the second number of them."""
    routes = [
        {"cidr_block": f"10.{name[1:]}.0.0/16", "gateway_id": "", "nat_gateway_id": targets[name]} for name in targets
    ]
    return {"id": "rtb-1", "route": routes}


def attached(*subnets: str, **more: Any) -> dict[str, Any]:
    """A network's attachment to a transit gateway."""
    return {"subnet_ids": list(subnets), **more}


PROPAGATION = "transit_gateway_default_route_table_propagation"


@pytest.mark.parametrize(
    ("kind", "before", "after", "sees"),
    [
        ("aws_route", NAT, OTHER_NAT, True),
        ("aws_route", NAT, {**TO_ALL, "transit_gateway_id": "tgw-1"}, True),
        ("aws_route", NAT, TO_ALL, True),
        ("aws_route", NAT, {**NAT, "state": "active"}, False),
        ("aws_route", None, NAT, False),
        ("aws_route_table", table(n1="nat-1", n2="nat-1"), table(n2="nat-1"), True),
        ("aws_route_table", table(n1="nat-1"), table(n1="nat-2"), True),
        ("aws_route_table", table(n1="nat-1"), table(n1="nat-1", n2="nat-2"), False),
        ("aws_route_table", table(n1="nat-1", n2="nat-1"), table(n2="nat-1", n1="nat-1"), False),
        ("aws_route_table_association", {"route_table_id": "rtb-1"}, {"route_table_id": "rtb-2"}, True),
        ("aws_route_table_association", {"route_table_id": "rtb-1"}, {"route_table_id": "rtb-1", "region": "r"}, False),
        ("aws_ec2_transit_gateway", {"id": "tgw-1"}, None, True),
        ("aws_ec2_transit_gateway", {"id": "tgw-1"}, {"id": "tgw-1", "tags": {"a": "b"}}, False),
        ("aws_ec2_transit_gateway_vpc_attachment", attached("a", "b"), attached("a"), True),
        ("aws_ec2_transit_gateway_vpc_attachment", attached("a"), attached("b", "a"), False),
        ("aws_ec2_transit_gateway_vpc_attachment", {PROPAGATION: True}, {PROPAGATION: False}, True),
        ("aws_ec2_transit_gateway_vpc_attachment", {PROPAGATION: False}, {PROPAGATION: True}, False),
        ("aws_egress_only_internet_gateway", {"id": "eigw-1"}, None, True),
        ("aws_vpc", {"enable_dns_support": True}, {"enable_dns_support": False}, True),
        ("aws_vpc_endpoint", {"route_table_ids": ["rtb-1", "rtb-2"]}, {"route_table_ids": ["rtb-1"]}, True),
        ("aws_vpc_endpoint", {"route_table_ids": ["rtb-1"]}, {"route_table_ids": ["rtb-1", "rtb-2"]}, False),
    ],
)
def test_a_way_that_leads_elsewhere_is_seen(kind: str, before: Any, after: Any, sees: bool) -> None:
    """Also in place; a way more is none less."""
    assert (seen(kind, before, after).get("network-replaced") == "high") is sees


def test_routes_that_nobody_knows_yet_are_less_than_those_that_go() -> None:
    """Terraform tells after it has applied."""
    unknown = {"route": True}
    found = seen("aws_route_table", table(n1="nat-1"), {"id": "rtb-1"}, after_unknown=unknown)
    assert found == {"network-replaced": "medium"}
