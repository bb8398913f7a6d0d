"""doctor in a world where all is well, and in worlds in each of which a single thing is not."""

import json
import os
import pwd
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyte
import pytest
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.purchasing.entries import PurchaseState, Quoted
from mcp_server.purchasing.quotes import new_purchase_id
from mcp_server.purchasing.sqlite_ledger import SqliteLedger
from mcp_server.purchasing.tags import CHAIN_TAG, LEDGER_TAG, PURCHASE_TAG
from tests.bought_blocks import PAYMENT, START, buy_block
from tests.bought_plans import buy_plan
from tests.installed_plugin import PLUGIN, install_plugin
from tests.monorepo.trees import write
from tests.plugin.launcher_world import ROOT, base_python
from tests.purchasing.samples import a_conclusion, a_quote, an_intent, buy
from tests.tools import conftest
from tests.tools.spending import MAIN, PURCHASER, REGION, SECONDARY, Shop

project, shop = conftest.project, conftest.shop
models_read_once = conftest.models_read_once

SETTINGS = f'[[accounts]]\nname = "main"\nid = "{MAIN}"\n'
_PLACE = "main-account/us-east-1"
_TREE = {
    "root.hcl": "locals {}\n",
    "main-account/account.hcl": f'locals {{\n  account_name = "main"\n  account_id = "{MAIN}"\n}}\n',
    f"{_PLACE}/region.hcl": 'locals {\n  aws_region = "us-east-1"\n}\n',
    f"{_PLACE}/kms/terragrunt.hcl": "inputs = {}\n",
}
_FOUND = json.dumps([{"type": "unit", "path": f"{_PLACE}/kms"}])
_BACKEND = 'terraform {\n  backend "s3" {\n    key = "x"\n  }\n}\n'
P5 = "L-DA6814F2"
P5_PLANS, P5_CLUSTERS, PLANS = "L-9EF527CA", "L-8762A75F", "L-867702E6"
# What main has no quota of in sa-east-1, where a quota is missing so that this can be seen.
MISSING = (P5, "L-C45F30BC", "L-64569A79", P5_PLANS, P5_CLUSTERS, "L-FD431820")
DEVICE = f"arn:aws:iam::{MAIN}:mfa/jo"
ROLE = PURCHASER.format(MAIN)
ASSUMED = f"arn:aws:sts::{MAIN}:assumed-role/ml-clusters-purchaser/ml-clusters-doctor"
ACCOUNTS = [{"id": MAIN, "name": "main", "purchaser_role": ROLE}]
IN_SECONDARY = PURCHASER.format(SECONDARY)
# Of a world where no block is owned.
UNTRIED = "whether it may extend blocks was not tried: no block that is owned can be extended now"
# Of every world in which somebody may buy plans.
NO_DRY_RUN = "whether it may buy and extend training plans was not tried: SageMaker has no dry run"

Row = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Ward:
    """A machine on which all is well: settings, a policy, a ledger, and the plugin in Claude Code; and its AWS."""

    shop: Shop
    project: Path
    claude: Path
    plugin: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def ledger(self) -> SqliteLedger:
        """The ledger, whatever the policy says of it."""
        return SqliteLedger(self.shop.ledger)

    def allow(self, **changes: Any) -> None:
        """Write the policy with these rules instead of the usual."""
        usual = {"approval": "terminal", "regions": [REGION, "us-west-2"], "accounts": ACCOUNTS}
        terms = usual | {"ledger_id": self.ledger.read().ledger_id}
        self.shop.allow(**{name: value for name, value in (terms | changes).items() if value is not None})

    def set_up(self, text: str) -> None:
        """Write the settings."""
        (self.project / "ml-clusters.toml").write_text(text)

    def claude_settings(self, **said: Any) -> None:
        """Write Claude Code's settings, in which the plugin is on."""
        (self.claude / "settings.json").write_text(json.dumps({"enabledPlugins": {PLUGIN: True}, **said}))

    def own(self) -> str:
        """Four machines are bought by somebody, and paid."""
        bought = buy_block(REGION)["CapacityReservation"]["CapacityReservationId"]
        self.shop.aws.advance(PAYMENT)
        return bought

    def on_path(self, *programs: str, **scripts: str) -> None:
        """Let nothing be on the PATH but some of this machine's programs, and scripts."""
        folder = self.project / "path"
        folder.mkdir()
        for name in programs:
            (folder / name).symlink_to(str(shutil.which(name)))
        for name, line in scripts.items():
            (folder / name).write_text(f"#!{shutil.which('sh')}\n{line}\n")
            (folder / name).chmod(0o755)
        self.monkeypatch.setenv("PATH", str(folder))

    def write_terragrunt(self, line: str) -> None:
        """A Terragrunt that answers so, where a clone has its own."""
        program = self.project / ".tools" / "terragrunt"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)


