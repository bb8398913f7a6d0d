"""The result of wire_capacity, as clients get it."""

from pydantic import AwareDatetime, BaseModel, Field

from mcp_server.tools.fields import Line


class WiringResult(BaseModel):
    """What can be put where. A field that is missing has nothing to say."""

    notices: list[Line] = Field(default=[], description="Read these first")
    capacity: Line | None = None
    verdict: Line
    checks: list[Line] = Field(default=[], description="Every check, those that stop first")
    fits: str | None = Field(default=None, description="Units that could take it")
    others: list[Line] = Field(default=[], description="The other units, each with the first reason")
    file: Line | None = None
    diff: str | None = Field(default=None, description="Nothing is written yet")
    snippet: str | None = Field(default=None, description="To be pasted, its capitals filled in")
    wiring_id: str | None = Field(default=None, description="Under which the edit is kept")
    apply: str | None = Field(default=None, description="The command that writes it")
    next: list[Line] = Field(default=[], description="What to do, in order")
    draft_until: AwareDatetime | None = Field(default=None, description="Payment pending: a draft pull request")
