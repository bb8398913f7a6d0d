"""What is sensitive is in nothing that is made of a plan."""

import gzip
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from mcp_server.monorepo.plans.choosing import Wanted, narrowed
from mcp_server.monorepo.plans.plan_files import FoundPlan
from mcp_server.monorepo.plans.roll_up import Review, roll_up
from mcp_server.monorepo.plans.rules import BY_NAME
from mcp_server.monorepo.plans.summary import from_json, to_json
from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.render.plan_comments import plan_comment
from mcp_server.render.plan_text import plan_page
from mcp_server.tools.plan_answers import plan_result, plan_text
from tests.plans.generated import SECRET, plans
from tests.plans.test_risks import INDEX, RISKS
from tests.plans.test_roll_up import change
from tests.plans.test_roll_up import plan as plan_of

NOW = datetime(2026, 11, 29, 13, tzinfo=UTC)


def reviewed(plan: dict[str, Any]) -> Review:
    """The review of a plan, of a unit called a/b."""
    return roll_up("a/b", [FoundPlan("a/b", read_plan(json.dumps(plan).encode()), "00")], None, now=NOW)


def everything_shown(review: Review) -> list[str]:
    """Every form in which a plan is shown, with all details."""
    summary = review.summary
    results = [
        plan_result(review, narrowed(summary, Wanted()), page=1, detailed=detailed, now=NOW, notes=())
        for detailed in (False, True)
    ]
    return [
        *(each.model_dump_json() for each in results),
        *(plan_text(each) for each in results),
        plan_comment(review, summary, NOW),
        plan_page(summary, NOW),
        to_json(review.whole()).decode(),
    ]


@settings(max_examples=150, deadline=None)
@given(plans())
def test_no_byte_of_a_secret_is_shown(plan: dict[str, Any]) -> None:
    """Marked before or after, nested, in maps, lists, documents, outputs and drift; and what is never shown at all."""
    for text in everything_shown(reviewed(plan)):
        assert SECRET not in text


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(plans())
def test_no_byte_of_a_secret_is_shown_in_thousands_of_plans(plan: dict[str, Any]) -> None:
    """The same for longer."""
    for text in everything_shown(reviewed(plan)):
        assert SECRET not in text


@settings(max_examples=60, deadline=None)
@given(plans())
def test_a_summary_is_the_same_when_it_is_read_again(plan: dict[str, Any]) -> None:
    """Whoever reviews without credentials sees what was seen where it was planned."""
    whole = reviewed(plan).whole()
    assert from_json(to_json(whole)) == whole


def test_secrets_are_shown_where_they_are_not_marked() -> None:
    """Else the tests above could not fail."""
    resource = {
        "address": "a.b",
        "mode": "managed",
        "type": "a",
        "change": {
            "actions": ["update"],
            "before": {"x": SECRET},
            "after": {"x": "y"},
            "before_sensitive": {},
            "after_sensitive": {},
        },
    }
    plan = {"format_version": "1.2", "resource_changes": [resource]}
    shown = everything_shown(reviewed(plan))
    assert sum(SECRET in each for each in shown) == 4
    resource["change"]["after_sensitive"] = {"x": True}
    assert not any(SECRET in each for each in everything_shown(reviewed(plan)))


def told_of(kind: str, before: Any, after: Any, **marks: Any) -> list[str]:
    """Why rules see a risk in an update of one resource."""
    sides = {"before_sensitive": False, "after_sensitive": False, **marks}
    resource = change(f"{kind}.this", "update", before=before, after=after, **sides)
    risks = reviewed({"format_version": "1.2", "resource_changes": [resource]}).summary.risks
    assert risks
    return [each.why for each in risks]


@pytest.mark.parametrize("secret", ["correct horse battery", "A" * 250, "pa<ss>wo`rd", "abc"])
def test_a_reason_with_a_secret_is_not_told(secret: str) -> None:
    """However it would be spelt as a word: with lines for spaces, cut, or too short to be found by itself."""
    whys = told_of("helm_release", {"version": secret}, {"version": "2"}, before_sensitive={"version": True})
    assert whys == ["The reason holds a sensitive value and is not told."]


def test_no_part_of_a_marked_document_is_told() -> None:
    """That more may do something is told, and not who."""
    policy = '{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"hunterhunter"}}]}'
    whys = told_of(
        "aws_iam_role",
        {"assume_role_policy": "{}"},
        {"assume_role_policy": policy},
        after_sensitive={"assume_role_policy": True},
    )
    assert whys == ["The reason holds a sensitive value and is not told."]


