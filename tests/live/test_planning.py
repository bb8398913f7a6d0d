"""Units that no AWS is simulated for, planned from mocks: whether a module takes what its unit gives it."""

import os
import re
from pathlib import Path

import pytest

from tests.live.copied_tree import UNITS, CopiedTree, copied, skip_if_not_had

NOT_APPLIED = [
    "**/eks-*",
    "**/hyperpod-slurm",
    "**/hyperpod-eks",
    "**/parallelcluster-api",
    "**/shared-storage",
    "**/monitoring",
]
ASKING = ["**/parallelcluster", "**/hyperpod-chart-*", "**/argocd-*"]

_ASKED = re.compile(
    r"no such host|dial tcp|connection refused|i/o timeout|InvalidClientTokenId|AssumeRole", re.IGNORECASE
)


@pytest.mark.slow
def test_modules_take_what_their_units_give_them(from_mocks: CopiedTree) -> None:
    """Every validation and precondition holds, with mocks in the form of what they stand for."""
    ran = from_mocks.run_all("plan", "-lock=false", only=NOT_APPLIED, options=["--queue-ignore-errors"])
    skip_if_not_had(ran)
    assert ran.failed == {}
    assert sorted(ran.units) == [
        unit
        for unit in UNITS
        if re.search(r"/(eks-[a-z]+|hyperpod-slurm|hyperpod-eks|parallelcluster-api|shared-storage|monitoring)$", unit)
    ]
    assert len(ran.units) == 12


@pytest.mark.slow
def test_so_do_units_whose_providers_ask_at_once(from_mocks: CopiedTree) -> None:
    """Where the machine's providers do ask, there is nobody to answer, and the test is skipped with what they say."""
    ran = from_mocks.run_all("plan", "-lock=false", only=ASKING, options=["--queue-ignore-errors"])
    skip_if_not_had(ran)
    if ran.failed and all(_ASKED.search(said) for said in ran.failed.values()):
        pytest.skip(re.sub(r"\s+", " ", next(iter(ran.failed.values())))[:300])
    assert ran.failed == {}
    assert sorted(ran.units) == [
        unit for unit in UNITS if re.search(r"/(parallelcluster|hyperpod-chart-[a-z-]+|argocd-[a-z-]+)$", unit)
    ]
    assert len(ran.units) == 5


@pytest.fixture
def from_mocks(aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CopiedTree:
    """A tree that keeps no state, before simulated AWS, which answers what modules ask of accounts and regions."""
    if not os.environ.get("TERRAFORM_REAL_PLUGINS"):
        pytest.skip("no real aws provider here: TERRAFORM_REAL_PLUGINS is not set")
    monkeypatch.setenv("ML_CLUSTERS_LOCAL_STATE", "true")
    monkeypatch.setenv("ML_CLUSTERS_AWS_PROVIDER", "5.100.0")
    return copied(tmp_path / "tree")
