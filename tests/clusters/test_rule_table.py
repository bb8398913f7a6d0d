"""What docs/clusters.md says of the rules."""

from mcp_server.clusters.rules import RULES
from tests.clusters import rule_table


def test_the_page_has_the_rules_of_today() -> None:
    """Every rule has its row: `python -m tests.clusters.rule_table` writes the table anew."""
    page, text = rule_table.written()
    assert page.read_text() == text
    assert text.count("\n| `") >= len(RULES)
