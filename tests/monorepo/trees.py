"""Trees that are written for a test: one of our shape, of any size, and files to break it with."""

from collections.abc import Mapping
from pathlib import Path

ACCOUNTS = {"main-account": ("main", "111111111111"), "secondary-account": ("secondary", "222222222222")}
REGIONS = {"us-east-1": ("use1-az1", "use1-az4"), "us-west-2": ("usw2-az1", "usw2-az3")}

LEAF = """\
include "root" {{
  path = find_in_parent_folders("root.hcl")
}}

include "aws" {{
  path = "${{dirname(find_in_parent_folders("root.hcl"))}}/_providers/aws.hcl"
}}

include "env" {{
  path   = "${{dirname(find_in_parent_folders("root.hcl"))}}/_envcommon/{module}.hcl"
  expose = true
}}

{more}
inputs = {{
  name = "{name}"
  size = {{
    nodes = 4 # as many as the block has
    types = ["p5.48xlarge"]
  }}
  tags = merge(include.env.locals.tags, {{ Unit = "{name}" }})
}}
"""

_SHARED = {
    ".git/HEAD": "ref: refs/heads/main\n",
    "root.hcl": """\
terraform_binary              = "terraform"
terragrunt_version_constraint = ">= 1.1"

terraform {
  copy_terraform_lock_file = false
}

locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  unit    = basename(get_original_terragrunt_dir())
}

remote_state {
  backend  = "s3"
  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }
  config = {
    bucket       = "ml-tfstate-${local.account.account_id}"
    region       = "us-east-1"
    encrypt      = true
    use_lockfile = true
    key          = "${local.account.account_name}/${local.region.aws_region}/${local.unit}/terraform.tfstate"
  }
}
""",
    "versions.hcl": """\
locals {
  aws = get_env("ML_CLUSTERS_AWS_PROVIDER", "6.55.0")
}
""",
    "_providers/aws.hcl": """\
locals {
  account  = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region   = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  versions = read_terragrunt_config("${get_parent_terragrunt_dir()}/../versions.hcl").locals
}

generate "aws" {
  path      = "provider_aws.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOF
    provider "aws" {
      region              = "${local.region.aws_region}"
      allowed_account_ids = ["${local.account.account_id}"]
      assume_role {
        role_arn = "arn:aws:iam::${local.account.account_id}:role/terraform"
      }
    }
  EOF
}

generate "aws_pin" {
  path      = "pin_aws_override.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOF
    terraform {
      required_providers {
        aws = { source = "hashicorp/aws", version = "${local.versions.aws}" }
      }
    }
  EOF
}
""",
}

_MODULE = """\
locals {
  region = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  tags   = { Team = "ml", Region = local.region.aws_region }
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//MODULE"
}
"""

_NEEDS = """
dependency "NAME" {
  config_path                             = "${get_terragrunt_dir()}/../NAME"
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan", "show"]
  mock_outputs = {
    id    = "mock-NAME"
    zones = { for zone in local.region.zones : zone => "subnet-mock" }
  }
}
"""

_MODULES = {
    "networking": (),
    "efa-security-group": ("networking",),
    "shared-storage": ("networking", "efa-security-group"),
    "cluster": ("networking", "shared-storage"),
}


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below the root; a text is written as it is, with its own line ends."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def our_tree(root: Path, units: int = 16) -> Path:
    """A tree like ours with so many units in two accounts and two regions of each.

    Every region has networking, efa-security-group, shared-storage and clusters; a cluster needs the one before it, but
    for the first four of every ten, of which the secondary account's need the main account's storage.
    """
    files: dict[str, str | bytes] = dict(_SHARED)
    for module, needed in _MODULES.items():
        needs = "".join(_NEEDS.replace("NAME", each) for each in needed)
        outputs = "".join(f"  {each.replace('-', '_')}_id = dependency.{each}.outputs.id\n" for each in needed)
        files[f"_envcommon/{module}.hcl"] = _MODULE.replace("MODULE", module) + needs + f"inputs = {{\n{outputs}}}\n"
    for account, (name, number) in ACCOUNTS.items():
        files[f"{account}/account.hcl"] = f'locals {{\n  account_name = "{name}"\n  account_id   = "{number}"\n}}\n'
        for region, zone_ids in REGIONS.items():
            zones = ", ".join(f'"{each}"' for each in zone_ids)
            files[f"{account}/{region}/region.hcl"] = (
                f'locals {{\n  aws_region = "{region}"\n  zones      = [{zones}]\n}}\n'
            )
    for at in range(units):
        path, text = _leaf(at)
        files[path] = text
    return write(root, files)


def _leaf(at: int) -> tuple[str, str]:
    places = [(account, region) for account in ACCOUNTS for region in REGIONS]
    account, region = places[at % 4]
    number = at // 4
    if number < 3:
        name = module = list(_MODULES)[number]
        more = ""
    else:
        name, module = f"cluster-{number:03}", "cluster"
        more = _before(number, account, region)
    return f"{account}/{region}/{name}/terragrunt.hcl", LEAF.format(module=module, name=name, more=more)


def _before(number: int, account: str, region: str) -> str:
    if number % 10 > 3:
        return f'dependencies {{\n  paths = ["../cluster-{number - 1:03}"]\n}}\n'
    if account == "secondary-account":
        path = f"../../../main-account/{region}/shared-storage"
        return f'dependency "main_storage" {{\n  config_path  = "{path}"\n  skip_outputs = true\n}}\n'
    return ""
