"""Which versions of providers and modules a unit runs with, as its own files and its module's say."""

import shutil
from pathlib import Path

from mcp_server.monorepo.reading import read_tree
from mcp_server.monorepo.versions import read_versions
from tests.monorepo.trees import our_tree, write

ROOT = Path(__file__).parents[2]


def versions(live: Path) -> dict[str, dict[str, set[str]]]:
    """The versions that are asked for, by unit and by address."""
    found: dict[str, dict[str, set[str]]] = {}
    for unit, asked in read_versions(read_tree(live)).items():
        for each in asked:
            found.setdefault(unit, {}).setdefault(each.address, set()).add(each.version)
    return found


def tree_with_modules(folder: Path) -> Path:
    """A tree in a repository that has more than the tree."""
    live = our_tree(folder / "live", units=4)
    shutil.move(live / ".git", folder / ".git")
    return live


def test_every_provider_that_a_unit_of_ours_configures_is_pinned() -> None:
    """From the one file that has versions, also of a provider whose name is a word of HCL's."""
    tree = read_tree(ROOT / "live")
    written = (ROOT / "live" / "versions.hcl").read_text()
    pinned = {each.address: each.version for unit in tree.units for each in unit.pins}
    for unit in tree.units:
        assert {each.address.rpartition("/")[2] for each in unit.pins} >= set(unit.providers)
    assert {"hashicorp/aws", "hashicorp/awscc", "hashicorp/null", "hashicorp/helm"} <= pinned.keys()
    for address, version in pinned.items():
        assert f'source = "{address}", version = "{version}"' in written


def test_a_pin_takes_the_place_of_what_the_module_asks_for(tmp_path: Path) -> None:
    """As an override file does in Terraform; what is not pinned is as the module says."""
    asks = """\
terraform {
  required_providers {
    aws  = { source = "hashicorp/aws", version = ">= 5.100" }
    null = { "source" = "hashicorp/null", version = "~> 3.2" }
    tls  = "~> 4.0"
    time = { source = "hashicorp/time" }
  }
}
"""
    live = tree_with_modules(tmp_path)
    write(tmp_path, {"terraform/modules/networking/versions.tf": asks})
    assert versions(live)["main-account/us-east-1/networking"] == {
        "hashicorp/aws": {"6.55.0"},
        "hashicorp/null": {"~> 3.2"},
        "hashicorp/tls": {"~> 4.0"},
        "hashicorp/time": {""},
    }


def test_modules_from_elsewhere_are_found_in_local_ones_that_call_each_other(tmp_path: Path) -> None:
    """Also where two call one another, which Terraform refuses."""
    live = tree_with_modules(tmp_path)
    write(
        tmp_path,
        {
            "terraform/modules/networking/main.tf": 'module "inner" {\n  source = "../inner"\n}\n',
            "terraform/modules/inner/main.tf": """\
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "~> 6.0"
}

module "endpoints" {
  source  = "terraform-aws-modules/vpc/aws//modules/vpc-endpoints"
  version = "5.21.0"
}

module "by_git" {
  source = "git::https://example.com/m.git//a?ref=v2.1.0"
}

module "computed" {
  source  = "terraform-aws-modules/kms/aws"
  version = local.version
}

module "back" {
  source = "../networking"
}
""",
        },
    )
    assert versions(live)["main-account/us-east-1/networking"] == {
        "hashicorp/aws": {"6.55.0"},
        "terraform-aws-modules/vpc/aws": {"~> 6.0", "5.21.0"},
        "git::https://example.com/m.git": {"v2.1.0"},
        "terraform-aws-modules/kms/aws": {""},
    }


def test_a_folder_of_plain_terraform_asks_in_its_own_files() -> None:
    """In a tree that is not Terragrunt's."""
    assert versions(ROOT / "live" / "bootstrap") == {".": {"hashicorp/aws": {">= 5.100"}}}


def test_a_unit_that_is_held_back_at_a_ref_has_that_version(tmp_path: Path) -> None:
    """The module's files are not here."""
    unit = 'terraform {\n  source = "git::https://example.com/modules.git//kms?ref=v1.4.0"\n}\n'
    live = write(tmp_path, {"a/terragrunt.hcl": unit})
    assert versions(live)["a"] == {"git::https://example.com/modules.git": {"v1.4.0"}}


def test_nothing_outside_of_the_repository_is_read(tmp_path: Path) -> None:
    """Wherever a source leads."""
    asks = 'terraform {\n  required_providers {\n    aws = "1.0.0"\n  }\n}\n'
    write(tmp_path, {"outside/main.tf": asks, "here/.git/HEAD": ""})
    unit = 'terraform {\n  source = "../../../outside"\n}\n'
    live = write(tmp_path / "here" / "live", {"a/terragrunt.hcl": unit})
    assert versions(live) == {}
    assert [each.path for each in read_tree(live).units] == ["a"]
