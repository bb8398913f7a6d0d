"""The live tree through an MCP client: listed, and searched for. Nothing of it is run."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import ResourceTemplateReference

from mcp_server.app import build_server
from mcp_server.sandbox.control import SandboxControl
from mcp_server.searching.homes import WITHOUT_MACHINES
from tests.monorepo.trees import write
from tests.tools.conftest import Search, sentence, structure
from tests.tools.spending import either_era

MODULES = Path(__file__).parents[2] / "terraform/modules"
pytestmark = pytest.mark.anyio

_ROOT = """\
locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  unit    = basename(get_original_terragrunt_dir())
}
remote_state {
  backend = "s3"
  config = {
    bucket = "states"
    key    = "${local.account.account_name}/${local.region.aws_region}/${local.unit}/x.tfstate"
  }
}
"""
_UNIT = """\
include "root" {{ path = find_in_parent_folders("root.hcl") }}
terraform {{
  source = "{source}"
}}
"""
_HERE = '${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//'
_NEEDS = 'dependency "networking" {\n  config_path = "../networking"\n}\n'
ACCOUNTS = {"main": "483026362307", "secondary": "159553542841"}
ZONES = {"us-east-1": ["use1-az4", "use1-az6"], "us-west-2": ["usw2-az2"]}


def unit(module: str, more: str = "", source: str = "") -> str:
    """The file of a unit."""
    return _UNIT.format(source=source or _HERE + module) + more


@pytest.fixture
def tree(project: Path) -> Path:
    """Two accounts; one of two units called eks-training is held back, and one unit needs what is not there."""
    files = {"root.hcl": _ROOT}
    for account, number in ACCOUNTS.items():
        files[f"{account}-account/account.hcl"] = (
            f'locals {{\n  account_name = "{account}"\n  account_id = "{number}"\n}}\n'
        )
        for region, zones in ZONES.items():
            slots = "".join(f"    {zone} = {{ slot = {slot} }}\n" for slot, zone in enumerate(zones))
            files[f"{account}-account/{region}/region.hcl"] = (
                f'locals {{\n  aws_region = "{region}"\n  zones = {{\n{slots}  }}\n}}\n'
            )
            files[f"{account}-account/{region}/networking/terragrunt.hcl"] = unit("networking")
    old = "git::https://github.com/example/ml-clusters.git//terraform/modules/eks-cluster?ref=v1.2.0"
    files |= {
        "main-account/us-east-1/eks-training/terragrunt.hcl": unit("eks-cluster", _NEEDS),
        "main-account/us-east-1/odd/terragrunt.hcl": unit("kms", 'dependency "x" {\n  config_path = "../gone"\n}\n'),
        "secondary-account/us-west-2/eks-training/terragrunt.hcl": unit("eks-cluster", _NEEDS, source=old),
        "secondary-account/us-west-2/hyperpod-slurm/terragrunt.hcl": unit("hyperpod", _NEEDS),
    }
    return write(project / "live", files)


async def listed(era: str = "auto", **wish: Any) -> Any:
    """What list_units answers on a new server."""
    async with Client(build_server(), mode=era) as client:
        return await client.call_tool("list_units", wish)


async def test_the_tree_is_listed_in_order_without_asking_aws(tree: Path, era: str, sandbox: SandboxControl) -> None:
    """Groups, modules, what is held back, zones by account and region, and what is wrong with its line."""
    found = structure(await listed(era))
    rows = [line.split() for line in found["table"].splitlines()]
    assert rows[0] == ["group", "unit", "module", "held", "back", "at"]
    assert ["2", "secondary-account/us-west-2/eks-training", "eks-cluster", "v1.2.0"] in rows
    assert rows[1] == ["1", "main-account/us-east-1/networking", "networking"]
    assert len(rows) == 1 + 8
    assert "main 483026362307 us-east-1: use1-az4, use1-az6" in found["places"]
    (problem,) = found["problems"]
    assert problem.startswith("main-account/us-east-1/odd/terragrunt.hcl:")
    assert "gone" in problem
    assert sandbox.requests() == []


@either_era
async def test_one_unit_is_told_with_what_it_needs(tree: Path, era: str) -> None:
    """By its path as in a terminal, as in a state key, or by its name alone where that is enough."""
    path = "main-account/us-east-1/eks-training"
    for name in (f"live/{path}/terragrunt.hcl", path, "main/us-east-1/eks-training"):
        found = structure(await listed(era, units=[name]))
        assert found["needs"] == {path: ["main-account/us-east-1/networking"]}
        assert found["state_keys"] == {path: "main/us-east-1/eks-training/x.tfstate"}
    only = structure(await listed(units=["hyperpod-slurm"], response_format="detailed"))
    assert [each["path"] for each in only["units"]] == ["secondary-account/us-west-2/hyperpod-slurm"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("eks-training", "main-account/us-east-1/eks-training or secondary-account/us-west-2/eks-training"),
        ("eks", "Did you mean main-account/us-east-1/eks-training"),
        ("gone", "list_units shows them all"),
        ("", "No unit"),
    ],
)
async def test_an_ambiguous_or_unknown_name_is_refused_with_the_candidates(tree: Path, name: str, says: str) -> None:
    """Nobody guesses which cluster is meant."""
    assert says in sentence(await listed(units=[name]))


async def test_what_is_written_in_the_tree_is_no_markup(tree: Path) -> None:
    """A module's folder and a dependency's path are shown as words."""
    evil = unit("x](http://e.example)<b>`id`", 'dependency "x" {\n  config_path = "../<b>`id`"\n}\n')
    write(tree, {"main-account/us-east-1/evil/terragrunt.hcl": evil})
    found = await listed()
    shown = json.dumps(structure(found)) + found.content[0].text
    assert "evil" in shown
    assert not {each for each in ("<b>", "`", "](") if each in shown}


async def test_filters_narrow_and_the_rest_is_counted(tree: Path) -> None:
    """By account name or number, and by region."""
    found = structure(await listed(accounts=["159553542841"], regions=["us-west-2"]))
    assert "3 of 8 units" in found["tree"]
    assert "us-east-1, us-west-2" in sentence(await listed(regions=["US-WEST-2"]))
    assert "main" in sentence(await listed(accounts=["nobody"]))


@either_era
async def test_without_a_tree_it_says_so(project: Path, era: str, search: Search) -> None:
    """The settings that name it are told, and a search goes on without."""
    assert "[monorepo] root in ml-clusters.toml" in sentence(await listed(era))
    assert "units" not in structure(await search(era, regions=["us-east-1"]))


async def test_plain_terraform_beside_the_units_is_named_and_no_unit(tree: Path) -> None:
    """What Terragrunt does not run has no place in the order in which it applies."""
    write(tree, {"bootstrap/main.tf": 'provider "aws" {\n}\n'})
    found = structure(await listed())
    assert "all 8 units" in found["tree"]
    assert found["tree"].endswith("Plain Terraform, which Terragrunt does not run: bootstrap.")
    assert len(found["problems"]) == 1


async def test_settings_name_another_tree(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its root and its names are its own."""
    (project / "ml-clusters.toml").write_text(
        '[monorepo]\nroot = "infra/live"\naccount_id = "aws_account_id"\naccount_name = "name"\n'
    )
    files = {
        "root.hcl": "locals {}\n",
        "prod/account.hcl": 'locals {\n  name = "prod"\n  aws_account_id = "111122223333"\n}\n',
        "prod/eu-west-1/region.hcl": 'locals {\n  aws_region = "eu-west-1"\n}\n',
        "prod/eu-west-1/vpc/terragrunt.hcl": unit("vpc"),
    }
    write(project / "infra" / "live", files)
    found = structure(await listed())
    assert found["places"] == ["prod 111122223333 eu-west-1"]


