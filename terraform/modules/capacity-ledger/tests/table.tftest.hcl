mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:us-east-1:111111111111:table/ml-clusters-capacity-ledger" }
  }
}

variables {
  name        = "ml-clusters-capacity-ledger"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
}

run "the_example_applies" {
  module {
    source = "./examples/basic"
  }
}

run "the_table_is_keyed_by_ledger_and_number" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "ledger" && aws_dynamodb_table.this.range_key == "number"
    error_message = "An entry is found by its ledger and its number in the chain."
  }

  assert {
    condition     = { for attribute in aws_dynamodb_table.this.attribute : attribute.name => attribute.type } == { ledger = "S", number = "N" }
    error_message = "Numbers are numbers: as text, 10 would come before 9, and the last entry would not be the last."
  }

  assert {
    condition     = aws_dynamodb_table.this.name == "ml-clusters-capacity-ledger" && aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "It has the name that was given, and no throughput that could run out in a purchase."
  }
}

run "nothing_that_was_bought_is_lost" {
  command = plan

  assert {
    condition     = one(aws_dynamodb_table.this.point_in_time_recovery).enabled && one(aws_dynamodb_table.this.point_in_time_recovery).recovery_period_in_days == 35
    error_message = "Any second of the last 35 days can be restored."
  }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "Deletion is refused unless that is turned off first."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.server_side_encryption).enabled && one(aws_dynamodb_table.this.server_side_encryption).kms_key_arn == var.kms_key_arn
    error_message = "It is encrypted by the key that was passed in."
  }

  assert {
    condition     = length(aws_dynamodb_table.this.ttl) == 0
    error_message = "No entry expires."
  }
}

run "protection_recovery_and_tags_can_be_said" {
  command = plan

  variables {
    deletion_protection     = false
    recovery_period_in_days = 7
    tags                    = { Team = "ML" }
  }

  assert {
    condition     = !aws_dynamodb_table.this.deletion_protection_enabled && one(aws_dynamodb_table.this.point_in_time_recovery).recovery_period_in_days == 7 && aws_dynamodb_table.this.tags == tomap({ Team = "ML" })
    error_message = "deletion_protection, recovery_period_in_days and tags are taken."
  }
}

run "entries_are_added_and_never_changed" {
  command = plan

  assert {
    condition = toset([for statement in jsondecode(aws_dynamodb_resource_policy.this.policy).Statement : statement if !can(statement.Condition)][0].Action) == toset([
      "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:UpdateItem"
    ])
    error_message = "Whatever changes or removes an item, or writes one without a condition, is denied."
  }

  assert {
    condition = [for statement in jsondecode(aws_dynamodb_resource_policy.this.policy).Statement : [statement.Action, statement.Condition["ForAllValues:StringNotEquals"]["dynamodb:EnclosingOperation"]] if can(statement.Condition)] == [
      ["dynamodb:PutItem", ["TransactWriteItems"]]
    ]
    error_message = "An item is put in a transaction, or not at all."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_dynamodb_resource_policy.this.policy).Statement : statement.Effect == "Deny" && statement.Principal == "*" && statement.Resource == "arn:aws:dynamodb:us-east-1:111111111111:table/ml-clusters-capacity-ledger"])
    error_message = "For everybody, on this table; and it allows nobody anything."
  }
}

run "outputs_are_what_a_purchaser_needs" {
  assert {
    condition     = output.table_name == aws_dynamodb_table.this.name && output.table_arn == aws_dynamodb_table.this.arn
    error_message = "Name and ARN of the table."
  }

  assert {
    condition     = toset(flatten([for statement in jsondecode(output.append_policy).Statement : statement.Action])) == toset(["dynamodb:ConditionCheckItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "kms:Decrypt"])
    error_message = "Reading, appending and the key; neither changing nor scanning other tables."
  }

  assert {
    condition     = toset([for statement in jsondecode(output.append_policy).Statement : statement.Resource]) == toset(["arn:aws:dynamodb:us-east-1:111111111111:table/ml-clusters-capacity-ledger", var.kms_key_arn])
    error_message = "This table and its key only."
  }

  assert {
    condition     = [for statement in jsondecode(output.append_policy).Statement : statement.Condition["ForAnyValue:StringEquals"]["dynamodb:EnclosingOperation"] if statement.Sid == "Append"] == [["TransactWriteItems"]]
    error_message = "Appending is by transaction."
  }
}

run "a_key_of_another_region_is_refused" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000000"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "Ledger"
  }

  expect_failures = [var.name]
}

run "an_alias_is_no_key" {
  command = plan

  variables {
    kms_key_arn = "alias/ml-clusters"
  }

  expect_failures = [var.kms_key_arn]
}

run "a_recovery_longer_than_dynamodb_has_is_refused" {
  command = plan

  variables {
    recovery_period_in_days = 36
  }

  expect_failures = [var.recovery_period_in_days]
}
