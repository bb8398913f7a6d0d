"""Changes of what keeps data beside buckets: file systems, tables, images, volumes, secrets, databases."""

from tests.plans.risk_recipes.recipe import (
    Json,
    Recipe,
    attributes,
    called,
    example,
    in_call,
    in_module,
    instead,
    reworded,
    written,
)

SHARED = example("shared-storage", account="222222222222", region="us-west-2")
LEDGER = example("capacity-ledger")
_IMAGES = """\
module "images" {
  source = "../.."

  name          = "ml-clusters"
  repositories  = { training = {}, base = {} }
  kms_key_arn   = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
  pull_accounts = ["222222222222"]
}
"""
IMAGES = called("ecr", _IMAGES)
_OTHERS = """\
resource "aws_ebs_volume" "scratch" {
  availability_zone = "us-east-1a"
  size              = 500
  type              = "gp3"
}

resource "aws_secretsmanager_secret" "token" {
  name = "training/token"
}

resource "aws_db_instance" "accounting" {
  identifier                  = "slurm-accounting"
  engine                      = "mysql"
  engine_version              = "8.0"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 100
  username                    = "slurm"
  manage_master_user_password = true
  skip_final_snapshot         = true
}
"""
OTHERS = written(_OTHERS)

_COPIES = """\
resource "aws_db_instance" "accounting" {
  identifier                  = "slurm-accounting"
  engine                      = "mysql"
  engine_version              = "8.0"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 100
  username                    = "slurm"
  manage_master_user_password = true
  publicly_accessible         = false
  backup_retention_period     = 7
  skip_final_snapshot         = false
  final_snapshot_identifier   = "slurm-accounting-last"
}

resource "aws_ebs_snapshot" "scratch" {
  volume_id = "vol-0123456789abcdef0"
}

resource "aws_backup_plan" "daily" {
  name = "daily"

  rule {
    rule_name         = "daily"
    target_vault_name = "daily"
    schedule          = "cron(0 5 * * ? *)"
  }
}

resource "aws_fsx_data_repository_association" "datasets" {
  file_system_id            = "fs-0123456789abcdef0"
  file_system_path          = "/datasets"
  data_repository_path      = "s3://example-data-111111111111-us-east-1/datasets"
  delete_data_in_filesystem = false

  s3 {
    auto_export_policy {
      events = ["NEW", "CHANGED", "DELETED"]
    }
  }
}
"""
COPIES = written(_COPIES)

_UNGUARDED = """\
resource "aws_fsx_lustre_file_system" "this" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "aws_efs_file_system" "this" {
  lifecycle {
    prevent_destroy = false
  }
}
"""
_OTHER_GROUP = """\
module "shared_storage" {
  lustre = {
    subnet_id               = "subnet-00000000000000001"
    storage_capacity_gib    = 9600
    throughput_mbps_per_tib = 500
    efa                     = true
    efa_security_group_id   = "sg-00000000000000009"
  }
}
"""
_OTHER_KEY = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000009"


def _recorded_with(name: str, value: str, state: Json) -> None:
    """The module's record of what was made, written anew, so that it refuses nothing."""
    for each in attributes(state, "terraform_data"):
        for side in ("input", "output"):
            if name in each[side]["value"]:
                each[side]["value"][name] = value


RECIPES = (
    Recipe(
        "file-system-replaced",
        SHARED,
        ("file-system-replaced",),
        "another security group of FSx for Lustre, with the module's guards taken off",
        {
            **in_call(SHARED, _OTHER_GROUP),
            **in_module("shared-storage", _UNGUARDED),
            **reworded("terraform/modules/shared-storage/lustre.tf", "ignore_changes = [security_group_ids]", ""),
        },
        since=lambda state: _recorded_with("efa_security_group_id", "sg-00000000000000009", state),
    ),
    Recipe(
        "file-systems-under-another-key",
        SHARED,
        ("file-system-replaced", "data-destroyed"),
        "another key of FSx for Lustre and of EFS, with the module's guards taken off",
        {
            **in_call(SHARED, f'module "shared_storage" {{\n  kms_key_arn = "{_OTHER_KEY}"\n}}\n'),
            **in_module("shared-storage", _UNGUARDED),
        },
        since=lambda state: _recorded_with("kms_key_arn", _OTHER_KEY, state),
    ),
    Recipe(
        "file-system-replacement-refused",
        SHARED,
        ("errored", "check-failed"),
        "another key, which the module refuses in words: the plan ends in errors",
        in_call(SHARED, f'module "shared_storage" {{\n  kms_key_arn = "{_OTHER_KEY}"\n}}\n'),
    ),
    Recipe(
        "file-systems-deleted",
        SHARED,
        ("file-system-replaced", "data-destroyed", "outputs-removed"),
        "the call of the module taken out",
        instead(SHARED, 'provider "aws" {\n  region = "us-west-2"\n}\n'),
    ),
    Recipe(
        "table-unprotected",
        LEDGER,
        ("deletion-protection-lifted",),
        "deletion protection of the ledger off",
        in_call(LEDGER, 'module "capacity_ledger" {\n  deletion_protection = false\n}\n'),
    ),
    Recipe(
        "table-replaced",
        LEDGER,
        ("data-destroyed",),
        "another name of the ledger",
        in_call(LEDGER, 'module "capacity_ledger" {\n  name = "ml-clusters-ledger"\n}\n'),
    ),
    Recipe(
        "repository-deleted",
        IMAGES,
        ("data-destroyed",),
        "a repository of images taken out",
        instead(IMAGES, _IMAGES.replace("training = {}, ", "")),
    ),
    Recipe(
        "repository-public",
        IMAGES,
        ("public-access",),
        "everybody may pull images",
        in_module(
            "ecr",
            """\
resource "aws_ecr_repository_policy" "this" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}
""",
        ),
    ),
    Recipe(
        "volume-secret-and-database-destroyed",
        OTHERS,
        ("data-destroyed",),
        "another zone of a volume, another name of a secret, and a database taken out",
        instead(
            OTHERS,
            _OTHERS[: _OTHERS.index('resource "aws_db_instance"')]
            .replace("us-east-1a", "us-east-1b")
            .replace("training/token", "training/api-token"),
        ),
    ),
    Recipe(
        "database-weakened",
        COPIES,
        ("public-access", "replication-weakened", "data-expires-sooner"),
        "a database with a public address and no backups, which leaves no copy; files that are deleted with the way "
        "to their bucket",
        instead(
            COPIES,
            _COPIES.replace("retention_period     = 7", "retention_period     = 0")
            .replace("final_snapshot         = false", "final_snapshot         = true")
            .replace("publicly_accessible         = false", "publicly_accessible         = true")
            .replace("delete_data_in_filesystem = false", "delete_data_in_filesystem = true"),
        ),
    ),
    Recipe(
        "copies-destroyed",
        COPIES,
        ("data-destroyed", "replication-weakened"),
        "a snapshot, a plan of backups and the way to a file system's bucket taken out",
        instead(COPIES, _COPIES[: _COPIES.index('resource "aws_ebs_snapshot"')]),
    ),
)
