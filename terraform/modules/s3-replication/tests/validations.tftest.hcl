# The module's variables without its resources: no provider is started, so that a run takes no time.

variables {
  name                 = "example"
  replication_role_arn = "arn:aws:iam::111111111111:role/example-s3-replication"
  source_bucket = {
    name           = "hub"
    role           = "central"
    account_id     = "111111111111"
    region         = "us-east-1"
    kms_key_arn    = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
    versioning     = "Enabled"
    local_prefixes = ["checkpoints/"]
  }
  destinations = {
    west = {
      bucket = {
        name           = "spoke"
        role           = "replica"
        account_id     = "222222222222"
        region         = "us-west-2"
        kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
        versioning     = "Enabled"
        local_prefixes = ["checkpoints/", "scratch/"]
      }
      rules = { datasets = { prefix = "datasets/", priority = 1 } }
    }
  }
}

run "a_name_with_capitals_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = "Example"
  }

  expect_failures = [var.name]
}

run "a_replica_as_source_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    source_bucket = {
      name           = "hub"
      role           = "replica"
      account_id     = "111111111111"
      region         = "us-east-1"
      kms_key_arn    = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
      versioning     = "Enabled"
      local_prefixes = ["checkpoints/"]
    }
  }

  expect_failures = [var.source_bucket]
}

run "a_source_without_versioning_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    source_bucket = {
      name           = "hub"
      role           = "central"
      account_id     = "111111111111"
      region         = "us-east-1"
      kms_key_arn    = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
      versioning     = "Suspended"
      local_prefixes = ["checkpoints/"]
    }
  }

  expect_failures = [var.source_bucket]
}

run "a_source_whose_key_is_of_another_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    source_bucket = {
      name           = "hub"
      role           = "central"
      account_id     = "111111111111"
      region         = "us-east-1"
      kms_key_arn    = "arn:aws:kms:us-west-2:111111111111:key/1"
      versioning     = "Enabled"
      local_prefixes = ["checkpoints/"]
    }
  }

  expect_failures = [var.source_bucket]
}

run "a_source_whose_key_is_of_another_account_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    source_bucket = {
      name           = "hub"
      role           = "central"
      account_id     = "111111111111"
      region         = "us-east-1"
      kms_key_arn    = "arn:aws:kms:us-east-1:333333333333:key/1"
      versioning     = "Enabled"
      local_prefixes = ["checkpoints/"]
    }
  }

  expect_failures = [var.source_bucket]
}

run "a_role_of_another_account_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    replication_role_arn = "arn:aws:iam::222222222222:role/example-s3-replication"
  }

  expect_failures = [var.replication_role_arn]
}

run "a_whole_account_as_role_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    replication_role_arn = "arn:aws:iam::111111111111:root"
  }

  expect_failures = [var.replication_role_arn]
}

run "no_destination_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {}
  }

  expect_failures = [var.destinations]
}

run "a_destination_whose_name_is_no_part_of_an_id_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      West = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_rule_whose_name_is_no_part_of_an_id_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          Data = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_destination_without_rules_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_central_bucket_as_destination_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "central"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_destination_without_versioning_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Suspended"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_bucket_copied_into_itself_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "hub"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_second_destination_in_the_same_account_and_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
      other = {
        bucket = {
          name           = "spoke-two"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 2
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_key_of_another_region_than_the_destination_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-east-1:222222222222:key/1"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_key_of_another_account_than_the_destination_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:111111111111:key/1"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_keys_alias_at_the_destination_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:alias/data"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "copying_everything_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = ""
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_prefix_that_would_take_in_its_neighbours_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "data"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_prefix_with_a_wildcard_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "data*/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "copying_checkpoints_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "checkpoints/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "copying_some_checkpoints_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "checkpoints/run-1/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "copying_what_holds_checkpoints_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    source_bucket = {
      name           = "hub"
      role           = "central"
      account_id     = "111111111111"
      region         = "us-east-1"
      kms_key_arn    = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
      versioning     = "Enabled"
      local_prefixes = ["runs/checkpoints/"]
    }
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "runs/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "copying_into_what_is_local_at_the_destination_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "scratch/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "the_same_prefix_twice_for_one_destination_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          a = {
            prefix   = "datasets/"
            priority = 1
          }
          b = {
            prefix   = "datasets/"
            priority = 2
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_negative_priority_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = -1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_fraction_as_priority_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 1.5
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "the_same_priority_twice_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          a = {
            prefix   = "datasets/"
            priority = 1
          }
          b = {
            prefix   = "models/"
            priority = 1
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "an_archive_that_fsx_cannot_read_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      west = {
        bucket = {
          name           = "spoke"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix        = "datasets/"
            priority      = 1
            storage_class = "DEEP_ARCHIVE"
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}

run "a_topic_of_another_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    alarm_topic_arns = ["arn:aws:sns:us-west-2:111111111111:ops"]
  }

  expect_failures = [var.alarm_topic_arns]
}

run "two_rules_that_would_share_an_id_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    destinations = {
      main = {
        bucket = {
          name           = "spoke-2-us-west-2"
          role           = "replica"
          account_id     = "222222222222"
          region         = "us-west-2"
          kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          west-datasets = {
            prefix   = "datasets/"
            priority = 1
          }
        }
      }
      main-west = {
        bucket = {
          name           = "spoke-2-eu-west-1"
          role           = "replica"
          account_id     = "222222222222"
          region         = "eu-west-1"
          kms_key_arn    = "arn:aws:kms:eu-west-1:222222222222:key/00000000-0000-0000-0000-000000000003"
          versioning     = "Enabled"
          local_prefixes = ["checkpoints/", "scratch/"]
        }
        rules = {
          datasets = {
            prefix   = "datasets/"
            priority = 2
          }
        }
      }
    }
  }

  expect_failures = [var.destinations]
}
