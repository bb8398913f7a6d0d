"""A ledger that was lost, begun anew from what AWS shows: once, in one transaction, when a person says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.trails import PurchaseEvent
from mcp_server.capacity.words import word
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.desk import Desk, check_world
from mcp_server.purchasing.entries import Entry, Rebuilt, Restored, Told
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.policy import Policy, PolicyRefused
from mcp_server.purchasing.refusals import RebuildRefused, Rule
from mcp_server.purchasing.restoring import ledgers_in, open_to_question, salvage
from mcp_server.searching.market import Progress
from mcp_server.searching.owned import is_off, read_owned, selling_regions
from mcp_server.searching.readers import Readers, choose_readers

_SLACK = timedelta(minutes=1)
"""How far the clocks of EC2 and CloudTrail may be apart."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What AWS shows of the lost ledgers. now is AWS's time, UTC; others are ledgers that tags name besides.

    unread are sentences on what could not be looked at, odd on what is left out or unsure.
    """

    world: str
    now: datetime
    ledgers: tuple[str, ...]
    restored: tuple[Restored, ...]
    others: dict[str, int]
    odd: tuple[str, ...]
    unread: tuple[str, ...]


def find_remains(
    accounts: Accounts, desk: Desk, named: Sequence[str], deadline: Deadline, progress: Progress
) -> Remains:
    """Read every configured account in every region that sells blocks or plans, and what of it these ledgers bought.

    named are the ledgers that were lost; else it is the policy's, else the only one that tags name.

    Raises:
        LedgerRefused: There is a ledger.
        RebuildRefused: AWS is of several worlds, or it does not show which ledger was lost.
        SpendingRefused: AWS is not that of this ledger's place.
        AwsFailure: No account can be read.
    """
    desk.ledger.check_missing()
    policy = _policy(desk)
    readers = choose_readers(accounts, [each.name for each in accounts.sources], deadline)
    if not readers.working:
        raise readers.failures[0].failure
    world = _world(readers, desk)
    more = policy.regions if policy else ()
    places = {each: sorted({*selling_regions(each), *more}) for each in readers.working}
    # What is over counts still in its month, and only its tags say whose it was.
    owned = read_owned(readers.working, places.__getitem__, deadline, progress, every_tag=True)
    estate = Estate(owned.reservations, owned.extensions)
    unread = [f"account {each.name}: {each.failure.kind}" for each in readers.failures]
    unread += _not_configured(policy, readers)
    unread += sorted(
        {
            f"account {each.account_name}, {each.region}: {each.failure.kind if each.failure else 'no time left'}"
            for each in owned.failures
            # A region that is off owns nothing.
            if not is_off(each)
        }
    )
    known = ledgers_in(estate)
    ledgers = _ledgers(named, policy, known)
    odd: list[str] = []
    events = _events(desk, estate, ledgers, odd)
    saved = salvage(estate, ledgers, events, world)
    return Remains(
        world=world,
        now=max(each.now for each in readers.working),
        ledgers=ledgers,
        restored=saved.restored,
        others={ledger: count for ledger, count in known.items() if ledger not in ledgers},
        odd=(*saved.odd, *odd),
        unread=tuple(unread),
    )


def check_whole(remains: Remains) -> None:
    """Whether everything was read: what was bought where nobody looked would be forgotten.

    Raises:
        RebuildRefused: Something was not.
    """
    if remains.unread:
        why = f"Not everything could be read: {'; '.join(remains.unread)}. What was bought there would be forgotten."
        raise RebuildRefused(Rule.NOT_READ, why, "Ask again when AWS answers, or say --partial: it is then recorded.")


def rebuild(desk: Desk, remains: Remains, by: str) -> Book:
    """Write the new ledger. Its id is a new one: whatever else has the lost ledger's would not be told from it.

    Raises:
        LedgerRefused: There is a ledger, or it cannot be written.
    """
    shown = Told(tuple((each.purchase_id, each.state) for each in remains.restored))
    entries: list[Entry] = [Rebuilt(remains.ledgers, by, remains.unread), *remains.restored, shown]
    return desk.ledger.rebuild(remains.world, remains.now, entries)


def _policy(desk: Desk) -> Policy | None:
    try:
        return desk.policy()
    except PolicyRefused:
        # It may be lost with the ledger. Whoever wants to spend is told.
        return None


def _world(readers: Readers, desk: Desk) -> str:
    worlds = sorted({each.identity.world for each in readers.working})
    if len(worlds) > 1:
        raise RebuildRefused(Rule.WORLD, f"The accounts are of several worlds: {', '.join(worlds)}.")
    for each in readers.working:
        seller = desk.seller(each.identity.account, selling_regions(each)[0])
        check_world(desk, seller.caller(), seller.endpoint())
    return worlds[0]


def _not_configured(policy: Policy | None, readers: Readers) -> list[str]:
    read = {each.identity.account for each in readers.working}
    # One that is configured and fails is told already.
    missing = policy.account_ids if policy and not readers.failures else ()
    return [
        f"account {each}: the policy allows it, and ml-clusters.toml does not say how to read it"
        for each in missing
        if each not in read
    ]


def _ledgers(named: Sequence[str], policy: Policy | None, known: dict[str, int]) -> tuple[str, ...]:
    """The ledgers that were lost."""
    listed = ", ".join(f"{word(ledger)} ({count})" for ledger, count in known.items()) or "none"
    strange = [each for each in named if each not in known]
    if strange:
        unseen = ", ".join(map(word, strange))
        why = f"No reservation in AWS is tagged by {unseen}. Ledgers with purchases there: {listed}."
        raise RebuildRefused(Rule.QUOTE_UNKNOWN, why, "Check the id.")
    if named:
        return tuple(dict.fromkeys(named))
    if policy and policy.ledger_id:
        return (policy.ledger_id,)
    if len(known) != 1:
        why = f"The policy names no ledger_id, and AWS several or none. Ledgers with purchases there: {listed}."
        then = "Name yours with --ledger." if known else "There is nothing to restore: the next quote begins a ledger."
        raise RebuildRefused(Rule.QUOTE_UNKNOWN, why, then)
    return tuple(known)


def _events(desk: Desk, estate: Estate, ledgers: Sequence[str], odd: list[str]) -> list[PurchaseEvent]:
    """What CloudTrail, which keeps events for 90 days, shows where extensions may have been bought by these ledgers."""
    extensions = open_to_question(estate, ledgers)
    found: list[PurchaseEvent] = []
    for account, region in dict.fromkeys((each.account, each.region) for each in extensions):
        mine = [each.purchased for each in extensions if (each.account, each.region) == (account, region)]
        try:
            found += desk.seller(account, region).events(min(mine) - _SLACK)
        except AwsFailure as failure:
            odd.append(
                f"CloudTrail in {account} {region} was not read, which could tell whose extensions are: {failure}"
            )
    return found
