"""Rules about what is kept, for how long, and who else may have it, on small changes in the provider's shapes."""

from typing import Any

import pytest

from tests.plans.test_rules_of_access import policy, seen

LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"
BUCKET_KNOWN: dict[str, Any] = {"bucket": "ml-data"}


def expiring(days: int = 0, *, name: str = "a", status: str = "Enabled", **more: Any) -> dict[str, Any]:
    """A lifecycle configuration of one rule; of a prefix, from a date on, with tags, of older versions."""
    matched = {"prefix": more.get("prefix", ""), "tag": more.get("tags", []), "and": []}
    current = {"days": days, "date": more.get("date"), "expired_object_delete_marker": False}
    old = [{"noncurrent_days": more["old"], "newer_noncurrent_versions": more.get("newer")}] if "old" in more else []
    rule = {"id": name, "status": status, "filter": [matched], "expiration": [current]}
    return {**BUCKET_KNOWN, "rule": [{**rule, "noncurrent_version_expiration": old, "prefix": ""}]}


NONE: dict[str, Any] = {**BUCKET_KNOWN, "rule": []}


@pytest.mark.parametrize(
    ("before", "after", "sooner"),
    [
        (None, expiring(30), True),
        (None, expiring(30, status="Disabled"), False),
        (NONE, expiring(date="2027-01-01T00:00:00Z"), True),
        (expiring(date="2027-01-01T00:00:00Z"), expiring(date="2026-12-01T00:00:00Z"), True),
        (expiring(date="2026-12-01T00:00:00Z"), expiring(date="2027-01-01T00:00:00Z"), False),
        (expiring(30, prefix="scratch/"), expiring(30), True),
        (expiring(30, prefix="scratch/"), expiring(30, prefix="datasets/"), True),
        (expiring(30), expiring(30, prefix="scratch/"), False),
        (expiring(30), expiring(30, tags=[{"key": "Keep", "value": "no"}]), False),
        (expiring(30, tags=[{"key": "Keep", "value": "no"}]), expiring(30), True),
        (expiring(30), expiring(30, name="b"), False),
        (expiring(30), expiring(60), False),
        (expiring(30, old=90, newer=5), expiring(30, old=90, newer=2), True),
        (expiring(30, old=90), expiring(30, old=90, newer=2), False),
        (expiring(30), NONE, False),
    ],
)
def test_what_expires_is_told_by_what_it_is_of(before: Any, after: Any, sooner: bool) -> None:
    """A rule that is new, or reaches more, or has a date; not one that keeps more, is off, or has another name."""
    assert ("data-expires-sooner" in seen(LIFECYCLE, before, after)) is sooner


def test_a_rule_in_a_new_bucket_deletes_nothing_that_is_there() -> None:
    """The bucket's name is then known only after apply."""
    assert seen(LIFECYCLE, None, {"rule": expiring(30)["rule"]}, after_unknown={"bucket": True}) == {}


def test_leavings_that_a_new_rule_deletes_are_less() -> None:
    """Older versions in a bucket that had no rule."""
    assert seen(LIFECYCLE, None, expiring(old=30)) == {"data-expires-sooner": "medium"}
    assert seen(LIFECYCLE, NONE, expiring(old=30)) == {"data-expires-sooner": "high"}


def test_a_lifecycle_that_is_made_anew_is_looked_at_too() -> None:
    """Whatever comes first."""
    for actions in (("delete", "create"), ("create", "delete")):
        assert "data-expires-sooner" in seen(LIFECYCLE, expiring(30), expiring(7), actions=actions)
        assert "data-expires-sooner" not in seen(LIFECYCLE, expiring(30), expiring(30), actions=actions)


@pytest.mark.parametrize(
    ("kind", "before", "after", "sees"),
    [
        ("aws_ecr_repository", {"force_delete": False}, {"force_delete": True}, True),
        ("aws_ecr_repository", {"force_delete": True}, {"force_delete": True}, False),
        ("aws_db_instance", {"skip_final_snapshot": False}, {"skip_final_snapshot": True}, True),
        ("aws_db_instance", None, {"skip_final_snapshot": True}, False),
        ("aws_s3_bucket", {"lifecycle_rule": []}, {"lifecycle_rule": [{"enabled": True}]}, False),
        (
            "aws_s3_bucket",
            {"lifecycle_rule": []},
            {"lifecycle_rule": [{"enabled": True, "expiration": [{"days": 9}]}]},
            True,
        ),
    ],
)
def test_what_can_be_destroyed_with_all_that_is_in_it(kind: str, before: Any, after: Any, sees: bool) -> None:
    """By the switch of its type; a bucket may have lifecycle rules of its own."""
    assert ("data-expires-sooner" in seen(kind, before, after)) is sees


