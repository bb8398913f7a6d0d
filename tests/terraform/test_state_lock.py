"""Terraform's own lock on a state in S3, which the live tree relies on."""

import json
import time
from pathlib import Path
from typing import Any

import boto3

from tests.terraform.applying import Configuration, without_provider

BUCKET, KEY = "example-tfstate", "main/us-east-1/unit/terraform.tfstate"
# The TLS-only policy of tfstate-bucket is left out: simulated AWS is plain HTTP.
UNIT = f"""
terraform {{
  required_version = ">= 1.11"

  backend "s3" {{
    bucket       = "{BUCKET}"
    key          = "{KEY}"
    region       = "us-east-1"
    use_lockfile = true
  }}
}}

variable "names" {{
  type = set(string)
}}

resource "terraform_data" "this" {{
  for_each = var.names
  input    = each.key

  provisioner "local-exec" {{
    command = "sleep 3"
  }}
}}
"""


def is_locked(s3: Any) -> bool:
    """Whether somebody works on the state."""
    return any(each["Key"] == f"{KEY}.tflock" for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()))


def apply(unit: Configuration, *names: str, patience: str) -> Any:
    """Begin to make what has these names."""
    return unit.begin("apply", "-auto-approve", f"-lock-timeout={patience}", f"-var=names={json.dumps(names)}")


def test_of_three_at_once_one_works_one_waits_one_fails(aws_env: str, tmp_path: Path) -> None:
    """Whoever comes second is refused by name of the first, or waits; the state then holds the work of both."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first, second, third = (without_provider(tmp_path / each, UNIT) for each in ("first", "second", "third"))
    for each in (first, second, third):
        each.done("init")
    working = apply(first, "a", patience="0s")
    until = time.monotonic() + 60
    while not is_locked(s3) and time.monotonic() < until:
        time.sleep(0.05)
    refused = apply(second, "b", patience="0s")
    waiting = apply(third, "a", "c", patience="120s")
    said = [each.communicate(timeout=180)[0] for each in (working, refused, waiting)]
    assert [each.returncode for each in (working, refused, waiting)] == [0, 1, 0], said
    assert "Error acquiring the state lock" in said[1]
    assert "PreconditionFailed" in said[1]
    state = json.loads(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    (resource,) = state["resources"]
    assert [each["index_key"] for each in resource["instances"]] == ["a", "c"]
    assert "1 added, 0 changed, 0 destroyed" in said[2]
    assert not is_locked(s3)