Wrong = Callable[[Ward], object]
"""Puts a single thing out of order."""


@pytest.fixture
def ward(shop: Shop, project: Path, monkeypatch: pytest.MonkeyPatch) -> Ward:
    """All is well."""
    claude = Path.home() / ".claude"
    ward = Ward(shop, project, claude, install_plugin(claude), monkeypatch)
    ward.set_up(SETTINGS)
    monkeypatch.setenv("ML_CLUSTERS_STATE_DIRECTORY", str(project / "state"))
    write(project / "live", _TREE)
    ward.write_terragrunt(f"echo '{_FOUND}'")
    monkeypatch.chdir(project)
    for code in MISSING:
        shop.aws.set_quota(MAIN, "sa-east-1", code, 4000)
    ward.ledger.begin(f"simulation {shop.aws.world().world}", shop.aws.now())
    ward.allow()
    return ward


def examined(*words: str) -> tuple[int, list[Row]]:
    """The exit code, and every finding: verdict, subject, detail, fix."""
    done = CliRunner().invoke(app, ["doctor", "--json", *words])
    return done.exit_code, [tuple(json.loads(line).values()) for line in done.stdout.splitlines()]


def is_usual(row: Row) -> bool:
    """Whether it is a note that says what could not be tried although all is well."""
    return row[:2] == ("note", "purchaser main") and row[2].startswith((UNTRIED, NO_DRY_RUN))


@pytest.mark.parametrize(
    ("line", "verdict", "says"),
    [
        ("""echo '[{"type": "unit", "path": "gone"}]'""", "bad", "only Terragrunt lists it"),
        ("echo 'no such flag' >&2; exit 1", "note", "no such flag"),
        ("echo nothing", "note", "could not list the tree"),
    ],
)
def test_the_tree_is_held_against_terragrunt(ward: Ward, line: str, verdict: str, says: str) -> None:
    """What is read of the tree is what is applied; a Terragrunt that does not answer proves nothing."""
    ward.write_terragrunt(line)
    _, rows = examined()
    told = [row for row in rows if row[1] == "live tree" and says in row[2]]
    assert [row[0] for row in told] == [verdict]


def test_plain_terraform_is_no_difference_from_terragrunt(ward: Ward) -> None:
    """Beside Terragrunt's units it is named, and in a tree of its own there is nothing to hold it against."""
    write(ward.project / "live", {"bootstrap/main.tf": _BACKEND})
    told = [row for row in examined()[1] if row[1] == "live tree"]
    assert [row[0] for row in told] == ["good", "note", "good"]
    assert told[1][2] == "Plain Terraform, which Terragrunt does not run: bootstrap."
    assert "lists the same units, in the same order" in told[2][2]
    for name in ("root.hcl", f"{_PLACE}/kms/terragrunt.hcl"):
        (ward.project / "live" / name).unlink()
    told = [row for row in examined()[1] if row[1] == "live tree"]
    assert "1 units in 1 groups" in told[0][2]
    assert told[-1][:3] == ("good", "live tree", "it is plain Terraform, so that Terragrunt has nothing to compare")


def test_without_a_tree_or_terragrunt_there_is_a_note(ward: Ward) -> None:
    """Neither is needed for a search."""
    (ward.project / ".tools" / "terragrunt").unlink()
    assert any(row[1] == "live tree" and "no Terragrunt here" in row[2] for row in examined()[1])
    shutil.rmtree(ward.project / "live")
    assert [row[:2] for row in examined()[1] if row[1] == "live tree"] == [("note", "live tree")]


