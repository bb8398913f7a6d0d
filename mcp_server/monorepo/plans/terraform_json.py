"""Terraform's plan as it prints it: `terraform show -json`, format 1.0 to 1.2.

Values are left as they are written and decoded where something changes (values.py). What a later Terraform adds is
told by its name and does no harm: within a major version Terraform only adds (its documentation, JSON output format).
"""

import re
from contextlib import suppress
from sys import intern
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import force_setattr

NOTHING = Raw(b"null")
_SUPPORTED_MAJOR = "1"
_KNOWN_KEYS = frozenset(
    [
        "applyable",
        "checks",
        "complete",
        "configuration",
        "deferred_changes",
        "errored",
        "format_version",
        "output_changes",
        "planned_values",
        "prior_state",
        "relevant_attributes",
        "resource_changes",
        "resource_drift",
        "terraform_version",
        "timestamp",
        "variables",
    ]
)


_KNOWN_ACTIONS: dict[tuple[str, ...], tuple[str, ...]] = {
    each: each
    for each in (
        *(("no-op",), ("create",), ("read",), ("update",), ("delete",), ("forget",)),
        *(("delete", "create"), ("create", "delete"), ("create", "forget")),
    )
}


class NotAPlan(Exception):
    """A file is no plan that can be read. why is one sentence, without a word of what is in the file."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


_TRUE = re.compile(b"true")


def has_true(marks: Raw) -> bool:
    """Whether marks have true anywhere, which is known without decoding them."""
    return _TRUE.search(marks) is not None


class ChangeJson(msgspec.Struct, frozen=True, gc=False):
    """What happens to a resource or an output. Values are undecoded JSON."""

    actions: tuple[str, ...]
    before: Raw = NOTHING
    after: Raw = NOTHING
    after_unknown: Raw = NOTHING
    before_sensitive: Raw = NOTHING
    after_sensitive: Raw = NOTHING
    replace_paths: Raw = NOTHING
    importing: Raw = NOTHING

    @property
    def is_marked(self) -> bool:
        """Whether anything is sensitive on either side."""
        return bool(_TRUE.search(self.before_sensitive) or _TRUE.search(self.after_sensitive))


class ResourceChangeJson(msgspec.Struct, frozen=True, gc=False):
    """A resource in a plan, also one that stays as it is."""

    address: str
    change: ChangeJson
    type: str = ""
    mode: str = "managed"
    action_reason: str | None = None
    previous_address: str | None = None
    deposed: str | None = None

    def __post_init__(self) -> None:
        """Keep once what thousands say: it would be a tenth of what a large plan takes."""
        force_setattr(self, "type", intern(self.type))
        force_setattr(self, "mode", intern(self.mode))
        force_setattr(self.change, "actions", _KNOWN_ACTIONS.get(self.change.actions, self.change.actions))


class DeferredJson(msgspec.Struct, frozen=True, gc=False):
    """A change that Terraform puts off to a later plan."""

    resource_change: ResourceChangeJson
    reason: str = ""


class CheckProblemJson(msgspec.Struct, frozen=True):
    """Why a check failed, in the words of its author. Terraform lets no sensitive value into it."""

    message: str = ""


class CheckInstanceJson(msgspec.Struct, frozen=True):
    """A check of one object."""

    status: str = ""
    problems: tuple[CheckProblemJson, ...] = ()


class CheckAddressJson(msgspec.Struct, frozen=True):
    """What a check is of."""

    to_display: str = ""


class CheckJson(msgspec.Struct, frozen=True):
    """A check block, or the conditions of a resource or an output. status is pass, fail, error or unknown."""

    status: str
    address: CheckAddressJson = CheckAddressJson()
    instances: tuple[CheckInstanceJson, ...] = ()


class PlanJson(msgspec.Struct, frozen=True):
    """A whole plan; unknown_keys are those of its top that this reader has never heard of."""

    format_version: str
    terraform_version: str = ""
    timestamp: str = ""
    resource_changes: tuple[ResourceChangeJson, ...] = ()
    resource_drift: tuple[ResourceChangeJson, ...] = ()
    deferred_changes: tuple[DeferredJson, ...] = ()
    output_changes: dict[str, ChangeJson] = {}
    checks: tuple[CheckJson, ...] = ()
    variables: Raw = NOTHING
    errored: bool = False
    complete: bool = True
    applyable: bool = True
    unknown_keys: tuple[str, ...] = ()


class _KnownPlanJson(PlanJson, frozen=True, forbid_unknown_fields=True):
    """A plan without anything new in it."""

    configuration: Raw = NOTHING
    planned_values: Raw = NOTHING
    prior_state: Raw = NOTHING
    relevant_attributes: Raw = NOTHING


_PARTS: dict[str, Any] = {each.name: each.type for each in msgspec.structs.fields(PlanJson) if each.name in _KNOWN_KEYS}


def read_plan(text: bytes) -> PlanJson:
    """The plan in text.

    Raises:
        NotAPlan: It is no JSON, was cut off, is no plan, or is of a format that is not known.
    """
    if not text or text.isspace():
        raise NotAPlan("The file is empty.")
    # In one pass where nothing is wrong or new: of what is, the second way knows more.
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        plan = msgspec.json.decode(text, type=_KnownPlanJson)
        _check_version(plan.format_version)
        return plan
    try:
        keys = msgspec.json.decode(text, type=dict[str, Raw])
    except msgspec.ValidationError as trouble:
        raise NotAPlan("It is JSON, but no plan: what `terraform show -json PLANFILE` prints is one.") from trouble
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise NotAPlan(_not_json(text)) from trouble
    _check_format(keys)
    try:
        parts = {name: msgspec.json.decode(keys[name], type=kind) for name, kind in _PARTS.items() if name in keys}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise NotAPlan("It looks like a plan, but what it says of its changes cannot be read.") from trouble
    return PlanJson(**parts, unknown_keys=tuple(sorted(keys.keys() - _KNOWN_KEYS)))


def _check_format(keys: dict[str, Raw]) -> None:
    if "format_version" not in keys:
        if "planned_values" not in keys and "resource_changes" not in keys:
            raise NotAPlan("It is JSON, but no plan: what `terraform show -json PLANFILE` prints is one.")
        raise NotAPlan("It does not say of which format it is: format_version is missing.")
    try:
        version = msgspec.json.decode(keys["format_version"], type=str)
    except msgspec.DecodeError as trouble:
        raise NotAPlan("Its format_version is no text.") from trouble
    if "resource_changes" not in keys and "values" in keys:
        raise NotAPlan("It is a state, not a plan: give `terraform show -json` the file that `plan -out` wrote.")
    _check_version(version)


def _check_version(version: str) -> None:
    if version.partition(".")[0] != _SUPPORTED_MAJOR:
        raise NotAPlan("It is of a format that is not known here: 1.0 to 1.2 are.")


def _not_json(text: bytes) -> str:
    if text[:2] == b"PK":
        return "It is Terraform's own plan file: print it with `terraform show -json PLANFILE`."
    if text.lstrip()[:1] == b"{":
        return "It is no whole JSON: the file was cut off, or written by two at once."
    return "It is no JSON: what `terraform show -json PLANFILE` prints is a plan."


def decoded(raw: Raw) -> object:
    """The value of undecoded JSON.

    Raises:
        NotAPlan: It is broken: the reading of the whole passes over what is inside.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise NotAPlan("A value of it is no JSON.") from trouble
