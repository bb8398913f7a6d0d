"""Manifests held to their kinds' definitions, as an API server does it: fields, types and rules in CEL.

The definitions are those of the operators' own Go modules, at the versions of tools/crds/go.mod, where Go keeps them.
What only a running operator finds, and rules about changes of an object, are not checked.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.gitops.manifests import ROOT

GO_MOD = ROOT / "tools" / "crds" / "go.mod"
VALIDATOR = ROOT / ".tools" / "kubectl-validate"
KUBERNETES = "1.30"
"""Whose own kinds they are held to: the newest that the validator brings."""

FOLDERS = {
    "github.com/argoproj/argo-cd/v3": "manifests/crds",
    "github.com/aws/karpenter-provider-aws": "pkg/apis/crds",
    "sigs.k8s.io/jobset": "config/components/crd/bases",
    "sigs.k8s.io/kueue": "config/components/crd/bases",
}
"""Where each module has its definitions."""


def versions() -> dict[str, str]:
    """Versions of the modules, without v."""
    return dict(re.findall(r"^\t(\S+) v(\S+)$", GO_MOD.read_text(), re.MULTILINE))


def modules() -> dict[str, Path]:
    """Where Go keeps each module. Skips the test where Go or a module is not there: no test downloads anything."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("no go on the PATH, with which definitions are had")
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "GOPROXY": "off", "GOWORK": "off"}
    command = [go, "mod", "download", "-json"]
    answer = subprocess.run(command, check=False, cwd=GO_MOD.parent, env=environment, capture_output=True, text=True)
    if answer.returncode:
        pytest.skip("the modules with the definitions are not downloaded: `make gitops-tools` does it")
    found = [json.loads(one) for one in re.findall(r"^{.*?^}", answer.stdout, re.MULTILINE | re.DOTALL)]
    return {one["Path"]: Path(one["Dir"]) for one in found}


@dataclass(frozen=True)
class Validator:
    """kubectl-validate with a folder of definitions."""

    definitions: Path

    def faults(self, objects: Sequence[Any], folder: Path) -> dict[int, str]:
        """What is wrong, by the number of the object."""
        for number, one in enumerate(objects):
            (folder / f"{number}.json").write_text(json.dumps(one))
        command = [VALIDATOR, folder, "--local-crds", self.definitions, "--version", KUBERNETES, "--output", "json"]
        answer = subprocess.run(command, check=False, env={"HOME": str(folder)}, capture_output=True, text=True)
        outcomes = json.loads(answer.stdout)
        assert len(outcomes) == len(objects)
        said = {int(Path(path).stem): outcome for path, (outcome,) in outcomes.items()}
        return {
            number: outcome["message"] for number, outcome in sorted(said.items()) if outcome["status"] != "Success"
        }


def validator(folder: Path) -> Validator:
    """One that knows every definition. Skips the test where it is not built."""
    if not VALIDATOR.is_file():
        pytest.skip("kubectl-validate is not built: `make gitops-tools` does it, where Go is")
    for path, one in modules().items():
        for definition in _definitions(one / FOLDERS[path]):
            (folder / definition.name).write_bytes(definition.read_bytes())
    return Validator(folder)


def _definitions(folder: Path) -> Iterable[Path]:
    return (path for path in folder.glob("*.yaml") if "\nkind: CustomResourceDefinition\n" in path.read_text())