def test_where_all_is_well_nothing_else_is_said(ward: Ward) -> None:
    """Both roles, quota beside what is owned, policy, ledger, approval, hooks; and nothing is bought or written."""
    ward.own()
    before = ward.ledger.links(), ward.shop.policy.read_bytes(), len(ward.shop.spent())
    code, rows = examined()
    (untried,) = [row for row in rows if row[0] != "good"]
    assert is_usual(untried)
    assert untried[2].startswith(NO_DRY_RUN)
    assert f"{ASSUMED} is allowed sagemaker:CreateTrainingPlan, " in untried[3]
    assert code == 0
    assert (ward.ledger.links(), ward.shop.policy.read_bytes(), len(ward.shop.spent())) == before
    said = [f"{subject}: {detail}" for _, subject, detail, _ in rows]
    for words in (
        "hooks: the guard blocks what spends, and nothing else",
        "hooks: tools that read run without a question",
        f"settings: read from {ward.project}",
        f"state: {ward.project}",
        f"account main: read as arn:aws:iam::{MAIN}:user/developer, SIMULATED",
        "ec2:DescribeSubnets, ec2:GetCapacityReservationUsage, ec2:DescribeCapacityBlockExtensionOfferings, sagemake",
        "sagemaker:SearchTrainingPlanOfferings, sagemaker:ListTrainingPlans, cloudtrail:LookupEvents in us-east-1",
        "can be bought in us-east-1, us-west-2; 23808 of 24576 vCPUs are left in us-east-1 beside what is owned",
        f"ml.p5.48xlarge in plans ({P5_PLANS}) can be bought in us-east-1, us-west-2",
        f"ml.p5.48xlarge in clusters ({P5_CLUSTERS}) can be used in us-east-1, us-west-2",
        f"training plans of any type ({PLANS}) can be bought in us-east-1, us-west-2",
        "clusters main: clusters found in us-east-1: 1 of EKS, 1 of ParallelCluster, 0 of HyperPod; what reads one of ",
        "ledger: 1 entries verify, 0 purchases",
        f"policy: {ward.shop.policy}, purchases are on",
        "policy: 500000 of 500000 USD may still be spent in any 24 hours",
        "approval: terminal",
        f"purchaser main: buys as {ASSUMED}",
        "purchaser main: may buy blocks and tag them (dry run of 1 x p5.48xlarge in us-east-1)",
        "purchaser main: may buy extensions (dry run of one for cr-",
    ):
        assert [each for each in said if words in each], (words, said)


def test_plans_beside_blocks(ward: Ward) -> None:
    """Plans are tried as plans and blocks as blocks, however many plans start first; each quota tells what is owned."""
    for name in ("first", "second"):
        buy_plan(name)
    ward.own()
    code, rows = examined()
    (untried,) = [row for row in rows if row[0] != "good"]
    assert untried[2].startswith(NO_DRY_RUN)
    assert code == 0
    said = [f"{subject}: {detail}" for _, subject, detail, _ in rows]
    (called,) = [each for each in said if "may call" in each]
    for action in (
        "ec2:GetCapacityReservationUsage",
        "ec2:DescribeCapacityBlockExtensionOfferings",
        "sagemaker:DescribeTrainingPlan",
        "sagemaker:DescribeTrainingPlanExtensionHistory",
        "sagemaker:ListTags",
    ):
        assert action in called
    for words in (
        "; 126 of 128 instances are left in us-east-1 beside what is owned",
        "; 23 of 25 training plans are left in us-east-1 beside what is owned",
        "purchaser main: may buy extensions (dry run of one for cr-",
    ):
        assert [each for each in said if words in each], (words, said)


def deny(*operations: str, **where: str) -> Wrong:
    """A permission lacks, for dry runs too."""

    def wrong(ward: Ward) -> None:
        for operation in operations:
            ward.shop.aws.arm(operation, "denied", **where)
            ward.shop.aws.arm(operation, "denied", dry_run=True, **where)

    return wrong


def arm(operation: str, fault: str, **how: Any) -> Wrong:
    """AWS fails in one way."""
    return lambda ward: ward.shop.aws.arm(operation, fault, **how)


def rules(**changes: Any) -> Wrong:
    """The policy says something else."""
    return lambda ward: ward.allow(**changes)


def buys(**terms: str) -> Wrong:
    """Somebody else buys."""
    return rules(accounts=[{"id": MAIN, "name": "main", **terms}])


def hook(name: str, text: str | None) -> Wrong:
    """One of the plugin's files is another, or is not there."""

    def wrong(ward: Ward) -> None:
        file = ward.plugin / name
        file.unlink()
        if text is not None:
            file.write_text(text)

    return wrong


def sql(statement: str) -> Wrong:
    """Somebody changes the ledger's file."""

    def wrong(ward: Ward) -> None:
        with closing(sqlite3.connect(ward.shop.ledger)) as connection, connection:
            connection.execute(statement)

    return wrong


