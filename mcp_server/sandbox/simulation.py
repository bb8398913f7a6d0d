"""The state of simulated AWS, apart from what moto keeps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from mcp_server.sandbox.call import Call
from mcp_server.sandbox.capacity_blocks import Estate, Reservation
from mcp_server.sandbox.catalogue import Product
from mcp_server.sandbox.clock import Clock
from mcp_server.sandbox.cloudtrail import Trail
from mcp_server.sandbox.ec2_tags import UserTags
from mcp_server.sandbox.hyperpod import HyperPodClusters
from mcp_server.sandbox.kubernetes import KubernetesClusters
from mcp_server.sandbox.launches import Launches
from mcp_server.sandbox.market import Ask, Left, Offer, Place, Segment, fee, fits, left_of, offers, supply
from mcp_server.sandbox.plan_market import plan_offers
from mcp_server.sandbox.population import Population
from mcp_server.sandbox.quotas import Quotas
from mcp_server.sandbox.shelf import BlockOffering, ExtensionOffering, PlanOffering, Shelf, ec2_ids, sagemaker_ids
from mcp_server.sandbox.shortages import Shortages
from mcp_server.sandbox.training_plans import Plans
from mcp_server.sandbox.zones import Letters, Places

EVERYWHERE = "*"


@dataclass(slots=True)
class Simulation:
    """One world: what AWS sells and to whom, what was bought, and what the person playing AWS changed.

    price_moves are percentages by region, applied one after the other to every price shown from then on.
    """

    seed: int
    clock: Clock
    population: Population
    letters: Letters
    places: Places
    quotas: Quotas
    tags: UserTags
    with_ultraservers: frozenset[str]
    opted_into: frozenset[tuple[str, str]] = frozenset()
    estate: Estate = field(default_factory=Estate)
    plans: Plans = field(default_factory=Plans)
    launches: Launches = field(default_factory=Launches)
    shortages: Shortages = field(default_factory=Shortages)
    kubernetes: KubernetesClusters = field(default_factory=KubernetesClusters)
    hyperpod: HyperPodClusters = field(default_factory=HyperPodClusters)
    trail: Trail = field(default_factory=Trail)
    fresh_ids: bool = False
    price_moves: list[tuple[str, Decimal]] = field(default_factory=list[tuple[str, Decimal]])
    blocks: Shelf[BlockOffering] = field(init=False)
    extensions: Shelf[ExtensionOffering] = field(init=False)
    plan_offerings: Shelf[PlanOffering] = field(init=False)
    plan_extensions: Shelf[ExtensionOffering] = field(init=False)

    def __post_init__(self) -> None:
        self.blocks = Shelf(self.seed, ec2_ids("cb-"))
        self.extensions = Shelf(self.seed, ec2_ids("cbe-"))
        self.plan_offerings = Shelf(self.seed, sagemaker_ids("tpo-"))
        self.plan_extensions = Shelf(self.seed, sagemaker_ids("tpeo-"))

    def available(self, reservation: Reservation, now: datetime) -> int:
        """How many instances could be started in a reservation."""
        used = sum(self.launches.used(reservation).values())
        return max(reservation.total_instances(now) - used - self.unavailable(reservation, now), 0)

    def unavailable(self, reservation: Reservation, now: datetime) -> int:
        """How many instances of a reservation cannot be used; none while it is not active."""
        return min(reservation.health.unavailable, reservation.total_instances(now))

    def rate(self, region: str, rate: Decimal) -> Decimal:
        """A rate of the table as it stands now."""
        for where, percent in self.price_moves:
            if where in (region, EVERYWHERE):
                rate = rate * (100 + percent) / 100
        return rate

    def left(self, product: Product, zone_id: str, day: date, now: datetime) -> int:
        """How many units of a product nobody bought yet."""
        taken = self.estate.taken(product, zone_id, day, now) + self.plans.taken(product, zone_id, day, now)
        return supply(self.seed, product, zone_id, day) - taken

    def offers(self, region: str, ask: Ask, now: datetime, *, local_zones: frozenset[str]) -> tuple[Offer, ...]:
        """What a region offers, its Availability Zones and the named Local Zones."""
        here = [place for place in self.places.local(ask.product, region) if place.zone_id in local_zones]
        here += self.places.regional(ask.product, region)
        return offers(self.seed, ask, self._priced(region, here), now, self._left_at(now))

    def plan_offers(self, region: str, ask: Ask, now: datetime, *, one_zone: bool) -> tuple[Offer, ...]:
        """What a region offers as training plans: UltraServers in its Local Zones, everything else in its zones."""
        where = self.places.local if ask.product.ultraserver else self.places.regional
        here = self._priced(region, where(ask.product, region))
        return plan_offers(self.seed, ask, here, now, self._left_at(now), one_zone=one_zone)

    def price(self, region: str, product: Product, zone_id: str, units: int, duration: timedelta) -> Decimal:
        """What units of a product cost in a zone at today's rate, in USD."""
        sold = (*self.places.regional(product, region), *self.places.local(product, region))
        rate = next(place.rate for place in sold if place.zone_id == zone_id)
        return fee(product, units, self.rate(region, rate), duration)

    def has_room(self, product: Product, segment: Segment, now: datetime) -> bool:
        """Whether a segment can still be had."""
        return fits(segment, left_of(product, self._left_at(now)))

    def still_sells(self, region: str, offer: Offer, now: datetime) -> bool:
        """Whether an offer can still be had for what it cost when it was shown."""
        today = sum(
            (
                self.price(region, offer.product, each.zone_id, each.units, each.end - each.start)
                for each in offer.segments
            ),
            Decimal(0),
        )
        return today == offer.fee and all(self.has_room(offer.product, each, now) for each in offer.segments)

    def _priced(self, region: str, places: Iterable[Place]) -> list[Place]:
        return [Place(place.zone_id, self.rate(region, place.rate)) for place in places]

    def _left_at(self, now: datetime) -> Left:
        return lambda product, zone_id, day: self.left(product, zone_id, day, now)


Handler = Callable[[Simulation, Call], dict[str, Any]]
"""What serves an operation."""
