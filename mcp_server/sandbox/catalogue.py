"""What simulated AWS sells as Capacity Blocks, where, and for how much."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any


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
    """Every product by name. The prices' source and date stand in prices.json; they feed only the simulation."""
    table = json.loads(files("mcp_server.sandbox").joinpath("prices.json").read_text(encoding="utf-8"))
    return {row["name"]: _product(row) for row in table["products"]}


def _product(row: dict[str, Any]) -> Product:
    rates = {place: Decimal(rate) for place, rate in row.pop("rates").items()}
    return Product(**row, rates=rates)


@cache
def families() -> tuple[str, ...]:
    """The families that have a quota of their own, in the table's order."""
    return tuple(dict.fromkeys(product.family for product in products().values()))
