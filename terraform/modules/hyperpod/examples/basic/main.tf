provider "aws" {
  region              = "us-west-2"
  allowed_account_ids = ["222222222222"]
}

# It can be given neither allowed_account_ids nor default_tags.
provider "awscc" {
  region = "us-west-2"
}

# All that a bought plan brings.
variable "training_plan" {
  description = "A training plan that is bought for the target hyperpod-cluster, with its start and end as AWS tells them. Null: the group waits, empty, for the next."
  type = object({
    arn       = string
    starts_at = string
    ends_at   = string
  })
  default = null
}

module "hyperpod" {
  source = "../.."

  name         = "training"
  account_id   = "222222222222"
  region       = "us-west-2"
  orchestrator = "slurm"

  # subnet_ids of networking and security_group_id of efa-security-group
  subnet_ids = {
    usw2-az1 = "subnet-00000000000000001"
    usw2-az2 = "subnet-00000000000000002"
    usw2-az3 = "subnet-00000000000000003"
  }
  security_group_ids = ["sg-00000000000000001"]
  execution_role_arn = "arn:aws:iam::222222222222:role/ml-clusters-hyperpod-execution"

  lifecycle_scripts = {
    path        = "${path.module}/lifecycle-scripts"
    bucket      = "sagemaker-ml-clusters-222222222222-us-west-2"
    kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
  }

  # lustre of shared-storage
  fsx_lustre = {
    dns_name   = "fs-00000000000000001.fsx.us-west-2.amazonaws.com"
    mount_name = "abcdefgh"
  }

  instance_groups = merge(
    {
      controller = {
        instance_type  = "ml.m5.2xlarge"
        instance_count = 1
        zone_id        = "usw2-az2"
        slurm          = { role = "controller" }
      }
    },
    var.training_plan == null ? {} : {
      p5-jan = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 4
        zone_id        = "usw2-az2"
        training_plan  = var.training_plan
        slurm          = { role = "compute", partition = "train" }
      }
    },
  )

  tags = { Team = "ml-platform" }
}


output "capacity" {
  description = "What monitoring warns of."
  value       = module.hyperpod.capacity
}

output "lifecycle_scripts_uri" {
  description = "Where new machines read their scripts."
  value       = module.hyperpod.lifecycle_scripts_uri
}

output "usable_until" {
  description = "When jobs must be done."
  value       = module.hyperpod.usable_until
}
