mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111111111111:role/mocked" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::111111111111:policy/mocked" }
  }
}

variables {
  name    = "ml-clusters"
  regions = ["us-east-1", "us-west-2"]
}

run "without_a_switch_there_is_a_boundary_and_nothing_else" {
  command = plan

  assert {
    condition     = length(aws_iam_policy.boundary) == 1 && aws_iam_policy.boundary[0].name == "ml-clusters-boundary" && coalesce(aws_iam_policy.boundary[0].path, "/") == "/"
    error_message = "The boundary is NAME-boundary, without a path."
  }

  assert {
    condition = length(concat(
      aws_iam_role.execution, aws_iam_role.ci, aws_iam_role.plan, aws_iam_role.reader, aws_iam_role.purchaser,
      values(aws_iam_role.cluster), values(aws_iam_policy.execution), aws_iam_policy.plan, aws_iam_openid_connect_provider.github,
    )) == 0
    error_message = "No role is made unless its switch is on."
  }

  assert {
    condition     = output.permissions_boundary_arn == "arn:aws:iam::111111111111:policy/ml-clusters-boundary"
    error_message = "The boundary's ARN is known before it is made."
  }
}

run "a_given_boundary_is_not_made_again" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/other-boundary"
    eks_roles                = {}
  }

  assert {
    condition     = length(aws_iam_policy.boundary) == 0 && output.permissions_boundary_arn == var.permissions_boundary_arn
    error_message = "A boundary that is passed in is used as it is."
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.cluster) : role.permissions_boundary == var.permissions_boundary_arn])
    error_message = "Every role of a cluster is under the boundary that was passed in."
  }
}

run "terraforms_roles_have_the_names_that_providers_and_workflows_know" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { ci = { environments = ["main"], execution_accounts = ["111111111111", "222222222222"] }, execution = { environments = ["main-long"] } }
  }

  assert {
    condition     = aws_iam_role.execution[0].name == "TerraformExecutionRole" && aws_iam_role.ci[0].name == "TerraformCIRole" && aws_iam_role.plan[0].name == "TerraformPlanRole"
    error_message = "Terraform's roles have their three names."
  }

  assert {
    condition     = alltrue([for role in concat(aws_iam_role.execution, aws_iam_role.ci, aws_iam_role.plan) : coalesce(role.path, "/") == "/"])
    error_message = "role/TerraformExecutionRole is the ARN that providers assume: no path."
  }

  assert {
    condition     = keys(aws_iam_role_policy_attachment.execution) == keys(aws_iam_policy.execution) && keys(aws_iam_policy.execution) == ["clusters", "identity", "network", "observability", "storage"]
    error_message = "Every part of TerraformExecutionRole's permissions is attached to it; state is none of them unless its bucket is told."
  }

  assert {
    condition     = alltrue([for policy in values(aws_iam_policy.execution) : startswith(policy.name, "ml-clusters-terraform-")])
    error_message = "TerraformExecutionRole may not touch policies named NAME-terraform-*, so its own must be."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].url == "https://token.actions.githubusercontent.com" && aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "GitHub's issuer, for the audience sts.amazonaws.com only."
  }

  assert {
    condition     = length(aws_iam_role.reader) + length(aws_iam_role.purchaser) + length(aws_iam_role.cluster) == 0
    error_message = "Terraform's roles come alone."
  }
}

run "sessions_of_what_waits_last_twelve_hours_and_others_one" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { ci = { environments = ["main"], execution_accounts = ["111111111111"] }, execution = { environments = ["main-long"] } }
    capacity_roles  = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:user/jo"] } }
  }

  assert {
    condition     = aws_iam_role.execution[0].max_session_duration == 43200 && aws_iam_role.ci[0].max_session_duration == 43200
    error_message = "ParallelCluster waits up to 3 hours and HyperPod up to 12 with the credentials they began with."
  }

  assert {
    condition     = alltrue([for role in concat(aws_iam_role.plan, aws_iam_role.reader, aws_iam_role.purchaser) : role.max_session_duration == 3600])
    error_message = "Whoever plans, reads or buys needs no more than an hour."
  }
}

run "a_session_can_be_shorter" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"] }, max_session_duration = 14400 }
  }

  assert {
    condition     = aws_iam_role.execution[0].max_session_duration == 14400
    error_message = "max_session_duration is taken."
  }

  assert {
    condition     = length(aws_iam_role.ci) == 0 && output.terraform_role_arns.ci == null
    error_message = "TerraformCIRole is made where ci is given, and nowhere else."
  }
}

