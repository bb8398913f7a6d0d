"""Plans of many units read together, against the live tree of this repository."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_server.capacity.refusals import UnknownWord
from mcp_server.capacity.severity import Severity, severity_of
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.plans.choosing import UnknownPlanUnit, Wanted, actions_of, narrowed
from mcp_server.monorepo.plans.plan_files import FoundPlan
from mcp_server.monorepo.plans.provenance import FilesOfUnits, head_commit
from mcp_server.monorepo.plans.roll_up import Review, roll_up
from mcp_server.monorepo.plans.run_report import UnitRun
from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.monorepo.reading import read_tree

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 29, 13, tzinfo=UTC)
EAST = "main-account/us-east-1"


@pytest.fixture(scope="module")
def tree() -> LiveTree:
    """The tree that is checked in."""
    return read_tree(ROOT / "live")


def plan(*changes: Mapping[str, Any], **more: Any) -> bytes:
    """A plan of these changes."""
    head = {"format_version": "1.2", "timestamp": "2026-11-29T12:00:00Z", "terraform_version": "1.11.4"}
    return json.dumps({**head, "resource_changes": changes, **more}).encode()


def change(address: str, *actions: str, **more: Any) -> dict[str, Any]:
    """A change of a resource."""
    kind = address.partition(".")[0]
    return {"address": address, "mode": "managed", "type": kind, "change": {"actions": actions, **more}}


def output(*actions: str) -> dict[str, Any]:
    """A change of an output called arn."""
    return {"output_changes": {"arn": {"actions": actions, "before": "a", "after": None, "after_unknown": True}}}


def rolled(tree: LiveTree | None, plans: Mapping[str, bytes], **more: Any) -> Review:
    """The review of plans by unit."""
    return roll_up(
        "here", [FoundPlan(unit, read_plan(text), "") for unit, text in plans.items()], tree, now=NOW, **more
    )


def test_a_unit_below_changed_outputs_never_has_no_changes(tree: LiveTree) -> None:
    """Terragrunt plans it against the outputs of now: renaming a role leaves the policy that names it as it is."""
    units = {f"{EAST}/iam": plan(**output("update")), f"{EAST}/s3-replication": plan(), f"{EAST}/networking": plan()}
    summary = rolled(tree, units).summary
    effects = {each.unit: each.effect for each in summary.units}
    assert effects == {
        f"{EAST}/networking": "no changes",
        f"{EAST}/iam": "0 to add, 0 to change, 0 to destroy, 1 outputs",
        f"{EAST}/s3-replication": "planned against old outputs",
    }
    (risk,) = summary.risks
    assert (risk.rule, risk.unit, risk.severity) == ("old-upstream-outputs", f"{EAST}/s3-replication", Severity.HIGH)
    assert risk.why == f"Outputs of {EAST}/iam change in this run, or are not known."


def test_so_does_one_further_down(tree: LiveTree) -> None:
    """What it needs may itself change when it is planned again."""
    units = {f"{EAST}/kms": plan(**output("update")), f"{EAST}/eks-training": plan()}
    assert tree.all_needs(f"{EAST}/eks-training") >= {f"{EAST}/kms"}
    (_, cluster) = rolled(tree, units).summary.units
    assert cluster.effect == "planned against old outputs"
    assert cluster.old_outputs_of == (f"{EAST}/kms",)


def test_units_come_in_the_order_of_applying(tree: LiveTree) -> None:
    """Whatever their names; and each says who needs it."""
    names = (f"{EAST}/eks-training", f"{EAST}/kms", f"{EAST}/networking")
    summary = rolled(tree, dict.fromkeys(names, plan())).summary
    assert [each.unit for each in summary.units] == [each for each in tree.by_path if each in names]
    kms = next(each for each in summary.units if each.unit.endswith("kms"))
    assert f"{EAST}/eks-training" in kms.needed_by


def test_a_run_in_a_part_of_the_tree_is_of_its_units(tree: LiveTree) -> None:
    """Terragrunt names units from the folder that it is run in."""
    (unit,) = rolled(tree, {"us-east-1/eks-training": plan()}).summary.units
    assert unit.needed_by == tree.dependents[f"{EAST}/eks-training"]
    (unknown,) = rolled(tree, {"kms": plan()}).summary.units
    assert unknown.needed_by == ()


def test_what_failed_is_the_first_risk(tree: LiveTree) -> None:
    """Before data that is lost: of the rest at least something is known."""
    lost = FoundPlan("b", read_plan(plan(change("aws_s3_bucket.this", "delete"))), "")
    failed = FoundPlan("a", None, result="failed", why="run error", run=UnitRun("a", "failed"))
    out = FoundPlan("c", None, result="left out of this run", run=UnitRun("c", "excluded"))
    summary = roll_up("here", [lost, failed, out], None, now=NOW).summary
    assert [(each.rule, each.severity) for each in summary.risks] == [
        ("not-planned", Severity.CRITICAL),
        ("data-destroyed", Severity.CRITICAL),
        ("not-planned", Severity.LOW),
    ]
    assert [each.effect for each in summary.units] == [
        "failed",
        "0 to add, 0 to change, 1 to destroy",
        "left out of this run",
    ]


def test_a_mocked_plan_has_no_no_changes() -> None:
    """Named mocks, and what looks like one though nobody says so."""
    named = plan(variables={"mocked_dependencies": {"value": ["kms"]}})
    unnamed = plan(variables={"vpc": {"value": {"id": ["vpc-00000000"]}}, "name": {"value": "hammock-1"}})
    units = rolled(None, {"a": named, "b": unnamed}).summary.units
    assert [each.effect for each in units] == ["not known: its inputs were mocked"] * 2
    assert [each.mocked for each in units] == [("kms",), ("variable vpc",)]


def test_drift_is_told_apart_from_what_the_plan_does() -> None:
    """What it puts back, and what it leaves."""
    drift = [change("a.back", "update", before={"x": 1}, after={"x": 2}), change("a.left", "delete", before={})]
    text = plan(change("a.back", "update", before={"x": 2}, after={"x": 1}), resource_drift=drift)
    summary = rolled(None, {"u": text}).summary
    assert [(each.rule, each.address, each.why) for each in summary.risks] == [
        ("drift-undone", "a.back", "Changed outside Terraform: x."),
        ("drift", "a.left", "It was destroyed outside Terraform."),
    ]
    assert [each.address for each in summary.units[0].drift] == ["a.back", "a.left"]
    assert summary.counts.changed == 1


def test_unknown_actions_are_told_and_harm_nothing() -> None:
    """Of a newer Terraform."""
    summary = rolled(None, {"u": plan(change("a.b", "transmogrify"), change("a.c", "create"))}).summary
    assert [each.rule for each in summary.risks] == ["unknown-action"]
    assert summary.counts.added == 1


def test_a_tree_that_was_changed_after_the_plan_is_told(tree: LiveTree, tmp_path: Path) -> None:
    """By any file that the unit is made from; one that another unit has does not count."""
    after = datetime(2026, 11, 29, 12, 1, tzinfo=UTC)
    summary = rolled(tree, {f"{EAST}/kms": plan()}, changed_at=lambda unit: after).summary
    assert [each.rule for each in summary.risks] == ["tree-changed"]
    before = after - timedelta(minutes=2)
    assert rolled(tree, {f"{EAST}/kms": plan()}, changed_at=lambda unit: before).summary.risks == ()


def test_the_files_of_a_unit_are_its_own_and_its_modules(tmp_path: Path) -> None:
    """The newest of them counts, Terraform's own folders do not."""
    for name in ("modules/m/main.tf", "live/a/terragrunt.hcl", "live/b/terragrunt.hcl", "live/a/.terragrunt-cache/x"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('terraform {\n  source = "../../modules/m"\n}\n' if name.endswith(".hcl") else "")
        os.utime(file, (1_000, 1_000))
    os.utime(tmp_path / "live" / "a" / ".terragrunt-cache" / "x", (9_000, 9_000))
    os.utime(tmp_path / "live" / "b" / "terragrunt.hcl", (3_000, 3_000))
    tree = read_tree(tmp_path / "live")
    times = {unit.path: FilesOfUnits(tree).changed_at(unit) for unit in tree.units}
    assert times == {"a": datetime.fromtimestamp(1_000, UTC), "b": datetime.fromtimestamp(3_000, UTC)}
    os.utime(tmp_path / "modules" / "m" / "main.tf", (5_000, 5_000))
    assert FilesOfUnits(tree).changed_at(tree.by_path["a"]) == datetime.fromtimestamp(5_000, UTC)


def test_the_commit_that_is_checked_out_is_read_from_gits_files(tmp_path: Path) -> None:
    """A branch, one that is packed, a work tree beside, a commit of its own; None where there is no Git."""
    assert head_commit(tmp_path) is None
    git = tmp_path / "clone" / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text("# pack-refs with: peeled\nabc123 refs/heads/main\ndef456 refs/heads/other\n")
    assert head_commit(tmp_path / "clone") == "abc123"
    (git / "refs" / "heads" / "main").write_text("fff999\n")
    inside = tmp_path / "clone" / "live"
    inside.mkdir()
    assert head_commit(inside) == "fff999"
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / ".git").write_text(f"gitdir: {git / 'worktrees' / 'beside'}\n")
    (git / "worktrees" / "beside").mkdir(parents=True)
    (git / "worktrees" / "beside" / "HEAD").write_text("ref: refs/heads/other\n")
    (git / "worktrees" / "beside" / "commondir").write_text("../..\n")
    assert head_commit(beside) == "def456"
    (git / "HEAD").write_text("0123abc\n")
    assert head_commit(inside) == "0123abc"


