"""Blocks of addresses: whether one is everybody, or anybody outside, and which block lies in which."""

import ipaddress
from functools import lru_cache

_OF_THE_WORLD = ipaddress.IPv6Network("2000::/3")
"""All addresses of IPv6 that are given to anybody."""


def is_everybody(cidr: str) -> bool:
    """Whether it is the whole internet. Two halves of all addresses are all addresses."""
    if cidr.endswith(("/0", "/1")):
        return True
    found = _network(cidr)
    return isinstance(found, ipaddress.IPv6Network) and _OF_THE_WORLD.subnet_of(found)


def is_public(cidr: str) -> bool:
    """Whether it has addresses outside of private networks; what cannot be read may have."""
    found = _network(cidr)
    return found is None or found.is_global


def lies_in(cidr: str, other: str) -> bool:
    """Whether every address of a block is in another one."""
    if cidr == other:
        return True
    one, two = _network(cidr), _network(other)
    if isinstance(one, ipaddress.IPv4Network) and isinstance(two, ipaddress.IPv4Network):
        return one.subnet_of(two)
    return isinstance(one, ipaddress.IPv6Network) and isinstance(two, ipaddress.IPv6Network) and one.subnet_of(two)


@lru_cache(maxsize=4096)
def _network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None