@pytest.mark.parametrize(
    ("secret", "holder"),
    [
        ('ab"cd&ef', {"doc": '{"k": "ab\\"cd&ef"}'}),
        ("abc<def&g", {"doc": '{"k": "abc\\u003cdef\\u0026g"}'}),
        ("first line of it\nsecond line of it", {"user_data": "x:\n  first line of it\n  second line of it\n"}),
        ("s3cr3t-hunter", {"m": {"s3cr3t-hunter": "1"}}),
    ],
)
def test_no_copy_of_a_secret_is_told_in_another_spelling(secret: str, holder: dict[str, Any]) -> None:
    """In documents, line by line, as a key."""
    marked = change("x_secret.a", "no-op", before={"p": secret}, after={"p": secret}, before_sensitive={"p": True})
    other = change("x_t.b", "update", before=dict.fromkeys(holder), after=holder)
    for shown in everything_shown(reviewed({"format_version": "1.2", "resource_changes": [marked, other]})):
        for part in ("cd&ef", "def&g", "second line", "s3cr3t"):
            assert part not in shown


@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
@pytest.mark.parametrize("name", INDEX)
def test_no_rule_tells_what_is_marked(name: str, side: str) -> None:
    """Every recorded plan with all its values marked on one side: each rule still sees what it is for, and no value."""
    plan = json.loads(gzip.decompress((RISKS / f"{name}.json.gz").read_bytes()))
    marked = [*plan.get("resource_changes", []), *plan.get("resource_drift", [])]
    for each in marked:
        each["change"].update(before_sensitive=False, after_sensitive=False)
        each["change"][side] = True
    values = {text for each in marked for key in ("before", "after") for text in telling(each["change"][key])}
    review = roll_up(name, [FoundPlan(name, read_plan(json.dumps(plan).encode()), "")], None, now=NOW).whole()
    assert {each.rule for each in review.risks} >= set(INDEX[name]["rules"]) & BY_NAME.keys()
    said = [each.why for each in review.risks if each.rule != "check-failed"]
    said += [
        f"{attribute.before} {attribute.after}"
        for unit in review.units
        for each in unit.changes
        for attribute in each.attributes
    ]
    assert [(value, text) for value in values for text in said if value in text] == []


def telling(value: Any) -> list[str]:
    """The texts in a value that stand for nothing but themselves."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in telling(each)]
    if isinstance(value, list):
        return [text for each in value for text in telling(each)]
    return [value] if isinstance(value, str) and len(value) > 8 and re.search(r"[/:\d]", value) else []


def test_no_secret_that_terraform_knew_is_shown() -> None:
    """In a plan of Terraform's with secrets in variables, maps, lists, outputs and drift, marked on either side."""
    text = gzip.decompress((RISKS / "secrets.json.gz").read_bytes())
    assert text.count(b"classified") > 20
    for shown in everything_shown(reviewed(json.loads(text))):
        assert "classified" not in shown


def test_a_reason_has_no_part_of_a_long_secret() -> None:
    """What it tells is masked before it is cut."""
    secret = "arn:aws:iam::aws:policy/" + "x" * 230
    text = plan_of(
        change("aws_a.b", "update", before={"a": secret}, after={"a": secret}, before_sensitive={"a": True}),
        change(
            "aws_iam_role_policy_attachment.b", "update", before={"policy_arn": "old"}, after={"policy_arn": secret}
        ),
    )
    shown = everything_shown(reviewed(json.loads(text)))
    assert any("is attached instead" in each for each in shown)
    assert not any(secret[:60] in each for each in shown)


def test_drift_is_told_without_names_that_are_secret() -> None:
    """The keys of a map that is sensitive as a whole are a part of it."""
    drifted = change("aws_a.b", "update", before={"kkeysecret": 1}, after={"kkeysecret": 2}, before_sensitive=True)
    text = plan_of(change("aws_a.c", "create"), resource_drift=[drifted])
    assert not any("kkeysecret" in each for each in everything_shown(reviewed(json.loads(text))))


def test_a_secret_is_found_in_a_document_within_a_document() -> None:
    """What was written as JSON twice is shown as it is after reading it once."""
    secret = 'Pa"ss<w0rd/9'
    copy = json.dumps({"env": json.dumps({"p": secret})})
    text = plan_of(
        change("aws_a.b", "update", before={"a": secret}, after={"a": secret}, before_sensitive={"a": True}),
        change("aws_a.c", "update", before={"b": "{}"}, after={"b": copy}),
    )
    shown = everything_shown(reviewed(json.loads(text)))
    assert not any("ss<w0rd" in each or "ss\\u003cw0rd" in each for each in shown)
