"""`python -m terraform_checks`: what it finds, what it skips, and how it ends."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terraform.tiny_world import ROOT, TINY, World, needs_terraform

# Of a module without ParallelCluster configurations.
CHECKS = {"fmt", "tflint", "docs", "validate", "test", "checkov"}
OF_TERRAFORM = {"fmt", "validate", "test"}


def built(name: str) -> Path | None:
    """A Go program that `make terraform-check` has built here, or that is on the PATH."""
    found = shutil.which(name, path=ROOT / ".tools") or shutil.which(name)
    return Path(found) if found else None


def checkov() -> Path:
    """Where `make terraform-check` has put it."""
    return ROOT / ".venv-checkov" / "bin" / "checkov"


def needs(name: str) -> pytest.MarkDecorator:
    """Skip where a program was not built."""
    return pytest.mark.skipif(built(name) is None, reason=f"no {name}: `make .tools/{name}` builds it")


def left(folder: Path) -> dict[str, bytes]:
    """Every file under folder."""
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@needs_terraform
def test_a_sound_module_passes(world: World) -> None:
    """All that Terraform itself checks passes; what is missing here is skipped, says why, and fails nothing."""
    ran = world.check()
    assert ran.results() == {check: "passed" if check in OF_TERRAFORM else "skipped" for check in CHECKS}
    assert ran.reason("test") == "1 runs"
    assert "no tflint here" in ran.reason("tflint")
    assert "no terraform-docs here" in ran.reason("docs")
    assert "no checkov here" in ran.reason("checkov")
    assert "3 passed, 0 failed, 3 skipped. 3 ran; this machine had to run 3." in ran.output
    assert ran.code == 0


def test_without_terraform_everything_is_skipped(tmp_path: Path) -> None:
    """A machine that has nothing is told so, check by check, and had to run nothing."""
    ran = World(tmp_path / "root").check()
    assert set(ran.results().values()) == {"skipped"}
    assert all("no terraform here" in ran.reason(check) for check in OF_TERRAFORM)
    assert "0 ran; this machine had to run 0." in ran.output
    assert ran.code == 0


@needs_terraform
def test_bad_format_fails(world: World) -> None:
    """A file that Terraform would write otherwise fails, and the difference is printed; nothing else fails for it."""
    world.module("tiny", {"examples/basic/main.tf": 'module "this" {\n  source = "../.."\n  name="tiny"\n}\n'})
    ran = world.check()
    assert ran.results() | {"fmt": "failed"} == ran.results()
    assert ran.results()["validate"] == "passed"
    assert '+  name   = "tiny"' in ran.output
    assert ran.code == 1


@needs_terraform
@pytest.mark.parametrize("file", ["outputs.tf", "examples/basic/outputs.tf"])
def test_an_invalid_module_or_example_fails(world: World, file: str) -> None:
    """Terraform's error is the reason, and its words are printed, whether the module is wrong or its example."""
    world.module("tiny", {file: 'output "wrong" {\n  description = "Wrong."\n  value       = local.nowhere\n}\n'})
    ran = world.check("--check", "validate")
    assert ran.results() == {"validate": "failed"}
    assert ran.reason("validate") == "Reference to undeclared local value"
    assert 'A local value with the name "nowhere" has not been declared' in ran.output
    assert ran.code == 1


@needs_terraform
def test_what_cannot_be_read_is_not_skipped(world: World) -> None:
    """`terraform init` fails for a module that cannot be read too: that is the module's fault, not the machine's."""
    world.module("tiny", {"main.tf": 'resource "terraform_data" {\n'})
    ran = world.check()
    assert {check: ran.results()[check] for check in OF_TERRAFORM} == dict.fromkeys(OF_TERRAFORM, "failed")
    assert ran.code == 1


@needs_terraform
def test_a_failing_test_fails(world: World) -> None:
    """How many runs failed is the reason, and the test's own words are printed."""
    other = TINY["tests/name.tftest.hcl"].replace('output.name == "tiny"', 'output.name == "large"')
    world.module("tiny", {"tests/other.tftest.hcl": other})
    ran = world.check()
    assert ran.results()["test"] == "failed"
    assert ran.reason("test") == "1 of 2 runs"
    assert "The name is another." in ran.output
    assert ran.code == 1