def test_a_part_is_chosen_by_unit_severity_action_and_address() -> None:
    """A name that no plan is of is refused with those that are like it; so is an action that there is none of."""
    first = plan(change("aws_s3_bucket.this", "delete"), change("a.b", "create"), change("a.c", "update"))
    summary = rolled(None, {"x/one": first, "x/two": plan(change("a.d", "create"))}).summary

    def addresses(wanted: Wanted) -> list[str]:
        return [each.address for unit in narrowed(summary, wanted).units for each in unit.changes]

    assert addresses(Wanted(units=("two",))) == ["a.d"]
    assert addresses(Wanted(severity=Severity.HIGH)) == ["aws_s3_bucket.this"]
    assert addresses(Wanted(actions=actions_of(["create"]))) == ["a.b", "a.d"]
    assert addresses(Wanted(address="a.c")) == ["a.c"]
    with pytest.raises(UnknownPlanUnit, match=r"'twp'.* Did you mean"):
        narrowed(summary, Wanted(units=("twp",)))
    with pytest.raises(UnknownWord, match="create, update, destroy"):
        actions_of(["explode"])
    with pytest.raises(UnknownWord, match="critical, high"):
        severity_of("bad")


def test_what_is_not_planned_whole_has_no_no_changes() -> None:
    """It ended in an error, puts changes off, or invokes actions, of which Terraform 1.14 makes a part of its own."""
    plans = {
        "errored": plan(errored=True),
        "targeted": plan(complete=False),
        "invoking": plan(action_invocations=[{"address": "action.aws_lambda_invoke.x"}]),
    }
    summary = rolled(None, plans).summary
    assert {each.effect for each in summary.units} == {"not planned whole"}
    assert {(each.unit, each.rule) for each in summary.risks} == {
        ("errored", "errored"),
        ("targeted", "incomplete"),
        ("invoking", "unknown-action"),
    }


def test_a_shape_that_no_provider_has_is_told_and_hides_no_other_unit() -> None:
    """No traceback: nothing is known of that unit, which is the first thing said."""
    deep: Any = True
    for _ in range(900):
        deep = [deep]
    odd = plan(change("a.b", "update", before={"x": 1}, after={"x": 2}, before_sensitive={"x": deep}))
    plans = {"odd": odd, "deep": plan(change("a.b", "update", before={"x": 1}, after={"x": deep})), "good": plan()}
    review = rolled(None, plans)
    assert {each.unit: each.planned for each in review.summary.units}["good"]
    assert [each.rule for each in review.summary.risks][:1] == ["not-planned"]
    assert review.whole()


def test_narrowing_never_makes_a_unit_harmless() -> None:
    """What is said of the whole unit stays, whatever part of it is asked for."""
    text = plan(change("aws_vpc.a", "delete", "create"), errored=True)
    summary = narrowed(rolled(None, {"u": text}).summary, Wanted(severity=Severity.CRITICAL, address="nothing"))
    assert [each.rule for each in summary.risks] == ["errored"]
