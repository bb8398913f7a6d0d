"""A ParallelCluster configuration: filled in by Terraform, held against its own schema and our rules."""

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from terraform_checks.block_rules import broken_rules
from terraform_checks.programs import run

SCHEMA = Path(__file__).with_name("pcluster_schema.py")
_ENCODED = re.compile(r'^"([A-Za-z0-9+/=]+)"$', re.MULTILINE)


@dataclass(frozen=True)
class Reading:
    """What is wrong with a configuration, a line each, by the schema of which version of ParallelCluster."""

    wrong: list[str] = field(default_factory=list[str])
    version: str = ""


def read_configuration(path: Path, terraform: str, python: str) -> Reading:
    """Read the template at path with the values in NAME.example.json beside it.

    python is that of ParallelCluster's environment.
    """
    example = path.with_name(f"{path.stem}.example.json")
    if not example.is_file():
        return Reading([f"there is no {example.name} beside it, with values to fill it in"])
    # A name of a file is a string of Terraform's as of JSON's.
    filled = f"templatefile({json.dumps(path.name)}, jsondecode(file({json.dumps(example.name)})))"
    answer = run(terraform, "console", folder=path.parent, told=f"base64encode(jsonencode(yamldecode({filled})))\n")
    encoded = _ENCODED.search(answer.output)
    if not encoded:
        return Reading(["it cannot be filled in", *answer.output.splitlines()])
    text = base64.b64decode(encoded[1]).decode()
    answer = run(python, "-I", SCHEMA, folder=path.parent, told=text)
    if not answer.fine:
        return Reading(["ParallelCluster's schema could not be asked", *answer.output.splitlines()])
    # What ParallelCluster logs comes before.
    schema = json.loads(answer.output.splitlines()[-1])
    return Reading([*schema["wrong"], *broken_rules(json.loads(text))], schema["version"])
