resource "aws_kms_key" "this" {
  description             = "${var.name}: data, volumes, logs and images of ML clusters in this account and region"
  policy                  = local.policy
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_period_in_days
  deletion_window_in_days = var.deletion_window_in_days
  tags                    = var.tags
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_kms_alias" "further" {
  for_each = var.aliases

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this.key_id
}
