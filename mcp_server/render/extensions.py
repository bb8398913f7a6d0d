"""Answers of a search for extensions as people and models read them."""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tabulate import tabulate

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.permissions import action_of
from mcp_server.capacity.extending import EARLIEST, EARLIEST_OF_PLANS, Obstacle, extension_opening
from mcp_server.capacity.extensions import ExtensionOffering
from mcp_server.capacity.lengths import length
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.words import sentence, word
from mcp_server.render.holdings import amount
from mcp_server.render.moments import both, money, rate, utc, utc_of_year
from mcp_server.searching.extensions import ExtensionAnswer, ExtensionRow

_SHORT_MESSAGE = 160


def reservation_sentence(answer: ExtensionAnswer) -> str:
    """What is to be extended: how many of what, where, until when, and in which state. Times are UTC."""
    reservation = answer.reservation
    block = f" of block {word(reservation.block_id)}" if reservation.block_id else ""
    zone_id = word(reservation.zone.id) if reservation.zone.id else "zone id unknown"
    place = f"{word(reservation.zone.name)} ({zone_id}), {reservation.region}"
    number = reservation.account
    account = word(number) if answer.account_name == number else f"{answer.account_name} {word(number)}"
    end = f"{utc(reservation.end)} UTC" if reservation.end else "an end that AWS does not tell"
    return (
        f"{word(reservation.id)}{block}: {amount(reservation)} in {place}, account {account}; "
        f"{word(reservation.words)}, {utc(reservation.start)} to {end}. Asked at {utc(answer.now)} UTC "
        f"for extensions of {answer.request.duration}."
    )


def deadline_sentence(answer: ExtensionAnswer, zone: ZoneInfo) -> str | None:
    """The last moment to extend the block, in UTC and in the reader's zone; None where there is none."""
    if answer.deadline is None:
        return None
    if answer.deadline < answer.now:
        return f"{both(answer.deadline, zone)}, which has passed"
    return f"{both(answer.deadline, zone)}, in {length(answer.deadline - answer.now)}"


def extensions_table(rows: Sequence[ExtensionRow], *, brief: bool = False) -> str:
    """Rows as a table, under when they begin. Times are UTC, rate per accelerator-hour.

    brief saves a model's tokens: the year stands above only.
    """
    offerings = [row.offering for row in rows]
    starts = list(dict.fromkeys(utc(each.start) for each in offerings))
    years = {moment.year for each in offerings for moment in (each.start, each.end, each.usable_end)}
    moment = utc_of_year if brief and len(starts) == len(years) == 1 else utc
    columns = {
        "offering": [row.handle for row in rows],
        "begins": [utc(each.start) for each in offerings] if len(starts) > 1 else [],
        "adds": [length(each.usable) for each in offerings],
        "new end": [moment(each.end) for each in offerings],
        "usable end": [moment(each.usable_end) for each in offerings],
        f"fee {'/'.join(sorted({word(each.currency, 8) for each in offerings}))}": [
            money(each.fee, grouped=not brief) for each in offerings
        ],
        "rate": [rate(each.rate) for each in offerings],
    }
    shown = {name: values for name, values in columns.items() if values}
    aligned = ["right" if name == "rate" or name.startswith("fee") else "left" for name in shown]
    table = tabulate(shown, headers="keys", tablefmt="plain", disable_numparse=True, colalign=aligned)
    return f"Begin {starts[0]}\n{table}" if len(starts) == 1 else table


def departures(answer: ExtensionAnswer) -> list[str]:
    """Offerings that are not what an extension should be: contiguous, and of the whole block."""
    return [f"{row.handle} {wrong}." for row in answer.rows for wrong in _wrong(row.offering, answer.reservation)]


def reason_lines(answer: ExtensionAnswer) -> list[str]:
    """Why there is nothing, for all or for some of the durations; none of it is a failure to ask."""
    lines = [_obstacle_sentence(answer, answer.obstacle)] if answer.obstacle else []
    explained: dict[tuple[Obstacle, str], list[int | None]] = defaultdict(list)
    for each in answer.failures:
        if each.obstacle:
            explained[each.obstacle, sentence(each.failure.said(_SHORT_MESSAGE))].append(each.days)
    for (rule, said), days in explained.items():
        # What one rule forbids for every duration has been explained above.
        why = "" if rule is answer.obstacle else f"{_obstacle_sentence(answer, rule)} "
        lines.append(f"{why}AWS on {_lengths(days)}: {said}")
    if answer.none_offered:
        lines.append(
            f"AWS offers nothing for {_lengths(answer.none_offered)}: it has no room after the "
            f"{_thing(answer.reservation)} then."
        )
    return lines


