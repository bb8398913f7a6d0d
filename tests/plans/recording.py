"""Plans that Terraform makes of the modules' examples when capacity was bought, kept in recorded/ for what reads plans.

`python -m tests.plans.recording` records them anew, with the providers of Terraform's configuration, and for HyperPod a
real aws provider and simulated AWS, to which the environment points (docs/simulated-aws.md).
"""

import gzip
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.terraform.applying import Configuration

ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).parent / "recorded"
State = dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """How the plan of a purchase is made of a module's example.

    before is an override file with which the cluster stands as it was before the purchase, always one that is there
    before and after, and beside what the example takes for granted. bought is a variable. mend makes of a state what
    AWS would have answered, where a provider that knows only its schema has made it up.
    """

    module: str
    before: str = ""
    always: str = ""
    beside: str = ""
    bought: str = ""
    mend: Callable[[State], None] = lambda state: None

    @property
    def path(self) -> Path:
        """Where its plan is kept."""
        return RECORDED / f"{self.module}.json.gz"


def _mend_eks(state: State) -> None:
    """The provider leaves lists that AWS fills empty, and others ask for their first element."""
    for each in _of_type(state, "aws_eks_cluster"):
        each["certificate_authority"] = [{"data": "c2NoZW1hLW9ubHk="}]


def _mend_hyperpod(state: State) -> None:
    """The module holds what AWS answers against what was asked: the account, the region, what is on each group."""
    for each in _of_type(state, "awscc_sagemaker_cluster"):
        each["cluster_arn"] = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
        for group in each["instance_groups"]:
            group.update(training_plan_arn="", image_id="")


def _of_type(state: State, kind: str) -> list[dict[str, Any]]:
    found = [each for each in state["resources"] if each["mode"] == "managed" and each["type"] == kind]
    return [instance["attributes"] for each in found for instance in each["instances"]]


RECIPES = {
    each.module: each
    for each in (
        Recipe(
            "eks-cluster",
            before='module "eks_cluster" {\n  capacity_blocks = {}\n}\n',
            mend=_mend_eks,
        ),
        Recipe(
            "parallelcluster",
            before='module "parallelcluster" {\n  capacity_blocks = {}\n}\n',
            bought='block={reservation_id="cr-0123456789abcdef0",instance_type="p5.48xlarge",count=4,zone_id="use1-az6",'
            'starts_at="2099-01-10T11:30:00Z",ends_at="2099-01-17T11:30:00Z"}',
        ),
        Recipe(
            "hyperpod",
            always="""\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  assume_role {
    role_arn = "arn:aws:iam::222222222222:role/terraform"
  }
}
""",
            beside="""resource "aws_s3_bucket" "scripts" {
  bucket        = "sagemaker-ml-clusters-222222222222-us-west-2"
  force_destroy = true
}
""",
            bought='training_plan={arn="arn:aws:sagemaker:us-west-2:222222222222:training-plan/january",'
            'starts_at="2099-01-10T11:30:00Z",ends_at="2099-01-24T11:30:00Z"}',
            mend=_mend_hyperpod,
        ),
    )
}


def record(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """The plan as `terraform show -json` prints it; made in a folder of its own."""
    for name in ("terraform", "cluster-configs"):
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "tests")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    example = Configuration(folder / "terraform" / "modules" / recipe.module / "examples" / "basic")
    (example.folder / "always_override.tf").write_text(recipe.always)
    (example.folder / "before_override.tf").write_text(recipe.before)
    (example.folder / "beside.tf").write_text(recipe.beside)
    example.done("init")
    # What an override leaves out must still have a value, if its variable has no default.
    before = _bought(recipe) if recipe.before else []
    # An apply stops before what is beside is there, and another at what its provider has made up.
    for _ in range(3):
        said = example.run("apply", "-auto-approve", *before)
        state = example.folder / "terraform.tfstate"
        stood = json.loads(state.read_text())
        recipe.mend(stood)
        state.write_text(json.dumps(stood))
        if said.code == 0:
            break
    (example.folder / "before_override.tf").unlink()
    example.done("plan", "-out=plan", *_bought(recipe))
    return json.loads(example.done("show", "-json", "plan"))


def _bought(recipe: Recipe) -> list[str]:
    return [f"-var={recipe.bought}"] if recipe.bought else []


def read(recipe: Recipe) -> dict[str, Any]:
    """The plan that is kept."""
    return json.loads(gzip.decompress(recipe.path.read_bytes()))


def main() -> None:
    """Record every plan anew."""
    for recipe in RECIPES.values():
        with tempfile.TemporaryDirectory() as folder:
            plan = record(recipe, Path(folder))
        recipe.path.write_bytes(gzip.compress(json.dumps(plan, sort_keys=True).encode(), mtime=0))
        print(f"recorded {recipe.path.relative_to(ROOT)}")  # noqa: T201


if __name__ == "__main__":
    main()