def another_account(ward: Ward) -> None:
    """The settings also name an account whose profile is not there."""
    ward.set_up(f'{SETTINGS}[[accounts]]\nname = "research"\nid = "{SECONDARY}"\nprofile = "ghost"\n')


def own_credentials_lack(ward: Ward) -> None:
    """Two persons are wanted, and whoever is here has no credentials but the account's profile."""
    file = ward.project / "credentials"
    keys = {name: os.environ[name.upper()] for name in ("aws_access_key_id", "aws_secret_access_key")}
    file.write_text("[work]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items()))
    ward.monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    for name in keys:
        ward.monkeypatch.delenv(name.upper())
    ward.set_up(f'{SETTINGS}profile = "work"\n')
    ward.allow(approval="second-person")


def all_is_owned(ward: Ward) -> None:
    """What is owned takes up the whole quota."""
    ward.own()
    ward.shop.aws.set_quota(MAIN, REGION, P5, 4 * 192)


def ultraservers_are_owned(ward: Ward) -> None:
    """An UltraServer takes up the whole quota of its family, under the name of its instances."""
    buy_block("us-east-2", UltraserverType="u-trn2x64", UltraserverCount=1, CapacityDurationHours=24 * 7)
    ward.shop.aws.set_quota(MAIN, "us-east-2", "L-64569A79", 768)
    ward.allow(instance_types=["trn2.48xlarge"], regions=["us-east-2"])


def quota(code: str, value: int) -> Wrong:
    """A quota is something else in the first region."""
    return lambda ward: ward.shop.aws.set_quota(MAIN, REGION, code, value)


def plan_is_owned(*operations: str) -> Wrong:
    """A training plan is owned, and of what reads it something is not allowed."""

    def wrong(ward: Ward) -> None:
        buy_plan("mine")
        deny(*operations)(ward)

    return wrong


def plan_takes_up(code: str) -> Wrong:
    """A training plan is owned, and is all that a quota allows."""

    def wrong(ward: Ward) -> None:
        buy_plan("mine")
        quota(code, 1)(ward)

    return wrong


def ledger_of_another_world(ward: Ward) -> None:
    """The sandbox was begun anew, or it is another."""
    ward.shop.ledger.unlink()
    ward.ledger.begin("simulation of yesterday", ward.shop.aws.now())
    ward.allow()


def spent(**changes: Any) -> Wrong:
    """Something was bought, of which AWS shows nothing yet."""

    def wrong(ward: Ward) -> None:
        buy(ward.ledger, state=changes.pop("state", PurchaseState.ACCEPTED))
        ward.allow(**changes)

    return wrong


def cut_ledger(ward: Ward) -> None:
    """AWS has what the ledger bought before its last entries were cut."""
    ledger = ward.ledger.read().ledger_id
    buy_block(REGION, Tags={PURCHASE_TAG: new_purchase_id(), LEDGER_TAG: ledger, CHAIN_TAG: "5" * 64})


def remains_of_a_ledger(ward: Ward) -> None:
    """Only what SQLite keeps beside a ledger is there."""
    ward.allow(ledger_id=None)
    ward.shop.ledger.rename(f"{ward.shop.ledger}-wal")


def state_is_a_file(ward: Ward) -> None:
    """Where the state is to be kept there is no folder."""
    (ward.project / "state").touch()


def old_claude(ward: Ward) -> None:
    """The policy trusts a dialog that the Claude Code on the PATH cannot be trusted with."""
    ward.on_path("sh", "sed", python3=f'exec "{base_python()}" "$@"', claude="echo '2.1.150 (Claude Code)'")
    ward.allow(approval="client")


def below_a_clone(ward: Ward) -> None:
    """Claude Code is opened in a folder within a clone, whose settings it does not read there."""
    shutil.copytree(ROOT / ".claude", ward.project / ".claude", ignore=shutil.ignore_patterns("skills"))
    (ward.project / "src").mkdir()
    ward.monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(ward.project / "src"))
    ward.claude_settings(enabledPlugins={})


def plugin_in_place(ward: Ward) -> None:
    """The plugin is from a folder of this machine, which Claude Code runs it from; the copy of it is well."""
    folder = ward.project / "marketplace"
    shutil.copytree(ward.plugin, folder)
    (folder / "hooks" / "guard_spending.sh").write_text("exit 0")
    source = {"source": "directory", "path": str(folder)}
    (ward.claude / "plugins" / "known_marketplaces.json").write_text(json.dumps({"ml-clusters": {"source": source}}))


