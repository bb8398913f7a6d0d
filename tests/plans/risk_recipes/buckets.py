"""Changes of buckets: of data, of Terraform's states, and of what is replicated."""

from tests.plans.risk_recipes.recipe import ROOT, Recipe, called, example, in_call, in_module, instead, reworded

_OUTPUT = "terraform/modules/s3-data-bucket/examples/basic/more_outputs.tf"

DATA = example(
    "s3-data-bucket",
    files={_OUTPUT: 'output "bucket" {\n  description = "Its name."\n  value       = module.central.bucket\n}\n'},
)
_DATASETS = (
    (ROOT / DATA.root / "main.tf")
    .read_text()
    .replace("module.central", "module.datasets")
    .replace('"central" {', '"datasets" {')
)
STATES = example("tfstate-bucket")
REPLICATION = called(
    "s3-replication",
    """\
module "replication" {
  source = "../.."

  name                 = "example"
  replication_role_arn = "arn:aws:iam::111111111111:role/example-s3-replication"

  source_bucket = {
    name           = "example-data-111111111111-us-east-1"
    role           = "central"
    account_id     = "111111111111"
    region         = "us-east-1"
    kms_key_arn    = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
    versioning     = "Enabled"
    local_prefixes = ["checkpoints/"]
  }

  destinations = {
    secondary-us-west-2 = {
      bucket = {
        name           = "example-data-222222222222-us-west-2"
        role           = "replica"
        account_id     = "222222222222"
        region         = "us-west-2"
        kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
        versioning     = "Enabled"
        local_prefixes = ["checkpoints/"]
      }
      rules = {
        datasets = { prefix = "datasets/", priority = 10 }
        models   = { prefix = "models/", priority = 11 }
      }
    }
  }
}
""",
)
_REPLICATION = REPLICATION.files[f"{REPLICATION.root}/main.tf"]

_SUSPENDED = """\
resource "aws_s3_bucket_versioning" "this" {
  versioning_configuration {
    status = "Suspended"
  }
}
"""
_OTHER_OWNERSHIP = """\
resource "aws_s3_bucket_ownership_controls" "this" {
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}
"""
_EVERYBODY_READS = """\
resource "aws_s3_bucket_policy" "this" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Everybody"
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "arn:aws:s3:::${var.name}/*"
    }]
  })
}
"""
_HALF_OPEN = """\
resource "aws_s3_bucket_public_access_block" "this" {
  block_public_policy     = false
  restrict_public_buckets = false
}
"""
_EXPIRES_BY_DATE = """\
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  rule {
    id     = "everything"
    status = "Enabled"

    filter {}

    expiration {
      date = "2099-01-01T00:00:00Z"
    }
  }
}
"""
_OTHER_TEAM = 'module "central" {\n  tags = { Team = "ml-research" }\n}\n'

