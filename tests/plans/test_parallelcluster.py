"""Verdicts of ParallelCluster in a review: they take the place of the static rules, and only there."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings

from mcp_server.monorepo.plans.parallelcluster import (
    Answer,
    Answers,
    Ask,
    NotAsked,
    Outcome,
    Question,
    Verdict,
    ask_nobody,
)
from mcp_server.monorepo.plans.risks import Risk, Severity
from mcp_server.monorepo.plans.roll_up import Review
from mcp_server.monorepo.plans.summary import to_json
from tests.plans.generated import SECRET, plans
from tests.plans.parallelclusters import ADDRESS, changed, queue, recorded_change, reviewed
from tests.plans.test_roll_up import plan

REFUSED = Verdict("HeadNode.InstanceType", Outcome.REFUSED, "UNSUPPORTED", "Not supported", "Restore it to 'a'.")
NEEDED = Verdict("Scheduling.SlurmQueues[cpu].MaxCount", Outcome.ACTION_NEEDED, "RESIZE", "Nodes must stop", "Stop")
ALLOWED = Verdict("Tags[Project].Value", Outcome.ALLOWED, "SUPPORTED")


def answering(*verdicts: Verdict, trouble: str = "", asked: list[Question] | None = None) -> Ask:
    """Somebody who says the same of every configuration."""

    def ask(questions: Sequence[Question]) -> Answers:
        if asked is not None:
            asked.extend(questions)
        return Answers("3.16.1", tuple(Answer(verdicts, trouble) for _ in questions))

    return ask


def of_cluster(review: Review) -> list[Risk]:
    """The risks of ParallelCluster's two rules."""
    return [each for each in review.summary.risks if each.rule.startswith("parallelcluster-")]


def two_sizes(configuration: dict[str, Any]) -> None:
    """Two changes that static rules see as well."""
    configuration["HeadNode"]["InstanceType"] = "m7i.4xlarge"
    queue(configuration, "cpu")["ComputeResources"][0]["MaxCount"] = 8


def test_verdicts_take_the_place_of_static_rules() -> None:
    """With path, policy, and what ParallelCluster says is to be done."""
    review = reviewed(changed(two_sizes), answering(REFUSED, NEEDED, ALLOWED))
    refused, stops = of_cluster(review)
    assert (refused.rule, refused.severity, refused.address) == ("parallelcluster-refused", Severity.HIGH, ADDRESS)
    assert refused.why == "HeadNode.InstanceType (UNSUPPORTED): \"Not supported. Restore it to 'a'.\""
    assert (stops.rule, stops.severity) == ("parallelcluster-stops-nodes", Severity.MEDIUM)
    assert stops.why == 'Scheduling.SlurmQueues[cpu].MaxCount (RESIZE): "Nodes must stop. Stop."'
    (note,) = review.summary.units[0].notes
    assert note.startswith("ParallelCluster 3.16.1 itself was asked")
    assert note.endswith(": 1 refused, 1 refused while nodes run, 1 allowed.")


def test_what_parallelcluster_allows_is_no_risk() -> None:
    """The severity of the change goes with the risks."""
    with_static, asked = (reviewed(changed(two_sizes), ask) for ask in (ask_nobody, answering(ALLOWED)))
    assert [each.severity for each in with_static.summary.units[0].changes] == [Severity.HIGH]
    assert not of_cluster(asked)
    assert [each.severity for each in asked.summary.units[0].changes] == [None]


@pytest.mark.parametrize(("strategy", "severity"), [("DRAIN", Severity.LOW), ("TERMINATE", Severity.MEDIUM)])
def test_what_only_the_strategy_allows_still_stops_nodes(strategy: str, severity: Severity) -> None:
    """With DRAIN jobs end by themselves."""
    verdict = Verdict("Scheduling.X", Outcome.ALLOWED, "QUEUE_UPDATE_STRATEGY", strategy=strategy)
    (risk,) = of_cluster(reviewed(changed(two_sizes), answering(verdict)))
    assert (risk.rule, risk.severity) == ("parallelcluster-stops-nodes", severity)
    assert f"QueueUpdateStrategy is {strategy}" in risk.why


def test_where_nobody_was_asked_static_rules_stand_and_a_note_says_how() -> None:
    """As for whoever only reads files."""
    review = reviewed(changed(two_sizes), ask_nobody)
    assert {each.rule for each in of_cluster(review)} == {"parallelcluster-refused", "parallelcluster-stops-nodes"}
    (note,) = review.summary.units[0].notes
    assert note.startswith("ParallelCluster itself was not asked what it does with module.parallelcluster.")
    assert "make .venv-pcluster/.made" in note


