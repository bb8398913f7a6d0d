"""The workflows: valid, pinned, with no more than they need, and none of them applies unasked."""

import configparser
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_group

from delivery.atlantis import ROOT
from mcp_server.cli.commands import app
from mcp_server.settings import AccountSettings
from tests.delivery.built import find
from tests.terraform.test_tool_versions import PINNED

GITHUB = ROOT / ".github"
FILES = sorted((GITHUB / "workflows").glob("*.yml"))
ACTION = GITHUB / "actions/terragrunt/action.yml"
EVERY_WORKFLOW = pytest.mark.parametrize("file", FILES, ids=lambda each: each.stem)


def loaded(file: Path) -> dict[str, Any]:
    """A workflow; the key `on` is YAML's true."""
    return yaml.safe_load(file.read_text())


def jobs(file: Path) -> dict[str, dict[str, Any]]:
    """Its jobs by name."""
    return loaded(file)["jobs"]


def test_actionlint_finds_nothing() -> None:
    """Neither in workflows nor, with shellcheck, in what they run."""
    shellcheck = Path(sys.executable).with_name("shellcheck")
    command = [find("actionlint"), "-no-color", "-shellcheck", shellcheck, *FILES]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("file", [*FILES, ACTION], ids=lambda each: each.stem)
def test_every_action_is_pinned_by_its_commit(file: Path) -> None:
    """With the version beside it, for people and for Renovate. The same action is at one commit everywhere."""
    for line in re.findall(r"uses: (.*)", file.read_text()):
        assert re.fullmatch(r"\./\.github/actions/\w+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_has_one_version() -> None:
    """Whichever workflow uses it."""
    used = {each for file in [*FILES, ACTION] for each in re.findall(r"uses: (\S+@.*)", file.read_text())}
    names = [each.partition("@")[0] for each in used]
    assert sorted(set(names)) == sorted(names)
    assert len(names) == 7


@EVERY_WORKFLOW
def test_a_workflow_may_nothing_but_what_a_job_says(file: Path) -> None:
    """No permission for all, a limit of time for each, no code of a fork with our rights, no credentials left."""
    text = file.read_text()
    assert loaded(file)["permissions"] == {}
    assert all({"permissions", "timeout-minutes"} <= job.keys() for job in jobs(file).values())
    assert "pull_request_target" not in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


@EVERY_WORKFLOW
def test_no_key_is_stored(file: Path) -> None:
    """Roles come by GitHub's own token, and GitHub's secrets are not read."""
    assert "secrets." not in file.read_text()
    assert not re.search(r"aws-(secret-)?access-key|AWS_(SECRET_)?ACCESS_KEY", file.read_text())


@EVERY_WORKFLOW
def test_what_gets_a_token_for_aws_cannot_write_to_github(file: Path) -> None:
    """Code of a pull request that reads AWS has no way to write a comment, an issue or a branch."""
    for job in jobs(file).values():
        if "id-token" in job["permissions"]:
            assert job["permissions"] == {"contents": "read", "id-token": "write"}


def test_only_apply_takes_a_role_that_applies() -> None:
    """All others plan with TerraformPlanRole, without the lock that it may not write, as `ml-clusters plan` does."""
    for file in FILES:
        text = file.read_text()
        assert ("apply-unit" in text or "TERRAFORM_CI_ROLE_ARN" in text) == (file.stem == "apply")
        unlocked = text.count("bin/ml-clusters plan") + text.count("TF_CLI_ARGS_plan: -lock=false")
        assert unlocked == text.count("ML_CLUSTERS_TERRAFORM_ROLE: TerraformPlanRole")
        assert "-- apply" not in text


def test_apply_is_off() -> None:
    """By hand, on main, where a variable is set that is not, after the environment's reviewers; what was reviewed."""
    apply = next(each for each in FILES if each.stem == "apply")
    assert set(loaded(apply)[True]) == {"workflow_dispatch"}
    first, second = jobs(apply).values()
    assert first["if"] == "vars.APPLY_BY_ACTIONS == 'on' && github.ref == 'refs/heads/main'"
    assert (first["environment"], second["environment"]) == ("plan", "${{ inputs.account }}")
    assert second["needs"] == "plan"
    (last,) = [each["run"] for each in second["steps"] if "run" in each]
    assert last.index("diff reviewed/effect.json summary/effect.json") < last.index("apply-unit")


def test_the_environments_are_those_that_roles_trust() -> None:
    """bootstrap/ names them: a job of any other would be refused."""
    bootstrap = (ROOT / "live/bootstrap/main.tf").read_text()
    used = {job["environment"] for file in FILES for job in jobs(file).values() if "environment" in job}
    assert used == {"plan", "${{ inputs.account }}"}
    assert 'plan = { environments = ["plan"] }' in bootstrap
    assert re.search(
        r"ci = !var\.apply_by_actions .+ \? null : \{\n\s+environments\s+= keys\(var\.account_ids\)", bootstrap
    )


def test_terraform_is_the_pinned_one() -> None:
    """As in mise.toml; Terragrunt is built from tools/."""
    assert f"terraform_version: {PINNED['terraform']}\n" in ACTION.read_text()


def test_lock_files_are_made_for_linux_and_darwin() -> None:
    """On both kinds of processors."""
    locks = next(each for each in FILES if each.stem == "locks").read_text()
    assert set(re.findall(r"-platform=(\w+)", locks)) == {
        f"{system}_{processor}" for system in ("linux", "darwin") for processor in ("amd64", "arm64")
    }


def test_renovate_finds_every_provider() -> None:
    """Its pattern for versions.hcl matches each, and what it names is there."""
    renovate = json.loads((GITHUB / "renovate.json").read_text())
    (pattern,) = renovate["customManagers"][0]["matchStrings"]
    text = (ROOT / "live/versions.hcl").read_text()
    assert len(re.findall(pattern.replace("(?<", "(?P<"), text)) == text.count("source = ") == 9
    named = [file for rule in renovate["packageRules"] for file in rule.get("matchFileNames", ())]
    assert [file for file in named if not list(ROOT.glob(file))] == []
    for manager in renovate["customManagers"]:
        for string in manager["matchStrings"]:
            files = [
                path
                for file in manager["managerFilePatterns"]
                for path in (*ROOT.glob("live/*.hcl"), ROOT / "atlantis/Dockerfile", ACTION)
                if re.search(file.strip("/"), path.relative_to(ROOT).as_posix())
            ]
            assert any(re.search(string.replace("(?<", "(?P<"), each.read_text()) for each in files), string


def test_charts_move_with_their_definitions() -> None:
    """The charts whose definitions are read from Go modules are in one group with these, and nothing is tidied."""
    renovate = json.loads((GITHUB / "renovate.json").read_text())
    (rule,) = [each for each in renovate["packageRules"] if "tools/crds/go.mod" in each.get("matchFileNames", ())]
    assert {f"gitops/{each}.yaml" for each in ("karpenter", "kueue", "jobset")} < set(rule["matchFileNames"])
    assert renovate["packageRules"].index(rule) > 0
    assert "gomodTidy" not in json.dumps(renovate)


def test_every_owned_path_is_there() -> None:
    """A path that was moved would be left without its owner."""
    lines = [each.split() for each in (GITHUB / "CODEOWNERS").read_text().splitlines() if each and each[0] != "#"]
    assert lines[0][0] == "*"
    assert [path for path, *_ in lines if not list(ROOT.glob(path.strip("/")))] == []
    assert all(owner.startswith("@") for _, *owners in lines for owner in owners)


def run_of(file: str, job: str, step: str) -> str:
    """What a step of a workflow runs."""
    steps = loaded(GITHUB / f"workflows/{file}.yml")["jobs"][job]["steps"]
    (run,) = [each["run"] for each in steps if each.get("name") == step]
    return run


def test_the_agenda_reads_every_account_of_the_tree(tmp_path: Path) -> None:
    """By the role that only reads, which that of the environment assumes; the command's exit code is handed on."""
    (tmp_path / "live").symlink_to(ROOT / "live")
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/with-readers").symlink_to(GITHUB / "with-readers")
    stand_in = tmp_path / ".github/with-aws-token"
    stand_in.write_text('#!/bin/sh\necho due >summary/agenda.md\necho "$*" >asked\nexit 2\n')
    stand_in.chmod(0o755)
    written = {name: tmp_path / name for name in ("config", "settings", "summary.md", "output")}
    environ = {
        "AWS_CONFIG_FILE": str(written["config"]),
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/run/token",
        "ML_CLUSTERS_SETTINGS": str(written["settings"]),
        "READER": "ml-clusters-reader",
        "GITHUB_STEP_SUMMARY": str(written["summary.md"]),
        "GITHUB_OUTPUT": str(written["output"]),
    }
    script = run_of("agenda", "look", "Look ahead")
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **environ}, check=True, timeout=60)
    accounts = tomllib.loads(written["settings"].read_text())["accounts"]
    ids = dict(re.findall(r'account_name = "(\w+)"\s+account_id += "(\d{12})"', every_account()))
    assert {each["name"]: each["id"] for each in accounts} == ids
    assert len(ids) == 2
    profiles = configparser.ConfigParser()
    profiles.read_string(written["config"].read_text())
    for each in accounts:
        assert AccountSettings.model_validate(each).role == f"arn:aws:iam::{each['id']}:role/ml-clusters-reader"
        profile = profiles[f"profile {each['profile']}"]
        assert profile["role_arn"] == f"arn:aws:iam::{each['id']}:role/TerraformPlanRole"
        assert profile["web_identity_token_file"] == "/run/token"
    assert written["output"].read_text() == "code=2\n"
    assert written["summary.md"].read_text() == "due\n"
    asked = (tmp_path / "asked").read_text().split()
    assert asked[0] == "bin/ml-clusters"
    params = {name for each in get_group(app).commands["agenda"].params for name in each.opts}
    assert {each for each in asked if each.startswith("--")} <= params


