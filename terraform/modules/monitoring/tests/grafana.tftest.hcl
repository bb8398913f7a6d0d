mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
}

override_resource {
  target          = aws_prometheus_workspace.this
  override_during = plan
  values          = { arn = "arn:aws:aps:us-east-1:111111111111:workspace/ws-mock", id = "ws-mock" }
}

override_resource {
  target          = aws_iam_role.grafana
  override_during = plan
  values          = { arn = "arn:aws:iam::111111111111:role/ml-grafana-us-east-1" }
}

variables {
  name             = "ml"
  kms_key_arn      = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  subscriptions    = { on-call = { protocol = "email", endpoint = "on-call@example.com" } }
  enable_capacity  = false
  enable_hyperpod  = false
  enable_dashboard = false
  enable_grafana   = true
  grafana_groups = {
    ADMIN  = ["11111111-1111-1111-1111-111111111111"]
    VIEWER = ["22222222-2222-2222-2222-222222222222"]
  }
}

run "it_is_off_unless_asked_for" {
  command = plan

  variables {
    enable_grafana = false
  }

  assert {
    condition     = length(aws_grafana_workspace.this) + length(aws_grafana_role_association.this) + length(aws_iam_role.grafana) + length(aws_iam_role_policy.grafana) == 0
    error_message = "something was made"
  }

  assert {
    condition     = output.grafana_endpoint == null && output.grafana_role_arn == null
    error_message = "there is nothing to tell"
  }
}

run "people_sign_in_by_identity_center_and_grafana_reads_with_our_role" {
  command = plan

  assert {
    condition = (
      aws_grafana_workspace.this[0].name == "ml" && aws_grafana_workspace.this[0].authentication_providers == tolist(["AWS_SSO"])
      && aws_grafana_workspace.this[0].permission_type == "CUSTOMER_MANAGED" && aws_grafana_workspace.this[0].account_access_type == "CURRENT_ACCOUNT"
      && aws_grafana_workspace.this[0].role_arn == "arn:aws:iam::111111111111:role/ml-grafana-us-east-1"
    )
    error_message = "wrong workspace"
  }

  assert {
    condition = { for role, each in aws_grafana_role_association.this : each.role => each.group_ids } == {
      ADMIN  = toset(["11111111-1111-1111-1111-111111111111"])
      VIEWER = toset(["22222222-2222-2222-2222-222222222222"])
    }
    error_message = "wrong groups"
  }

  assert {
    condition     = length(aws_grafana_workspace.this[0].network_access_control) == 0
    error_message = "nothing was said of the network"
  }
}

run "only_grafana_workspaces_of_this_account_take_the_role" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.grafana[0].assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "grafana.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = "111111111111" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:grafana:us-east-1:111111111111:/workspaces/*" }
      }
    }]
    error_message = aws_iam_role.grafana[0].assume_role_policy
  }
}

run "it_reads_these_workspaces_and_metrics_and_writes_nothing" {
  command = plan

  variables {
    grafana_prometheus_workspace_arns = ["arn:aws:aps:us-west-2:111111111111:workspace/ws-west"]
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.grafana[0].policy).Statement[0].Resource == [
      "arn:aws:aps:us-east-1:111111111111:workspace/ws-mock", "arn:aws:aps:us-west-2:111111111111:workspace/ws-west",
    ]
    error_message = aws_iam_role_policy.grafana[0].policy
  }

  assert {
    condition = alltrue([for action in flatten(jsondecode(aws_iam_role_policy.grafana[0].policy).Statement[*].Action) :
      can(regex("^[a-z0-9]+:(Describe|Get|List|Query)[A-Za-z]+$", action))
    ])
    error_message = aws_iam_role_policy.grafana[0].policy
  }
}

run "without_prometheus_it_reads_cloudwatch" {
  command = plan

  variables {
    enable_prometheus = false
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.grafana[0].policy).Statement[*].Sid == ["List"]
    error_message = aws_iam_role_policy.grafana[0].policy
  }
}

run "it_can_be_reached_only_from_where_is_said" {
  command = plan

  variables {
    grafana_network_access = { prefix_list_ids = ["pl-0123456789abcdef0"] }
  }

  assert {
    condition     = aws_grafana_workspace.this[0].network_access_control[0].prefix_list_ids == toset(["pl-0123456789abcdef0"]) && length(aws_grafana_workspace.this[0].network_access_control[0].vpce_ids) == 0
    error_message = "wrong access"
  }
}
