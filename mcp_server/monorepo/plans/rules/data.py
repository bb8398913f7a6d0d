"""Data: where it lies, how long it is kept, who holds its key, and whether there is another copy."""

from collections.abc import Iterable, Mapping

from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.clusters import destroyed
from mcp_server.monorepo.plans.values_at import at, block, document, found_under, listed, mapping, texts, told

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
_OF_STATE_BUCKET = frozenset(
    {
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_object_lock_configuration",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
    }
)
_EXPIRING = frozenset({"aws_ecr_lifecycle_policy", "aws_s3_bucket", "aws_s3_bucket_lifecycle_configuration"})


def _of_states(change: Change) -> bool:
    return any(
        "tfstate" in each for side in (change.values.before, change.values.after) for each in texts(at(side, "bucket"))
    )


def _destroyed_data(change: Change) -> Iterable[Seen]:
    if not (change.type == "aws_s3_bucket" and _of_states(change)):
        yield from destroyed(change)


def _state_bucket(change: Change) -> Iterable[Seen]:
    if not _of_states(change) or change.action in {Action.NO_OP, Action.READ}:
        return
    if change.action is Action.CREATE:
        yield from _made_wrong(change)
        return
    if change.action is Action.UPDATE:
        yield Seen("It is changed.", _state_severity(change))
    elif change.action is Action.FORGET:
        yield Seen("Terraform forgets it: nobody keeps it as it should be.")
    else:
        yield Seen(f"It is {'replaced' if change.action.replaces else 'destroyed'}.")


def _made_wrong(change: Change) -> Iterable[Seen]:
    after = change.values.after
    status = at(block(after, "versioning_configuration"), "status")
    if change.type == "aws_s3_bucket_versioning" and status != "Enabled":
        yield Seen("It keeps no versions, and they are what a broken state is restored from.")


def _state_severity(change: Change) -> Severity:
    """Tags of the bucket are no danger; whatever keeps the states is."""
    before, after = change.values.before, change.values.after
    changed = {
        each
        for each in {*mapping(before), *mapping(after)}
        if at(before, each) != at(after, each) and "tags" not in each
    }
    return Severity.CRITICAL if changed else Severity.LOW


def _expires(change: Change) -> Iterable[Seen]:
    if change.action not in {Action.CREATE, Action.UPDATE, Action.REPLACE}:
        return
    before, after = change.values.before, change.values.after
    if change.type == "aws_s3_bucket":
        if at(after, "force_destroy") is True and at(before, "force_destroy") is not True:
            yield Seen("force_destroy is on: the bucket can be destroyed with all that is in it.")
        return
    if change.type == "aws_ecr_lifecycle_policy":
        if before is not None and document(at(before, "policy")) != document(at(after, "policy")):
            yield Seen("Which images are kept changes.")
        return
    if before is None:
        return
    old = _expirations(before)
    for name, days in _expirations(after).items():
        if name not in old or days < old[name]:
            was = f"before after {old[name]}" if name in old else "before never"
            yield Seen(f"{name}: after {days} days, {was}.")


def _expirations(value: object) -> Mapping[str, int]:
    """After how many days each enabled rule deletes current or older versions."""
    found: dict[str, int] = {}
    for rule in listed(at(value, "rule")):
        if at(rule, "status") != "Enabled":
            continue
        for kind, key in (("expiration", "days"), ("noncurrent_version_expiration", "noncurrent_days")):
            days = at(block(rule, kind), key)
            if isinstance(days, int) and days:
                found[f"{kind} of rule {told(at(rule, 'id'))}"] = days
    return found


def _key_weakened(change: Change) -> Iterable[Seen]:
    if change.action is not Action.UPDATE:
        return
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
    ),
    Rule(
        "data-destroyed",
        Severity.CRITICAL,
        "a bucket, table, volume, file system, registry, secret or database that is destroyed or replaced",
        "What is in it is lost.",
        "Take it back, or copy the data first and have somebody confirm that the copy is whole.",
        _KEPT,
        _destroyed_data,
    ),
    Rule(
        "state-bucket-touched",
        Severity.CRITICAL,
        "the bucket of Terraform's states, or what keeps them, changed or destroyed",
        "Every unit's state is in it: without it Terraform makes everything a second time.",
        "A person does that, alone, with a copy of the states at hand (docs/live/recovering-state.md).",
        _OF_STATE_BUCKET,
        _state_bucket,
        of_tags=True,
    ),
    Rule(
        "key-deleted",
        Severity.CRITICAL,
        "a KMS key that is scheduled for deletion",
        "Nobody ever reads again what it encrypted, and machines whose volumes it is of stop.",
        "Leave it, or disable it first and wait for what breaks.",
        _KEYS,
        destroyed,
    ),
    Rule(
        "key-weakened",
        Severity.HIGH,
        "a KMS key that is disabled, no longer rotated, or has another policy",
        "Who can read the data changes, or nobody can.",
        "Read the policy's change line by line.",
        _KEYS | {"aws_kms_alias", "aws_kms_key_policy"},
        _key_weakened,
    ),
    Rule(
        "data-expires-sooner",
        Severity.HIGH,
        "objects or images that are deleted sooner, or a bucket that can be destroyed with what is in it",
        "Data is deleted some days after apply, where no plan shows it.",
        "Ask who needs the data, and how old it gets.",
        _EXPIRING,
        _expires,
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
