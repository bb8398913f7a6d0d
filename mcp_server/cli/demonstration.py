"""demo: the whole path on simulated AWS, step by step, through an MCP client as Claude Code is one."""

import shlex
import signal
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from mcp import Client
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, Implementation, TextResourceContents
from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from mcp_server.app import build_server
from mcp_server.cli.calling import CallFailed, text_of
from mcp_server.cli.demonstrated_wiring import UNIT, Ground, planned, pull_request, scratch_project, written
from mcp_server.cli.simulation import simulated
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.process import Running, SandboxError

_CLOCK = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""When every demo begins, so that each sees the same market."""

_CLIENT = Implementation(name="claude-code", version="2.1.330")
_WIDTH = 120
_PAYMENT = timedelta(hours=12)
_BEFORE_THE_END = timedelta(days=1)
_WISH = {"instance_types": ["p5.48xlarge"], "count": 8, "days": "7", "accounts": ["main"]}
_IMPOSSIBLE = {
    "instance_types": ["p5"],
    "count": 64,
    "days": "28",
    "regions": ["us-east-1", "us-east-2", "ap-south-1"],
    "accounts": ["main"],
}
_PLAN_WISH = {
    "target_resource": "hyperpod-cluster",
    "instance_types": ["p5en"],
    "count": 4,
    "days": "7",
    "regions": ["us-east-1", "us-west-2"],
    "accounts": ["main"],
    "compare": True,
}
_PURPOSE = "trying out ml-clusters"


class NotItsOwn(SandboxError):
    """The demo met a simulated AWS, or a question, that is not its own. It types no total there."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"The demo buys only on a simulated AWS that it started itself, and {what}. It bought nothing."
        )


def run() -> None:
    """Walk through every step on a sandbox of its own, which is gone afterwards.

    Raises:
        CallFailed: A step's tool failed.
    """
    console = Console(soft_wrap=True, highlight=False)
    console.print("Starting a simulated AWS of this demo's own: it needs no account, and nothing in it costs money.\n")
    with (
        tempfile.TemporaryDirectory(prefix="ml-clusters-demo-") as folder,
        simulated(Path(folder), fresh=True) as running,
    ):
        walk(running, console)
    console.print(Rule("Next", align="left"))
    console.print(_NEXT, markup=False)


def walk(running: Running, console: Console) -> None:
    """Search, quote, buy, look back, wire, extend and buy a plan on a simulated AWS that this process sees and started.

    Raises:
        NotItsOwn: Somebody else started it, who may count on what is there.
        CallFailed: A step's tool failed.
    """
    if not running.started_here:
        raise NotItsOwn(f"{running.url} was there before")
    running.control.set_clock(_CLOCK)
    with scratch_project() as ground:
        anyio.run(_walk, running.control, console, ground)


async def _walk(control: SandboxControl, console: Console, ground: Ground) -> None:
    buyer = _Buyer(console, control.world().world)
    async with Client(build_server(), client_info=_CLIENT, elicitation_callback=buyer.answer) as client:
        await _Walk(client, buyer, control, console, ground).go()


def typed_by_nobody(question: str, quote: Mapping[str, Any], world: str) -> str:
    """What the demo types where nobody can: a quote's total, and only where it is one of its own simulated AWS.

    Raises:
        NotItsOwn: The question is about another one, or about AWS.
    """
    ours = quote["facts"].startswith(f"SIMULATED: not AWS, no money (simulation {world}).\n")
    if not ours or not question.startswith("SIMULATED, no money: TOTAL "):
        raise NotItsOwn("this question is about something else")
    return quote["total"]