run "the_execution_role_is_assumed_without_a_chain" {
  command = plan

  variables {
    github = { repository = "example/ml-clusters" }
    terraform_roles = { execution = {
      environments = ["main-long"]
      web_identities = { atlantis = {
        provider_arn = "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"
        subjects     = ["system:serviceaccount:atlantis:atlantis"]
      } }
    } }
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role.execution[0].assume_role_policy).Statement : statement.Action] == ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithWebIdentity"]
    error_message = "A job and a pod with a token of their own assume the role directly: only then do its twelve hours count."
  }

  assert {
    condition     = jsondecode(aws_iam_role.execution[0].assume_role_policy).Statement[1].Condition.StringEquals["oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF:sub"] == ["system:serviceaccount:atlantis:atlantis"]
    error_message = "Another issuer's tokens are held to their subject under that issuer's own keys."
  }
}

run "a_chain_alone_is_warned_of" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { principals = ["arn:aws:iam::111111111111:role/TerraformCIRole"] } }
  }

  expect_failures = [check.long_waits]
}

run "nobody_to_assume_the_execution_role_is_refused" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = {}
  }

  expect_failures = [aws_iam_role.execution, check.long_waits]
}

run "an_account_has_one_provider_for_github" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters", oidc_provider_arn = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com" }
    terraform_roles = { execution = { environments = ["main"] } }
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.github_oidc_provider_arn == var.github.oidc_provider_arn
    error_message = "A provider that is there is used, and not made a second time."
  }

  assert {
    condition     = jsondecode(aws_iam_role.plan[0].assume_role_policy).Statement[0].Principal.Federated == var.github.oidc_provider_arn
    error_message = "The given provider is the one that is trusted."
  }
}

run "capacity_roles_are_a_reader_and_a_purchaser" {
  command = plan

  variables {
    capacity_roles = {
      reader    = { principals = ["arn:aws:iam::111111111111:role/claude-code"] }
      purchaser = { principals = ["arn:aws:iam::111111111111:user/jo"] }
    }
  }

  assert {
    condition     = aws_iam_role.reader[0].name == "ml-clusters-reader" && aws_iam_role.purchaser[0].name == "ml-clusters-purchaser"
    error_message = "They are named as SECURITY.md and docs/buying.md name them."
  }

  assert {
    condition     = aws_iam_role.purchaser[0].permissions_boundary == null
    error_message = "The boundary denies purchases, so the purchaser cannot be under it; and so Terraform cannot make one."
  }

  assert {
    condition     = length(aws_iam_role.execution) + length(aws_iam_role.cluster) == 0
    error_message = "Capacity's roles come alone."
  }
}

run "an_account_can_have_a_reader_and_no_purchaser" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:role/claude-code"] } }
  }

  assert {
    condition     = length(aws_iam_role.reader) == 1 && length(aws_iam_role.purchaser) == 0 && output.capacity_role_arns.purchaser == null
    error_message = "Where purchaser is left out nobody buys."
  }
}

run "a_separate_principal_buys_without_a_second_factor" {
  command = plan

  variables {
    capacity_roles = {
      reader    = { principals = ["arn:aws:iam::111111111111:role/claude-code"] }
      purchaser = { principals = ["arn:aws:iam::111111111111:role/finance"], require_mfa = false }
    }
  }

  assert {
    condition     = jsondecode(aws_iam_role.purchaser[0].assume_role_policy).Statement[0].Condition == { ArnEquals = { "aws:PrincipalArn" = ["arn:aws:iam::111111111111:role/finance"] } }
    error_message = "That principal, and no other condition."
  }
}

run "eks_roles_come_alone_and_carry_the_boundary" {
  command = plan

  variables {
    eks_roles = {}
  }

  assert {
    condition     = { for key, role in aws_iam_role.cluster : key => role.name } == { eks_cluster = "ml-clusters-eks-cluster", eks_node = "ml-clusters-eks-node" }
    error_message = "EKS's two roles, and no other cluster's."
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.cluster) : role.permissions_boundary == "arn:aws:iam::111111111111:policy/ml-clusters-boundary"])
    error_message = "Every cluster's role is under the boundary: TerraformExecutionRole could not make it otherwise."
  }

  assert {
    condition = toset([for attachment in values(aws_iam_role_policy_attachment.cluster) : attachment.policy_arn]) == toset([for policy in [
      "AmazonEKSClusterPolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy",
    ] : "arn:aws:iam::aws:policy/${policy}"])
    error_message = "Nodes pull and join, and no more: the CNI has Pod Identity, and shells are off."
  }
}

