"""The result of cluster_status, as clients get it."""

from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, Field

from mcp_server.tools.fields import Line, Name, Words


class UnwellNode(BaseModel):
    """A machine that is not healthy."""

    id: Name
    state: str
    as_aws_says: Name
    untrusted_message: Words | None = None
    reservation_id: Name | None = None
    zone_id: Name | None = None


class GroupDetails(BaseModel):
    """Every field of one group of machines. Missing: nobody tells it, which is not 0."""

    cluster: Name
    account: Name
    region: str
    name: Name
    kind: str
    state: str
    as_aws_says: Name
    wanted: int | None = None
    running: int | None = None
    healthy: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    instance_type: Name | None = None
    zone_ids: list[Name] = []
    capacity: list[Name] = Field(default=[], description="Ids of reservations and ARNs of plans behind it")
    running_on: dict[Name, int] = Field(default={}, description="Its machines by reservation")
    untrusted_issues: list[Words] = Field(default=[], description="What AWS says is wrong")
    unwell: list[UnwellNode] = []
    replaced: list[Name] = Field(default=[], description="Machines that failed lately and are gone")


class ProblemDetails(BaseModel):
    """Something that is wrong. Money is a decimal string, times are UTC."""

    severity: str
    rule: str
    account: Name
    region: str
    cluster: Name | None = None
    group: Name | None = None
    capacity: Name | None = None
    evidence: str = Field(description="What was seen, what it means, and the next step")
    until: AwareDatetime | None = Field(default=None, description="When it matters, or can be done by")
    machines: int | None = None
    hourly: Decimal | None = Field(default=None, description="What these machines cost an hour, together")
    currency: Name | None = None


class ClustersResult(BaseModel):
    """How the clusters are, what is wrong, and what the bought capacity does. What is missing has nothing to say."""

    notices: list[Line] = Field(default_factory=list, description="Read these first")
    asked: str = Field(description="Where, and when")
    problems: list[str] = Field(default_factory=list, description="What is wrong, the worst first; AWS's words quoted")
    clusters: str | None = Field(default=None, description="running: machines of wanted; ? is not known")
    capacity: str | None = Field(default=None, description="Blocks and plans that are not over, by their usable end")
    groups: str | None = Field(default=None, description="Groups of machines, those with problems first")
    cut: str | None = Field(default=None, description="What was left out, and how to see it")
    not_read: list[str] = Field(default_factory=list, description="What AWS did not answer: it may be well or ill")
    details: list[GroupDetails] = Field(default=[], description="Every field, with response_format=detailed")
    problem_details: list[ProblemDetails] = Field(default=[], description="The same of the problems")
