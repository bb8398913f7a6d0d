mock_provider "aws" {}

mock_provider "aws" {
  alias = "accepter"

  mock_data "aws_caller_identity" {
    defaults = { account_id = "222222222222" }
  }

  mock_data "aws_region" {
    defaults = { id = "us-west-2" }
  }
}

variables {
  name    = "ml-main-use1-secondary-usw2"
  purpose = "Atlantis in main us-east-1 to EKS in secondary us-west-2, TCP 443."
  tags    = { Team = "ml" }
  requester = {
    vpc_id          = "vpc-0123456789abcdef0"
    cidr            = "10.0.0.0/16"
    route_table_ids = { use1-az4 = "rtb-requester4", use1-az6 = "rtb-requester6" }
  }
  accepter = {
    account_id      = "222222222222"
    region          = "us-west-2"
    vpc_id          = "vpc-0123456789abcdef1"
    cidr            = "10.3.0.0/16"
    route_table_ids = { usw2-az1 = "rtb-accepter1" }
  }
}

run "one_side_asks_and_the_other_accepts" {
  command = apply

  assert {
    condition = (
      aws_vpc_peering_connection.this.vpc_id == "vpc-0123456789abcdef0" && aws_vpc_peering_connection.this.peer_vpc_id == "vpc-0123456789abcdef1"
      && aws_vpc_peering_connection.this.peer_owner_id == "222222222222" && aws_vpc_peering_connection.this.peer_region == "us-west-2"
    )
    error_message = "The request names the other account and region."
  }

  # A request to another account or region that asks to accept itself is an error.
  assert {
    condition     = aws_vpc_peering_connection.this.auto_accept != true && aws_vpc_peering_connection_accepter.this.auto_accept && aws_vpc_peering_connection_accepter.this.vpc_peering_connection_id == aws_vpc_peering_connection.this.id
    error_message = "The accepter accepts that very request."
  }

  assert {
    condition     = output.vpc_peering_connection_id == aws_vpc_peering_connection_accepter.this.id
    error_message = "The output waits for acceptance."
  }
}

run "both_sides_say_what_the_connection_is_for" {
  command = plan

  assert {
    condition = alltrue([
      for tags in [aws_vpc_peering_connection.this.tags, aws_vpc_peering_connection_accepter.this.tags] :
      tags == tomap({ Team = "ml", Name = "ml-main-use1-secondary-usw2", Purpose = "Atlantis in main us-east-1 to EKS in secondary us-west-2, TCP 443." })
    ])
    error_message = "Tags of a connection are each account's own, so both set them."
  }
}

run "each_side_routes_to_the_other_once_the_connection_is_active" {
  command = apply

  assert {
    condition = { for name, route in aws_route.requester : name => [route.route_table_id, route.destination_cidr_block] } == {
      use1-az4 = ["rtb-requester4", "10.3.0.0/16"]
      use1-az6 = ["rtb-requester6", "10.3.0.0/16"]
    }
    error_message = "The requester's route tables, and no others, lead to the accepter's block."
  }

  assert {
    condition     = { for name, route in aws_route.accepter : name => [route.route_table_id, route.destination_cidr_block] } == { usw2-az1 = ["rtb-accepter1", "10.0.0.0/16"] }
    error_message = "The accepter's route tables, and no others, lead to the requester's block."
  }

  assert {
    condition     = alltrue([for route in concat(values(aws_route.requester), values(aws_route.accepter)) : route.vpc_peering_connection_id == aws_vpc_peering_connection_accepter.this.id])
    error_message = "A route before acceptance is a black hole."
  }
}

run "names_resolve_to_private_addresses_on_both_sides" {
  command = apply

  assert {
    condition     = one(aws_vpc_peering_connection_options.requester.requester).allow_remote_vpc_dns_resolution && one(aws_vpc_peering_connection_options.accepter.accepter).allow_remote_vpc_dns_resolution
    error_message = "Each side has its own option."
  }

  assert {
    condition     = alltrue([for options in [aws_vpc_peering_connection_options.requester, aws_vpc_peering_connection_options.accepter] : options.vpc_peering_connection_id == aws_vpc_peering_connection_accepter.this.id])
    error_message = "AWS takes options of an active connection only."
  }
}

run "a_provider_of_another_account_is_refused" {
  command = plan

  override_data {
    target = data.aws_caller_identity.accepter
    values = { account_id = "111111111111" }
  }

  expect_failures = [aws_vpc_peering_connection.this]
}

run "a_provider_of_another_region_is_refused" {
  command = plan

  override_data {
    target = data.aws_region.accepter
    values = { id = "us-east-1" }
  }

  expect_failures = [aws_vpc_peering_connection.this]
}

run "neighbouring_blocks_are_peered" {
  command = plan

  variables {
    requester = {
      vpc_id          = "vpc-0123456789abcdef0"
      cidr            = "10.2.0.0/16"
      route_table_ids = { use1-az4 = "rtb-requester4" }
    }
  }

  assert {
    condition     = aws_route.accepter["usw2-az1"].destination_cidr_block == "10.2.0.0/16"
    error_message = "10.2.0.0/16 and 10.3.0.0/16 touch and do not overlap."
  }
}