def another_checkout(ward: Ward) -> None:
    """A clone is open that is not the one that this program is part of."""
    shutil.copytree(ROOT / ".claude", ward.project / ".claude", ignore=shutil.ignore_patterns("skills"))


def crash(ward: Ward) -> None:
    """Claude Code keeps its plugins in some other way."""
    (ward.claude / "plugins" / "installed_plugins.json").write_text('{"plugins": ["ml-clusters"]}')


def no_extensions(ward: Ward) -> None:
    """Who buys may not extend what is owned."""
    ward.own()
    ward.shop.aws.arm("PurchaseCapacityBlockExtension", "denied", dry_run=True)


def missing_reservation(ward: Ward) -> None:
    """What was bought two hours ago is not there."""
    quote = a_quote()
    bought = [Quoted(quote), an_intent(quote), a_conclusion(quote, reservations=())]
    ward.ledger.append(quote.made, lambda _: bought)
    ward.shop.aws.advance(timedelta(hours=2))


ISSUER = {"url": "https://gpu.example.com/mcp", "issuer": "https://login.example.com"}
HTTP = ISSUER | {"jwks_url": "http://127.0.0.1:1/keys"}
KEYS = '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'
REINSTALL = f"claude plugin uninstall --keep-data {PLUGIN} && claude plugin install {PLUGIN}"

WRONG: list[tuple[Wrong, str, str, str, str]] = [
    (lambda ward: ward.set_up("time_zone = 'Nowhere'"), "bad", "settings", "no time zone", "ml-clusters.toml, and run"),
    (deny("LookupEvents"), "bad", "account main", "cloudtrail:LookupEvents", "Allow cloudtrail:LookupEvents to arn:"),
    (
        deny("DescribeCapacityReservations"),
        "bad",
        "account main",
        "ec2:DescribeCapacityReservations in us-east-1: denied",
        "Allow ec2:DescribeCapacityReservations",
    ),
    (all_is_owned, "note", "account main", "(768 of 768 vCPUs are reserved)", "--desired-value 960 --region us-east-1"),
    (
        deny("SearchTrainingPlanOfferings"),
        "bad",
        "account main",
        "sagemaker:SearchTrainingPlanOfferings in us-east-1: denied",
        "Allow sagemaker:SearchTrainingPlanOfferings to arn:",
    ),
    (
        arm("eks:ListClusters", "denied"),
        "bad",
        "clusters main",
        "eks:ListClusters in us-east-1: denied",
        f"Allow eks:ListClusters to arn:aws:iam::{MAIN}:user/developer, then run doctor again.",
    ),
    (
        deny("DescribeAutoScalingGroups"),
        "bad",
        "clusters main",
        "autoscaling:DescribeAutoScalingGroups in us-east-1: denied",
        "Allow autoscaling:DescribeAutoScalingGroups to arn:",
    ),
    (
        plan_takes_up(P5_PLANS),
        "note",
        "account main",
        "too small in us-east-1 (1 of 1 instances are reserved)",
        f"--service-code sagemaker --quota-code {P5_PLANS} --desired-value 2 --region us-east-1",
    ),
    (lambda ward: ward.shop.policy.unlink(), "note", "policy", "there is none at", "ml-clusters policy init"),
    (
        rules(accounts=[*ACCOUNTS, {"id": SECONDARY}]),
        "bad",
        "policy",
        f"it allows account {SECONDARY}, which the settings do not name",
        f'id = "{SECONDARY}"',
    ),
    (deny("AssumeRole"), "bad", "purchaser main", "cannot be had: denied", "sts:AssumeRole"),
    (
        arm("PurchaseCapacityBlock", "tags-denied", dry_run=True),
        "bad",
        "purchaser main",
        "may buy but not tag",
        f"Allow ec2:CreateTags to {ASSUMED}",
    ),
    (lambda ward: ward.shop.ledger.unlink(), "bad", "ledger", "the policy knows ledger lg-", "ledger rebuild"),
    (cut_ledger, "bad", "ledger", "which this ledger lacks", "ml-clusters ledger verify"),
    (spent(state=PurchaseState.UNKNOWN), "bad", "ledger", "nobody knows whether mlc-", "ledger settle mlc-"),
    (hook("hooks/guard_spending.sh", "exit 0"), "bad", "hooks", "lets a purchase through", REINSTALL),
    (lambda ward: ward.on_path("sh", "sed"), "bad", "hooks", "finds no Python", "as python3"),
]