STATES = {"bucket": "ml-clusters-tfstate-1"}


@pytest.mark.parametrize(
    ("kind", "after", "severity"),
    [
        (LIFECYCLE, {**expiring(90), **STATES}, "critical"),
        (LIFECYCLE, {**expiring(old=90), **STATES}, "medium"),
        ("aws_s3_bucket_policy", {**STATES, "policy": "{}"}, "high"),
        ("aws_s3_bucket_acl", {**STATES, "acl": "private"}, "high"),
        ("aws_s3_object", {**STATES, "key": "main/terraform.tfstate"}, "high"),
        ("aws_s3_bucket_versioning", {**STATES, "versioning_configuration": [{"status": "Enabled"}]}, "low"),
        ("aws_s3_bucket", STATES, "low"),
        ("aws_s3_object", {"bucket": "scripts"}, None),
    ],
)
def test_what_is_put_on_the_bucket_of_states_is_seen(kind: str, after: Any, severity: str | None) -> None:
    """What opens it or lets states expire is worse than what keeps them."""
    assert seen(kind, None, after).get("state-bucket-touched") == severity


def granted(uri: str) -> dict[str, Any]:
    """An access control list of one grant to a group."""
    grant = {"grantee": [{"id": "", "type": "Group", "uri": uri}], "permission": "READ"}
    return {"bucket": "b", "access_control_policy": [{"grant": [grant], "owner": [{"id": "a1"}]}]}


ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.mark.parametrize(
    ("kind", "before", "after", "sees"),
    [
        ("aws_s3_bucket_acl", None, {"acl": "public-read"}, True),
        ("aws_s3_bucket_acl", None, {"acl": "private"}, False),
        ("aws_s3_bucket_acl", {"acl": "private"}, granted(ALL_USERS), True),
        ("aws_s3_bucket_acl", {"acl": "private"}, granted("http://acs.amazonaws.com/groups/s3/LogDelivery"), False),
        ("aws_s3_bucket_acl", granted(ALL_USERS), granted(ALL_USERS), False),
        ("aws_s3_object", {"acl": "private"}, {"acl": "public-read-write"}, True),
        ("aws_s3_account_public_access_block", {"block_public_acls": True}, None, True),
        ("aws_s3_account_public_access_block", {"block_public_acls": True}, {"block_public_acls": False}, True),
        ("aws_s3_account_public_access_block", {"block_public_acls": True}, {"block_public_acls": True}, False),
        ("aws_db_instance", {"publicly_accessible": False}, {"publicly_accessible": True}, True),
        ("aws_rds_cluster_instance", None, {"publicly_accessible": True}, True),
        ("aws_redshift_cluster", {"publicly_accessible": True}, {"publicly_accessible": False}, False),
        ("aws_ami_launch_permission", None, {"group": "all"}, True),
    ],
)
def test_everybody_is_let_in_by_lists_switches_and_addresses(kind: str, before: Any, after: Any, sees: bool) -> None:
    """Not only by policies."""
    assert (seen(kind, before, after).get("public-access") == "critical") is sees


OURS = {"bucket": "ml-data-111111111111"}
READ = {"Action": "s3:GetObject"}


def read_by(*principals: str, action: str = "s3:GetObject") -> dict[str, Any]:
    """A bucket's policy."""
    return {**OURS, "policy": policy({"Action": action, "Principal": {"AWS": list(principals)}})}