@needs_terraform
@pytest.mark.parametrize(
    ("file", "check", "reason"),
    [
        ("tests/name.tftest.hcl", "test", "no test ran"),
        ("examples/basic/main.tf", "validate", "no examples/basic"),
        ("README.md", "docs", "no README.md"),
    ],
)
def test_what_a_module_lacks_fails(tmp_path: Path, world: World, file: str, check: str, reason: str) -> None:
    """A module without tests, example or README is not one that passed."""
    shutil.rmtree(world.modules / "tiny")
    folder = world.module("tiny", without=file)
    if check == "validate":
        shutil.rmtree(folder / "examples")
    world.put_on_path("terraform-docs", "#!/bin/sh\nexit 0\n")
    ran = world.check()
    assert ran.results()[check] == "failed"
    assert reason in ran.reason(check)
    assert ran.code == 1


@needs_terraform
def test_a_module_that_takes_aliases_is_validated_by_its_example(world: World) -> None:
    """Such a module is not valid by itself, and one whose example hands it no provider is not valid either."""
    asked = 'terraform = {\n      source = "terraform.io/builtin/terraform"\n%s    }\n'
    versions = f"terraform {{\n  required_providers {{\n    {asked}  }}\n}}\n"
    caller = 'provider "terraform" {\n  alias = "there"\n}\n\n'
    call = 'module "this" {\n  source = "../.."\n%s  name = "tiny"\n}\n'
    files = {
        "versions.tf": versions % "      configuration_aliases = [terraform.other]\n",
        "main.tf": 'resource "terraform_data" "this" {\n  provider = terraform.other\n  input    = var.name\n}\n',
        "examples/basic/versions.tf": versions % "",
    }
    handed = "  providers = { terraform.other = terraform.there }\n"
    world.module("right", files | {"examples/basic/main.tf": caller + call % handed})
    world.module("wrong", files | {"examples/basic/main.tf": caller + call % ""})
    ran = world.check("--check", "validate", "--module", "right", "--module", "wrong")
    assert ran.results("right") == {"validate": "passed"}
    assert "by examples/basic" in ran.reason("validate", "right")
    assert ran.results("wrong") == {"validate": "failed"}


WITH_PROVIDER = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.100" }
  }
}
"""


def mirror(folder: Path, *providers: str) -> str:
    """A mirror that has folders for these providers, but no version of any, and the configuration that names it."""
    for provider in ("hashicorp/null", *providers):
        (folder / "mirror/registry.terraform.io" / provider).mkdir(parents=True)
    path = folder / "mirror.tfrc"
    path.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}/mirror"\n  }}\n}}\n')
    return str(path)


@needs_terraform
def test_a_provider_that_is_nowhere_is_skipped(world: World, tmp_path: Path) -> None:
    """What needs it is skipped with Terraform's own reason, and the machine had to run only the rest."""
    world.module("tiny", {"versions.tf": WITH_PROVIDER})
    ran = world.check(TF_CLI_CONFIG_FILE=mirror(tmp_path))
    assert ran.results() == {check: "passed" if check == "fmt" else "skipped" for check in CHECKS}
    assert ran.reason("test").startswith("Could not retrieve the list of available versions for provider hashicorp/aws")
    assert "1 ran; this machine had to run 1." in ran.output
    assert ran.code == 0


@needs_terraform
def test_a_module_that_cannot_be_fetched_is_skipped(world: World) -> None:
    """Its caller is skipped, also where Terraform takes the mocked provider of its tests for another one without it."""
    versions = WITH_PROVIDER.replace("hashicorp/aws", "example/aws")
    call = 'module "this" {\n  source  = "example/cluster/aws"\n  version = "1.1.0"\n}\n'
    test = 'mock_provider "aws" {}\n\n' + TINY["tests/name.tftest.hcl"]
    world.module("tiny", {"versions.tf": versions, "main.tf": call, "tests/name.tftest.hcl": test})
    nowhere = world.path / "nowhere.tfrc"
    nowhere.write_text('host "registry.terraform.io" {\n  services = {}\n}\n')
    ran = world.check("--check", "validate", "--check", "test", TF_CLI_CONFIG_FILE=str(nowhere))
    assert ran.results() == {"validate": "skipped", "test": "skipped"}
    assert ran.reason("test").startswith('Failed to retrieve available versions for module "this"')
    assert "0 ran; this machine had to run 0." in ran.output


