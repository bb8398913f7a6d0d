"""What a tree calls the files and locals that say where a unit is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TreeNames:
    """account_file and region_file are looked for in a unit's parent folders; the others are locals in them.

    zones is a list of zone ids, or a map by them.
    """

    account_file: str = "account.hcl"
    region_file: str = "region.hcl"
    account_id: str = "account_id"
    account_name: str = "account_name"
    region: str = "aws_region"
    zones: str = "zones"
