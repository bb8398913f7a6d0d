"""Large plans: read within bounds of time, memory and tokens, and nothing sensitive of them is told."""

from pathlib import Path

import pytest

from benchmarks.plan_time import LARGE, MOST_TOKENS, SMALL, concise_answer, costs, peers
from benchmarks.tokens import count
from tests.plans.large import SECRET, write_large_plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of 20,000 changes."""
    path = tmp_path_factory.mktemp("large") / "plan.json"
    write_large_plan(path, LARGE)
    return path


def test_a_large_plan_takes_at_most_twice_its_files_size(plan: Path) -> None:
    """The file itself is half of that."""
    reading = costs(plan, {}, 1)
    assert reading.ours.megabytes <= 2 * reading.file


def test_a_large_plan_is_told_in_few_tokens_and_without_a_secret(plan: Path) -> None:
    """The worst rule is in what is told."""
    told = concise_answer(plan).model_dump(mode="json", exclude_defaults=True)
    assert count(told) < MOST_TOKENS
    assert SECRET not in str(told)
    assert SECRET in plan.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("changes", "most"), [(SMALL, 1), (LARGE, 1 / 3)])
def test_no_other_reader_of_plans_is_faster(tmp_path: Path, changes: int, most: float) -> None:
    """Of 20,000 changes none takes less than three times ours, from start to end."""
    found = peers()
    if not found:
        pytest.skip("there is no other reader of plans (make .venv-peers/.made)")
    write_large_plan(tmp_path / "plan.json", changes)
    reading = costs(tmp_path / "plan.json", found, 5)
    assert reading.ours.clock <= most * reading.fastest.clock
