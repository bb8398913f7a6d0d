"""Quoting: an offering is read again, checked against everything that could forbid it, and frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mcp_server.aws.accounts import Identity
from mcp_server.aws.failures import AwsFailure
from mcp_server.capacity.extensions import ExtensionOffering
from mcp_server.capacity.limits import PLANS_IN_REGION, limits_on, reserved, uncounted
from mcp_server.capacity.plans import PlanOffering
from mcp_server.capacity.words import clean, sentence, word
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.ceilings import check_ceilings, foreign_spend, unpriced
from mcp_server.purchasing.desk import Desk, check_world
from mcp_server.purchasing.entries import ApprovalMode, Quoted
from mcp_server.purchasing.evidence import HORIZON, watched
from mcp_server.purchasing.intent import check_offering
from mcp_server.purchasing.overlaps import Estate, Wish, overlaps
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.quotes import (
    LIFETIME,
    ForeignSpend,
    Left,
    Overlap,
    OverlapKind,
    Platform,
    Quote,
    new_purchase_id,
    new_quote_id,
    plan_name,
)
from mcp_server.purchasing.reconciling import write_down
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.requesters import principals
from mcp_server.purchasing.rereading import reread
from mcp_server.purchasing.seller import Seller
from mcp_server.purchasing.tags import PURCHASE_TAG
from mcp_server.searching.seen import AnyOffering, AnyProbe

_LONGEST_PURPOSE = 200
_LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to have quoted. requester is the caller's ARN or, over HTTP, the subject of their token.

    account_name is what people call the account.

    tags are the person's own, beside the policy's; purpose is one printable line. platform is that of a block. label
    becomes part of a plan's name. instead_of is a quote whose time has run out.
    """

    offering: AnyOffering
    probe: AnyProbe
    account_name: str
    requester: str
    purpose: str
    platform: Platform = Platform.LINUX
    tags: tuple[tuple[str, str], ...] = ()
    additional: bool = False
    instead_of: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What AWS showed of every configured account. unread are sentences on regions that matter and were not read.

    not_read are those that matter less: where the policy allows no purchase.
    """

    estate: Estate
    unread: tuple[str, ...] = ()
    not_read: tuple[str, ...] = ()


def make_quote(wanted: Wanted, seen: Seen, desk: Desk) -> Quote:
    """Quote an offering, and keep the quote in the ledger.

    A quote with an overlap of unknown outcome is kept as well: nobody can buy it but a person who has seen both.

    Raises:
        SpendingRefused: Something speaks against buying it.
        PolicyRefused, PolicyForbids: The policy does.
        AwsFailure: AWS did not answer.
        LedgerRefused: The ledger cannot be used, or belongs to another world.
    """
    policy = desk.policy()
    _check_terms(policy, wanted)
    tags = _tags(policy, wanted)
    purpose = checked_purpose(wanted.purpose)
    if seen.unread:
        raise SpendingRefused(
            Rule.NOT_READ,
            f"What is owned could not be looked up everywhere: {'; '.join(seen.unread)}. Without that an overlap "
            "could be missed.",
        )
    seller = desk.seller(wanted.offering.account, wanted.offering.region)
    caller = seller.caller()
    endpoint = seller.endpoint("sagemaker" if wanted.offering.target else "ec2")
    check_world(desk, caller, endpoint)
    desk.ledger.begin(caller.world, seller.now)
    offering = reread(seller, wanted.offering, wanted.probe)
    policy.check_fee(offering.fee)
    policy.check_rate(offering.rate)
    book = _caught_up(desk, seen.estate, seller.now)
    check_offering(book, caller.account, offering.region, offering.id)
    now = seller.now
    beside = _overlaps(offering, book, seen.estate, now, desk)
    _check_additional(beside, additional=wanted.additional)
    foreign = foreign_spend(seen.estate, book, policy.account_ids, policy.currency)
    left = check_ceilings(policy, book, foreign, offering.fee, now)
    notes = (
        *_quota(seller, offering, seen.estate),
        *_fit(seller, offering),
        *_strangers(seen, book, foreign, policy, now),
    )
    frozen = _Frozen(offering, caller, endpoint, policy, purpose, tags, now, book.at or now)
    quote = _quote(wanted, frozen, desk.ledger.place, left, foreign, beside, notes)
    desk.ledger.append(seller.now, lambda _: [Quoted(quote)])
    return quote


def checked_purpose(text: str) -> str:
    """A purpose as one printable line.

    Raises:
        SpendingRefused: It says nothing.
    """
    purpose = clean(text, _LONGEST_PURPOSE)
    if not purpose:
        raise SpendingRefused(
            Rule.PURPOSE, "No purpose was given.", "Say in a few words, the person's own, what it is for."
        )
    return purpose


@dataclass(frozen=True, slots=True)
class _Frozen:
    """What was read for a quote. written is the ledger's time, behind which no quote may lie that is to be bought."""

    offering: AnyOffering
    caller: Identity
    endpoint: str
    policy: Policy
    purpose: str
    tags: Mapping[str, str]
    now: datetime
    written: datetime


