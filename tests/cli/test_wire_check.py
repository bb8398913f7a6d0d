"""wire --check: what a pull request changes is held to AWS, however it is written and whatever its text says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.sandbox.control import OwnedView, SandboxControl
from tests.bought_blocks import buy_block
from tests.cli.test_agenda import dates, wire
from tests.wiring.clones import git, scratch_clone

TRAINING = "main-account/us-east-1/eks-training"
QUEUES = "main-account/us-east-1/parallelcluster"
CLASSES = "gitops/clusters/main/us-east-1/ml-clusters-training/node-classes.yaml"


@pytest.fixture
def clone(project: Path, both_accounts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch clone that is the project; both accounts are read."""
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(both_accounts))
    return scratch_clone(project)


@pytest.fixture
def owned(clone: Path, sandbox: SandboxControl) -> OwnedView:
    """The scene in which capacity is owned and clusters run on it."""
    return sandbox.put_clusters()


def check(clone: Path, text: str = "") -> Result:
    """What the workflow says of what is not committed."""
    (clone / "text.md").write_text(text)
    return CliRunner().invoke(app, ["wire", "--check", str(clone / "text.md"), "--base", "HEAD"])


def commit(clone: Path) -> None:
    """What is there becomes what was there before."""
    git(clone, "add", "live", "gitops")
    git(clone, "commit", "--quiet", "--message", "Before")


def into_running(clone: Path, owned: OwnedView, **changes: datetime) -> None:
    """The entry of what the training cluster runs on."""
    there = dates(owned.blocks["p5-now"]) | changes
    wire(clone, TRAINING, "p5-now", owned.blocks["p5-now"], **there)


def test_dates_are_renewed_while_machines_run(clone: Path, owned: OwnedView) -> None:
    """Its own cluster is not somebody else."""
    there = dates(owned.blocks["p5-now"])
    into_running(clone, owned, end=there["end"] - timedelta(days=1))
    commit(clone)
    git(clone, "checkout", "--quiet", "HEAD~", "--", f"live/{TRAINING}")
    into_running(clone, owned)
    done = check(clone)
    assert "rewire" in done.stdout
    assert "passed not in use" in done.stdout


def test_what_machines_run_on_is_not_taken_out(clone: Path, owned: OwnedView) -> None:
    """A merge would end them: they are drained before."""
    into_running(clone, owned)
    commit(clone)
    git(clone, "checkout", "--quiet", "HEAD~", "--", f"live/{TRAINING}")
    done = check(clone)
    assert done.exit_code == 2
    assert "stopped machines" in done.stdout
    assert "drain them first" in done.stdout


def test_what_a_cluster_that_was_not_read_may_use_is_not_called_unused(
    clone: Path, owned: OwnedView, sandbox: SandboxControl
) -> None:
    """Also where the unit's own cluster was read, and uses it."""
    into_running(clone, owned)
    sandbox.arm("DescribeStacks", "denied", region="us-east-1")
    assert "warning not in use: Not all clusters could be read" in check(clone).stdout


def in_a_local(clone: Path, block: str) -> None:
    """Through an expression that is known: an entry like any other."""
    file = clone / "live" / TRAINING / "terragrunt.hcl"
    file.write_text(f'locals {{\n  block = "{block}"\n}}\n' + file.read_text())


def in_shared_inputs(clone: Path, block: str) -> None:
    """In a file that several units include."""
    file = clone / "live/_envcommon/eks-cluster.hcl"
    file.write_text(f'{file.read_text()}\nlocals {{\n  given = "{block}" # given to all\n}}\n')


def in_plain_terraform(clone: Path, block: str) -> None:
    """In a module."""
    file = clone / "terraform/modules/eks-cluster/more.tf"
    file.write_text(f'resource "aws_launch_template" "more" {{\n  name = "{block}"\n}}\n')


def in_a_configuration(clone: Path, block: str) -> None:
    """In a file for ParallelCluster."""
    (clone / "cluster-configs/parallelcluster/more.json").write_text(f'{{"reservation_id": "{block}"}}\n')


def in_another_ending(clone: Path, block: str) -> None:
    """In a NodeClass that Argo CD applies all the same."""
    file = (clone / CLASSES).with_name("more.yml")
    text = (clone / CLASSES).read_text().partition("\n---")[0]
    file.write_text(text.replace("spec:\n", f"spec:\n  capacityReservationSelectorTerms:\n    - id: {block}\n", 1))


def outside_of_a_cluster(clone: Path, block: str) -> None:
    """In a NodeClass for every cluster."""
    terms = "capacityReservationSelectorTerms: [{ tags: { team: ours } }]"
    (clone / "gitops/node-pools/more.yaml").write_text(f"kind: EC2NodeClass\nspec:\n  {terms}\n")


