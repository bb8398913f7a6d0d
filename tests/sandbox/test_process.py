"""The sandbox as a process: joined, shared, ended, and its world found again."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from mcp_server.sandbox.control import NoSandbox, SandboxControl
from mcp_server.sandbox.environment import AMBIENT, apply, environment
from mcp_server.sandbox.journal import Journal, UnreadableJournal
from mcp_server.sandbox.process import AlreadyServed, DidNotStart, MissingExtra, join, serve

ASK = {"InstanceType": "p5.48xlarge", "InstanceCount": 8, "CapacityDurationHours": 24}
MODULE = [sys.executable, "-m", "mcp_server.sandbox"]


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    """Sees the models of botocore once for all clients."""
    given = environment("")
    return boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test opens."""
    with ExitStack() as stack:
        yield stack


def client(stack: ExitStack, session: boto3.Session, url: str, service: str = "ec2") -> Any:
    """A client of a sandbox, closed at the end of the test."""
    return stack.enter_context(closing(session.client(service, endpoint_url=url)))


def gone(control: SandboxControl, patience: float = 20) -> bool:
    """Whether a sandbox ends within so many seconds."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            control.world()
        except NoSandbox:
            return True
        time.sleep(0.05)
    return False


def test_two_starters_end_up_with_one_which_ends_when_unused(tmp_path: Path) -> None:
    """Both get the same sandbox, which lives while one of them uses it; a dead one's address misleads nobody."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        stale = f"http://127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "sandbox.json").write_text(json.dumps({"url": stale, "pid": 1, "version": "0"}))
    first, second = ExitStack(), ExitStack()
    with first, second:
        with ThreadPoolExecutor(2) as threads:
            joined = list(threads.map(lambda stack: stack.enter_context(join(tmp_path, grace=0.5)), (first, second)))
        assert joined[0].url == joined[1].url
        assert sorted(each.started_here for each in joined) == [False, True]
        first.close()
        time.sleep(1.5)
        control = joined[1].control
        assert control.world().directory == str(tmp_path)
        with pytest.raises(AlreadyServed, match=control.url):
            serve(tmp_path)
    assert gone(control)
    assert not (tmp_path / "sandbox.json").exists()