def test_a_failure_to_ask_is_a_note() -> None:
    """Static rules stand then too."""

    def ask(_questions: Sequence[Question]) -> Answers:
        raise NotAsked("it did not answer within 60 seconds.")

    for each in (ask, answering(trouble="AttributeError")):
        review = reviewed(changed(two_sizes), each)
        assert len(of_cluster(review)) == 2
        assert "was not asked" in review.summary.units[0].notes[0]


def test_it_is_asked_once_and_only_of_what_is_changed_in_place() -> None:
    """A cluster that is made or destroyed has no update, and neither has one whose configuration stays."""
    asked: list[Question] = []
    reviewed(changed(two_sizes), answering(asked=asked))
    assert len(asked) == 1
    made = recorded_change()
    made["change"] |= {"actions": ["create"], "before": None}
    for text in (plan(made), plan(), changed(lambda _: None)):
        assert not reviewed(text, answering(REFUSED, asked=asked)).summary.units[0].notes
    assert len(asked) == 1


def test_a_cluster_of_another_version_is_told() -> None:
    """Policies change from one version to the next."""
    made = recorded_change()
    made["change"]["before"]["version"] = "3.14.0"
    (unit,) = reviewed(plan(made), answering(ALLOWED)).summary.units
    assert unit.notes[0].endswith("The cluster is of 3.14.0, whose policy may differ.")


@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
@pytest.mark.parametrize("ask", [ask_nobody, answering(REFUSED, NEEDED)], ids=["static", "asked"])
def test_nothing_of_a_sensitive_configuration_is_told(side: str, ask: Ask) -> None:
    """Neither by the verdicts, which name paths and values, nor by the rules; but that there is something is told."""

    def edit(configuration: dict[str, Any]) -> None:
        two_sizes(configuration)
        del queue(configuration, "train")["ComputeResources"][0]["CapacityReservationTarget"]

    review = reviewed(changed(edit, **{side: {"cluster_configuration": True}}), ask)
    rules = {each.rule for each in review.summary.risks}
    assert {"parallelcluster-refused", "parallelcluster-stops-nodes", "reservation-lost"} <= rules
    for risk in review.summary.risks:
        assert "sensitive" in risk.why
        for word in ("HeadNode", "m7i", "cpu", "MaxCount", "cr-0", "Restore"):
            assert word not in risk.why


def test_another_secret_of_the_cluster_is_masked_in_what_parallelcluster_says() -> None:
    """Wherever it repeats a value that is marked elsewhere."""
    made = recorded_change()
    made["change"]["after"]["region"] = "hunter2-secret"
    made["change"]["after_sensitive"] = {"region": True}
    verdict = Verdict("X", Outcome.REFUSED, "UNSUPPORTED", "No", "Restore 'X' to 'hunter2-secret'.")
    (risk,) = of_cluster(reviewed(plan(made), answering(verdict)))
    assert risk.why == "X (UNSUPPORTED): \"No. Restore 'X' to '(sensitive)'.\""


@settings(max_examples=150, deadline=None)
@given(plans())
def test_no_byte_of_a_secret_is_told_though_parallelcluster_repeats_all_that_it_is_asked(made: dict[str, Any]) -> None:
    """Whatever is marked, wherever, in the plan."""

    def ask(questions: Sequence[Question]) -> Answers:
        said = [Verdict(each.before, Outcome.REFUSED, "UNSUPPORTED", each.after, each.before) for each in questions]
        return Answers("3.16.1", tuple(Answer((each,)) for each in said))

    review = reviewed(json.dumps(made).encode(), ask)
    assert SECRET not in to_json(review.summary).decode()


def test_words_of_a_configuration_end_no_sentence_of_ours() -> None:
    """Names of queues are anybody's, and ParallelCluster repeats values."""
    verdict = Verdict("SlurmQueues[a. Nothing happens.\n]", Outcome.REFUSED, "U", 'Restore "x". All is well.\n', "Wait")
    (risk,) = of_cluster(reviewed(changed(two_sizes), answering(verdict)))
    assert risk.why == "SlurmQueues[a._Nothing_happens._] (U): \"Restore 'x'. All is well. . Wait.\""