OWN, OTHER = "arn:aws:iam::111111111111:role/nodes", "arn:aws:iam::222222222222:root"


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ({**OURS, "policy": "{}"}, read_by(OTHER), "high"),
        (read_by(OWN), read_by(OWN, OTHER), "high"),
        (read_by(OWN), read_by(OWN, "222222222222"), "high"),
        (read_by(OTHER), read_by(OTHER, action="s3:*"), "medium"),
        (None, read_by(OTHER), "medium"),
        (None, {**read_by(OTHER), "bucket": "ml-data"}, None),
        (read_by(OTHER), read_by(OTHER), None),
        (read_by(OWN), read_by(OWN, "arn:aws:iam::111111111111:role/other"), None),
        (read_by(OWN, OTHER), read_by(OWN), None),
    ],
)
def test_another_account_in_a_policy_is_seen(before: Any, after: Any, severity: str | None) -> None:
    """By its number or a role of it; the account itself is none, nor is one that was let in before."""
    assert seen("aws_s3_bucket_policy", before, after).get("shared-outside") == severity


def test_other_ways_of_sharing_are_seen() -> None:
    """Of images, snapshots and shares; by a list, a grantee that is not the owner."""
    assert seen("aws_ami_launch_permission", None, {"account_id": "222222222222"}) == {"shared-outside": "medium"}
    external = "allow_external_principals"
    assert seen("aws_ram_resource_share", {external: False}, {external: True}) == {"shared-outside": "high"}
    assert seen("aws_ram_resource_share", {external: True}, {external: False}) == {}
    for owner, wanted in (("b2", {}), ("a1", {"shared-outside": "high"})):
        grants = [{"grantee": [{"id": "b2", "type": "CanonicalUser"}], "permission": "READ"}]
        acl = {"access_control_policy": [{"grant": grants, "owner": [{"id": owner}]}]}
        assert seen("aws_s3_bucket_acl", {"acl": "private"}, acl) == wanted


@pytest.mark.parametrize(
    ("kind", "before", "after", "severity"),
    [
        ("aws_cloudtrail", {"enable_logging": True}, {"enable_logging": False}, "high"),
        ("aws_cloudtrail", {"enable_logging": True}, {"enable_logging": True}, None),
        ("aws_cloudtrail", {"is_multi_region_trail": True}, {"is_multi_region_trail": False}, "high"),
        ("aws_s3_bucket_logging", {"bucket": "b", "target_bucket": "c"}, None, "medium"),
        ("aws_s3_bucket_logging", {"bucket": "b", "target_bucket": "c"}, {"bucket": "b", "target_bucket": "d"}, None),
        ("aws_s3_bucket", {"logging": [{"target_bucket": "c"}]}, {"logging": []}, "medium"),
        ("aws_guardduty_detector", {"enable": True}, {"enable": False}, "medium"),
        ("aws_lb", {"access_logs": [{"enabled": True}]}, {"access_logs": [{"enabled": False}]}, "medium"),
        ("aws_lb", {"access_logs": [{"enabled": False}]}, {"access_logs": []}, None),
    ],
)
def test_logs_that_are_turned_off_are_seen(kind: str, before: Any, after: Any, severity: str | None) -> None:
    """Without anything being destroyed; a trail is the worst."""
    assert seen(kind, before, after).get("logging-weakened") == severity


REPOSITORY = "aws_fsx_data_repository_association"
EXPORTING = {"s3": [{"auto_export_policy": [{"events": ["NEW", "CHANGED"]}]}], "delete_data_in_filesystem": False}
EXPORTING_LESS = {**EXPORTING, "s3": [{"auto_export_policy": [{"events": ["NEW"]}]}]}
DELETING = {**EXPORTING, "delete_data_in_filesystem": True}


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        (EXPORTING, None, {"replication-weakened": "high"}),
        (DELETING, None, {"replication-weakened": "high", "data-destroyed": "critical"}),
        (EXPORTING, DELETING, {"data-expires-sooner": "high"}),
        (EXPORTING, EXPORTING_LESS, {"replication-weakened": "high"}),
        (EXPORTING_LESS, EXPORTING, {}),
        (None, EXPORTING, {}),
    ],
)
def test_a_file_systems_bucket_is_a_copy_of_it(before: Any, after: Any, rules: dict[str, str]) -> None:
    """The association may take the files with it."""
    assert seen(REPOSITORY, before, after) == rules


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("aws_elasticache_replication_group", "high"),
        ("aws_docdb_cluster", "critical"),
        ("aws_opensearch_domain", "critical"),
        ("aws_db_snapshot", "critical"),
        ("aws_ebs_snapshot_copy", "critical"),
        ("aws_backup_vault", "critical"),
        ("aws_db_subnet_group", None),
        ("aws_docdb_cluster_parameter_group", None),
    ],
)
def test_databases_and_backups_are_data(kind: str, severity: str | None) -> None:
    """Destroyed or replaced; of a cache less is lost; what is beside them holds nothing."""
    assert seen(kind, {"id": "a"}, None).get("data-destroyed") == severity
    assert seen(kind, {"id": "a"}, {"id": "b"}, actions=("create", "delete")).get("data-destroyed") == severity
    assert "data-destroyed" not in seen(kind, {"id": "a"}, {"id": "b"})


