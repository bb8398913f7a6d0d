"""Data: where it lies, who holds its key, and whether there is another copy."""

from collections.abc import Iterable, Mapping

from mcp_server.monorepo.plans.changes import DESTROYING, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.clusters import destroyed
from mcp_server.monorepo.plans.rules.states import is_of_states
from mcp_server.monorepo.plans.values_at import at, block, document, found_under, listed, texts, told

_FILE_SYSTEMS = frozenset(
    {
        "aws_fsx_lustre_file_system",
        "aws_fsx_ontap_file_system",
        "aws_fsx_ontap_volume",
        "aws_fsx_openzfs_file_system",
        "aws_fsx_openzfs_volume",
        "aws_fsx_windows_file_system",
    }
)
_KEPT = frozenset(
    {
        "aws_backup_vault",
        "aws_db_instance",
        "aws_dynamodb_table",
        "aws_ebs_snapshot",
        "aws_ebs_volume",
        "aws_ecr_repository",
        "aws_efs_file_system",
        "aws_rds_cluster",
        "aws_s3_bucket",
        "aws_s3_directory_bucket",
        "aws_secretsmanager_secret",
    }
)
_KEYS = frozenset({"aws_kms_external_key", "aws_kms_key", "aws_kms_replica_external_key", "aws_kms_replica_key"})


def _destroyed_data(change: Change) -> Iterable[Seen]:
    if not (change.type == "aws_s3_bucket" and is_of_states(change)):
        yield from destroyed(change)


def _key_weakened(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    if change.type == "aws_kms_alias":
        if at(before, "target_key_id") != at(after, "target_key_id"):
            yield Seen("The alias names another key: what is new is encrypted with that.")
        return
    for each in ("is_enabled", "enable_key_rotation"):
        if at(before, each) is True and at(after, each) is False:
            yield Seen(f"{each} is turned off.", Severity.CRITICAL if each == "is_enabled" else None)
    if at(change.values.unknown, "policy") is True:
        yield Seen("Its policy is known only after apply.", Severity.MEDIUM)
    elif document(at(before, "policy")) != document(at(after, "policy")):
        yield Seen("Its policy changes: who may use it, and who may change that.")


def _replication(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    if change.type == "aws_s3_bucket_versioning":
        status = at(block(after, "versioning_configuration"), "status")
        enabled = at(block(before, "versioning_configuration"), "status") == "Enabled"
        if enabled and status != "Enabled" and change.action is not Action.FORGET:
            yield Seen("Versions are no longer kept: what is overwritten is lost, and replication stops.")
        return
    if change.action is Action.DELETE:
        yield Seen("It is destroyed.")
        return
    if before is None or change.action is Action.FORGET:
        return
    wanted = _replicating(after)
    for name in sorted(_replicating(before)):
        if name not in wanted:
            yield Seen(f"Rule {told(name)} goes, or is turned off.")
        elif _replicating(before)[name] != wanted[name]:
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


RULES = (
    Rule(
        "file-system-replaced",
        Severity.CRITICAL,
        "an FSx file system or volume that is destroyed or replaced",
        "All its files are lost, unless a data repository or a backup has them; what mounts it hangs.",
        "Take back what forces it. If it must be: export to the bucket, make a second one, copy, destroy this one.",
        _FILE_SYSTEMS,
        destroyed,
        DESTROYING,
    ),
    Rule(
        "data-destroyed",
        Severity.CRITICAL,
        "a bucket, table, volume, file system, registry, secret or database that is destroyed or replaced",
        "What is in it is lost.",
        "Take it back, or copy the data first and have somebody confirm that the copy is whole.",
        _KEPT,
        _destroyed_data,
        DESTROYING,
    ),
    Rule(
        "key-deleted",
        Severity.CRITICAL,
        "a KMS key that is scheduled for deletion",
        "Nobody ever reads again what it encrypted, and machines whose volumes it is of stop.",
        "Leave it, or disable it first and wait for what breaks.",
        _KEYS,
        destroyed,
        DESTROYING,
    ),
    Rule(
        "key-weakened",
        Severity.HIGH,
        "a KMS key that is disabled, no longer rotated, or has another policy",
        "Who can read the data changes, or nobody can.",
        "Read the policy's change line by line.",
        _KEYS | {"aws_kms_alias", "aws_kms_key_policy"},
        _key_weakened,
        frozenset({Action.UPDATE}),
    ),
    Rule(
        "replication-weakened",
        Severity.HIGH,
        "replication or versioning that goes, is turned off, or covers less",
        "There is one copy less of what is written from now on.",
        "Keep it on until the other copy is no longer needed.",
        frozenset({"aws_s3_bucket_replication_configuration", "aws_s3_bucket_versioning"}),
        _replication,
    ),
)
