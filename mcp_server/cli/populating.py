"""Whose accounts a simulated AWS gets: those of the project's live tree, where there is one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from mcp_server.capacity.words import quoted, word
from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.monorepo.units import Unit
from mcp_server.opening import live_tree
from mcp_server.sandbox.accounts import Account
from mcp_server.sandbox.catalogue import products
from mcp_server.sandbox.population import (
    BUILT_IN,
    DEFAULT_KUBERNETES,
    DEFAULT_PARALLELCLUSTER,
    Cluster,
    ClusterKind,
    Network,
    Population,
)
from mcp_server.sandbox.zones import LOCAL_ZONE_BY_NAME
from mcp_server.settings import AccountSettings, Settings, SettingsRefused, load_settings, settings_file

_CIDR = "cidr"


@dataclass(frozen=True)
class Project:
    """What a sandbox takes from the project: a population, variables that name its tree, and what has to be said."""

    population: Population = BUILT_IN
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    said: Sequence[str] = ()


def read_project() -> Project:
    """What the settings of this project say of its tree, and whose accounts are in it; built-in ones without a tree."""
    try:
        settings = load_settings()
    except SettingsRefused as refusal:
        return Project(said=[f"{refusal} The simulated AWS has its built-in accounts."])
    variables = _variables(settings)
    try:
        tree = live_tree(settings)
    except NoTree as none:
        return Project(variables=variables, said=[str(none)] if variables else [])
    population, said = population_of(tree)
    return Project(population, variables, said)


def population_of(tree: LiveTree) -> tuple[Population, Sequence[str]]:
    """The accounts of a tree, by the paths of their units, with networks and clusters; and what was left out.

    A network has the block that a unit there gives as its cidr, else the next free one of 10.0.0.0/8.
    """
    places: dict[tuple[Account, str], list[Unit]] = {}
    nowhere: list[Unit] = []
    accounts: dict[Account, None] = {}
    for unit in sorted(tree.units, key=lambda each: each.path):
        account = _account(unit)
        # Of accounts that share a name or a number, which a finding tells, there can be only one.
        clashing = [each for each in accounts if account and _clash(each, account)]
        if not account or not unit.region or clashing:
            nowhere.append(unit)
        else:
            accounts[account] = None
            places.setdefault((account, unit.region), []).append(unit)
    if not accounts:
        return BUILT_IN, [f"No account can be told from {quoted(str(tree.root))}: simulated AWS has its built-in ones."]
    networks = tuple(_networks(places))
    clusters = tuple(_clusters(places))
    return Population(tuple(accounts), networks, clusters), [*_untold(nowhere), *_unsold(networks)]


def _variables(settings: Settings) -> dict[str, str]:
    """What names the tree where the project's own settings are not read: its root is absolute then."""
    if "monorepo" not in settings.model_fields_set:
        return {}
    named = settings.monorepo
    file = settings_file()
    if "root" in named.model_fields_set and file and len(settings.tree_roots) == 1:
        named = named.model_copy(update={"root": settings.tree_roots[0].resolve()})
    return {"ML_CLUSTERS_MONOREPO": named.model_dump_json()}


def _account(unit: Unit) -> Account | None:
    """The account of a unit, called by its number where that is all that is known, if AWS could have it."""
    if not unit.account_id:
        return None
    try:
        known = AccountSettings(name=unit.account_name or unit.account_id, id=unit.account_id)
    except ValueError:
        return None
    return Account(known.name, known.id)


def _clash(one: Account, other: Account) -> bool:
    return one != other and (one.name == other.name or one.number == other.number)


def _networks(places: Mapping[tuple[Account, str], Sequence[Unit]]) -> Iterator[Network]:
    given = {place: block for place, units in places.items() if (block := _block(units))}
    free = (IPv4Network(f"10.{number}.0.0/16") for number in range(256))
    taken = list(given.values())
    for (account, region), units in places.items():
        block = given.get((account, region)) or next(
            (each for each in free if not any(each.overlaps(other) for other in taken)), IPv4Network("10.0.0.0/16")
        )
        zone_ids = dict.fromkeys(zone_id for unit in units for zone_id in unit.zone_ids)
        yield Network(account, region, block, tuple(zone_ids))


def _clusters(places: Mapping[tuple[Account, str], Sequence[Unit]]) -> Iterator[Cluster]:
    """A cluster for each unit of a module that makes one; of two with one name in a place there can be only one."""
    for (account, region), units in places.items():
        taken = set[tuple[ClusterKind, str]]()
        for unit in units:
            kind = _kind(unit)
            name = _input(unit, "name") or unit.name
            if kind and (kind, name) not in taken:
                taken.add((kind, name))
                yield Cluster(kind, name, account, region, _version(unit, kind, units))


def _kind(unit: Unit) -> ClusterKind | None:
    """What kind of cluster a unit makes, by the name of its module."""
    modules = {each.folder.rpartition("/")[2] for each in unit.sources}
    if "hyperpod" in modules:
        on_eks = _input(unit, "orchestrator") == "eks"
        return ClusterKind.HYPERPOD_EKS if on_eks else ClusterKind.HYPERPOD_SLURM
    of_module = {"eks-cluster": ClusterKind.EKS, "parallelcluster": ClusterKind.PARALLELCLUSTER}
    return next((kind for module, kind in of_module.items() if module in modules), None)


def _version(unit: Unit, kind: ClusterKind, neighbours: Sequence[Unit]) -> str:
    """The version that a cluster is asked for with; ParallelCluster's is that of the API beside it."""
    if kind is ClusterKind.EKS:
        return _input(unit, "kubernetes_version") or DEFAULT_KUBERNETES
    if kind is ClusterKind.PARALLELCLUSTER:
        told = (_input(each, "parallelcluster_version") for each in neighbours)
        return next(filter(None, told), DEFAULT_PARALLELCLUSTER)
    return ""


def _input(unit: Unit, name: str) -> str | None:
    """What a unit gives to its module under a name, if that can be told and is a text."""
    value = next((each.value for each in unit.inputs if each.keys == (name,)), None)
    return value if isinstance(value, str) else None


def _block(units: Sequence[Unit]) -> IPv4Network | None:
    """What one of these units gives as its network's block, if a subnet of every zone fits in."""
    for each in (each for unit in units for each in unit.inputs):
        if each.keys == (_CIDR,) and isinstance(each.value, str):
            try:
                block = IPv4Network(each.value)
            except ValueError:
                continue
            if block.prefixlen <= 16:
                return block
    return None


def _untold(units: Sequence[Unit]) -> Iterator[str]:
    if units:
        more = f" and {len(units) - 1} more" if len(units) > 1 else ""
        yield f"Not simulated, for account or region cannot be told: {word(units[0].path)}{more}; see list_units."


def _unsold(networks: Sequence[Network]) -> Iterator[str]:
    """Regions of which the simulation has no offerings."""
    sold = {place for each in products().values() for place in each.rates}
    regions = {LOCAL_ZONE_BY_NAME[each].region if each in LOCAL_ZONE_BY_NAME else each for each in sold}
    for region in dict.fromkeys(each.region for each in networks):
        if region not in regions:
            yield f"Simulated AWS sells nothing in {word(region)} of the live tree: a search there finds nothing."
