"""The bucket of Terraform's states, and what keeps it."""

from collections.abc import Iterable

from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.expiring import expirations
from mcp_server.monorepo.plans.values_at import at, block, mapping, texts

_BUCKET = "aws_s3_bucket"
BUCKETS = frozenset({_BUCKET, "awscc_s3_bucket"})
_LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"
_VERSIONING = "aws_s3_bucket_versioning"
_KEEPING = frozenset(
    {
        "aws_s3_bucket_logging",
        "aws_s3_bucket_object_lock_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
    }
)
"""What makes a bucket safer where there was nothing."""
_OPENING = frozenset({"aws_s3_bucket_acl", "aws_s3_bucket_policy", "aws_s3_bucket_replication_configuration"})
_OBJECTS = frozenset({"aws_s3_bucket_object", "aws_s3_object", "aws_s3_object_copy"})
_MADE = {
    **dict.fromkeys(
        BUCKETS, Seen("A bucket of states is made: see that the states are not in another one.", Severity.LOW)
    ),
    _LIFECYCLE: Seen("What of it expires is decided anew.", Severity.MEDIUM),
    **dict.fromkeys(_OPENING, Seen("Who reads and writes states is decided anew.", Severity.HIGH)),
    **dict.fromkeys(_OBJECTS, Seen("An object is written into it, perhaps over a state.", Severity.HIGH)),
}


def is_of_states(change: Change) -> bool:
    """Whether it is the bucket of states, or of it, as their names say."""
    return any(
        "tfstate" in each
        for side in (change.values.before, change.values.after)
        for key in ("bucket", "bucket_name")
        for each in texts(at(side, key))
    )


def _touched(change: Change) -> Iterable[Seen]:
    if not is_of_states(change) or change.action in {Action.NO_OP, Action.READ}:
        return
    if change.action is Action.CREATE:
        yield _made(change)
    elif change.action is Action.UPDATE:
        yield Seen("It is changed.", _severity(change))
    elif change.action is Action.FORGET:
        yield Seen("Terraform forgets it: nobody keeps it as it should be.")
    else:
        yield Seen(f"It is {'replaced' if change.action.replaces else 'destroyed'}.")


def _made(change: Change) -> Seen:
    """What is put on a bucket whose name is known, and which may so stand with states in it."""
    after = change.values.after
    if change.type == _VERSIONING and at(block(after, "versioning_configuration"), "status") != "Enabled":
        return Seen("It keeps no versions, and they are what a broken state is restored from.")
    if change.type == _LIFECYCLE and any(each.kind == "expiration" for each in expirations(after)):
        return Seen("States expire: what no apply has written for long is deleted.")
    return _MADE.get(change.type) or Seen("It is put on the bucket for the first time.", Severity.LOW)


def _severity(change: Change) -> Severity:
    """Tags of the bucket are no danger; whatever keeps the states is."""
    before, after = change.values.before, change.values.after
    changed = {
        each
        for each in {*mapping(before), *mapping(after)}
        if at(before, each) != at(after, each) and "tags" not in each
    }
    return Severity.CRITICAL if changed else Severity.LOW


RULES = (
    Rule(
        "state-bucket-touched",
        Severity.CRITICAL,
        "the bucket of Terraform's states, what keeps them, or what is in it: made, changed or destroyed",
        "Every unit's state is in it: without it Terraform makes everything a second time.",
        "A person does that, alone, with a copy of the states at hand (docs/live/recovering-state.md).",
        frozenset({*BUCKETS, _LIFECYCLE, _VERSIONING, *_KEEPING, *_OPENING, *_OBJECTS}),
        _touched,
        of_tags=True,
    ),
)
