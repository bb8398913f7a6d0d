"""The modules, and what their files say of them."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from terraform_checks.outcomes import Check

# Relative to the repository's root.
MODULES = Path("terraform/modules")
CLUSTER_CONFIGS = Path("cluster-configs")
EXAMPLE = Path("examples/basic")
_CALLED = re.compile(r'^\s*module\s+"[^"]+"\s*\{[^}]*?\bsource\s*=\s*"([^"]+)"', re.MULTILINE)
_PROVIDER = re.compile(r'\b[\w-]+\s*=\s*\{[^}]*?\bsource\s*=\s*"(?:registry\.terraform\.io/)?([\w-]+/[\w-]+)"')


@dataclass(frozen=True)
class Module:
    """One folder of terraform/modules. It is only read."""

    path: Path

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name

    @cached_property
    def size(self) -> int:
        """Bytes of Terraform, its tests included: how long its checks take compared with those of others."""
        return sum(each.stat().st_size for each in self.path.rglob("*.*") if each.suffix in {".tf", ".hcl"})

    @property
    def configurations(self) -> list[Path]:
        """ParallelCluster's configurations that it fills in: the templates in the folder that is called as it is."""
        return sorted((self.path.parents[2] / CLUSTER_CONFIGS / self.name).glob("*.yaml"))

    @property
    def tests_of_plans(self) -> list[Path]:
        """Its files of tests in which nothing is to be refused, relative to its path."""
        tests = [
            each for each in sorted(self.path.glob("tests/*.tftest.hcl")) if "expect_failures" not in each.read_text()
        ]
        return [each.relative_to(self.path) for each in tests]

    def concerns(self, check: Check) -> bool:
        """Whether there is something in it for a check."""
        match check:
            case Check.PCLUSTER:
                return bool(self.configurations)
            case Check.CFN_LINT:
                return "hashicorp/awscc" in self.providers
            case _:
                return True

    @cached_property
    def takes_aliases(self) -> bool:
        """Whether its callers must hand it providers: then only a caller can be validated."""
        return any("configuration_aliases" in each.read_text() for each in self.path.glob("*.tf"))

    @property
    def folders(self) -> list[Path]:
        """What is linted: the module and its example, relative to its path."""
        return [Path(), *([EXAMPLE] if (self.path / EXAMPLE).is_dir() else [])]

    @cached_property
    def providers(self) -> set[str]:
        """What it and its example ask for, such as hashicorp/aws."""
        asked = [text.partition("required_providers")[2] for text in self._texts]
        return {provider for text in asked for provider in _PROVIDER.findall(text)}

    @cached_property
    def downloads(self) -> set[str]:
        """Sources of modules that it calls and that are not folders beside it."""
        return {source for text in self._texts for source in _CALLED.findall(text) if not source.startswith(".")}

    @cached_property
    def _texts(self) -> list[str]:
        return [each.read_text() for folder in self.folders for each in (self.path / folder).glob("*.tf")]


def find_modules(folder: Path) -> list[Module]:
    """Every folder directly under folder that holds Terraform, by name."""
    return [Module(each) for each in sorted(folder.iterdir()) if any(each.glob("*.tf"))] if folder.is_dir() else []