def backup(days: int | None = None, name: str = "daily") -> dict[str, Any]:
    """A plan of AWS Backup."""
    return {"rule": [{"rule_name": name, "lifecycle": [{"delete_after": days}] if days else []}]}


def of_efs(status: str) -> dict[str, Any]:
    """A backup policy of EFS."""
    return {"backup_policy": [{"status": status}]}


@pytest.mark.parametrize(
    ("kind", "before", "after", "sees"),
    [
        ("aws_backup_plan", backup(), None, True),
        ("aws_backup_plan", backup(), {"rule": []}, True),
        ("aws_backup_plan", backup(30), backup(7), True),
        ("aws_backup_plan", backup(), backup(7), True),
        ("aws_backup_plan", backup(7), backup(30), False),
        ("aws_backup_plan", backup(7), backup(), False),
        ("aws_backup_selection", {"name": "a"}, None, True),
        ("aws_backup_selection", None, {"name": "a"}, False),
        ("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 0}, True),
        ("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 14}, False),
        ("aws_efs_backup_policy", of_efs("ENABLED"), of_efs("DISABLED"), True),
        ("aws_efs_backup_policy", of_efs("DISABLED"), of_efs("ENABLED"), False),
        ("aws_dlm_lifecycle_policy", {"state": "ENABLED"}, {"state": "DISABLED"}, True),
        ("aws_dlm_lifecycle_policy", {"state": "ENABLED"}, {"state": "ENABLED"}, False),
        ("aws_dynamodb_table", {"point_in_time_recovery": [{"enabled": True}]}, {"point_in_time_recovery": []}, True),
        ("aws_dynamodb_table", {"replica": [{"region_name": "us-west-2"}]}, {"replica": []}, True),
        ("aws_dynamodb_table", {"replica": []}, {"replica": [{"region_name": "us-west-2"}]}, False),
    ],
)
def test_backups_are_copies(kind: str, before: Any, after: Any, sees: bool) -> None:
    """Fewer of them, for a shorter time, or none."""
    assert ("replication-weakened" in seen(kind, before, after)) is sees


def storage(deletion: str | None, **more: str) -> dict[str, str]:
    """A ParallelCluster with one file system of its own; None without it."""
    settings = ", ".join(f"{name}: {value}" for name, value in {"DeletionPolicy": deletion, **more}.items())
    each = f"SharedStorage: [{{Name: data, FsxLustreSettings: {{{settings}}}}}]\n" if deletion else ""
    return {"cluster_configuration": "Image: {Os: alinux2023}\n" + each}


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        (storage("Delete"), storage(None), {"data-destroyed": "critical", "parallelcluster-stops-nodes": "medium"}),
        (storage("Retain"), storage(None), {"parallelcluster-stops-nodes": "medium"}),
        (storage("Delete", FileSystemId="fs-1"), storage(None), {"parallelcluster-stops-nodes": "medium"}),
        (storage("Retain"), storage("Delete"), {"data-expires-sooner": "high"}),
        (storage("Delete"), storage("Retain"), {}),
        (storage("Delete"), None, {"data-destroyed": "critical", "cluster-replaced": "critical"}),
        (storage("Retain"), None, {"cluster-replaced": "critical"}),
    ],
)
def test_shared_storage_goes_as_its_policy_says(before: Any, after: Any, rules: dict[str, str]) -> None:
    """What ParallelCluster did not make it does not delete."""
    assert seen("aws-parallelcluster_cluster", before, after) == rules