def test_the_check_of_capacity_reads_the_text_of_the_pull_request(tmp_path: Path) -> None:
    """As it was written, whatever is in it, with the base's program and not the pull request's; it ends as that."""
    pull, text = tmp_path / "pull", '<!-- ml-clusters wiring {} -->\n$(touch ran) `touch ran` "; touch ran #'
    shutil.copytree(ROOT / "live", pull / "live", ignore=shutil.ignore_patterns(".terra*"))
    (pull / ".github").mkdir()
    shutil.copy(GITHUB / "with-readers", pull / ".github")
    stand_in = pull / ".github/with-aws-token"
    stand_in.write_text(f'#!/bin/sh\necho "$*" >"{tmp_path}/asked"\nexit 2\n')
    stand_in.chmod(0o755)
    author = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "Base")):
        subprocess.run(["git", *author, *words], cwd=pull, check=True, timeout=60)
    # What the pull request puts in their place, and where the text is written to.
    for each in ("with-readers", "with-aws-token"):
        (pull / ".github" / each).write_text("#!/bin/sh\nexit 0\n")
    (pull / "text.md").symlink_to(pull / ".github/with-readers")
    for words in (("add", "."), ("commit", "--quiet", "--message", "Pull")):
        subprocess.run(["git", *author, *words], cwd=pull, check=True, timeout=60)
    files = {name: str(tmp_path / name) for name in ("AWS_CONFIG_FILE", "ML_CLUSTERS_SETTINGS")}
    more = {"TEXT": text, "READER": "r", "AWS_WEB_IDENTITY_TOKEN_FILE": "/run/token", "RUNNER_TEMP": str(tmp_path)}
    script = run_of("capacity", "capacity", "Hold it to what AWS says")
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=pull, env={**os.environ, **files, **more}, check=False, timeout=60)
    assert done.returncode == 2
    assert (tmp_path / "text.md").read_text() == f"{text}\n"
    assert not list(tmp_path.rglob("ran"))
    asked = (tmp_path / "asked").read_text()
    assert asked == f"{tmp_path}/base/bin/ml-clusters wire --check {tmp_path}/text.md --base HEAD^1\n"


