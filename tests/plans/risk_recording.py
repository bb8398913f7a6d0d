"""Plans that Terraform makes of risky changes, kept in recorded/risks/ for what reads plans.

`python -m tests.plans.risk_recording [NAME...]` records all or some anew, with the providers of Terraform's
configuration and a simulated AWS of its own. risk_recipes says of what.
"""

import gzip
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_server.sandbox.process import apply, join
from tests.plans.answers import Answers, Schemas
from tests.plans.risk_recipes import RECIPES
from tests.plans.risk_recipes.recipe import Recipe, Standing
from tests.plans.standing import Planned, planned, stand
from tests.terraform.applying import Configuration

ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).parent / "recorded" / "risks"
INDEX = RECORDED / "index.json"

Json = dict[str, Any]

_PLAN_LINE = re.compile(r"^(Plan: .*|No changes\..*|Changes to Outputs:)$", re.MULTILINE)


@dataclass(frozen=True)
class Recorded:
    """A plan, and what Terraform said of it in one line."""

    recipe: Recipe
    plan: Json
    line: str


def record_of(standing: Standing, recipes: Iterable[Recipe], folder: Path) -> Iterator[Recorded]:
    """Plans of changes to one standing configuration, in a folder of its own. The environment has simulated AWS."""
    stood = folder / "stood"
    example = _configured(standing, stood)
    if standing.applied:
        _apply(standing, example)
    else:
        stand(example, Answers(standing.account, standing.region, Schemas.of(example)), standing.mend)
    for recipe in recipes:
        changed = folder / recipe.name
        shutil.copytree(stood, changed, symlinks=True)
        yield _recorded(recipe, Configuration(changed / example.folder.relative_to(stood)), changed)
        shutil.rmtree(changed)


def _apply(standing: Standing, example: Configuration) -> None:
    """An apply stops at what a provider that knows only its schema has made up; what is mended lets the next go on."""
    said = example.run("apply", "-auto-approve")
    for _ in range(2):
        _alter(example, standing.mend)
        if said.code == 0:
            return
        said = example.run("apply", "-auto-approve")
    assert said.code == 0, said.text[-3000:]


def _alter(example: Configuration, alter: Callable[[Json], None]) -> None:
    state = example.folder / "terraform.tfstate"
    if state.exists():
        stood = json.loads(state.read_text())
        alter(stood)
        state.write_text(json.dumps(stood))


def _configured(standing: Standing, folder: Path) -> Configuration:
    for name in ("terraform/modules", "cluster-configs"):
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "tests")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    _write(folder, standing.files)
    example = Configuration(folder / standing.root)
    example.done("init")
    return example


def _recorded(recipe: Recipe, example: Configuration, folder: Path) -> Recorded:
    _write(folder, recipe.after)
    recipe.outside()
    _alter(example, recipe.since)
    example.done("init")
    found = planned(example, *(() if recipe.refreshed else ("-refresh=false",)), *recipe.flags)
    return Recorded(recipe, found.plan, _line(found))


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _line(found: Planned) -> str:
    """Terraform's own sum. Only outputs change, or nothing, where it makes none."""
    said = _PLAN_LINE.findall(found.said.text)
    return next((each for each in said if each.startswith("Plan:")), said[0] if said else "")


def keep(recorded: Recorded) -> None:
    """Write a plan to its file, and what it is into the index."""
    RECORDED.mkdir(parents=True, exist_ok=True)
    recorded_text = json.dumps(recorded.plan, sort_keys=True)
    path_of(recorded.recipe.name).write_bytes(gzip.compress(recorded_text.encode(), mtime=0))
    entries = index() if INDEX.exists() else {}
    entries[recorded.recipe.name] = entry(recorded)
    INDEX.write_text(json.dumps({name: entries[name] for name in sorted(entries)}, indent=2) + "\n")


def entry(recorded: Recorded) -> Json:
    """What the index says of a plan."""
    recipe = recorded.recipe
    return {
        "rules": list(recipe.rules),
        "says": recipe.says,
        "plan_line": recorded.line,
        "stand_in": recipe.standing.stand_in,
        "made_from": recipe.standing.made_from,
        "terraform": recorded.plan["terraform_version"],
        "aws": recipe.standing.aws,
    }


def path_of(name: str) -> Path:
    """Where a plan is kept."""
    return RECORDED / f"{name}.json.gz"


def index() -> Json:
    """What is kept, by name."""
    return json.loads(INDEX.read_text())


def read(name: str) -> Json:
    """The plan that is kept."""
    return json.loads(gzip.decompress(path_of(name).read_bytes()))


def by_standing(names: Iterable[str] = ()) -> dict[Standing, list[Recipe]]:
    """Recipes, or those of some names, by what they change."""
    wanted = set(names) or set(RECIPES)
    found: dict[Standing, list[Recipe]] = {}
    for name in sorted(wanted):
        found.setdefault(RECIPES[name].standing, []).append(RECIPES[name])
    return found


def main() -> None:
    """Record every plan anew, or those that are named."""
    with tempfile.TemporaryDirectory() as home, join(Path(home), grace=1) as running:
        apply(running.url, os.environ)
        for standing, recipes in by_standing(sys.argv[1:]).items():
            with tempfile.TemporaryDirectory() as folder:
                for recorded in record_of(standing, recipes, Path(folder)):
                    keep(recorded)
                    print(f"{recorded.recipe.name}: {recorded.line}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
