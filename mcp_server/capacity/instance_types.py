"""The instance types that AWS sells as Capacity Blocks and in training plans, and the names people use for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed

GOVCLOUD = frozenset({"us-gov-east-1", "us-gov-west-1"})

_NEAR = 0.7
"""How alike a name must be to be taken for a slip, as difflib measures it."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What is in an instance (EC2 DescribeInstanceTypes, read 2026-11-22), or in an UltraServer as a whole.

    memory and accelerator_memory, that of each accelerator, are in GiB. efa_interfaces may be on as many of the
    network_cards; of an UltraServer, which is of several instances, EC2 tells neither.
    """

    memory: int
    accelerator_memory: int
    network_cards: int | None = None
    efa_interfaces: int | None = None
    instances: int = 1


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """How SageMaker sells a type in training plans, and which of its limits bear on that.

    name is SageMaker's (API reference, ReservedCapacityInstanceType and UltraServerType). reserved_quota limits the
    instances in an account's plans of a region, cluster_quota those of its HyperPod clusters. AWS publishes the names
    of these limits and not their codes, which are as accounts show them (read 2026-11-24); None where none was seen.
    """

    name: str
    reserved_quota: str | None = None
    cluster_quota: str | None = None


@dataclass(frozen=True, slots=True)
class InstanceType:
    """What one unit of a block or plan is: an instance, or an UltraServer of several.

    accelerators and vcpus are per unit. regions are those that sell the type (EC2 user guide, Capacity Blocks,
    supported instance types and Regions, read 2026-11-22): AWS opens further ones before its table says so, so this
    is where to ask by default, never what may be asked. quota_code names the per-account limit on vCPUs of
    concurrently active blocks (EC2 endpoints and quotas), None where no code is published.
    """

    name: str
    family: str
    accelerator: str
    accelerators: int
    vcpus: int
    regions: frozenset[str]
    quota_code: str | None
    ultraserver: bool = False

    @property
    def termination_lead(self) -> timedelta:
        """How long before a block's end AWS takes the machines back."""
        return termination_lead(ultraserver=self.ultraserver)

    @property
    def hardware(self) -> Hardware:
        """What is in one unit."""
        return _HARDWARE[self.name]

    @property
    def plan(self) -> PlanTerms | None:
        """How it is sold in training plans; None where it is sold as blocks only."""
        return _PLANS.get(self.name)


def termination_lead(*, ultraserver: bool) -> timedelta:
    """How long before a block's end AWS takes the machines back.

    30 minutes; 60 for UltraServers (EC2 user guide, Capacity Blocks, considerations).
    """
    return timedelta(minutes=60 if ultraserver else 30)


class UnknownInstanceType(RequestRefused):
    """No capacity is sold under this name. similar are names that are."""

    def __init__(self, name: str, similar: tuple[str, ...]) -> None:
        self.name, self.similar = name, similar
        hint = f" Did you mean {' or '.join(similar)}?" if similar else f" Sold are: {', '.join(sorted(CATALOGUE))}."
        super().__init__(f"No capacity is sold as {typed(name)}.{hint}")


class SoldAsUltraServer(RequestRefused):
    """The family is sold only as whole UltraServers, whose names are in ultraservers; in_plans, in training plans."""

    def __init__(self, name: str, ultraservers: tuple[str, ...], *, in_plans: bool = False) -> None:
        self.name, self.ultraservers = name, ultraservers
        sizes = " or ".join(f"{each} ({CATALOGUE[each].accelerators} accelerators)" for each in ultraservers)
        sold = "in training plans" if in_plans else "as Capacity Blocks"
        listed = "" if in_plans else ", and AWS sells them to accounts on its list only"
        super().__init__(
            f"{typed(name)} is sold {sold} only in whole UltraServers: ask for {sizes}; the count is then of "
            f"UltraServers{listed}."
        )


def _regions(names: str) -> frozenset[str]:
    return frozenset(names.split())