def failure_lines(answer: ExtensionAnswer) -> list[str]:
    """One line for each way in which AWS could not be asked."""
    grouped: dict[str, list[int | None]] = defaultdict(list)
    for each in answer.failures:
        if not each.obstacle:
            grouped[_why(each.failure)].append(each.days)
    lines = [f"account {each.name}: {each.failure.kind}: {each.failure}" for each in answer.account_failures]
    lines += [f"{_lengths(days)}: {why}" for why, days in grouped.items()]
    if answer.unread:
        why = _why(answer.unread.failure) if answer.unread.failure else ""
        lines.append(f"extension history not read, so a pending extension is not known: {why or 'no time left.'}")
    return lines


def unasked_lines(answer: ExtensionAnswer) -> list[str]:
    """What time ran out for."""
    return [_lengths(answer.unasked)] if answer.unasked else []


def _wrong(offering: ExtensionOffering, reservation: OwnedReservation) -> list[str]:
    wrong: list[str] = []
    if reservation.end and offering.start != reservation.end:
        wrong.append(f"begins {utc(offering.start)}, not where the {_thing(reservation)} ends")
    if offering.count != reservation.count:
        wrong.append(f"is for {offering.count} of the {_thing(reservation)}'s {reservation.count} instances")
    return wrong


def _thing(reservation: OwnedReservation) -> str:
    return "plan" if reservation.plan else "block"


def _obstacle_sentence(answer: ExtensionAnswer, rule: Obstacle) -> str:
    reservation, pending = answer.reservation, answer.pending
    thing = _thing(reservation)
    match rule:
        case Obstacle.PAYMENT_PENDING if pending:
            said = (
                f"an extension to {utc(pending.end)} UTC, bought {utc(pending.purchased)} UTC, waits for its payment; "
                "there can be another when it is paid or has failed"
            )
        case Obstacle.PAYMENT_PENDING:
            said = (
                f"the {thing} itself waits for its payment (5 minutes to 12 hours); it can be extended once it is paid"
            )
        case Obstacle.WRONG_STATE:
            said = f"only scheduled and active {thing}s can be extended, and this one is {word(reservation.words)}"
        case Obstacle.TOO_LATE:
            said = f"a {thing} can be extended until one hour before its end"
        case Obstacle.TOO_EARLY:
            opening = extension_opening(reservation)
            since = f": from {utc(opening)} UTC" if opening else ""
            days = (EARLIEST_OF_PLANS if reservation.plan else EARLIEST).days
            said = f"a {thing} can be extended from {days} days before its end{since}"
        case Obstacle.TOO_LONG:
            said = f"a {thing} lasts at most 182 days with its extensions"
    return f"{rule}: {said}."


def _why(failure: AwsFailure) -> str:
    """What failed, and what follows from it; AWS's own words only where ours would say less."""
    code = f"{failure.code}: " if failure.code else ""
    said = {
        FailureKind.QUOTA: f"{code}the quota there allows nothing more.",
        FailureKind.THROTTLED: f"{code}AWS did not let us ask in time. Ask again later, or for fewer durations.",
        FailureKind.DENIED: f"{code}the identity needs {action_of(failure.operation)} there.",
        FailureKind.UNREACHABLE: f"{sentence(failure.said(_SHORT_MESSAGE))} Ask again.",
    }.get(failure.kind, sentence(failure.said(_SHORT_MESSAGE)))
    return f"{failure.kind}: {said}{' ' + failure.remedy if failure.remedy else ''}"


def _lengths(days: Sequence[int | None]) -> str:
    """Durations in a few words, one after another as ranges: 1 to 14, 28 d."""
    named = sorted(each for each in days if each is not None)
    if not named:
        return "the longest"
    ranges: list[list[int]] = []
    for each in named:
        if ranges and each == ranges[-1][-1] + 1:
            ranges[-1].append(each)
        else:
            ranges.append([each])
    return f"{', '.join(str(run[0]) if len(run) == 1 else f'{run[0]} to {run[-1]}' for run in ranges)} d"
