"""Until when EKS supports each version of Kubernetes.

From the Amazon EKS user guide, "Understand the Kubernetes version lifecycle on EKS", release calendar, as it stood in
April 2026. Of a version that is not here nothing is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Support:
    """The last days of standard support, and of extended support, which costs several times as much an hour."""

    standard: date
    extended: date


CALENDAR: Mapping[str, Support] = MappingProxyType(
    {
        version: Support(date.fromisoformat(standard), date.fromisoformat(extended))
        for version, standard, extended in (
            ("1.28", "2024-11-26", "2025-11-26"),
            ("1.29", "2025-03-23", "2026-03-23"),
            ("1.30", "2025-07-23", "2026-07-23"),
            ("1.31", "2025-11-26", "2026-11-26"),
            ("1.32", "2026-03-23", "2027-03-23"),
            ("1.33", "2026-07-29", "2027-07-29"),
            ("1.34", "2026-12-02", "2027-12-02"),
            ("1.35", "2027-03-27", "2028-03-27"),
        )
    }
)
"""By version."""
