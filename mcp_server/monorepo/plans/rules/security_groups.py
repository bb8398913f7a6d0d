"""Security groups: who gets in, and what EFA needs."""

from collections.abc import Iterable
from dataclasses import dataclass

from mcp_server.monorepo.plans.addresses import is_everybody, is_public, lies_in
from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.values_at import all_told, at, listed, texts

_RULE = "aws_security_group_rule"
_INGRESS = "aws_vpc_security_group_ingress_rule"
_EGRESS = "aws_vpc_security_group_egress_rule"
_GROUPS = frozenset({"aws_default_security_group", "aws_security_group"})
_WRITTEN = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE, Action.REPLACE_CREATING_FIRST})


def _opened(change: Change) -> Iterable[Seen]:
    if change.action not in _WRITTEN:
        return
    before = [*_let_in(change, change.values.before)]
    wanted = _let_in(change, change.values.after)
    new = sorted({each.cidr for each in wanted if not any(one.covers(each) for one in before)})
    everybody = [each for each in new if is_everybody(each)]
    if everybody:
        yield Seen(f"The whole internet is let in ({all_told(everybody)}).")
    elif new:
        severity = Severity.HIGH if any(map(is_public, new)) else Severity.MEDIUM
        if severity is Severity.HIGH or not _is_of_new_group(change):
            yield Seen(f"More are let in: {all_told(new)}.", severity)


def _is_of_new_group(change: Change) -> bool:
    """A group that is made is for somebody to come in."""
    if change.type in _GROUPS:
        return change.action is not Action.UPDATE
    return at(change.values.after, "security_group_id") is None


@dataclass(frozen=True, slots=True)
class _Door:
    """Addresses that are let in, to ports of a protocol; all of them where there are none."""

    cidr: str
    protocol: str
    ports: tuple[object, object]

    def covers(self, other: "_Door") -> bool:
        """Whether whoever comes in by another one came in by this one."""
        if not lies_in(other.cidr, self.cidr) or self.protocol not in {"-1", "all", other.protocol}:
            return False
        one, two = self.ports, other.ports
        if self.protocol in {"-1", "all"} or one == two:
            return True
        first, last, begin, end = *one, *two
        numbers = [each for each in (first, last, begin, end) if isinstance(each, int)]
        return len(numbers) == 4 and numbers[0] <= numbers[2] and numbers[3] <= numbers[1]


def _let_in(change: Change, value: object) -> Iterable[_Door]:
    """The addresses that a rule or a group lets in."""
    if change.type == _INGRESS:
        yield from _doors(value, "cidr_ipv4", "cidr_ipv6")
    elif change.type == _RULE and at(value, "type") == "ingress":
        yield from _doors(value, "cidr_blocks", "ipv6_cidr_blocks")
    elif change.type in _GROUPS:
        for rule in listed(at(value, "ingress")):
            yield from _doors(rule, "cidr_blocks", "ipv6_cidr_blocks")


def _doors(value: object, *keys: str) -> Iterable[_Door]:
    protocol = str(at(value, "ip_protocol") or at(value, "protocol") or "-1")
    ports = (at(value, "from_port"), at(value, "to_port"))
    return [_Door(each, protocol, ports) for key in keys for each in texts(at(value, key))]


def _efa(change: Change) -> Iterable[Seen]:
    """All traffic between members of a group: EFA needs it in and out (EC2 user guide, EFA and NCCL, step 1)."""
    if change.action.destroys and _is_of_itself(change):
        yield Seen(f"All traffic of the group to itself: {'replaced' if change.action.replaces else 'no more'}.")
    elif change.action is Action.UPDATE and _is_of_itself(change) and not _is_all(change.values.after):
        yield Seen("It is no longer all traffic.")


def _is_of_itself(change: Change) -> bool:
    before = change.values.before
    group = at(before, "security_group_id")
    itself = at(before, "self") is True or (
        group is not None
        and group in {at(before, "referenced_security_group_id"), at(before, "source_security_group_id")}
    )
    return itself and _is_all(before)


def _is_all(value: object) -> bool:
    return str(at(value, "ip_protocol") or at(value, "protocol")) in {"-1", "all"}


RULES = (
    Rule(
        "security-group-opened",
        Severity.CRITICAL,
        "a security group that lets in the whole internet; high for public addresses, medium for private ones",
        "Whoever can reach a port of a node can try it; worms find one in minutes.",
        "Name the addresses, or the security group, that need it.",
        frozenset({_RULE, _INGRESS, *_GROUPS}),
        _opened,
    ),
    Rule(
        "efa-rules-removed",
        Severity.HIGH,
        "the rule by which members of a security group send each other all traffic",
        "EFA stops between nodes: NCCL hangs, also where jobs run now.",
        "Keep it; to change the group make a second one, and attach both.",
        frozenset({_RULE, _INGRESS, _EGRESS}),
        _efa,
    ),
)
