"""What this machine has, and so what it should be able to check."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from terraform_checks.modules import Module
from terraform_checks.outcomes import Check

_MIRROR = re.compile(r'filesystem_mirror\s*\{[^}]*?\bpath\s*=\s*"([^"]+)"')
_PLUGIN_DIR = re.compile(r"-plugin-dir[= ](\S+)")
_PROGRAM = {
    Check.FMT: "terraform",
    Check.VALIDATE: "terraform",
    Check.TEST: "terraform",
    Check.TFLINT: "tflint",
    Check.DOCS: "terraform-docs",
    Check.CHECKOV: "checkov",
}
_HOW_TO_GET = {
    "terraform": "install it, for example with mise",
    "tflint": "`make .tools/tflint` with Go, or mise",
    "terraform-docs": "`make .tools/terraform-docs` with Go, or mise",
    "checkov": "`make .venv-checkov/.made`",
}


@dataclass(frozen=True)
class Machine:
    """Programs by name, and the providers that need no registry, such as hashicorp/aws.

    test_plugins is a folder of providers for tests, and test_providers what it holds.
    """

    programs: dict[str, str]
    go: bool
    checkov_environment: bool
    providers: frozenset[str]
    test_plugins: Path | None
    test_providers: frozenset[str]

    def has(self, check: Check) -> bool:
        """Whether what the check runs is here."""
        return _PROGRAM[check] in self.programs

    def program(self, check: Check) -> str:
        """Path of what the check runs. KeyError if it is missing."""
        return self.programs[_PROGRAM[check]]

    def why_not(self, check: Check) -> str:
        """What to say of a check whose program is missing."""
        name = _PROGRAM[check]
        return f"no {name} here: {_HOW_TO_GET[name]}"

    def plugins_for(self, module: Module, check: Check) -> Path | None:
        """The folder to take providers from, or None for whatever Terraform's configuration says."""
        whole = bool(module.providers) and module.providers <= self.test_providers
        return self.test_plugins if check is Check.TEST and whole else None

    def why_due(self, module: Module, check: Check) -> str | None:
        """Why the check must be able to run here, or None where it may be skipped."""
        match check:
            case Check.FMT:
                return "terraform is here" if self.has(check) else None
            case Check.VALIDATE | Check.TEST:
                held = module.providers <= self.providers or self.plugins_for(module, check)
                complete = held and not module.downloads
                return "terraform and all its providers are here" if self.has(check) and complete else None
            case Check.TFLINT | Check.DOCS:
                return "Go is here, which builds it" if self.go else None
            case Check.CHECKOV:
                return "its environment is here" if self.checkov_environment else None


def look_around(root: Path, test_plugins: Path | None) -> Machine:
    """What is in this clone at root, on PATH, and in the mirrors of Terraform's configuration."""
    built = {"tflint": root / ".tools", "terraform-docs": root / ".tools", "checkov": root / ".venv-checkov" / "bin"}
    found = {name: shutil.which(name, path=built.get(name)) or shutil.which(name) for name in set(_PROGRAM.values())}
    return Machine(
        programs={name: path for name, path in found.items() if path},
        go=shutil.which("go") is not None,
        checkov_environment=(root / ".venv-checkov").is_dir(),
        providers=_held(_mirrors()),
        test_plugins=test_plugins,
        test_providers=_held([test_plugins] if test_plugins else []),
    )


def _held(mirrors: list[Path]) -> frozenset[str]:
    # HOST/NAMESPACE/NAME, packed or unpacked (Terraform CLI configuration, filesystem_mirror).
    return frozenset(
        "/".join(each.parts[-2:]) for mirror in mirrors for each in mirror.glob("registry.terraform.io/*/*")
    )


def _mirrors() -> list[Path]:
    arguments = " ".join(os.environ.get(name, "") for name in ("TF_CLI_ARGS", "TF_CLI_ARGS_init"))
    if given := _PLUGIN_DIR.findall(arguments):
        return [Path(each) for each in given]
    config = Path(os.environ.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
    return [Path(each) for each in _MIRROR.findall(config.read_text())] if config.is_file() else []