_TYPES = (
    InstanceType(
        "p6-b300.48xlarge",
        "P6-B300",
        "B300",
        8,
        192,
        _regions("us-east-1 us-west-2 ap-northeast-2 ap-south-2 ap-southeast-3 us-gov-east-1"),
        "L-9C38E5AB",
    ),
    InstanceType(
        "p6-b200.48xlarge",
        "P6-B200",
        "B200",
        8,
        192,
        _regions("us-east-1 us-east-2 us-west-2 ap-south-1 ap-south-2 us-gov-east-1 us-gov-west-1"),
        "L-8B23CEF3",
    ),
    InstanceType(
        "p5en.48xlarge",
        "P5en",
        "H200",
        8,
        192,
        _regions(
            "us-east-1 us-east-2 us-west-1 us-west-2 eu-north-1 eu-west-2 eu-south-2 ap-northeast-1 ap-northeast-2 "
            "ap-south-1 ap-southeast-2 ap-southeast-3"
        ),
        "L-4F9BB70B",
    ),
    InstanceType(
        "p5e.48xlarge",
        "P5e",
        "H200",
        8,
        192,
        _regions(
            "us-east-1 us-east-2 us-west-1 us-west-2 eu-north-1 eu-west-2 ap-northeast-1 ap-south-1 ap-southeast-2 "
            "ap-southeast-3 sa-east-1"
        ),
        "L-C45F30BC",
    ),
    InstanceType(
        "p5.48xlarge",
        "P5",
        "H100",
        8,
        192,
        _regions(
            "us-east-1 us-east-2 us-west-1 us-west-2 eu-north-1 eu-west-2 ap-northeast-1 ap-south-1 ap-southeast-2 "
            "ap-southeast-3 sa-east-1"
        ),
        "L-DA6814F2",
    ),
    InstanceType(
        "p5.4xlarge",
        "P5",
        "H100",
        1,
        16,
        _regions("us-east-1 us-east-2 us-west-2 eu-west-2 ap-northeast-1 ap-south-1 ap-southeast-2 sa-east-1"),
        "L-DA6814F2",
    ),
    InstanceType("p4de.24xlarge", "P4de", "A100", 8, 96, _regions("us-east-1 us-west-2"), "L-CFF3E941"),
    InstanceType("p4d.24xlarge", "P4d", "A100", 8, 96, _regions("us-east-1 us-east-2 us-west-2"), "L-2C8F52B3"),
    InstanceType("trn2.48xlarge", "Trn2", "Trainium2", 16, 192, _regions("us-east-2"), "L-64569A79"),
    InstanceType("trn2.3xlarge", "Trn2", "Trainium2", 1, 12, _regions("ap-southeast-4 sa-east-1"), "L-64569A79"),
    InstanceType(
        "trn1.32xlarge",
        "Trn1",
        "Trainium",
        16,
        128,
        _regions("us-east-1 us-east-2 us-west-2 eu-north-1 ap-south-1 ap-southeast-2 ap-southeast-4"),
        "L-2E30FD7D",
    ),
    InstanceType(
        "u-p6e-gb200x72", "P6e-GB200", "GB200", 72, 2592, _regions("us-east-1"), "L-FCF0179E", ultraserver=True
    ),
    InstanceType(
        "u-p6e-gb200x36", "P6e-GB200", "GB200", 36, 1296, _regions("us-east-1"), "L-FCF0179E", ultraserver=True
    ),
    InstanceType("u-trn2x64", "Trn2", "Trainium2", 64, 768, _regions("us-east-2"), "L-64569A79", ultraserver=True),
)

CATALOGUE: dict[str, InstanceType] = {each.name: each for each in _TYPES}


@dataclass(frozen=True, slots=True)
class UltraServerInstance:
    """An instance that is sold only within whole UltraServers: EC2 names and counts what is owned in these.

    ultraservers are all that are made of it. vcpus are per instance.
    """

    name: str
    ultraservers: tuple[str, ...]

    @property
    def family(self) -> str:
        """That of its UltraServers, whose limit it is counted against."""
        return self._whole.family

    @property
    def accelerator(self) -> str:
        """What it computes with."""
        return self._whole.accelerator

    @property
    def vcpus(self) -> int:
        """Its even share of an UltraServer."""
        return self._whole.vcpus // self._whole.hardware.instances

    @property
    def quota_code(self) -> str | None:
        """The limit on vCPUs of concurrently active blocks."""
        return self._whole.quota_code

    @property
    def _whole(self) -> InstanceType:
        return CATALOGUE[self.ultraservers[0]]


WITHIN_ULTRASERVERS: dict[str, UltraServerInstance] = {
    each.name: each
    for each in (
        UltraServerInstance("p6e-gb200.36xlarge", ("u-p6e-gb200x72", "u-p6e-gb200x36")),
        UltraServerInstance("trn2u.48xlarge", ("u-trn2x64",)),
    )
}


