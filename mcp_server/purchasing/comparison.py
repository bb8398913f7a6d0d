"""What AWS shows, held against what was quoted."""

from collections.abc import Mapping, Sequence

from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.purchasing.entries import Reserved
from mcp_server.purchasing.quotes import Quote


def reserved(owned: OwnedReservation) -> Reserved:
    """A reservation as the ledger keeps it."""
    return Reserved(owned.id, owned.block_id, owned.zone.name, owned.state, owned.start, owned.end)


def mismatches(
    quote: Quote, reservations: Sequence[OwnedReservation], extensions: Sequence[OwnedExtension] = ()
) -> tuple[str, ...]:
    """Sentences on how what AWS shows of a purchase departs from its quote.

    Missing reservations are no departure yet.
    """
    if quote.reservation_id:
        return tuple(difference for each in extensions for difference in _of_extension(quote, each))
    found = [difference for each in reservations for difference in _of_reservation(quote, each)]
    if len(reservations) > quote.reservations:
        found.append(f"{len(reservations)} reservations where {quote.reservations} were quoted.")
    return tuple(found)


def _of_extension(quote: Quote, shown: OwnedExtension) -> list[str]:
    offering = quote.offering
    wanted = {
        "reservation": quote.reservation_id,
        "type": offering.instance_type.name,
        "count": offering.count,
        "start": quote.start,
        "end": quote.end,
        "fee": quote.fee,
        "currency": quote.currency,
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
    return _differences(f"The extension of {shown.reservation_id}", wanted, got)


def _of_reservation(quote: Quote, shown: OwnedReservation) -> list[str]:
    offering = quote.offering
    segments = getattr(offering, "segments", ())
    places = {(each.zone.name, each.start, each.end) for each in segments}
    kind = offering.instance_type
    wanted = {"account": quote.account, "region": quote.region, "platform": str(quote.platform)}
    got = {"account": shown.account, "region": shown.region, "platform": shown.platform}
    if not kind.ultraserver:
        wanted["type"], got["type"] = kind.name, shown.instance_type
    found = _differences(f"{shown.id}", wanted, got)
    if (shown.zone.name, shown.start, shown.end) not in places:
        end = f"{shown.end:%Y-%m-%d %H:%M}" if shown.end else "no end"
        found.append(f"{shown.id} is in {shown.zone.name} from {shown.start:%Y-%m-%d %H:%M} to {end}: not as quoted.")
    counts = {each.count for each in segments}
    if shown.count and not kind.ultraserver and shown.count not in counts:
        found.append(f"{shown.id} has {shown.count} instances, quoted were {' and '.join(map(str, sorted(counts)))}.")
    return found


def _differences(name: str, wanted: Mapping[str, object], got: Mapping[str, object]) -> list[str]:
    return [
        f"{name}: {what} is {got[what]}, quoted was {value}." for what, value in wanted.items() if got[what] != value
    ]
