"""What the text of the live tree must hold, whatever runs it."""

import ipaddress
import itertools
import re
import subprocess
from pathlib import Path

import pytest

from tests.live.copied_tree import ACCOUNTS, LIVE, UNITS

FILES = sorted(
    each for each in LIVE.rglob("*") if each.suffix in {".hcl", ".tf", ".md"} and ".terragrunt-cache" not in each.parts
)
REGIONS = ("us-east-1", "us-west-2")


def shown(path: Path) -> str:
    """A file's path in the tree."""
    return str(path.relative_to(LIVE))


@pytest.mark.parametrize(("account", "number"), ACCOUNTS.items())
def test_an_account_s_id_is_written_once(account: str, number: str) -> None:
    """It stands in the account's own account.hcl, and everything that has it is derived from there."""
    found = [shown(path) for path in FILES for _ in range(path.read_text().count(number))]
    assert found == [f"{account}-account/account.hcl"]


def test_no_other_account_is_named() -> None:
    """Twelve digits are an account of the tree's own, or the zeros of nobody's."""
    found = {digits for path in FILES for digits in re.findall(r"(?<![0-9a-f])\d{12}(?![0-9a-f])", path.read_text())}
    assert found == {*ACCOUNTS.values(), "000000000000"}


def networks() -> dict[tuple[str, str], ipaddress.IPv4Network]:
    """The CIDR table, by account and region."""
    account, found = "", {}
    for line in (LIVE / "cidrs.hcl").read_text().splitlines():
        if opened := re.fullmatch(r"\s+(\w+) = \{", line):
            account = opened[1]
        elif row := re.fullmatch(r'\s+([a-z0-9-]+)\s*= "([0-9./]+)"', line):
            found[account, row[1]] = ipaddress.IPv4Network(row[2])
    return found


def test_every_account_region_has_addresses_and_no_other_table_does() -> None:
    """The table has a row for each, and no block of ten-something is written elsewhere."""
    assert set(networks()) == {(account, region) for account in ACCOUNTS for region in REGIONS}
    elsewhere = [shown(path) for path in FILES if re.search(r"\b10\.\d+\.\d+\.\d+/", path.read_text())]
    assert elsewhere == ["cidrs.hcl"]


def test_no_two_networks_overlap() -> None:
    """Each can be peered with each, and none hides behind the addresses of Kubernetes services."""
    services = [ipaddress.IPv4Network(each) for each in ("10.100.0.0/16", "172.20.0.0/16")]
    for one, other in itertools.combinations([*networks().values(), *services], 2):
        assert not one.overlaps(other), (one, other)


@pytest.mark.parametrize(("orchestrator", "addresses", "machines"), [("slurm", 32, 255), ("eks", 81, 100)])
def test_a_zone_holds_as_many_machines_of_hyperpod_as_the_table_says(
    orchestrator: str, addresses: int, machines: int
) -> None:
    """A zone's /19 is large enough for what cidrs.hcl and HyperPod's prerequisites say of a P5, a /16 for all zones."""
    assert f"{machines} " in (LIVE / "cidrs.hcl").read_text()
    for network in networks().values():
        zone = next(network.subnets(new_prefix=19))
        assert zone.num_addresses - 5 >= addresses * machines
        assert len(list(network.subnets(new_prefix=19))) >= 7


@pytest.mark.parametrize("path", [each for each in FILES if each.suffix == ".hcl"], ids=shown)
def test_nothing_is_bought_and_nothing_bought_is_made_up(path: Path) -> None:
    """No resource that buys; no id of a reservation or plan, since none is owned; what takes them is empty."""
    text = path.read_text()
    assert not re.search(r"capacity_block_(reservation|offering)|\bcr-[0-9a-f]{8,}|:training-plan/", text)
    assert not re.search(r"capacity(_blocks)?\s*=\s*\{(?!\})", text)


@pytest.mark.parametrize("unit", [each for each in UNITS if re.search(r"/(eks-[a-z]+|parallelcluster)$", each)])
def test_a_unit_that_takes_blocks_says_that_it_has_none(unit: str) -> None:
    """Its own file has the literal that an owned block is put into."""
    assert "  capacity_blocks = {}\n" in re.sub(" +=", " =", (LIVE / unit / "terragrunt.hcl").read_text())


def test_what_a_person_makes_has_the_names_that_units_know_it_by() -> None:
    """Bootstrap cannot read project.hcl, and says the same name and regions."""
    project = (LIVE / "project.hcl").read_text()
    variables = (LIVE / "bootstrap" / "variables.tf").read_text()
    (name,) = re.findall(r'^  name\s+= ("[a-z-]+")$', project, re.MULTILINE)
    (regions,) = re.findall(r"^  regions\s+= (\[.+\])$", project, re.MULTILINE)
    assert f"default     = {name}\n" in variables
    assert f"default     = {regions}\n" in variables


def test_the_page_s_command_gives_bootstrap_the_accounts_ids() -> None:
    """As the variable account_ids, from where they stand."""
    page = LIVE.parent / "docs" / "live" / "new-account.md"
    (command,) = re.findall(r"^export TF_VAR_account_ids=.+$", page.read_text(), re.MULTILINE)
    said = subprocess.run(
        ["bash", "-c", f'{command}; printf %s "$TF_VAR_account_ids"'],
        cwd=LIVE / "bootstrap",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.startswith("{")
    assert said.endswith(",}")
    assert dict(re.findall(r'(\w+) = "(\d+)",', said)) == ACCOUNTS


def test_each_provider_is_pinned_once() -> None:
    """versions.hcl has each provider with one exact version, and no other file of the tree has any."""
    pins = re.findall(
        r'(\S+)\s+= \{ source = "([a-z/-]+)", version = "([^"]+)" \}', (LIVE / "versions.hcl").read_text()
    )
    assert len({source for _, source, _ in pins}) == len(pins) == 9
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for *_, version in pins)
    elsewhere = [
        shown(path)
        for path in FILES
        if path.suffix == ".hcl"
        and path.name != "versions.hcl"
        and re.search(r'\bversion\s*=\s*"[^$]', path.read_text())
    ]
    assert elsewhere == ["_envcommon/hyperpod-chart.hcl"]  # a chart's


def test_mocks_stand_in_for_looking_alone_and_are_never_mixed_with_a_state() -> None:
    """Every dependency takes them from mocks.hcl, for the commands there, and none merges them."""
    assert 'commands = ["init", "validate", "plan", "show"]' in (LIVE / "mocks.hcl").read_text()
    for path in FILES:
        text = path.read_text()
        assert "mock_outputs_merge" not in text, shown(path)
        blocks = re.findall(r'^dependency "\w+" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
        for block in blocks:
            assert re.search(r"^  mock_outputs += local\.mocks\.units", block, re.MULTILINE), (shown(path), block)
            assert "mock_outputs_allowed_terraform_commands = local.mocks.commands" in block, (shown(path), block)
        labels = set(re.findall(r'^dependency "(\w+)"', text, re.MULTILINE))
        told = set(re.findall(r"dependency\.(\w+)\.outputs", text.split("mocked_dependencies")[-1]))
        if "mocked_dependencies" in text and labels:
            assert told >= labels, f"{shown(path)} does not say when {labels - told} are mocked"


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_a_leaf(unit: str) -> None:
    """It says what differs: everything else comes from the root, its providers and its kind."""
    text = (LIVE / unit / "terragrunt.hcl").read_text()
    assert len(text.splitlines()) <= 24
    assert text.startswith('include "root" { path = find_in_parent_folders("root.hcl") }\n')
    assert "/_envcommon/" in text
    assert "/_providers/" in text
