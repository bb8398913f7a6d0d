"""What AWS shows, held against what was quoted."""

from collections.abc import Mapping, Sequence

from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.capacity.stays import Stay
from mcp_server.capacity.words import clean, word
from mcp_server.purchasing.deals import Deal
from mcp_server.purchasing.entries import Reserved


def reserved(owned: OwnedReservation) -> Reserved:
    """A reservation as the ledger keeps it."""
    return Reserved(owned.id, owned.block_id, owned.zone.name, owned.state, owned.start, owned.end)


def mismatches(
    deal: Deal, reservations: Sequence[OwnedReservation], extensions: Sequence[OwnedExtension] = ()
) -> tuple[str, ...]:
    """Sentences on how what AWS shows of a purchase departs from its quote's deal.

    Missing reservations are no departure yet.
    """
    if deal.extends:
        return tuple(difference for each in extensions for difference in _of_extension(deal, each))
    of_one = _of_plan if deal.target else _of_reservation
    found = [difference for each in reservations for difference in of_one(deal, each)]
    if len(reservations) > deal.reservations:
        found.append(f"{len(reservations)} reservations where {deal.reservations} were quoted.")
    return tuple(found)


def _of_extension(deal: Deal, shown: OwnedExtension) -> list[str]:
    wanted = {
        "reservation": deal.extends,
        "type": deal.instance_type,
        "count": deal.count,
        "start": deal.start,
        "end": deal.end,
        "fee": deal.fee,
        "currency": deal.currency,
    }
    got = {
        "reservation": shown.reservation_id,
        "type": shown.instance_type,
        "count": shown.count,
        "start": shown.start,
        "end": shown.end,
        "fee": shown.fee,
        "currency": shown.currency,
    }
    return _differences(f"The extension of {word(shown.reservation_id)}", wanted, got)


def _of_reservation(deal: Deal, shown: OwnedReservation) -> list[str]:
    places = {(each.zone.name, each.start, each.end) for each in deal.stays}
    wanted = {"account": deal.account, "region": deal.region, "platform": deal.platform}
    got = {"account": shown.account, "region": shown.region, "platform": shown.platform}
    if not deal.ultraserver:
        wanted["type"], got["type"] = deal.instance_type, shown.instance_type
    name = word(shown.id)
    found = _differences(name, wanted, got)
    if (shown.zone.name, shown.start, shown.end) not in places:
        end = f"{shown.end:%Y-%m-%d %H:%M}" if shown.end else "no end"
        found.append(f"{name} is in {word(shown.zone.name)} from {shown.start:%Y-%m-%d %H:%M} to {end}: not as quoted.")
    counts = {each.count for each in deal.stays}
    if shown.count and not deal.ultraserver and shown.count not in counts:
        found.append(f"{name} has {shown.count} instances, quoted were {' and '.join(map(str, sorted(counts)))}.")
    return found


def _of_plan(deal: Deal, shown: OwnedReservation) -> list[str]:
    facts = shown.plan
    if facts is None:
        return [f"{shown.id} is no training plan."]
    wanted = {
        "account": deal.account,
        "region": deal.region,
        "type": deal.instance_type,
        "count": deal.count,
        "target": str(deal.target),
        "fee": deal.fee,
        "currency": deal.currency,
    }
    got = {
        "account": shown.account,
        "region": shown.region,
        "type": shown.instance_type,
        "count": shown.count,
        "target": ", ".join(facts.targets),
        "fee": facts.fee,
        "currency": facts.currency,
    }
    found = _differences(facts.name, wanted, got)
    if facts.parts and not _as_quoted(deal.stays, facts.parts):
        shown_parts = ", ".join(
            f"{each.count} in {word(each.zone.name)} {each.start:%Y-%m-%d %H:%M} to {each.end:%Y-%m-%d %H:%M}"
            for each in facts.parts
        )
        found.append(f"{word(facts.name)} is {shown_parts}: not as quoted.")
    return found


def _as_quoted(stays: Sequence[Stay], parts: Sequence[Stay]) -> bool:
    """Whether a plan's parts are those quoted, by start. An extension makes the last one longer."""
    wanted, got = (sorted(each, key=lambda one: (one.start, one.zone.name)) for each in (stays, parts))
    return len(wanted) == len(got) and all(
        (each.zone.name, each.start) == (one.zone.name, one.start)
        # AWS may not have told how many an offering has.
        and (each.count == one.count or not each.count)
        and (each.end == one.end or (one is got[-1] and one.end > each.end))
        for each, one in zip(wanted, got, strict=True)
    )


def _differences(name: str, wanted: Mapping[str, object], got: Mapping[str, object]) -> list[str]:
    return [
        f"{name}: {what} is {_shown(what, got[what])}, quoted was {_shown(what, value)}."
        for what, value in wanted.items()
        if got[what] != value
    ]


def _shown(what: str, value: object) -> str:
    # AWS names platforms in several words.
    return word(value) if isinstance(value, str) and what != "platform" else clean(str(value), 40)
