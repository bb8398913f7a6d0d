"""The network under everything."""

from collections.abc import Callable, Iterable, Mapping

from mcp_server.monorepo.plans.changes import OF_WHAT_STANDS, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.clusters import destroyed
from mcp_server.monorepo.plans.sensitive import any_true
from mcp_server.monorepo.plans.values_at import all_told, at, listed, texts, told

_PARTS = frozenset(
    {
        "aws_customer_gateway",
        "aws_dx_connection",
        "aws_dx_gateway",
        "aws_dx_gateway_association",
        "aws_dx_private_virtual_interface",
        "aws_dx_transit_virtual_interface",
        "aws_ec2_transit_gateway",
        "aws_ec2_transit_gateway_connect",
        "aws_ec2_transit_gateway_peering_attachment",
        "aws_ec2_transit_gateway_peering_attachment_accepter",
        "aws_ec2_transit_gateway_prefix_list_reference",
        "aws_ec2_transit_gateway_route",
        "aws_ec2_transit_gateway_route_table",
        "aws_ec2_transit_gateway_route_table_association",
        "aws_ec2_transit_gateway_route_table_propagation",
        "aws_ec2_transit_gateway_vpc_attachment_accepter",
        "aws_egress_only_internet_gateway",
        "aws_eip",
        "aws_internet_gateway",
        "aws_internet_gateway_attachment",
        "aws_nat_gateway",
        "aws_subnet",
        "aws_vpc_dhcp_options_association",
        "aws_vpc_endpoint_route_table_association",
        "aws_vpc_endpoint_subnet_association",
        "aws_vpc_ipv4_cidr_block_association",
        "aws_vpc_ipv6_cidr_block_association",
        "aws_vpc_peering_connection",
        "aws_vpc_peering_connection_accepter",
        "aws_vpn_connection",
        "aws_vpn_connection_route",
        "aws_vpn_gateway",
        "aws_vpn_gateway_attachment",
        "aws_vpn_gateway_route_propagation",
    }
)
_TARGETS = (
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
)
_DESTINATIONS = (
    "cidr_block",
    "ipv6_cidr_block",
    "destination_cidr_block",
    "destination_ipv6_cidr_block",
    "destination_prefix_list_id",
)


def _lost(change: Change) -> Iterable[Seen]:
    if change.action is not Action.UPDATE:
        yield from destroyed(change)
    elif change.type in _CHANGED:
        yield from _CHANGED[change.type](change)


def _route(change: Change) -> Iterable[Seen]:
    return _led(_by_destination([change.values.before]), _by_destination([change.values.after]))


def _routes_within(change: Change) -> Iterable[Seen]:
    """Of a route table that has its routes in itself."""
    if at(change.values.unknown, "route") is True:
        yield Seen("Its routes are known only after apply.", Severity.MEDIUM)
        return
    before, after = (_by_destination(listed(at(each, "route"))) for each in (change.values.before, change.values.after))
    yield from _led(before, after)


def _by_destination(routes: Iterable[object]) -> Mapping[str, frozenset[str]]:
    """Where routes lead to, by what they are for; to nothing while that is unknown."""
    return {
        name: frozenset(text for key in _TARGETS for text in texts(at(each, key)) if text)
        for each in routes
        for key in _DESTINATIONS
        for name in texts(at(each, key))
        if name
    }


def _led(before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> Iterable[Seen]:
    for name, targets in before.items():
        if name not in after:
            yield Seen(f"The route to {told(name)} goes.")
        elif targets != after[name]:
            new = all_told(sorted(after[name])) if after[name] else "what is known only after apply"
            yield Seen(f"The route to {told(name)} leads to {new}, and no longer to {all_told(sorted(targets))}.")


def _table(change: Change) -> Iterable[Seen]:
    before, after = (at(each, "route_table_id") for each in (change.values.before, change.values.after))
    if before and before != after:
        yield Seen(f"It has another route table, and no longer {told(before)}.")


def _fewer(*names: str) -> Callable[[Change], Iterable[Seen]]:
    """A look at lists that get shorter, and at switches that are turned off."""

    def look(change: Change) -> Iterable[Seen]:
        before, after, unknown = change.values.before, change.values.after, change.values.unknown
        for name in names:
            gone = {*texts(at(before, name))} - {*texts(at(after, name))}
            if at(before, name) is True and at(after, name) is False:
                yield Seen(f"{name} is turned off.")
            elif gone and not any_true(at(unknown, name)):
                yield Seen(f"{name}: no more {all_told(sorted(gone))}.")

    return look


_CHANGED: Mapping[str, Callable[[Change], Iterable[Seen]]] = {
    "aws_default_route_table": _routes_within,
    "aws_ec2_transit_gateway_vpc_attachment": _fewer(
        "subnet_ids",
        "transit_gateway_default_route_table_association",
        "transit_gateway_default_route_table_propagation",
    ),
    "aws_main_route_table_association": _table,
    "aws_route": _route,
    "aws_route_table": _routes_within,
    "aws_route_table_association": _table,
    "aws_vpc": _fewer("enable_dns_support", "enable_dns_hostnames"),
    "aws_vpc_endpoint": _fewer("subnet_ids", "route_table_ids", "private_dns_enabled"),
}
"""By type, what is looked for where it is changed in place."""

RULES = (
    Rule(
        "network-replaced",
        Severity.HIGH,
        "a VPC, subnet, gateway, endpoint, peering or route that is destroyed or replaced, or leads elsewhere",
        "What uses it loses its way, and a subnet takes its machines and file systems with it.",
        "Make the new one beside it, move what uses it, then destroy the old one.",
        _PARTS | _CHANGED.keys(),
        _lost,
        OF_WHAT_STANDS,
    ),
)
