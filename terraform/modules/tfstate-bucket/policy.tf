locals {
  bucket_arn   = "arn:${data.aws_partition.current.partition}:s3:::${var.name}"
  account_root = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"

  # The account is the principal and the role a condition: a role named as a principal must exist already, and is remembered
  # by its internal id, so that one made anew under the same name is locked out (IAM user guide, principals).
  access_roots = {
    for name, access in var.cross_account_access : name => distinct([
      for arn in access.principal_arns : join(":", concat(slice(split(":", arn), 0, 5), ["root"]))
    ])
  }
  sid = { for name in keys(var.cross_account_access) : name => title(name) }

  own_rules = [
    {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    },
    {
      Sid       = "Tls12"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
    },
    # A backend with encrypt = true and no kms_key_id asks for AES256 and so goes past the bucket's key; both conditions must
    # hold, so that an upload that asks for nothing gets the key by default.
    {
      Sid       = "OnlyKms"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arn}/*"
      Condition = {
        Null            = { "s3:x-amz-server-side-encryption" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
      }
    },
    {
      Sid       = "OnlyThisKey"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arn}/*"
      Condition = {
        Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = local.kms_key_arn }
      }
    },
  ]

  # Terraform S3 backend, permissions required: the state is read and written, the lock also deleted. Nobody from elsewhere
  # deletes a state.
  access_rules = flatten([
    for name, access in var.cross_account_access : [
      for rule in [
        {
          sid = "List"
          # Without a list a state that does not exist yet reads as forbidden, and `init` cannot look for workspaces.
          actions   = ["s3:ListBucket"]
          resources = [local.bucket_arn]
        },
        {
          sid       = "Read"
          actions   = ["s3:GetObject"]
          resources = [for prefix in concat(access.read_prefixes, access.write_prefixes) : "${local.bucket_arn}/${prefix}*"]
        },
        {
          sid       = "Write"
          actions   = ["s3:PutObject"]
          resources = [for prefix in access.write_prefixes : "${local.bucket_arn}/${prefix}*"]
        },
        {
          sid       = "Unlock"
          actions   = ["s3:DeleteObject"]
          resources = [for prefix in access.write_prefixes : "${local.bucket_arn}/${prefix}*.tflock"]
        },
        ] : {
        Sid       = "${rule.sid}${local.sid[name]}"
        Effect    = "Allow"
        Principal = { AWS = local.access_roots[name] }
        Action    = rule.actions
        Resource  = rule.resources
        Condition = { ArnEquals = { "aws:PrincipalArn" = access.principal_arns } }
      } if length(rule.resources) > 0
    ]
  ])
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.own_rules, local.access_rules)
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}
