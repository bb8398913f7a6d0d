"""What is changed, and of what, in the recorded plans of risks: one recipe for each plan."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Files = dict[str, str]


def _as_it_is(state: Json) -> None:
    del state


@dataclass(frozen=True, eq=False)
class Standing:
    """A configuration that stands, from a module's example or written here.

    files are beside those of the repository or instead of them, by path; before are those that stand and are gone when
    the change is planned. mend makes of a state what AWS would have answered. stand_in says of which providers only the
    schema was there: they force no replacement, which -replace asks for instead.
    """

    made_from: str
    root: str
    files: Files
    before: Files = field(default_factory=dict[str, str])
    account: str = "111111111111"
    region: str = "us-east-1"
    mend: Callable[[Json], None] = _as_it_is
    stand_in: str = ""
    aws: str = "5.100.0"


@dataclass(frozen=True, eq=False)
class Recipe:
    """A change of what stands: files that are written, a state that is altered, flags of the plan.

    rules are those whose fixture it is, says what was changed. refreshed: AWS is asked what is there.
    """

    name: str
    standing: Standing
    rules: tuple[str, ...]
    says: str
    after: Files = field(default_factory=dict[str, str])
    since: Callable[[Json], None] = _as_it_is
    flags: tuple[str, ...] = ()
    refreshed: bool = False


MODULES = "terraform/modules"

_PROVIDERS = """terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "5.100.0"
    }}
  }}
}}

provider "aws" {{
  region = "{region}"

  assume_role {{
    role_arn = "arn:aws:iam::{account}:role/terraform"
  }}
}}
"""


def example(module: str, account: str = "111111111111", region: str = "us-east-1", **more: Any) -> Standing:
    """The example of a module as it is, with the real provider in the account that it speaks of."""
    root = f"{MODULES}/{module}/examples/basic"
    files = {f"{root}/always_override.tf": _PROVIDERS.format(account=account, region=region)}
    return Standing(root, root, {**files, **more.pop("files", {})}, account=account, region=region, **more)


def called(module: str, text: str, account: str = "111111111111", region: str = "us-east-1", **more: Any) -> Standing:
    """A call of a module that is smaller than its example."""
    root = f"{MODULES}/{module}/examples/small"
    files = {f"{root}/main.tf": _PROVIDERS.format(account=account, region=region) + text}
    return Standing(f"{MODULES}/{module}", root, {**files, **more.pop("files", {})}, account=account, region=region, **more)


def in_example(module: str, text: str) -> Files:
    """Something else in the call of an example."""
    return {f"{MODULES}/{module}/examples/basic/after_override.tf": text}


def in_module(module: str, text: str) -> Files:
    """Something else in what the module itself says."""
    return {f"{MODULES}/{module}/after_override.tf": text}


DATA_BUCKET = example("s3-data-bucket", before={f"{MODULES}/s3-data-bucket/examples/basic/before.tf": """\
output "bucket" {
  description = "Name of the bucket."
  value       = module.central.bucket
}
"""})

_DATA_BUCKET_RECIPES = (
    Recipe(
        "bucket-replaced",
        DATA_BUCKET,
        ("data-destroyed", "replaced"),
        "another name for a data bucket",
        in_example("s3-data-bucket", 'module "central" {\n  name = "example-datasets-111111111111-us-east-1"\n}\n'),
    ),
    Recipe(
        "data-expires-sooner",
        DATA_BUCKET,
        ("data-expires-sooner",),
        "checkpoints expire after 7 days instead of 30, and datasets, which never did, after a year",
        in_example("s3-data-bucket", 'module "central" {\n  expire_after_days = { "checkpoints/" = 7, "datasets/" = 365 }\n}\n'),
    ),
    Recipe(
        "force-destroy-turned-on",
        DATA_BUCKET,
        ("data-expires-sooner",),
        "force_destroy of a data bucket",
        in_module("s3-data-bucket", 'resource "aws_s3_bucket" "this" {\n  force_destroy = true\n}\n'),
    ),
    Recipe(
        "versioning-suspended",
        DATA_BUCKET,
        ("replication-weakened",),
        "versioning of a data bucket suspended",
        in_module(
            "s3-data-bucket",
            'resource "aws_s3_bucket_versioning" "this" {\n  versioning_configuration {\n    status = "Suspended"\n  }\n}\n',
        ),
    ),
    Recipe(
        "public-access-block-weakened",
        DATA_BUCKET,
        ("public-access",),
        "two of the four public access blocks of a bucket off",
        in_module(
            "s3-data-bucket",
            'resource "aws_s3_bucket_public_access_block" "this" {\n  block_public_policy = false\n  restrict_public_buckets = false\n}\n',
        ),
    ),
    Recipe(
        "bucket-policy-for-everybody",
        DATA_BUCKET,
        ("public-access",),
        "a bucket policy that lets everybody read",
        in_module(
            "s3-data-bucket",
            """\
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
""",
        ),
    ),
    Recipe(
        "tags-only",
        DATA_BUCKET,
        ("none",),
        "another tag on a bucket",
        in_example("s3-data-bucket", 'module "central" {\n  tags = { Team = "ml-research" }\n}\n'),
    ),
    Recipe("outputs-removed", DATA_BUCKET, ("outputs-removed",), "an output taken out, and nothing else"),
    Recipe(
        "targeted",
        DATA_BUCKET,
        ("incomplete",),
        "two changes, of which -target plans one",
        {
            **in_module("s3-data-bucket", 'resource "aws_s3_bucket_ownership_controls" "this" {\n  rule {\n    object_ownership = "BucketOwnerPreferred"\n  }\n}\n'),
            **in_example("s3-data-bucket", 'module "central" {\n  tags = { Team = "ml-research" }\n}\n'),
        },
        flags=("-target=module.central.aws_s3_bucket.this",),
    ),
)

RECIPES = {each.name: each for each in (*_DATA_BUCKET_RECIPES,)}
