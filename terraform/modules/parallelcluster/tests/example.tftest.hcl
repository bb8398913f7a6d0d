mock_provider "aws-parallelcluster" {}

run "the_example_needs_only_a_block_and_its_dates" {
  command = plan

  module {
    source = "./examples/basic"
  }

  variables {
    block = {
      reservation_id = "cr-0123456789abcdef0"
      instance_type  = "p5.48xlarge"
      count          = 8
      zone_id        = "use1-az6"
      starts_at      = "2099-12-17T11:30:00Z"
      ends_at        = "2099-12-24T11:30:00Z"
    }
  }

  assert {
    condition     = strcontains(module.parallelcluster.configuration, "cr-0123456789abcdef0")
    error_message = "The block is in the cluster."
  }
}
