"""Our reading is Terragrunt's: units, edges, order, and every value that is read at all."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.live_tree import costs
from mcp_server.monorepo.agreement import differences
from mcp_server.monorepo.reading import read_tree
from mcp_server.monorepo.units import Input
from mcp_server.monorepo.values import Unknown, Value
from tests.monorepo.terragrunt import find_terragrunt, found_in, rendered
from tests.monorepo.trees import our_tree, write


@pytest.mark.parametrize("units", [10, 100, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_tree_of_our_shape_reads_as_terragrunt_finds_it(tmp_path: Path, units: int) -> None:
    """Units, what each needs and the order are the same, and nothing is wrong."""
    root = our_tree(tmp_path / "live", units)
    tree = read_tree(root)
    assert differences(tree, found_in(root)) == ()
    assert (len(tree.units), tree.findings) == (units, ())


@pytest.mark.slow
def test_a_thousand_units_are_read_in_less_than_half_of_terragrunts_time() -> None:
    """Both as whole processes, in turns: at most 0.4 of its time, and less of the memory."""
    ours, theirs = costs(find_terragrunt(), 1)
    assert ours.clock <= 0.4 * theirs.clock
    assert ours.megabytes < theirs.megabytes


MERGES = {
    ".git/HEAD": "ref: refs/heads/main\n",
    "root.hcl": 'dependency "base" {\n  config_path = "../base"\n}\n',
    "deep.hcl": """\
dependency "replaced" {
  config_path = "../old"
}
dependency "disabled" {
  config_path = "../off"
}
dependencies {
  paths = ["../listed"]
}
""",
    "apart.hcl": 'dependency "apart" {\n  config_path = "../apart"\n}\n',
    "units/user/terragrunt.hcl": """\
include "root" {
  path = find_in_parent_folders("root.hcl")
}
include "deep" {
  path           = find_in_parent_folders("deep.hcl")
  merge_strategy = "STRATEGY"
}
include "apart" {
  path           = find_in_parent_folders("apart.hcl")
  merge_strategy = "no_merge"
}
dependency "replaced" {
  config_path = "../new"
}
dependency "disabled" {
  config_path = "../off"
  enabled     = false
}
""",
}


@pytest.mark.parametrize(
    ("strategy", "needed"),
    [
        ("shallow", ["base", "listed", "new", "off", "old"]),
        ("deep", ["base", "listed", "new"]),
        ("no_merge", ["base", "new"]),
    ],
)
def test_dependencies_are_merged_as_terragrunt_merges_them(tmp_path: Path, strategy: str, needed: list[str]) -> None:
    """In a shallow merge what an included file needs stays, even beneath a block of the same name."""
    root = write(tmp_path, {name: text.replace("STRATEGY", strategy) for name, text in MERGES.items()})
    others = ("apart", "base", "listed", "new", "off", "old")
    write(root, {f"units/{name}/terragrunt.hcl": "" for name in others})
    tree = read_tree(root)
    assert [each.path for each in tree.by_path["units/user"].dependencies] == [f"units/{name}" for name in needed]
    assert differences(tree, found_in(root)) == ()


EXPRESSIONS = {
    "live/root.hcl": """\
locals {
  unit = basename(get_original_terragrunt_dir())
}
remote_state {
  backend = "s3"
  config  = { bucket = "b", region = "us-east-1", key = "${path_relative_to_include()}/${local.unit}.tfstate" }
}
inputs = {
  below  = 1
  parent = get_parent_terragrunt_dir()
  folder = get_terragrunt_dir()
  from   = path_relative_from_include()
  to     = path_relative_to_include()
}
""",
    "live/common.hcl": """\
locals {
  text = "t"
}
inputs = {
  below  = 2
  object = { kept = 1, replaced = { below = true } }
}
""",
    "live/a/account.hcl": """\
locals {
  name = "acc"
  unit = get_original_terragrunt_dir()
  mine = get_terragrunt_dir()
}
""",
    "live/a/r/other/terragrunt.hcl": """\
locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
}
""",
    "live/a/r/unit/terragrunt.hcl": """\