MORE_WRONG: list[tuple[Wrong, str, str, str, str]] = [
    # Settings, state, and whoever reads.
    (state_is_a_file, "bad", "state", "state.sqlite3 cannot be used", "a folder that you can write to"),
    (another_account, "bad", "account research", "ghost", "aws configure sso --profile ghost"),
    (arm("*", "expired-credentials"), "bad", "account main", "credentials: ", "AWS_ACCESS_KEY_ID"),
    (deny("DescribeSubnets"), "bad", "account main", "ec2:DescribeSubnets in us-east-1", "Allow ec2:DescribeSubnets"),
    (
        arm("DescribeCapacityReservations", "denied", region="ap-south-1"),
        "bad",
        "account main",
        "what is owned in ap-south-1 cannot be read: denied",
        "Allow ec2:DescribeCapacityReservations",
    ),
    (arm("GetServiceQuota", "denied"), "bad", "account main", f"quota {P5}", "Allow servicequotas:GetServiceQuota"),
    (
        deny("ListTrainingPlans"),
        "bad",
        "account main",
        "sagemaker:ListTrainingPlans in us-east-1: denied",
        "Allow sagemaker:ListTrainingPlans to arn:",
    ),
    *(
        (plan_is_owned(operation), "bad", "account main", says, f"Allow sagemaker:{operation} to arn:")
        for operation, says in (
            ("DescribeTrainingPlan", "sagemaker:DescribeTrainingPlan in us-east-1: denied"),
            ("DescribeTrainingPlanExtensionHistory", "what is owned in us-east-1 cannot be read: denied"),
            ("ListTags", "what is owned in us-east-1 cannot be read: denied"),
        )
    ),
    (
        ultraservers_are_owned,
        "note",
        "account main",
        "Trn2 blocks (L-64569A79) can be bought in no region; the quota is too small in us-east-2 (768 of 768 vCPUs",
        "--quota-code L-64569A79 --desired-value 960 --region us-east-2",
    ),
    (
        quota(P5_PLANS, 0),
        "note",
        "account main",
        f"ml.p5.48xlarge in plans ({P5_PLANS}) can be bought in us-west-2; the quota is too small in us-east-1",
        f"--quota-code {P5_PLANS} --desired-value 1 --region us-east-1 (enough for one of 1 instances)",
    ),
    (
        quota(P5_CLUSTERS, 0),
        "note",
        "account main",
        f"ml.p5.48xlarge in clusters ({P5_CLUSTERS}) can be used in us-west-2; the quota is too small in us-east-1",
        "To use it in us-east-1",
    ),
    (
        plan_takes_up(PLANS),
        "note",
        "account main",
        "too small in us-east-1 (1 of 1 training plans are reserved)",
        f"--quota-code {PLANS} --desired-value 2 --region us-east-1",
    ),
    (
        quota(P5, 0),
        "note",
        "account main",
        "can be bought in us-west-2; the quota is too small in us-east-1",
        f"--quota-code {P5} --desired-value 192 --region us-east-1",
    ),
    # The policy, and who says yes.
    (lambda ward: ward.shop.policy.chmod(0o666), "bad", "policy", "mode 0666", "chmod go-w /"),
    (lambda ward: ward.shop.folder.chmod(0o777), "bad", "policy", "its folder", "chmod go-w /"),
    (
        lambda ward: ward.shop.policy.write_text("purchase = true"),
        "bad",
        "policy",
        "(purchase): nothing of this name is known",
        "Mend that in /",
    ),
    (rules(purchases=False), "note", "policy", "purchases are off", "writes purchases = true in /"),
    (rules(regions=[]), "bad", "policy", "it lacks regions", "Write them in /"),
    (
        rules(regions=[REGION, "us-west-2", "eu-north-9"]),
        "note",
        "policy",
        "it allows eu-north-9",
        "Leave it out of regions",
    ),
    (
        rules(instance_types=["p5.48xlarge", "trn2.3xlarge"]),
        "note",
        "policy",
        "it allows trn2.3xlarge, which is sold in none of its regions",
        "Add one of them to regions",
    ),
    (rules(ledger_id=None), "note", "policy", "it does not name the ledger", 'ledger_id = "lg-'),
    (
        spent(ceilings={"rolling_24_hours": "3000"}),
        "note",
        "policy",
        "0 of 3000 USD may still be spent in any 24 hours",
        "ceilings.rolling_24_hours",
    ),
    (own_credentials_lack, "bad", "approval", "AWS does not say who is here", "aws sso login"),
    (old_claude, "note", "approval", "claude-code 2.1.150 is too old", "claude update"),
    (rules(http=HTTP), "bad", "approval", "over HTTP nobody is let in", "http://127.0.0.1:1/keys answers"),
    (
        rules(http=ISSUER | {"jwks": KEYS}, approval="second-person"),
        "note",
        "approval",
        "[http.principals] names nobody",
        "under [http.principals]",
    ),
    # Whoever buys.
    (
        arm("PurchaseCapacityBlock", "denied", dry_run=True),
        "bad",
        "purchaser main",
        "may not buy (dry run",
        f"Allow ec2:PurchaseCapacityBlock to {ASSUMED}",
    ),
    (
        arm("PurchaseCapacityBlock", "server-error", dry_run=True),
        "bad",
        "purchaser main",
        "whether it may buy is not known",
        "Run doctor again",
    ),
    (
        no_extensions,
        "bad",
        "purchaser main",
        "may not buy extensions",
        f"Allow ec2:PurchaseCapacityBlockExtension to {ASSUMED}",
    ),
    (
        arm("DescribeCapacityBlockOfferings", "offering-gone"),
        "note",
        "purchaser main",
        "(nothing is offered)",
        "when something is offered",
    ),
    (buys(purchaser_role=IN_SECONDARY), "bad", "purchaser main", "belongs to account 15", "Mend purchaser_role"),
    (buys(), "note", "purchaser main", "whoever reads can buy", "purchaser_role = "),
    (buys(purchaser_profile="buyer"), "note", "purchaser main", "profile buyer", "aws sso login --profile buyer"),
    (buys(purchaser_role=ROLE, mfa_serial=DEVICE), "note", "purchaser main", f"a code of {DEVICE}", "approve asks"),
    # The ledger.
    (remains_of_a_ledger, "bad", "ledger", "ledger.sqlite3-wal", "keep it elsewhere"),
    (ledger_of_another_world, "bad", "ledger", "belongs to simulation of yesterday", "--sandbox"),
    (sql("UPDATE links SET kind = 'quoted'"), "bad", "ledger", "does not verify", "restore it from a backup"),
    (lambda ward: ward.shop.ledger.parent.chmod(0o777), "bad", "ledger", "mode 0777", "chmod 700 /"),
    (
        lambda ward: ward.shop.aws.set_clock(START - timedelta(days=1)),
        "bad",
        "ledger",
        "its last entry is of 2026-12-01 03:01 UTC, and AWS says that it is 2026-11-30",
        "Wait until 2026-12-01 03:01 UTC",
    ),
    (spent(state=PurchaseState.IN_FLIGHT), "note", "ledger", "is being bought right now", "call purchase_history"),
    (missing_reservation, "note", "ledger", "AWS does not show all of its reservations", "watch-purchases"),
    # The hooks.
    (hook("hooks/guard_spending.sh", None), "bad", "hooks", "guard_spending.sh is missing", REINSTALL),
    (hook("hooks/guard_spending.sh", "exit 2"), "bad", "hooks", "blocks what is harmless", REINSTALL),
    (hook("hooks/guard/guard.py", "raise SystemExit(1)"), "bad", "hooks", "its guard failed", REINSTALL),
    (hook("hooks/hooks.json", "{}"), "bad", "hooks", "does not say that guard_spending.sh", REINSTALL),
    (hook("hooks/allow_reads.py", ""), "note", "hooks", "asks before each", REINSTALL),
    (lambda ward: ward.on_path(), "bad", "hooks", "the guard cannot be run", "Put sh on the PATH"),
    (lambda ward: ward.claude_settings(disableAllHooks=True), "bad", "hooks", "says disableAllHooks", "Take disable"),
    (
        lambda ward: (ward.claude / "settings.json").write_text("{"),
        "bad",
        "hooks",
        "not what Claude Code can",
        "Mend /",
    ),
    (lambda ward: ward.claude_settings(enabledPlugins={}), "note", "hooks", "runs no guard", "/plugin install"),
    (below_a_clone, "note", "hooks", "runs no guard", "Open Claude Code in /"),
    (plugin_in_place, "bad", "hooks", "marketplace/hooks/guard_spending.sh", "git -C /"),
    (another_checkout, "note", "hooks", "were not tried", "/bin/ml-clusters doctor"),
    (crash, "bad", "hooks", "this check itself failed (AttributeError", "the other checks went on"),
]


