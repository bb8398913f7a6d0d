"""Somebody who may spend on simulated AWS: a policy, clients of the server, and a person who answers its questions."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult, ElicitResult, Implementation

from mcp_server.app import build_server
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.received import Received
from tests.tools.results import sentence, structure

MAIN, SECONDARY = "483026362307", "159553542841"
REGION = "us-east-1"
CLAUDE_CODE = Implementation(name="claude-code", version="2.1.330")
PURCHASER = "arn:aws:iam::{}:role/ml-clusters-purchaser"
RULES: dict[str, Any] = {
    "purchases": True,
    "approval": "client",
    "regions": [REGION, "us-west-2", "ap-south-1"],
    "instance_types": ["p5.48xlarge"],
    "required_tags": ["Team"],
    "tags": {"Team": "ML"},
    "ceilings": {
        "per_purchase": "250000",
        "per_accelerator_hour": "30",
        "rolling_24_hours": "500000",
        "calendar_month": "1000000",
    },
    "accounts": [{"id": MAIN, "purchaser_role": PURCHASER.format(MAIN)}],
}

either_era = pytest.mark.parametrize("era", ["auto", pytest.param("legacy", marks=pytest.mark.slow)])
"""For what does not depend on how the client speaks: both eras in all tests, one in those that are run often."""

Answer = Callable[[str], ElicitResult]
Quote = dict[str, Any]


def typing(total: str) -> Answer:
    """Types this, whatever is asked."""
    return lambda _: ElicitResult(action="accept", content={"total": total})


def the_total(question: str) -> ElicitResult:
    """Types the total that the question names."""
    return typing(re.findall(r"TOTAL (\S+ [A-Z]{3}),", question)[0])(question)


def declining(_: str) -> ElicitResult:
    """Says no."""
    return ElicitResult(action="decline")


def cancelling(_: str) -> ElicitResult:
    """Closes the question, as Esc does and a client without anybody in front of it."""
    return ElicitResult(action="cancel")


class Person:
    """Gives one of the answers after the other, and the last from then on. asked holds the questions."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers or (the_total,))
        self.asked: list[str] = []

    async def __call__(self, _: object, question: Any) -> ElicitResult:
        """A client's callback for elicitations."""
        self.asked.append(question.message)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(question.message)


@dataclass(frozen=True, slots=True)
class Talk:
    """One connection of a client."""

    client: Client

    async def search(self, **wish: Any) -> dict[str, Any]:
        """What is offered: four p5.48xlarge for a day in one region unless told otherwise."""
        asked = {"instance_types": ["p5"], "count": 4, "days": "1", "regions": [REGION], **wish}
        return structure(await self.client.call_tool("search_capacity_blocks", asked))

    async def offered(self, **wish: Any) -> list[str]:
        """The handles of what is offered, by fee."""
        found = await self.search(response_format="detailed", **wish)
        return [each["handle"] for each in found["details"]["offerings"]]

    async def plans(self, **wish: Any) -> list[dict[str, Any]]:
        """Every field of the plans on offer: one p5.48xlarge for a day for HyperPod in one region, unless told else."""
        one = {"target_resource": "hyperpod-cluster", "instance_types": ["p5.48xlarge"], "count": 1, "days": "1"}
        asked = {**one, "regions": [REGION], "response_format": "detailed", **wish}
        found = structure(await self.client.call_tool("search_training_plans", asked))
        return found["details"]["offerings"]

    async def plan(self, **wish: Any) -> str:
        """The handle of the first of them."""
        return (await self.plans(**wish))[0]["handle"]

    async def extension(self, reservation: str) -> str:
        """The handle of one more day for a reservation."""
        wish = {"reservation": reservation, "region": REGION, "days": "1", "response_format": "detailed"}
        found = structure(await self.client.call_tool("search_extensions", wish))
        return found["details"]["offerings"][0]["handle"]

    async def segmented(self) -> str:
        """The handle of 48 machines for a week, which no single zone has: two segments, side by side."""
        found = await self.search(count=48, days="7", response_format="detailed")
        return next(each["handle"] for each in found["details"]["offerings"] if len(each["parts"]) > 1)

    async def quote(self, offering: str | None = None, **terms: Any) -> CallToolResult:
        """Quotes a handle, of the first that is offered unless told otherwise."""
        handle = offering or (await self.offered())[0]
        asked = {"offering": handle, "purpose": "fine-tune the model", **terms}
        return await self.client.call_tool("quote_capacity", asked)

    async def quoted(self, offering: str | None = None, **terms: Any) -> Quote:
        """The same where it succeeds."""
        return structure(await self.quote(offering, **terms))

    async def buy(self, quote: Quote, tool: str | None = None, **said: str) -> CallToolResult:
        """Calls the tool that the quote names, repeating total and summary unless told otherwise."""
        return await self.client.call_tool(tool or quote["spend_with"], card(quote) | said)

    async def bought(self, quote: Quote) -> dict[str, Any]:
        """What a purchase comes to that is not refused."""
        return structure(await self.buy(quote))

    async def history(self, **asked: Any) -> dict[str, Any]:
        """The ledger, after looking in AWS."""
        return structure(await self.client.call_tool("purchase_history", asked))


@dataclass(frozen=True, slots=True)
class Shop:
    """Simulated AWS, and the folder in which its policy and its ledger are."""

    aws: SandboxControl
    folder: Path

    @property
    def policy(self) -> Path:
        """The policy's file."""
        return self.folder / "policy.toml"

    @property
    def ledger(self) -> Path:
        """Where the ledger is, once there is one."""
        return self.folder / "ledger" / "ledger.sqlite3"

    def allow(self, **changes: Any) -> None:
        """Write the policy with these rules instead of the usual; ceilings may be given in part."""
        rules = RULES | changes | {"ceilings": RULES["ceilings"] | changes.get("ceilings", {})}
        self.policy.write_text("".join(f"{name} = {_toml(value)}\n" for name, value in rules.items()))
        self.policy.chmod(0o600)

    def spent(self) -> list[Received]:
        """The requests that spend which reached AWS."""
        of_blocks = ("PurchaseCapacityBlock", "PurchaseCapacityBlockExtension")
        of_plans = ("CreateTrainingPlan", "ExtendTrainingPlan")
        return [each for name in (*of_blocks, *of_plans) for each in self.aws.requests(name) if not each.dry_run]

    @asynccontextmanager
    async def talk(
        self, era: str, person: Person | None = None, client: Implementation = CLAUDE_CODE
    ) -> AsyncIterator[Talk]:
        """Connect to a new server, as somebody who types the total unless told otherwise."""
        answers = person or Person()
        async with Client(build_server(), mode=era, elicitation_callback=answers, client_info=client) as connection:
            yield Talk(connection)


def card(quote: Quote) -> dict[str, str]:
    """What a call that spends repeats of its quote."""
    return {name: quote[name] for name in ("quote_id", "total", "summary")}


def refusal(result: CallToolResult, *words: str) -> str:
    """The text of a refusal, which has these words and says that nothing was bought."""
    text = sentence(result)
    for each in (*words, "Nothing was bought"):
        assert each in text, text
    return text


def states(history: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Of each purchase, newest first: its state, and those of its reservations."""
    return [
        (each["state"], re.findall(r"cr-[0-9a-f]+ \(([a-z-]+)\)", each["message"])) for each in history["purchases"]
    ]


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value)
