"""The command line, on simulated AWS."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.process import join

# For what outlives a command, or must not share its environment.
PROGRAM = [sys.executable, "-c", "from mcp_server.cli import main; main()"]
WISH = ["--instance-types", "p5", "--count", "8", "--days", "7", "--regions", "us-east-1,eu-west-2"]


def run(*words: str) -> Result:
    """Run one command in this process, as if typed."""
    return CliRunner().invoke(app, words)


def process(*words: str) -> subprocess.CompletedProcess[str]:
    """Run one command in a process of its own."""
    return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, timeout=300, check=False)


def test_what_still_waits_is_left_behind() -> None:
    """A thread that a call left behind neither keeps the command alive nor ends it in another way than it ended."""
    leaving = (
        "import sys, threading, time\n"
        "from mcp_server import cli\n"
        "from mcp_server.cli import commands\n"
        "def ended():\n"
        "    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        "    print('told')\n"
        "    sys.exit(3)\n"
        "commands.main = ended\n"
        "import atexit\n"
        "atexit.register(print, 'Python ended around it')\n"
        "cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", leaving], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "told\n", "")


@pytest.fixture
def project(aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; AWS is simulated."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    return tmp_path


def test_call_prints_the_table_and_its_structure(project: Path) -> None:
    """People get the table, programs the same result as JSON."""
    table = run("call", "search_capacity_blocks", *WISH)
    assert table.exit_code == 0, table.stderr
    assert "usable end" in table.stdout
    structured = run("call", "search-capacity-blocks", *WISH, "--json")
    result = json.loads(structured.stdout)
    assert result["cheapest"] in table.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["call", "search_capacity_blocks", "--count", "eight"], "--count 'eight' is not an integer"),
        (["call", "search_capacity_blocks", "--cuont", "8"], "has no argument '--cuont'"),
        (["call", "search_capacity_blocks", "--count"], "--count needs a value"),
        (["call", "search_capacity_blocks", "--count", "8"], "needs --instance-types and --days"),
        (["call", "search_capacity_block"], "There is no tool 'search_capacity_block'"),
        (["call", "search_capacity_blocks", *WISH, "--days", "20"], "14 or 21"),
    ],
)
def test_what_cannot_be_called_is_said_in_one_sentence(
    project: Path, sandbox: SandboxControl, words: list[str], says: str
) -> None:
    """A slip is named on standard error without a traceback, and AWS is not asked."""
    done = run(*words)
    assert done.exit_code == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert sandbox.requests() == []


def test_help_teaches(project: Path) -> None:
    """The commands, the tools and each tool's arguments are explained where one looks for them."""
    assert all(name in run("--help").stdout for name in ("call", "tools", "serve", "sandbox", "doctor", "demo"))
    for words in (["tools", "search_capacity_blocks"], ["call", "search_capacity_blocks", "--help"]):
        done = run(*words)
        assert "--instance-types" in done.stdout
        assert "required" in done.stdout
    assert "search_capacity_blocks" in run("tools").stdout
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.slow
def test_sandbox_flag_works_anywhere_and_keeps_its_world(
    project: Path, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --sandbox a command sees simulated AWS and none of the credentials set; the next one joins it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALKEYREALKEY00")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    first = process("--sandbox", "call", "search_capacity_blocks", *WISH, "--json")
    assert first.returncode == 0, first.stderr
    second = process("call", "search_capacity_blocks", *WISH, "--json", "--sandbox")
    assert json.loads(first.stdout)["notices"][0].startswith("SIMULATED")
    assert json.loads(first.stdout)["cheapest"] == json.loads(second.stdout)["cheapest"]
    assert re.search(r"http://127\.0\.0\.1:\d+", first.stderr)[0] in second.stderr
    assert sandbox.requests() == []
    with join() as running:
        assert len(running.control.requests("DescribeCapacityBlockOfferings")) >= 8
        running.control.stop()


def test_sandbox_prints_lines_that_point_any_client_at_it(project: Path) -> None:
    """What it prints, evaluated by a shell with leftovers of other accounts, makes the AWS CLI see simulated AWS."""
    with serving("--port", "0", "--directory", str(project / "world")) as lines:
        assert account_seen_after(lines, project) == "483026362307"


def test_sandbox_lines_run_nothing_that_a_folder_is_called(project: Path) -> None:
    """They quote what they name; and a sandbox that runs already for the folder is used, not fought."""
    folder = project / "x$(touch pwned)'\""
    with join(folder, grace=1), serving("--directory", str(folder)) as lines:
        assert account_seen_after(lines, project) == "483026362307"
    assert not (project / "pwned").exists()


def test_sandbox_puts_capacity_behind_its_clusters(project: Path) -> None:
    """If a scene is asked for; a second time it says that it is there."""
    folder = project / "world"
    asked = ("--port", "0", "--directory", str(folder), "--scene", "clusters")
    with serving(*asked) as lines:
        assert "# Its accounts own 3 blocks and 2 training plans, bought by nobody." in lines.splitlines()
    with serving(*asked) as lines:
        assert "# The scene clusters is there already." in lines.splitlines()


@contextmanager
def serving(*words: str) -> Iterator[str]:
    """What `sandbox` prints, while it serves; Ctrl-C ends it."""
    with subprocess.Popen([*PROGRAM, "sandbox", *words], stdout=subprocess.PIPE, text=True) as server:
        lines = [server.stdout.readline()]
        while "ML_CLUSTERS_STATE_DIRECTORY" not in lines[-1]:
            lines.append(server.stdout.readline())
        try:
            yield "".join(lines)
            server.send_signal(signal.SIGINT)
            assert server.wait(20) == 0
        finally:
            server.kill()


def account_seen_after(lines: str, folder: Path) -> str:
    """The account that the AWS CLI sees in a shell that evaluated the lines."""
    leftovers = "export AWS_PROFILE=nope AWS_ENDPOINT_URL_STS=http://127.0.0.1:1 AWS_SESSION_TOKEN=old"
    aws = Path(sys.executable).parent / "aws"
    script = f"cd '{folder}'\n{leftovers}\n{lines}\n'{aws}' sts get-caller-identity --output text --query Account"
    bare = {name: os.environ[name] for name in ("PATH", "HOME")}
    answer = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, env=bare)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_settings_of_real_accounts_do_not_reach_the_sandbox(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--sandbox has settings of its own, whatever the environment says of real accounts."""
    monkeypatch.setenv("ML_CLUSTERS_ACCOUNTS", '[{"name": "prod", "id": "999999999999"}]')
    done = process("--sandbox", "call", "search_capacity_blocks", *WISH)
    assert "prod" not in done.stdout
    assert "main 483026362307, secondary 159553542841" in done.stdout
    with join() as running:
        running.control.stop()


def test_doctor_finds_a_healthy_installation_healthy(project: Path) -> None:
    """On simulated AWS everything is in order: identities, permissions, quotas, files."""
    done = run("doctor")
    assert done.exit_code == 0, done.stdout
    assert not any(line.startswith("bad") for line in done.stdout.splitlines())
    for said in ("boto3", "ml-clusters.toml", "live tree", "state", "may call ec2:DescribeCapacityBlockOfferings"):
        assert said in done.stdout


@pytest.mark.parametrize(
    ("operation", "fault", "says", "fix"),
    [
        ("*", "expired-credentials", "credentials", "AWS_ACCESS_KEY_ID"),
        ("DescribeCapacityBlockOfferings", "denied", "denied", "Allow ec2:DescribeCapacityBlockOfferings"),
        ("GetServiceQuota", "denied", "quota", "Allow servicequotas:GetServiceQuota"),
    ],
)
def test_doctor_names_what_is_bad_and_its_fix(
    project: Path, sandbox: SandboxControl, operation: str, fault: str, says: str, fix: str
) -> None:
    """Whatever is wrong is one line with its fix, and the exit status tells."""
    sandbox.arm(operation, fault)
    if operation.startswith("Describe"):
        sandbox.arm(operation, fault, dry_run=True)
    done = run("doctor")
    assert done.exit_code == 1
    bad = [line for line in done.stdout.splitlines() if line.startswith("bad")]
    assert bad
    assert all(says in line for line in bad)
    assert fix in done.stdout


def test_doctor_names_bad_settings(project: Path) -> None:
    """Settings that cannot be read are named with their file."""
    (project / "ml-clusters.toml").write_text("time_zone = 'Nowhere'")
    done = run("doctor")
    assert done.exit_code == 1
    assert str(project / "ml-clusters.toml") in done.stdout
    assert "no time zone" in done.stdout
