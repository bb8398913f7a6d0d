"""Other copies of data: versions, replicas, backups, and buckets that file systems export to."""

from collections.abc import Callable, Iterable, Mapping

from mcp_server.monorepo.plans.changes import OF_WHAT_STANDS, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.values_at import all_told, at, block, found_under, listed, texts, told

_VERSIONING = "aws_s3_bucket_versioning"
_REPOSITORY = "aws_fsx_data_repository_association"
_LOCK = "aws_s3_bucket_object_lock_configuration"
_COPYING = frozenset(
    {
        "aws_backup_plan",
        "aws_backup_selection",
        "aws_backup_vault_lock_configuration",
        "aws_db_instance_automated_backups_replication",
        "aws_dlm_lifecycle_policy",
        "aws_ecr_replication_configuration",
        "aws_efs_backup_policy",
        "aws_efs_replication_configuration",
        "aws_redshift_snapshot_copy",
        "aws_redshift_snapshot_schedule_association",
        _LOCK,
        "aws_s3_bucket_replication_configuration",
    }
)
"""What is nothing but copying, or keeps copies from being deleted."""
_DAYS = {
    "aws_db_instance": "backup_retention_period",
    "aws_docdb_cluster": "backup_retention_period",
    "aws_elasticache_replication_group": "snapshot_retention_limit",
    "aws_fsx_lustre_file_system": "automatic_backup_retention_days",
    "aws_fsx_ontap_file_system": "automatic_backup_retention_days",
    "aws_fsx_openzfs_file_system": "automatic_backup_retention_days",
    "aws_fsx_windows_file_system": "automatic_backup_retention_days",
    "aws_neptune_cluster": "backup_retention_period",
    "aws_rds_cluster": "backup_retention_period",
    "aws_redshift_cluster": "automated_snapshot_retention_period",
}
"""By type, the argument that says for how many days backups are kept; 0 makes none."""


def _weakened(change: Change) -> Iterable[Seen]:
    if change.type == _VERSIONING:
        yield from _versions(change)
    elif change.type == _REPOSITORY:
        yield from _exported(change)
    elif change.action is Action.DELETE:
        if change.type in _COPYING:
            yield Seen("It is destroyed.")
    elif change.type in _DAYS:
        yield from _days(change, _DAYS[change.type])
    else:
        look = _LOOKS.get(change.type)
        if look is not None:
            yield from look(change.values.before, change.values.after)


def _versions(change: Change) -> Iterable[Seen]:
    before, after = (
        at(block(each, "versioning_configuration"), "status") for each in (change.values.before, change.values.after)
    )
    if before == "Enabled" != after:
        yield Seen("Versions are no longer kept: what is overwritten is lost, and replication stops.")


def _exported(change: Change) -> Iterable[Seen]:
    """Of a file system's files, to a bucket."""
    before, after = (
        {*texts(at(block(block(each, "s3"), "auto_export_policy"), "events"))}
        for each in (change.values.before, change.values.after)
    )
    if change.action.destroys:
        done = "replaced" if change.action.replaces else "destroyed"
        yield Seen(f"The way between the file system and its bucket is {done}.")
    elif before - after and at(change.values.unknown, "s3") is not True:
        yield Seen(f"No longer exported by itself: {all_told(sorted(before - after))} files.")


def _days(change: Change, key: str) -> Iterable[Seen]:
    before, after = at(change.values.before, key), at(change.values.after, key)
    if isinstance(before, int) and isinstance(after, int) and after < before:
        yield Seen(f"Backups are kept for {after} days, not {before}." if after else "No more backups are made.")


def _replicas(before: object, after: object) -> Iterable[Seen]:
    old, wanted = _replicating(before), _replicating(after)
    for name in sorted(old):
        if name not in wanted:
            yield Seen(f"Rule {told(name)} goes, or is turned off.")
        elif old[name] != wanted[name]:
            yield Seen(f"Rule {told(name)} copies less, or elsewhere.")