run "hyperpods_role_comes_alone" {
  command = plan

  variables {
    hyperpod_role = { lifecycle_bucket = "sagemaker-ml-clusters-111111111111" }
  }

  assert {
    condition     = { for key, role in aws_iam_role.cluster : key => role.name } == { hyperpod_execution = "ml-clusters-hyperpod-execution" }
    error_message = "HyperPod's role, and no other cluster's."
  }

  assert {
    condition     = keys(aws_iam_role_policy_attachment.cluster) == ["hyperpod_execution/AmazonSageMakerClusterInstanceRolePolicy"]
    error_message = "HyperPod's own managed policy is attached."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.cluster["hyperpod_execution"].policy, "eks-auth") && !strcontains(aws_iam_role_policy.cluster["hyperpod_execution"].policy, "kms:CreateGrant") && !strcontains(aws_iam_role_policy.cluster["hyperpod_execution"].policy, "ecr:")
    error_message = "Slurm needs no Pod Identity and no registry, and AWS's own key no grant."
  }
}

run "parallelclusters_roles_come_alone_under_its_path" {
  command = plan

  variables {
    parallelcluster_roles = {}
  }

  assert {
    condition     = toset([for role in values(aws_iam_role.cluster) : "${role.path}${role.name}"]) == toset(["/parallelcluster/ml-clusters-compute-node", "/parallelcluster/ml-clusters-head-node", "/parallelcluster/ml-clusters-lambda"])
    error_message = "Head nodes pass roles under /parallelcluster/ and no others."
  }

  assert {
    condition     = keys(aws_iam_role_policy.cluster) == ["parallelcluster_compute", "parallelcluster_head", "parallelcluster_lambda"]
    error_message = "Each has a policy of its own."
  }
}

run "a_nodes_policy_longer_than_iam_takes_is_refused" {
  command = plan

  variables {
    parallelcluster_roles = {}
    data_buckets          = { for number in range(40) : "ml-clusters-data-${number}" => { write_prefixes = ["checkpoints/"] } }
  }

  expect_failures = [aws_iam_role_policy.cluster]
}