@pytest.mark.parametrize(
    ("wrong", "verdict", "subject", "says", "fix"),
    [*WRONG, *(pytest.param(*row, marks=pytest.mark.slow) for row in MORE_WRONG)],
    ids=[f"{row[2]}: {row[3]}".replace(" ", "-") for row in (*WRONG, *MORE_WRONG)],
)
def test_what_is_wrong_is_named_with_its_fix_and_nothing_else(
    ward: Ward, wrong: Wrong, verdict: str, subject: str, says: str, fix: str
) -> None:
    """One finding more than where all is well; the exit code tells whether it stands in the way."""
    wrong(ward)
    code, rows = examined()
    found = [row for row in rows if row[0] != "good" and not is_usual(row)]
    assert [row[:2] for row in found] == [(verdict, subject)], found
    assert says in found[0][2]
    assert fix in found[0][3]
    assert code == (1 if verdict == "bad" else 0)


@pytest.mark.slow
def test_a_region_that_hangs_leaves_time_for_the_rest(ward: Ward) -> None:
    """It is named, with what helps; everything else is examined as ever."""
    ward.shop.aws.arm("DescribeCapacityReservations", "slow", region="ap-south-1", milliseconds=60_000)
    code, rows = examined("--seconds", "40")
    (found,) = [row for row in rows if row[0] != "good" and not is_usual(row)]
    assert found[:2] == ("bad", "account main")
    assert "what is owned in ap-south-1 cannot be read: no answer in time" in found[2]
    assert found[3] == "More time: ml-clusters doctor --seconds 300"
    assert code == 1


