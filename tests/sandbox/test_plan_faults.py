"""What may go wrong between a client and SageMaker's training plans, as botocore sees it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from mcp_server.sandbox.control import SandboxControl
from tests.sandbox.conftest import Client, Plan, plan_offerings, refusal

Create = Callable[..., Plan]
SEARCH, CREATE, EXTEND = "SearchTrainingPlanOfferings", "CreateTrainingPlan", "ExtendTrainingPlan"


def names(sagemaker: Any) -> set[str]:
    """The plans that can be seen."""
    pages = sagemaker.get_paginator("list_training_plans").paginate()
    return {each["TrainingPlanName"] for page in pages for each in page["TrainingPlanSummaries"]}


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("throttle", "ThrottlingException", 400),
        ("describe-limit", "ThrottlingException", 400),
        ("quota-zero", "ResourceLimitExceeded", 400),
        ("denied", "AccessDeniedException", 400),
        ("expired-credentials", "ExpiredTokenException", 400),
        ("server-error", "InternalFailure", 500),
        ("unavailable", "ServiceUnavailable", 503),
    ],
)
def test_errors_of_sagemaker(sagemaker: Any, plan_clock: SandboxControl, fault: str, code: str, status: int) -> None:
    """SageMaker's own codes and statuses, for one call; the next is served."""
    plan_clock.arm(SEARCH, fault, calls=1)
    with pytest.raises(ClientError) as caught:
        plan_offerings(sagemaker)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    if fault == "quota-zero":
        assert "reserved-capacity ml.p5.48xlarge instance quota is not sufficient" in response["Error"]["Message"]
    assert plan_offerings(sagemaker)


@pytest.mark.parametrize(("fault", "bought"), [("dead", False), ("act-then-drop", True), ("act-late", False)])
def test_a_purchase_without_an_answer(
    sagemaker: Any, create: Create, plan_clock: SandboxControl, fault: str, bought: bool
) -> None:
    """Nothing was done, or it was done and nobody heard, or it is done after the caller gave up; the name tells."""
    name = f"unheard-{fault}"
    plan_clock.arm(CREATE, fault, calls=1, seconds=90)
    with pytest.raises(ConnectionClosedError):
        create(TrainingPlanName=name)
    assert (name in names(sagemaker)) is bought
    plan_clock.advance(timedelta(minutes=10))
    assert (name in names(sagemaker)) is (fault != "dead")
    offering = plan_offerings(sagemaker)[-1]["TrainingPlanOfferingId"]
    again = {"TrainingPlanName": name, "TrainingPlanOfferingId": offering}
    if fault == "dead":
        sagemaker.create_training_plan(**again)
    else:
        assert refusal(sagemaker.create_training_plan, **again)[0] == "ResourceInUse"


def test_a_plan_that_is_seen_late(sagemaker: Any, plan_clock: SandboxControl) -> None:
    """Its purchase answers with its ARN; lists and descriptions show it later, but its name is taken at once."""
    offering = plan_offerings(sagemaker)[-1]["TrainingPlanOfferingId"]
    bought = {"TrainingPlanName": "seen-late", "TrainingPlanOfferingId": offering}
    plan_clock.arm(CREATE, "reservation-late", calls=1, seconds=60)
    assert sagemaker.create_training_plan(**bought)["TrainingPlanArn"].endswith("/seen-late")
    assert "seen-late" not in names(sagemaker)
    assert refusal(sagemaker.describe_training_plan, TrainingPlanName="seen-late")[0] == "ResourceNotFound"
    assert refusal(sagemaker.create_training_plan, **bought)[0] == "ResourceInUse"
    plan_clock.advance(timedelta(seconds=60))
    assert "seen-late" in names(sagemaker)


def test_tags_that_are_seen_late(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """The plan is there without its tags, which come later."""
    plan_clock.arm(CREATE, "tag-late", calls=1, seconds=60)
    arn = create(Tags=[{"Key": "mine", "Value": "1"}])["TrainingPlanArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
    plan_clock.advance(timedelta(seconds=60))
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "mine", "Value": "1"}]


def test_extensions_that_are_lost_or_seen_late(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """An extension that nobody heard of is in the history, one that is visible late only after a while."""
    plan = {"TrainingPlanArn": create()["TrainingPlanArn"]}

    def extend() -> Any:
        offered = sagemaker.search_training_plan_offerings(**plan)["TrainingPlanExtensionOfferings"][0]
        return sagemaker.extend_training_plan(
            TrainingPlanExtensionOfferingId=offered["TrainingPlanExtensionOfferingId"]
        )

    def known() -> int:
        return len(sagemaker.describe_training_plan_extension_history(**plan)["TrainingPlanExtensions"])

    plan_clock.advance(timedelta(minutes=5))
    plan_clock.arm(EXTEND, "act-then-drop", calls=1)
    with pytest.raises(ConnectionClosedError):
        extend()
    assert known() == 1
    plan_clock.advance(timedelta(minutes=5))
    plan_clock.arm(EXTEND, "history-late", calls=1, seconds=60)
    assert len(extend()["TrainingPlanExtensions"]) == 2
    assert known() == 1
    plan_clock.advance(timedelta(seconds=60))
    assert known() == 2


def test_a_price_that_moved(make_client: Client, plan_clock: SandboxControl) -> None:
    """From then on every plan of the region costs more, and what was offered before is gone."""
    sagemaker = make_client("sagemaker", "ap-northeast-1", None)
    before = plan_offerings(sagemaker)
    plan_clock.arm("*", "price-moved", region="ap-northeast-1", percent=Decimal(10))
    after = plan_offerings(sagemaker)
    assert [round(Decimal(each["UpfrontFee"]) * Decimal("1.1")) for each in before] == [
        round(Decimal(each["UpfrontFee"])) for each in after
    ]
    stale = before[-1]["TrainingPlanOfferingId"]
    refused = refusal(sagemaker.create_training_plan, TrainingPlanName="stale", TrainingPlanOfferingId=stale)
    assert refused[0] == "ResourceNotFound"


def test_an_offering_that_is_gone(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """Somebody else buys it first; a search may also find nothing at all; an extension may be gone as well."""
    plan_clock.arm(CREATE, "offering-gone", calls=1)
    assert refusal(create)[0] == "ResourceNotFound"
    plan_clock.arm(SEARCH, "offering-gone", calls=1)
    assert plan_offerings(sagemaker) == []
    arn = create()["TrainingPlanArn"]
    plan_clock.advance(timedelta(minutes=5))
    offered = sagemaker.search_training_plan_offerings(TrainingPlanArn=arn)["TrainingPlanExtensionOfferings"][0]
    plan_clock.arm(EXTEND, "offering-gone", calls=1)
    refused = refusal(
        sagemaker.extend_training_plan,
        TrainingPlanExtensionOfferingId=offered["TrainingPlanExtensionOfferingId"],
    )
    assert refused[0] == "ResourceNotFound"
