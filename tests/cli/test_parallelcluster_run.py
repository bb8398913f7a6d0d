"""ParallelCluster's own update policy, asked in its own environment, and what is told where it cannot be asked."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mcp_server.cli import parallelcluster_updates
from mcp_server.cli.commands import app
from mcp_server.cli.parallelcluster_run import VARIABLE, asking
from mcp_server.monorepo.plans.parallelcluster import NotAsked, Question
from mcp_server.monorepo.plans.risks import Risk, Severity
from mcp_server.monorepo.reading import read_tree
from tests.plans.parallelclusters import ADDRESS, Configuration, Edit, changed, queue, reviewed, strategy

ROOT = Path(__file__).parents[2]
LIVE = ROOT / "live"
PYTHON = ROOT / ".venv-pcluster" / "bin" / "python"
REFUSED, STOPS = "parallelcluster-refused", "parallelcluster-stops-nodes"

with_parallelcluster = pytest.mark.skipif(
    not PYTHON.exists(), reason="no ParallelCluster: `make .venv-pcluster/.made` installs it"
)

Fake = Callable[[str], None]


@pytest.fixture(autouse=True)
def _nobody_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Has a shell script stand for ParallelCluster's Python."""

    def stand(script: str) -> None:
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv(VARIABLE, str(program))

    return stand


def said(edit: Edit, before: Edit = lambda _: None) -> list[Risk]:
    """What ParallelCluster says of an edit, as risks."""
    review = reviewed(changed(edit, before), asking(lambda: LIVE))
    (note,) = review.summary.units[0].notes
    assert note.startswith("ParallelCluster 3.16.1 itself was asked")
    return [each for each in review.summary.risks if each.rule in {REFUSED, STOPS}]


def _head_node(configuration: Configuration) -> None:
    configuration["HeadNode"]["InstanceType"] = "m7i.4xlarge"


def _os(configuration: Configuration) -> None:
    configuration["Image"]["Os"] = "ubuntu2404"


def _capacity_type(configuration: Configuration) -> None:
    queue(configuration, "cpu")["CapacityType"] = "SPOT"


def _fewer(configuration: Configuration) -> None:
    queue(configuration, "cpu")["ComputeResources"][0]["MaxCount"] = 8


def _more(configuration: Configuration) -> None:
    queue(configuration, "cpu")["ComputeResources"][0]["MaxCount"] = 32


def _tags(configuration: Configuration) -> None:
    configuration["Tags"] = [{"Key": "Team", "Value": "ml"}]


def _queue_goes(configuration: Configuration) -> None:
    configuration["Scheduling"]["SlurmQueues"].remove(queue(configuration, "cpu"))


def _mounted_elsewhere(configuration: Configuration) -> None:
    configuration["SharedStorage"][0]["MountDir"] = "/data"


@with_parallelcluster
@pytest.mark.parametrize(
    ("edit", "path"), [(_head_node, "HeadNode.InstanceType"), (_os, "Image.Os")], ids=["head-node", "os"]
)
def test_what_cannot_be_changed_is_refused(edit: Edit, path: str) -> None:
    """In ParallelCluster's words: a new cluster is needed."""
    (risk,) = said(edit)
    assert (risk.rule, risk.severity, risk.address) == (REFUSED, Severity.HIGH, ADDRESS)
    assert risk.why.startswith(f'{path} (UNSUPPORTED): "Update actions are not currently supported')
    assert "consider creating a new cluster" in risk.why


@with_parallelcluster
@pytest.mark.parametrize("edit", [_tags, _more], ids=["tags", "more-nodes"])
def test_what_is_allowed_while_nodes_run_is_no_risk(edit: Edit) -> None:
    """Tags have been since 3.16."""
    assert said(edit) == []


@with_parallelcluster
@pytest.mark.parametrize("edit", [_fewer, _queue_goes], ids=["fewer-nodes", "queue-gone"])
def test_taking_nodes_away_needs_a_stopped_fleet(edit: Edit) -> None:
    """Nodes are assumed to run; DRAIN, which the recorded cluster has, is not enough."""
    (risk,) = said(edit)
    assert (risk.rule, risk.severity) == (STOPS, Severity.MEDIUM)
    assert "(RESIZE_UPDATE_STRATEGY_ON_REMOVE)" in risk.why
    assert "Stop the compute fleet or set QueueUpdateStrategy:TERMINATE" in risk.why


