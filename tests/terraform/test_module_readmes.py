"""What the READMEs of modules say of other modules."""

import re
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "terraform" / "modules"
READMES = sorted(MODULES.glob("*/README.md"))


def outputs(module: str) -> set[str]:
    """Names of what a module puts out."""
    return set(re.findall(r'^output "(\w+)"', (MODULES / module / "outputs.tf").read_text(), re.MULTILINE))


@pytest.mark.parametrize("readme", READMES, ids=[each.parent.name for each in READMES])
def test_a_usage_takes_outputs_that_there_are(readme: Path) -> None:
    """Whoever copies it would be told of an attribute that does not exist. Addresses of resources are none of it."""
    named = re.findall(r"\bmodule\.(\w+)\.(?!terraform_data\b)(\w+)", readme.read_text())
    here = [(name.replace("_", "-"), output) for name, output in named if (MODULES / name.replace("_", "-")).is_dir()]
    assert [f"{module}: {output}" for module, output in here if output not in outputs(module)] == []