@either_era
async def test_the_tree_and_a_unit_are_resources_with_completions(tree: Path, era: str) -> None:
    """Read whole, or one by one; names of units complete."""
    async with Client(build_server(), mode=era) as client:
        whole = json.loads((await client.read_resource("live://tree")).contents[0].text)
        assert len(whole["units"]) == 8
        one = await client.read_resource("live://unit/secondary-account/us-west-2/hyperpod-slurm")
        assert json.loads(one.contents[0].text)["zone_ids"] == ["usw2-az2"]
        template = ResourceTemplateReference(uri="live://unit/{+path}")
        typed = {"name": "path", "value": "secondary-account/us-west-2/h"}
        assert (await client.complete(template, typed)).completion.values == [
            "secondary-account/us-west-2/hyperpod-slurm"
        ]


@either_era
async def test_without_a_tree_no_unit_completes(project: Path, era: str) -> None:
    """There is nothing to offer, and nothing fails."""
    async with Client(build_server(), mode=era) as client:
        template = ResourceTemplateReference(uri="live://unit/{+path}")
        assert (await client.complete(template, {"name": "path", "value": ""})).completion.values == []


@either_era
async def test_a_search_for_a_unit_asks_only_where_it_is(
    tree: Path, both_accounts: Path, era: str, search: Search, sandbox: SandboxControl
) -> None:
    """One account, one region, and only the zones where it has subnets are shown."""
    found = structure(await search(era, for_unit="main-account/us-east-1/eks-training", response_format="detailed"))
    assert {(each.account, each.region) for each in sandbox.requests("DescribeCapacityBlockOfferings")} == {
        ("483026362307", "us-east-1")
    }
    meeting = [each for each in found["details"]["offerings"] if each["meets_request"]]
    assert meeting
    assert {each["zone_id"] for each in meeting} <= {"use1-az4", "use1-az6"}


