"""What summarize_plan answers, as clients get it."""

from pydantic import BaseModel, Field

from mcp_server.tools.fields import Name


class ChangeDetails(BaseModel):
    """A change, attribute by attribute; what is sensitive is masked."""

    unit: Name
    change: str = Field(description="Action, address, and what forces it")
    severity: str | None = Field(description="Of the worst risk that a rule saw in it")
    attributes: list[str]


class PlanResult(BaseModel):
    """What plans would do. A field that is missing has nothing to say."""

    of: str = Field(description="What was read, when it was planned, with what")
    verdict: str = Field(description="Units without a plan, risks by severity, Terraform's counts")
    risks: list[str] = Field(default=[], description="The worst first: rule, where, why, what it means, what to do")
    units: str | None = Field(default=None, description="In the order of applying; quiet ones are only counted")
    changes: list[str] = Field(default=[], description="The worst first, by unit")
    drift: list[str] = Field(default=[], description="Changed outside Terraform")
    notes: list[str] = Field(default=[], description="What else to know of these plans")
    cut: str | None = Field(default=None, description="What was left out, and how to see it")
    details: list[ChangeDetails] = Field(default=[], description="With response_format=detailed")
