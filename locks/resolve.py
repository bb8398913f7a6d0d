"""Resolves the dependencies into locks/*.txt: hashed, universal, without the address of any package index.

server is what the plugin installs, sandbox adds simulated AWS, dev adds the tests. Each is resolved within the one
above it, so that the same version is tested and shipped. uv is what installs them. checkov, pcluster, which is
ParallelCluster with its schema, and peers, which benchmarks are measured beside, stand alone: their pins clash with
ours, so each gets an environment of its own.
"""

import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent


def resolve(name: str, requirements: list[str], within: Path | None) -> Path:
    """Compile requirements into locks/NAME.txt and return its path."""
    lock = ROOT / "locks" / f"{name}.txt"
    with tempfile.NamedTemporaryFile("w", suffix=".in") as wanted:
        wanted.write("\n".join(requirements))
        wanted.flush()
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--generate-hashes"]
        command += ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
        command += [f"--constraints={within}"] if within else []
        answer = subprocess.run([*command, *sys.argv[1:], wanted.name], stdout=subprocess.PIPE, text=True, check=True)
    lock.write_text(f"# Made by `make lock` from pyproject.toml.\n{answer.stdout}")
    return lock


def main() -> None:
    """Resolve from the widest set to the narrowest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    server = project["project"]["dependencies"]
    # The environment builds the project itself, hence its build backend.
    sandbox = server + project["project"]["optional-dependencies"]["sandbox"] + ["hatchling", "editables"]
    dev = resolve("dev", sandbox + project["dependency-groups"]["dev"], within=None)
    resolve("sandbox", sandbox, within=dev)
    resolve("server", server, within=dev)
    for alone in ("checkov", "pcluster", "peers"):
        resolve(alone, project["dependency-groups"][alone], within=None)
    resolve("uv", [f"uv=={version('uv')}"], within=None)


if __name__ == "__main__":
    main()
