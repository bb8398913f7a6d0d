"""What a pull request says, in a form that a workflow reads, of the capacity that it is about."""

import json
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.wiring.keeping import Wiring
from mcp_server.wiring.targets import Target

_MARK = re.compile(r"<!-- ml-clusters wiring (\{[^\n]*\}) -->")
_PURCHASE = re.compile(r"\bmlc-[0-9a-z]{20}\b")


class Mark(BaseModel):
    """What is put where, or taken out. purchase is None where it was not bought with this program."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["wire", "unwire", "rewire"]
    capacity: str
    purchase: str | None
    unit: str
    target: Target
    name: str


class BadMark(RequestRefused):
    """A pull request's text has a mark that cannot be read, or names a purchase that no mark is about."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"{why} `ml-clusters wire --body WIRING` writes the text anew.")


def marked(wiring: Wiring) -> str:
    """The mark of an edit, as a comment that GitHub does not show."""
    mark = Mark(
        action=wiring.action,
        capacity=wiring.capacity,
        purchase=wiring.purchase,
        unit=wiring.unit,
        target=wiring.target,
        name=wiring.name,
    )
    # A comment ends at its first --, which no field of ours has but a name might.
    text = json.dumps(mark.model_dump(mode="json"), separators=(",", ":")).replace("--", "\\u002d\\u002d")
    return f"<!-- ml-clusters wiring {text} -->"


def read_marks(text: str) -> tuple[Mark, ...]:
    """The marks of a pull request's text, in order; none: it is about no capacity.

    Raises:
        BadMark: One cannot be read, or a purchase is named that no mark is about.
    """
    found = _MARK.findall(text)
    try:
        marks = tuple(Mark.model_validate_json(each) for each in found)
    except ValidationError as error:
        raise BadMark("The mark of the pull request's text is not as it was written.") from error
    known = {each.purchase for each in marks}
    unknown = next((each for each in _PURCHASE.findall(text) if each not in known), None)
    if unknown:
        raise BadMark(f"The text names the purchase {unknown}, and has no mark that says where it goes.")
    return marks