@pytest.mark.parametrize(
    ("kind", "rule", "severity"),
    [
        ("awscc_s3_bucket", "data-destroyed", "critical"),
        ("awscc_efs_file_system", "data-destroyed", "critical"),
        ("awscc_rds_db_instance", "data-destroyed", "critical"),
        ("awscc_rds_db_cluster", "data-destroyed", "critical"),
        ("awscc_dynamodb_table", "data-destroyed", "critical"),
        ("awscc_kms_key", "key-deleted", "critical"),
        ("awscc_eks_cluster", "cluster-replaced", "critical"),
        ("awscc_eks_nodegroup", "node-group-replaced", "medium"),
        ("awscc_fsx_file_system", "file-system-replaced", "critical"),
        ("aws_rds_cluster_instance", "data-destroyed", "high"),
        ("aws_docdb_cluster_instance", "data-destroyed", "high"),
        ("aws_neptune_cluster_instance", "data-destroyed", "high"),
        ("aws_elasticsearch_domain", "data-destroyed", "critical"),
        ("aws_cognito_user_pool", "data-destroyed", "critical"),
        ("aws_directory_service_directory", "data-destroyed", "critical"),
        ("aws_codecommit_repository", "data-destroyed", "critical"),
        ("aws_glacier_vault", "data-destroyed", "critical"),
        ("aws_cloudtrail_event_data_store", "data-destroyed", "critical"),
        ("aws_dsql_cluster", "data-destroyed", "critical"),
        ("aws_acmpca_certificate_authority", "data-destroyed", "critical"),
        ("aws_cloudhsm_v2_cluster", "key-deleted", "critical"),
        ("aws_kms_custom_key_store", "key-deleted", "critical"),
    ],
)
def test_data_and_keys_that_go_are_seen_whoever_makes_them(kind: str, rule: str, severity: str) -> None:
    """By either provider. What is changed in place, or forgotten, stays."""
    assert seen(kind, {"id": "a"}, None) == {rule: severity}
    assert seen(kind, {"id": "a"}, {"id": "b"}) == {}
    assert seen(kind, {"id": "a"}, None, actions=("forget",)) == {"forgotten": "low"}


def test_an_account_that_is_closed_is_lost() -> None:
    """One that only leaves the organization is not."""
    kind = "aws_organizations_account"
    assert seen(kind, {"close_on_deletion": True}, None) == {"data-destroyed": "critical"}
    assert seen(kind, {"close_on_deletion": False}, None) == {"destroyed": "low"}


def test_the_bucket_of_states_is_known_to_the_other_provider_too() -> None:
    """By its name, which has another attribute."""
    assert seen("awscc_s3_bucket", {"bucket_name": "a-tfstate"}, None) == {"state-bucket-touched": "critical"}


@pytest.mark.parametrize("kind", ["aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"])
def test_a_key_of_any_kind_that_is_disabled_is_seen(kind: str) -> None:
    """And one that is enabled is not."""
    assert seen(kind, {"enabled": True}, {"enabled": False}) == {"key-weakened": "critical"}
    assert seen(kind, {"enabled": False}, {"enabled": True}) == {}


def locked(mode: str, **kept: int) -> dict[str, Any]:
    """Objects of a bucket that nobody may delete for so long."""
    return {"bucket": "ml-data", "rule": [{"default_retention": [{"mode": mode, **kept}]}]}


YEAR = locked("COMPLIANCE", years=1)


@pytest.mark.parametrize(
    ("before", "after", "sees"),
    [
        (YEAR, locked("GOVERNANCE", years=1), True),
        (YEAR, locked("COMPLIANCE", days=30), True),
        (YEAR, {"bucket": "ml-data", "rule": []}, True),
        (YEAR, None, True),
        (YEAR, locked("COMPLIANCE", days=365), False),
        (locked("GOVERNANCE", days=30), YEAR, False),
    ],
)
def test_a_lock_that_is_weaker_is_seen(before: Any, after: Any, sees: bool) -> None:
    """A shorter one, or one that may be lifted; not one that is longer."""
    found = seen("aws_s3_bucket_object_lock_configuration", before, after)
    assert found == ({"replication-weakened": "high"} if sees else {})