def every_account() -> str:
    """The files that say which accounts there are."""
    return "\n".join(each.read_text() for each in sorted(ROOT.glob("live/*-account/account.hcl")))


@pytest.mark.parametrize(
    ("code", "there", "does"),
    [
        ("0", "", []),
        ("0", "7", ["issue close 7"]),
        ("2", "7", ["issue edit 7"]),
        ("1", "", ["label create capacity", "issue create --title"]),
    ],
)
def test_one_issue_is_kept_while_something_is_due(tmp_path: Path, code: str, there: str, does: list[str]) -> None:
    """Opened once, renewed after that, and closed when nothing is due; not to know is not nothing."""
    (tmp_path / "agenda.md").write_text("due\n")
    gh = tmp_path / "bin/gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\n[ "$2" = list ] && echo "{there}" && exit\necho "$*" >>{tmp_path}/did\n')
    gh.chmod(0o755)
    environ = {**os.environ, "PATH": f"{gh.parent}:{os.environ['PATH']}", "CODE": code, "RUN": "https://example.com/1"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    script = run_of("agenda", "issue", "Open, renew or close the issue")
    subprocess.run([*command, script], cwd=tmp_path, env=environ, check=True, timeout=60)
    did = (tmp_path / "did").read_text().splitlines() if (tmp_path / "did").exists() else []
    assert len(did) == len(does)
    assert all(line.startswith(begins) for line, begins in zip(did, does, strict=True))
    assert (tmp_path / "body.md").read_text() == "due\n\nhttps://example.com/1\n"


@contextmanager
def github(gives: int) -> Iterator[tuple[str, list[str]]]:
    """What gives a job so many tokens: the address, and the paths with headers that it was asked for."""
    asked: list[str] = []

    class Tokens(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['Authorization']}")
            self.send_response(200 if len(asked) <= gives else 403)
            self.end_headers()
            self.wfile.write(json.dumps({"value": f"token-{len(asked)}"}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/?api-version=1", asked
    finally:
        server.shutdown()
        server.server_close()


def with_token(file: Path, script: str, gives: int) -> tuple[int, list[str], list[str]]:
    """How a command ended that ran with a token, the lines that it printed, and what GitHub was asked."""
    if missing := [each for each in ("curl", "jq") if not shutil.which(each)]:
        pytest.skip(f"there is no {' and no '.join(missing)} here, which GitHub's machines have")
    with github(gives) as (address, asked):
        ran = subprocess.run(
            [GITHUB / "with-aws-token", "bash", "-c", script, file],
            env={
                **os.environ,
                "ACTIONS_ID_TOKEN_REQUEST_URL": address,
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
                "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
                "TOKEN_SECONDS": "0.2",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    return ran.returncode, ran.stdout.splitlines(), asked


def test_the_token_is_renewed_while_the_command_runs(tmp_path: Path) -> None:
    """It is in a file that only its owner reads, which goes with the command; the exit code is the command's."""
    script = 'cat "$0"; stat -c %a "$0"; sleep 1; cat "$0"; echo "${ACTIONS_ID_TOKEN_REQUEST_TOKEN-none}"; exit 7'
    code, (first, mode, later, left), asked = with_token(tmp_path / "token", script, gives=1000)
    assert (code, first, mode, left) == (7, "token-1", "600", "none")
    assert int(later.removeprefix("token-")) > 1
    assert list(tmp_path.iterdir()) == []
    assert set(asked) == {"/?api-version=1&audience=sts.amazonaws.com bearer of-the-job"}


def test_a_token_stays_where_no_other_is_had(tmp_path: Path) -> None:
    """It may still serve, and an empty file would not."""
    code, lines, asked = with_token(tmp_path / "token", 'sleep 1; cat "$0"', gives=1)
    assert (code, lines) == (0, ["token-1"])
    assert len(asked) > 1


def test_without_a_token_nothing_is_run(tmp_path: Path) -> None:
    """The command would run with whatever credentials there are."""
    code, lines, _ = with_token(tmp_path / "token", "echo ran", gives=0)
    assert (code != 0, lines) == (True, [])
