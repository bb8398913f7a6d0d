"""What the tools stand on, made on first use so that the server starts at once and says later what is wrong."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from mcp_server.aws.accounts import Accounts, Source
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.purchasing.desk import Desk
from mcp_server.searching.capacity import CapacitySearch
from mcp_server.searching.extensions import ExtensionSearch
from mcp_server.searching.seen import SeenOfferings


class Preferences(Protocol):
    """What of the settings the tools need."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which bare dates are meant."""
        ...

    @property
    def time_budget(self) -> float:
        """Seconds a search may take unless told otherwise."""
        ...

    @property
    def state_directory(self) -> Path:
        """Where what this user keeps between calls is."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """Settings that could be read, and what was made from them."""

    preferences: Preferences
    accounts: Accounts
    open_desk: Callable[[], Desk]
    capacity_search: CapacitySearch
    extension_search: ExtensionSearch
    seen: SeenOfferings
    sources: tuple[Source, ...]
    read_tree: Callable[[], LiveTree]
    """Reads the live tree as it is now. Raises NoTree where there is none."""

    @property
    def desk(self) -> Desk:
        """What purchases stand on; opened when first needed, since searching does without.

        Raises:
            NoHome: There is no place for a policy and a ledger.
        """
        return self.open_desk()


class Services:
    """Opens once; a failure to open is raised at each use until it succeeds, so that mended settings are found."""

    def __init__(self, open_services: Callable[[], Opened]) -> None:
        self._open = open_services
        self._lock = threading.Lock()
        self._opened: Opened | None = None

    def opened(self) -> Opened:
        """The services.

        Raises:
            Exception: Whatever opening raised.
        """
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened
