"""The ids of what was offered: an offering, once seen, can be bought by its id."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from mcp_server.sandbox.catalogue import products
from mcp_server.sandbox.market import Offer, Segment, digest

_MOST_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class BlockOffering:
    """A block offer shown to one account in one region."""

    account: str
    region: str
    offer: Offer

    def as_json(self) -> dict[str, Any]:
        """Everything that is needed to sell it."""
        return {
            "account": self.account,
            "region": self.region,
            "product": self.offer.product.name,
            "segments": [
                [each.zone_id, each.units, each.start.isoformat(), each.end.isoformat(), str(each.fee)]
                for each in self.offer.segments
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "BlockOffering":
        """What as_json gave."""
        segments = tuple(
            Segment(zone_id, units, datetime.fromisoformat(start), datetime.fromisoformat(end), Decimal(fee))
            for zone_id, units, start, end, fee in data["segments"]
        )
        return cls(data["account"], data["region"], Offer(products()[data["product"]], segments))


@dataclass(frozen=True, slots=True)
class ExtensionOffering:
    """More time for one reservation, shown to its owner. fee is in USD, times are UTC."""

    account: str
    region: str
    reservation_id: str
    start: datetime
    end: datetime
    fee: Decimal

    def as_json(self) -> dict[str, Any]:
        """Everything that is needed to sell it."""
        return {
            "account": self.account,
            "region": self.region,
            "reservation_id": self.reservation_id,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "fee": str(self.fee),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ExtensionOffering":
        """What as_json gave."""
        return cls(
            data["account"],
            data["region"],
            data["reservation_id"],
            datetime.fromisoformat(data["start"]),
            datetime.fromisoformat(data["end"]),
            Decimal(data["fee"]),
        )


Kind = TypeVar("Kind", BlockOffering, ExtensionOffering)


class Shelf(Generic[Kind]):
    """Offerings by id. The same terms have the same id until they are bought, or a new one at every look.

    Older ids stay valid, so with new ones at every look the same capacity can be asked for under several.
    """

    def __init__(self, seed: int, prefix: str) -> None:
        self._seed = seed
        self._prefix = prefix
        self._seen: dict[str, Kind] = {}
        self._bought: set[str] = set()
        self._looks = 0

    def put(self, offering: Kind, *, fresh: bool) -> str:
        """Show an offering and say under which id."""
        terms = str(offering.as_json())
        if fresh:
            self._looks += 1
            terms += f" look {self._looks}"
        round_ = 0
        while (offering_id := self._mint(terms, round_)) in self._bought:
            round_ += 1
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        self._seen[offering_id] = offering
        return offering_id

    def get(self, offering_id: str) -> Kind | None:
        """What was shown under an id, None if nothing was or it is sold."""
        return None if offering_id in self._bought else self._seen.get(offering_id)

    def sell(self, offering_id: str) -> None:
        """Nobody gets anything under this id any more."""
        self._bought.add(offering_id)
        self._seen.pop(offering_id, None)

    def _mint(self, terms: str, round_: int) -> str:
        return f"{self._prefix}0{digest(self._seed, terms, round_):016x}"
