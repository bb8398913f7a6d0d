"""The plan of one unit, summed up."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from sys import intern

import msgspec

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.plans.attributes import AttributeChange, attribute_changes, output_sides
from mcp_server.monorepo.plans.changes import Action, Change, Values, action_of, change_of
from mcp_server.monorepo.plans.halves import in_halves
from mcp_server.monorepo.plans.risks import Risk, Rule, Severity
from mcp_server.monorepo.plans.rules import BY_NAME, seen_in, whole
from mcp_server.monorepo.plans.sensitive import NOT_TOLD, Secrets, any_true, both_marks, masked, secrets_of
from mcp_server.monorepo.plans.summary import Counts, OutputChange, PlannedChange, UnitSummary
from mcp_server.monorepo.plans.terraform_json import NOTHING, ChangeJson, PlanJson, ResourceChangeJson, decoded
from mcp_server.monorepo.plans.values_at import all_told, at, inner, mapping, texts, told

_MOCK = re.compile(r"(^|[:/])mock-|^[a-z]+-(0{8}|0{15}[0-9]{2})$")
"""What mocked outputs look like (live/mocks.hcl), also where nobody has said that they are mocks."""
_LONGEST_REASON = 1_000
"""In characters."""
_NOTHING: tuple[object, ...] = (None, "", [], {})
_FAILED = frozenset({"fail", "error"})
_ACTIONS_KEY = "action_invocations"
_NOT_NEWS = frozenset({Action.NO_OP, Action.READ})


@dataclass(frozen=True, slots=True)
class UnitReview:
    """A unit's summary with its risks; resources are what its changes were made from, in their order.

    secrets are all texts that are marked in its plan.
    """

    summary: UnitSummary
    risks: tuple[Risk, ...]
    resources: tuple[Change, ...]
    drifted: tuple[Change, ...]
    secrets: Secrets = field(default_factory=Secrets)


def review_unit(unit: str, plan: PlanJson, sha256: str) -> UnitReview:
    """What the plan of a unit would do, and what about it is dangerous. Attributes are left to detailed.

    Raises:
        NotAPlan: A value of it cannot be decoded.
    """
    resources = tuple(change_of(each) for each in plan.resource_changes if _is_looked_at(each))
    drifted = tuple(map(change_of, plan.resource_drift))
    secrets = secrets_of(Values(each) for each in _all_changes(plan) if each.is_marked)
    of_resources = in_halves(lambda those: _of_changes(unit, those, secrets), resources)
    risks = [*of_resources, *_of_plan(unit, plan, secrets), *_of_drift(unit, resources, drifted, secrets)]
    worst = _worst(risks)
    outputs = tuple(_outputs(plan, secrets))
    shown = tuple(each for each in resources if each.is_news)
    summary = UnitSummary(
        unit,
        planned=True,
        result="planned",
        counts=_counts(shown, len(outputs)),
        planned_at=_time(plan.timestamp),
        terraform_version=plan.terraform_version or None,
        sha256=sha256,
        mocked=tuple(map(secrets.taken_from, mocked_units(plan))),
        changes=tuple(_planned(each, worst, secrets) for each in shown),
        outputs=outputs,
        drift=tuple(_planned(each, worst, secrets) for each in drifted),
        notes=tuple(_notes(plan)),
        complete=plan.complete and not plan.errored and _ACTIONS_KEY not in plan.unknown_keys,
    )
    return UnitReview(summary, tuple(risks), shown, drifted, secrets)


def _all_changes(plan: PlanJson) -> Iterator[ChangeJson]:
    yield from (each.change for each in (*plan.resource_changes, *plan.resource_drift))
    yield from (each.resource_change.change for each in plan.deferred_changes)
    yield from plan.output_changes.values()


def with_risks(review: UnitReview, risks: Sequence[Risk], notes: Sequence[str] = ()) -> UnitReview:
    """The review with these risks instead of its own, and with more notes."""
    worst = _worst(risks)
    summary = msgspec.structs.replace(
        review.summary,
        changes=tuple(_as_bad_as(each, worst) for each in review.summary.changes),
        drift=tuple(_as_bad_as(each, worst) for each in review.summary.drift),
        notes=(*review.summary.notes, *notes),
    )
    return replace(review, summary=summary, risks=tuple(risks))


def _as_bad_as(change: PlannedChange, worst: Mapping[str, Severity]) -> PlannedChange:
    return msgspec.structs.replace(change, severity=worst.get(change.address))


def detailed(planned: PlannedChange, change: Change, secrets: Secrets) -> PlannedChange:
    """A change with its attributes; secrets are those of its plan."""
    try:
        attributes = attribute_changes(change, secrets)
    except (RecursionError, TypeError, ValueError):
        attributes = (AttributeChange("", after="(of a shape that cannot be shown)"),)
    return msgspec.structs.replace(planned, attributes=attributes)


def _planned(change: Change, worst: Mapping[str, Severity], secrets: Secrets) -> PlannedChange:
    return PlannedChange(
        change.address,
        change.action,
        change.why,
        tuple(map(secrets.taken_from, change.values.replaced_by)) if change.action.replaces else (),
        change.moved_from,
        change.imported,
        change.deposed,
        worst.get(change.address),
    )


def _counts(changes: Sequence[Change], outputs: int) -> Counts:
    """Terraform's counts (its command/jsonformat/plan.go)."""
    of = Counter(each.action for each in changes)
    return Counts(
        imported=sum(each.imported for each in changes),
        added=sum(count for action, count in of.items() if action.creates),
        changed=of[Action.UPDATE],
        destroyed=sum(count for action, count in of.items() if action.destroys),
        forgotten=of[Action.FORGET] + of[Action.CREATE_AND_FORGET],
        moved=sum(each.moved_from is not None for each in changes),
        outputs=outputs,
    )


