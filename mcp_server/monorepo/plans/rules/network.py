"""The network under everything."""

from mcp_server.monorepo.plans.risks import Rule, Severity
from mcp_server.monorepo.plans.rules.clusters import destroyed

RULES = (
    Rule(
        "network-replaced",
        Severity.HIGH,
        "a VPC, subnet, gateway, endpoint, peering or route that is destroyed or replaced",
        "What uses it loses its way, and a subnet takes its machines and file systems with it.",
        "Make the new one beside it, move what uses it, then destroy the old one.",
        frozenset(
            {
                "aws_eip",
                "aws_internet_gateway",
                "aws_nat_gateway",
                "aws_route",
                "aws_route_table",
                "aws_route_table_association",
                "aws_subnet",
                "aws_vpc",
                "aws_vpc_endpoint",
                "aws_vpc_peering_connection",
                "aws_vpc_peering_connection_accepter",
            }
        ),
        destroyed,
    ),
)
