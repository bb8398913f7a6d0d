"""What ParallelCluster itself will do with a change of a cluster's configuration: its own update policy.

The provider plans every change as an update in place. Whoever can run ParallelCluster gives its verdicts (Ask), and
they take the place of the static rules for that cluster (rules/capacity.py); elsewhere the rules stand.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.risks import Risk, Severity
from mcp_server.monorepo.plans.rules import BY_NAME
from mcp_server.monorepo.plans.rules.queues import PARALLELCLUSTER_REFUSED, PARALLELCLUSTER_STOPS
from mcp_server.monorepo.plans.sensitive import NOT_TOLD, Secrets, is_sensitive, may_tell
from mcp_server.monorepo.plans.unit_plans import UnitReview, with_risks
from mcp_server.monorepo.plans.values_at import at, told

_TYPE = "aws-parallelcluster_cluster"
_CONFIGURATION = "cluster_configuration"
_STATIC = frozenset({PARALLELCLUSTER_REFUSED, PARALLELCLUSTER_STOPS})
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_LONGEST = 600
_GENTLE = "DRAIN"
"""The QueueUpdateStrategy with which jobs end by themselves; TERMINATE is the other."""


class Outcome(StrEnum):
    """What the policy says of a change while nodes run; UNCLEAR where ParallelCluster's own check fails."""

    ALLOWED = "SUCCEEDED"
    ACTION_NEEDED = "ACTION NEEDED"
    REFUSED = "FAILED"
    UNCLEAR = "UNCLEAR"


class Verdict(msgspec.Struct, frozen=True):
    """What ParallelCluster says of one change, in its own words.

    strategy is the QueueUpdateStrategy that alone allows it, and then stops nodes.
    """

    path: str
    outcome: Outcome
    policy: str
    reason: str = ""
    action: str = ""
    strategy: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The verdicts on a configuration; trouble is the name of an error where there are none."""

    verdicts: tuple[Verdict, ...] = ()
    trouble: str = ""


class Answers(msgspec.Struct, frozen=True):
    """An answer to each question, in their order, of this version of ParallelCluster."""

    version: str
    answers: tuple[Answer, ...]


class Question(msgspec.Struct, frozen=True):
    """A cluster's configuration as it stands and as it is planned, in YAML."""

    before: str
    after: str


class NotAsked(Exception):
    """ParallelCluster could not be asked. why is a sentence, without a word of what was to be asked."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


Ask = Callable[[Sequence[Question]], Answers]
"""Asks ParallelCluster, or raises NotAsked."""


def ask_nobody(_questions: Sequence[Question]) -> Answers:
    """For whoever runs no other program.

    Raises:
        NotAsked: Always.
    """
    raise NotAsked("`ml-clusters plan` asks it, where `make .venv-pcluster/.made` has made its environment.")


@dataclass(frozen=True, slots=True)
class _Asked:
    unit: str
    change: Change
    question: Question


def with_verdicts(reviews: Mapping[str, UnitReview], ask: Ask) -> dict[str, UnitReview]:
    """Reviews by unit, with what ParallelCluster says of its clusters' changes. It is asked once, if at all."""
    asked = [
        _Asked(unit, change, question)
        for unit, review in reviews.items()
        for change in review.resources
        if (question := _question(change))
    ]
    result = dict(reviews)
    if not asked:
        return result
    try:
        answers = ask([each.question for each in asked])
    except NotAsked as trouble:
        for each in asked:
            result[each.unit] = _with_note(result[each.unit], _not_asked(each.change, trouble.why))
        return result
    for each, answer in zip(asked, answers.answers, strict=True):
        result[each.unit] = _answered(result[each.unit], each.change, answer, answers.version)
    return result


def _question(change: Change) -> Question | None:
    if change.type != _TYPE or change.action is not Action.UPDATE:
        return None
    before, after = (at(side, _CONFIGURATION) for side in (change.values.before, change.values.after))
    change.values.let_go()
    return Question(before, after) if isinstance(before, str) and isinstance(after, str) and before != after else None


def _not_asked(change: Change, why: str) -> str:
    return f"ParallelCluster itself was not asked what it does with {told(change.address)}: {why}"


def _with_note(review: UnitReview, note: str) -> UnitReview:
    return with_risks(review, review.risks, (note,))


def _answered(review: UnitReview, change: Change, answer: Answer, version: str) -> UnitReview:
    if answer.trouble:
        return _with_note(review, _not_asked(change, f"its own check ends with {told(answer.trouble)}."))
    kept = [each for each in review.risks if each.address != change.address or each.rule not in _STATIC]
    risks = [*kept, *_risks(review, change, answer.verdicts)]
    return with_risks(review, risks, (_note(change, answer.verdicts, version),))


def _risks(review: UnitReview, change: Change, verdicts: Sequence[Verdict]) -> Iterator[Risk]:
    hidden = is_sensitive(change.values, _CONFIGURATION)
    for verdict in verdicts:
        rule = _rule(verdict)
        if rule is None:
            continue
        policy = told(verdict.policy)
        if hidden:
            why = f"A change of its configuration, which is sensitive ({policy})."
        elif may_tell(f"{verdict.path} {verdict.reason} {verdict.action}", change.values):
            why = f"{NOT_TOLD} ({policy})"
        else:
            why = _words(verdict, review.secrets)
        severity = Severity.LOW if verdict.strategy == _GENTLE else BY_NAME[rule].severity
        yield Risk(rule, severity, review.summary.unit, why, change.address)
    change.values.let_go()


def _rule(verdict: Verdict) -> str | None:
    """The rule that a verdict is one of; None for what does no harm."""
    if verdict.outcome is Outcome.REFUSED:
        return PARALLELCLUSTER_REFUSED
    return None if verdict.outcome is Outcome.ALLOWED and not verdict.strategy else PARALLELCLUSTER_STOPS


def _words(verdict: Verdict, secrets: Secrets) -> str:
    where = f"{told(secrets.taken_from(verdict.path))} ({told(verdict.policy)})"
    if verdict.strategy:
        jobs = "nodes are replaced as their jobs end" if verdict.strategy == _GENTLE else "nodes go with their jobs"
        return f"{where}: allowed, since QueueUpdateStrategy is {told(verdict.strategy)}: {jobs}."
    if verdict.outcome is Outcome.UNCLEAR:
        return f"{where}: not known, ParallelCluster's own check of it ends with {told(verdict.reason)}."
    said = ". ".join(each.rstrip(".") for each in (verdict.reason, verdict.action) if each)
    return f"{where}: {quoted(f'{secrets.taken_from(said)}.', _LONGEST)}"


def _note(change: Change, verdicts: Sequence[Verdict], version: str) -> str:
    counts = Counter("stops" if each.strategy else each.outcome.name for each in verdicts)
    counted = [f"{counts[name]} {words}" for name, words in _COUNTED.items() if counts[name]]
    standing = at(change.values.before, "version")
    change.values.let_go()
    other = isinstance(standing, str) and _VERSION.fullmatch(standing) and standing != version
    differs = f" The cluster is of {standing}, whose policy may differ." if other else ""
    return (
        f"ParallelCluster {told(version)} itself was asked what it does with {told(change.address)}: "
        f"{', '.join(counted) or 'nothing changes'}.{differs}"
    )


_COUNTED = {
    Outcome.REFUSED.name: "refused",
    Outcome.ACTION_NEEDED.name: "refused while nodes run",
    Outcome.UNCLEAR.name: "not known",
    "stops": "allowed, and nodes are replaced",
    Outcome.ALLOWED.name: "allowed",
}