@needs_terraform
def test_a_provider_in_the_mirror_must_be_used(world: World, tmp_path: Path) -> None:
    """Where the mirror has the provider, a skipped test has failed, and says both reasons."""
    world.module("tiny", {"versions.tf": WITH_PROVIDER})
    ran = world.check(TF_CLI_CONFIG_FILE=mirror(tmp_path, "hashicorp/aws"))
    assert {ran.results()[check] for check in ("validate", "test")} == {"failed"}
    assert "must not be skipped, for terraform and all its providers are here: Could not" in ran.reason("test")
    assert ran.code == 1


@needs_terraform
def test_tests_may_take_providers_from_elsewhere(world: World, tmp_path: Path) -> None:
    """With --test-plugins, tests are handed that folder if it has their providers, and nothing else is."""
    world.module("tiny", {"versions.tf": WITH_PROVIDER})
    config = mirror(tmp_path / "configured")
    mirror(tmp_path / "elsewhere", "hashicorp/aws")
    arguments = ["--check", "validate", "--check", "test", "--test-plugins"]
    ran = world.check(*arguments, str(tmp_path / "elsewhere/mirror"), TF_CLI_CONFIG_FILE=config)
    assert ran.results() == {"validate": "skipped", "test": "failed"}
    assert "must not be skipped" in ran.reason("test")
    assert str(tmp_path / "elsewhere") in ran.output.replace("\n", "")
    ran = world.check(*arguments, str(tmp_path / "configured/mirror"), TF_CLI_CONFIG_FILE=config)
    assert ran.results() == {"validate": "skipped", "test": "skipped"}


@pytest.mark.parametrize("check", ["tflint", "docs"])
def test_where_go_is_its_tools_must_run(world: World, check: str) -> None:
    """Go can build them: that they are missing is a failure, which says how to build them."""
    world.put_on_path("go", "#!/bin/sh\n")
    ran = world.check("--check", check)
    assert ran.results() == {check: "failed"}
    assert ran.reason(check).startswith("must not be skipped, for Go is here, which builds it")
    assert "`make .tools/t" in ran.reason(check)
    assert ran.code == 1


def test_where_its_environment_is_checkov_must_run(world: World) -> None:
    """An environment without checkov in it is half made."""
    (world.path / ".venv-checkov").mkdir()
    ran = world.check("--check", "checkov")
    assert ran.results() == {"checkov": "failed"}
    assert ran.code == 1


@needs("terraform-docs")
def test_stale_docs_fail(world: World) -> None:
    """A README whose tables lack a variable fails, with the difference; the module's own README stays as it is."""
    (world.tools / "terraform-docs").symlink_to(built("terraform-docs") or "")
    assert world.check("--check", "docs").results() == {"docs": "passed"}
    changed = TINY["variables.tf"] + '\nvariable "new_one" {\n  type = string\n}\n'
    readme = world.module("tiny", {"variables.tf": changed}) / "README.md"
    ran = world.check("--check", "docs")
    assert ran.results() == {"docs": "failed"}
    assert "`make terraform-docs`" in ran.reason("docs")
    assert "+| new_one | n/a | `string` | n/a | yes |" in ran.output
    assert readme.read_text() == TINY["README.md"]
    assert ran.code == 1


@needs("tflint")
@pytest.mark.parametrize("folder", ["", "examples/basic/"])
def test_a_finding_of_tflint_fails(world: World, folder: str) -> None:
    """A variable that nothing uses is found, in the module and in its example."""
    (world.tools / "tflint").symlink_to(built("tflint") or "")
    assert world.check("--check", "tflint").results() == {"tflint": "passed"}
    unused = 'variable "unused" {\n  type        = string\n  description = "Unused."\n}\n'
    world.module("tiny", {f"{folder}unused.tf": unused})
    ran = world.check("--check", "tflint")
    assert ran.results() == {"tflint": "failed"}
    assert ran.reason("tflint") == "1 findings"
    assert "terraform_unused_declarations" in ran.output
    assert ran.code == 1


