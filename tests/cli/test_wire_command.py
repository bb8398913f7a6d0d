"""wire --apply and --body: what they print is what a terminal and a shell may be given."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.settings import load_settings
from mcp_server.wiring.keeping import Wiring, keep
from tests.wiring.test_keeping import BEFORE, edit_of


def kept(tmp_path: Path, **said: str) -> Wiring:
    """An edit that is kept where the command looks for it, of a file that is there."""
    file = tmp_path / "terragrunt.hcl"
    file.write_bytes(BEFORE)
    wiring = edit_of(file).model_copy(update=said)
    keep(wiring, load_settings().state_directory)
    return wiring


@pytest.mark.usefixtures("project")
def test_the_diff_draws_nothing_on_a_terminal(tmp_path: Path) -> None:
    """Whatever stands in the file."""
    wiring = kept(tmp_path, diff="+\tgr\u00fcn \x1b[31mred\x9b\u202e\r\n")
    done = CliRunner().invoke(app, ["wire", "--apply", wiring.id])
    assert done.stdout.startswith("+\tgr\u00fcn \ufffd[31mred\ufffd\ufffd\nWrote ")


@pytest.mark.usefixtures("project")
def test_names_from_elsewhere_are_no_words_of_a_shell_and_call_nobody(tmp_path: Path) -> None:
    """Of a plan or a unit, long as they may be; a file's name is quoted, too."""
    name, output = "$(id)'`id`-@everyone" + "x" * 90, tmp_path / "my body.md"
    wiring = kept(tmp_path, called=name, unit="main/@team/eks")
    done = CliRunner().invoke(app, ["wire", "--body", wiring.id, "--output", str(output)])
    words = shlex.split(done.stdout.splitlines()[-1])
    assert words[:4] == ["gh", "pr", "create", "--title"]
    assert words[4].endswith("x to main/@team/eks")
    assert words[5:] == ["--body-file", str(output)]
    heading = output.read_text().splitlines()[1]
    assert heading.startswith("## Give `$(id)''id'-@everyone")
    assert heading.endswith("` to `main/@team/eks`")
