"""Trees that are laid out otherwise are read as far as they can be, and what could not be read is listed."""

from pathlib import Path

from mcp_server.monorepo.agreement import differences
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.reading import read_tree
from mcp_server.monorepo.sources import SourceKind
from mcp_server.monorepo.units import UnitKind
from tests.monorepo.terragrunt import found_in
from tests.monorepo.trees import write

GRUNTWORK = {
    ".git/HEAD": "ref: refs/heads/main\n",
    "infra/live/root.hcl": """\
locals {
  account_vars     = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  region_vars      = read_terragrunt_config(find_in_parent_folders("region.hcl"))
  environment_vars = read_terragrunt_config(find_in_parent_folders("env.hcl"))
  account_name     = local.account_vars.locals.account_name
  account_id       = local.account_vars.locals.aws_account_id
  aws_region       = local.region_vars.locals.aws_region
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<EOF
provider "aws" {
  region = "${local.aws_region}"
  allowed_account_ids = ["${local.account_id}"]
}
EOF
}

remote_state {
  backend = "s3"
  config = {
    bucket = "${get_env("TG_BUCKET_PREFIX", "")}state-${local.account_name}-${local.aws_region}"
    key    = "${path_relative_to_include()}/tf.tfstate"
    region = local.aws_region
  }
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
}

inputs = merge(
  local.account_vars.locals,
  local.region_vars.locals,
  local.environment_vars.locals,
)
""",
    "infra/live/_envcommon/mysql.hcl": """\
locals {
  environment_vars = read_terragrunt_config(find_in_parent_folders("env.hcl"))
  env              = local.environment_vars.locals.environment
  base_source_url  = "git::git@github.com:example/catalog.git//modules/mysql"
}

dependency "vpc" {
  config_path = "../vpc"
  mock_outputs = {
    vpc_id = "vpc-00000000000000000"
  }
}

inputs = {
  name              = "mysql_${local.env}"
  instance_class    = "db.t4g.micro"
  allocated_storage = 20
  vpc_id            = dependency.vpc.outputs.vpc_id
  master_password   = sops_decrypt_file("secrets.yaml")
}
""",
    "infra/live/prod/account.hcl": 'locals {\n  account_name   = "prod"\n  aws_account_id = "333333333333"\n}\n',
    "infra/live/prod/us-east-1/region.hcl": 'locals {\n  aws_region = "us-east-1"\n}\n',
    "infra/live/prod/us-east-1/prod/env.hcl": 'locals {\n  environment = "prod"\n}\n',
    "infra/live/prod/us-east-1/prod/mysql/terragrunt.hcl": """\
include "root" {
  path = find_in_parent_folders("root.hcl")
}

include "envcommon" {
  path   = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/mysql.hcl"
  expose = true
}

terraform {
  source = "${include.envcommon.locals.base_source_url}?ref=v0.8.0"
}

inputs = {
  allocated_storage = 100
}
""",
    "infra/live/prod/us-east-1/prod/vpc/terragrunt.hcl": """\
include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "tfr:///terraform-aws-modules/vpc/aws?version=5.8.1"
}

inputs = {
  cidr = "10.0.0.0/16"
}
""",
    "infra/live/prod/us-east-1/prod/stacked/terragrunt.stack.hcl": 'unit "a" {\n  source = "x"\n  path   = "a"\n}\n',
}
NAMES = TreeNames(account_id="aws_account_id")


def test_gruntworks_live_layout_is_read(tmp_path: Path) -> None:
    """Accounts, regions, sources at refs, state keys and inputs, with the name that the settings give."""
    tree = read_tree(write(tmp_path, GRUNTWORK) / "infra/live", NAMES)
    vpc, mysql = tree.units
    assert (vpc.path, mysql.path) == ("prod/us-east-1/prod/vpc", "prod/us-east-1/prod/mysql")
    for unit in tree.units:
        assert (unit.account_name, unit.account_id, unit.region) == ("prod", "333333333333", "us-east-1")
        assert unit.state_key == f"{unit.path}/tf.tfstate"
        assert unit.providers == ("aws",)
    assert (vpc.sources[0].kind, vpc.sources[0].address, vpc.sources[0].ref) == (
        SourceKind.REGISTRY,
        "tfr:///terraform-aws-modules/vpc/aws",
        "5.8.1",
    )
    assert (mysql.sources[0].folder, mysql.held_back_at, vpc.held_back_at) == ("modules/mysql", "v0.8.0", None)
    assert [each.path for each in mysql.dependencies] == [vpc.path]
    assert {each.keys: each.value for each in mysql.literals} == {
        ("allocated_storage",): 100,
        ("instance_class",): "db.t4g.micro",
    }
    assert {each.keys[0]: each.value for each in mysql.inputs}["name"] == "mysql_prod"


def test_what_of_gruntworks_layout_cannot_be_read_is_listed(tmp_path: Path) -> None:
    """A stack is not there before it is generated, and without the setting the account's id is not found."""
    root = write(tmp_path, GRUNTWORK) / "infra/live"
    stack = (
        "prod/us-east-1/prod/stacked/terragrunt.stack.hcl:1: A stack's units are not there before they are generated."
    )
    assert list(map(str, read_tree(root, NAMES).findings)) == [stack]
    assert list(map(str, read_tree(root).findings)) == [
        (
            'prod/account.hcl:1: account_id cannot be read: there is no local "account_id"; '
            "if it is called otherwise, [monorepo] account_id in ml-clusters.toml names it. It concerns 2 units: "
            '"prod/us-east-1/prod/mysql", "prod/us-east-1/prod/vpc".'
        ),
        stack,
    ]