def _quote(
    wanted: Wanted,
    frozen: _Frozen,
    ledger: str,
    left: Left,
    foreign: tuple[ForeignSpend, ...],
    beside: tuple[Overlap, ...],
    notes: tuple[str, ...],
) -> Quote:
    purchase_id = new_purchase_id()
    label = clean(wanted.label, _LONGEST_LABEL)
    return Quote(
        id=new_quote_id(),
        purchase_id=purchase_id,
        account=frozen.caller.account,
        account_name=wanted.account_name,
        partition=frozen.caller.partition,
        region=frozen.offering.region,
        endpoint=frozen.endpoint,
        world=frozen.caller.world,
        offering=frozen.offering,
        probe=wanted.probe,
        platform=None if frozen.offering.target else wanted.platform,
        tags=tuple(sorted(frozen.tags.items())),
        purpose=frozen.purpose,
        requester=wanted.requester,
        made=frozen.now,
        expires=max(frozen.now, frozen.written) + LIFETIME,
        policy=str(frozen.policy.file),
        policy_hash=frozen.policy.hash,
        ledger=ledger,
        left=left,
        foreign=foreign,
        overlaps=beside,
        additional=wanted.additional,
        notes=notes,
        own_tags=wanted.tags,
        instead_of=wanted.instead_of,
        label=label,
        plan=plan_name(purchase_id, label) if isinstance(frozen.offering, PlanOffering) else "",
    )


def _check_terms(policy: Policy, wanted: Wanted) -> None:
    offering = wanted.offering
    policy.check_enabled()
    policy.check_account(offering.account)
    policy.check_region(offering.region)
    policy.check_type(offering.instance_type.name)
    policy.check_currency(offering.currency)
    if not isinstance(offering, ExtensionOffering):
        policy.check_parts(len(offering.stays))
    if policy.approval is ApprovalMode.SECOND_PERSON:
        # Of a stranger to AWS nobody could be shown to be somebody else.
        principals(policy, wanted.requester)


def _tags(policy: Policy, wanted: Wanted) -> dict[str, str]:
    """The policy's tags and the person's. An extension goes on with those of what it extends."""
    if isinstance(wanted.offering, ExtensionOffering):
        return {}
    tags = {**policy.tags, **dict(wanted.tags)}
    policy.check_tags(tags)
    return tags


def _caught_up(desk: Desk, estate: Estate, now: datetime) -> Book:
    """The book once it holds what the estate shows of purchases that were open."""
    book = desk.ledger.read()
    due = [each.id for each in book.purchases.values() if watched(each, now, desk.alive)]
    return write_down(desk, due, estate, (), now) if due else book


def _overlaps(offering: AnyOffering, book: Book, estate: Estate, now: datetime, desk: Desk) -> tuple[Overlap, ...]:
    extends = offering.reservation_id if isinstance(offering, ExtensionOffering) else None
    wish = Wish(offering.instance_type.accelerator, offering.start, offering.end, extends)
    return overlaps(wish, book, estate, now, desk.alive)


def _check_additional(beside: Sequence[Overlap], *, additional: bool) -> None:
    # What is new beside a purchase of unknown outcome may be that purchase: a person has to look at both.
    unknown = any(each.kind is OverlapKind.UNKNOWN for each in beside)
    urgent = [each for each in beside if each.kind.urgent and not unknown]
    if urgent and not additional:
        named = "; ".join(f"{each.name} ({each.kind}): {each.what}" for each in urgent)
        raise SpendingRefused(
            Rule.OVERLAP,
            f"Accelerators of the same kind were bought, or are being bought, for overlapping dates: {named}.",
            "Only if the person who decides wants this in addition to it, quote it again with `additional` set: the "
            "question to them will then begin IN ADDITION TO.",
        )