def _replicating(value: object) -> Mapping[str, object]:
    """Where each enabled rule copies to, and what."""
    return {
        f"{at(rule, 'id')}": (
            texts(at(block(rule, "destination"), "bucket")),
            at(rule, "filter"),
            at(rule, "delete_marker_replication"),
            [*found_under(rule, "replica_kms_key_id")],
        )
        for rule in listed(at(value, "rule"))
        if at(rule, "status") == "Enabled"
    }


def _table(before: object, after: object) -> Iterable[Seen]:
    """Of DynamoDB."""
    recovery = [at(block(each, "point_in_time_recovery"), "enabled") for each in (before, after)]
    if recovery[0] is True and recovery[1] is not True:
        yield Seen("It can no longer be restored to a point in time.")
    old, wanted = (
        {region for each in found_under(at(side, "replica"), "region_name") for region in texts(each)}
        for side in (before, after)
    )
    if old - wanted:
        yield Seen(f"No more replica in {all_told(sorted(old - wanted))}.")


def _plan(before: object, after: object) -> Iterable[Seen]:
    """Of AWS Backup: its rules, each with the days after which its copies are deleted; 0 keeps them."""
    wanted = _kept_by(after)
    for name, days in _kept_by(before).items():
        if name not in wanted:
            yield Seen(f"Rule {told(name)} goes.")
        elif wanted[name] and (not days or wanted[name] < days):
            yield Seen(f"Copies of rule {told(name)} are deleted after {wanted[name]} days.")


def _kept_by(plan: object) -> Mapping[str, int]:
    found = {name: each for each in listed(at(plan, "rule")) for name in texts(at(each, "rule_name"))}
    kept = {name: at(block(each, "lifecycle"), "delete_after") for name, each in found.items()}
    return {name: days if isinstance(days, int) else 0 for name, days in kept.items()}


def _locked(before: object, after: object) -> Iterable[Seen]:
    """Objects that nobody may delete for some time."""
    old, wanted = (block(block(each, "rule"), "default_retention") for each in (before, after))
    if at(old, "mode") == "COMPLIANCE" != at(wanted, "mode"):
        yield Seen("Objects are no longer locked in COMPLIANCE mode.")
    if _locked_days(wanted) < _locked_days(old):
        yield Seen(f"New objects are locked for {_locked_days(wanted)} days, not {_locked_days(old)}.")


def _locked_days(retention: object) -> int:
    days, years = at(retention, "days"), at(retention, "years")
    return (days if isinstance(days, int) else 0) + (years * 365 if isinstance(years, int) else 0)


def _switched_off(*path: str) -> Callable[[object, object], Iterable[Seen]]:
    """A look at whether what is on is off; path leads to ENABLED, through blocks."""

    def look(before: object, after: object) -> Iterable[Seen]:
        if "ENABLED" in _ends(before, path) and "ENABLED" not in _ends(after, path):
            yield Seen("It is turned off.")

    return look


def _ends(value: object, path: tuple[str, ...]) -> list[str]:
    for step in path[:-1]:
        value = block(value, step)
    return [*texts(at(value, path[-1]))]


_LOOKS: Mapping[str, Callable[[object, object], Iterable[Seen]]] = {
    "aws_backup_plan": _plan,
    "aws_dlm_lifecycle_policy": _switched_off("state"),
    "aws_dynamodb_table": _table,
    "aws_efs_backup_policy": _switched_off("backup_policy", "status"),
    _LOCK: _locked,
    "aws_s3_bucket_replication_configuration": _replicas,
}
"""By type, what is looked for where it is changed or replaced."""

RULES = (
    Rule(
        "replication-weakened",
        Severity.HIGH,
        "replication, versions or backups that go, are turned off, cover less, or are kept for a shorter time",
        "There is one copy less of what is written from now on.",
        "Keep it on until the other copy is no longer needed.",
        _COPYING | {_VERSIONING, _REPOSITORY} | _DAYS.keys() | _LOOKS.keys(),
        _weakened,
        OF_WHAT_STANDS,
    ),
)
