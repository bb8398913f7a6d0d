"""Servers and purchase processes as they run on a person's machine; all of AWS that they see is a counting endpoint."""

import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from mcp_server.aws.accounts import Accounts
from mcp_server.capacity.extensions import ExtensionProbe
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.plans import PlanProbe, TargetResource
from mcp_server.capacity.requests import Probe
from mcp_server.opening import make_desk, sources_of
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.chain import verify
from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.process import MODULE
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.quoting import Seen, Wanted, make_quote
from mcp_server.purchasing.rereading import AnyOffering, AnyProbe
from mcp_server.purchasing.sqlite_ledger import SqliteLedger
from mcp_server.purchasing.tags import PURCHASE_TAG
from mcp_server.sandbox.accounts import ACCESS_KEY_ID, MAIN, SECRET_ACCESS_KEY
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.process import apply
from mcp_server.settings import load_settings
from tests.bought_blocks import PAYMENT, START
from tests.plugin.line_client import Era, LineClient
from tests.purchasing.counting_endpoint import CountingEndpoint, Spending, Trap

REGION = "us-east-1"
PATIENCE = 60.0
"""Seconds after which something that is waited for will not come any more."""

_P5 = CATALOGUE["p5.48xlarge"]
_TARGET = TargetResource.TRAINING_JOB
_QUOTAS_OF_PLANS = ("L-867702E6", "L-9EF527CA")
_DAY = timedelta(days=1)
_HORIZON = timedelta(days=50)
_SEVERAL = 4
_CLAUDE_CODE: dict[str, Any] = {
    "protocolVersion": Era.HANDSHAKE,
    "capabilities": {"elicitation": {}},
    "clientInfo": {"name": "claude-code", "version": "2.1.330"},
}
_SETTINGS = f"""
[[accounts]]
name = "main"
id = "{MAIN.number}"
"""
_POLICY = f"""
purchases = true
approval = "client"
regions = ["{REGION}"]
instance_types = ["p5.48xlarge"]
[ceilings]
per_purchase = "{{most}}"
per_accelerator_hour = "1000"
rolling_24_hours = "{{most}}"
calendar_month = "{{most}}"
[[accounts]]
id = "{MAIN.number}"
purchaser_role = "arn:aws:iam::{MAIN.number}:role/ml-clusters-purchaser"
"""


class Session(LineClient):
    """A server started by Claude Code, in which somebody types every total that is asked for."""

    def __init__(self, machine: "Machine") -> None:
        command = ["setsid"] * has_proc() + [sys.executable, "-m", "mcp_server.app"]
        super().__init__(command, machine.environ, machine.folder, Era.HANDSHAKE)
        self._answered: set[Any] = set()
        self.ask("initialize", _CLAUDE_CODE)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def begin_call(self, tool: str, **arguments: Any) -> int:
        """Call a tool, and return the call's id at once."""
        return self.begin("tools/call", {"name": tool, "arguments": arguments})

    def begin_buying(self, quote: Quote) -> int:
        """Buy a quote and type its total, and return the call's id while the purchase is under way."""
        tool = "extend_capacity" if quote.kind.extends else "purchase_capacity"
        call = self.begin_call(tool, quote_id=quote.id, total=quote.total, summary=quote.summary)
        asked = self.wait(lambda said: self._asks(said) or said.get("id") == call, PATIENCE)
        if self._asks(asked):
            self._answered.add(asked["id"])
            total = re.findall(r"TOTAL (\S+ [A-Z]{3}),", asked["params"]["message"])[0]
            answer = {"action": "accept", "content": {"total": total}}
            self.send({"jsonrpc": "2.0", "id": asked["id"], "result": answer})
        return call

    def come_of(self, call: int) -> dict[str, Any]:
        """What a call came to; of a refusal, its words."""
        said = self.answer(call, PATIENCE)
        result = said["result"]
        return {"refused": result["content"][0]["text"]} if result.get("isError") else result["structuredContent"]

    def buy(self, quote: Quote) -> dict[str, Any]:
        """Buy a quote, and wait for what comes of it."""
        return self.come_of(self.begin_buying(quote))

    def history(self) -> dict[str, dict[str, Any]]:
        """Every purchase as purchase_history shows it after looking in AWS, by its id."""
        return {each["purchase_id"]: each for each in self.come_of(self.begin_call("purchase_history"))["purchases"]}

    def cancel(self, call: int) -> None:
        """Give a call up, as Esc does."""
        params = {"requestId": call, "reason": "the person pressed Esc"}
        self.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params})

    def cut(self) -> None:
        """Close the pipe through which the server is asked."""
        assert self.process.stdin
        self.process.stdin.close()

    def quit(self) -> None:
        """End it as Claude Code does when it quits: SIGINT, SIGTERM after 100 ms, and after 500 ms nobody is left.

        All that it started in its own session are signalled too, as a terminal does that is closed.
        """
        began = time.monotonic()
        for number, after in ((signal.SIGINT, 0.1), (signal.SIGTERM, 0.5), (signal.SIGKILL, PATIENCE)):
            if self.process.poll() is not None:
                return
            os.killpg(self.process.pid, number)
            with contextlib.suppress(TimeoutError):
                until(lambda: self.process.poll() is not None, "the end", began + after - time.monotonic())

    def _asks(self, said: dict[str, Any]) -> bool:
        return said.get("method") == "elicitation/create" and said["id"] not in self._answered