def _quota(seller: Seller, offering: AnyOffering, estate: Estate) -> tuple[str, ...]:
    """Notes on the quota, which must hold this beside what is owned of the family at the same time."""
    kind, target = offering.instance_type, offering.target
    limits = list(limits_on(kind, offering.count, target))
    notes: list[str] = []
    if not any(each.buying for each in limits):
        what = f"plans of {kind.plan.name}" if target and kind.plan else f"Capacity Blocks of {kind.family}"
        notes.append(f"No quota code is known for {what}: whether the quota allows it was not checked.")
    if isinstance(offering, PlanOffering):
        limits.append(PLANS_IN_REGION)
    for limit in limits:
        try:
            allowed = seller.quota(limit.service, limit.code)
        except AwsFailure as failure:
            notes.append(f"The quota {limit.code} could not be read ({failure.kind}): whether it allows this is open.")
            continue
        owned = reserved(
            estate.reservations, offering.account, offering.region, limit.code, offering.start, offering.end
        )
        if owned + limit.needed > allowed:
            why = (
                f"The quota {limit.code} in {offering.region} allows {allowed} {limit.unit} of {limit.what} at one "
                f"time: {owned} are reserved for these dates, {limit.needed} are needed."
            )
            then = (
                f"Raise it with: aws service-quotas request-service-quota-increase --service-code {limit.service} "
                f"--quota-code {limit.code} --desired-value {owned + limit.needed} --region {offering.region}"
            )
            if limit.buying:
                raise SpendingRefused(Rule.QUOTA, why, then)
            notes.append(f"{why} It can be bought, and not used before that. {then}")
    return tuple(notes)


def _fit(seller: Seller, offering: AnyOffering) -> tuple[str, ...]:
    """Notes on whether instances could be started where the capacity is."""
    if isinstance(offering, ExtensionOffering) or (offering.target and not offering.target.one_zone):
        return ()
    notes: list[str] = []
    for zone in dict.fromkeys(each.zone for each in offering.stays):
        if zone.id is None:
            notes.append(f"The zone id of {word(zone.name)} is not known: no subnet was looked for.")
            continue
        try:
            count = seller.subnets(zone.id)
        except AwsFailure as failure:
            notes.append(f"Subnets in {word(zone.id)} could not be read ({failure.kind}).")
            continue
        if not count:
            notes.append(
                f"The account has no subnet in {word(zone.id)}: no instance can start there before it has one."
            )
    return tuple(notes)


def _strangers(
    seen: Seen, book: Book, foreign: Sequence[ForeignSpend], policy: Policy, now: datetime
) -> tuple[str, ...]:
    """Notes on what was bought with another ledger, and on what could not be looked at."""
    notes: list[str] = []
    elsewhere = {each.tag(PURCHASE_TAG) for each in seen.estate.reservations} - {None, *book.purchases}
    if elsewhere:
        notes.append(
            f"{len(elsewhere)} purchases in these accounts were made with another ledger: its ceilings and this one's "
            "do not see each other's purchases before AWS shows them."
        )
    if foreign:
        total = sum((each.fee for each in foreign), Decimal(0))
        notes.append(
            f"{len(foreign)} purchases that this ledger did not make, of {total} {policy.currency} in all, count "
            "against the ceilings in their time."
        )
    blind = unpriced(seen.estate, book, policy.account_ids, policy.currency)
    if blind:
        why = "is unknown, or in another currency: it does not count against any ceiling"
        notes.append(f"The fee of {', '.join(map(word, blind))} {why}.")
    if book.rebuilt and now < book.rebuilt[0] + HORIZON:
        notes.append(
            f"The ledger was lost, and rebuilt from AWS at {book.rebuilt[0]:%Y-%m-%d %H:%M} UTC: what was being bought "
            "when it was lost may still appear in AWS, and is not known here."
        )
    strange = uncounted(seen.estate.reservations)
    if strange:
        notes.append(
            f"{', '.join(map(word, strange))} is owned and not known here: whether it overlaps is open, and what it "
            "takes up of the quota."
        )
    notes.extend(sentence(f"Not looked at: {each}") for each in seen.not_read)
    return tuple(notes)


def again(quote: Quote) -> Wanted:
    """What a quote wanted, to be quoted anew. Whoever asked for it first remains who asked."""
    return Wanted(
        offering=quote.offering,
        probe=quote.probe,
        account_name=quote.account_name,
        requester=quote.requester,
        purpose=quote.purpose,
        platform=quote.platform or Platform.LINUX,
        tags=quote.own_tags,
        additional=quote.additional,
        instead_of=quote.id,
        label=quote.label,
    )
