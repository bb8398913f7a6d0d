"""A tree that is broken is read all the same: what is wrong is named by file and line, and hides no unit."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcp_server.monorepo.agreement import differences
from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.monorepo.reading import read_tree
from mcp_server.monorepo.units import FindingKind
from tests.monorepo.terragrunt import found_in, refused_by_validation
from tests.monorepo.trees import our_tree, write

EAST = "main-account/us-east-1"
LEAF = f"{EAST}/cluster-003/terragrunt.hcl"


@dataclass(frozen=True)
class Breakage:
    """Files that break a tree, and the one finding that must come of it: FILE:LINE and a part of the sentence."""

    files: Mapping[str, str | bytes]
    kind: FindingKind
    place: str
    sentence: str
    dropped: tuple[str, ...] = ()
    """Units that Terragrunt's find leaves out, although it ends well."""
    found: bool = True
    """Whether find ends at all."""


_ROOTED = 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'
_STATE = 'remote_state {\n  backend = "s3"\n  config = {\n    bucket = BUCKET\n    key = "x"\n  }\n}\n'
_NUMBERED = 'locals {\n  account_name = "NAME"\n  account_id   = "NUMBER"\n}\n'


def _account(name: str, number: str) -> dict[str, str]:
    return {"secondary-account/account.hcl": _NUMBERED.replace("NAME", name).replace("NUMBER", number)}