class _Buyer:
    """Who answers the dialog: the person at the terminal, or the demo in the place of nobody."""

    def __init__(self, console: Console, world: str) -> None:
        self._console, self._world = console, world
        self._present = sys.stdin.isatty() and sys.stdout.isatty()
        self.quote: Mapping[str, Any] = {}

    async def answer(self, context: Any, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG002 - the SDK's form
        dialog = Panel(Text(params.message), title="the dialog", title_align="left", width=_WIDTH)
        self._console.print(dialog, soft_wrap=False)
        typed = self._read() if self._present else self._type(params.message)
        return ElicitResult(action="accept", content={"total": typed}) if typed else ElicitResult(action="decline")

    def _read(self) -> str:
        # Nothing else happens meanwhile, and Ctrl-C means no: asyncio would only note it and go on waiting.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return self._console.input("> ", markup=False).strip()
        except (EOFError, KeyboardInterrupt):
            return ""
        finally:
            signal.signal(signal.SIGINT, before)

    def _type(self, question: str) -> str:
        typed = typed_by_nobody(question, self.quote, self._world)
        self._console.print("Nobody is at a terminal: the demo types the total itself.")
        self._console.print(f"> {typed}", markup=False)
        return typed


class _Walk:
    """The steps, one after another."""

    def __init__(
        self, client: Client, buyer: _Buyer, control: SandboxControl, console: Console, ground: Ground
    ) -> None:
        self._client, self._buyer, self._control, self._console = client, buyer, control, console
        self._ground = ground
        self._number = 0

    async def go(self) -> None:
        handle = await self._search()
        quote = await self._quote(handle)
        bought = await self._buy(quote)
        if bought is None:
            self._explain("Without a block there is nothing to look back at or to extend: the demo ends here.")
            return
        await self._want_it_again(handle)
        await self._look_back(quote)
        await self._wire(bought["purchase_id"])
        await self._extend(bought, quote)
        await self._plan()
        await self._receipt(bought["purchase_id"])

    async def _search(self) -> str:
        self._begin(
            "Eight p5.48xlarge for a week, anywhere",
            """Every region that sells the type is asked at once, in every account unless told otherwise. A row meets
            the request when its usable time is that of a seven-day block. The machines stop at the usable end, half
            an hour before the block's; rate is the fee per accelerator-hour. A region that did not answer is named.""",
        )
        found = await self._call("search_capacity_blocks", _WISH)
        if self._ground.clone:
            self._begin(
                "For a cluster of the live tree",
                f"""A block can be used in its own zone alone. For a unit only its account, region and zones are asked:
                {UNIT} is an EKS cluster of this repository, which the demo has cloned to try things in.""",
            )
            found = await self._call("search_capacity_blocks", {**_WISH, "for_unit": UNIT})
        self._begin(
            "When nothing fits",
            """A request that cannot be met brings the nearest that can: fewer, shorter, later, another type, another
            region, each named for how it departs.""",
        )
        await self._call("search_capacity_blocks", _IMPOSSIBLE)
        return found["cheapest"]

    async def _quote(self, handle: str) -> dict[str, Any]:
        self._begin(
            "A quote",
            """The cheapest is read again, live, and checked against the spending policy, the quota and everything that
            the accounts own. The quote freezes the price and all that will be sent, for ten minutes. It holds nothing:
            somebody else may still be faster.""",
        )
        return await self._call("quote_capacity", {"offering": handle, "purpose": _PURPOSE})

    async def _buy(self, quote: dict[str, Any]) -> dict[str, Any] | None:
        self._begin(
            "Buying it: a person types the total",
            """The call repeats the total and the summary, so that Claude Code's permission card shows a price. Then the
            server asks, in its own words. Type the total to go on; nothing, or anything else twice, buys nothing. AWS
            gets one request at most, from a process that goes on should this one be closed.""",
        )
        return await self._spend(quote)

    async def _want_it_again(self, handle: str) -> None:
        self._begin(
            "The same wish again is refused",
            """A model that forgets, or a colleague with the same idea, does not buy twice: the same accelerator for the
            same dates is refused for a day, unless a person wants it in addition.""",
        )
        await self._call("quote_capacity", {"offering": handle, "purpose": _PURPOSE}, refused=True)

    async def _look_back(self, quote: dict[str, Any]) -> None:
        self._forward(_PAYMENT, "Twelve hours later: is it paid?")
        self._explain(
            """AWS takes the payment within twelve hours. purchase_history looks in AWS each time, writes down what
            it finds, and tells what the policy's ceilings leave."""
        )
        await self._call("purchase_history", {"quote_id": quote["quote_id"]}, show=_history)

    async def _wire(self, purchase: str) -> None:
        """Put it under the cluster, up to the text of a pull request."""
        self._begin(
            "Where could it go?",
            """wire_capacity holds it against every unit of the live tree, and says why it does not fit into others.""",
        )
        clone = self._ground.clone
        if clone is None:
            self._explain(f"This is left out: {self._ground.why_not}.")
            return
        await self._call("wire_capacity", {"capacity": purchase})
        self._begin(
            "Put it under eks-training",
            """Every check with its result, and a diff of the only bytes that change. The tool writes nothing in the
            tree: a command does, if the file is still as it was.""",
        )
        proposed = await self._call("wire_capacity", {"capacity": purchase, "unit": UNIT})
        wiring = written(proposed["wiring_id"])
        self._console.print(f"$ ml-clusters wire --apply {wiring.id}\nWrote {wiring.shown_as}\n", markup=False)
        self._begin(
            "The plan, and the pull request",
            """What Terraform would do is summed up, the worst first; the pull request says who bought what, for how
            much, what was checked, and what was not. A workflow holds it to AWS once more; a person merges.""",
        )
        with self._console.status("planning"):
            plan, why_recorded = await anyio.to_thread.run_sync(planned, clone)
        if plan.recorded:
            self._console.print(f"\nplan: recorded, not run here ({why_recorded})", markup=False)
        text = pull_request(wiring, plan)
        self._console.print(f"\nTitle: {text['title']}\n", markup=False)
        # Its first line is for the workflow, and GitHub does not show it.
        self._console.print(_readable(text["body"].partition("\n")[2]), markup=False, end="\n\n")

    async def _renew(self, purchase: str) -> None:
        """The dates in the tree after an extension."""
        if self._ground.clone:
            self._begin(
                "Its dates in the tree",
                """The nodes would drain at the old end. Once the extension is paid, the dates are renewed in the same
                way: by a diff of two literals at most.""",
            )
            self._control.advance(_PAYMENT / 12)
            await self._call("wire_capacity", {"capacity": purchase, "action": "rewire"})

    async def _extend(self, bought: dict[str, Any], quote: dict[str, Any]) -> None:
        wait = datetime.fromisoformat(quote["end"]) - _BEFORE_THE_END - self._control.now()
        self._forward(wait, "A day before its end: what is owned")
        self._explain(
            """list_capacity reads every account and region: what runs, what stands idle and what that costs, when the
            machines stop, and until when something can be done about it. What is wrong comes first."""
        )
        await self._call("list_capacity", {})
        self._begin(
            "Extending it",
            """An extension begins where the block ends, on the same machines, and is offered until an hour before the
            end. It is bought like a block: quoted, the total typed, one request.""",
        )
        wish = {"reservation": bought["reservations"][0], "days": "1-3"}
        found = await self._call("search_extensions", wish, hidden={"response_format": "detailed"})
        offerings = found["details"]["offerings"]
        if not offerings:
            self._console.print("Simulated AWS offers none today.")
            return
        longer = await self._call("quote_capacity", {"offering": offerings[0]["handle"], "purpose": _PURPOSE})
        if await self._spend(longer):
            await self._renew(bought["purchase_id"])

    async def _plan(self) -> None:
        self._begin(
            "A training plan, for HyperPod",
            """HyperPod takes no Capacity Blocks but SageMaker's training plans, which are searched, quoted and bought
            in the same way. With compare both are ranked by one rate, with what each can serve; a plan serves one
            target, in the account that buys it.""",
        )
        found = await self._call("search_training_plans", _PLAN_WISH, hidden={"response_format": "detailed"})
        offered = [each for each in found["details"]["offerings"] if each["target"] and each["meets_request"]]
        if not offered:
            self._console.print("Simulated AWS offers none today.")
            return
        wish = {"offering": offered[0]["handle"], "purpose": _PURPOSE, "label": "december-release"}
        quote = await self._call("quote_capacity", wish)
        if await self._spend(quote):
            self._forward(_PAYMENT, "Is the plan paid?")
            await self._call("purchase_history", {"quote_id": quote["quote_id"]}, show=_history)

    async def _receipt(self, purchase: str) -> None:
        self._begin(
            "The receipt",
            """Who bought what, when and why, and by what it is known: for people, and as JSON or CSV for bookkeeping.
            It is read from the ledger, in which every entry is chained to the one before.""",
        )
        self._console.print(f"\n$ ml-clusters --sandbox receipt {purchase}\n", markup=False)
        for each in (await self._client.read_resource(f"receipt://{purchase}")).contents:
            if isinstance(each, TextResourceContents):
                self._console.print(_readable(each.text), markup=False)

    async def _spend(self, quote: dict[str, Any]) -> dict[str, Any] | None:
        """The purchase that came of a quote; None where there is none."""
        arguments = {name: quote[name] for name in ("quote_id", "total", "summary")}
        self._buyer.quote = quote
        self._console.print(f"\n{quote['spend_with']}, as Claude Code's permission card shows it:")
        for name, value in arguments.items():
            self._console.print(_readable(f"  {name:<9} {value}", " " * 12), markup=False)
        self._console.print()
        result = await self._client.call_tool(quote["spend_with"], arguments)
        spent = self._shown(quote["spend_with"], result)
        return spent if spent["status"] == "bought" else None

    async def _call(
        self,
        name: str,
        arguments: dict[str, Any],
        *,
        show: Callable[[CallToolResult], str] = text_of,
        hidden: dict[str, Any] | None = None,
        refused: bool = False,
    ) -> dict[str, Any]:
        """Call a tool that reads, as a command that people can type. hidden are arguments for this program alone."""
        self._console.print(f"\n{_command(name, arguments)}\n", markup=False)
        with self._console.status("asking AWS"):
            result = await self._client.call_tool(name, {**arguments, **(hidden or {})})
        return self._shown(name, result, show, refused=refused)

    def _shown(
        self,
        name: str,
        result: CallToolResult,
        show: Callable[[CallToolResult], str] = text_of,
        *,
        refused: bool = False,
    ) -> dict[str, Any]:
        text = show(result).removeprefix(f"Error executing tool {name}: ")
        if result.is_error != refused:
            raise CallFailed(text if result.is_error else f"{name} should have been refused, and was not.")
        self._console.print(_readable(text), markup=False)
        self._console.print()
        return result.structured_content or {}

    def _begin(self, title: str, explanation: str) -> None:
        self._number += 1
        self._console.print(Rule(f"{self._number}. {title}", align="left"))
        self._explain(explanation)

    def _explain(self, explanation: str) -> None:
        self._console.print(textwrap.fill(" ".join(explanation.split()), _WIDTH), style="dim", markup=False)

    def _forward(self, by: timedelta, title: str) -> None:
        now = self._control.advance(by)
        self._begin(title, f"The demo moves the clock of simulated AWS: it is {now:%Y-%m-%d %H:%M} UTC there now.")


def _history(result: CallToolResult) -> str:
    """A purchase and the budget; the tool's own table is wider than a terminal."""
    told: dict[str, Any] = result.structured_content or {}
    purchases: list[dict[str, Any]] = told["purchases"]
    return "\n".join([*told["notices"], *(each["message"] for each in purchases), f"Left: {told['budget']}"])


def _readable(text: str, indent: str = "  ") -> str:
    """Text whose long lines, which are sentences, are broken."""
    lines = (_broken(line, indent) if len(line) > _WIDTH else [line] for line in text.splitlines())
    return "\n".join(part for parts in lines for part in parts)


def _command(name: str, arguments: dict[str, Any]) -> str:
    typed = " ".join(_argument(each, value) for each, value in arguments.items())
    return " \\\n".join(_broken(f"$ ml-clusters --sandbox call {name} {typed}", "    "))


def _argument(name: str, value: str | int | list[str]) -> str:
    flag = f"--{name.replace('_', '-')}"
    return flag if value is True else f"{flag} {_word(value)}"


def _broken(line: str, indent: str) -> list[str]:
    return textwrap.wrap(line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _word(value: str | int | list[str]) -> str:
    return shlex.quote(",".join(value) if isinstance(value, list) else str(value))


_NEXT = """\
The world of this demo is gone now; that of --sandbox is kept from one command to the next. To buy there by hand (in a
clone: .venv/bin/ml-clusters), with the handle of a search and the id of its quote:
  ml-clusters --sandbox call search_capacity_blocks --instance-types b200 --count 4 --days longest
  ml-clusters --sandbox call quote_capacity --offering o-… --purpose "…"
  ml-clusters --sandbox approve q-…      shows everything, asks for the total, and buys
  ml-clusters --sandbox call purchase_history
  ml-clusters --sandbox call list_capacity
  ml-clusters --sandbox calendar         what is owned, as a picture and as a calendar
In Claude Code, open this folder and say: find eight p5.48xlarge for a week
On AWS nothing can be bought before a person has written a policy: ml-clusters policy init. See docs/buying.md."""