_OF_DATA = (
    Recipe(
        "bucket-replaced",
        DATA,
        ("data-destroyed", "replaced"),
        "another name for a data bucket",
        in_call(DATA, 'module "central" {\n  name = "example-datasets-111111111111-us-east-1"\n}\n'),
    ),
    Recipe(
        "bucket-deleted",
        DATA,
        ("data-destroyed", "outputs-removed"),
        "the call of the module and its outputs taken out",
        {**instead(DATA, 'provider "aws" {\n  region = "us-east-1"\n}\n'), _OUTPUT: ""},
    ),
    Recipe(
        "data-expires-sooner",
        DATA,
        ("data-expires-sooner",),
        "checkpoints expire after 7 days instead of 30, and datasets, which never did, after a year",
        in_call(DATA, 'module "central" {\n  expire_after_days = { "checkpoints/" = 7, "datasets/" = 365 }\n}\n'),
    ),
    Recipe(
        "force-destroy-turned-on",
        DATA,
        ("data-expires-sooner",),
        "force_destroy of a data bucket",
        in_module("s3-data-bucket", 'resource "aws_s3_bucket" "this" {\n  force_destroy = true\n}\n'),
    ),
    Recipe(
        "versioning-suspended",
        DATA,
        ("replication-weakened",),
        "versioning of a data bucket suspended",
        in_module("s3-data-bucket", _SUSPENDED),
    ),
    Recipe(
        "public-access-block-weakened",
        DATA,
        ("public-access",),
        "two of the four public access blocks of a bucket off",
        in_module("s3-data-bucket", _HALF_OPEN),
    ),
    Recipe(
        "bucket-policy-for-everybody",
        DATA,
        ("public-access",),
        "a bucket policy that lets everybody read",
        in_module("s3-data-bucket", _EVERYBODY_READS),
    ),
    Recipe(
        "bucket-shared-with-another-account",
        DATA,
        ("shared-outside",),
        "a bucket policy that lets a role of another account read",
        in_module("s3-data-bucket", _EVERYBODY_READS.replace('= "*"', '= { AWS = "arn:aws:iam::333333333333:root" }')),
    ),
    Recipe(
        "objects-expire-by-date",
        DATA,
        ("data-expires-sooner",),
        "whatever is in the bucket is deleted from a day on, instead of checkpoints after 30 days",
        in_module("s3-data-bucket", _EXPIRES_BY_DATE),
    ),
    Recipe("tags-only", DATA, ("none",), "another tag on a bucket", in_call(DATA, _OTHER_TEAM)),
    Recipe("outputs-removed", DATA, ("outputs-removed",), "an output taken out, and nothing else", {_OUTPUT: ""}),
    Recipe(
        "targeted",
        DATA,
        ("incomplete",),
        "two changes, of which -target plans one",
        {**in_module("s3-data-bucket", _OTHER_OWNERSHIP), **in_call(DATA, _OTHER_TEAM)},
        flags=("-target=module.central.aws_s3_bucket.this",),
    ),
    Recipe(
        "moved",
        DATA,
        ("moved",),
        "the module is called by another name, with a moved block",
        {
            **instead(DATA, _DATASETS + "\nmoved {\n  from = module.central\n  to   = module.datasets\n}\n"),
            _OUTPUT: 'output "bucket" {\n  description = "Its name."\n  value       = module.datasets.bucket\n}\n',
        },
    ),
    Recipe(
        "forgotten",
        DATA,
        ("forgotten",),
        "the call taken out, with a removed block that keeps what is there",
        {
            **instead(
                DATA,
                'provider "aws" {\n  region = "us-east-1"\n}\n\n'
                "removed {\n  from = module.central\n\n  lifecycle {\n    destroy = false\n  }\n}\n",
            ),
            _OUTPUT: "",
        },
    ),
)

_OF_STATES = (
    Recipe(
        "state-bucket-destroyed",
        STATES,
        ("state-bucket-touched", "key-deleted"),
        "the call of the module taken out",
        instead(STATES, 'provider "aws" {\n  region = "us-east-1"\n}\n'),
    ),
    Recipe(
        "state-bucket-versioning-suspended",
        STATES,
        ("state-bucket-touched", "replication-weakened"),
        "versioning of the bucket of states suspended",
        in_module("tfstate-bucket", _SUSPENDED),
    ),
    Recipe(
        "state-bucket-policy-widened",
        STATES,
        ("state-bucket-touched",),
        "one more account may write states, and the key's policy lets it use the key",
        in_call(
            STATES,
            """\
module "tfstate" {
  cross_account_access = {
    secondary = {
      principal_arns = ["arn:aws:iam::222222222222:role/TerraformExecutionRole"]
      write_prefixes = ["secondary/"]
      read_prefixes  = ["main/us-east-1/iam/"]
    }
    third = {
      principal_arns = ["arn:aws:iam::333333333333:role/TerraformExecutionRole"]
      write_prefixes = ["main/"]
    }
  }
}
""",
        ),
    ),
    Recipe(
        "state-bucket-unencrypted",
        STATES,
        ("state-bucket-touched",),
        "the bucket of states encrypts with S3's own key",
        in_module(
            "tfstate-bucket",
            """\
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}
""",
        ),
    ),
)

_OF_REPLICATION = (
    Recipe(
        "replication-rule-removed",
        REPLICATION,
        ("replication-weakened",),
        "models are copied no more",
        instead(REPLICATION, _REPLICATION.replace('        models   = { prefix = "models/", priority = 11 }\n', "")),
    ),
    Recipe(
        "replication-rule-disabled",
        REPLICATION,
        ("replication-weakened",),
        "every rule is Disabled",
        reworded("terraform/modules/s3-replication/main.tf", 'status   = "Enabled"', 'status   = "Disabled"'),
    ),
    Recipe(
        "replication-deleted",
        REPLICATION,
        ("replication-weakened",),
        "the call of the module taken out",
        instead(REPLICATION, ""),
    ),
)

RECIPES = (*_OF_DATA, *_OF_STATES, *_OF_REPLICATION)
