"""What a call of a tool came to."""

from typing import Any

from mcp.types import CallToolResult


def structure(result: CallToolResult) -> dict[str, Any]:
    """What the model is given; the call must have succeeded."""
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


def sentence(result: CallToolResult) -> str:
    """The text of a refusal."""
    assert result.is_error, result.content
    return result.content[0].text
