# The example as it is, before a plan is bought and after: the plan is all that changes.
mock_provider "awscc" {}

mock_provider "aws" {
  source = "./tests/mocks"
}

run "before_a_plan_is_bought" {
  command = plan

  module {
    source = "./examples/basic"
  }

  assert {
    condition     = length(output.capacity) == 0 && length(output.usable_until) == 0
    error_message = "There is capacity that nobody bought."
  }
}

run "after_a_plan_is_bought" {
  command = plan

  module {
    source = "./examples/basic"
  }

  variables {
    training_plan = {
      arn       = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"
      starts_at = "2099-01-10T11:30:00Z"
      ends_at   = "2099-01-24T11:30:00Z"
    }
  }

  assert {
    condition     = output.capacity.p5-jan.id == var.training_plan.arn && output.capacity.p5-jan.end == var.training_plan.ends_at
    error_message = "Monitoring would not warn of it."
  }
  assert {
    condition     = output.usable_until.p5-jan == "2099-01-24T10:30:00Z"
    error_message = "Jobs would be told another end."
  }
  assert {
    condition     = output.lifecycle_scripts_uri != run.before_a_plan_is_bought.lifecycle_scripts_uri
    error_message = "Slurm would not hear of the new group."
  }
}