async def test_offerings_say_which_units_could_use_them(tree: Path, both_accounts: Path, search: Search) -> None:
    """Of the units with a subnet in the zone, those whose module takes a block; and that nowhere else there is one."""
    found = structure(await search(count=1, regions=["us-east-1", "us-west-2", "eu-west-2"]))
    *here, rest = found["units"]
    assert rest == "none in the other zones"
    assert {each.partition(": ")[2] for each in here} <= {
        "main-account/us-east-1/eks-training",
        "secondary-account/us-west-2/eks-training",
    }
    assert here


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"for_unit": "eks-training"}, "may be main-account"),
        ({"for_unit": "hyperpod-slurm"}, "cannot use Capacity Blocks: ask search_training_plans"),
        ({"for_unit": "main/us-east-1/eks-training", "regions": ["us-west-2"]}, "leave regions out"),
        ({"for_unit": "main/us-east-1/eks-training", "accounts": ["secondary"]}, "leave accounts out"),
        ({"for_unit": "main/us-east-1/eks-training", "zone_ids": ["use1-az1"]}, "leave zone_ids out"),
    ],
)
async def test_a_search_elsewhere_than_its_unit_is_refused(
    tree: Path, both_accounts: Path, search: Search, sandbox: SandboxControl, wish: dict[str, Any], says: str
) -> None:
    """The unit and the place contradict each other: nothing is asked."""
    assert says in sentence(await search(**wish))
    assert sandbox.requests() == []


NETWORKING = {"for_unit": "secondary-account/us-west-2/networking"}
HERE, ELSEWHERE = "; in its account and region ", "; elsewhere, for none in its account and region can, "


@pytest.mark.parametrize(
    ("wish", "target", "says"),
    [
        (NETWORKING, None, f"not use Capacity Blocks{HERE}secondary-account/us-west-2/eks-training could: ask"),
        (
            NETWORKING,
            "hyperpod-cluster",
            f"not use training plans{HERE}secondary-account/us-west-2/hyperpod-slurm could",
        ),
        ({"for_unit": "odd"}, "hyperpod-cluster", f"{ELSEWHERE}secondary-account/us-west-2/hyperpod-slurm could: ask"),
    ],
)
async def test_a_search_for_a_unit_without_machines_is_refused_with_those_that_have_some(
    tree: Path, both_accounts: Path, sandbox: SandboxControl, wish: dict[str, str], target: str | None, says: str
) -> None:
    """Nothing that is bought could be used there, and the clusters of its account and region could be meant."""
    asked = {
        "instance_types": ["p5"],
        "count": 1,
        "days": "1",
        **wish,
        **({"target_resource": target} if target else {}),
    }
    async with Client(build_server()) as client:
        answer = await client.call_tool("search_training_plans" if target else "search_capacity_blocks", asked)
    assert f"{wish['for_unit'].rpartition('/')[2]} has no machines" in sentence(answer)
    assert says in sentence(answer)
    assert sandbox.requests() == []


async def test_a_search_goes_on_where_it_is_not_known_what_a_unit_has(
    tree: Path, both_accounts: Path, search: Search, sandbox: SandboxControl
) -> None:
    """A module of another repository may have machines, whatever it is called, and jobs run outside of units."""
    place = "main-account/us-east-1"
    others = (
        "git::https://example.com/modules.git//networking?ref=v1",
        "tfr:///terraform-aws-modules/eks/aws?version=21.0.0",
    )
    for at, source in enumerate(others):
        write(tree, {f"{place}/other-{at}/terragrunt.hcl": unit("", source=source)})
        structure(await search(for_unit=f"other-{at}"))
    assert sandbox.requests("DescribeCapacityBlockOfferings")
    asked = {"instance_types": ["p5"], "count": 1, "days": "1", "target_resource": "training-job"}
    async with Client(build_server()) as client:
        structure(await client.call_tool("search_training_plans", {**asked, "for_unit": f"{place}/networking"}))


def test_of_every_module_here_it_is_known_whether_it_has_machines() -> None:
    """A new module is one or the other."""
    modules = {each.parent.name for each in MODULES.glob("*/variables.tf")}
    assert modules - WITHOUT_MACHINES == {"eks-cluster", "hyperpod", "parallelcluster"}
    assert modules >= WITHOUT_MACHINES


def test_the_server_starts_without_the_parser_of_hcl() -> None:
    """Who never asks for a unit does not wait for it."""
    code = "import sys, mcp_server.app as _; print(*{'tree_sitter', 'tree_sitter_hcl'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
