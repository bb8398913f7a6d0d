"""Changes of who may do what: IAM's roles and policies, and keys."""

from tests.plans.risk_recipes.recipe import Recipe, beside, called, example, in_call, in_module, instead

_ROLES = """\
module "clusters" {
  source = "../.."

  name                     = "ml-clusters"
  regions                  = ["us-east-1", "us-west-2"]
  permissions_boundary_arn = "arn:aws:iam::111111111111:policy/ml-clusters-boundary"

  eks_roles = {}
  hyperpod_role = {
    lifecycle_bucket = "sagemaker-ml-clusters-111111111111"
  }

  capacity_roles = {
    reader = {
      principals = ["arn:aws:iam::111111111111:role/claude-code"]
    }
  }

  data_buckets = {
    ml-clusters-data-111111111111 = {}
  }
}
"""
ROLES = called("iam", _ROLES)
KEY = example("kms", region="us-west-2")

_ROLE_POLICY = """\
resource "aws_iam_role_policy" "cluster" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:*"
      Resource = "*"
    }]
  })
}
"""
_ATTACHED = """\
resource "aws_iam_role_policy_attachment" "administrator" {
  role       = "ml-clusters-eks-node"
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
"""
_EVERYBODY_ASSUMES = """\
resource "aws_iam_role" "cluster" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "sts:AssumeRole"
    }]
  })
}
"""

RECIPES = (
    Recipe(
        "iam-writes-added",
        ROLES,
        ("iam-widened",),
        "nodes may write checkpoints of a data bucket that they only read",
        instead(
            ROLES,
            _ROLES.replace(
                "ml-clusters-data-111111111111 = {}",
                'ml-clusters-data-111111111111 = { write_prefixes = ["checkpoints/"] }',
            ),
        ),
    ),
    Recipe(
        "iam-wildcards",
        ROLES,
        ("iam-widened",),
        "a role's policy becomes s3:* on everything",
        in_module("iam", _ROLE_POLICY),
    ),
    Recipe(
        "administrator-attached",
        ROLES,
        ("iam-widened",),
        "AdministratorAccess attached to the nodes' role",
        beside(ROLES, _ATTACHED),
    ),
    Recipe(
        "boundary-removed",
        ROLES,
        ("iam-widened",),
        "clusters' roles without their permissions boundary",
        in_module("iam", 'resource "aws_iam_role" "cluster" {\n  permissions_boundary = null\n}\n'),
    ),
    Recipe(
        "trust-widened",
        ROLES,
        ("trust-widened",),
        "a user more, of another account, may read capacity",
        instead(
            ROLES,
            _ROLES.replace(
                '["arn:aws:iam::111111111111:role/claude-code"]',
                '["arn:aws:iam::111111111111:role/claude-code", "arn:aws:iam::222222222222:user/jo"]',
            ),
        ),
    ),
    Recipe(
        "trust-for-everybody",
        ROLES,
        ("trust-widened",),
        "whoever asks may assume the clusters' roles",
        in_module("iam", _EVERYBODY_ASSUMES),
    ),
    Recipe(
        "key-deleted",
        KEY,
        ("key-deleted",),
        "the call of the module taken out",
        instead(KEY, 'provider "aws" {\n  region = "us-west-2"\n}\n'),
    ),
    Recipe(
        "key-weakened",
        KEY,
        ("key-weakened",),
        "a key that is disabled and not rotated",
        in_module(
            "kms", 'resource "aws_kms_key" "this" {\n  is_enabled          = false\n  enable_key_rotation = false\n}\n'
        ),
    ),
    Recipe(
        "key-policy-widened",
        KEY,
        ("key-weakened",),
        "a role of another account may decrypt",
        in_call(
            KEY,
            """\
module "kms" {
  cross_account = {
    replication = {
      principals   = ["arn:aws:iam::222222222222:role/ml-clusters-s3-replication"]
      actions      = ["encrypt", "decrypt"]
      via_services = []
    }
  }
}
""",
        ),
    ),
)