def test_whoever_joins_one_that_is_starting_waits_for_it(tmp_path: Path) -> None:
    """A sandbox in the foreground has not said where it is when another command wants it: that waits, and uses it."""
    command = [*MODULE, "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, ExitStack() as stack:
        stack.callback(process.kill)
        # It is locked right after it is made; to look would be to lock it.
        until((tmp_path / "server.lock").exists)
        time.sleep(0.1)
        process.send_signal(signal.SIGSTOP)
        assert not (tmp_path / "sandbox.json").exists()
        joining = stack.enter_context(ThreadPoolExecutor(1)).submit(stack.enter_context, join(tmp_path, grace=60))
        log = tmp_path / "sandbox.log"
        until(lambda: log.exists() and "already runs" in log.read_text())
        process.send_signal(signal.SIGCONT)
        assert process.stdout
        url = process.stdout.readline().strip()
        joined = joining.result(60)
        assert (joined.url, joined.started_here) == (url, False)


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_world_survives_a_kill(tmp_path: Path, session: boto3.Session, stack: ExitStack) -> None:
    """What was bought, tags, buckets, roles' keys, quotas and the clock are as they were; ids are the same."""
    with join(tmp_path, grace=60) as running:
        running.control.set_quota("main", "us-west-2", "L-DA6814F2", 42)
        ec2 = client(stack, session, running.url)
        running.control.arm("PurchaseCapacityBlock", "tag-late", calls=1, seconds=30)
        offering = ec2.describe_capacity_block_offerings(**ASK)["CapacityBlockOfferings"][-1]
        tags = [{"ResourceType": "capacity-reservation", "Tags": [{"Key": "a", "Value": "b"}]}]
        bought = ec2.purchase_capacity_block(
            CapacityBlockOfferingId=offering["CapacityBlockOfferingId"],
            InstancePlatform="Linux/UNIX",
            TagSpecifications=tags,
        )["CapacityReservation"]["CapacityReservationId"]
        running.control.advance(timedelta(hours=1))
        extension = ec2.describe_capacity_block_extension_offerings(
            CapacityReservationId=bought, CapacityBlockExtensionDurationHours=24
        )["CapacityBlockExtensionOfferings"][0]["CapacityBlockExtensionOfferingId"]
        ec2.purchase_capacity_block_extension(CapacityReservationId=bought, CapacityBlockExtensionOfferingId=extension)
        running.control.advance(timedelta(hours=1))
        sagemaker = client(stack, session, running.url, "sagemaker")
        plan = buy_plan(sagemaker)
        running.control.advance(timedelta(minutes=5))
        extend_plan(sagemaker, plan)
        running.control.set_plan_use(plan, in_use=1)
        client(stack, session, running.url, "s3").create_bucket(Bucket="kept")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        role = client(stack, session, running.url, "sts").assume_role(
            RoleArn="arn:aws:iam::159553542841:role/ml-clusters-reader", RoleSessionName="before"
        )["Credentials"]
        before = running.control.world(), ec2.describe_capacity_reservations()["CapacityReservations"]
        plans = everything_of_plans(sagemaker, plan)
        os.kill(before[0].pid, signal.SIGKILL)
    with join(tmp_path, grace=1) as running:
        after = running.control.world()
        assert running.started_here
        assert (after.world, after.seed, after.began) == (before[0].world, before[0].seed, before[0].began)
        assert timedelta(0) <= after.now - before[0].now < timedelta(minutes=10)
        ec2 = client(stack, session, running.url)
        assert ec2.describe_capacity_reservations()["CapacityReservations"] == before[1]
        assert {"Key": "a", "Value": "b"} in before[1][0]["Tags"]
        assert everything_of_plans(client(stack, session, running.url, "sagemaker"), plan) == plans
        buckets = client(stack, session, running.url, "s3").list_buckets()["Buckets"]
        assert "kept" in {each["Name"] for each in buckets}
        assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
        assumed = boto3.Session(role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"], "us-east-1")
        identity = client(stack, assumed, running.url, "sts").get_caller_identity()
        assert identity["Arn"].endswith("assumed-role/ml-clusters-reader/before")
        quotas = client(stack, session, running.url, "service-quotas")
        assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-DA6814F2")["Quota"]["Value"] > 42


def buy_plan(sagemaker: Any) -> str:
    """Buy a plan. Returns its ARN."""
    asked = {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1, "DurationHours": 24}
    found = sagemaker.search_training_plan_offerings(**asked)["TrainingPlanOfferings"]
    return sagemaker.create_training_plan(
        TrainingPlanName="kept",
        TrainingPlanOfferingId=found[-1]["TrainingPlanOfferingId"],
        Tags=[{"Key": "a", "Value": "b"}],
    )["TrainingPlanArn"]


def extend_plan(sagemaker: Any, plan: str) -> None:
    """Buy a plan another day."""
    found = sagemaker.search_training_plan_offerings(TrainingPlanArn=plan)["TrainingPlanExtensionOfferings"]
    sagemaker.extend_training_plan(TrainingPlanExtensionOfferingId=found[0]["TrainingPlanExtensionOfferingId"])


def everything_of_plans(sagemaker: Any, plan: str) -> list[Any]:
    """What can be seen of the plans."""
    return [
        sagemaker.list_training_plans()["TrainingPlanSummaries"],
        sagemaker.describe_training_plan_extension_history(TrainingPlanArn=plan)["TrainingPlanExtensions"],
        sagemaker.list_tags(ResourceArn=plan)["Tags"],
    ]


def test_a_new_world_on_request(tmp_path: Path) -> None:
    """With fresh, the sandbox that runs begins anew under those who use it."""
    with join(tmp_path, grace=1) as running:
        world = running.control.world().world
        with join(tmp_path, fresh=True) as again:
            assert not again.started_here
            assert again.control.world().world != world


@pytest.mark.slow
def test_a_new_world_at_a_start(tmp_path: Path) -> None:
    """With fresh, a sandbox that starts forgets the world that was."""
    worlds = set[str]()
    for _ in range(2):
        with join(tmp_path, fresh=True, grace=60) as running:
            worlds.add(running.control.world().world)
            running.control.stop()
            assert gone(running.control)
    assert len(worlds) == 2


def test_a_foreground_sandbox_prints_its_url_and_ends_on_a_signal(tmp_path: Path) -> None:
    """It takes the port that is asked for, and ends cleanly."""
    with subprocess.Popen([*MODULE, "--directory", str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert SandboxControl(url).world().pid == process.pid
        taken = subprocess.run([*MODULE, "--port", url.rpartition(":")[2]], capture_output=True, text=True, check=False)
        assert taken.returncode == 3
        assert taken.stderr.startswith(f"Port {url.rpartition(':')[2]} of 127.0.0.1 is in use.")
        process.terminate()
        assert process.wait(20) == 0


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    """The sentence says how to begin anew."""
    (tmp_path / "journal.jsonl").write_text('{"format":0,"world":"x"}\n')
    sentence = re.escape("has format 0, this version writes format 1. Begin anew with --fresh")
    with pytest.raises(DidNotStart, match=sentence), join(tmp_path):
        pytest.fail("it started")


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    """A change whose line is not whole was never answered."""
    journal = Journal(tmp_path, 1)
    journal.append({"kind": "fresh-ids", "fresh": True})
    journal.close()
    path = tmp_path / "journal.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"kind": "fresh-')
    again = Journal(tmp_path, 2)
    assert again.world == journal.world
    assert list(again.past()) == [{"kind": "fresh-ids", "fresh": True}]
    again.close()
    assert path.read_bytes() == whole


def test_damage_before_the_last_line_is_refused(tmp_path: Path) -> None:
    """Nobody goes on with half a world."""
    (tmp_path / "journal.jsonl").write_text("not a journal\n")
    with pytest.raises(UnreadableJournal, match="is damaged"):
        Journal(tmp_path, 1)


def test_without_moto_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is missing and how to install it."""
    monkeypatch.setitem(sys.modules, "moto", None)
    with pytest.raises(MissingExtra, match=r"pip install 'ml-clusters\[sandbox\]'"), join(tmp_path):
        pytest.fail("it started")


def test_joining_loads_neither_moto_nor_boto() -> None:
    """Every command that joins would wait for them."""
    code = (
        "import sys, mcp_server.sandbox.process as _; print(*{'moto', 'flask', 'boto3', 'botocore'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_ambient_environment_is_left_behind() -> None:
    """Real credentials, profiles and endpoints are gone; everything else stays."""
    environ = dict.fromkeys(AMBIENT, "real") | {
        "AWS_ENDPOINT_URL_EC2": "real",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "real",
        "AWS_ACCESS_KEY_ID": "real",
        "HOME": "/home/me",
        "NO_PROXY": "intranet",
    }
    apply("http://127.0.0.1:1", environ)
    assert "real" not in environ.values()
    assert environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environ["AWS_CONFIG_FILE"] == environ["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert (environ["HOME"], environ["NO_PROXY"]) == ("/home/me", "intranet,127.0.0.1")
