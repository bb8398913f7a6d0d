"""Zones: their ids are the same for everybody, the letters in their names differ between accounts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from mcp_server.sandbox.catalogue import ML, Product, product_named
from mcp_server.sandbox.market import Place, digest


@dataclass(frozen=True, slots=True)
class LocalZone:
    """A Local Zone of the catalogue, with the zone of its region that it hangs on."""

    name: str
    zone_id: str
    region: str
    group: str
    long_name: str
    parent_zone_id: str


LOCAL_ZONES = (
    LocalZone("us-east-1-atl-2a", "use1-atl2-az1", "us-east-1", "us-east-1-atl-2", "US East (Atlanta)", "use1-az4"),
    LocalZone("us-east-1-dfw-2a", "use1-dfw2-az1", "us-east-1", "us-east-1-dfw-2", "US East (Dallas)", "use1-az2"),
    LocalZone("us-west-2-phx-2a", "usw2-phx2-az1", "us-west-2", "us-west-2-phx-2", "US West (Phoenix)", "usw2-az1"),
)
LOCAL_ZONE_BY_ID = {zone.zone_id: zone for zone in LOCAL_ZONES}
LOCAL_ZONE_BY_NAME = {zone.name: zone for zone in LOCAL_ZONES}


class Letters:
    """Which zone id an account means by which zone name, in every region.

    The first account reads the table as it is; each further one has the letters of every region moved on by one
    place more, as AWS shuffles them for each account.
    """

    def __init__(self, zone_ids: Mapping[str, Mapping[str, str]], accounts: Iterable[str]) -> None:
        self._tables = {account: _moved(zone_ids, by) for by, account in enumerate(accounts)}
        self._first = zone_ids

    def region(self, account: str, region: str) -> Mapping[str, str]:
        """Zone names of a region, without Local Zones, with their ids."""
        return self._tables.get(account, self._first).get(region, {})

    def name(self, account: str, region: str, zone_id: str) -> str:
        """What the account calls a zone."""
        if zone_id in LOCAL_ZONE_BY_ID:
            return LOCAL_ZONE_BY_ID[zone_id].name
        return next(name for name, each in self.region(account, region).items() if each == zone_id)


def _moved(zone_ids: Mapping[str, Mapping[str, str]], by: int) -> dict[str, dict[str, str]]:
    moved = dict[str, dict[str, str]]()
    for region, names in zone_ids.items():
        ids = list(names.values())
        shift = by % len(ids) if ids else 0
        moved[region] = dict(zip(names, ids[shift:] + ids[:shift], strict=True))
    return moved


class Places:
    """Which zones sell which product, by zone id."""

    def __init__(
        self, zone_ids: Mapping[str, Iterable[str]], with_type: Mapping[tuple[str, str], frozenset[str]]
    ) -> None:
        self._zone_ids = {region: tuple(sorted(ids)) for region, ids in zone_ids.items()}
        self._with_type = with_type
        self.selling = cache(self._selling)

    def sold_in(self, product: Product, region: str) -> bool:
        """Whether the region or one of its Local Zones sells the product."""
        return bool(self.selling(product.name, region) or self.local(product, region))

    def regional(self, product: Product, region: str) -> tuple[Place, ...]:
        """The region's Availability Zones that sell the product."""
        return tuple(Place(zone_id, product.rates[region]) for zone_id in self.selling(product.name, region))

    def local(self, product: Product, region: str) -> tuple[Place, ...]:
        """The region's Local Zones that sell the product."""
        return tuple(
            Place(zone.zone_id, product.rates[zone.name])
            for zone in LOCAL_ZONES
            if zone.region == region and zone.name in product.rates
        )

    def _selling(self, name: str, region: str) -> tuple[str, ...]:
        product = product_named(name)
        if region not in product.rates:
            return ()
        known = self._zone_ids.get(region, ())
        having = self._with_type.get((region, product.instance_type.removeprefix(ML)), frozenset())
        # The real data behind moto knows no zone for a type that the user guide says is sold there: take any two.
        anywhere = sorted(known, key=lambda zone_id: digest(name, zone_id))[:2]
        return tuple(zone_id for zone_id in known if zone_id in having) or tuple(anywhere)
