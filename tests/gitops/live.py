"""What the live tree says of its clusters, where there is one."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gitops.manifests import ROOT, Cluster

LIVE = ROOT / "live"
needs_live = pytest.mark.skipif(not LIVE.is_dir(), reason="there is no tree of configurations in live/")


@dataclass(frozen=True)
class Region:
    """An account-region of the tree."""

    account: str
    name: str

    @property
    def zones(self) -> list[str]:
        """Its zone ids, each with a private subnet."""
        return re.findall(r"^    (\w+-az\d+) +=", self._read("region.hcl"), re.MULTILINE)

    @property
    def clusters(self) -> list[Cluster]:
        """Its EKS clusters."""
        units = (path.name for path in self._folder.glob("eks-*") if (path / "terragrunt.hcl").is_file())
        return [Cluster(self.account, self.name, f"{project_name()}-{unit.removeprefix('eks-')}") for unit in units]

    @property
    def _folder(self) -> Path:
        return LIVE / f"{self.account}-account" / self.name

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text()


def regions() -> list[Region]:
    """Every account-region."""
    return [
        Region(path.parts[-3].removesuffix("-account"), path.parts[-2])
        for path in sorted(LIVE.glob("*-account/*/region.hcl"))
    ]


def project_name() -> str:
    """What every name begins with."""
    (name,) = re.findall(r'^  name += "([\w-]+)"', (LIVE / "project.hcl").read_text(), re.MULTILINE)
    return name


def repository() -> str:
    """The address of this repository, from which Argo CD reads."""
    (url,) = re.findall(r'^  repository += "(\S+)"', (LIVE / "project.hcl").read_text(), re.MULTILINE)
    return url


def told_to_argo_cd() -> dict[str, str]:
    """The text of every unit of argocd-bootstrap, and of what they have in common, by path."""
    files = [*LIVE.glob("_envcommon/argocd-*.hcl"), *LIVE.glob("*-account/*/argocd-*/terragrunt.hcl")]
    return {str(path.relative_to(LIVE)): path.read_text() for path in sorted(files)}