run "the_replication_role_comes_alone_and_knows_its_keys" {
  command = plan

  variables {
    s3_replication_role = {
      source = { bucket = "ml-clusters-data", kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" }
      destinations = {
        main-us-west-2      = { bucket = "ml-clusters-data-usw2", kms_key_arn = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000001" }
        secondary-us-west-2 = { bucket = "ml-clusters-data-secondary", kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000002" }
      }
    }
  }

  assert {
    condition     = { for key, role in aws_iam_role.cluster : key => role.name } == { s3_replication = "ml-clusters-s3-replication" }
    error_message = "S3's role, and no cluster's."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.cluster["s3_replication"].policy).Statement : statement.Condition.StringEquals["kms:ViaService"] if can(statement.Condition)] == [
      "s3.us-east-1.amazonaws.com", "s3.us-west-2.amazonaws.com", "s3.us-west-2.amazonaws.com"
    ]
    error_message = "It decrypts in the source's region and encrypts in each destination's, through S3 only."
  }

  assert {
    condition = flatten([for statement in jsondecode(aws_iam_role_policy.cluster["s3_replication"].policy).Statement : statement.Resource if contains(flatten([statement.Action]), "s3:ObjectOwnerOverrideToBucketOwner")]) == [
      "arn:aws:s3:::ml-clusters-data-usw2/*", "arn:aws:s3:::ml-clusters-data-secondary/*"
    ]
    error_message = "It writes to the destinations, and hands ownership over there."
  }
}

run "outputs_name_what_was_made" {
  variables {
    github                = { repository = "example/ml-clusters" }
    terraform_roles       = { ci = { environments = ["main"], execution_accounts = ["111111111111"] }, execution = { environments = ["main-long"] } }
    capacity_roles        = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:user/jo"] } }
    eks_roles             = {}
    parallelcluster_roles = {}
    hyperpod_role         = { lifecycle_bucket = "sagemaker-ml-clusters-111111111111" }
    s3_replication_role = {
      source       = { bucket = "ml-clusters-data", kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" }
      destinations = { west = { bucket = "ml-clusters-data-usw2", kms_key_arn = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000001" } }
    }
    tags = { Team = "ML" }
  }

  assert {
    condition     = output.terraform_role_arns == { execution = aws_iam_role.execution[0].arn, plan = aws_iam_role.plan[0].arn, ci = aws_iam_role.ci[0].arn }
    error_message = "terraform_role_arns names the three roles."
  }

  assert {
    condition     = output.capacity_role_arns == { reader = aws_iam_role.reader[0].arn, purchaser = aws_iam_role.purchaser[0].arn }
    error_message = "capacity_role_arns names both roles."
  }

  assert {
    condition     = alltrue([for arn in concat(values(output.eks_role_arns), values(output.parallelcluster_role_arns), [output.hyperpod_execution_role_arn, output.s3_replication_role_arn]) : arn == "arn:aws:iam::111111111111:role/mocked"])
    error_message = "Every cluster's role has its ARN in an output."
  }

  assert {
    condition = alltrue([for taggable in concat(
      aws_iam_role.execution, aws_iam_role.ci, aws_iam_role.plan, aws_iam_role.reader, aws_iam_role.purchaser, values(aws_iam_role.cluster),
      values(aws_iam_policy.execution), aws_iam_policy.plan, aws_iam_policy.boundary, aws_iam_openid_connect_provider.github,
    ) : taggable.tags == tomap({ Team = "ML" })])
    error_message = "Everything that takes tags has them."
  }
}

run "documents_longer_than_iam_takes_are_refused" {
  command = plan

  variables {
    github = { repository = "example/ml-clusters" }
    terraform_roles = { execution = {
      environments  = [for number in range(60) : "environment-${number}"]
      role_prefixes = [for number in range(60) : "prefix-${number}-"]
    } }
  }

  # The trust policy; the part about identity; and the boundary, for its prefixes.
  expect_failures = [aws_iam_role.execution, aws_iam_policy.execution, aws_iam_policy.boundary]
}

run "options_add_what_they_name_and_no_more" {
  command = plan

  variables {
    eks_roles     = { cni_policy = true, ssm = true }
    hyperpod_role = { lifecycle_bucket = "sagemaker-ml-clusters-111111111111", eks_cluster_arns = ["arn:aws:eks:us-west-2:111111111111:cluster/training"], volume_kms_key_arns = ["arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000001"] }
    data_buckets = {
      ml-clusters-data = { write_prefixes = ["checkpoints/"], kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" }
      ml-clusters-read = {}
    }
  }

  assert {
    condition     = length(setintersection(keys(aws_iam_role_policy_attachment.cluster), ["eks_node/AmazonEKS_CNI_Policy", "eks_node/AmazonSSMManagedInstanceCore"])) == 2
    error_message = "cni_policy and ssm attach their policies to nodes."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.cluster["hyperpod_execution"].policy).Statement : statement.Resource if statement.Action == "eks-auth:AssumeRoleForPodIdentity"] == [
      ["arn:aws:eks:us-west-2:111111111111:cluster/training"]
    ]
    error_message = "Pod Identity is for the named EKS clusters only."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.cluster["hyperpod_execution"].policy).Statement : statement.Resource if contains(flatten([statement.Action]), "kms:CreateGrant")] == [
      ["arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000001"]
    ]
    error_message = "Grants are for the keys of volumes only, and without one a volume is not attached."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.cluster["hyperpod_execution"].policy).Statement : statement.Resource if contains(flatten([statement.Action]), "s3:PutObject")] == [
      ["arn:aws:s3:::ml-clusters-data/checkpoints/*"]
    ]
    error_message = "Nothing is written outside of write_prefixes."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.cluster["hyperpod_execution"].policy).Statement : statement.Condition.StringEquals["kms:ViaService"] if contains(flatten([statement.Action]), "kms:GenerateDataKey")] == [
      "s3.us-east-1.amazonaws.com"
    ]
    error_message = "The bucket's key is used through S3 in the key's region only."
  }

  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.cluster["hyperpod_execution"].policy).Statement : statement if startswith(statement.Sid, "Key")]) == 1
    error_message = "A bucket without a key of its own needs no permission on one."
  }
}