@pytest.mark.slow
@pytest.mark.skipif(not checkov().exists(), reason="no checkov: `make .venv-checkov/.made` installs it")
def test_a_finding_of_checkov_is_mended_or_explained(world: World) -> None:
    """A failed check fails, and so does one that is skipped without a reason; a reason beside the skip is enough."""
    world.put_on_path("checkov", checkov())
    queue = 'resource "aws_sqs_queue" "this" {\n%s  name = "q"\n}\n'
    skip = "  #checkov:skip=CKV_AWS_27:%s\n"
    for name, text in {
        "failing": queue % "",
        "explained": queue % skip % "It carries no words of ours.",
        "unexplained": queue % "  #checkov:skip=CKV_AWS_27\n",
        "unreadable": 'resource "aws_sqs_queue" {{{\n',
    }.items():
        world.module(name, {"queue.tf": text})
    ran = world.check("--check", "checkov")
    assert {module: result for (module, _), (result, _) in ran.rows.items()} == {
        "explained": "passed",
        "failing": "failed",
        "tiny": "passed",
        "unexplained": "failed",
        "unreadable": "failed",
    }
    assert ran.reason("checkov", "failing") == "CKV_AWS_27"
    assert "1 skipped with a reason" in ran.reason("checkov", "explained")
    assert "skipped without a reason beside it" in ran.output
    assert ran.code == 1


@needs_terraform
def test_nothing_is_written_into_the_modules(world: World) -> None:
    """Neither a lock file nor a data folder is left, and those that somebody left there are not used."""
    world.module("tiny", {".terraform.lock.hcl": "not a lock file", ".terraform/modules/modules.json": "not JSON"})
    before = left(world.modules)
    assert world.check().code == 0
    assert left(world.modules) == before


@needs_terraform
def test_a_module_may_call_its_neighbour(world: World) -> None:
    """Copies stand beside each other as the modules do."""
    call = 'module "tiny" {\n  source = "../tiny"\n  name   = var.name\n}\n'
    outputs = 'output "name" {\n  description = "The name."\n  value       = module.tiny.name\n}\n'
    world.module("caller", {"main.tf": call, "outputs.tf": outputs})
    ran = world.check("--module", "caller")
    assert {ran.results("caller")[check] for check in OF_TERRAFORM} == {"passed"}


@needs_terraform
def test_some_modules_and_some_checks(world: World) -> None:
    """--module and --check narrow what is done, and what had to be done, to what was asked."""
    world.module("other", {"main.tf": "resource"})
    ran = world.check("--module", "tiny", "--check", "fmt", "--check", "validate")
    assert ran.results() == {"fmt": "passed", "validate": "passed"}
    assert {module for module, _ in ran.rows} == {"tiny"}
    assert "2 ran; this machine had to run 2." in ran.output
    assert ran.code == 0


@needs_terraform
def test_modules_side_by_side_are_told_of_as_they_end(world: World) -> None:
    """Each module has a line when it is done, and the table has them all by name, whatever came first."""
    names = [f"m{number}" for number in range(4)]
    for name in names:
        world.module(name)
    ran = world.check("--check", "fmt", "--workers", "3")
    assert [module for module, _ in ran.rows] == [*names, "tiny"]
    told = ran.output.partition("Terraform's checks")[0]
    assert all(f"{name}: 1 passed (fmt)" in told for name in [*names, "tiny"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--module", "nowhere"], "there are only tiny"), (["--check", "taste"], "'taste' is not one of")],
)
def test_what_is_not_there_is_refused(world: World, arguments: list[str], told: str) -> None:
    """A misspelt name checks nothing, and says what there is."""
    ran = world.check(*arguments)
    assert told in ran.output
    assert ran.code == 2


def test_no_module_is_no_success(world: World) -> None:
    """A folder without modules was given by mistake."""
    shutil.rmtree(world.modules)
    ran = world.check()
    assert "there is no module" in ran.output
    assert ran.code == 2


def test_no_credentials_reach_terraform(tmp_path: Path) -> None:
    """A test that forgot its mock reaches no account, and whose variables are set makes no difference."""
    world = World(tmp_path / "root")
    world.put_on_path("terraform", f"#!/bin/sh\n{shutil.which('env')}\nexit 1\n")
    ran = world.check(
        "--check", "fmt", AWS_SECRET_ACCESS_KEY="s3cret", TF_VAR_name="s3cret", TF_CLI_CONFIG_FILE="/here"
    )
    assert "s3cret" not in ran.output
    assert "TF_CLI_CONFIG_FILE=/here" in ran.output


def test_help_says_what_can_be_asked() -> None:
    """`python -m terraform_checks --help`, as make calls it, has every option and check."""
    command = [sys.executable, "-m", "terraform_checks", "--help"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(word in told for word in ["--module", "--check", "--workers", "--test-plugins", "pcluster", *CHECKS])