def _is_looked_at(resource: ResourceChangeJson) -> bool:
    """A block is looked at also where it stays: it buys when it is tainted."""
    return resource.mode == "managed" and (
        resource.change.actions != ("no-op",)
        or resource.previous_address is not None
        or resource.change.importing != NOTHING
        or resource.type == "aws_ec2_capacity_block_reservation"
    )


def _of_changes(unit: str, changes: Sequence[Change], secrets: Secrets) -> list[Risk]:
    return [risk for each in changes for risk in _of_change(unit, each, secrets)]


def _of_change(unit: str, change: Change, secrets: Secrets) -> Iterator[Risk]:
    found = list(seen_in(change))
    # What is told is what can be told by whoever does not know the secret.
    blind = _seen_blind(change) if found and change.values.is_marked else None
    for rule, seen in found:
        told_blind = blind is None or (rule.name, seen.why) in blind
        why = _cut(secrets.taken_from(seen.why)) if told_blind else NOT_TOLD
        # Thousands are seen for one reason, which is kept once.
        yield Risk(rule.name, seen.severity or rule.severity, unit, intern(why), change.address)
    change.values.let_go()


def _cut(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"


def _seen_blind(change: Change) -> set[tuple[str, str]]:
    """What rules see where everything that is marked is masked."""
    marks = both_marks(*change.values.marks)
    values = change.values.with_sides(masked(change.values.before, marks), masked(change.values.after, marks))
    return {(rule.name, seen.why) for rule, seen in seen_in(msgspec.structs.replace(change, values=values))}


def _risk_of(rule: Rule, unit: str, why: str, address: str | None = None) -> Risk:
    return Risk(rule.name, rule.severity, unit, why, address)


def _of_plan(unit: str, plan: PlanJson, secrets: Secrets) -> Iterator[Risk]:
    mocked = tuple(map(secrets.taken_from, mocked_units(plan)))
    if mocked:
        yield _risk_of(whole.MOCKED, unit, f"Mocked: {all_told(mocked)}.")
    if _ACTIONS_KEY in plan.unknown_keys:
        yield _risk_of(BY_NAME["unknown-action"], unit, "It invokes actions, of which Terraform's own output tells.")
    if plan.errored:
        yield _risk_of(whole.ERRORED, unit, "Terraform says that it ended in an error.")
    if not plan.complete and not plan.errored:
        put_off = [f"{told(each.resource_change.address)} ({told(each.reason)})" for each in plan.deferred_changes]
        why = f"Put off: {', '.join(put_off[:5])}." if put_off else "Terraform says that it is not complete."
        yield _risk_of(whole.INCOMPLETE, unit, why)
    for check in plan.checks:
        if check.status in _FAILED:
            said = [problem.message for each in check.instances for problem in each.problems if problem.message]
            why = quoted(secrets.taken_from(said[0]), 500) if said else f"Its status is {told(check.status)}."
            address = secrets.taken_from(check.address.to_display) or None
            yield _risk_of(whole.CHECK_FAILED, unit, why, address)
    for name, change in plan.output_changes.items():
        if action_of(change.actions) is Action.DELETE:
            yield _risk_of(whole.OUTPUTS_REMOVED, unit, "It goes.", f"output.{name}")


def _of_drift(unit: str, resources: Sequence[Change], drifted: Sequence[Change], secrets: Secrets) -> Iterator[Risk]:
    planned = {each.address: each for each in resources if each.action not in _NOT_NEWS}
    for each in drifted:
        outside = set(_changed_names(each))
        if not outside and each.action is Action.UPDATE:
            # Providers read back nothing as another kind of nothing, right after an apply.
            continue
        change = planned.get(each.address)
        # An update of something else leaves it as it is.
        undone = change is not None and (change.action is not Action.UPDATE or outside & {*_changed_names(change)})
        rule = whole.DRIFT_UNDONE if undone else whole.DRIFT
        yield _risk_of(rule, unit, _drift(each, [secrets.taken_from(name) for name in sorted(outside)]), each.address)


def _drift(change: Change, names: Sequence[str]) -> str:
    """What changed outside, by the names of its attributes alone."""
    if change.action is Action.DELETE:
        return "It was destroyed outside Terraform."
    return f"Changed outside Terraform: {all_told(names)}."


def _changed_names(change: Change) -> Iterator[str]:
    """The attributes that differ, or are known only after apply."""
    before, after, unknown = change.values.before, change.values.after, mapping(change.values.unknown)
    for name in {*mapping(before), *mapping(after), *unknown}:
        one, other = at(before, name), at(after, name)
        nothing = one in _NOTHING and other in _NOTHING
        if (one != other and not nothing) or any_true(unknown.get(name)):
            yield name


def _worst(risks: Sequence[Risk]) -> Mapping[str, Severity]:
    worst: dict[str, Severity] = {}
    for each in risks:
        if each.address is not None and each.severity.at_least(worst.get(each.address, Severity.LOW)):
            worst[each.address] = each.severity
    return worst


def _outputs(plan: PlanJson, secrets: Secrets) -> Iterator[OutputChange]:
    for name, change in sorted(plan.output_changes.items()):
        action = action_of(change.actions)
        if action is not Action.NO_OP:
            yield OutputChange(name, action, *output_sides(Values(change), secrets))


def mocked_units(plan: PlanJson) -> tuple[str, ...]:
    """The dependencies whose outputs were mocked; the variables that look like it where none is named."""
    variables = decoded(plan.variables)
    told = texts(at(variables, "mocked_dependencies", "value"))
    if told:
        return tuple(sorted(told))
    return tuple(sorted(f"variable {name}" for name in mapping(variables) if _is_mocked(at(variables, name, "value"))))


def _is_mocked(value: object) -> bool:
    if isinstance(value, str):
        return _MOCK.search(value) is not None
    return any(map(_is_mocked, inner(value)))


def _notes(plan: PlanJson) -> Iterator[str]:
    if plan.unknown_keys:
        yield f"Parts of the plan that are not known here, from a newer Terraform: {all_told(plan.unknown_keys[:10])}."
    reads = sum(each.mode == "data" and each.change.actions == ("read",) for each in plan.resource_changes)
    if reads:
        yield f"{reads} data sources are read during apply."
    for each in plan.deferred_changes[:10]:
        yield f"Put off to a later plan: {told(each.resource_change.address)} ({told(each.reason)})."


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except (OverflowError, ValueError):
        return None
