"""What a search has to do with the live tree: the unit that it is for, and the units that could use what it finds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.plans import PlanOffering, TargetResource
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed, word
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.naming import listed
from mcp_server.monorepo.sources import Source
from mcp_server.monorepo.units import Unit

_TAKE_BLOCKS = frozenset({"eks-cluster", "parallelcluster"})
_TAKE_PLANS = frozenset({"hyperpod"})
"""Modules of this repository, by what they can be given (EC2 and SageMaker guides: no block serves HyperPod)."""
WITHOUT_MACHINES = frozenset(
    {
        "argocd-bootstrap",
        "capacity-ledger",
        "ecr",
        "efa-security-group",
        "hyperpod-chart",
        "iam",
        "kms",
        "monitoring",
        "networking",
        "parallelcluster-api",
        "s3-data-bucket",
        "s3-replication",
        "shared-storage",
        "tfstate-bucket",
        "vpc-peering",
    }
)
"""Its other modules: there is nothing in them that capacity could be bought for."""
_OUR_MODULES = "terraform/modules"


class UnitElsewhere(RequestRefused):
    """A search is for a unit, and asks where the unit is not. what is accounts, regions or zone ids."""

    def __init__(self, unit: Unit, what: str, asked: Sequence[str], has: Sequence[str]) -> None:
        self.unit, self.what, self.asked, self.has = unit, what, tuple(asked), tuple(has)
        super().__init__(
            f"{word(unit.path)} is in {' '.join(map(word, has))}, and not in {' '.join(map(typed, asked))}: "
            f"leave {what} out."
        )


class UnitNowhere(RequestRefused):
    """The account or the region of a unit cannot be told from the tree."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        super().__init__(
            f"The account or the region of {word(unit.path)} cannot be read from the live tree: see list_units; say "
            "accounts and regions instead of for_unit."
        )


class UnitTakesOther(RequestRefused):
    """A unit whose module cannot be given what is searched for. instead is the search for what it takes."""

    def __init__(self, unit: Unit, what: str, instead: str) -> None:
        self.unit, self.what, self.instead = unit, what, instead
        super().__init__(f"{word(unit.path)} cannot use {what}: ask {instead}.")


class UnitWithoutMachines(RequestRefused):
    """A unit whose module has no machines. candidates can use what: those of its account and region, else any."""

    def __init__(self, unit: Unit, what: str, candidates: Sequence[Unit]) -> None:
        self.unit, self.what = unit, what
        here = [each for each in candidates if (each.account_id, each.region) == (unit.account_id, unit.region)]
        self.candidates = tuple(each.path for each in here or candidates)
        where = "in its account and region" if here else "elsewhere, for none in its account and region can,"
        instead = (
            f"{where} {listed(self.candidates)} could: ask for_unit with that."
            if self.candidates
            else "no unit of the live tree could: leave for_unit out, and say accounts and regions."
        )
        super().__init__(f"{word(unit.path)} has no machines, so that it could not use {what}; {instead}")


@dataclass(frozen=True, slots=True)
class Where:
    """Accounts, regions and zone ids to ask."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    zone_ids: tuple[str, ...]

    def within(self, unit: Unit) -> "Where":
        """The part of this where a unit is.

        Raises:
            UnitNowhere: That cannot be told.
            UnitElsewhere: There is no such part.
        """
        if not unit.account_id or not unit.region:
            raise UnitNowhere(unit)
        named = [each for each in (unit.account_name, unit.account_id) if each]
        if self.accounts and not {*self.accounts} & {*named}:
            raise UnitElsewhere(unit, "accounts", self.accounts, named)
        if self.regions and unit.region not in self.regions:
            raise UnitElsewhere(unit, "regions", self.regions, [unit.region])
        common = [each for each in self.zone_ids if each in unit.zone_ids] if unit.zone_ids else self.zone_ids
        if self.zone_ids and not common:
            raise UnitElsewhere(unit, "zone_ids", self.zone_ids, unit.zone_ids)
        return Where((unit.account_id,), (unit.region,), tuple(common) or unit.zone_ids)


@dataclass(frozen=True, slots=True)
class Homes:
    """Units with a subnet in a zone of an account, which could use capacity there; none: nothing could."""

    account: str
    zone_id: str
    units: tuple[str, ...]


def check_takes(tree: LiveTree, unit: Unit, target: TargetResource | None) -> None:
    """Of this repository's modules it is known what they take; of any other nothing is said.

    What serves jobs, endpoints or Studio is used by no unit, which then only says where to ask.

    Raises:
        UnitTakesOther: It takes the other kind of capacity.
        UnitWithoutMachines: It takes none.
    """
    if target not in (None, TargetResource.HYPERPOD):
        return
    modules, takes = _modules(unit), _TAKE_PLANS if target else _TAKE_BLOCKS
    if unit.sources and all(map(_has_no_machines, unit.sources)):
        what = "training plans" if target else "Capacity Blocks"
        raise UnitWithoutMachines(unit, what, [each for each in tree.units if _modules(each) & takes])
    if target is None and modules & _TAKE_PLANS:
        raise UnitTakesOther(unit, "Capacity Blocks", "search_training_plans with target_resource hyperpod-cluster")
    if target is TargetResource.HYPERPOD and modules & _TAKE_BLOCKS:
        raise UnitTakesOther(unit, "training plans", "search_capacity_blocks")


def homes(tree: LiveTree, offerings: Iterable[Offering | PlanOffering]) -> list[Homes]:
    """Of each zone of these offerings, in their order, the units of this repository's modules that could use it.

    Of an offering of several segments that is each segment's zone. A plan for anything but HyperPod needs no unit.
    """
    wanted = {
        (offering.account, stay.zone.id, offering.target): None
        for offering in offerings
        if offering.target in (None, TargetResource.HYPERPOD)
        for stay in offering.stays
        if stay.zone.id
    }
    return [
        Homes(account, zone_id, tuple(each.path for each in tree.units if _could_use(each, account, zone_id, target)))
        for account, zone_id, target in wanted
    ]


def _could_use(unit: Unit, account: str, zone_id: str, target: TargetResource | None) -> bool:
    takes = _TAKE_BLOCKS if target is None else _TAKE_PLANS
    return unit.account_id == account and zone_id in unit.zone_ids and bool(_modules(unit) & takes)


def _has_no_machines(source: Source) -> bool:
    """Whether a module is this repository's and has none; one of the same name in another may be anything."""
    folder, _, name = source.folder.rpartition("/")
    return name in WITHOUT_MACHINES and f"/{folder}".endswith(f"/{_OUR_MODULES}")


def _modules(unit: Unit) -> set[str]:
    return {each.folder.rpartition("/")[2] for each in unit.sources}
