mock_provider "aws" {}

variables {
  name   = "ml-main-use1"
  vpc_id = "vpc-0123456789abcdef0"
  tags   = { Team = "ml" }
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "ML"
  }

  expect_failures = [var.name]
}

run "a_name_that_looks_like_an_id_is_refused" {
  command = plan

  variables {
    name = "sg-ml"
  }

  expect_failures = [var.name]
}

run "a_vpc_by_name_is_refused" {
  command = plan

  variables {
    vpc_id = "ml-main-use1"
  }

  expect_failures = [var.vpc_id]
}

run "the_whole_internet_is_refused_as_a_destination" {
  command = plan

  variables {
    rules = { r = { direction = "egress", description = "x", from_port = 443, cidr_ipv4 = "0.0.0.0/0" } }
  }

  expect_failures = [var.rules]
}

run "the_whole_internet_is_refused_as_a_source" {
  command = plan

  variables {
    rules = { r = { direction = "ingress", description = "x", from_port = 443, cidr_ipv4 = "0.0.0.0/0" } }
  }

  expect_failures = [var.rules]
}

run "half_of_the_internet_is_refused_as_well" {
  command = plan

  variables {
    rules = { r = { direction = "egress", description = "x", from_port = 443, cidr_ipv4 = "128.0.0.0/1" } }
  }

  expect_failures = [var.rules]
}

run "ipv6_is_refused" {
  command = plan

  variables {
    rules = { r = { direction = "egress", description = "x", from_port = 443, cidr_ipv4 = "::/0" } }
  }

  expect_failures = [var.rules]
}

run "a_block_with_host_bits_is_refused" {
  command = plan

  variables {
    rules = { r = { direction = "egress", description = "x", from_port = 443, cidr_ipv4 = "10.0.0.1/16" } }
  }

  expect_failures = [var.rules]
}

run "a_rule_without_another_side_is_refused" {
  command = plan

  variables {
    rules = { r = { direction = "egress", description = "x", from_port = 443 } }
  }

  expect_failures = [var.rules]
}

run "a_rule_with_two_other_sides_is_refused" {
  command = plan

  variables {
    rules = { r = { direction = "egress", description = "x", from_port = 443, cidr_ipv4 = "10.0.0.0/16", prefix_list_id = "pl-63a5400a" } }
  }

  expect_failures = [var.rules]
}

run "a_rule_in_no_direction_is_refused" {
  command = plan

  variables {
    rules = { r = { direction = "both", description = "x", from_port = 443, cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.rules]
}

run "a_rule_for_all_traffic_is_refused" {
  command = plan

  variables {
    rules = { r = { direction = "ingress", description = "x", protocol = "-1", from_port = 443, cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.rules]
}
