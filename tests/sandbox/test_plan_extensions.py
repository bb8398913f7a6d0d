"""More time for a training plan that is owned."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mcp_server.sandbox.control import SandboxControl
from tests.sandbox.conftest import START, Client, Plan, plan_offerings, refusal

Create = Callable[..., Plan]
PAYMENT = timedelta(minutes=5)


@pytest.fixture
def plan(create: Create, plan_clock: SandboxControl) -> Plan:
    """A scheduled plan of one ml.p5.48xlarge for a day."""
    bought = create()
    plan_clock.advance(PAYMENT)
    return bought


def offered(sagemaker: Any, plan: Plan, hours: int | None = 24) -> list[Plan]:
    """How a plan could be extended."""
    asked = {} if hours is None else {"DurationHours": hours}
    answer = sagemaker.search_training_plan_offerings(TrainingPlanArn=plan["TrainingPlanArn"], **asked)
    assert answer["TrainingPlanOfferings"] == []
    return answer["TrainingPlanExtensionOfferings"]


def extend(sagemaker: Any, plan: Plan, hours: int = 24) -> list[Plan]:
    """Buy the extension that is offered; all extensions of the plan."""
    offering = offered(sagemaker, plan, hours)[0]["TrainingPlanExtensionOfferingId"]
    return sagemaker.extend_training_plan(TrainingPlanExtensionOfferingId=offering)["TrainingPlanExtensions"]


def end(sagemaker: Any, plan: Plan) -> datetime:
    """When the plan ends as of now, which its last reserved capacity says, too."""
    now = sagemaker.describe_training_plan(TrainingPlanName=plan["TrainingPlanName"])
    assert now["ReservedCapacitySummaries"][-1]["EndTime"] == now["EndTime"]
    assert now["TrainingPlanArn"] == plan["TrainingPlanArn"]
    assert now["UpfrontFee"] == plan["UpfrontFee"]
    return now["EndTime"]


def history(sagemaker: Any, plan: Plan, **paging: Any) -> list[tuple[str, str]]:
    """What the history says of each extension and its payment, over all pages."""
    pages = sagemaker.get_paginator("describe_training_plan_extension_history").paginate(
        TrainingPlanArn=plan["TrainingPlanArn"], PaginationConfig=paging
    )
    return [(each["Status"], each["PaymentStatus"]) for page in pages for each in page["TrainingPlanExtensions"]]


def test_an_extension_begins_where_the_plan_ends(sagemaker: Any, plan: Plan) -> None:
    """It is contiguous, in the same zone, in whole days, at the plan's rate."""
    for hours, days in ((30, 2), (48, 2), (None, 1)):
        (found,) = offered(sagemaker, plan, hours)
        assert found["StartDate"] == plan["EndTime"]
        assert found["EndDate"] == plan["EndTime"] + timedelta(days=days)
        assert found["DurationHours"] == 24 * days
        assert Decimal(found["UpfrontFee"]) == pytest.approx(days * Decimal("1098.42"), abs=Decimal("0.01"))
        assert found["AvailabilityZone"] == plan["ReservedCapacitySummaries"][0]["AvailabilityZone"]
        assert found["TrainingPlanExtensionOfferingId"].startswith("tpeo-")


def test_the_end_moves_when_the_extension_is_paid(sagemaker: Any, plan: Plan, plan_clock: SandboxControl) -> None:
    """Pending, Scheduled, Active, Expired; the plan keeps its ARN and what it cost, and becomes longer."""
    (bought,) = extend(sagemaker, plan)
    assert (bought["Status"], bought["PaymentStatus"], end(sagemaker, plan)) == ("Pending", "Pending", plan["EndTime"])
    assert START + PAYMENT <= bought["ExtendedAt"] < START + 2 * PAYMENT
    assert bought["AvailabilityZoneId"] == plan["ReservedCapacitySummaries"][0]["AvailabilityZoneId"]
    plan_clock.advance(PAYMENT)
    assert end(sagemaker, plan) == bought["EndDate"] == plan["EndTime"] + timedelta(days=1)
    now = sagemaker.describe_training_plan(TrainingPlanName=plan["TrainingPlanName"])
    assert now["DurationHours"] == plan["DurationHours"] + 24
    found = []
    for moment in (plan["StartTime"], bought["StartDate"], bought["EndDate"]):
        plan_clock.set_clock(moment)
        status = sagemaker.describe_training_plan(TrainingPlanName=plan["TrainingPlanName"])["Status"]
        found.append((status, *history(sagemaker, plan)))
    assert found == [
        ("Active", ("Scheduled", "Completed")),
        ("Active", ("Active", "Completed")),
        ("Expired", ("Expired", "Completed")),
    ]


