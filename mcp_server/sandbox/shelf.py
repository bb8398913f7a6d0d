"""The ids of what was offered: an offering, once seen, can be bought by its id."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Generic, TypeVar

from mcp_server.sandbox.catalogue import product_named
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
        return {"account": self.account, "region": self.region, **_offer_as_json(self.offer)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "BlockOffering":
        """What as_json gave."""
        return cls(data["account"], data["region"], _offer_from_json(data))


@dataclass(frozen=True, slots=True)
class PlanOffering:
    """A plan shown to one account in one region, for one target resource; its segments become reserved capacities."""

    account: str
    region: str
    target: str
    offer: Offer

    def as_json(self) -> dict[str, Any]:
        """Everything that is needed to sell it."""
        return {"account": self.account, "region": self.region, "target": self.target, **_offer_as_json(self.offer)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "PlanOffering":
        """What as_json gave."""
        return cls(data["account"], data["region"], data["target"], _offer_from_json(data))


def _offer_as_json(offer: Offer) -> dict[str, Any]:
    return {
        "product": offer.product.name,
        "segments": [
            [each.zone_id, each.units, each.start.isoformat(), each.end.isoformat(), str(each.fee)]
            for each in offer.segments
        ],
    }


def _offer_from_json(data: dict[str, Any]) -> Offer:
    segments = tuple(
        Segment(zone_id, units, datetime.fromisoformat(start), datetime.fromisoformat(end), Decimal(fee))
        for zone_id, units, start, end, fee in data["segments"]
    )
    return Offer(product_named(data["product"]), segments)


@dataclass(frozen=True, slots=True)
class ExtensionOffering:
    """More time for one reservation, shown to its owner. fee is in USD, times are UTC.

    reservation_id is EC2's id, or the ARN of a plan's reserved capacity.
    """

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


Kind = TypeVar("Kind", BlockOffering, PlanOffering, ExtensionOffering)
Mint = Callable[..., str]
"""Makes an id of what it stands for."""


def ec2_ids(prefix: str) -> Mint:
    """Ids as EC2's: a prefix and 17 digits."""
    return lambda *terms: f"{prefix}0{digest(*terms):016x}"


def sagemaker_ids(prefix: str) -> Mint:
    """Ids as SageMaker's: a prefix and a SHA-256."""
    return lambda *terms: prefix + sha256("\x1f".join(str(each) for each in terms).encode()).hexdigest()


class Shelf(Generic[Kind]):
    """Offerings by id. The same terms have the same id until they are bought, or a new one at every look.

    Older ids stay valid, so with new ones at every look the same capacity can be asked for under several.
    """

    def __init__(self, seed: int, mint: Mint) -> None:
        self._seed = seed
        self._mint = mint
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
        while (offering_id := self._mint(self._seed, terms, round_)) in self._bought:
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