class Aws:
    """Simulated AWS itself, beside the endpoint: what is true there."""

    def __init__(self, url: str) -> None:
        self.control = SandboxControl(url)
        session: Any = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=REGION)
        self._ec2 = session.client("ec2", endpoint_url=url)
        self._sagemaker = session.client("sagemaker", endpoint_url=url)

    def bought(self, quote: Quote) -> int:
        """How often a quote was bought, as far as it shows. An extension does not say by which quote."""
        if quote.kind is DealKind.PLAN:
            return [each["TrainingPlanName"] for each in self.plans()].count(quote.plan)
        if quote.kind is DealKind.PLAN_EXTENSION:
            pages = self._sagemaker.get_paginator("describe_training_plan_extension_history")
            found = pages.paginate(TrainingPlanArn=quote.extends)
            return sum(row["StartDate"] == quote.start for page in found for row in page["TrainingPlanExtensions"])
        if quote.extends:
            rows = self._ec2.describe_capacity_block_extension_history()["CapacityBlockExtensions"]
            wanted = (quote.extends, quote.start)
            return sum((row["CapacityReservationId"], row["CapacityBlockExtensionStartDate"]) == wanted for row in rows)
        rows = self._ec2.describe_capacity_reservations()["CapacityReservations"]
        return sum({"Key": PURCHASE_TAG, "Value": quote.purchase_id} in row["Tags"] for row in rows)

    def sell_block(self, start: datetime) -> str | None:
        """Sell a block of one machine for a day, paid, past the endpoint; its reservation, None if none is left."""
        found = self._ec2.describe_capacity_block_offerings(
            InstanceType=_P5.name,
            InstanceCount=1,
            CapacityDurationHours=24,
            StartDateRange=start,
            EndDateRange=start + _DAY,
            AllAvailabilityZones=True,
        )["CapacityBlockOfferings"]
        if not found:
            return None
        sold = self._ec2.purchase_capacity_block(
            CapacityBlockOfferingId=found[0]["CapacityBlockOfferingId"], InstancePlatform="Linux/UNIX"
        )
        self.control.advance(PAYMENT)
        return sold["CapacityReservation"]["CapacityReservationId"]

    def plans(self) -> list[dict[str, Any]]:
        """The training plans that show, in every state."""
        pages = self._sagemaker.get_paginator("list_training_plans").paginate()
        return [each for page in pages for each in page["TrainingPlanSummaries"]]

    def sell_plan(self, start: datetime) -> str | None:
        """Sell a plan of one machine for a day, paid, past the endpoint; its ARN, None if none is left."""
        found = self._sagemaker.search_training_plan_offerings(
            InstanceType=f"ml.{_P5.name}",
            InstanceCount=1,
            DurationHours=24,
            StartTimeAfter=start,
            EndTimeBefore=start + _DAY,
            TargetResources=[str(_TARGET)],
        )["TrainingPlanOfferings"]
        if not found:
            return None
        offering = found[0]["TrainingPlanOfferingId"]
        sold = self._sagemaker.create_training_plan(
            TrainingPlanName=f"to-extend-from-{start:%Y-%m-%d}", TrainingPlanOfferingId=offering
        )
        self.control.advance(PAYMENT)
        return sold["TrainingPlanArn"]

    def lift_quotas(self) -> None:
        """Let the account have as many plans as these tests buy."""
        for code in _QUOTAS_OF_PLANS:
            self.control.set_quota(MAIN.name, REGION, code, 10_000)

    def close(self) -> None:
        """Ask no more."""
        self._ec2.close()
        self._sagemaker.close()


