"""What a unit gives its module fits the module's variables, by the files alone: no plan has to be made for it."""

import re
import shutil
from pathlib import Path

import pytest

from mcp_server.monorepo.parsing import parse
from mcp_server.monorepo.reading import read_tree
from tests.live.copied_tree import LIVE, ROOT
from tests.live.input_types import check, kind_of

MODULES = ROOT / "terraform" / "modules"
EAST = "main-account/us-east-1"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the tree that a test may break, with the modules beside it."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "terraform").mkdir()
    (tmp_path / "terraform" / "modules").symlink_to(MODULES)
    left_out = shutil.ignore_patterns(".terragrunt-cache", ".terraform*")
    return Path(shutil.copytree(LIVE, tmp_path / "live", ignore=left_out))


def test_every_input_that_is_written_out_fits_its_variable() -> None:
    """Values that the files alone tell, each held against the type of its place; there are many of these."""
    found = check(read_tree(LIVE))
    assert found.misfits == []
    assert found.checked >= 300


def test_the_type_of_every_variable_is_read() -> None:
    """No input is passed over because of a type that is not known."""
    files = [*MODULES.glob("*/*.tf")]
    types = [
        kind_of(block.body.attributes["type"].expression)
        for file in files
        for block in parse(file.read_bytes()).body.of_kind("variable")
    ]
    assert len(types) == sum(len(re.findall('^variable "', file.read_text(), re.MULTILINE)) for file in files)
    assert {each.name for each in types} >= {"string", "number", "bool", "list", "set", "map", "object"}


MUTATIONS = {
    "a text for a number": (
        "_envcommon/shared-storage.hcl",
        "storage_capacity_gib = 4800",
        'storage_capacity_gib = "large"',
        r"_envcommon/shared-storage\.hcl:\d+: .*, lustre\.storage_capacity_gib: 'large' is no number\.",
    ),
    "a text for a list": (
        f"{EAST}/networking/terragrunt.hcl",
        'nat_zone_ids = ["use1-az4", "use1-az6"]',
        'nat_zone_ids = "use1-az4"',
        rf"{EAST}/networking/terragrunt\.hcl:\d+: {EAST}/networking, nat_zone_ids: 'use1-az4' is no set\.",
    ),
    "an object in a list of texts": (
        f"{EAST}/networking/terragrunt.hcl",
        'nat_zone_ids = ["use1-az4", "use1-az6"]',
        'nat_zone_ids = ["use1-az4", { id = "use1-az6" }]',
        r".*/networking, nat_zone_ids\.1: an object is no string\.",
    ),
    "a list for a map": (
        f"{EAST}/eks-training/terragrunt.hcl",
        "capacity_blocks = {}",
        "capacity_blocks = []",
        r".*eks-training, capacity_blocks: a list is no map\.",
    ),
    "a text for a truth value": (
        "main-account/us-west-2/eks-inference/terragrunt.hcl",
        "hyperpod        = false",
        'hyperpod = "no"',
        r".*eks-inference, hyperpod: 'no' is no bool\.",
    ),
    "an attribute that the object does not have": (
        "_envcommon/parallelcluster.hcl",
        "max_count = 16",
        "max_count = 16, maximum = 16",
        r"_envcommon/parallelcluster\.hcl:\d+: .*, on_demand_queues\.cpu\.maximum: the object has no such attribute\.",
    ),
    "an attribute that is missing": (
        "_envcommon/parallelcluster.hcl",
        ", max_count = 16",
        "",
        r"_envcommon/parallelcluster\.hcl:\d+: .*, on_demand_queues\.cpu\.max_count: the object needs it\.",
    ),
    "an input that the module does not have": (
        f"{EAST}/networking/terragrunt.hcl",
        "nat_zone_ids =",
        "nat_zones =",
        r".*/networking, nat_zones: the module has no such variable\.",
    ),
    "an input that is missing": (
        f"{EAST}/networking/terragrunt.hcl",
        'nat_zone_ids = ["use1-az4", "use1-az6"]',
        "",
        r".*/networking, nat_zone_ids: the module needs it\.",
    ),
}


@pytest.mark.parametrize(("file", "there", "instead", "says"), MUTATIONS.values(), ids=MUTATIONS)
def test_a_value_that_does_not_fit_is_told_with_its_place(
    copied: Path, file: str, there: str, instead: str, says: str
) -> None:
    """By file and line, unit and keys, and what is wrong."""
    path = copied / file
    assert there in path.read_text()
    path.write_text(path.read_text().replace(there, instead))
    misfits = check(read_tree(copied)).misfits
    assert any(re.fullmatch(says, each) for each in misfits), misfits
