"""Every rule of risk, and looking for them in a change."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen
from mcp_server.monorepo.plans.rules import (
    capacity,
    cluster_access,
    clusters,
    copies,
    data,
    expiring,
    exposure,
    groups,
    identity,
    logs,
    network,
    queues,
    replacing,
    security_groups,
    sharing,
    states,
    whole,
)

RULES: tuple[Rule, ...] = (
    *capacity.RULES,
    *groups.RULES,
    *queues.RULES,
    *clusters.RULES,
    *cluster_access.RULES,
    *logs.RULES,
    *data.RULES,
    *copies.RULES,
    *states.RULES,
    *expiring.RULES,
    *security_groups.RULES,
    *exposure.RULES,
    *sharing.RULES,
    *identity.RULES,
    *network.RULES,
    *replacing.RULES,
    *whole.RULES,
)
BY_NAME: Mapping[str, Rule] = {each.name: each for each in RULES}


def _by_type() -> Mapping[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in RULES:
        for each in rule.types:
            found[each].append(rule)
    return {kind: tuple(rules) for kind, rules in found.items()}


_BY_TYPE = _by_type()
_TAGS = frozenset({"tags", "tags_all"})
_OF_ANY = tuple(each for each in RULES if each.look is not None and not each.types)


def seen_in(change: Change) -> Iterator[tuple[Rule, Seen]]:
    """What every rule sees in a change. A capacity block is one also where nothing changes: it buys when tainted."""
    spoken = False
    rules = _asked(change.type, change.action)
    if change.action is Action.UPDATE and change.values.differ_only_in(_TAGS):
        rules = [each for each in rules if each.of_tags]
    for rule in rules:
        if rule.look is None or (rule.yields and spoken) or (rule.names and not change.values.mention(rule.names)):
            continue
        for seen in rule.look(change):
            spoken = True
            yield rule, seen


@lru_cache(maxsize=1024)
def _asked(kind: str, action: Action) -> tuple[Rule, ...]:
    """The rules that may see something in what happens to a resource of a type."""
    rules = _BY_TYPE.get(kind, ())
    if action is Action.NO_OP:
        return tuple(each for each in rules if each.name == "capacity-purchase")
    if action is Action.READ:
        return ()
    return tuple(each for each in (*rules, *_OF_ANY) if not each.actions or action in each.actions)