@with_parallelcluster
@pytest.mark.parametrize("edit", [_fewer, _queue_goes], ids=["fewer-nodes", "queue-gone"])
def test_with_terminate_it_is_allowed_and_stops_jobs(edit: Edit) -> None:
    """What the strategy alone allows is not harmless."""
    (risk,) = said(edit, strategy("TERMINATE"))
    assert (risk.rule, risk.severity) == (STOPS, Severity.MEDIUM)
    assert risk.why.endswith("QueueUpdateStrategy is TERMINATE: nodes go with their jobs.")


@with_parallelcluster
@pytest.mark.parametrize(
    ("name", "severity", "words"),
    [
        ("DRAIN", Severity.LOW, "nodes are replaced as their jobs end"),
        ("TERMINATE", Severity.MEDIUM, "nodes go with their jobs"),
        ("COMPUTE_FLEET_STOP", Severity.MEDIUM, "Stop the compute fleet"),
    ],
)
def test_another_capacity_type_is_as_bad_as_the_strategy(name: str, severity: Severity, words: str) -> None:
    """Refused while nodes run, or each node is replaced."""
    (risk,) = said(_capacity_type, strategy(name))
    assert (risk.rule, risk.severity) == (STOPS, severity)
    assert "CapacityType (QUEUE_UPDATE_STRATEGY)" in risk.why
    assert words in risk.why


@with_parallelcluster
def test_where_its_own_check_ends_in_an_error_nobody_knows() -> None:
    """3.16.1 cannot check a part of shared storage; what it says of the rest is still told."""

    def both(configuration: Configuration) -> None:
        _mounted_elsewhere(configuration)
        _head_node(configuration)

    refused, unclear = said(both, strategy("COMPUTE_FLEET_STOP"))
    assert refused.why.startswith("HeadNode.InstanceType")
    assert (unclear.rule, unclear.severity) == (STOPS, Severity.MEDIUM)
    assert "MountDir (SHARED_STORAGE_UPDATE_POLICY): not known" in unclear.why


@with_parallelcluster
def test_login_nodes_run_only_where_there_are_some() -> None:
    """A pool that goes needs its nodes stopped; storage is not said to need it where there is no pool."""
    pool = {"Name": "login", "InstanceType": "m7i.large", "Count": 1, "Networking": {"SubnetIds": ["subnet-0"]}}

    def login(configuration: Configuration) -> None:
        configuration["LoginNodes"] = {"Pools": [pool]}

    def smaller(configuration: Configuration) -> None:
        configuration["LoginNodes"]["Pools"][0]["InstanceType"] = "m7i.xlarge"

    (risk,) = said(smaller, login)
    assert "Stop the login nodes by setting Count parameter to 0" in risk.why
    assert said(login) == []


@with_parallelcluster
def test_every_cluster_has_its_own_answer_also_beside_one_that_cannot_be_read() -> None:
    """They are asked about together."""
    pair = Question("Tags: []", "Tags: [{Key: a, Value: b}]")
    answers = asking(lambda: LIVE)([Question("- a", "- b"), pair, Question("a: [", "a: 1")]).answers
    assert [bool(each.trouble) for each in answers] == [True, False, True]
    assert [each.path for each in answers[1].verdicts] == ["Tags"]


@with_parallelcluster
def test_any_letters_may_be_in_a_configuration() -> None:
    """Its environment says of no encoding."""
    (answer,) = asking(lambda: LIVE)([Question("Image: {Os: größe}", "Image: {Os: 大}")]).answers
    assert "größe" in answer.verdicts[0].action