def test_terragrunt_finds_gruntworks_layout_as_we_read_it(tmp_path: Path) -> None:
    """The same units, edges and order."""
    root = write(tmp_path, GRUNTWORK) / "infra/live"
    assert differences(read_tree(root, NAMES), found_in(root)) == ()


PLAIN = {
    "network/main.tf": """\
terraform {
  required_version = ">= 1.11"
  backend "s3" {
    bucket = "state"
    key    = "network/terraform.tfstate"
    region = "us-east-1"
  }
}

provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["444444444444"]
}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.8.1"
}

module "subnets" {
  source = "../modules/subnets"
}
""",
    "modules/subnets/main.tf": 'variable "cidr" {\n  type = string\n}\n',
    "cluster/backend.tf": 'terraform {\n  backend "s3" {\n    key = "cluster/terraform.tfstate"\n  }\n}\n',
    "cluster/main.tf": """\
provider "aws" {
  region = var.region
}

provider "kubernetes" {
}

data "terraform_remote_state" "network" {
  backend = "s3"
  config = {
    bucket = "state"
    key    = "network/terraform.tfstate"
    region = "us-east-1"
  }
}

module "eks" {
  source = "git::https://example.com/eks.git//cluster?ref=v2"
}
""",
    "sandbox/main.tf": 'terraform {\n  backend "s3" {\n  }\n}\n',
    "torn/main.tf": 'provider "aws" {\n  region = "us-east-1"\n',
}


def test_plain_terraform_folders_are_read(tmp_path: Path) -> None:
    """Provider and backend say where a unit is, modules what it is made from, states that are read what it needs."""
    tree = read_tree(write(tmp_path, PLAIN))
    assert {each.path: each.kind for each in tree.units} == dict.fromkeys(
        ("network", "sandbox", "torn", "cluster"), UnitKind.TERRAFORM
    )
    network, cluster = tree.by_path["network"], tree.by_path["cluster"]
    assert (network.account_id, network.region, network.state_key) == (
        "444444444444",
        "us-east-1",
        "network/terraform.tfstate",
    )
    assert [(each.kind, each.address, each.folder, each.ref) for each in network.sources] == [
        (SourceKind.REGISTRY, "terraform-aws-modules/vpc/aws", "", "5.8.1"),
        (SourceKind.LOCAL, "", "modules/subnets", None),
    ]
    assert [each.path for each in cluster.dependencies] == ["network"]
    assert (cluster.providers, cluster.state_key, cluster.held_back_at) == (
        ("aws", "kubernetes"),
        "cluster/terraform.tfstate",
        "v2",
    )
    assert tree.groups == (("network", "sandbox", "torn"), ("cluster",))


def test_what_of_plain_terraform_folders_cannot_be_read_is_listed(tmp_path: Path) -> None:
    """A variable has no value before a run, and a backend may be given at init."""
    tree = read_tree(write(tmp_path, PLAIN))
    assert list(map(str, tree.findings)) == [
        "cluster/main.tf:1: the account's id cannot be read: allowed_account_ids names it where it can be.",
        "cluster/main.tf:2: the provider's region cannot be read: it is not written out.",
        "sandbox/main.tf:1: no provider says which account and region it is in.",
        "sandbox/main.tf:2: the state key cannot be read: there is no key.",
        'torn/main.tf:1: "{" is never closed.',
    ]
    assert {each.path for each in tree.units if each.partly_read} == {"cluster", "sandbox", "torn"}


BOOTSTRAP = 'terraform {\n  backend "s3" {\n  }\n}\nprovider "aws" {\n  region = var.aws_region\n}\n'


def test_a_terraform_folder_beside_terragrunts_units_is_no_unit(tmp_path: Path) -> None:
    """What bootstraps an account is applied by hand: it is named, nothing is asked of it, and Terragrunt agrees."""
    root = write(tmp_path, GRUNTWORK | {"infra/live/prod/bootstrap/main.tf": BOOTSTRAP}) / "infra/live"
    tree = read_tree(root, NAMES)
    assert [each.name for each in tree.units] == ["vpc", "mysql"]
    assert tree.beside == ("prod/bootstrap",)
    assert [each.file for each in tree.findings] == ["prod/us-east-1/prod/stacked/terragrunt.stack.hcl"]
    assert differences(tree, found_in(root)) == ()


def test_terraform_folders_are_units_below_files_that_say_where_they_are(tmp_path: Path) -> None:
    """Without Terragrunt's files, account.hcl and region.hcl above a folder say more than its provider."""
    where = {each: text for each, text in GRUNTWORK.items() if each.endswith(("account.hcl", "region.hcl"))}
    root = write(tmp_path, where | {"infra/live/prod/us-east-1/network/main.tf": BOOTSTRAP}) / "infra/live"
    tree = read_tree(root, NAMES)
    (network,) = tree.units
    assert (network.account_id, network.region, network.kind) == ("333333333333", "us-east-1", UnitKind.TERRAFORM)
    assert not tree.beside
