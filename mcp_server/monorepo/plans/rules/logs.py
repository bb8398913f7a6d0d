"""What is written down of what happens, and for how long it is kept."""

from collections.abc import Iterable

from mcp_server.monorepo.plans.changes import OF_WHAT_STANDS, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.values_at import all_told, at, block, texts

_CLUSTER = "aws_eks_cluster"
_LOG_GROUP = "aws_cloudwatch_log_group"
_BUCKET = "aws_s3_bucket"
_TRAIL = "aws_cloudtrail"
_SWITCHES = {
    _TRAIL: (
        "enable_logging",
        "enable_log_file_validation",
        "include_global_service_events",
        "is_multi_region_trail",
    ),
    "aws_config_configuration_recorder_status": ("is_enabled",),
    "aws_guardduty_detector": ("enable",),
}
"""By type, the arguments by which it is on. Unless they are said, they are on."""
_BALANCERS = frozenset({"aws_alb", "aws_elb", "aws_lb"})
_WRITERS = frozenset(
    {"aws_config_configuration_recorder", "aws_flow_log", "aws_s3_bucket_logging", "aws_securityhub_account"}
    | _SWITCHES.keys()
)


def _logs(change: Change) -> Iterable[Seen]:
    if change.type in _WRITERS and change.action is Action.DELETE:
        yield Seen("It is destroyed.", _severity(change))
    elif change.type == _LOG_GROUP:
        yield from _retention(change)
    elif change.action is not Action.DELETE:
        yield from _turned_off(change)


def _severity(change: Change) -> Severity | None:
    """A trail is what is asked when somebody has been in the account."""
    return Severity.HIGH if change.type == _TRAIL else None


def _turned_off(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    for each in _SWITCHES.get(change.type, ()):
        if at(before, each) is True and at(after, each) is False:
            yield Seen(f"{each} is turned off.", _severity(change))
    if change.type == _CLUSTER and change.action is Action.UPDATE:
        gone = {*texts(at(before, "enabled_cluster_log_types"))} - {*texts(at(after, "enabled_cluster_log_types"))}
        if gone:
            yield Seen(f"No more logs of {all_told(sorted(gone))}.")
    elif change.action is Action.UPDATE and _of_access(change, before) and not _of_access(change, after):
        yield Seen("Its access logs are turned off.")


def _of_access(change: Change, value: object) -> bool:
    """Whether a bucket or a balancer logs who comes."""
    if change.type == _BUCKET:
        return bool(at(block(value, "logging"), "target_bucket"))
    return change.type in _BALANCERS and at(block(value, "access_logs"), "enabled") is True


def _retention(change: Change) -> Iterable[Seen]:
    if change.action.destroys:
        yield Seen("What was logged is destroyed.")
        return
    one, other = (at(side, "retention_in_days") for side in (change.values.before, change.values.after))
    # 0 days are for ever.
    if isinstance(one, int) and isinstance(other, int) and other and (not one or other < one):
        yield Seen(f"Logs are kept for {other} days, {f'not {one}' if one else 'no longer for ever'}.")


RULES = (
    Rule(
        "logging-weakened",
        Severity.MEDIUM,
        "logs that are no longer written, kept for a shorter time, or destroyed; high for a trail of the account",
        "What happened can no longer be found out.",
        "Keep them, or copy what is there first.",
        _WRITERS | _BALANCERS | {_BUCKET, _CLUSTER, _LOG_GROUP},
        _logs,
        OF_WHAT_STANDS,
    ),
)
