"""What is told of a whole plan, or of plans together (units.py and roll_up.py look for it)."""

from mcp_server.monorepo.plans.risks import Rule, Severity

MOCKED = Rule(
    "mocked-inputs",
    Severity.CRITICAL,
    "a plan that is made of mocked outputs",
    "Names and ids in it are invented: what it says will happen is not what happens.",
    "Apply the units that it needs first, then plan again.",
)
NOT_PLANNED = Rule(
    "not-planned",
    Severity.CRITICAL,
    "a unit that failed, was left out because another failed, or has no plan of this run",
    "Nobody knows what would change in it. It is not the same as no change.",
    "Mend what the report says, and plan again.",
)
ERRORED = Rule(
    "errored",
    Severity.CRITICAL,
    "a plan that ended in an error",
    "It holds only what was planned until then.",
    "Mend the error, and plan again.",
)
INCOMPLETE = Rule(
    "incomplete",
    Severity.HIGH,
    "a plan of a part: -target, or changes that are put off",
    "What is left out changes later, or never, and what is applied may not fit it.",
    "Plan again without -target, and after this apply.",
)
OLD_OUTPUTS = Rule(
    "old-upstream-outputs",
    Severity.HIGH,
    "a unit that was planned while what it needs from another unit is about to change, or could not be planned",
    "It was planned against the outputs of now: its own changes are not in this plan.",
    "Apply the other unit, then plan this one again before anybody approves it.",
)
CHECK_FAILED = Rule(
    "check-failed",
    Severity.HIGH,
    "a check of the configuration that fails, or cannot be made",
    "Whoever wrote the module wants it looked at; Terraform applies all the same.",
    "Do what its message says.",
)
DRIFT_UNDONE = Rule(
    "drift-undone",
    Severity.HIGH,
    "something that was changed outside Terraform, and that this plan puts back or changes as well",
    "Whoever changed it had a reason, perhaps an incident: the apply undoes it.",
    "Ask who changed it; then bring it into the configuration, or apply knowing it.",
)
DRIFT = Rule(
    "drift",
    Severity.MEDIUM,
    "something that was changed outside Terraform, and that this plan leaves as it is now",
    "The configuration does not say what is there.",
    "Find out who changes it, and have the configuration say so.",
)
OUTPUTS_REMOVED = Rule(
    "outputs-removed",
    Severity.MEDIUM,
    "an output that goes",
    "Units that use it can no longer be planned.",
    "Look for its name in the units that need this one.",
)
TREE_CHANGED = Rule(
    "tree-changed",
    Severity.HIGH,
    "a plan that is older than the files it was made from",
    "What would be applied is not what the files say now.",
    "Plan again.",
)
MAJOR_VERSION = Rule(
    "major-version",
    Severity.HIGH,
    "another major version of a provider or module",
    "It changes defaults and how resources are kept in the state, and there is no way back.",
    "Read its upgrade guide; do it alone, in one unit first.",
)
RULES = (
    MOCKED,
    NOT_PLANNED,
    ERRORED,
    TREE_CHANGED,
    OLD_OUTPUTS,
    INCOMPLETE,
    DRIFT_UNDONE,
    CHECK_FAILED,
    MAJOR_VERSION,
    DRIFT,
    OUTPUTS_REMOVED,
)
