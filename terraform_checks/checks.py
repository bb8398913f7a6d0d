"""The checks of one module, each on a copy of it. What checkov says of all of them at once is in scanning.py."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from terraform_checks.cloudformation import read_resources
from terraform_checks.machine import Machine
from terraform_checks.modules import CLUSTER_CONFIGS, EXAMPLE, MODULES, Module
from terraform_checks.outcomes import Check, Outcome, Result, failed, passed, skipped
from terraform_checks.parallelcluster import read_configuration
from terraform_checks.programs import Answer, run, run_into

_ERROR = re.compile(r"^Error: (.+)$", re.MULTILINE)
_PLACE = re.compile(r"on \S+ line \d+")
_LOCKED = re.compile(r'^provider ".*/(.+)" \{\n\s*version\s*= "(.+)"', re.MULTILINE)
_TESTS = re.compile(r"(\d+) passed, (\d+) failed")
_ISSUES = re.compile(r"^(\d+) issue\(s\) found", re.MULTILINE)
# Terraform's words for what it could not fetch. Any other error of `init` is the module's own.
_UNREACHABLE = {
    "Error accessing remote module registry",
    "Failed to download module",
    "Failed to install provider",
    "Failed to query available provider packages",
}
# What it also says of tests with a mocked provider, where a module that uses the provider could not be fetched.
_FOLLOWS = {"Provider type mismatch"}


@dataclass(frozen=True)
class Work:
    """A module, the folder with a copy of the repository's part for each check, and the configurations of the tools."""

    module: Module
    copies: Path
    configs: Path
    machine: Machine

    def copy(self, check: Check) -> Path:
        """The module's copy for a check."""
        return self.copies / check / MODULES / self.module.name

    def run(self, check: Check, *arguments: str | Path, folder: Path = Path()) -> Answer:
        """Run the check's program in a folder of its copy."""
        return run(self.machine.program(check), *arguments, folder=self.copy(check) / folder)

    def initialise(self, check: Check, folder: Path = Path()) -> Outcome:
        """`terraform init` for a check in a folder of its copy; skipped if only what is elsewhere could not be had."""
        plugins = self.machine.plugins_for(self.module, check)
        chosen = [f"-plugin-dir={plugins}"] if plugins else []
        answer = self.run(check, "init", "-backend=false", "-no-color", *chosen, folder=folder)
        if answer.fine:
            return passed(self._versions(check, folder))
        errors = _ERROR.findall(answer.output)
        unreachable = [each for each in errors if each in _UNREACHABLE]
        if unreachable and set(errors) <= _UNREACHABLE | _FOLLOWS:
            return skipped(_first_paragraph(answer.output, unreachable[0]), answer.output)
        return failed(f"terraform init: {_first_error(answer)}", answer.output)

    def _versions(self, check: Check, folder: Path) -> str:
        """Providers that `terraform init` chose, such as aws 6.55.0."""
        lock = self.copy(check) / folder / ".terraform.lock.hcl"
        return ", ".join(" ".join(each) for each in _LOCKED.findall(lock.read_text())) if lock.is_file() else ""


def check_fmt(work: Work) -> Outcome:
    """Every file is as `terraform fmt` writes it."""
    answer = work.run(Check.FMT, "fmt", "-check", "-diff", "-recursive", "-no-color")
    if answer.fine:
        return passed()
    return failed("not formatted, or not to be read: `terraform fmt -recursive terraform`", answer.output)


def check_tflint(work: Work) -> Outcome:
    """No finding in the module and its example."""
    answers = [
        work.run(Check.TFLINT, "--no-color", "--config", work.configs / ".tflint.hcl", folder=folder)
        for folder in work.module.folders
    ]
    if all(answer.fine for answer in answers):
        return passed()
    output = "\n\n".join(answer.output for answer in answers if not answer.fine)
    return failed(f"{sum(map(int, _ISSUES.findall(output))) or 'no'} findings", output)


def check_docs(work: Work) -> Outcome:
    """The README's tables are those that terraform-docs makes of the variables and outputs."""
    readme = work.copy(Check.DOCS) / "README.md"
    if not readme.is_file():
        return failed("no README.md")
    before = readme.read_text()
    answer = work.run(Check.DOCS, "--config", work.configs / ".terraform-docs.yml", ".")
    if not answer.fine:
        return failed("terraform-docs failed", answer.output)
    after = readme.read_text()
    if before == after:
        return passed()
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "README.md", "README.md renewed", lineterm="")
    return failed("README.md is stale: `make terraform-docs`", "\n".join(lines))


