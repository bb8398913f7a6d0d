"""checkov, once over all modules: most of its time goes into starting."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terraform_checks.outcomes import Outcome, failed, passed
from terraform_checks.programs import Answer, run

_NO_REASON = "No comment provided"


@dataclass
class _Found:
    passed: int = 0
    skipped: int = 0
    wrong: list[str] = field(default_factory=list[str])
    ids: list[str] = field(default_factory=list[str])

    def add(self, kind: str, finding: dict[str, Any], file: Path) -> None:
        """Count one finding of one kind."""
        unexplained = kind == "skipped_checks" and finding["check_result"].get("suppress_comment") in {
            None,
            "",
            _NO_REASON,
        }
        if kind == "passed_checks":
            self.passed += 1
        elif kind == "skipped_checks" and not unexplained:
            self.skipped += 1
        else:
            first, last = finding["file_line_range"]
            name = finding["check_name"] if not unexplained else "skipped without a reason beside it"
            self.wrong.append(f"{finding['check_id']} {finding['resource']} ({file}, lines {first} to {last}): {name}")
            self.ids.append(finding["check_id"])

    def outcome(self) -> Outcome:
        """What came of one module."""
        if self.wrong:
            return failed(", ".join(dict.fromkeys(self.ids)), "\n".join(self.wrong))
        return passed(f"{self.passed} checks" + (f", {self.skipped} skipped with a reason" if self.skipped else ""))


def scan(program: str, modules: Path, config: Path, names: list[str]) -> dict[str, Outcome]:
    """What checkov says of each of the named modules in the folder."""
    command = [program, "--config-file", config, "--directory", ".", "--output", "json"]
    answer = run(*command, folder=modules)
    report = _report(answer)
    if report is None:
        return dict.fromkeys(names, failed("checkov failed", answer.output))
    found = {name: _Found() for name in names}
    results = report.get("results", {})
    for kind in ("passed_checks", "failed_checks", "skipped_checks"):
        for finding in results.get(kind, []):
            name, *rest = Path(finding["file_path"].lstrip("/")).parts
            if name in found:
                found[name].add(kind, finding, Path(*rest))
    for file in results.get("parsing_errors", []):
        name = Path(file).resolve().relative_to(modules.resolve()).parts[0]
        if name in found:
            found[name].wrong.append(f"{file} cannot be read")
            found[name].ids.append("a file that cannot be read")
    return {name: each.outcome() for name, each in found.items()}


def _report(answer: Answer) -> dict[str, Any] | None:
    try:
        return json.loads(answer.output)
    except json.JSONDecodeError:
        return None