def accelerator_of(instance_type: str) -> str | None:
    """The accelerator of an instance type by AWS's name; None where it is not known."""
    kind = CATALOGUE.get(instance_type) or WITHIN_ULTRASERVERS.get(instance_type)
    return kind.accelerator if kind else None


# EC2 tells 512 GiB of a Trainium2, which has 96 (EC2 instance types, Trn2).
_HARDWARE = {
    "p6-b300.48xlarge": Hardware(4096, 268, 17, 16),
    "p6-b200.48xlarge": Hardware(2048, 179, 8, 8),
    "p5en.48xlarge": Hardware(2048, 141, 16, 16),
    "p5e.48xlarge": Hardware(2048, 141, 32, 32),
    "p5.48xlarge": Hardware(2048, 80, 32, 32),
    "p5.4xlarge": Hardware(256, 80, 1, 1),
    "p4de.24xlarge": Hardware(1152, 80, 4, 4),
    "p4d.24xlarge": Hardware(1152, 40, 4, 4),
    "trn2.48xlarge": Hardware(2048, 96, 16, 16),
    "trn2.3xlarge": Hardware(128, 96, 1, 1),
    "trn1.32xlarge": Hardware(512, 32, 8, 8),
    "u-p6e-gb200x72": Hardware(17280, 185, instances=18),
    "u-p6e-gb200x36": Hardware(8640, 185, instances=9),
    "u-trn2x64": Hardware(8192, 96, instances=4),
}

_PLANS = {
    "p6-b300.48xlarge": PlanTerms("ml.p6-b300.48xlarge", None, "L-9883FE68"),
    "p6-b200.48xlarge": PlanTerms("ml.p6-b200.48xlarge", None, "L-44097F05"),
    "p5en.48xlarge": PlanTerms("ml.p5en.48xlarge", None, "L-6EF3AE05"),
    "p5e.48xlarge": PlanTerms("ml.p5e.48xlarge", None, "L-FD431820"),
    "p5.48xlarge": PlanTerms("ml.p5.48xlarge", "L-9EF527CA", "L-8762A75F"),
    "p5.4xlarge": PlanTerms("ml.p5.4xlarge"),
    "p4de.24xlarge": PlanTerms("ml.p4de.24xlarge", "L-95C2C3D0", "L-BEF3120E"),
    "p4d.24xlarge": PlanTerms("ml.p4d.24xlarge", "L-B9718876", "L-47E0BC8F"),
    "trn2.48xlarge": PlanTerms("ml.trn2.48xlarge"),
    "trn1.32xlarge": PlanTerms("ml.trn1.32xlarge"),
    "u-p6e-gb200x72": PlanTerms("ml.u-p6e-gb200x72", None, "L-5DB70460"),
    "u-p6e-gb200x36": PlanTerms("ml.u-p6e-gb200x36", None, "L-5DB70460"),
}


def kind_in_plans(name: str) -> InstanceType | None:
    """The type that SageMaker sells under a name of its own; None where that is not known."""
    return next((CATALOGUE[ours] for ours, terms in _PLANS.items() if terms.name == name), None)


_SHORT: dict[str, tuple[str, ...]] = {
    "a100": ("p4d.24xlarge", "p4de.24xlarge"),
    "h100": ("p5.48xlarge",),
    "h200": ("p5e.48xlarge", "p5en.48xlarge"),
    "b200": ("p6-b200.48xlarge",),
    "b300": ("p6-b300.48xlarge",),
    "trainium": ("trn1.32xlarge",),
    "trainium1": ("trn1.32xlarge",),
    "trainium2": ("trn2.48xlarge",),
    "p4d": ("p4d.24xlarge",),
    "p4de": ("p4de.24xlarge",),
    "p5": ("p5.48xlarge",),
    "p5e": ("p5e.48xlarge",),
    "p5en": ("p5en.48xlarge",),
    "p6-b200": ("p6-b200.48xlarge",),
    "p6-b300": ("p6-b300.48xlarge",),
    "trn1": ("trn1.32xlarge",),
    "trn2": ("trn2.48xlarge",),
}
_ULTRASERVER_ONLY: dict[str, tuple[str, ...]] = {
    **{name: each.ultraservers for name, each in WITHIN_ULTRASERVERS.items()},
    **dict.fromkeys(("gb200", "p6e", "p6e-gb200"), WITHIN_ULTRASERVERS["p6e-gb200.36xlarge"].ultraservers),
    "trn2u": WITHIN_ULTRASERVERS["trn2u.48xlarge"].ultraservers,
}


