"""What can be said of a resource of any type."""

from collections.abc import Iterable

from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.clusters import destroyed

_MEANT_TO_BE_REPLACED = (
    "terraform_data",
    "null_resource",
    "time_",
    "random_",
    "aws_s3_object",
    "aws_scheduler_schedule",
)
"""Types whose replacement is how they are changed."""
_REPLACING = frozenset({Action.REPLACE, Action.REPLACE_CREATING_FIRST})


def _tainted(change: Change) -> Iterable[Seen]:
    if change.reason == "replace_because_tainted":
        yield Seen(
            "It is made anew although nothing asks for it: an earlier apply failed on it, or somebody tainted it."
        )


def _replaced(change: Change) -> Iterable[Seen]:
    if not change.type.startswith(_MEANT_TO_BE_REPLACED):
        yield from destroyed(change)


def _unknown(_: Change) -> Iterable[Seen]:
    yield Seen("Terraform does something with it that this reader does not know.")


def _forgotten(_: Change) -> Iterable[Seen]:
    yield Seen("It stays in AWS, and Terraform no longer knows of it.")


RULES = (
    Rule(
        "unknown-action",
        Severity.HIGH,
        "an action that is not known here",
        "A newer Terraform made this plan; it may destroy.",
        "Read Terraform's own output of the plan.",
        look=_unknown,
        actions=frozenset({Action.UNKNOWN}),
    ),
    Rule(
        "tainted",
        Severity.HIGH,
        "a resource that is replaced because it is tainted",
        "What stands is destroyed, also if it works.",
        "If it works: `terraform untaint ADDRESS`.",
        look=_tainted,
        actions=_REPLACING,
    ),
    Rule(
        "replaced",
        Severity.MEDIUM,
        "any other resource that is replaced",
        "It is destroyed and made anew; whatever it held or whoever used it by its id loses it.",
        "See what forces it, and whether that was meant.",
        look=_replaced,
        actions=_REPLACING,
        yields=True,
    ),
    Rule(
        "forgotten",
        Severity.LOW,
        "a resource that Terraform forgets and leaves where it is",
        "It costs what it cost, and nobody keeps it as it should be.",
        "Say in the pull request who keeps it from now on.",
        look=_forgotten,
        actions=frozenset({Action.FORGET, Action.CREATE_AND_FORGET}),
    ),
)
