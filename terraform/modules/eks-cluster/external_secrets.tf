# What external-secrets needs of AWS; Argo CD installs it, into the namespace and with the service account that are named here.
locals {
  external_secrets = var.external_secrets == null ? {} : { this = var.external_secrets }

  secret_arns = { for name, secrets in local.external_secrets : name => "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${secrets.secret_prefix}*" }

  external_secrets_statements = { for name, secrets in local.external_secrets : name => concat(
    [jsonencode({
      Sid      = "Read"
      Effect   = "Allow"
      Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
      Resource = local.secret_arns[name]
    })],
    length(secrets.kms_key_arns) == 0 ? [] : [jsonencode({
      Sid      = "Decrypt"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = sort(secrets.kms_key_arns)
      # The key may be others' too: of what it encrypted only these secrets are read.
      Condition = {
        StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" }
        ArnLike      = { "kms:EncryptionContext:SecretARN" = local.secret_arns[name] }
      }
    })],
  ) }
}

resource "aws_iam_role" "external_secrets" {
  for_each = local.external_secrets

  name                 = "${var.name}-external-secrets-${local.iam_suffix}"
  description          = "Reads secrets whose names begin with ${each.value.secret_prefix}, for external-secrets of ${var.name}"
  assume_role_policy   = local.pod_trust
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy" "external_secrets" {
  for_each = aws_iam_role.external_secrets

  name = "secrets"
  role = each.value.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in local.external_secrets_statements[each.key] : jsondecode(statement)]
  })
}

resource "aws_eks_pod_identity_association" "external_secrets" {
  for_each = aws_iam_role.external_secrets

  cluster_name    = module.eks.cluster_name
  namespace       = "external-secrets"
  service_account = "external-secrets"
  role_arn        = each.value.arn
  tags            = var.tags
}