class Machine:
    """A person's machine, on which a policy lets them spend. Its environment is this process's while it is used."""

    def __init__(self, folder: Path, endpoint: CountingEndpoint, aws: Aws) -> None:
        self.folder, self.endpoint, self.aws = folder, endpoint, aws
        self.environ = dict(os.environ)
        settings = load_settings()
        self.desk = make_desk(settings, Accounts(sources_of(settings)))
        self._sessions: list[Session] = []
        self._free = START

    @property
    def session(self) -> Session:
        """A server that runs, begun if there is none."""
        if not self._sessions or self._sessions[-1].process.poll() is not None:
            return self.new_session()
        return self._sessions[-1]

    def new_session(self) -> Session:
        """A server of a new process; the one before, if it still runs, is ended."""
        self.end_session()
        self._sessions.append(Session(self))
        return self._sessions[-1]

    def end_session(self) -> None:
        """End the server that runs, if any."""
        for each in self._sessions:
            each.close()

    @property
    def book(self) -> Book:
        """What the ledger holds."""
        return self.desk.ledger.read()

    def purchase(self, quote: Quote) -> Purchase | None:
        """What the ledger holds of a quote."""
        return self.book.purchase_of(quote.id)

    def spent(self, quote: Quote) -> list[Spending]:
        """The requests that spend which arrived for a quote."""
        return [each for each in self.endpoint.spending if each.what == quote.offering.id]

    def last_question(self, **how: Any) -> Trap:
        """A trap for what the purchase process asks right before the request: the history of the last plan, if any."""
        plans = len(self.aws.plans())
        if plans:
            return Trap("DescribeTrainingPlanExtensionHistory", skips=plans - 1, **how)
        return Trap("DescribeCapacityBlockExtensionHistory", **how)

    def check_ledger(self) -> None:
        """The ledger, opened anew, is one unbroken chain that adds up."""
        ledger = SqliteLedger(self.folder / "ledger" / "ledger.sqlite3")
        verify(ledger.links())
        ledger.read()

    def free_day(self, days: int = 1) -> datetime:
        """The start of so many days on which nothing was asked for before; the clock goes on when all are used up."""
        while True:
            now = self.aws.control.now()
            start = max(self._free, now.replace(hour=11, minute=30, second=0, microsecond=0) + 2 * _DAY)
            self._free = start + days * _DAY
            if start < now + _HORIZON:
                return start
            self.aws.control.advance(_HORIZON)

    def quote(self, kind: DealKind = DealKind.BLOCK) -> Quote:
        """Quote a block or plan of one machine, or the extension of one, for days of its own."""
        while True:
            found = self._longer(kind) if kind.extends else self._beside_others(kind, self.free_day())
            # Not every day has something to buy.
            if found and self._offered(found):
                return self.quote_for(found)

    def quote_for(self, probe: AnyProbe, **terms: Any) -> Quote:
        """Quote the first that a probe finds."""
        seller = self.desk.seller(MAIN.number, REGION)
        wanted = Wanted(self._offered(probe)[0], probe, MAIN.name, seller.caller().arn, "find out", **terms)
        return make_quote(wanted, Seen(seller.estate()), self.desk)

    def buying(self) -> list[int]:
        """The numbers of the processes that buy on this machine."""
        mark = f"ML_CLUSTERS_SIMULATION={self.folder}\0".encode()
        found = [each for each in Path("/proc").iterdir() if each.name.isdecimal()] if has_proc() else []
        return [int(each.name) for each in found if _runs(each, MODULE.encode(), mark)]

    def wait_for_buyers(self) -> None:
        """Wait until no process of this machine buys any more."""
        until(lambda: not self.buying(), "the end of the purchase process")

    def close(self) -> None:
        """End everything that was started."""
        self.end_session()
        self.endpoint.close()
        self.aws.close()
        for pid in self.buying():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _longer(self, kind: DealKind) -> ExtensionProbe | None:
        """A question for one more day of something that is bought for it."""
        start = self.free_day(days=2)
        owned = self.aws.sell_plan(start) if kind.of_plan else self.aws.sell_block(start)
        return ExtensionProbe(owned, 1, of_plan=kind.of_plan) if owned else None

    def _beside_others(self, kind: DealKind, start: datetime) -> Probe | PlanProbe | None:
        """A question for one machine on a day on which more than one can be had."""
        block = Probe(_P5, _SEVERAL, 1, start, start + _DAY)
        several = PlanProbe(_P5, _SEVERAL, 1, _TARGET, start, start + _DAY) if kind.of_plan else block
        return replace(several, count=1) if self._offered(several) else None

    def _offered(self, probe: AnyProbe) -> Sequence[AnyOffering]:
        return self.desk.seller(MAIN.number, REGION).reread(probe)


