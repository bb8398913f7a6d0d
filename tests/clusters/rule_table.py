"""The table of rules in docs/clusters.md: `python -m tests.clusters.rule_table` writes it anew."""

from pathlib import Path

from mcp_server.clusters.model import ClusterKind
from mcp_server.clusters.problems import Rule
from mcp_server.clusters.rules import RULES

PAGE = Path(__file__).parents[2] / "docs" / "clusters.md"
BEGIN, END = "<!-- rules: begin -->\n", "<!-- rules: end -->\n"


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


def written(page: str) -> str:
    """The page with the table of today."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def main() -> None:
    """Write it anew."""
    PAGE.write_text(written(PAGE.read_text()))


if __name__ == "__main__":
    main()
