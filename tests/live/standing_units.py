"""Units of a copied tree that stand, in states on disk: what they depend on has outputs, and they were applied."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3

from tests.live.copied_tree import CopiedTree
from tests.plans.standing import type_of

Json = dict[str, Any]

_ZEROS = re.compile(r"(?<=-)0{8,17}")
_DIGITS = "0123456789abcdef0"
_MOST_APPLIES = 3


def give_outputs(tree: CopiedTree, unit: str) -> None:
    """Write states in which what a unit depends on has the outputs that mocks stand in for, and no sign of a mock."""
    for each in rendered(tree, unit)["dependency"].values():
        text = json.dumps({name: value for name, value in each["mock_outputs"].items() if name != "mocked"})
        outputs = json.loads(_ZEROS.sub(lambda zeros: _DIGITS[: len(zeros.group())], text).replace("mock-", "ml-"))
        state = {
            "version": 4,
            "terraform_version": "1.11.4",
            "serial": 1,
            "lineage": "00000000-0000-0000-0000-000000000000",
            "outputs": {name: {"value": value, "type": type_of(value)} for name, value in outputs.items()},
            "resources": [],
        }
        _state_of(Path(each["config_path"])).write_text(json.dumps(state))


def let_stand(tree: CopiedTree, unit: str, mend: Callable[[Json], None]) -> None:
    """Apply a unit as it is written now.

    What a provider that knows only its schema makes up may stop an apply; mend makes of it what AWS would have
    answered, which lets the next go on.
    """
    for _ in range(_MOST_APPLIES):
        ran = tree.run_all("apply", "-auto-approve", only=[unit])
        file = _state_of(tree.live / unit)
        if file.exists():
            state = json.loads(file.read_text())
            mend(state)
            file.write_text(json.dumps(state))
        if ran.code == 0:
            return
    raise AssertionError(ran.text[-3000:])


def make_bucket(name: str, account: str, region: str) -> None:
    """Make a bucket in an account of simulated AWS, for what a unit puts into it."""
    with closing(boto3.client("sts")) as sts:
        role = f"arn:aws:iam::{account}:role/TerraformExecutionRole"
        keys = sts.assume_role(RoleArn=role, RoleSessionName="bucket")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region)
    with closing(session.client("s3")) as s3:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})


def rendered(tree: CopiedTree, unit: str) -> Json:
    """The unit's configuration as Terragrunt evaluates it."""
    return tree.answer("render", "--json", at=unit)


def _state_of(unit: Path) -> Path:
    return unit / "terraform.tfstate"
