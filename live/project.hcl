# What every unit names things by. An account's id stands in its account.hcl alone, and everything that has one is derived here.
locals {
  name    = "ml-clusters"
  regions = ["us-east-1", "us-west-2"]
  # Who hears of alarms and of capacity that ends.
  on_call = "gpu-on-call@example.com"
  # This repository, from which Argo CD applies gitops/. Unless anybody may read it, argocd-bootstrap also needs a credential.
  repository = "https://github.com/example/ml-clusters.git"

  accounts = {
    for each in [for folder in ["main-account", "secondary-account"] : read_terragrunt_config("${get_terragrunt_dir()}/${folder}/account.hcl").locals] :
    each.account_name => {
      id                 = each.account_id
      boundary_arn       = "arn:aws:iam::${each.account_id}:policy/${local.name}-boundary"
      execution_role_arn = "arn:aws:iam::${each.account_id}:role/TerraformExecutionRole"
      plan_role_arn      = "arn:aws:iam::${each.account_id}:role/TerraformPlanRole"
      # Made by a unit that comes later, and named by policies that come first.
      replication_role_arn = "arn:aws:iam::${each.account_id}:role/${local.name}-s3-replication"
      data_buckets         = { for region in local.regions : region => "${local.name}-data-${each.account_id}-${region}" }
      # HyperPod reads lifecycle scripts only from buckets whose name begins so.
      lifecycle_buckets = { for region in local.regions : region => "sagemaker-${local.name}-${each.account_id}-${region}" }
    }
  }

  # One bucket, in the main account, for the states of all accounts.
  state = {
    bucket = "${local.name}-tfstate-${local.accounts.main.id}"
    region = "us-east-1"
    # Id of the bucket's key, the end of the output kms_key_arn of s3-tfstate, to be written here once that unit is applied: the
    # bucket refuses a state that is encrypted otherwise.
    kms_key_id = null
  }

  # Pull requests plan as TerraformPlanRole; empty, providers take the credentials that they find, as a person does the first time.
  terraform_role = get_env("ML_CLUSTERS_TERRAFORM_ROLE", "TerraformExecutionRole")
  # With a token of its own a run assumes the account's role directly: a role that is assumed from another ends after an hour.
  token_file = get_env("AWS_WEB_IDENTITY_TOKEN_FILE", "")
}
