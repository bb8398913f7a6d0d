"""Security groups: who gets in, and what EFA needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from mcp_server.monorepo.plans.addresses import is_everybody, is_public, lies_in
from mcp_server.monorepo.plans.changes import OF_WHAT_STANDS, WRITING, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.sensitive import any_true
from mcp_server.monorepo.plans.values_at import all_told, at, listed, mapping, texts

_RULE = "aws_security_group_rule"
_INGRESS = "aws_vpc_security_group_ingress_rule"
_EGRESS = "aws_vpc_security_group_egress_rule"
_GROUPS = frozenset({"aws_default_security_group", "aws_security_group"})
_LIST = "aws_ec2_managed_prefix_list"
_LIST_ENTRY = "aws_ec2_managed_prefix_list_entry"
_ADDRESSES = ("cidr", "cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks")
_OTHER_SOURCES = (
    "prefix_list_id",
    "prefix_list_ids",
    "referenced_security_group_id",
    "security_groups",
    "source_security_group_id",
)
"""Arguments by which who comes in is named otherwise than by addresses."""
_SOURCES = frozenset({*_ADDRESSES, *_OTHER_SOURCES})
_ANSWERED = "source_security_group_id"
"""What the provider calls unknown also where addresses are said instead."""


def _opened(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    old = [*_let_in(change, before)]
    new = [each for each in _let_in(change, after) if not any(one.covers(each) for one in old)]
    addresses = sorted({each.source for each in new if each.by_address})
    everybody = [each for each in addresses if is_everybody(each)]
    made = _is_new(change)
    # Nothing names a list yet that is made.
    unused = made and change.type in {_LIST, _LIST_ENTRY}
    if everybody:
        yield Seen(f"The whole internet is let in ({all_told(everybody)}).", Severity.MEDIUM if unused else None)
    elif any(map(is_public, addresses)):
        yield Seen(f"More are let in: {all_told(addresses)}.", Severity.MEDIUM if unused else Severity.HIGH)
    elif addresses and not made:
        yield Seen(f"More are let in: {all_told(addresses)}.", Severity.MEDIUM)
    others = sorted({each.source for each in new if not each.by_address})
    if others and not made:
        yield Seen(f"More are let in: {all_told(others)}.", Severity.MEDIUM)
    later = zip_longest(_rules(change, after), _rules(change, change.values.unknown))
    if not made and any(_is_unknown(rule, unknown) for rule, unknown in later):
        yield Seen("Who is let in is known only after apply.", Severity.MEDIUM)


def _is_new(change: Change) -> bool:
    """A group or list that is made is for somebody to come in."""
    if change.type in _GROUPS or change.type == _LIST:
        return change.action is not Action.UPDATE
    return at(change.values.after, "prefix_list_id" if change.type == _LIST_ENTRY else "security_group_id") is None


def _is_unknown(rule: object, unknown: object) -> bool:
    """Whether a source is known only after apply."""
    later = mapping(unknown)
    if unknown is True or any(any_true(later[key]) for key in _SOURCES & later.keys() if key != _ANSWERED):
        return True
    if at(unknown, _ANSWERED) is not True:
        return False
    return at(rule, "self") is not True and not any(texts(at(rule, key)) for key in _SOURCES)


@dataclass(frozen=True, slots=True)
class _Door:
    """A source that is let in, to ports of a protocol; to all of them where there are none."""

    source: str
    by_address: bool
    protocol: str
    ports: tuple[object, object]

    def covers(self, other: "_Door") -> bool:
        """Whether whoever comes in by another one came in by this one."""
        if self.by_address != other.by_address or self.protocol not in {"-1", "all", other.protocol}:
            return False
        if self.source != other.source and not (self.by_address and lies_in(other.source, self.source)):
            return False
        one, two = self.ports, other.ports
        if self.protocol in {"-1", "all"} or one == two:
            return True
        first, last, begin, end = *one, *two
        numbers = [each for each in (first, last, begin, end) if isinstance(each, int)]
        return len(numbers) == 4 and numbers[0] <= numbers[2] and numbers[3] <= numbers[1]


def _rules(change: Change, value: object) -> Sequence[object]:
    """The rules by which a side of a change lets in."""
    if change.type in _GROUPS:
        return listed(at(value, "ingress"))
    if change.type == _LIST:
        return listed(at(value, "entry"))
    if change.type == _RULE and at(change.values.after, "type") != "ingress":
        return ()
    return listed(value)


def _let_in(change: Change, value: object) -> Iterable[_Door]:
    """The sources that a rule, a group or a list lets in; a group itself is none."""
    itself = {each for key in ("id", "security_group_id") for each in texts(at(value, key))}
    for rule in _rules(change, value):
        named = str(at(rule, "ip_protocol") or at(rule, "protocol") or "-1")
        protocol = _PROTOCOLS.get(named, named)
        ports = (at(rule, "from_port"), at(rule, "to_port"))
        for key in _SOURCES & mapping(rule).keys():
            by_address = key in _ADDRESSES
            # The list of an entry is not its source.
            if by_address or change.type != _LIST_ENTRY:
                sources = (each for each in texts(at(rule, key)) if by_address or each not in itself)
                yield from (_Door(each, by_address, protocol, ports) for each in sources)


_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
"""By number, as they may be written too."""


def _efa(change: Change) -> Iterable[Seen]:
    """All traffic between members of a group: EFA needs it in and out (EC2 user guide, EFA and NCCL, step 1)."""
    if change.type in _GROUPS:
        yield from _efa_within(change)
    elif change.action.destroys and _is_of_itself(change):
        yield Seen(f"All traffic of the group to itself: {'replaced' if change.action.replaces else 'no more'}.")
    elif change.action is Action.UPDATE and _is_of_itself(change) and not _is_all(change.values.after):
        yield Seen("It is no longer all traffic.")


def _efa_within(change: Change) -> Iterable[Seen]:
    """Of a group that has these rules within it, both of them; without one no EFA has worked."""
    ways = ("ingress", "egress")
    before, after, unknown = change.values.before, change.values.after, change.values.unknown
    if not all(_is_open_to_itself(before, each) for each in ways):
        return
    if change.action.destroys:
        yield Seen(f"The group, open to itself, is {'replaced' if change.action.replaces else 'destroyed'}.")
    elif change.action is Action.UPDATE:
        lost = [each for each in ways if not _is_open_to_itself(after, each) and at(unknown, each) is not True]
        if lost:
            yield Seen(f"All traffic of the group to itself: no more ({', '.join(lost)}).")


def _is_open_to_itself(group: object, way: str) -> bool:
    itself = at(group, "id")
    return any(
        _is_all(each)
        and (at(each, "self") is True or (itself is not None and itself in texts(at(each, "security_groups"))))
        for each in listed(at(group, way))
    )


def _is_of_itself(change: Change) -> bool:
    before = change.values.before
    group = at(before, "security_group_id")
    itself = at(before, "self") is True or (
        group is not None
        and group in (at(before, "referenced_security_group_id"), at(before, "source_security_group_id"))
    )
    return itself and _is_all(before)


def _is_all(value: object) -> bool:
    return str(at(value, "ip_protocol") or at(value, "protocol")) in {"-1", "all"}


RULES = (
    Rule(
        "security-group-opened",
        Severity.CRITICAL,
        "a security group or prefix list with the whole internet in it; high for public addresses, medium for others",
        "Whoever can reach a port of a node can try it; worms find one in minutes.",
        "Name the addresses, or the security group, that need it.",
        frozenset({_RULE, _INGRESS, _LIST, _LIST_ENTRY, *_GROUPS}),
        _opened,
        WRITING,
    ),
    Rule(
        "efa-rules-removed",
        Severity.HIGH,
        "the rule by which members of a security group send each other all traffic",
        "EFA stops between nodes: NCCL hangs, also where jobs run now.",
        "Keep it; to change the group make a second one, and attach both.",
        frozenset({_RULE, _INGRESS, _EGRESS, *_GROUPS}),
        _efa,
        OF_WHAT_STANDS,
    ),
)