def by_tags(clone: Path, block: str) -> None:
    """In a NodeClass, by what others may set as well."""
    file = clone / CLASSES
    terms = "spec:\n  capacityReservationSelectorTerms:\n    - tags: { team: ours }\n"
    file.write_text(file.read_text().replace("spec:\n", terms, 1))


def by_an_expression(clone: Path, block: str) -> None:
    """Of which only Terragrunt knows what it comes to."""
    file = clone / "live" / TRAINING / "terragrunt.hcl"
    said = f'run_cmd("echo", "{block[:8]}", "{block[8:]}")'
    entry = f"{{ p5 = {{ reservation_id = {said} }} }}"
    file.write_text(file.read_text().replace("capacity_blocks = {}", f"capacity_blocks = {entry}"))


@pytest.mark.parametrize(
    "given",
    [
        in_a_local,
        in_shared_inputs,
        in_plain_terraform,
        in_a_configuration,
        outside_of_a_cluster,
        by_tags,
        by_an_expression,
    ],
)
def test_capacity_is_given_in_no_other_way(
    clone: Path, sandbox: SandboxControl, given: Callable[[Path, str], None]
) -> None:
    """Than in an entry that can be held to AWS, whatever files there are."""
    block = buy_block()["CapacityReservation"]["CapacityReservationId"]
    sandbox.advance(timedelta(minutes=11))
    given(clone, block)
    done = check(clone)
    assert done.exit_code == 2, done.output
    assert "stopped" in done.stdout


def test_a_node_class_is_read_whatever_its_file_ends_with(clone: Path, sandbox: SandboxControl) -> None:
    """As Argo CD reads it: what it takes is held to AWS like any other entry, and is not given twice."""
    block = buy_block()["CapacityReservation"]["CapacityReservationId"]
    sandbox.advance(timedelta(minutes=11))
    in_another_ending(clone, block)
    assert f"wire {block}, {TRAINING}" in check(clone).stdout
    wire(clone, QUEUES, "p5", block, **dates(block))
    done = check(clone)
    assert done.exit_code == 2
    assert "stopped not in the tree" in done.stdout


def test_ids_that_nobody_owns_and_comments_stop_nothing(clone: Path, sandbox: SandboxControl) -> None:
    """As in an example, or in what is said of an entry that was there."""
    block = buy_block()["CapacityReservation"]["CapacityReservationId"]
    sandbox.advance(timedelta(minutes=11))
    in_plain_terraform(clone, "cr-0123456789abcdef0")
    file = clone / "live" / TRAINING / "terragrunt.hcl"
    file.write_text(f"# {block} was here\n{file.read_text()}")
    done = check(clone)
    assert done.exit_code == 0, done.output
    assert "which nobody owns" in done.stdout


def test_a_text_names_no_purchase_that_its_marks_do_not(clone: Path) -> None:
    """It would be read as what is given."""
    done = check(clone, f"Gives mlc-{'a' * 20} to eks-training.")
    assert done.exit_code == 1
    assert "has no mark" in done.output


def test_what_may_be_in_an_account_that_is_not_configured_is_not_called_over(
    clone: Path, both_accounts: Path, sandbox: SandboxControl
) -> None:
    """That AWS tells nothing of it elsewhere says nothing."""
    block = buy_block()["CapacityReservation"]["CapacityReservationId"]
    sandbox.advance(timedelta(minutes=11))
    wire(clone, "secondary-account/us-west-2/eks-training", "p5", "cr-0123456789abcdef0", **dates(block))
    text = both_accounts.read_text()
    both_accounts.write_text(text[: text.rindex("[[accounts]]")])
    words = ["call", "wire_capacity", "--capacity", "cr-0123456789abcdef0", "--action", "unwire"]
    done = CliRunner().invoke(app, words)
    assert "stopped over" in done.stdout
    assert "(not configured)" in done.stdout


def test_a_link_in_the_tree_leads_into_no_other_clone(clone: Path, sandbox: SandboxControl, tmp_path: Path) -> None:
    """Simulated ids would get into a real one."""
    block = buy_block()["CapacityReservation"]["CapacityReservationId"]
    sandbox.advance(timedelta(minutes=11))
    file, other = clone / "live" / TRAINING / "terragrunt.hcl", tmp_path / "other.hcl"
    file.rename(other)
    file.symlink_to(other)
    done = CliRunner().invoke(app, ["call", "wire_capacity", "--capacity", block, "--unit", TRAINING])
    assert "Stopped by" in done.output or "No unit" in done.output, done.output
    assert "wire --apply" not in done.output