@with_parallelcluster
def test_the_python_that_is_named_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tree's clone has none."""
    question = Question("Image: {Os: alinux2}", "Image: {Os: alinux2023}")
    with pytest.raises(NotAsked, match=r"make \.venv-pcluster/\.made"):
        asking(lambda: tmp_path / "live")([question])
    monkeypatch.setenv(VARIABLE, str(PYTHON))
    (answer,) = asking(lambda: tmp_path / "live")([question]).answers
    assert [each.outcome for each in answer.verdicts] == ["FAILED"]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo secret >&2; exit 3", "its Python ended with 3. "),
        ("kill -9 $$", "its Python ended with -9. "),
        ("echo rubbish", "its answer cannot be read."),
        ("true", "its answer cannot be read."),
        ('echo \'{"version": "1"}\'', "its answer cannot be read."),
        ('echo \'{"version": "1", "answers": [{"verdicts": [{"path": 1}]}]}\'', "its answer cannot be read."),
        ("printf '\\377\\n'", "its answer cannot be read."),
        ('echo \'{"version": "1", "answers": []}\'', "it did not answer all that was asked."),
        ("exec sleep 60", "it did not answer within 0.5 seconds."),
    ],
)
def test_a_program_that_fails_is_a_note_and_static_rules_stand(script: str, why: str, fake: Fake) -> None:
    """Nothing that it prints is told: it could be a part of the configuration."""
    fake(script)
    began = time.monotonic()
    review = reviewed(changed(_head_node), asking(lambda: LIVE, seconds=0.5))
    assert time.monotonic() - began < 30
    (risk,) = [each for each in review.summary.risks if each.rule == REFUSED]
    assert risk.why == "HeadNode.InstanceType: from m7i.2xlarge to m7i.4xlarge."
    (note,) = review.summary.units[0].notes
    assert note.startswith(f"ParallelCluster itself was not asked what it does with {ADDRESS}: {why}")


def test_without_a_tree_there_is_no_clone_to_look_in(tmp_path: Path) -> None:
    """Plans may be read anywhere."""

    def no_tree() -> Path:
        return read_tree(tmp_path / "live").root

    review = reviewed(changed(_head_node), asking(no_tree))
    assert "there is no tree here" in review.summary.units[0].notes[0]


@pytest.mark.parametrize("named", ["nowhere", "not-a-program"])
def test_a_python_that_cannot_be_run_is_a_note(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that was moved, or a file that nobody may run."""
    (tmp_path / "not-a-program").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / named))
    review = reviewed(changed(_head_node), asking(lambda: LIVE))
    assert "was not asked" in review.summary.units[0].notes[0]


def test_nothing_of_our_environment_is_given_to_it(fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials above all."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    fake(f"/usr/bin/env > {tmp_path}/seen")
    reviewed(changed(_head_node), asking(lambda: LIVE))
    assert "AWS" not in (tmp_path / "seen").read_text()


def test_the_program_reaches_nobody() -> None:
    """Not even this machine: what would call AWS fails at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        work = (
            "import os, runpy, socket, sys\n"
            "runpy.run_path(sys.argv[1])['stay_offline']()\n"
            "print(os.environ['AWS_EC2_METADATA_DISABLED'], os.environ['AWS_ACCESS_KEY_ID'])\n"
            f"socket.create_connection(('127.0.0.1', {port}))\n"
        )
        ran = subprocess.run(
            [sys.executable, "-I", "-c", work, str(parallelcluster_updates.__file__)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.stdout == "true none\n"
    assert ran.stderr.endswith("PermissionError: Nothing is asked of AWS.\n")


def test_the_command_asks_where_the_environment_is(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of plans that were made elsewhere."""
    verdict: dict[str, Any] = {"path": "Image.Os", "outcome": "FAILED", "policy": "UNSUPPORTED", "reason": "No"}
    answers = {"version": "3.16.1", "answers": [{"verdicts": [verdict]}]}
    (tmp_path / "answers").write_text(json.dumps(answers))
    fake(f"exec /bin/cat {tmp_path}/answers")
    (tmp_path / "plan.json").write_bytes(changed(_tags))
    monkeypatch.chdir(ROOT)
    ran = CliRunner().invoke(app, ["plan", "--from", str(tmp_path / "plan.json"), "--json"])
    assert ran.exit_code == 0, ran.output
    summary = json.loads(ran.stdout)
    assert [each["why"] for each in summary["risks"]] == ['Image.Os (UNSUPPORTED): "No."']
    assert os.environ[VARIABLE]
