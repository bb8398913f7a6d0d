"""What is changed, and of what, in the recorded plans of risks: one recipe for each plan."""

from tests.plans.risk_recipes import buckets, capacity, identity, network, storage

RECIPES = {
    each.name: each
    for each in (*buckets.RECIPES, *capacity.RECIPES, *identity.RECIPES, *network.RECIPES, *storage.RECIPES)
}
"""By name."""
