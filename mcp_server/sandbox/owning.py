"""Capacity that an account is made to own: paid, and nobody was asked for the price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mcp_server.sandbox import scenes
from mcp_server.sandbox.capacity_blocks import Reservation
from mcp_server.sandbox.catalogue import Product, product_named
from mcp_server.sandbox.eks_calls import hexadecimal
from mcp_server.sandbox.market import Segment, fee
from mcp_server.sandbox.payments import Payment
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.training_plans import HYPERPOD, ReservedCapacity, TrainingPlan


@dataclass(frozen=True, slots=True)
class Owned:
    """Reservation ids of blocks and ARNs of plans, by the keys of their scene."""

    blocks: Mapping[str, str]
    plans: Mapping[str, str]

    def block(self, key: str) -> str:
        """The reservation of a block; a key that the scene does not have is a reservation's id."""
        return self.blocks.get(key, key)

    def plan(self, key: str) -> str:
        """The ARN of a plan; a key that the scene does not have is an ARN."""
        return self.plans.get(key, key)


def own(simulation: Simulation, scene: scenes.Scene, now: datetime) -> Owned:
    """Let accounts own the blocks and plans of a scene from now on.

    Raises:
        KeyError: Nothing is sold of a type.
    """
    blocks = {each.key: _own_block(simulation, each, now) for each in scene.blocks}
    plans = {each.key: _own_plan(simulation, each, now) for each in scene.plans}
    return Owned(blocks, plans)


def _own_block(simulation: Simulation, wanted: scenes.Block, now: datetime) -> str:
    product = product_named(wanted.instance_type)
    reservation = Reservation(
        reservation_id=simulation.tags.new_id("cr"),
        block_id=simulation.tags.new_id("cb"),
        account=simulation.population.numbers.get(wanted.account, wanted.account),
        region=wanted.region,
        product=product,
        segment=_segment(product, wanted),
        platform="Linux/UNIX",
        created=min(now, wanted.start),
        payment=Payment(min(now, wanted.start), fails=False),
        visible_from=now,
    )
    simulation.estate.add(reservation)
    simulation.tags.put(reservation, dict(wanted.tags), now)
    simulation.tags.settle(now)
    return reservation.reservation_id


def _own_plan(simulation: Simulation, wanted: scenes.Plan, now: datetime) -> str:
    product, account = product_named(wanted.instance_type), wanted.account
    account = simulation.population.numbers.get(account, account)
    segment = _segment(product, wanted)
    arn = f"arn:aws:sagemaker:{wanted.region}:{account}:reserved-capacity/{hexadecimal(12)}"
    plan = TrainingPlan(
        name=wanted.key,
        account=account,
        region=wanted.region,
        product=product,
        target=HYPERPOD,
        parts=(ReservedCapacity(arn, segment, ()),),
        fee=segment.fee,
        spares=0,
        payment=Payment(min(now, wanted.start), fails=False),
        visible_from=now,
    )
    plan.tag(wanted.tags, from_=now)
    simulation.plans.add(plan)
    return plan.arn


def _segment(product: Product, wanted: scenes.Capacity) -> Segment:
    """The part that is owned, at the rate of its region, else at any."""
    rate = product.rates.get(wanted.region) or next(iter(product.rates.values()), Decimal(0))
    price = fee(product, wanted.count, rate, wanted.end - wanted.start)
    return Segment(wanted.zone_id, wanted.count, wanted.start, wanted.end, price)
