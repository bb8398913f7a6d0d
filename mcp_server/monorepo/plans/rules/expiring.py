"""What is deleted some days after apply, and what can be destroyed with all that is in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcp_server.monorepo.plans.changes import WRITING, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.queues import CLUSTER, configurations, storages, unless_sensitive
from mcp_server.monorepo.plans.values_at import at, block, document, listed, mapping, texts, told

_IMAGES = "aws_ecr_lifecycle_policy"
_OBJECTS = "aws_s3_bucket_lifecycle_configuration"
_BUCKET = "aws_s3_bucket"
_OF_OLDER = "noncurrent_version_expiration"
_WITH_ALL_IN_IT = {
    "aws_backup_vault": "force_destroy",
    "aws_ecr_repository": "force_delete",
    "aws_ecrpublic_repository": "force_destroy",
    "aws_fsx_data_repository_association": "delete_data_in_filesystem",
    _BUCKET: "force_destroy",
    "aws_s3_directory_bucket": "force_destroy",
}
"""By type, the argument by which a destroy takes what is in it too."""
_WITHOUT_A_COPY = {
    "aws_db_instance": "skip_final_snapshot",
    "aws_docdb_cluster": "skip_final_snapshot",
    "aws_neptune_cluster": "skip_final_snapshot",
    "aws_rds_cluster": "skip_final_snapshot",
    "aws_redshift_cluster": "skip_final_snapshot",
}
"""By type, the argument by which a destroy keeps no last copy; chosen from the beginning it is no news."""


def _expires(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    if change.type in _WITH_ALL_IN_IT:
        key = _WITH_ALL_IN_IT[change.type]
        if at(after, key) is True and at(before, key) is not True:
            yield Seen(f"{key} is on: it can be destroyed with all that is in it.")
    elif change.type in _WITHOUT_A_COPY:
        key = _WITHOUT_A_COPY[change.type]
        if at(after, key) is True and at(before, key) is False:
            yield Seen(f"{key} is on: whoever destroys it keeps no copy.")
    elif change.type == CLUSTER:
        yield from unless_sensitive(change, _storage_goes(change))
    elif change.type == _IMAGES and before is not None and _policy(before) != _policy(after):
        yield Seen("Which images are kept changes.")
    if change.type in {_BUCKET, _OBJECTS} and not _is_of_new_bucket(change):
        yield from _sooner(change)


def _storage_goes(change: Change) -> Iterable[Seen]:
    before, after = (storages(each) for each in configurations(change))
    for name, deleted in after.items():
        if deleted and before.get(name) is False:
            yield Seen(f"DeletionPolicy of shared storage {told(name)} is Delete: its files go with the cluster.")


def _policy(value: object) -> object:
    return document(at(value, "policy"))


def _is_of_new_bucket(change: Change) -> bool:
    """In a bucket that is made by the same plan there is nothing that could expire."""
    if change.type == _BUCKET:
        return change.values.before is None
    return at(change.values.unknown, "bucket") is True


def _sooner(change: Change) -> Iterable[Seen]:
    before = change.values.before
    if before is not None and at(change.values.unknown, "rule") is True:
        yield Seen("What expires is known only after apply.", Severity.MEDIUM)
    old = expirations(before)
    for each in expirations(change.values.after):
        if not any(one.covers(each) for one in old):
            # Older versions that nobody has looked after so far are mostly leavings.
            severity = Severity.MEDIUM if before is None and each.kind == _OF_OLDER else None
            yield Seen(f"{each.kind} of rule {told(each.rule)}: {each.when}, {_before(each, old)}.", severity)


def _before(wanted: "Expiration", old: Sequence["Expiration"]) -> str:
    same = [each for each in old if each.kind == wanted.kind and each.objects == wanted.objects]
    if same:
        return f"before {same[0].when}"
    named = any((each.kind, each.rule) == (wanted.kind, wanted.rule) for each in old)
    return "before not for all of these objects" if named else "before never"


@dataclass(frozen=True, slots=True)
class Objects:
    """Which objects of a bucket: of a prefix, with all of these tags, larger and smaller than so many bytes."""

    prefix: str
    tags: frozenset[tuple[str, str]]
    larger: float
    smaller: float

    def cover(self, other: "Objects") -> bool:
        """Whether every one of the others is one of these."""
        return (
            other.prefix.startswith(self.prefix)
            and self.tags <= other.tags
            and self.larger <= other.larger
            and self.smaller >= other.smaller
        )


@dataclass(frozen=True, slots=True)
class Expiration:
    """When a rule deletes current versions, or older ones: after days, or from a date on; newer ones that stay."""

    kind: str
    rule: object
    objects: Objects
    days: int
    date: str
    newer: int

    @property
    def when(self) -> str:
        """In words."""
        if self.date:
            return f"from {told(self.date)} on"
        newest = f" but the newest {self.newer}" if self.newer else ""
        return f"after {self.days} days{newest}"

    def covers(self, other: "Expiration") -> bool:
        """Whether all that another one deletes was deleted by this one, and no later."""
        return (
            self.kind == other.kind
            and bool(self.date) == bool(other.date)
            and self.date <= other.date
            and self.days <= other.days
            and self.newer <= other.newer
            and self.objects.cover(other.objects)
        )


def expirations(value: object) -> Sequence[Expiration]:
    """What each enabled rule of a bucket deletes."""
    rules = [each for each in listed(at(value, "rule")) if at(each, "status") == "Enabled"]
    # As a bucket itself had them once.
    rules += [each for each in listed(at(value, "lifecycle_rule")) if at(each, "enabled") is True]
    return [each for rule in rules for each in _of_rule(rule)]


def _of_rule(rule: object) -> Iterable[Expiration]:
    objects = _objects(rule)
    for kind in ("expiration", _OF_OLDER):
        found = block(rule, kind)
        days, date = _number(at(found, "days")) or _number(at(found, "noncurrent_days")), texts(at(found, "date"))
        newer = _number(at(found, "newer_noncurrent_versions"))
        if days or any(date) or newer:
            yield Expiration(kind, at(rule, "id"), objects, int(days), next(iter(date), ""), int(newer))


def _objects(rule: object) -> Objects:
    """Those of its filter; all of the bucket where it has none."""
    found = block(rule, "filter")
    every = block(found, "and")
    prefixes = [text for each in (rule, found, every) for text in texts(at(each, "prefix")) if text]
    tags = {(f"{at(each, 'key')}", f"{at(each, 'value')}") for each in listed(at(found, "tag"))}
    for each in (at(every, "tags"), at(rule, "tags")):
        tags |= {(key, value) for key, value in _map_of_texts(each).items()}
    larger = max(_number(at(each, "object_size_greater_than")) for each in (found, every))
    smaller = [_number(at(each, "object_size_less_than")) for each in (found, every)]
    return Objects(
        max(prefixes, key=len, default=""),
        frozenset(tags),
        larger,
        min((each for each in smaller if each), default=float("inf")),
    )


def _map_of_texts(value: object) -> Mapping[str, str]:
    return {key: each for key, each in mapping(value).items() if isinstance(each, str)}


def _number(value: object) -> float:
    """A number, also where the provider prints it as text; 0 for none."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int | float):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else 0


RULES = (
    Rule(
        "data-expires-sooner",
        Severity.HIGH,
        "objects or images that are deleted sooner, or by a new rule; what can be destroyed with all that is in it",
        "Data is deleted some days after apply, where no plan shows it.",
        "Ask who needs the data, and how old it gets.",
        frozenset({CLUSTER, _IMAGES, _OBJECTS, *_WITH_ALL_IN_IT, *_WITHOUT_A_COPY}),
        _expires,
        WRITING,
    ),
)
