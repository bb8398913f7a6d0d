"""Changes of networks and of what they let through."""

from tests.plans.risk_recipes.recipe import Recipe, called, example, in_call, in_module, instead, written

_NETWORK = """\
module "networking" {
  source = "../.."

  name                    = "ml-main-use1"
  cidr                    = "10.0.0.0/16"
  zones                   = { use1-az4 = { slot = 3 }, use1-az5 = { slot = 4 }, use1-az6 = { slot = 5 } }
  nat_zone_ids            = ["use1-az4"]
  interface_endpoints     = []
  flow_log_retention_days = 731
  kms_key_arn             = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
}
"""
NETWORK = called("networking", _NETWORK)
EFA = example("efa-security-group")
PEERING = example("vpc-peering")
_DOOR = """\
resource "aws_security_group" "door" {
  name   = "door"
  vpc_id = "vpc-0123456789abcdef0"

  ingress {
    description = "SSH"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["10.0.0.0/16"]
  }
}

resource "aws_security_group_rule" "api" {
  security_group_id = aws_security_group.door.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["10.0.0.0/16"]
}

resource "aws_vpc_security_group_ingress_rule" "dashboard" {
  security_group_id = aws_security_group.door.id
  ip_protocol       = "tcp"
  from_port         = 8443
  to_port           = 8443
  cidr_ipv4         = "10.0.0.0/16"
}
"""
DOOR = written(_DOOR)
_LISTED = """
resource "aws_ec2_managed_prefix_list" "offices" {
  name           = "offices"
  address_family = "IPv4"
  max_entries    = 2

  entry {
    cidr = "198.41.0.0/24"
  }
}

resource "aws_security_group" "bastion" {
  name   = "bastion"
  vpc_id = "vpc-0123456789abcdef0"
}

resource "aws_vpc_security_group_ingress_rule" "offices" {
  security_group_id = aws_security_group.door.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  prefix_list_id    = aws_ec2_managed_prefix_list.offices.id
}

resource "aws_security_group_rule" "bastion" {
  security_group_id        = aws_security_group.door.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = 22
  to_port                  = 22
  source_security_group_id = aws_security_group.bastion.id
}
"""

_WAYS = """\
resource "aws_route_table" "private" {
  vpc_id = "vpc-0123456789abcdef0"

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = "nat-0123456789abcdef0"
  }
}

resource "aws_route" "out" {
  route_table_id         = "rtb-0123456789abcdef0"
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = "nat-0123456789abcdef0"
}

resource "aws_ec2_transit_gateway_vpc_attachment" "hub" {
  transit_gateway_id = "tgw-0123456789abcdef0"
  vpc_id             = "vpc-0123456789abcdef0"
  subnet_ids         = ["subnet-00000000000000014", "subnet-00000000000000016"]
}

resource "aws_egress_only_internet_gateway" "out" {
  vpc_id = "vpc-0123456789abcdef0"
}
"""
WAYS = written(_WAYS)

_SSH = '    ssh = { direction = "ingress", description = "SSH", from_port = 22, cidr_ipv4 = "10.0.0.0/8" }\n'
_NO_SELF = """\
resource "aws_vpc_security_group_ingress_rule" "self" {
  count = 0
}

resource "aws_vpc_security_group_egress_rule" "self" {
  count = 0
}
"""

RECIPES = (
    Recipe(
        "network-replaced",
        NETWORK,
        ("network-replaced", "replaced"),
        "other addresses of the VPC",
        instead(NETWORK, _NETWORK.replace("10.0.0.0/16", "10.8.0.0/16")),
    ),
    Recipe(
        "zone-removed",
        NETWORK,
        ("network-replaced", "check-failed"),
        "a zone fewer: its subnet and its route; a check names it, since capacity is sold there",
        instead(NETWORK, _NETWORK.replace(", use1-az5 = { slot = 4 }", "")),
    ),
    Recipe(
        "nat-gateway-moved",
        NETWORK,
        ("network-replaced",),
        "the one NAT gateway in another zone",
        instead(NETWORK, _NETWORK.replace('["use1-az4"]', '["use1-az6"]')),
    ),
    Recipe(
        "flow-log-deleted",
        NETWORK,
        ("logging-weakened",),
        "no flow log, and what it wrote is kept for a year instead of two",
        {
            **in_module("networking", 'resource "aws_flow_log" "this" {\n  count = 0\n}\n'),
            **instead(NETWORK, _NETWORK.replace("= 731", "= 365")),
        },
    ),
    Recipe(
        "public-addresses-given",
        NETWORK,
        ("public-access",),
        "public subnets give public addresses at launch",
        in_module("networking", 'resource "aws_subnet" "public" {\n  map_public_ip_on_launch = true\n}\n'),
    ),
    Recipe(
        "efa-rules-removed",
        EFA,
        ("efa-rules-removed",),
        "the rules from and to the group itself taken out",
        in_module("efa-security-group", _NO_SELF),
    ),
    Recipe(
        "efa-group-replaced",
        EFA,
        ("efa-rules-removed", "replaced"),
        "the group in another VPC",
        in_call(EFA, 'module "efa_security_group" {\n  vpc_id = "vpc-0fedcba9876543210"\n}\n'),
    ),
    Recipe(
        "security-group-widened",
        EFA,
        ("security-group-opened",),
        "an ingress rule more from a /8",
        instead(EFA, EFA.text().replace("  rules = {\n", f"  rules = {{\n{_SSH}")),
    ),
    Recipe(
        "security-group-opened",
        DOOR,
        ("security-group-opened",),
        "the three forms of an ingress rule, opened to IPv4, to half of it, and to IPv6",
        instead(
            DOOR,
            _DOOR.replace(
                '    cidr_blocks = ["10.0.0.0/16"]',
                '    cidr_blocks      = ["10.0.0.0/16", "0.0.0.0/1"]\n    ipv6_cidr_blocks = ["::/0"]',
            )
            .replace('  cidr_blocks       = ["10.0.0.0/16"]', '  cidr_blocks       = ["0.0.0.0/0"]')
            .replace('  cidr_ipv4         = "10.0.0.0/16"', '  cidr_ipv4         = "0.0.0.0/0"'),
        ),
    ),
    Recipe(
        "prefix-list-widened",
        DOOR,
        ("security-group-opened",),
        "a prefix list of public addresses is let in, and a group that is made with it",
        instead(DOOR, _DOOR + _LISTED),
    ),
    Recipe(
        "routes-led-elsewhere",
        WAYS,
        ("network-replaced",),
        "a route and one within a table lead to another gateway, an attachment has a subnet fewer, and what lets IPv6 "
        "out is taken out",
        instead(
            WAYS,
            _WAYS[: _WAYS.index('resource "aws_egress_only')]
            .replace("nat-0123456789abcdef0", "nat-0fedcba9876543210")
            .replace(', "subnet-00000000000000016"', ""),
        ),
    ),
    Recipe(
        "peering-replaced",
        PEERING,
        ("network-replaced",),
        "another VPC of the other side",
        instead(
            PEERING,
            PEERING.text().replace('"vpc-0123456789abcdef1"', '"vpc-0fedcba9876543211"'),
        ),
    ),
    Recipe(
        "peering-route-deleted",
        PEERING,
        ("network-replaced",),
        "a route table fewer that leads to the other side",
        instead(
            PEERING,
            PEERING.text().replace('use1-az4 = "rtb-0123456789abcdef0", ', ""),
        ),
    ),
)
