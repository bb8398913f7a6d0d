"""status: how the clusters are, as a person sees it in a terminal, and as cron and CI do by the exit code."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import Result
from rich.cells import cell_len
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.sandbox.control import OwnedView, SandboxControl
from tests.cli.test_commands import PROGRAM
from tests.plugin.terminal import Terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def owned(both_accounts: Path, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> OwnedView:
    """Both accounts and their live tree, in the scene in which capacity is owned and things are wrong."""
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(both_accounts))
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(ROOT))
    return sandbox.put_clusters()


def status(*words: str, width: int = 160) -> Result:
    """Look once, as if typed in a terminal of a width."""
    return CliRunner().invoke(app, ["status", *words], env={"COLUMNS": str(width)})


def lines_of(result: Result) -> list[str]:
    """What is shown, without the spaces that a terminal fills its lines with."""
    return [each.rstrip() for each in result.stdout.splitlines()]


@pytest.mark.parametrize("width", [80, 160])
def test_the_screen_is_read_at_any_width(owned: OwnedView, width: int) -> None:
    """What is wrong first, then clusters, capacity and groups; no line is wider, and no name is broken."""
    result = status(width=width)
    assert result.exit_code == 0
    lines = lines_of(result)
    assert lines[0] == "SIMULATED: these answers come from a simulation, not from AWS."
    assert lines[1].startswith("6 clusters, 20 problems, the worst is high; asked at ")
    assert lines[4 if width == 80 else 3].startswith("high capacity-ends: main us-east-1 ml-clusters-training: ")
    titles = ["Clusters", "Capacity, by when its machines stop (UTC)", "Groups of machines"]
    assert [each for each in lines if each in titles] == titles
    assert max(map(cell_len, lines)) <= width
    tables = " ".join(lines[lines.index("Clusters") :])
    for name in (
        *("ml-clusters-inference", "ParallelCluster", "secondary-account/us-west-2/hyperpod-slurm"),
        *("ml-clusters-training/p5en-later", owned.blocks["p5-now"], "p5en.48xlarge"),
    ):
        assert name in tables


def test_a_narrow_screen_has_rows_below_each_other(owned: OwnedView) -> None:
    """Each with its name, and with what a wide one has in columns; a wide one has columns."""
    lines = lines_of(status("--kinds", "HyperPod", width=80))
    at = lines.index("p5en-now")
    assert lines[at + 1].startswith("  what 4 x p5en.48xlarge, state Active, zone id usw2-az3, start 20")
    assert lines[at + 2].endswith("used by ml-clusters-eks/p5en (3)")
    wide = lines_of(status("--kinds", "HyperPod", width=200))
    head = wide[wide.index("Clusters") + 1]
    assert head.split() == ["cluster", "kind", "account", "region", "state", "groups", "running", "unit"]


@pytest.mark.parametrize(("fail_on", "code"), [("critical", 0), ("high", 2), ("medium", 2)])
def test_the_exit_code_tells_the_worst(owned: OwnedView, fail_on: str, code: int) -> None:
    """With 2 from the severity on that is named; without one problems are no failure of looking."""
    assert status("--fail-on", fail_on, "--kinds", "ParallelCluster").exit_code == code


def test_what_is_not_read_is_named_and_exits_with_1(owned: OwnedView, sandbox: SandboxControl) -> None:
    """Whatever else was found; a problem that --fail-on asks for tells more."""
    sandbox.arm("ListAddons", "denied")
    result = status()
    assert result.exit_code == 1
    (line, *_) = [each for each in lines_of(result) if each.startswith("NOT READ")]
    assert line.startswith("NOT READ  account main, us-east-1/ml-clusters-training, us-west-2/ml-clusters-inference: ")
    assert status("--fail-on", "critical").exit_code == 1
    assert status("--fail-on", "high").exit_code == 2


def test_a_name_that_no_cluster_has_exits_with_1(owned: OwnedView) -> None:
    """Also where another name has one: else whoever misspells one is told by cron that all is well."""
    result = status("slurm", "nowhere", "--fail-on", "critical")
    assert result.exit_code == 1
    assert "No cluster that was read has 'nowhere' in its name: there are ml-clusters-eks, " in result.stdout
    assert status("slurm", "--severity", "low", "--fail-on", "critical").exit_code == 0


@pytest.mark.parametrize("file", ["/dev/stdout", "/dev/clusters.html", "folder", "pipe"])
def test_what_is_no_file_is_not_replaced_by_a_page(owned: OwnedView, tmp_path: Path, file: str) -> None:
    """Root could, and nobody would have that device any more."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = Path("/dev/stdout").readlink()
    result = status("--html", str(tmp_path / file), "--kinds", "HyperPod")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is no file that could be replaced: nothing was written." in result.stderr
    assert Path("/dev/stdout").readlink() == before
    assert not Path("/dev/clusters.html").exists()


def test_a_page_is_written(owned: OwnedView, tmp_path: Path) -> None:
    """Whole, in place of the screen, and with the same exit codes."""
    page = tmp_path / "clusters.html"
    result = status("--html", str(page), "--fail-on", "high")
    assert (result.exit_code, result.stdout) == (2, f"Wrote {page}\n")
    text = page.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert text.count("<h3>") == 6
    assert text.count("<svg") == 1
    assert [each for each in tmp_path.iterdir() if each.suffix == ".html"] == [page]