include "root" {
  path = find_in_parent_folders("root.hcl")
}
include "common" {
  path           = "${dirname(find_in_parent_folders("root.hcl"))}/common.hcl"
  expose         = true
  merge_strategy = "deep"
}
terraform {
  source = "git::https://git.example.com/modules.git//network?ref=v1.2.0"
}
locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  name    = "n-${local.account.locals.name}"
  merged  = merge({ a = 1 }, { a = 2, b = local.name }, null)
  absent  = read_terragrunt_config("absent.hcl", { locals = { x = "default" } }).locals.x
}
inputs = {
  object     = { replaced = { above = 1 } }
  own        = local.merged
  account    = local.account.locals
  absent     = local.absent
  fallback   = find_in_parent_folders("nowhere.hcl", "fallback")
  repository = get_repo_root()
  inside     = get_path_from_repo_root()
  outside    = get_path_to_repo_root()
  flush      = <<-EOT
      a ${local.name}
        b

      $${c}
  EOT
  plain      = <<EOT
  x
   y "${local.name}"
EOT
  escapes    = "a\\tb\\"c\\\\ \\u00e9 $${x} %%{y} é"
  blanks     = "  ${local.name}  "
  numbers    = [1, -2, 2.5, 1.0, 1 + 2 * 3, 7 - 2]
  condition  = local.name == "n-acc" ? "yes" : "no"
  functions = [
    dirname("/a/b/../c"), basename("/a/b/"), dirname("a"), dirname("/a"), basename(""), upper("x"), lower("X"),
    join("-", ["a", "b"]), replace("abc", "b", "x"), trimprefix("abc", "a"), trimsuffix("abc", "c"), trimspace(" a "),
    format("%s-%s", "a", 1), lookup({ a = 1 }, "b", "d"), coalesce("", "z"), tostring(1.0),
  ]
  counted    = length("abc")
  parts      = split(",", "a,b")
  keys       = keys({ b = 1, a = 2 })
  indexed    = local.merged["a"]
  template   = "${true} ${1} ${1.5} ${-3}"
  alone      = "${[1]}"
  exposed    = include.common.locals.text
  joined     = concat([1], ["a"])
  contained  = contains(["a"], "a")
  variable   = get_env("ML_CLUSTERS_SET_BY_NOBODY", "default")
  nothing    = null
  tests      = [startswith("ab", "a"), endswith("ab", "a"), strcontains("abc", "b")]
  operators  = [!true, true && false, true || false, 1 < 2, 1 == 1.0, "a" != "b", !(1 > 2) && true]
  quoted_key = { "a b" = 1, (local.name) = 2 }
  empty      = {}
}
""",
}


def test_every_value_that_is_read_is_the_one_that_terragrunt_evaluates(tmp_path: Path) -> None:
    """All expressions that trees use have Terragrunt's value, and none of these is unknown."""
    write(tmp_path, EXPRESSIONS)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    tree = read_tree(tmp_path / "live")
    unit = tree.by_path["a/r/unit"]
    theirs = rendered(tmp_path / "live/a/r/unit")
    assert _nested(unit.inputs) == theirs["inputs"]
    assert unit.state_key == theirs["remote_state"]["config"]["key"]
    assert (unit.sources[0].address, unit.sources[0].folder) == ("git::https://git.example.com/modules.git", "network")
    assert unit.held_back_at == "v1.2.0"
    assert not unit.partly_read


def _nested(inputs: Sequence[Input]) -> Mapping[str, Any]:
    """The inputs as one object, as Terragrunt renders it."""
    whole: dict[str | int, Any] = {}
    for each in inputs:
        inner = whole
        for key in each.keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[each.keys[-1]] = _plain(each.value)
    return {str(key): _lists(value) for key, value in whole.items()}


def _plain(value: Value) -> Any:
    assert not isinstance(value, Unknown), value.why
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def _lists(value: Any) -> Any:
    """Objects by number are lists."""
    if not isinstance(value, dict):
        return value
    inner = [_lists(each) for each in value.values()]
    return inner if value and all(isinstance(key, int) for key in value) else dict(zip(value, inner, strict=True))
