"""The table of rules in docs/clusters.md: `python -m tests.clusters.rule_table` writes it anew."""

from pathlib import Path

from mcp_server.clusters.model import ClusterKind
from mcp_server.clusters.problems import Rule
from mcp_server.clusters.rules import RULES
from tests.rule_pages import page_with


def table() -> str:
    """The table, in the order of the rules."""
    rows = [
        f"| `{rule.name}` | {rule.severity} | {_of(rule)} | {rule.seen} | {rule.meaning} {rule.do} |" for rule in RULES
    ]
    head = ["| rule | severity | of | what is seen | what it means, what to do |", "| - | - | - | - | - |"]
    return "\n".join([*head, *rows, ""])


def _of(rule: Rule) -> str:
    if rule.look is None and rule.compare is None:
        return "blocks and plans"
    return ", ".join(each for each in ClusterKind if each in rule.kinds) or "every cluster"


def written() -> tuple[Path, str]:
    """The page, and what is in it with the table of today."""
    return page_with("clusters.md", table())


def main() -> None:
    """Write it anew."""
    page, text = written()
    page.write_text(text)


if __name__ == "__main__":
    main()