def test_a_page_reads_what_is_owned_once_and_has_it_all(
    owned: OwnedView, sandbox: SandboxControl, tmp_path: Path
) -> None:
    """Its picture is of the reservations and plans that were read for its tables, in the regions of the tree."""
    sandbox.clear_requests()
    page = tmp_path / "clusters.html"
    assert status("--html", str(page)).exit_code == 0
    assert len(sandbox.requests("DescribeCapacityReservations")) == 4
    assert len(sandbox.requests("ListTrainingPlans")) == 4
    picture = page.read_text("utf-8").partition("<svg")[2].partition("</svg>")[0]
    for name in (*owned.blocks.values(), *owned.plans):
        assert name in picture


def test_what_a_page_lacks_is_said_on_the_error_stream(
    owned: OwnedView, sandbox: SandboxControl, tmp_path: Path
) -> None:
    """Cron throws away what is printed, and mails why it exits with 1; the picture says so too."""
    sandbox.arm("ListTrainingPlans", "denied", account="main")
    page = tmp_path / "clusters.html"
    result = status("nowhere", "--html", str(page))
    assert (result.exit_code, result.stdout) == (1, f"Wrote {page}\n")
    said = result.stderr.splitlines()
    assert said[-3].startswith("No cluster that was read has 'nowhere' in its name: ")
    assert said[-2].startswith("NOT READ  account main, us-east-1, us-west-2: sagemaker:ListTrainingPlans not answered")
    assert "training plans not read" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--kinds", "ECS"], "'ECS' is no kind of cluster: EKS, ParallelCluster, HyperPod."),
        (["--severity", "dire"], "'dire' is no severity: critical, high, medium, low."),
        (["--fail-on", "dire"], "'dire' is no severity: critical, high, medium, low."),
        (["--accounts", "third"], "No account is called 'third'. Configured are: main, secondary."),
        (["--regions", "us-east-9"], "'us-east-9' is no AWS region. Did you mean us-east-2 or us-east-1?"),
        (
            ["--fail-on", "high", "--severity", "critical"],
            "--severity critical leaves out what --fail-on high looks for. AWS was not asked.",
        ),
        (["--html", "nowhere/clusters.html"], "nowhere is no folder: AWS was not asked, and nothing was written."),
        (
            ["--watch", "60", "--fail-on", "high"],
            "--watch shows clusters until Ctrl-C: it goes with neither --html nor --fail-on. AWS was not asked.",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    owned: OwnedView, sandbox: SandboxControl, words: list[str], says: str
) -> None:
    """With what there is instead, before any cluster is asked for."""
    sandbox.clear_requests()
    result = status(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == says
    assert sandbox.requests("ListClusters") == []


def watching(*words: str) -> subprocess.Popen[str]:
    """Watch, as cron would: not in a terminal."""
    return subprocess.Popen(
        [*PROGRAM, "status", "--watch", "10", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    )


def wait_for_requests(sandbox: SandboxControl) -> None:
    """Until somebody has asked, and then not for two seconds."""
    seen, since, end = 0, time.monotonic(), time.monotonic() + 90
    while not seen or time.monotonic() - since < 2:
        assert time.monotonic() < end
        time.sleep(0.2)
        if (now := len(sandbox.requests())) != seen:
            seen, since = now, time.monotonic()


def test_watching_ends_with_ctrl_c(owned: OwnedView, sandbox: SandboxControl) -> None:
    """With 0; the last look is left behind whole, and once."""
    sandbox.clear_requests()
    program = watching("--kinds", "HyperPod")
    wait_for_requests(sandbox)
    program.send_signal(signal.SIGINT)
    shown, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (0, "")
    assert shown.count("2 of 6 clusters, ") == 1
    assert "No machine starts before it." in shown
    assert "Groups of machines" in shown


def test_ctrl_c_ends_a_look_that_waits(owned: OwnedView, sandbox: SandboxControl) -> None:
    """Before anything is there to be shown, and without a traceback."""
    sandbox.arm("ListNodegroups", "slow", milliseconds=60_000)
    sandbox.clear_requests()
    program = watching()
    wait_for_requests(sandbox)
    program.send_signal(signal.SIGINT)
    shown, errors = program.communicate(timeout=20)
    assert (program.returncode, shown.strip(), errors) == (0, "", "")


def test_a_watched_terminal_shows_the_worst_in_a_line_each(owned: OwnedView, tmp_path: Path) -> None:
    """The beginning of what does not fit stays in sight, and lines that are too long are cut."""
    terminal = Terminal([*PROGRAM, "status", "--watch", "10"], dict(os.environ), tmp_path, (30, 100))
    try:
        shown = terminal.until("update-failed")
        assert shown[0] == "SIMULATED: these answers come from a simulation, not from AWS."
        problems = [each for each in shown if each.startswith(("high ", "medium "))]
        assert len(problems) > 15
        assert problems[0].startswith("high capacity-ends: main us-east-1 ml-clusters-training: The machines of block ")
        assert {each[-1] for each in problems} == {"…"}
    finally:
        terminal.close()
