"""A resource or an output of a plan, and what happens to it."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import cast

import msgspec

from mcp_server.monorepo.plans.terraform_json import (
    NOTHING,
    ChangeJson,
    NotAPlan,
    ResourceChangeJson,
    decoded,
    has_true,
)
from mcp_server.monorepo.plans.values_at import mapping


class Action(StrEnum):
    """What a plan does to a resource, in the words in which people are told."""

    NO_OP = "no change"
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "destroy"
    REPLACE = "replace"
    REPLACE_CREATING_FIRST = "replace (created first)"
    FORGET = "forget"
    CREATE_AND_FORGET = "create and forget"
    UNKNOWN = "unknown action"

    @property
    def creates(self) -> bool:
        """Whether Terraform counts it as an addition."""
        return self in _CREATING

    @property
    def destroys(self) -> bool:
        """Whether what stands now is destroyed."""
        return self in DESTROYING

    @property
    def replaces(self) -> bool:
        """Whether another one takes its place."""
        return self in REPLACING


REPLACING = frozenset({Action.REPLACE, Action.REPLACE_CREATING_FIRST})
_CREATING = frozenset({Action.CREATE, Action.CREATE_AND_FORGET, *REPLACING})
DESTROYING = frozenset({Action.DELETE, *REPLACING})
WRITING = frozenset({Action.CREATE, Action.CREATE_AND_FORGET, Action.UPDATE, *REPLACING})
"""What is wanted is written to AWS, where it may not have been before."""
IN_PLACE_OF = frozenset({Action.UPDATE, *REPLACING})
"""Something stands in AWS afterwards, another than before."""
OF_WHAT_STANDS = frozenset({Action.UPDATE, *DESTROYING})
"""What stands in AWS becomes another, or goes."""
_ACTIONS: dict[tuple[str, ...], Action] = {
    ("no-op",): Action.NO_OP,
    ("create",): Action.CREATE,
    ("read",): Action.READ,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE_CREATING_FIRST,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.CREATE_AND_FORGET,
}
_REASONS = {
    "replace_because_cannot_update": "it cannot be changed in place",
    "replace_because_tainted": "it is tainted: an apply failed on it, or somebody said so",
    "replace_by_request": "-replace asked for it",
    "replace_by_triggers": "replace_triggered_by asked for it",
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_wrong_repetition": "its count or for_each came or went",
    "delete_because_count_index": "its number is beyond count",
    "delete_because_each_key": "its key is no longer in for_each",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_no_move_target": "it was moved to where there is nothing",
    "read_because_config_unknown": "what it is asked for is known only after apply",
    "read_because_dependency_pending": "what it depends on changes first",
    "read_because_check_nested": "a check asks for it",
}


def action_of(actions: tuple[str, ...]) -> Action:
    """What a list of actions means; UNKNOWN for any that Terraform had not yet in format 1.2."""
    return _ACTIONS.get(actions, Action.UNKNOWN)


class Values:
    """Both sides of a change, decoded when they are first asked for.

    unknown has true where a value of after is known only after apply; the marks have true, or a part of the value's
    shape, where it is sensitive.
    """

    __slots__ = ("_change", "_decoded")

    def __init__(self, change: ChangeJson) -> None:
        self._change = change
        self._decoded: dict[str, object] | None = None

    @property
    def before(self) -> object:
        """What stands; None if nothing does."""
        return self._value("before")

    @property
    def after(self) -> object:
        """What is wanted; None if nothing is."""
        return self._value("after")

    @property
    def unknown(self) -> object:
        """What is known only after apply."""
        return self._value("after_unknown")

    @property
    def marks(self) -> tuple[object, object]:
        """What is sensitive of before, and of after; None of a side of which nothing is."""
        one, other = self._change.before_sensitive, self._change.after_sensitive
        return decoded(one) if has_true(one) else None, decoded(other) if has_true(other) else None

    def mention(self, names: Iterable[bytes]) -> bool:
        """Whether before may have one of these names in it. It is not decoded for that."""
        text = bytes(self._change.before)
        # A letter may be written as its number.
        return any(each in text for each in names) or _NUMBERED in text

    def differ_only_in(self, names: AbstractSet[str]) -> bool:
        """Whether both sides have the same attributes apart from these, as far as they are known before apply."""
        one, other = dict(mapping(self.before)), dict(mapping(self.after))
        for each in names:
            one.pop(each, None)
            other.pop(each, None)
        return one == other and bool(one) and not mapping(self.unknown).keys() - names

    def with_sides(self, before: object, after: object) -> "Values":
        """The same change with other values on its sides."""
        other = Values(self._change)
        other._decoded = {"before": before, "after": after}
        return other

    def let_go(self) -> None:
        """Forget what was decoded: of a large plan the values are many times the file."""
        self._decoded = None

    def _value(self, side: str) -> object:
        if self._decoded is None:
            self._decoded = {}
        if side not in self._decoded:
            self._decoded[side] = decoded(getattr(self._change, side))
        return self._decoded[side]

    @property
    def is_marked(self) -> bool:
        """Whether anything is sensitive on either side."""
        return self._change.is_marked

    @property
    def replaced_by(self) -> tuple[str, ...]:
        """The attributes that force a replacement, as paths."""
        if self._change.replace_paths == NOTHING:
            return ()
        found = decoded(self._change.replace_paths)
        return tuple(path_text(steps) for steps in cast(list[list[object]], found)) if isinstance(found, list) else ()


class Change(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A resource of a plan. deposed is the key of an object that an earlier replacement left behind."""

    address: str
    type: str
    managed: bool
    action: Action
    actions: tuple[str, ...]
    reason: str | None
    moved_from: str | None
    deposed: str | None
    imported: bool
    values: Values

    @property
    def is_news(self) -> bool:
        """Whether anybody needs to see it: a move or an import is news, also where nothing changes."""
        return self.action is not Action.NO_OP or self.moved_from is not None or self.imported

    @property
    def why(self) -> str | None:
        """Terraform's reason for the action, in words."""
        return _REASONS.get(self.reason, self.reason) if self.reason else None


_NUMBERED = b"\\u"


def change_of(resource: ResourceChangeJson) -> Change:
    """A change from its JSON.

    Raises:
        NotAPlan: It has no address.
    """
    change = resource.change
    if not resource.address:
        raise NotAPlan("A change of it has no address.")
    return Change(
        resource.address,
        resource.type,
        resource.mode == "managed",
        action_of(change.actions),
        change.actions,
        resource.action_reason,
        resource.previous_address,
        resource.deposed,
        change.importing != NOTHING,
        Values(change),
    )


def path_text(steps: list[object]) -> str:
    """A path of keys and numbers as Terraform writes it: subnets["a"].cidr, rule[0]."""
    text = ""
    for step in steps:
        if isinstance(step, str) and step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]' if isinstance(step, str) else f"[{step}]"
    return text
