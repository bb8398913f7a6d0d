"""What is found in simulated AWS: changes that were made outside of Terraform, and what Terraform takes over."""

from typing import Any

import boto3

from tests.plans.risk_recipes.recipe import Recipe, called, instead, written

_ACCOUNT = "483026362307"
_NAME = "example-data-483026362307-us-east-1"
_BUCKET = f"""\
module "central" {{
  source = "../.."

  name        = "{_NAME}"
  role        = "central"
  kms_key_arn = "arn:aws:kms:us-east-1:{_ACCOUNT}:key/00000000-0000-0000-0000-000000000001"

  tags = {{ Team = "ml-platform" }}
}}
"""
_TWO = """\
resource "aws_s3_bucket" "kept" {
  bucket = "example-kept-483026362307"
  tags   = { Team = "ml-platform" }

  lifecycle {
    ignore_changes = [tags, tags_all]
  }
}

resource "aws_s3_bucket" "gone" {
  bucket = "example-gone-483026362307"
}
"""
NOT_THERE = called("s3-data-bucket", "", account=_ACCOUNT, applied=True)
BUCKET = called("s3-data-bucket", _BUCKET, account=_ACCOUNT, applied=True)
TWO = written(_TWO, account=_ACCOUNT, applied=True)


def _s3() -> Any:
    return boto3.client("s3", region_name="us-east-1")


def _tag(bucket: str) -> None:
    tags = [{"Key": "Team", "Value": "somebody-else"}]
    _s3().put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


def _change_two() -> None:
    _tag("example-kept-483026362307")
    _s3().delete_bucket(Bucket="example-gone-483026362307")


RECIPES = (
    Recipe(
        "drift-put-back",
        BUCKET,
        ("drift-undone",),
        "tags of a bucket were changed outside, and the plan puts them back",
        outside=lambda: _tag(_NAME),
        refreshed=True,
    ),
    Recipe(
        "drift-only-looked-at",
        BUCKET,
        ("drift",),
        "tags of a bucket were changed outside, and the plan only takes note: -refresh-only",
        outside=lambda: _tag(_NAME),
        refreshed=True,
        flags=("-refresh-only",),
    ),
    Recipe(
        "drift-not-touched",
        TWO,
        ("drift", "drift-undone"),
        "ignored tags were changed outside, and another bucket is gone, which the plan makes anew",
        outside=_change_two,
        refreshed=True,
    ),
    Recipe(
        "imported",
        NOT_THERE,
        ("imported",),
        "a bucket that was made by hand is imported, and the rest of the module made",
        instead(
            NOT_THERE,
            _BUCKET.replace(_NAME, f"by-hand-{_NAME}")
            + f'\nimport {{\n  to = module.central.aws_s3_bucket.this\n  id = "by-hand-{_NAME}"\n}}\n',
        ),
        outside=lambda: _s3().create_bucket(Bucket=f"by-hand-{_NAME}"),
        refreshed=True,
    ),
)
