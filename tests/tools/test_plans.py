"""Plans through an MCP client: the worst first, bounded, and read from files alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from benchmarks.tokens import count
from mcp_server.app import build_server
from mcp_server.monorepo.plans.plan_files import FoundPlan
from mcp_server.monorepo.plans.roll_up import roll_up
from mcp_server.monorepo.plans.summary import to_json
from mcp_server.monorepo.plans.terraform_json import read_plan
from tests.plans.test_roll_up import NOW, change, output, plan
from tests.tools.conftest import sentence, structure
from tests.tools.spending import either_era
from tests.tools.test_units import tree  # noqa: F401 - a fixture

pytestmark = pytest.mark.anyio


def written(project: Path, plans: dict[str, bytes], report: list[dict[str, str]] | None = None) -> None:
    """A folder "plans" in the project, as Terragrunt writes it."""
    for unit, text in plans.items():
        file = project / "plans" / unit / "tfplan.json"
        file.parent.mkdir(parents=True)
        file.write_bytes(text)
    if report is not None:
        (project / "plans" / "report.json").write_text(json.dumps(report))


async def summarized(era: str, **arguments: Any) -> Any:
    """What the tool answers; the plans are in the folder "plans" unless paths are given."""
    async with Client(build_server(), mode=era) as client:
        return await client.call_tool("summarize_plan", {"paths": ["plans"], **arguments})


async def test_one_lost_file_system_is_not_buried_under_tags(project: Path, era: str) -> None:
    """Among 400 updates it is the first thing said, with what forces it and what to do."""
    tags = [change(f"aws_s3_object.this[{number}]", "update", before={"a": 1}, after={"a": 2}) for number in range(20)]
    units = {f"unit-{number}": plan(*tags) for number in range(20)}
    lost = change(
        "aws_fsx_lustre_file_system.this", "delete", "create", before={}, after={}, replace_paths=[["kms_key_id"]]
    )
    written(project, {**units, "shared-storage": plan(*tags, lost)})
    found = structure(await summarized(era))
    assert found["risks"][0].startswith(
        "critical file-system-replaced: shared-storage aws_fsx_lustre_file_system.this: It is replaced: forced by "
        "kms_key_id."
    )
    assert found["changes"][0] == "shared-storage: -/+ aws_fsx_lustre_file_system.this, forced by kms_key_id"
    assert "1 to add, 420 to change, 1 to destroy" in found["verdict"]
    assert "page=2 shows more" in found["cut"]


@either_era
async def test_a_failed_unit_comes_before_everything(project: Path, era: str) -> None:
    """It is never told as one without changes, and its old plan file is not its plan."""
    report = [
        {"Name": "good", "Result": "succeeded", "Started": "2026-11-29T11:00:00Z"},
        {"Name": "bad", "Result": "failed", "Reason": "run error", "Cause": "no valid credential sources"},
    ]
    written(project, {"good": plan(change("aws_s3_bucket.this", "delete")), "bad": plan()}, report)
    found = structure(await summarized(era))
    assert found["verdict"].startswith("NOT PLANNED: 1 of 2 units.")
    assert found["risks"][0].startswith('critical not-planned: bad: failed: "run error: no valid credential sources"')
    assert found["units"].splitlines()[1].split() == [
        *("bad", "failed:", '"run', "error:", "no", "valid", "credential", 'sources"')
    ]
    assert not any("bad" in each for each in found["changes"])


@either_era
async def test_units_of_the_tree_know_who_needs_them(tree: Path, era: str) -> None:  # noqa: F811
    """And are planned against old outputs where what they need changes."""
    place = "main-account/us-east-1"
    written(tree.parent, {f"{place}/networking": plan(**output("update")), f"{place}/eks-training": plan()})
    found = structure(await summarized(era))
    assert any(each.startswith("high old-upstream-outputs") for each in found["risks"])
    rows = [line.split() for line in found["units"].splitlines()]
    assert rows[0] == ["unit", "plan", "needed", "by"]
    assert [row[0] for row in rows[1:]] == [f"{place}/networking", f"{place}/eks-training"]
    assert "planned against old outputs" in found["units"]


@either_era
async def test_details_show_attributes_and_mask_what_is_sensitive(project: Path, era: str) -> None:
    """Of the changes that were asked for."""
    marked = change(
        "a.b", "update", before={"x": 1, "p": "old"}, after={"x": 2, "p": "new"}, before_sensitive={"p": True}
    )
    written(project, {"u": plan(marked, change("a.c", "create", before=None, after={"y": "z"}))})
    answer = await summarized(era, response_format="detailed", address="a.b")
    (details,) = structure(answer)["details"]
    assert details["change"] == "~ a.b"
    assert details["attributes"] == ["p: (sensitive) -> (sensitive)", "x: 1 -> 2"]
    assert "p: (sensitive) -> (sensitive)" in answer.content[0].text


@either_era
async def test_a_summary_of_a_pull_request_is_read_without_credentials(project: Path, era: str) -> None:
    """And says when what is checked out is another commit."""
    review = roll_up(
        "live",
        [FoundPlan("u", read_plan(plan(change("aws_kms_key.this", "delete"))), "")],
        None,
        now=NOW,
        commit="abc123",
    )
    (project / "summary.json").write_bytes(to_json(review.whole()))
    git = project / ".git"
    git.mkdir()
    (git / "HEAD").write_text("fff999\n")
    found = structure(await summarized(era, paths=["summary.json"]))
    assert found["risks"][0].startswith("critical key-deleted: u aws_kms_key.this")
    assert "commit abc123" in found["of"]
    assert found["notes"] == ["The head has moved on: this is of abc123, checked out is fff999."]
    (git / "HEAD").write_text("abc123\n")
    assert "notes" not in structure(await summarized(era, paths=["summary.json"]))


@either_era
async def test_what_cannot_be_read_is_refused_in_one_sentence(project: Path, era: str) -> None:
    """No plan, no such unit, no such action, no such page."""
    assert "no such file" in sentence(await summarized(era, paths=["nowhere.json"]))
    (project / "text.json").write_text("Plan: 1 to add")
    refusal = sentence(await summarized(era, paths=["text.json"]))
    assert "It is no JSON" in refusal
    assert "Plan: 1 to add" not in refusal
    written(project, {"u": plan(change("a.b", "create"))})
    assert "No plan here is of 'v'" in sentence(await summarized(era, units=["v"]))
    assert "'explode' is no action" in sentence(await summarized(era, actions=["explode"]))
    assert "There is no page 7: the last is 1." in structure(await summarized(era, page=7))["cut"]


@either_era
async def test_a_huge_plan_costs_little(project: Path, era: str) -> None:
    """The concise answer of 5,000 changes with every second one dangerous is under 1,500 tokens."""
    types = ["aws_s3_bucket", "aws_kms_key", "aws_vpc", "aws_iam_role", "aws_eks_cluster", "aws_instance", "a_thing"]
    changes = [
        change(
            f'{types[number % 7]}.this["{number:040}"]',
            *(["delete"] if number % 2 else ["update"]),
            before={},
            after={},
        )
        for number in range(5_000)
    ]
    written(project, {f"main-account/us-east-1/a-unit-{number}": plan(*changes[number::50]) for number in range(50)})
    found = structure(await summarized(era))
    assert count(json.dumps(found)) < 1_500
    assert found["risks"][0].startswith("critical cluster-replaced: main-account/")
    assert "critical" in found["verdict"]
