"""Looking, beside the work of any tool, for what every result tells: hooks that do not work, and purchases in AWS."""

import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from mcp.types import CallToolResult

from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline
from mcp_server.hooks_checkup import examine_hooks
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.places import NoHome
from mcp_server.purchasing.reconciling import LookedAt, Place, look_at, open_places
from mcp_server.purchasing.refusals import SpendingRefused
from mcp_server.searching.fan_out import Task, fan_out
from mcp_server.searching.findings import Verdict
from mcp_server.settings import SettingsRefused, project_folder
from mcp_server.tools.notices import beginning_with, with_untold
from mcp_server.tools.services import Services
from mcp_server.tools.subjects import Asking

Finish = Callable[[CallToolResult], CallToolResult]
"""Gives a tool's result what every result begins with."""

_PATIENCE = 5.0
"""Seconds for which a result may wait for a look; one that hangs is left behind."""

_PACE = timedelta(minutes=1)
_LOOK_THEMSELVES = {"quote_capacity", "purchase_history"}


class Lookout:
    """Looks while tools work, so that a payment that failed is told with whatever is asked next.

    In Claude Code the hooks are tried once, beside the first tool, and what is wrong with them is told with every one.

    Each place is asked once a minute at most, by AWS's time, and only while something bought there is open. A look
    never fails a tool: what could not be looked at is told by purchase_history.
    """

    def __init__(self, services: Services, asking: Asking) -> None:
        self._services, self._asking = services, asking
        self._lock = threading.Lock()
        self._asked: dict[Place, datetime] = {}
        self._hooks: threading.Thread | None = None
        self._broken: tuple[str, ...] = ()

    def begin(self, tool: str) -> Finish:
        """Look while a tool works. What is returned waits for that, in a thread, and adds what nobody was shown yet."""
        asking = self._asking()
        hooks = self._hooks_beside()
        beside = None if tool in _LOOK_THEMSELVES else self._look_beside()

        def finish(result: CallToolResult) -> CallToolResult:
            # The tool may have heard of AWS that more time has passed than this process knew of.
            if beside and beside.wait(_PATIENCE):
                self._look_beside().wait(_PATIENCE)
            hooks.join(_PATIENCE)
            return beginning_with(with_untold(result, self._services, asking), self._broken)

        return finish

    def _hooks_beside(self) -> threading.Thread:
        """Try the hooks once, in a thread of their own."""
        with self._lock:
            if self._hooks is None:
                self._hooks = threading.Thread(target=self._try_hooks, daemon=True)
                self._hooks.start()
            return self._hooks

    def _try_hooks(self) -> None:
        # Other clients have no hooks, and do not tell of a project.
        if "CLAUDE_PROJECT_DIR" not in os.environ:
            return
        try:
            bad = [each.detail for each in examine_hooks(project_folder()) if each.verdict is Verdict.BAD]
        except Exception:  # noqa: BLE001 - what Claude Code keeps is its own, and no reason for a tool to fail
            return
        self._broken = tuple(f"Hook: {each}. `ml-clusters doctor` in a terminal names the fix." for each in bad)

    def _look_beside(self) -> threading.Event:
        """Look in a thread of its own, which cannot take a result away; what is returned is set when AWS answered."""
        answered = threading.Event()
        threading.Thread(target=self._look, args=(answered,), daemon=True).start()
        return answered

    def _look(self, answered: threading.Event) -> None:
        """Look wherever it is time to."""
        try:
            desk = self._services.opened().desk
            book = desk.ledger.read()
            places = open_places(book, _open)
            tasks = [Task(each, each, lambda _, each=each: self._look_at(desk, book, each)) for each in places]
            outcomes = fan_out(tasks, Deadline.after(_PATIENCE), lambda _: None)
        except (SettingsRefused, NoHome, LedgerRefused):
            # The tool, or whatever spends, says why.
            answered.set()
            return
        if all(each.asked for each in outcomes):
            answered.set()

    def _look_at(self, desk: Desk, book: Book, place: Place) -> LookedAt | bool:
        try:
            now = desk.seller(*place).now
        except (AwsFailure, SpendingRefused):
            return False
        return self._is_time(place, now) and look_at(desk, book, place)

    def _is_time(self, place: Place, now: datetime) -> bool:
        with self._lock:
            asked = self._asked.get(place)
            # AWS tells whole seconds, so that its time may seem to go back a little; set back it makes nothing wait.
            if asked and abs(now - asked) < _PACE:
                return False
            self._asked[place] = now
            return True


def _open(purchase: Purchase, book: Book) -> bool:  # noqa: ARG001 - any rule of what is due may need the book
    return purchase.state.open