class NotInPlans(RequestRefused):
    """The type is sold as Capacity Blocks only."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"No training plan is sold for {name}. Sold are: {', '.join(sorted(_PLANS))}.")


def check_in_plans(kinds: Iterable[InstanceType]) -> None:
    """Whether training plans are sold for all of these.

    Raises:
        NotInPlans: One of them is sold as Capacity Blocks only.
    """
    for each in kinds:
        if each.plan is None:
            raise NotInPlans(each.name)


def resolve(name: str, *, in_plans: bool = False) -> tuple[InstanceType, ...]:
    """The types that a name stands for: itself, or for a short name (p5, h100, b200) each family's largest size.

    in_plans is whether they are wanted in training plans, of which a refusal then speaks.

    Raises:
        SoldAsUltraServer: The family is sold only as UltraServers.
        NotInPlans: It is, and in no plan.
        UnknownInstanceType: Nothing is sold under this name.
    """
    wanted = name.strip().lower().removeprefix("ml.")
    if wanted in CATALOGUE:
        return (CATALOGUE[wanted],)
    if wanted in _SHORT:
        return tuple(CATALOGUE[each] for each in _SHORT[wanted])
    if wanted in _ULTRASERVER_ONLY:
        ultraservers = tuple(each for each in _ULTRASERVER_ONLY[wanted] if each in _PLANS or not in_plans)
        if not ultraservers:
            raise NotInPlans(wanted)
        raise SoldAsUltraServer(name, ultraservers, in_plans=in_plans)
    raise UnknownInstanceType(name, _near(wanted))


def _near(wanted: str) -> tuple[str, ...]:
    """Names that may have been meant: near as a whole and in the family, since sizes are alike in every family."""
    family, *_ = wanted.partition(".")
    families = {each.partition(".")[0] for each in (*CATALOGUE, *_SHORT)}
    meant = set(get_close_matches(family, families, n=len(families), cutoff=_NEAR))
    names = [each for each in (*CATALOGUE, *_SHORT) if each.partition(".")[0] in meant]
    return tuple(get_close_matches(wanted, names, n=3, cutoff=_NEAR))


def resolve_all(
    names: Iterable[str], accelerators: int | None = None, *, in_plans: bool = False
) -> tuple[InstanceType, ...]:
    """The types that several names stand for, each once, in the order asked.

    Where accelerators are counted, a short name also means the family's smaller size if the largest has more than that
    many: who wants one H100 need not pay for eight.

    Raises:
        SoldAsUltraServer: A family is sold only as UltraServers.
        NotInPlans: One is, and in no plan.
        UnknownInstanceType: Nothing is sold under a name.
    """
    found = tuple(
        dict.fromkeys(
            size
            for name in names
            for each in resolve(name, in_plans=in_plans)
            for size in _sizes(name, each, accelerators)
        )
    )
    if not found:
        raise UnknownInstanceType("", ())
    return found


def _sizes(name: str, largest: InstanceType, accelerators: int | None) -> tuple[InstanceType, ...]:
    if accelerators is None or accelerators >= largest.accelerators or name.strip().lower() in CATALOGUE:
        return (largest,)
    return (largest, *(each for each in _TYPES if _is_smaller(each, largest)))


def _is_smaller(one: InstanceType, other: InstanceType) -> bool:
    return (one.family, one.ultraserver) == (other.family, False) and one.accelerators < other.accelerators


def similar_types(wanted: InstanceType) -> tuple[InstanceType, ...]:
    """Other instance types that do much the same work, nearest first: the generations around it, equally built."""
    peers = [each for each in _TYPES if _comparable(each, wanted)]
    at = _TYPES.index(wanted)
    return tuple(sorted((each for each in peers if each is not wanted), key=lambda each: abs(_TYPES.index(each) - at)))


def _comparable(one: InstanceType, other: InstanceType) -> bool:
    same_software = one.accelerator.startswith("Trainium") == other.accelerator.startswith("Trainium")
    return same_software and (one.accelerators, one.ultraserver) == (other.accelerators, other.ultraserver)
