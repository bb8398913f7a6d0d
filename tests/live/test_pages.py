"""The pages for whoever runs the live tree, held to the tree, to its modules, and to the programs that they use."""

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from mcp_server.monorepo.reading import read_tree
from mcp_server.sandbox.population import BUILT_IN
from tests.live.copied_tree import LIVE, ROOT, UNITS
from tests.live.pages import PAGES, Page, table

NEW_ACCOUNT = ROOT / "docs" / "live" / "new-account.md"
DESTROYING = ROOT / "docs" / "live" / "destroying-a-cluster.md"

WRONG = {
    "[iam](../../terraform/modules/iams)": "../../terraform/modules/iams: there is no such file",
    "[iam](../../terraform/modules/iam#buying-it)": "../../terraform/modules/iam#buying-it: there is no such heading",
    "`live/main-account/us-east-1/eks-trainings`": "live/main-account/us-east-1/eks-trainings: nothing is called so",
    "`live/ACCOUNT-account/REGION/eks-trainings`": "live/ACCOUNT-account/REGION/eks-trainings: nothing is called so",
    "`capacity_blocs`": "capacity_blocs: nothing is called so",
    "`capacity_blocs = {}`": "capacity_blocs = {}: nothing is called so",
    "`make tests`": "make tests: there is no such target",
    "```sh\ncd live/main\n```": "cd live/main: there is no such folder",
    "```sh\nterragrunt aply\n```": "terragrunt aply: there is no such command",
    "```sh\nterragrunt run --all --fliter '{**/kms}' -- plan\n```": "terragrunt run --fliter: there is no such option",
    "```sh\nterragrunt run --all -- plan -lok=false\n```": "terraform plan -lok: there is no such option",
    "```sh\nterraform state pul\n```": "terraform state pul: there is no such command",
    "```sh\naws s3api get-objet --bucket b\n```": "aws s3api get-objet: there is no such operation",
    '```sh\nx="$(aws s3api get-object --buket b)"\n```': "aws s3api get-object --buket: there is no such option",
    "```sh\nML_CLUSTERS_LOCAL=true terragrunt plan\n```": "ML_CLUSTERS_LOCAL: nothing reads it",
    "```sh\nls live\n```": "ls: a program that pages do not use",
    "```hcl\ninputs = {\n  capacity_blocs = {}\n}\n```": "capacity_blocs: nothing is called so",
}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_names_only_what_is_there(path: Path) -> None:
    """Every link, path, unit, variable, subcommand, flag and target in it exists, in prose and in commands."""
    page = Page(path, path.read_text())
    assert page.faults() == []


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("gitops/*.md")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_other_pages_lead_somewhere_too(path: Path) -> None:
    """Every link within the repository has its file and its heading."""
    assert [*Page(path, path.read_text()).broken_links()] == []


def test_there_is_a_page_for_each_task_and_the_readme_has_it() -> None:
    """Six, each in the README's list and in that of the tree."""
    names = [path.name for path in PAGES if path.parent != LIVE]
    assert len(names) == 6
    assert sorted(re.findall(r"\(docs/live/([a-z-]+\.md)\)", (ROOT / "README.md").read_text())) == names
    assert set(re.findall(r"\(\.\./docs/live/([a-z-]+\.md)", (LIVE / "README.md").read_text())) == set(names)


@pytest.mark.parametrize(("text", "fault"), WRONG.items(), ids=WRONG.values())
def test_what_is_not_there_is_found(text: str, fault: str) -> None:
    """Whatever a page may say wrongly is told, and nothing beside it."""
    assert Page(NEW_ACCOUNT, f"# A page\n\n{text}\n").faults() == [fault]


def test_a_new_account_s_page_names_every_place_of_a_placeholder() -> None:
    """Whatever its own command finds is in its table; the ids that it looks for are those of the tree as delivered."""
    page = Page(NEW_ACCOUNT, NEW_ACCOUNT.read_text())
    (command,) = [block.text for block in page.blocks if block.text.startswith("grep ")]
    found = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    first, *_ = re.split(r"^```", page.text.partition("## 1. Names")[2], flags=re.MULTILINE)
    named = set(re.findall(r"\]\(\.\./\.\./([^)]+)\)", first))
    assert {line.partition(":")[0] for line in found.splitlines() if ".terragrunt-cache" not in line} <= named
    placeholders = set(re.findall(r"\d{12}", command))
    assert placeholders == {account.number for account in BUILT_IN.accounts}
    assert all((ROOT / each).is_file() for each in named)


def test_the_steps_of_a_new_account_are_in_the_order_of_the_graph() -> None:
    """No unit needs one of its own step or of a later one, but for ECR's, whose order alone matters."""
    step_of = {
        unit: int(row["step"])
        for row in table(Page(NEW_ACCOUNT, NEW_ACCOUNT.read_text()), "step")
        for pattern in re.findall(r"`([a-z0-9*-]+)`", row["units"])
        for unit in UNITS
        if fnmatch(unit.rsplit("/")[-1], pattern)
    }
    tree = read_tree(LIVE)
    clusters = r"/(s3-tfstate|eks-[a-z]+|argocd-.+|hyperpod-.+|parallelcluster)$"
    assert set(step_of) == {unit for unit in UNITS if not re.search(clusters, unit)}
    early = {(unit, needed) for unit, step in step_of.items() for needed in tree.needs[unit] if step_of[needed] >= step}
    assert {(unit, needed.rsplit("/")[-1]) for unit, needed in early} == {("main-account/us-east-1/ecr", "ecr")}


def test_clusters_are_destroyed_in_the_order_of_the_graph_backwards() -> None:
    """What is destroyed later needs nothing that has gone before."""
    tree = read_tree(LIVE)
    rows = table(Page(DESTROYING, DESTROYING.read_text()), "cluster")
    assert len(rows) == 4
    for row in rows:
        kinds = [each.replace("NAME", "*") for each in re.findall(r"`([a-zA-Z0-9-]+)`", row["units, first to last"])]
        for place, kind in enumerate(kinds):
            for unit in (each for each in UNITS if fnmatch(each.rsplit("/")[-1], kind)):
                gone = {
                    needed
                    for needed in tree.needs[unit]
                    for earlier in kinds[:place]
                    if fnmatch(needed.rsplit("/")[-1], earlier)
                }
                assert gone == set(), f"{unit} needs {gone}"