def test_a_failed_payment_leaves_the_end(sagemaker: Any, plan: Plan, plan_clock: SandboxControl) -> None:
    """The plan ends as planned, and can be extended again; the history keeps both, the older first, over pages."""
    plan_clock.arm("ExtendTrainingPlan", "payment-fails", calls=1)
    extend(sagemaker, plan)
    plan_clock.advance(timedelta(hours=12))
    assert end(sagemaker, plan) == plan["EndTime"]
    assert [each["Status"] for each in extend(sagemaker, plan, 48)] == ["Failed", "Pending"]
    assert history(sagemaker, plan, PageSize=1) == [("Failed", "Failed"), ("Pending", "Pending")]


def test_one_extension_at_a_time_any_number_of_times(sagemaker: Any, plan: Plan, plan_clock: SandboxControl) -> None:
    """While one waits for its payment there is no other; then the next begins where it ends."""
    for days in (1, 2):
        assert len(extend(sagemaker, plan)) == days
        code, message = refusal(offered, sagemaker, plan)
        assert (code, "payment is pending" in message) == ("ValidationException", True)
        plan_clock.advance(PAYMENT)
        assert end(sagemaker, plan) == plan["EndTime"] + timedelta(days=days)


def test_a_plan_is_extended_from_57_days_to_an_hour_before_its_end(
    sagemaker: Any, create: Create, plan_clock: SandboxControl
) -> None:
    """Not before its payment, not earlier, not later, not afterwards."""
    long = create(of=plan_offerings(sagemaker, DurationHours=24 * 63)[-1])
    assert "is Pending" in refusal(offered, sagemaker, long)[1]
    for moment, words in (
        (long["EndTime"] - timedelta(days=57, minutes=1), "from 57 days to 1 hour"),
        (long["EndTime"] - timedelta(days=57), None),
        (long["EndTime"] - timedelta(minutes=61), None),
        (long["EndTime"] - timedelta(minutes=59), "from 57 days to 1 hour"),
        (long["EndTime"], "is Expired"),
    ):
        plan_clock.set_clock(moment)
        if words is None:
            offered(sagemaker, long)
        else:
            code, message = refusal(offered, sagemaker, long)
            assert (code, words in message) == ("ValidationException", True)


@pytest.mark.parametrize("days", [15, 183])
def test_durations_that_do_not_exist(sagemaker: Any, plan: Plan, days: int) -> None:
    """Whole days up to 14, then whole weeks up to 182 days."""
    assert refusal(offered, sagemaker, plan, 24 * days)[0] == "ValidationException"


def test_a_plan_in_two_parts_goes_on_after_its_last(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """It can be extended while it waits between them, and the first part stays as it was."""
    split = create(of=plan_offerings(sagemaker, InstanceCount=16, DurationHours=24 * 28)[0])
    first, last = split["ReservedCapacitySummaries"]
    plan_clock.set_clock(first["EndTime"])
    while not (found := offered(sagemaker, split)):
        plan_clock.advance(timedelta(days=1))
    assert found[0]["StartDate"] == last["EndTime"]
    extend(sagemaker, split)
    plan_clock.advance(PAYMENT)
    now = sagemaker.describe_training_plan(TrainingPlanName=split["TrainingPlanName"])["ReservedCapacitySummaries"]
    assert [each["EndTime"] for each in now] == [first["EndTime"], last["EndTime"] + timedelta(days=1)]


def test_an_extension_offering_is_sold_once_to_the_owner(sagemaker: Any, plan: Plan, auditor: Client) -> None:
    """Nobody else has the plan, and nothing is sold twice."""
    offering = offered(sagemaker, plan)[0]["TrainingPlanExtensionOfferingId"]
    other = auditor("sagemaker")
    bought = {"TrainingPlanExtensionOfferingId": offering}
    assert refusal(other.extend_training_plan, **bought)[0] == "ResourceNotFound"
    sagemaker.extend_training_plan(**bought)
    assert refusal(sagemaker.extend_training_plan, **bought)[0] == "ResourceNotFound"
    for call, arguments in ((offered, (other, plan)), (history, (other, plan))):
        assert refusal(call, *arguments)[0] == "ResourceNotFound"
    assert len(history(sagemaker, plan)) == 1
