"""What is changed, and of what, in the recorded plans of risks: one recipe for each plan."""

from tests.plans.risk_recipes import buckets, capacity, clusters, identity, network, outside, secrets, storage

RECIPES = {
    each.name: each
    for module in (buckets, capacity, clusters, identity, network, outside, secrets, storage)
    for each in module.RECIPES
}
"""By name."""