BREAKAGES = {
    "a cycle": Breakage(
        {
            f"{EAST}/one/terragrunt.hcl": '# first\ndependency "two" {\n  config_path = "../two"\n}\n',
            f"{EAST}/two/terragrunt.hcl": 'dependencies {\n  paths = ["../networking", "../one"]\n}\n',
            f"{EAST}/under/terragrunt.hcl": 'dependency "two" {\n  config_path = "../two"\n}\n',
        },
        FindingKind.CYCLE,
        f"{EAST}/one/terragrunt.hcl:3",
        f'"{EAST}/one" needs "{EAST}/two", which needs "{EAST}/one".',
        (f"{EAST}/one", f"{EAST}/two", f"{EAST}/under"),
    ),
    "a unit that needs itself": Breakage(
        {f"{EAST}/self/terragrunt.hcl": 'dependencies {\n  paths = ["../self"]\n}\n'},
        FindingKind.CYCLE,
        f"{EAST}/self/terragrunt.hcl:2",
        f'"{EAST}/self" needs "{EAST}/self".',
        (f"{EAST}/self",),
    ),
    "a missing dependency": Breakage(
        {f"{EAST}/a/terragrunt.hcl": '\ndependency "gone" {\n  config_path = "../gone"\n}\n'},
        FindingKind.MISSING_DEPENDENCY,
        f"{EAST}/a/terragrunt.hcl:3",
        f'"{EAST}/a" needs "{EAST}/gone", which is no unit.',
    ),
    "a missing dependency of an included file": Breakage(
        {"_envcommon/networking.hcl": 'dependency "gone" {\n  config_path = "../gone"\n}\n'},
        FindingKind.MISSING_DEPENDENCY,
        "_envcommon/networking.hcl:2",
        f'"{EAST}/networking" needs "{EAST}/gone", which is no unit.',
    ),
    "a dependency on a folder without a unit": Breakage(
        {f"{EAST}/a/terragrunt.hcl": 'dependency "region" {\n  config_path = ".."\n}\n'},
        FindingKind.MISSING_DEPENDENCY,
        f"{EAST}/a/terragrunt.hcl:2",
        f'needs "{EAST}", which is no unit.',
    ),
    "a brace that is not closed": Breakage(
        {LEAF: 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n\ninputs = {\n  a = 1\n'},
        FindingKind.BAD_HCL,
        f"{LEAF}:5",
        '"{" is never closed.',
    ),
    "an expression that is not there": Breakage(
        {LEAF: "inputs = {\n  a = 1\n}\nlocals {\n  b =\n}\n"},
        FindingKind.BAD_HCL,
        f"{LEAF}:5",
        "it cannot be read from",
    ),
    "two arguments on one line": Breakage(
        {LEAF: "locals {\n  a = 1 b = 2\n}\n"}, FindingKind.BAD_HCL, f"{LEAF}:2", "needs a new line"
    ),
    "an argument that is set twice": Breakage(
        {LEAF: "locals {\n  a = 1\n  a = 2\n}\n"}, FindingKind.BAD_HCL, f"{LEAF}:3", '"a" is set twice.'
    ),
    "a file that is not UTF-8": Breakage(
        {LEAF: b'locals {\n  a = "\xff"\n}\n'}, FindingKind.BAD_HCL, f"{LEAF}:2", "it is not UTF-8."
    ),
    "bad HCL in the root that all include": Breakage(
        {"root.hcl": "locals {\n  a = foo(1\n}\n"}, FindingKind.BAD_HCL, "root.hcl:2", '"(" is never closed.'
    ),
    "bad HCL in what some include": Breakage(
        {"_envcommon/cluster.hcl": "locals {\n}}\n"},
        FindingKind.BAD_HCL,
        "_envcommon/cluster.hcl:2",
        '"}" closes nothing.',
    ),
    "bad HCL in an account": Breakage(
        {"main-account/account.hcl": 'locals {\n  account_id = "1\n}\n'},
        FindingKind.BAD_HCL,
        "main-account/account.hcl:2",
        "the quotation mark is never closed.",
    ),
    "a unit outside an account": Breakage(
        {"stray/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'},
        FindingKind.OUTSIDE_ACCOUNT,
        "stray/terragrunt.hcl:1",
        'There is no "account.hcl" in the folders above: the unit is outside an account.',
    ),
    "a unit outside a region": Breakage(
        {"main-account/stray/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'},
        FindingKind.OUTSIDE_REGION,
        "main-account/stray/terragrunt.hcl:1",
        'There is no "region.hcl" in the folders above: the unit is outside a region.',
    ),
    "an account without its id": Breakage(
        {"main-account/account.hcl": 'locals {\n  account_name = "main"\n}\n'},
        FindingKind.NOT_READ,
        "main-account/account.hcl:1",
        'account_id cannot be read: there is no local "account_id"; if it is called otherwise, [monorepo]',
    ),
    "a path that a command gives": Breakage(
        {f"{EAST}/a/terragrunt.hcl": 'dependency "b" {\n  config_path = run_cmd("touch", "ran")\n}\n'},
        FindingKind.NOT_READ,
        f"{EAST}/a/terragrunt.hcl:2",
        'the config_path of a dependency cannot be read: "run_cmd" is never run.',
    ),
    "an include that is not there": Breakage(
        {f"{EAST}/a/terragrunt.hcl": '\ninclude "gone" {\n  path = "../gone.hcl"\n}\n'},
        FindingKind.NOT_READ,
        f"{EAST}/a/terragrunt.hcl:2",
        f'what it includes is not there: "{EAST}/gone.hcl".',
    ),
    "an included file that includes": Breakage(
        {"_envcommon/networking.hcl": 'include "more" {\n  path = "more.hcl"\n}\n'},
        FindingKind.NOT_READ,
        "_envcommon/networking.hcl:1",
        "an included file may not include another",
    ),
    "a local that needs itself": Breakage(
        {f"{EAST}/a/terragrunt.hcl": "locals {\n  a = local.b\n  b = local.a\n}\nterraform {\n  source = local.a\n}\n"},
        FindingKind.NOT_READ,
        f"{EAST}/a/terragrunt.hcl:6",
        'the module\'s source cannot be read: the local "a" needs itself.',
    ),
    "a state key that hangs on the environment": Breakage(
        {
            f"{EAST}/a/terragrunt.hcl": 'remote_state {\n  backend = "s3"\n  config = {\n    bucket = run_cmd("x")\n'
            '    key    = get_env("KEY")\n  }\n}\n'
        },
        FindingKind.NOT_READ,
        f"{EAST}/a/terragrunt.hcl:5",
        "the state key cannot be read: it hangs on an environment variable without a default.",
    ),
    "inputs that a command gives": Breakage(
        {f"{EAST}/a/terragrunt.hcl": 'inputs = run_cmd("x")\n'},
        FindingKind.NOT_READ,
        f"{EAST}/a/terragrunt.hcl:1",
        'not all inputs can be read: "run_cmd" is never run.',
    ),
    "two units with one state key": Breakage(
        {f"{EAST}/more/networking/terragrunt.hcl": _ROOTED},
        FindingKind.SAME_STATE,
        f"{EAST}/networking/terragrunt.hcl:1",
        'Units have one state key, "main/us-east-1/networking/terraform.tfstate": each would destroy what the other '
        "has made. Rename a folder, or let the key of remote_state have more of the path. It concerns 2 units: "
        f'"{EAST}/more/networking", "{EAST}/networking".',
    ),
    "two units with one state key in a bucket that a run names": Breakage(
        {f"{EAST}/{name}/terragrunt.hcl": _STATE.replace("BUCKET", 'run_cmd("x")') for name in ("a", "b")},
        FindingKind.SAME_STATE,
        f"{EAST}/b/terragrunt.hcl:1",
        'Units have one state key, "x", unless their buckets differ, which cannot be told here: ',
    ),
    "an account's number in another account": Breakage(
        _account("secondary", "111111111111"),
        FindingKind.SAME_ACCOUNT,
        "secondary-account/account.hcl:3",
        'Account "111111111111" is called "main" in "main-account/account.hcl" and "secondary" in '
        '"secondary-account/account.hcl": an account has one name. Correct the one that is wrong.',
    ),
    "an account's name in another account": Breakage(
        _account("main", "222222222222"),
        FindingKind.SAME_ACCOUNT,
        "secondary-account/account.hcl:2",
        'The account called "main" has the number "111111111111" in "main-account/account.hcl" and "222222222222" in '
        '"secondary-account/account.hcl": a name stands for one. Correct the one that is wrong.',
    ),
    "a region's folder that was copied": Breakage(
        {"main-account/us-west-2/region.hcl": 'locals {\n  aws_region = "us-east-1"\n  zones = ["use1-az1"]\n}\n'},
        FindingKind.SAME_REGION,
        "main-account/us-west-2/region.hcl:2",
        'Region "us-east-1" of "main-account/account.hcl" is that of "main-account/us-east-1/region.hcl" and of '
        '"main-account/us-west-2/region.hcl": what is meant for another region would be made in this one. Correct',
    ),
    "files that read one another": Breakage(
        {
            "main-account/account.hcl": 'locals {\n  account_name = "main"\n'
            '  account_id = read_terragrunt_config("../account.hcl").locals.account_id\n}\n',
            "account.hcl": "locals {\n"
            '  account_id = read_terragrunt_config("main-account/account.hcl").locals.account_id\n}\n',
        },
        FindingKind.NOT_READ,
        "main-account/account.hcl:1",
        'account_id cannot be read: "main-account/account.hcl" reads itself',
        found=False,
    ),
}


def _broken(folder: Path, files: Mapping[str, str | bytes]) -> tuple[Path, set[str]]:
    """A tree of ours with these files, and all units that lie in it."""
    root = write(our_tree(folder / "live"), files)
    units = {each.parent.relative_to(root).as_posix() for each in root.rglob("terragrunt.hcl")}
    return root, units


def _told(tree: LiveTree, breakage: Breakage) -> list[str]:
    return [
        each.sentence
        for each in tree.findings
        if each.kind is breakage.kind and f"{each.file}:{each.line}" == breakage.place
    ]


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES)
def test_what_is_broken_is_named_by_file_and_line_and_every_unit_is_listed(tmp_path: Path, breakage: Breakage) -> None:
    """One finding says where and what, and no unit is missing."""
    root, units = _broken(tmp_path, breakage.files)
    tree = read_tree(root)
    assert {each.path for each in tree.units} == units
    assert any(breakage.sentence in each for each in _told(tree, breakage)), list(map(str, tree.findings))
    assert not (tmp_path / "live/ran").exists()


@pytest.mark.parametrize("breakage", [each for each in BREAKAGES.values() if each.found])
def test_terragrunt_ends_well_on_a_broken_tree_and_lists_no_unit_that_we_do_not(
    tmp_path: Path, breakage: Breakage
) -> None:
    """What Terragrunt drops without a word is what we have beyond it."""
    root, _ = _broken(tmp_path, {name: _without_commands(text) for name, text in breakage.files.items()})
    found = found_in(root)
    theirs = {each["path"] for each in json.loads(found)}
    ours = {each.path for each in read_tree(root).units}
    assert theirs <= ours
    assert ours - theirs == set(breakage.dropped)


@pytest.mark.parametrize(
    "account",
    ['locals {\n  account_id = "1\n}\n', 'locals {\n  account_name = "main"\n}\n'],
    ids=["bad HCL", "without its number"],
)
def test_what_follows_from_a_broken_account_is_counted_with_it_and_not_told_again(tmp_path: Path, account: str) -> None:
    """One finding, with the first units that suffer, though state keys, paths and inputs of all of them hang on it."""
    root = our_tree(tmp_path / "live")
    number = 'dependency "storage" {\n  config_path = "../storage-${include.root.locals.account.account_id}"\n}\n'
    for each in root.glob("main-account/*/cluster-003/terragrunt.hcl"):
        include = 'path = find_in_parent_folders("root.hcl")\n'
        each.write_text(each.read_text().replace(include, f"{include}  expose = true\n") + number)
    write(root, {"main-account/account.hcl": account})
    (finding,) = read_tree(root).findings
    assert finding.file == "main-account/account.hcl"
    assert finding.sentence.endswith(
        f' It concerns 8 units: "{EAST}/cluster-003", "{EAST}/efa-security-group", "{EAST}/networking" and 5 more.'
    )
    assert len(finding.units) == 8


def test_what_many_suffer_by_is_told_before_what_one_does(tmp_path: Path) -> None:
    """Wherever its file stands in the alphabet: a broken shared file first, then by file and line."""
    files = BREAKAGES["bad HCL in what some include"].files | BREAKAGES["bad HCL in an account"].files
    own = {f"{EAST}/{name}/terragrunt.hcl": "locals {\n  b =\n}\n" for name in ("a", "b")}
    root, _ = _broken(tmp_path, {**files, **own})
    assert [each.file for each in read_tree(root).findings] == [
        "main-account/account.hcl",
        "_envcommon/cluster.hcl",
        f"{EAST}/a/terragrunt.hcl",
        f"{EAST}/b/terragrunt.hcl",
    ]


def test_accounts_and_buckets_may_share_what_is_their_own(tmp_path: Path) -> None:
    """A folder for each environment of one account, and one key in two buckets, are no clash."""
    root = our_tree(tmp_path / "live")
    shared = ("account.hcl", "us-east-1/region.hcl")
    again = {f"again/{name}": (root / "main-account" / name).read_text() for name in shared}
    leaves = {
        f"again/us-east-1/{name}/terragrunt.hcl": _STATE.replace("BUCKET", f'"{name}"') for name in ("one", "two")
    }
    tree = read_tree(write(root, {**again, **leaves}))
    assert tree.findings == ()
    assert {each.state_bucket for each in tree.units if each.state_key == "x"} == {"one", "two"}


def _without_commands(text: str | bytes) -> str | bytes:
    """Terragrunt would run what it finds; a name that is no function is as unreadable."""
    return text.replace("run_cmd", "no_such_function") if isinstance(text, str) else text


@pytest.mark.parametrize(
    "breakage",
    [each for each in BREAKAGES.values() if each.kind is FindingKind.BAD_HCL and each.place.startswith(LEAF)],
)
def test_what_we_call_bad_hcl_is_refused_by_terragrunt_too(tmp_path: Path, breakage: Breakage) -> None:
    """No rule of ours is stricter than HCL."""
    root = write(tmp_path, {"a/terragrunt.hcl": breakage.files[LEAF]})
    assert refused_by_validation(root)


def test_what_is_in_no_cycle_keeps_its_place_in_the_order(tmp_path: Path) -> None:
    """Units in a cycle, and below one, come last and are in no group."""
    broken = BREAKAGES["a cycle"]
    root, _ = _broken(tmp_path, broken.files)
    tree = read_tree(root)
    assert [each.path for each in tree.units][-3:] == list(broken.dropped)
    grouped = [path for group in tree.groups for path in group]
    assert grouped == [each.path for each in tree.units][:-3]
    assert [each.unit for each in differences(tree, found_in(root))] == list(broken.dropped)


def _loop(root: Path) -> str:
    (root / EAST / "loop").symlink_to(root / EAST, target_is_directory=True)
    return f"{EAST}/loop"


def _self(root: Path) -> str:
    (root / EAST / "self").symlink_to("self")
    return f"{EAST}/self"


def _outside(root: Path) -> str:
    write(root.parent / "elsewhere", {"secret/terragrunt.hcl": 'inputs = {\n  a = "secret"\n}\n'})
    (root / EAST / "outside").symlink_to(root.parent / "elsewhere", target_is_directory=True)
    return f"{EAST}/outside"


def _folder(root: Path) -> str:
    (root / EAST / "again").symlink_to(root / "secondary-account", target_is_directory=True)
    return f"{EAST}/again"


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        (_loop, "It is not followed: it is a link to a folder that it is in, a loop."),
        (_self, "It is not followed: it is a link to itself."),
        (_outside, "It is not followed: it is a link that leads out of the repository."),
        (_folder, "It is not followed: it is a link to a folder, which Terragrunt does not follow either."),
    ],
)
def test_links_to_folders_are_named_and_not_followed(
    tmp_path: Path, link: Callable[[Path], str], sentence: str
) -> None:
    """A link makes no unit twice, and nothing outside is read; Terragrunt has the same units."""
    root = our_tree(tmp_path / "live")
    before = [each.path for each in read_tree(root).units]
    place = link(root)
    tree = read_tree(root)
    assert [(each.kind, each.file, each.sentence) for each in tree.findings] == [(FindingKind.LINK, place, sentence)]
    assert [each.path for each in tree.units] == before
    assert differences(tree, found_in(root)) == ()


def _linked_file(root: Path, target: str) -> None:
    (root / LEAF).unlink()
    (root / LEAF).symlink_to(target)


def test_a_unit_whose_file_is_a_link_out_of_the_repository_is_listed_unread(tmp_path: Path) -> None:
    """What lies outside never gets into a result."""
    root = our_tree(tmp_path / "live")
    write(tmp_path, {"secret.hcl": 'inputs = {\n  a = "secret"\n}\n'})
    _linked_file(root, str(tmp_path / "secret.hcl"))
    tree = read_tree(root)
    unit = tree.by_path[f"{EAST}/cluster-003"]
    assert (unit.inputs, unit.partly_read, unit.account_name) == ((), True, "main")
    assert list(map(str, tree.findings)) == [f"{LEAF}:1: it leads out of the repository, so it is not read."]


def test_a_unit_whose_file_is_a_link_within_the_repository_is_read(tmp_path: Path) -> None:
    """A file may be a link, as Terragrunt reads it."""
    root = our_tree(tmp_path / "live")
    _linked_file(root, "../networking/terragrunt.hcl")
    tree = read_tree(root)
    assert tree.by_path[f"{EAST}/cluster-003"].literals[0].value == "networking"
    assert differences(tree, found_in(root)) == ()


def test_a_unit_whose_file_is_a_link_to_itself_is_listed(tmp_path: Path) -> None:
    """A loop of files is told for the unit that has it."""
    root = our_tree(tmp_path / "live")
    _linked_file(root, "terragrunt.hcl")
    tree = read_tree(root)
    assert len(tree.units) == 16
    assert list(map(str, tree.findings)) == [f"{LEAF}:1: it is a link to itself."]


def test_a_pipe_in_a_files_place_does_not_hold_the_reader_up(tmp_path: Path) -> None:
    """Only ordinary files are read."""
    root = our_tree(tmp_path / "live")
    (root / LEAF).unlink()
    os.mkfifo(root / LEAF)
    tree = read_tree(root)
    assert len(tree.units) == 16
    assert list(map(str, tree.findings)) == [f"{LEAF}:1: it is no ordinary file."]


def test_a_file_beyond_the_repository_is_not_read_by_name_either(tmp_path: Path) -> None:
    """read_terragrunt_config and include reach no further than the git work tree."""
    root = our_tree(tmp_path / "live")
    write(tmp_path, {"secret.hcl": 'locals {\n  a = "secret"\n}\ninputs = {\n  b = "secret"\n}\n'})
    secret = tmp_path / "secret.hcl"
    write(
        root,
        {
            f"{EAST}/a/terragrunt.hcl": f'include "s" {{\n  path = "{secret}"\n}}\n'
            f'inputs = {{\n  a = read_terragrunt_config("{secret}").locals.a\n}}\n'
        },
    )
    unit = read_tree(root).by_path[f"{EAST}/a"]
    assert "secret" not in str([each.value for each in unit.inputs]).replace("secret.hcl", "")
    assert unit.includes == ()


def test_a_tree_that_grows_without_bound_is_given_up_soon(tmp_path: Path) -> None:
    """Texts, lists, numbers and steps are bounded: a few lines cannot fill the memory."""
    doubling = "".join(f'  a{at} = "${{local.a{at - 1}}}${{local.a{at - 1}}}"\n' for at in range(1, 40))
    listed = "".join(f"  l{at} = concat(local.l{at - 1}, local.l{at - 1})\n" for at in range(1, 40))
    squared = "".join(f"  n{at} = local.n{at - 1} * local.n{at - 1}\n" for at in range(1, 40))
    chained = "".join(f"  c{at} = local.c{at - 1}\n" for at in range(1, 2000))
    text = (
        f'locals {{\n  a0 = "xxxxxxxxxx"\n{doubling}  l0 = [1, 2]\n{listed}  n0 = 10\n{squared}  c0 = 1\n{chained}}}\n'
        "inputs = {\n  a = local.a39\n  l = local.l39\n  n = local.n39\n  c = local.c1999\n}\n"
    )
    root = write(our_tree(tmp_path / "live"), {f"{EAST}/a/terragrunt.hcl": text})
    unit = read_tree(root).by_path[f"{EAST}/a"]
    assert [str(each.value) for each in unit.inputs] == [
        "Unknown(why='the text is too long')",
        "Unknown(why='the collection is too large')",
        "Unknown(why='the number is too large')",
        "Unknown(why='it takes too long to evaluate')",
    ]


def test_without_a_folder_there_is_no_tree(tmp_path: Path) -> None:
    """The error says which folder is meant, and which setting names it."""
    with pytest.raises(NoTree, match=r"nowhere.*\[monorepo\] root in ml-clusters.toml"):
        read_tree(tmp_path / "nowhere")
