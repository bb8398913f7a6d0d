# The cluster of every test that does not say otherwise.
name         = "training"
account_id   = "222222222222"
region       = "us-west-2"
orchestrator = "slurm"
subnet_ids = {
  usw2-az1 = "subnet-00000000000000001"
  usw2-az2 = "subnet-00000000000000002"
  usw2-az3 = "subnet-00000000000000003"
}
security_group_ids = ["sg-00000000000000001", "sg-00000000000000002"]
execution_role_arn = "arn:aws:iam::222222222222:role/hyperpod"
lifecycle_scripts = {
  path        = "tests/scripts"
  bucket      = "sagemaker-ml-clusters"
  kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a"
}
fsx_lustre = { dns_name = "fs-00000000000000001.fsx.us-west-2.amazonaws.com", mount_name = "abcdefgh" }
instance_groups = {
  # By name the group with a plan is first, and it must not be.
  a-plan = {
    instance_type  = "ml.p5.48xlarge"
    instance_count = 4
    zone_id        = "usw2-az2"
    training_plan = {
      arn       = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"
      starts_at = "2099-01-10T11:30:00Z"
      ends_at   = "2099-01-24T11:30:00Z"
    }
    slurm = { role = "compute", partition = "train" }
  }
  controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
  login      = { instance_type = "ml.m5.large", instance_count = 2, zone_id = "usw2-az1", slurm = { role = "login" } }
  small      = { instance_type = "ml.g5.8xlarge", instance_count = 0, zone_id = "usw2-az3", threads_per_core = 2, volume_gib = 100, slurm = { role = "compute" } }
}
tags = { Team = "ml" }