def check_validate(work: Work) -> Outcome:
    """The module is valid by itself, unless it takes its caller's providers, and so is its example, which calls it."""
    if EXAMPLE not in work.module.folders:
        return failed(f"no {EXAMPLE}")
    ready = passed()
    for folder in [EXAMPLE] if work.module.takes_aliases else work.module.folders:
        ready = work.initialise(Check.VALIDATE, folder)
        if ready.result is not Result.PASSED:
            return ready
        answer = work.run(Check.VALIDATE, "validate", "-no-color", folder=folder)
        if not answer.fine:
            return failed(_first_error(answer), answer.output)
    return _passed_with(
        ready, f"by {EXAMPLE}, for it takes its caller's providers" if work.module.takes_aliases else ""
    )


def check_test(work: Work) -> Outcome:
    """Its tests pass, and there are some."""
    ready = work.initialise(Check.TEST)
    if ready.result is not Result.PASSED:
        return ready
    answer = work.run(Check.TEST, "test", "-no-color")
    counts = _TESTS.search(answer.output)
    if not counts:
        return failed(_first_error(answer), answer.output)
    count, bad = map(int, counts.groups())
    if answer.fine and not count:
        return failed("no test ran: tests/*.tftest.hcl")
    return (
        _passed_with(ready, f"{count} runs") if answer.fine else failed(f"{bad} of {count + bad} runs", answer.output)
    )


def check_pcluster(work: Work) -> Outcome:
    """Each configuration, with its example's values, is one that ParallelCluster takes, and keeps our rules."""
    folder = work.copies / Check.PCLUSTER / CLUSTER_CONFIGS / work.module.name
    read = {
        path.name: read_configuration(
            folder / path.name, work.machine.programs["terraform"], work.machine.program(Check.PCLUSTER)
        )
        for path in work.module.configurations
    }
    wrong = {name: each.wrong for name, each in read.items() if each.wrong}
    if wrong:
        lines = [f"{name}: {line}" for name, lines in wrong.items() for line in lines]
        return failed(f"{', '.join(wrong)}: {len(lines)} findings", "\n".join(lines))
    versions = sorted({each.version for each in read.values()})
    return passed(f"{', '.join(read)}; aws-parallelcluster {', '.join(versions)}")


def check_cfn_lint(work: Work) -> Outcome:
    """What its tests plan with awscc is what CloudFormation's schemas take, which refuse more than awscc does."""
    ready = work.initialise(Check.CFN_LINT)
    if ready.result is not Result.PASSED:
        return ready
    tested = work.copies / Check.CFN_LINT / f"{work.module.name}.jsonl"
    chosen = [f"-filter={each}" for each in work.module.tests_of_plans]
    command = [work.machine.program(Check.CFN_LINT), "test", "-json", "-verbose", *chosen]
    if not run_into(tested, *command, folder=work.copy(Check.CFN_LINT)).fine:
        return failed("its tests fail")
    reading = read_resources(tested)
    if reading.wrong:
        return failed(f"{len(reading.wrong)} findings", "\n".join(reading.wrong))
    counts = ", ".join(f"{count} of {kind}" for kind, count in reading.counts.items())
    return passed(f"{counts}; cfn-lint {reading.version}")


CHECKS: dict[Check, Callable[[Work], Outcome]] = {
    Check.FMT: check_fmt,
    Check.TFLINT: check_tflint,
    Check.DOCS: check_docs,
    Check.VALIDATE: check_validate,
    Check.TEST: check_test,
    Check.PCLUSTER: check_pcluster,
    Check.CFN_LINT: check_cfn_lint,
}


def _passed_with(ready: Outcome, reason: str) -> Outcome:
    """Passed, with the providers that were made ready for it."""
    return passed("; ".join(each for each in (reason, ready.reason) if each))


def _first_error(answer: Answer) -> str:
    errors = _ERROR.findall(answer.output)
    return errors[0] if errors else f"exit code {answer.code}"


def _first_paragraph(output: str, error: str) -> str:
    """Terraform's own reason, in one line, without where in a file it arose."""
    told = output.partition(f"Error: {error}")[2].strip().split("\n\n")
    reason = next((each for each in told if not _PLACE.match(each)), "")
    return re.sub(r"\s+", " ", reason) or error