def test_people_read_it_by_subject(ward: Ward) -> None:
    """Headings, one line for each finding, and under it what mends it; in a terminal, where it also shows progress."""
    ward.shop.policy.chmod(0o666)
    ward.monkeypatch.setenv("FORCE_COLOR", "1")
    screen = pyte.Screen(400, 60)
    done = CliRunner().invoke(app, ["doctor"], color=True)
    pyte.Stream(screen).feed(done.stdout.replace("\n", "\r\n"))
    assert done.exit_code == 1
    assert "asking AWS" in done.stdout
    lines = [line.rstrip() for line in screen.display]
    at = lines.index("policy")
    assert lines[at - 1] == ""
    assert lines[at + 1].startswith("bad ")
    assert lines[at + 2].startswith("      fix: chmod go-w /")
    assert len([line for line in lines if line.startswith("bad")]) == 1


@pytest.mark.parametrize("hours", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_a_clock_that_is_off(ward: Ward, hours: int) -> None:
    """Of what is named like AWS, and so is no simulation, the time is believed and this machine's clock is not."""
    ward.shop.aws.set_clock(datetime.now(UTC) + timedelta(hours=hours))
    looked_up = socket.getaddrinfo

    def ours(host: str, *more: Any, **how: Any) -> Any:
        return looked_up("127.0.0.1" if "amazonaws" in host else host, *more, **how)

    ward.monkeypatch.setattr(socket, "getaddrinfo", ours)
    ward.monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_dir=str(Path.home())))
    ward.monkeypatch.setenv("NO_PROXY", "*")
    ward.monkeypatch.setenv(
        "AWS_ENDPOINT_URL", f"http://sts.us-east-1.amazonaws.com:{ward.shop.aws.url.split(':')[-1]}"
    )
    # By a name S3 is asked for a bucket in the host's name, which simulated AWS does not know.
    ward.monkeypatch.setenv("AWS_ENDPOINT_URL_S3", ward.shop.aws.url)
    ward.monkeypatch.delenv("ML_CLUSTERS_SIMULATION")
    code, rows = examined()
    assert code == (1 if hours else 0)
    (clock,) = [row for row in rows if "the clock of this machine" in row[2]]
    assert [row for row in rows if row[0] == "bad"] == [clock] * bool(hours)
    assert [("differs from" in clock[2]), "NTP" in clock[3]] == [bool(hours)] * 2
    assert not [row for row in rows if "SIMULATED" in row[2]]
