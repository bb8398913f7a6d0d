data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  # data.aws_region's name is deprecated in 6.x, and its region is not in 5.x; id is the same in both.
  region = data.aws_region.this.id

  # The version is in the name, so that another one is another stack, beside this one, never a new API in the place of the old.
  name = "${var.name}-pcluster-api-${replace(var.parallelcluster_version, ".", "-")}"

  # From the same region as the stack: its Lambda layer is in that region's bucket.
  template_url = "https://${local.region}-aws-parallelcluster.s3.${local.region}.${data.aws_partition.this.dns_suffix}/parallelcluster/${var.parallelcluster_version}/api/parallelcluster-api.yaml"

  endpoint = aws_cloudformation_stack.this.outputs["ParallelClusterApiInvokeUrl"]
  api_id   = regex("^https://([a-z0-9]+)\\.", local.endpoint)[0]
}

resource "aws_cloudformation_stack" "this" {
  #checkov:skip=CKV_AWS_124:Whoever applies sees how the stack ends, and nothing changes it in between.
  name         = local.name
  template_url = local.template_url
  capabilities = ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"]
  # One that failed could not be updated, only deleted.
  on_failure         = "DELETE"
  timeout_in_minutes = 30

  parameters = {
    Region                    = local.region
    PermissionsBoundaryPolicy = var.permissions_boundary_arn
    IAMRoleAndPolicyPrefix    = var.role_prefix
    # What it may do to roles comes with the boundary, and is held to it; this would add roles without one.
    EnableIamAdminAccess = "false"
    # The stack's own trusts this account alone, whole, and shuts everybody else out: ours is below.
    CreateApiUserRole = "false"
  }

  tags = var.tags
}

# Another version or name would replace the stack, and with it the only API that can change or delete the clusters it has made. The
# record comes after the stack, so that one which could not be made refuses no corrected input.
resource "terraform_data" "created_with" {
  input      = { name = var.name, version = var.parallelcluster_version }
  depends_on = [aws_cloudformation_stack.this]

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = self.input.name == var.name && self.input.version == var.parallelcluster_version
      error_message = "This API is ${self.input.name}'s of version ${self.input.version}, and would be destroyed for one of ${var.name} ${var.parallelcluster_version}: its clusters would go on running, and nothing could change or delete them. Keep the value, and call the module a second time for the other API; move the clusters there, and remove this call after its last cluster. If it has none, plan with -replace of this record."
    }
  }
}

# Accounts, and the principals in a condition: IAM refuses a policy that names a principal which does not exist yet.
resource "aws_iam_role" "this" {
  name                 = "${local.name}-${local.region}"
  description          = "Calls the API of ParallelCluster ${var.parallelcluster_version} in ${local.region}"
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = var.max_session_duration

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for account in sort(distinct([for arn in var.principals : split(":", arn)[4]])) : {
        Sid       = "From${account}"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${account}:root" }
        Action    = "sts:AssumeRole"
        Condition = { ArnEquals = { "aws:PrincipalArn" = sort([for arn in var.principals : arn if split(":", arn)[4] == account]) } }
      }
    ]
  })

  tags = var.tags

  lifecycle {
    precondition {
      condition     = split(":", var.permissions_boundary_arn)[4] == local.account_id
      error_message = "The boundary is of account ${split(":", var.permissions_boundary_arn)[4]}, and the API is made in ${local.account_id}: pass the output of this account's iam."
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name = "invoke"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "CallThisApi"
      Effect   = "Allow"
      Action   = "execute-api:Invoke"
      Resource = "arn:${local.partition}:execute-api:${local.region}:${local.account_id}:${local.api_id}/*"
    }]
  })
}
