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
# The first is what the check is run with.
_PROGRAMS = {
    Check.FMT: ["terraform"],
    Check.VALIDATE: ["terraform"],
    Check.TEST: ["terraform"],
    Check.TFLINT: ["tflint"],
    Check.DOCS: ["terraform-docs"],
    Check.CHECKOV: ["checkov"],
    Check.PCLUSTER: ["pcluster", "terraform"],
    Check.CFN_LINT: ["terraform"],
}
_HOW_TO_GET = {
    "terraform": "install it, for example with mise",
    "tflint": "`make .tools/tflint` with Go, or mise",
    "terraform-docs": "`make .tools/terraform-docs` with Go, or mise",
    "checkov": "`make .venv-checkov/.made`",
    "pcluster": "`make .venv-pcluster/.made`",
}


@dataclass(frozen=True)
class Machine:
    """Programs by name, and the providers that need no registry, such as hashicorp/aws.

    environments are checks that have a Python environment of their own here. test_plugins is a folder of providers for
    tests, and test_providers what it holds.
    """

    programs: dict[str, str]
    go: bool
    environments: frozenset[Check]
    providers: frozenset[str]
    test_plugins: Path | None
    test_providers: frozenset[str]

    def has(self, check: Check) -> bool:
        """Whether what the check runs is here."""
        return not self._missing(check)

    def program(self, check: Check) -> str:
        """Path of what the check runs. KeyError if it is missing."""
        return self.programs[_PROGRAMS[check][0]]

    def why_not(self, check: Check) -> str:
        """What to say of a check whose program is missing."""
        return "; ".join(f"no {name} here: {_HOW_TO_GET[name]}" for name in self._missing(check))

    def plugins_for(self, module: Module, check: Check) -> Path | None:
        """The folder to take providers from, or None for whatever Terraform's configuration says."""
        whole = bool(module.providers) and module.providers <= self.test_providers
        return self.test_plugins if check is Check.TEST and whole else None

    def why_due(self, module: Module, check: Check) -> str | None:
        """Why the check must be able to run here, or None where it may be skipped."""
        match check:
            case Check.FMT:
                return "terraform is here" if self.has(check) else None
            case Check.VALIDATE | Check.TEST | Check.CFN_LINT:
                held = module.providers <= self.providers or self.plugins_for(module, check)
                complete = held and not module.downloads
                return "terraform and all its providers are here" if self.has(check) and complete else None
            case Check.TFLINT | Check.DOCS:
                return "Go is here, which builds it" if self.go else None
            case Check.CHECKOV:
                return "its environment is here" if check in self.environments else None
            case Check.PCLUSTER:
                both = check in self.environments and "terraform" in self.programs
                return "its environment and terraform are here" if both else None

    def _missing(self, check: Check) -> list[str]:
        return [name for name in _PROGRAMS[check] if name not in self.programs]


def look_around(root: Path, test_plugins: Path | None) -> Machine:
    """What is in this clone at root, on PATH, and in the mirrors of Terraform's configuration."""
    built = {"tflint": root / ".tools", "terraform-docs": root / ".tools", "checkov": root / ".venv-checkov" / "bin"}
    found = {name: shutil.which(name, path=built.get(name)) or shutil.which(name) for name in {*built, "terraform"}}
    # Not its command line but its library, which is nowhere else than in its environment.
    found["pcluster"] = shutil.which("python", path=root / ".venv-pcluster" / "bin")
    return Machine(
        programs={name: path for name, path in found.items() if path},
        go=shutil.which("go") is not None,
        environments=frozenset(each for each in Check if (root / f".venv-{each}").is_dir()),
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
