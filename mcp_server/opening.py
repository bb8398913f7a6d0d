"""The composition root: settings become accounts, searches, a policy and a ledger."""

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from mcp_server.aws.accounts import Accounts, Source, UnknownAccount
from mcp_server.monorepo.live_tree import Lack, LiveTree, NoTree
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.leases import alive, take_lease
from mcp_server.purchasing.places import Places, places
from mcp_server.purchasing.policy import Policy, PolicyRefused, load_policy
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.seller import AwsSeller
from mcp_server.purchasing.sqlite_ledger import SqliteLedger
from mcp_server.searching.capacity import CapacitySearch
from mcp_server.searching.extensions import ExtensionSearch
from mcp_server.searching.seen import SeenOfferings
from mcp_server.settings import Settings, load_settings, work_tree
from mcp_server.tools.services import Opened


def open_services() -> Opened:
    """Read the settings and make what the tools stand on.

    Raises:
        SettingsRefused: The settings cannot be used.
    """
    settings = load_settings()
    sources = sources_of(settings)
    accounts = Accounts(sources)
    seen = SeenOfferings(settings.state_file)
    return Opened(
        settings,
        accounts,
        cache(lambda: make_desk(settings, accounts)),
        CapacitySearch(accounts, seen),
        ExtensionSearch(accounts, seen),
        seen,
        sources,
        lambda: live_tree(settings),
    )


def open_desk(stopped: Callable[[], bool]) -> Desk:
    """What a purchase stands on, for the process that buys.

    Raises:
        SettingsRefused: The settings cannot be used.
    """
    settings = load_settings()
    return replace(make_desk(settings, Accounts(sources_of(settings))), stopped=stopped)


def open_ledger() -> SqliteLedger:
    """The ledger alone, for those who only read it.

    Raises:
        SettingsRefused: The settings cannot be used.
        NoHome: There is no place for a ledger.
    """
    where = places(load_settings().simulation)
    return SqliteLedger(where.ledger, lambda: _ledger_id(where))


def live_tree(settings: Settings) -> LiveTree:
    """The live tree that the settings name, as it is now: of the folders that could be one, the first that is.

    Raises:
        NoTree: There is none.
    """
    # On first use: the server starts without the parser.
    from mcp_server.monorepo.reading import read_tree  # noqa: PLC0415

    looked: dict[Path, Lack] = {}
    for root in settings.tree_roots:
        try:
            return read_tree(root, settings.monorepo.names)
        except NoTree as none:
            looked |= none.looked
    raise NoTree(looked)


def sources_of(settings: Settings) -> tuple[Source, ...]:
    """Where the credentials of the configured accounts come from."""
    return tuple(Source(each.name, each.id, each.profile, each.role) for each in settings.accounts)


def make_desk(settings: Settings, accounts: Accounts) -> Desk:
    """Policy and ledger of this user, or of the simulated AWS that the settings name.

    Raises:
        NoHome: There is no place for them.
    """
    where = places(settings.simulation)

    def seller(number: str, region: str) -> AwsSeller:
        try:
            return AwsSeller(accounts.of_number(number), region, settings.purchase_timeout)
        except UnknownAccount as unknown:
            raise SpendingRefused(Rule.CALLER_CHANGED, str(unknown)) from unknown

    return Desk(
        ledger=SqliteLedger(where.ledger, lambda: _ledger_id(where)),
        policy=lambda: _policy(where),
        seller=seller,
        simulated=where.simulated,
        logs=settings.state_directory,
        timeout=timedelta(seconds=settings.purchase_timeout),
        lease=take_lease,
        alive=alive,
    )


def _policy(where: Places) -> Policy:
    # The policy of a simulation cannot buy anything real, wherever it is.
    return load_policy(where.policy, work_tree=None if where.simulated else work_tree())


def _ledger_id(where: Places) -> str | None:
    """The ledger that the policy knows, so that a lost one is missed."""
    try:
        return _policy(where).ledger_id
    except PolicyRefused:
        # Whoever wants to spend is told; the ledger can be read all the same.
        return None


def policy_reader() -> Callable[[], Policy]:
    """Reads the spending policy as it is at each call: this user's, or that of the settings' simulated AWS.

    Raises:
        SettingsRefused: The settings cannot be used.
        NoHome: There is no place for a policy.
    """
    where = places(load_settings().simulation)
    return lambda: _policy(where)


def quiet_logs() -> None:
    """Warnings go to standard error, but for botocore's: what failed there is told where it was asked."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger("botocore").setLevel(logging.CRITICAL)
