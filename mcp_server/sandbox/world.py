"""The seeded world: accounts with their networks, roles and quotas, the same at every fresh start."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from itertools import product
from typing import Final

from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.iam.models import iam_backends

from mcp_server.sandbox.accounts import ACCESS_KEY_ID, SECRET_ACCESS_KEY, USER, Account
from mcp_server.sandbox.catalogue import families, products
from mcp_server.sandbox.clock import Clock
from mcp_server.sandbox.ec2_tags import UserTags
from mcp_server.sandbox.population import Network, Population
from mcp_server.sandbox.quotas import CLUSTER, CODE_BY_FAMILY, PLAN_TYPES, PLANS_PER_REGION, RESERVED, QuotaKey, Quotas
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.zones import LOCAL_ZONE_BY_NAME, Letters, Places

READER_ROLE: Final = "ml-clusters-reader"
_PARTITION = "aws"
_VCPUS_OF_ONE = 192
_MANY_INSTANCES, _FEWER_INSTANCES = 128, 64
"""What the first account may have, and the others."""
_NEVER_RAISED = "sa-east-1"
"""Where the first account has no quota of blocks."""
_LOWERED = "P6-B300"
_WITHOUT_PLANS = frozenset({"ml.p6-b300.48xlarge", "ml.p6e-gb200.36xlarge"})
"""What the others have no quota of."""


def letters(population: Population) -> Letters:
    """Zone names and ids as the real accounts behind moto's data saw them, shuffled for the further accounts."""
    zone_ids = {region: {zone.name: zone.zone_id for zone in zones} for region, zones in _moto_zones.items()}
    return Letters(zone_ids, [account.number for account in population.accounts])


def simulation(seed: int, clock: Clock, population: Population) -> Simulation:
    """Everything but moto's own state, as it is at a fresh start."""
    return Simulation(
        seed=seed,
        clock=clock,
        population=population,
        letters=letters(population),
        places=_places(),
        quotas=Quotas(_quotas(population)),
        tags=UserTags(),
        with_ultraservers=frozenset({population.first.number}),
    )


def furnish(simulation_: Simulation, within: Callable[[str], AbstractContextManager[None]]) -> None:
    """Put the networks, the user and the roles into moto, whose state must be empty and its randomness seeded.

    within(account) makes an account the one that moto acts for.
    """
    population = simulation_.population
    for account in population.accounts:
        iam = iam_backends[account.number][_PARTITION]
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"AWS": f"arn:aws:iam::{population.first.number}:root"},
                }
            ],
        }
        iam.create_role(READER_ROLE, json.dumps(trust), "/", None, "Reads capacity and clusters.", [], "3600")
    iam = iam_backends[population.first.number][_PARTITION]
    iam.create_user(_PARTITION, USER)
    key = iam.create_access_key(USER)
    del iam.access_keys[key.access_key_id]
    key.access_key_id, key.secret_access_key = ACCESS_KEY_ID, SECRET_ACCESS_KEY
    iam.access_keys[ACCESS_KEY_ID] = key
    for network in population.networks:
        # A tree may name a region that moto does not have.
        if network.region in _moto_zones:
            with within(network.account.number):
                _lay(network, simulation_.letters)


def _lay(network: Network, letters_: Letters) -> None:
    """A private /19 and a public /24 in each of its zones; the public ones come from the network's upper end."""
    backend = ec2_backends[network.account.number][network.region]
    prefix = f"{network.account.name}-{network.region}"
    vpc = backend.create_vpc(str(network.cidr))
    vpc.add_tags({"Name": prefix, "ManagedBy": "terraform"})
    gateway = backend.create_internet_gateway()
    backend.attach_internet_gateway(gateway.id, vpc.id)
    private = network.cidr.subnets(new_prefix=19)
    public = reversed(list(network.cidr.subnets(new_prefix=24)))
    here = letters_.region(network.account.number, network.region)
    zones = {name: zone_id for name, zone_id in here.items() if not network.zone_ids or zone_id in network.zone_ids}
    for (zone, zone_id), large, small in zip(zones.items(), private, public, strict=False):
        for tier, block in (("private", large), ("public", small)):
            tags = {"Name": f"{prefix}-{tier}-{zone_id}", "Tier": tier, "ManagedBy": "terraform"}
            backend.create_subnet(vpc.id, str(block), availability_zone=zone, tags={"subnet": tags})


@cache
def _places() -> Places:
    with_type: dict[tuple[str, str], set[str]] = {}
    for region, rows in INSTANCE_TYPE_OFFERINGS["availability-zone-id"].items():
        for row in rows:
            with_type.setdefault((region, row["InstanceType"]), set()).add(row["Location"])
    return Places(
        {region: [zone.zone_id for zone in zones] for region, zones in _moto_zones.items()},
        {key: frozenset(ids) for key, ids in with_type.items()},
    )


def _quotas(population: Population) -> dict[QuotaKey, int]:
    places = {place for each in products().values() for place in each.rates}
    regions = {LOCAL_ZONE_BY_NAME[place].region if place in LOCAL_ZONE_BY_NAME else place for place in places}
    changed = dict[QuotaKey, int]()
    for account, region in product(population.accounts, sorted(regions)):
        first = account == population.first
        never_raised = first and region == _NEVER_RAISED
        if not never_raised:
            changed |= _block_quotas(account, region, first=first)
        changed |= _plan_quotas(account, region, first=first, never_raised=never_raised)
    return changed


def _block_quotas(account: Account, region: str, *, first: bool) -> dict[QuotaKey, int]:
    many = _VCPUS_OF_ONE * (_MANY_INSTANCES if first else _FEWER_INSTANCES)
    return {
        QuotaKey(account.number, region, CODE_BY_FAMILY[family]): many if first or family != _LOWERED else 0
        for family in families()
    }


def _plan_quotas(account: Account, region: str, *, first: bool, never_raised: bool) -> dict[QuotaKey, int]:
    """SageMaker lists its quotas with a value for everybody, also those that are 0."""
    many = _MANY_INSTANCES if first else _FEWER_INSTANCES
    values = {
        quotas[name].code: 0 if never_raised or (not first and name in _WITHOUT_PLANS) else many
        for quotas in (RESERVED, CLUSTER)
        for name in PLAN_TYPES
    }
    values[PLANS_PER_REGION.code] = PLANS_PER_REGION.default
    return {QuotaKey(account.number, region, code): value for code, value in values.items()}


# Kept before the zones that moto reads are replaced by ones that differ between accounts.
_moto_zones = dict(RegionsAndZonesBackend.zones)
