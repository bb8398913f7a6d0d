data "aws_caller_identity" "accepter" {
  provider = aws.accepter
}

data "aws_region" "accepter" {
  provider = aws.accepter
}

locals {
  tags = merge(var.tags, { Name = var.name, Purpose = var.purpose })
}

# Account and region come as inputs, not from the data sources above: were those read only at apply, as under a depends_on
# of the whole module, the connection would plan as replaced.
resource "aws_vpc_peering_connection" "this" {
  vpc_id        = var.requester.vpc_id
  peer_vpc_id   = var.accepter.vpc_id
  peer_owner_id = var.accepter.account_id
  peer_region   = var.accepter.region

  tags = local.tags

  lifecycle {
    precondition {
      condition     = data.aws_caller_identity.accepter.account_id == var.accepter.account_id
      error_message = "The provider aws.accepter works in account ${data.aws_caller_identity.accepter.account_id}, and accepter.account_id is ${var.accepter.account_id}: give aws.accepter the role of that account, or change accepter."
    }

    precondition {
      condition     = data.aws_region.accepter.id == var.accepter.region
      error_message = "The provider aws.accepter works in ${data.aws_region.accepter.id}, and accepter.region is ${var.accepter.region}: a request can be accepted only in its own region."
    }
  }
}

resource "aws_vpc_peering_connection_accepter" "this" {
  provider = aws.accepter

  vpc_peering_connection_id = aws_vpc_peering_connection.this.id
  auto_accept               = true

  tags = local.tags
}

# Options and routes take the id from the accepter: AWS takes neither before the connection is active.
resource "aws_vpc_peering_connection_options" "requester" {
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.this.id

  requester {
    allow_remote_vpc_dns_resolution = true
  }
}

resource "aws_vpc_peering_connection_options" "accepter" {
  provider = aws.accepter

  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.this.id

  accepter {
    allow_remote_vpc_dns_resolution = true
  }
}

resource "aws_route" "requester" {
  for_each = var.requester.route_table_ids

  route_table_id            = each.value
  destination_cidr_block    = var.accepter.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.this.id
}

resource "aws_route" "accepter" {
  for_each = var.accepter.route_table_ids
  provider = aws.accepter

  route_table_id            = each.value
  destination_cidr_block    = var.requester.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.this.id
}
