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

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "ML"
  }

  expect_failures = [var.name]
}

run "a_connection_for_no_purpose_is_refused" {
  command = plan

  variables {
    purpose = "         n/a"
  }

  expect_failures = [var.purpose]
}

run "a_purpose_longer_than_a_tag_is_refused" {
  command = plan

  variables {
    purpose = join("", [for i in range(257) : "a"])
  }

  expect_failures = [var.purpose]
}

run "a_requester_by_name_is_refused" {
  command = plan

  variables {
    requester = {
      vpc_id          = "ml-main"
      cidr            = "10.0.0.0/16"
      route_table_ids = { use1-az4 = "rtb-requester4" }
    }
  }

  expect_failures = [var.requester]
}

run "a_requester_without_a_block_is_refused" {
  command = plan

  variables {
    requester = {
      vpc_id          = "vpc-0123456789abcdef0"
      cidr            = "10.0/16"
      route_table_ids = { use1-az4 = "rtb-requester4" }
    }
  }

  expect_failures = [var.requester]
}

run "a_requester_with_a_block_larger_than_a_vpc_is_refused" {
  command = plan

  variables {
    requester = {
      vpc_id          = "vpc-0123456789abcdef0"
      cidr            = "10.0.0.0/15"
      route_table_ids = { use1-az4 = "rtb-requester4" }
    }
  }

  expect_failures = [var.requester]
}

run "a_requester_without_routes_is_refused" {
  command = plan

  variables {
    requester = {
      vpc_id          = "vpc-0123456789abcdef0"
      cidr            = "10.0.0.0/16"
      route_table_ids = {}
    }
  }

  expect_failures = [var.requester]
}

run "an_account_by_name_is_refused" {
  command = plan

  variables {
    accepter = {
      account_id      = "secondary"
      region          = "us-west-2"
      vpc_id          = "vpc-0123456789abcdef1"
      cidr            = "10.3.0.0/16"
      route_table_ids = { usw2-az1 = "rtb-accepter1" }
    }
  }

  expect_failures = [var.accepter]
}

run "a_zone_as_a_region_is_refused" {
  command = plan

  variables {
    accepter = {
      account_id      = "222222222222"
      region          = "us-west-2a"
      vpc_id          = "vpc-0123456789abcdef1"
      cidr            = "10.3.0.0/16"
      route_table_ids = { usw2-az1 = "rtb-accepter1" }
    }
  }

  expect_failures = [var.accepter]
}

run "an_accepter_by_name_is_refused" {
  command = plan

  variables {
    accepter = {
      account_id      = "222222222222"
      region          = "us-west-2"
      vpc_id          = "ml-secondary"
      cidr            = "10.3.0.0/16"
      route_table_ids = { usw2-az1 = "rtb-accepter1" }
    }
  }

  expect_failures = [var.accepter]
}

run "an_accepter_without_a_block_is_refused" {
  command = plan

  variables {
    accepter = {
      account_id      = "222222222222"
      region          = "us-west-2"
      vpc_id          = "vpc-0123456789abcdef1"
      cidr            = "10.3.1.0/16"
      route_table_ids = { usw2-az1 = "rtb-accepter1" }
    }
  }

  expect_failures = [var.accepter]
}

run "an_accepter_without_routes_is_refused" {
  command = plan

  variables {
    accepter = {
      account_id      = "222222222222"
      region          = "us-west-2"
      vpc_id          = "vpc-0123456789abcdef1"
      cidr            = "10.3.0.0/16"
      route_table_ids = {}
    }
  }

  expect_failures = [var.accepter]
}

run "the_same_block_on_both_sides_is_refused" {
  command = plan

  variables {
    accepter = {
      account_id      = "222222222222"
      region          = "us-west-2"
      vpc_id          = "vpc-0123456789abcdef1"
      cidr            = "10.0.0.0/16"
      route_table_ids = { usw2-az1 = "rtb-accepter1" }
    }
  }

  expect_failures = [var.accepter]
}

run "a_block_within_the_others_is_refused" {
  command = plan

  variables {
    accepter = {
      account_id      = "222222222222"
      region          = "us-west-2"
      vpc_id          = "vpc-0123456789abcdef1"
      cidr            = "10.0.64.0/20"
      route_table_ids = { usw2-az1 = "rtb-accepter1" }
    }
  }

  expect_failures = [var.accepter]
}

run "a_block_around_the_others_is_refused" {
  command = plan

  variables {
    requester = {
      vpc_id          = "vpc-0123456789abcdef0"
      cidr            = "10.3.64.0/20"
      route_table_ids = { use1-az4 = "rtb-requester4" }
    }
  }

  expect_failures = [var.accepter]
}
