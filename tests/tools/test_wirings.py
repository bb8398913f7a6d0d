"""Owned capacity put into units of the tree, and taken out, through an MCP client and the command line."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from mcp_server.app import build_server
from tests.bought_blocks import buy_extension
from tests.tools.conftest import sentence
from tests.tools.spending import Shop, either_era
from tests.wiring.buying import (
    EKS,
    JOBS,
    MAIN_EAST,
    PAID,
    PODS,
    SECONDARY_WEST,
    SLURM,
    a_block,
    a_plan,
    allow_both_accounts,
    asked,
    ran,
)
from tests.wiring.clones import git, scratch_clone

pytestmark = pytest.mark.anyio

NODE_CLASSES = "gitops/clusters/main/us-east-1/ml-clusters-training/node-classes.yaml"


@pytest.fixture
def clone(shop: Shop, both_accounts: Path, project: Path) -> Path:
    """A scratch clone that is the project, and simulated AWS with a policy that lets a person buy in both accounts."""
    allow_both_accounts(shop)
    return scratch_clone(project)


async def refused(**arguments: Any) -> str:
    """Its refusal."""
    async with Client(build_server()) as client:
        return sentence(await client.call_tool("wire_capacity", arguments))


def changed_lines(diff: str) -> list[str]:
    """What goes and what comes."""
    return [line for line in diff.splitlines() if line.startswith(("- ", "+ "))]


BLOCK_ENTRY = """\
+  capacity_blocks = {
+    p5-20261201 = {
+      reservation_id = "cr-
+      instance_type  = "p5.48xlarge"
+      count          = 4
+      zone_id        = "use1-
+      starts_at      = "2026-12-01T11:30:00Z"
+      ends_at        = "2026-12-02T11:30:00Z"
+    }
"""
PLAN_ENTRY = """\
+      instance_type  = "ml.p5.48xlarge"
+      instance_count = 1
+      zone_id        = "usw2-
+      training_plan = {
+        arn       = "arn:aws:sagemaker:us-west-2:159553542841:training-plan/
+        starts_at = "2026-
+        ends_at   = "2026-
"""
TARGETS = {
    "an EKS managed node group": (a_block, EKS, "node-group", f"live/{EKS}/terragrunt.hcl", BLOCK_ENTRY),
    "Karpenter's NodeClass": (
        a_block,
        EKS,
        "node-class",
        NODE_CLASSES,
        "+  capacityReservationSelectorTerms:\n+    - id: cr-\n",
    ),
    "a queue of ParallelCluster": (a_block, SLURM, "queue", f"live/{SLURM}/terragrunt.hcl", BLOCK_ENTRY),
    "a group of HyperPod on EKS": (a_plan, PODS, "instance-group", f"live/{PODS}/terragrunt.hcl", PLAN_ENTRY),
    "a group of HyperPod with Slurm": (
        a_plan,
        JOBS,
        "instance-group",
        f"live/{JOBS}/terragrunt.hcl",
        f'{PLAN_ENTRY}+      slurm = {{\n+        role = "compute"\n',
    ),
}

OFTEN = {"Karpenter's NodeClass", "a group of HyperPod with Slurm"}
"""Of each kind of file, and of a plan as of a block, one that is tried in every run."""


@either_era
@pytest.mark.parametrize(
    "name", [each if each in OFTEN else pytest.param(each, marks=pytest.mark.slow) for each in TARGETS]
)
async def test_capacity_goes_into_each_target_and_out_again(clone: Path, shop: Shop, era: str, name: str) -> None:
    """Search, quote, buy, wire, apply, the text of the pull request and its check; then out, to the very same bytes."""
    buy, unit, target, path, entry = TARGETS[name]
    file = clone / path
    before = file.read_bytes()
    async with shop.talk(era) as talk:
        purchase = await buy(talk)
    shop.aws.advance(PAID)

    told = await asked(era, capacity=purchase, unit=unit, target=target)
    assert told["verdict"].startswith("It can be put into"), told
    assert not [each for each in told["checks"] if each.startswith("stopped")]
    assert all(line in told["diff"] for line in entry.splitlines()), told["diff"]
    assert file.read_bytes() == before
    assert told["apply"] == f"ml-clusters --sandbox wire --apply {told['wiring_id']}"
    assert (await asked(era, capacity=purchase, unit=unit, target=target))["wiring_id"] == told["wiring_id"]
    ran("wire", "--apply", told["wiring_id"])
    assert changed_lines(git(clone, "diff")) == changed_lines(told["diff"])
    assert "already so" in ran("wire", "--apply", told["wiring_id"])

    body = clone / "body.md"
    opening = ran("wire", "--body", told["wiring_id"], "--output", str(body)).splitlines()
    assert opening[-5].startswith("SIMULATED: push nothing")
    assert opening[-4] == f"git add -- {path}"
    assert opening[-1].startswith("gh pr create --draft --title 'Give ")
    assert opening[-1].endswith(f" to {unit}' --body-file {body}")
    text = body.read_text()
    for each in (
        purchase,
        unit,
        path,
        "Machines stop",
        "Price",
        "USD",
        "paid in all",
        "developer",
        "fine-tune the model",
        "passed **",
    ):
        assert each in text
    checked = ran("wire", "--check", str(body), "--base", "HEAD")
    assert "stopped" not in checked
    assert purchase in checked
    git(clone, "add", path)
    git(clone, "commit", "--quiet", "--message", "Wired")

    back = await asked(era, capacity=purchase, action="unwire")
    assert back["verdict"].startswith("It can be taken out of"), back
    ran("wire", "--apply", back["wiring_id"])
    assert file.read_bytes() == before
    ran("wire", "--body", back["wiring_id"], "--output", str(body))
    assert "Whether a machine starts" not in body.read_text()
    assert "stopped" not in ran("wire", "--check", str(body), "--base", "HEAD")


async def test_where_it_could_go_is_told_with_reasons(clone: Path, shop: Shop) -> None:
    """Every place that it fits into, and of the others why not."""
    async with shop.talk("auto") as talk:
        block, plan = await a_block(talk), await a_plan(talk)
    shop.aws.advance(PAID)
    told = await asked(capacity=block)
    assert told["verdict"].startswith("It fits 3 of 9 places")
    assert [line.split()[:2] for line in told["fits"].splitlines()[1:]] == [
        [SLURM, "queue"],
        [EKS, "node-group"],
        [EKS, "node-class"],
    ]
    others = "\n".join(told["others"])
    assert "HyperPod takes no Capacity Block" in others
    assert "It is in us-east-1, and main-account/us-west-2/eks-inference is in us-west-2" in others
    fits = (await asked(capacity=plan))["fits"]
    assert [line.split()[0] for line in fits.splitlines()[1:]] == [JOBS, PODS]
    assert "wiring_id" not in told


async def test_what_does_not_fit_is_stopped_with_every_check(clone: Path, shop: Shop) -> None:
    """A block for HyperPod, more than was bought, or a second place: nothing is kept, and nothing can be applied."""
    async with shop.talk("auto") as talk:
        block = await a_block(talk)
    shop.aws.advance(PAID)
    for wish, by in (
        ({"unit": PODS}, "kind, account, region, zone"),
        ({"unit": EKS, "count": 5}, "count"),
        ({"unit": f"{SECONDARY_WEST}/eks-training"}, "account, region, zone"),
        ({"unit": EKS, "name": "No Name"}, "name"),
    ):
        told = await asked(capacity=block, **wish)
        assert told["verdict"] == f"Stopped by {by}: nothing was written, and there is nothing to apply."
        assert "diff" not in told
        assert told["checks"][0].startswith("stopped")
    ran("wire", "--apply", (await asked(capacity=block, unit=EKS))["wiring_id"])
    nowhere = await asked(capacity=block)
    assert nowhere["verdict"].endswith("but can be given to none now: stopped by not in the tree.")
    assert "p5-20261201 of main-account/us-east-1/eks-training" in nowhere["checks"][0]
    again = await asked(capacity=block, unit=SLURM)
    assert again["verdict"].startswith("Stopped by not in the tree")
    assert "EKS managed node group p5-20261201 of main-account/us-east-1/eks-training" in again["checks"][0]


async def test_a_payment_that_is_pending_makes_a_draft_that_may_not_be_merged(clone: Path, shop: Shop) -> None:
    """The text names the deadline, and the workflow's check fails until AWS has taken the payment."""
    async with shop.talk("auto") as talk:
        block = await a_block(talk)
    told = await asked(capacity=block, unit=EKS)
    assert told["draft_until"]
    assert told["capacity"].endswith(", not paid yet.")
    ran("wire", "--apply", told["wiring_id"])
    body = clone / "body.md"
    ran("wire", "--body", told["wiring_id"], "--output", str(body))
    text = body.read_text()
    assert "**Draft: AWS may take the payment until 2026-12-01" in text
    assert ", not paid yet`" in text
    assert "paid in all" not in text
    assert "| As AWS said at | `2026-1" in text
    assert "stopped payment" in ran("wire", "--check", str(body), "--base", "HEAD", exits=2)
    shop.aws.advance(PAID)
    assert "stopped" not in ran("wire", "--check", str(body), "--base", "HEAD")


async def test_what_was_typed_by_hand_is_held_to_aws_too(clone: Path, shop: Shop) -> None:
    """A wrong zone or count, another purchase, or a text without a mark does not pass."""
    async with shop.talk("auto") as talk:
        block = await a_block(talk)
    shop.aws.advance(PAID)
    told = await asked(capacity=block, unit=EKS)
    ran("wire", "--apply", told["wiring_id"])
    body, file = clone / "body.md", clone / "live" / EKS / "terragrunt.hcl"
    ran("wire", "--body", told["wiring_id"], "--output", str(body))
    right = file.read_text()
    for old, new, by in (("use1-az", "use9-az", "values"), ("count          = 4", "count          = 40", "count")):
        file.write_text(right.replace(old, new))
        assert f"stopped {by}" in ran("wire", "--check", str(body), exits=2)
    file.write_text(right)
    nothing = clone / "nothing.md"
    nothing.write_text("Just a text.")
    assert "nothing was checked" in ran("wire", "--check", str(nothing))
    assert "passed values" in ran("wire", "--check", str(nothing), "--base", "HEAD")
    file.write_text(right.replace("2026-12-02T", "2026-12-09T"))
    assert "stopped values" in ran("wire", "--check", str(nothing), "--base", "HEAD", exits=2)
    other = body.read_text().replace(block, f"mlc-{'a' * 20}")
    body.write_text(other)
    assert "stopped purchase" in ran("wire", "--check", str(body), exits=2)
    body.write_text("\n".join(other.splitlines()[1:]))
    assert "has no mark" in ran("wire", "--check", str(body), exits=1)


async def test_a_file_that_changed_meanwhile_is_left_alone(clone: Path, shop: Shop) -> None:
    """Whoever edited it in between loses nothing, and is told to ask again."""
    async with shop.talk("auto") as talk:
        block = await a_block(talk)
    shop.aws.advance(PAID)
    told = await asked(capacity=block, unit=EKS)
    file = clone / "live" / EKS / "terragrunt.hcl"
    file.write_text(file.read_text() + "# mine\n")
    assert "has changed since" in ran("wire", "--apply", told["wiring_id"], exits=1)
    assert file.read_text().endswith("# mine\n")
    assert "No edit is kept" in ran("wire", "--apply", "w-0000000000", exits=1)
    assert "No edit is kept" in ran("wire", "--apply", "../../etc/passwd", exits=1)


async def test_an_extension_renews_the_dates(clone: Path, shop: Shop) -> None:
    """Only the literal of the end changes; before anything is extended there is nothing to do."""
    async with shop.talk("auto") as talk:
        block = await a_block(talk)
    shop.aws.advance(PAID)
    told = await asked(capacity=block, unit=EKS)
    ran("wire", "--apply", told["wiring_id"])
    reservation = told["diff"].partition('reservation_id = "')[2].partition('"')[0]
    same = await asked(capacity=reservation, action="rewire")
    assert same["verdict"].startswith("Nothing has to be changed")
    buy_extension(reservation)
    shop.aws.advance(timedelta(minutes=10))
    renewed = await asked(capacity=reservation, action="rewire")
    assert changed_lines(renewed["diff"]) == [
        '-      ends_at        = "2026-12-02T11:30:00Z"',
        '+      ends_at        = "2026-12-03T11:30:00Z"',
    ]
    ran("wire", "--apply", renewed["wiring_id"])


async def test_an_expression_is_refused_with_its_place(clone: Path, shop: Shop) -> None:
    """Line and column of what cannot be edited, and what a person would type there."""
    async with shop.talk("auto") as talk:
        block = await a_block(talk)
    shop.aws.advance(PAID)
    file = clone / "live" / EKS / "terragrunt.hcl"
    file.write_text(file.read_text().replace("capacity_blocks = {}", "capacity_blocks = merge({}, {})"))
    told = await asked(capacity=block, unit=EKS)
    assert told["verdict"].startswith("Stopped by edit")
    assert f"live/{EKS}/terragrunt.hcl:8" in told["checks"][0]
    assert "reservation_id" in told["checks"][0]


async def test_simulated_capacity_is_written_into_scratch_clones_alone(clone: Path, shop: Shop) -> None:
    """Elsewhere it is stopped, with the command that makes one."""
    async with shop.talk("auto") as talk:
        block = await a_block(talk)
    shop.aws.advance(PAID)
    git(clone, "config", "--unset", "ml-clusters.scratch")
    told = await asked(capacity=block, unit=EKS)
    assert told["verdict"].startswith("Stopped by real")
    assert "ml-clusters wire --scratch" in told["checks"][0]


async def test_a_scratch_clone_can_be_compared_with_what_it_was_made_of(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has an origin/main and no remote, says how to go on there, and spares what is there already."""
    made = tmp_path / "a scratch"
    told = ran("wire", "--scratch", str(made))
    assert f"cd '{made}'" in told
    assert f"export CLAUDE_PROJECT_DIR='{made}'" in told
    assert git(made, "rev-parse", "origin/main") == git(clone, "rev-parse", "HEAD")
    assert git(made, "remote") == ""
    assert "There is something already" in ran("wire", "--scratch", str(made), exits=1)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Git is not installed" in ran("wire", "--scratch", str(tmp_path / "other"), exits=1)


async def test_a_text_is_not_written_with_a_plan_that_is_none(clone: Path, shop: Shop) -> None:
    """A file that is missing, or is no summary, is named; what does without a plan is told."""
    async with shop.talk("auto") as talk:
        block = await a_block(talk)
    wiring = (await asked(capacity=block, unit=EKS))["wiring_id"]
    plan, body = clone / "plan.json", clone / "body.md"
    words = ("wire", "--body", wiring, "--plan", str(plan), "--output", str(body))
    assert "cannot be read (No such file or directory)" in ran(*words, exits=1)
    plan.write_text("{}")
    told = ran(*words, exits=1)
    assert "is no summary of a plan" in told
    assert "leave --plan out" in told
    assert not body.exists()


async def test_words_that_mean_nothing_are_refused(clone: Path) -> None:
    """One sentence each, and nothing was written."""
    for wish, says in (
        ({"capacity": "cr-0000000000000000f", "unit": EKS}, "No reservation, block, plan or purchase"),
        ({"capacity": "cr-0000000000000000f", "unit": "nowhere"}, "No unit of the live tree"),
        ({"capacity": "cr-0000000000000000f", "unit": f"{MAIN_EAST}/kms"}, "takes no capacity"),
        (
            {"capacity": "cr-0000000000000000f", "unit": EKS, "target": "queue"},
            "its target is node-group or node-class",
        ),
        ({"capacity": "cr-0000000000000000f", "target": "moon"}, "'moon' is no target"),
        ({"capacity": "cr-0000000000000000f", "action": "unwire"}, "there is nothing to change"),
        ({"capacity": "cr-0000000000000000f", "action": "burn"}, "action"),
    ):
        text = await refused(**wish)
        assert says in text
        assert "Nothing was" in text


async def test_what_is_not_in_the_tree_gets_a_snippet(clone: Path, shop: Shop) -> None:
    """With the capacity, every check and the real ids; nothing is written, and there is nothing to apply."""
    async with shop.talk("auto") as talk:
        block, plan = await a_block(talk), await a_plan(talk)
    shop.aws.advance(PAID)
    told = await asked(capacity=block, target="run-instances", count=3)
    assert "p5.48xlarge" in told["capacity"]
    assert told["verdict"].startswith("An EC2 instance can use it. Nothing is written")
    assert any(each.startswith("warning real") for each in told["checks"])
    assert '"CapacityReservationId": "cr-' in told["snippet"]
    assert '"MaxCount": 3' in told["snippet"]
    assert not told.keys() & {"diff", "wiring_id", "apply", "file"}
    assert git(clone, "diff") == ""

    told = await asked(capacity=block, target="training-job")
    assert told["verdict"] == "Stopped by kind: there is nothing to paste."
    assert "snippet" not in told
    told = await asked(capacity=plan, target="training-job")
    assert told["verdict"].startswith("Stopped by plan's target")

    async with Client(build_server()) as client:
        answer = await client.call_tool("wire_capacity", {"capacity": block, "target": "skypilot"})
    assert 'specific_reservations:\n    - "cr-' in answer.content[0].text
    for more in ({"unit": EKS}, {"action": "unwire"}, {"name": "p5"}):
        assert "pasted by hand" in await refused(capacity=block, target="dstack", **more)
