"""What simulated AWS sells as Capacity Blocks and as training plans, where, and for how much."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

ML: Final = "ml."
"""What SageMaker puts before EC2's names of types."""

# AWS's table of what plans cost could not be had. Plans for one instance and a day that were offered on 2026-10-04
# cost 1,098.42 (p5), 1,452.63 (p5en) and 312.11 USD (p4d): each is the rate of blocks in prices.json times this.
_PLAN_FACTOR = Decimal("1.102083")
# EC2's names of ReservedCapacityInstanceType (botocore 1.44.5); blocks are sold of two more.
_PLAN_TYPES = frozenset(
    {
        "p4d.24xlarge",
        "p4de.24xlarge",
        "p5.4xlarge",
        "p5.48xlarge",
        "p5e.48xlarge",
        "p5en.48xlarge",
        "p6-b200.48xlarge",
        "p6-b300.48xlarge",
        "p6e-gb200.36xlarge",
        "trn1.32xlarge",
        "trn2.48xlarge",
    }
)


@dataclass(frozen=True, slots=True)
class Product:
    """An instance type, or an UltraServer made of `instances` of one.

    accelerators and vcpus are per instance. rates gives USD per accelerator-hour by place: a region, meaning its
    Availability Zones, or a Local Zone by name.
    """

    name: str
    family: str
    instance_type: str
    instances: int
    accelerators: int
    vcpus: int
    ultraserver: bool
    rates: Mapping[str, Decimal]


@cache
def products() -> Mapping[str, Product]:
    """Every product that is sold as a Capacity Block, by name.

    The prices' source and date stand in prices.json; they feed only the simulation.
    """
    table = json.loads(files("mcp_server.sandbox").joinpath("prices.json").read_text(encoding="utf-8"))
    return {row["name"]: _product(row) for row in table["products"]}


@cache
def plan_products() -> Mapping[str, Product]:
    """Every product that is sold as a training plan, by SageMaker's name; blocks of the same type compete with none."""
    sold = [product for product in products().values() if product.instance_type in _PLAN_TYPES]
    return {ML + product.name: _as_plan(product) for product in sold}


def product_named(name: str) -> Product:
    """A product, whatever it is sold as.

    Raises:
        KeyError: There is none.
    """
    return products()[name] if name in products() else plan_products()[name]


def _as_plan(product: Product) -> Product:
    return replace(
        product,
        name=ML + product.name,
        instance_type=ML + product.instance_type,
        rates={place: rate * _PLAN_FACTOR for place, rate in product.rates.items()},
    )


def _product(row: dict[str, Any]) -> Product:
    rates = {place: Decimal(rate) for place, rate in row.pop("rates").items()}
    return Product(**row, rates=rates)


@cache
def families() -> tuple[str, ...]:
    """The families that have a quota of their own, in the table's order."""
    return tuple(dict.fromkeys(product.family for product in products().values()))
