"""Data: where it lies, and who holds its key."""

from collections.abc import Iterable

from mcp_server.monorepo.plans.changes import DESTROYING, OF_WHAT_STANDS, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.clusters import destroyed
from mcp_server.monorepo.plans.rules.queues import CLUSTER, configurations, storages, unless_sensitive, untold
from mcp_server.monorepo.plans.rules.states import BUCKETS, is_of_states
from mcp_server.monorepo.plans.values_at import at, document, told

_FILE_SYSTEMS = frozenset(
    {
        "aws_fsx_lustre_file_system",
        "aws_fsx_ontap_file_system",
        "aws_fsx_ontap_volume",
        "aws_fsx_openzfs_file_system",
        "aws_fsx_openzfs_volume",
        "aws_fsx_windows_file_system",
        "awscc_fsx_file_system",
        "awscc_fsx_volume",
    }
)
_REPOSITORY = "aws_fsx_data_repository_association"
_DATABASES = frozenset(
    {
        "aws_cloudtrail_event_data_store",
        "aws_db_instance",
        "aws_docdb_cluster",
        "aws_docdb_global_cluster",
        "aws_docdbelastic_cluster",
        "aws_dynamodb_global_table",
        "aws_dynamodb_table",
        "aws_dsql_cluster",
        "aws_dynamodb_table_replica",
        "aws_elasticsearch_domain",
        "aws_keyspaces_keyspace",
        "aws_keyspaces_table",
        "aws_kinesis_stream",
        "aws_memorydb_cluster",
        "aws_msk_cluster",
        "aws_msk_serverless_cluster",
        "aws_neptune_cluster",
        "aws_neptune_global_cluster",
        "aws_neptunegraph_graph",
        "aws_opensearch_domain",
        "aws_opensearchserverless_collection",
        "aws_prometheus_workspace",
        "aws_rds_cluster",
        "aws_rds_global_cluster",
        "aws_redshift_cluster",
        "aws_redshiftserverless_namespace",
        "aws_timestreaminfluxdb_db_instance",
        "aws_timestreamwrite_database",
        "aws_timestreamwrite_table",
        "awscc_dynamodb_table",
        "awscc_rds_db_cluster",
        "awscc_rds_db_instance",
    }
)
_INSTANCES = frozenset({"aws_docdb_cluster_instance", "aws_neptune_cluster_instance", "aws_rds_cluster_instance"})
"""What serves the data of a cluster, which keeps it."""
_CACHES = frozenset(
    {
        "aws_dax_cluster",
        "aws_elasticache_cluster",
        "aws_elasticache_global_replication_group",
        "aws_elasticache_replication_group",
        "aws_elasticache_serverless_cache",
        "aws_fsx_file_cache",
    }
)
"""What mostly holds copies of what lies elsewhere."""
_BACKUPS = frozenset(
    {
        "aws_backup_logically_air_gapped_vault",
        "aws_backup_vault",
        "aws_db_cluster_snapshot",
        "aws_db_snapshot",
        "aws_db_snapshot_copy",
        "aws_docdb_cluster_snapshot",
        "aws_ebs_snapshot",
        "aws_ebs_snapshot_copy",
        "aws_ebs_snapshot_import",
        "aws_fsx_backup",
        "aws_fsx_openzfs_snapshot",
        "aws_memorydb_snapshot",
        "aws_neptune_cluster_snapshot",
        "aws_rds_cluster_snapshot_copy",
        "aws_redshift_cluster_snapshot",
        "aws_redshiftserverless_snapshot",
    }
)
_KEPT = frozenset(
    {
        "aws_acmpca_certificate_authority",
        "aws_codecommit_repository",
        "aws_cognito_user_pool",
        "aws_directory_service_directory",
        "aws_ebs_volume",
        "aws_ecr_repository",
        "aws_ecrpublic_repository",
        "aws_efs_file_system",
        "aws_glacier_vault",
        "aws_s3_bucket",
        "aws_s3_directory_bucket",
        "aws_s3tables_table",
        "aws_s3tables_table_bucket",
        "aws_secretsmanager_secret",
        "awscc_efs_file_system",
        "awscc_s3_bucket",
    }
)
_ACCOUNT = "aws_organizations_account"
_KEYS = frozenset(
    {"aws_kms_external_key", "aws_kms_key", "aws_kms_replica_external_key", "aws_kms_replica_key", "awscc_kms_key"}
)
_KEEPING_KEYS = frozenset({"aws_cloudhsm_v2_cluster", "aws_kms_custom_key_store"})


def _destroyed_data(change: Change) -> Iterable[Seen]:
    if change.type == CLUSTER:
        yield from unless_sensitive(change, _destroyed_storage(change))
    elif not change.action.destroys:
        return
    elif change.type == _ACCOUNT:
        if at(change.values.before, "close_on_deletion") is True:
            yield Seen("The account is closed, with all that is in it.")
    elif change.type == _REPOSITORY:
        if at(change.values.before, "delete_data_in_filesystem") is True:
            yield Seen("With it go all files of the file system that are under its path.")
    elif not (change.type in BUCKETS and is_of_states(change)):
        severity = Severity.HIGH if change.type in _CACHES | _INSTANCES else None
        yield from (Seen(each.why, severity) for each in destroyed(change))


def _destroyed_storage(change: Change) -> Iterable[Seen]:
    """Shared storage of ParallelCluster, which goes with its cluster, or alone."""
    if untold(change):
        return
    before, after = (storages(each) for each in configurations(change))
    for name, deleted in before.items():
        if deleted and (name not in after or change.action.destroys):
            yield Seen(f"Shared storage {told(name)} is deleted: its DeletionPolicy is Delete.")


def _key_weakened(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    if change.type == "aws_kms_alias":
        if at(before, "target_key_id") != at(after, "target_key_id"):
            yield Seen("The alias names another key: what is new is encrypted with that.")
        return
    for each in ("is_enabled", "enabled", "enable_key_rotation"):
        if at(before, each) is True and at(after, each) is False:
            yield Seen(f"{each} is turned off.", None if each == "enable_key_rotation" else Severity.CRITICAL)
    if at(change.values.unknown, "policy") is True:
        yield Seen("Its policy is known only after apply.", Severity.MEDIUM)
    elif document(at(before, "policy")) != document(at(after, "policy")):
        yield Seen("Its policy changes: who may use it, and who may change that.")


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
        "a bucket, volume, file system, registry, secret, database, directory or backup that is destroyed or replaced",
        "What is in it is lost.",
        "Take it back, or copy the data first and have somebody confirm that the copy is whole.",
        _KEPT | _DATABASES | _INSTANCES | _CACHES | _BACKUPS | {_REPOSITORY, _ACCOUNT, CLUSTER},
        _destroyed_data,
        OF_WHAT_STANDS,
    ),
    Rule(
        "key-deleted",
        Severity.CRITICAL,
        "a KMS key that is scheduled for deletion; a key store or an HSM cluster that is destroyed",
        "Nobody ever reads again what it encrypted, and machines whose volumes it is of stop.",
        "Leave it, or disable it first and wait for what breaks.",
        _KEYS | _KEEPING_KEYS,
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
)
