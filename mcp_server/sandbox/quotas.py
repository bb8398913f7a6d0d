"""Which quotas there are, and what they are for whom: those that bound blocks and training plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mcp_server.sandbox.catalogue import plan_products
from mcp_server.sandbox.market import digest

EC2: Final = "ec2"
SAGEMAKER: Final = "sagemaker"

CODE_BY_FAMILY: Final = {
    "P4d": "L-2C8F52B3",
    "P4de": "L-CFF3E941",
    "P5": "L-DA6814F2",
    "P5e": "L-C45F30BC",
    "P5en": "L-4F9BB70B",
    "P6-B200": "L-8B23CEF3",
    "P6-B300": "L-9C38E5AB",
    "P6e-GB200": "L-FCF0179E",
    "Trn1": "L-2E30FD7D",
    "Trn2": "L-64569A79",
}


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota of a service. default is what an account has that never asked for more."""

    code: str
    service: str
    name: str
    default: int = 0


@dataclass(frozen=True, slots=True)
class QuotaKey:
    """Whose limit on what, where."""

    account: str
    region: str
    code: str


class Quotas:
    """What was ever raised or lowered; everything else is at AWS's default."""

    def __init__(self, changed: Mapping[QuotaKey, int]) -> None:
        self._changed = dict(changed)

    def vcpus(self, account: str, region: str, family: str) -> int:
        """The limit in force on vCPUs of concurrently active Capacity Blocks."""
        return self.limit(account, region, CODE_BY_FAMILY[family])

    def limit(self, account: str, region: str, code: str) -> int:
        """The limit in force."""
        return self._changed.get(QuotaKey(account, region, code), QUOTA_BY_CODE[code].default)

    def applied(self, key: QuotaKey) -> int | None:
        """The limit as somebody changed it, None where nobody did."""
        return self._changed.get(key)

    def set(self, key: QuotaKey, value: int) -> None:
        """Change a limit."""
        self._changed[key] = value


PLANS_PER_REGION: Final = Quota("L-867702E6", SAGEMAKER, "Number of training plans per Region", 25)
_RESERVED_CODES = {
    "ml.p4d.24xlarge": "L-B9718876",
    "ml.p4de.24xlarge": "L-95C2C3D0",
    "ml.p5.48xlarge": "L-9EF527CA",
}
_CLUSTER_CODES = {
    "ml.p4d.24xlarge": "L-47E0BC8F",
    "ml.p4de.24xlarge": "L-BEF3120E",
    "ml.p5.48xlarge": "L-8762A75F",
    "ml.p5e.48xlarge": "L-FD431820",
    "ml.p5en.48xlarge": "L-6EF3AE05",
    "ml.p6-b200.48xlarge": "L-44097F05",
    "ml.p6-b300.48xlarge": "L-9883FE68",
    "ml.p6e-gb200.36xlarge": "L-5DB70460",
}


def _of_type(instance_type: str, name: str, known: Mapping[str, str]) -> Quota:
    """A quota of one instance type; the code of one that is not published is made up."""
    code = known.get(instance_type) or f"L-{digest(name) % (1 << 32):08X}"
    return Quota(code, SAGEMAKER, name)


PLAN_TYPES: Final = tuple(dict.fromkeys(product.instance_type for product in plan_products().values()))
RESERVED: Final = {
    name: _of_type(
        name, f"Number of {name} instances in reserved capacity across training plans per Region", _RESERVED_CODES
    )
    for name in PLAN_TYPES
}
"""Bounds what is reserved by training plans, by instance type."""
CLUSTER: Final = {name: _of_type(name, f"{name} for cluster usage", _CLUSTER_CODES) for name in PLAN_TYPES}
"""Bounds what HyperPod clusters may run, by instance type."""

_BLOCKS = [
    Quota(code, EC2, f"Maximum number of vCPUs for concurrently active {family} Capacity Blocks")
    for family, code in CODE_BY_FAMILY.items()
]
QUOTA_BY_CODE: Final = {each.code: each for each in (*_BLOCKS, PLANS_PER_REGION, *RESERVED.values(), *CLUSTER.values())}
