mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "null" {}

mock_provider "time" {}

mock_provider "tls" {}

mock_provider "cloudinit" {}

variables {
  name                     = "ml-training"
  vpc_id                   = "vpc-0123456789abcdef0"
  control_plane_subnet_ids = { use1-az4 = "subnet-00000000000000004", use1-az6 = "subnet-00000000000000006" }
  private_subnet_ids       = { use1-az4 = "subnet-00000000000000014", use1-az6 = "subnet-00000000000000016" }
  efa_security_group_id    = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  now                      = "2026-12-01T00:00:00Z"

  access_entries = {
    administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
  }
}

run "external_secrets_reads_secrets_under_its_prefix_and_nothing_else" {
  variables {
    external_secrets = {
      secret_prefix = "ml/training/"
      kms_key_arns  = ["arn:aws:kms:us-east-1:111111111111:key/22222222-2222-2222-2222-222222222222"]
    }
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/ml-boundary"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.external_secrets["this"].policy).Statement == [
      {
        Sid      = "Read"
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        Resource = "arn:aws:secretsmanager:us-east-1:111111111111:secret:ml/training/*"
      },
      {
        Sid      = "Decrypt"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = ["arn:aws:kms:us-east-1:111111111111:key/22222222-2222-2222-2222-222222222222"]
        Condition = {
          StringEquals = { "kms:ViaService" = "secretsmanager.us-east-1.amazonaws.com" }
          ArnLike      = { "kms:EncryptionContext:SecretARN" = "arn:aws:secretsmanager:us-east-1:111111111111:secret:ml/training/*" }
        }
      },
    ]
    error_message = aws_iam_role_policy.external_secrets["this"].policy
  }

  assert {
    condition     = aws_iam_role.external_secrets["this"].assume_role_policy == local.pod_trust && aws_iam_role.external_secrets["this"].permissions_boundary == "arn:aws:iam::111111111111:policy/ml-boundary"
    error_message = "pods of this cluster alone get the role, and it is under the boundary"
  }

  assert {
    condition     = aws_iam_role.external_secrets["this"].name == "ml-training-external-secrets-us-east-1" && output.external_secrets_role_arn == aws_iam_role.external_secrets["this"].arn
    error_message = aws_iam_role.external_secrets["this"].name
  }

  assert {
    condition = (
      aws_eks_pod_identity_association.external_secrets["this"].cluster_name == "ml-training"
      && aws_eks_pod_identity_association.external_secrets["this"].namespace == "external-secrets"
      && aws_eks_pod_identity_association.external_secrets["this"].service_account == "external-secrets"
      && aws_eks_pod_identity_association.external_secrets["this"].role_arn == aws_iam_role.external_secrets["this"].arn
    )
    error_message = "the namespace and the service account are those of gitops/external-secrets.yaml"
  }
}

run "without_a_key_of_a_customer_nothing_is_decrypted" {
  command = plan

  variables {
    external_secrets = { secret_prefix = "ml/training/" }
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.external_secrets["this"].policy).Statement : statement.Sid] == ["Read"]
    error_message = aws_iam_role_policy.external_secrets["this"].policy
  }
}

run "nobody_reads_secrets_unasked" {
  command = plan

  assert {
    condition     = length(aws_iam_role.external_secrets) + length(aws_eks_pod_identity_association.external_secrets) == 0 && output.external_secrets_role_arn == null
    error_message = "no role unless its switch is on"
  }
}