@contextlib.contextmanager
def a_machine(sandbox_url: str, folder: Path, *, timeout: float = 30, most: int = 99_999_999) -> Generator[Machine]:
    """A machine in a new world, with an empty ledger. The one request may take timeout seconds, and cost most."""
    endpoint = CountingEndpoint(sandbox_url)
    (folder / "state").mkdir(mode=0o700)
    (folder / "settings.toml").write_text(_SETTINGS)
    (folder / "policy.toml").write_text(_POLICY.format(most=most))
    (folder / "policy.toml").chmod(0o600)
    environ: dict[str, str] = {}
    apply(endpoint.url, environ)
    environ |= {
        "HOME": str(folder),
        "CLAUDE_PROJECT_DIR": str(folder),
        "ML_CLUSTERS_SETTINGS": str(folder / "settings.toml"),
        "ML_CLUSTERS_STATE_DIRECTORY": str(folder / "state"),
        "ML_CLUSTERS_SIMULATION": str(folder),
        "ML_CLUSTERS_PURCHASE_TIMEOUT": str(timeout),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith(("AWS_", "ML_CLUSTERS_"))]:
            patch.delenv(name)
        for name, value in environ.items():
            patch.setenv(name, value)
        aws = Aws(sandbox_url)
        aws.control.reset()
        aws.control.set_clock(START)
        aws.lift_quotas()
        machine = Machine(folder, endpoint, aws)
        try:
            yield machine
        finally:
            machine.close()


def until(come: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait for what another process does.

    Raises:
        TimeoutError: It did not.
    """
    deadline = time.monotonic() + seconds
    while not come():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


def has_proc() -> bool:
    """Whether processes and their environment can be looked at."""
    return Path("/proc/self/environ").exists()


def _runs(process: Path, module: bytes, mark: bytes) -> bool:
    """Whether a process runs a module with this in its environment; a corpse has neither."""
    try:
        return module in (process / "cmdline").read_bytes() and mark in (process / "environ").read_bytes()
    except OSError:
        return False
