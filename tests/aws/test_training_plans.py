"""How odd answers about training plans are read: all that SageMaker's own model allows it to leave out or to add."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from mcp_server.aws import training_plans
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.capacity.extensions import ExtensionProbe
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.owned import ExtensionState, OwnedReservation, ReservationState
from mcp_server.capacity.plans import PlanProbe, TargetResource

ACCOUNT = "111122223333"
NAME = "pretrain"
ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-plan/{NAME}"
START = datetime(2026, 12, 4, 11, 30, tzinfo=UTC)
DAY = timedelta(days=1)
PROBE = PlanProbe(CATALOGUE["p5.48xlarge"], 8, 1, TargetResource.TRAINING_JOB, None, None)
BARE = {"TrainingPlanArn": ARN, "TrainingPlanName": NAME, "Status": "Scheduled"}
PART = {
    "ReservedCapacityArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:reserved-capacity/0123456789ab",
    "InstanceType": "ml.p5.48xlarge",
    "TotalInstanceCount": 8,
    "Status": "Scheduled",
}
TIMES = {"StartTime": START, "EndTime": START + DAY}
OFFERED = {
    "InstanceType": "ml.p5.48xlarge",
    "InstanceCount": 8,
    "AvailabilityZone": "us-east-1a",
    **TIMES,
}
OFFERING = {
    "TrainingPlanOfferingId": "tpo-0123456789abcdef",
    "TargetResources": ["training-job"],
    "UpfrontFee": "7930.50",
    "CurrencyCode": "USD",
    "ReservedCapacityOfferings": [OFFERED],
}
EXTENSION = {
    "TrainingPlanExtensionOfferingId": "tpeo-0123456789abcdef",
    "ExtendedAt": START,
    "StartDate": START + DAY,
    "EndDate": START + 2 * DAY,
    "UpfrontFee": "7930.50",
    "CurrencyCode": "USD",
}

Answered = Callable[[str, dict[str, Any]], Any]


@pytest.fixture
def answered() -> Iterator[Answered]:
    """A client whose next answers are given; botocore holds each against SageMaker's model."""
    config = Config(retries={"total_max_attempts": 1})
    client: Any = boto3.client(
        "sagemaker", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b", config=config
    )
    with Stubber(client) as stubber:

        def answer(operation: str, body: dict[str, Any]) -> Any:
            stubber.add_response(operation, body)
            return client

        yield answer
    client.close()


def described(answered: Answered, **members: Any) -> OwnedReservation:
    """A plan of which these members are told."""
    client = answered("describe_training_plan", BARE | members)
    return training_plans.describe_plan(client, ACCOUNT, NAME)


def found(answered: Answered, *offerings: dict[str, Any]) -> list[str]:
    """The ids of what is read of these offerings."""
    client = answered("search_training_plan_offerings", {"TrainingPlanOfferings": list(offerings)})
    return [each.id for each in training_plans.search_offerings(client, ACCOUNT, PROBE, {})]


def test_a_plan_of_which_nothing_more_is_told(answered: Answered) -> None:
    """It may be there at any time, is of a type that nobody knows, and its fee is unknown, not nothing."""
    plan = described(answered)
    assert plan.start < START - 1000 * DAY
    assert (plan.end, plan.usable_end, plan.count, plan.kind, plan.instance_type) == (None, None, 0, None, "unknown")
    assert plan.plan
    assert (plan.plan.parts, plan.plan.fee, plan.plan.spare, plan.free) == ((), None, None, None)
    assert plan.plan.target is TargetResource.HYPERPOD


def test_parts_without_times_tell_the_type_alone(answered: Answered) -> None:
    """A plan that failed may never have had any; those that have some are in the order in which they run."""
    later = PART | {"StartTime": START + 5 * DAY, "EndTime": START + 6 * DAY}
    plan = described(answered, ReservedCapacitySummaries=[PART])
    assert (plan.instance_type, plan.plan and plan.plan.parts) == ("p5.48xlarge", ())
    plan = described(answered, ReservedCapacitySummaries=[later, PART, PART | TIMES])
    assert plan.plan
    assert [each.start for each in plan.plan.parts] == [START, START + 5 * DAY]
    assert (plan.start, plan.end) == (START, START + 6 * DAY)


@pytest.mark.parametrize("words", ["Cancelled", "scheduled", "PaymentFailed"])
def test_a_status_that_nobody_knows(answered: Answered, words: str) -> None:
    """It is kept in AWS's word, and the plan counts as owned: nothing is freed by what is not understood."""
    plan = described(answered, Status=words, ReservedCapacitySummaries=[PART | TIMES])
    assert (plan.state, plan.words, plan.state.over) == (ReservationState.OTHER, words, False)


def test_types_and_targets_that_nobody_knows(answered: Answered) -> None:
    """A new type keeps SageMaker's name; of targets that are new, or several, the shortest usable end is assumed."""
    plan = described(
        answered,
        TargetResources=["training-job", "hyperpod-cluster"],
        ReservedCapacitySummaries=[PART | TIMES | {"InstanceType": "ml.p9.48xlarge"}],
    )
    assert (plan.instance_type, plan.kind) == ("ml.p9.48xlarge", None)
    assert plan.end
    assert plan.usable_end == plan.end - timedelta(minutes=60)
    plan = described(answered, TargetResources=["moon-base"], ReservedCapacitySummaries=[PART | TIMES], **TIMES)
    assert plan.usable_end == START + DAY - timedelta(minutes=60)


def test_offerings_of_another_type_are_not_taken(answered: Answered) -> None:
    """Neither one of which a part is of another, or of a new type, nor one without parts."""
    other = OFFERED | {"InstanceType": "ml.p5e.48xlarge"}
    new = OFFERED | {"UltraServerType": "ml.u-p9x72", "UltraServerCount": 1}
    odd = [OFFERING | {"ReservedCapacityOfferings": rows} for rows in ([OFFERED, other], [new], [])]
    assert found(answered, *odd, OFFERING) == [OFFERING["TrainingPlanOfferingId"]]
    assert found(answered) == []


@pytest.mark.parametrize("missing", ["UpfrontFee", "CurrencyCode", "ReservedCapacityOfferings"])
def test_an_offering_that_lacks_its_terms_is_a_failure(answered: Answered, missing: str) -> None:
    """Not an offering without a fee, and not `no capacity`."""
    assert_illegible(lambda: found(answered, {name: each for name, each in OFFERING.items() if name != missing}))


def test_a_fee_that_is_no_number_is_a_failure(answered: Answered) -> None:
    """Whatever the words are."""
    assert_illegible(lambda: found(answered, OFFERING | {"UpfrontFee": "1.2.3"}))


@pytest.mark.parametrize("missing", ["ExtendedAt", "StartDate", "EndDate", "UpfrontFee"])
def test_an_extension_that_cannot_be_read_is_not_passed_over(answered: Answered, missing: str) -> None:
    """It may be the one that was just bought."""
    plan = described(answered, ReservedCapacitySummaries=[PART | TIMES])
    row = {name: each for name, each in EXTENSION.items() if name != missing}
    client = answered("describe_training_plan_extension_history", {"TrainingPlanExtensions": [EXTENSION, row]})
    assert_illegible(lambda: training_plans.describe_plan_extensions(client, [plan]))


@pytest.mark.parametrize(
    ("status", "payment", "state"),
    [
        ("Active", "Completed", ExtensionState.PAYMENT_SUCCEEDED),
        ("Scheduled", None, ExtensionState.PAYMENT_SUCCEEDED),
        ("Pending", "Pending", ExtensionState.PAYMENT_PENDING),
        ("Scheduled", "Pending", ExtensionState.PAYMENT_PENDING),
        ("Pending", "Failed", ExtensionState.PAYMENT_FAILED),
        ("Failed", "Refunded", ExtensionState.PAYMENT_FAILED),
        ("Suspended", "Settled", ExtensionState.OTHER),
        (None, None, ExtensionState.OTHER),
    ],
)
def test_both_words_of_an_extension(
    answered: Answered, status: str | None, payment: str | None, state: ExtensionState
) -> None:
    """A failure in either frees the money, what is pending in either is; words that nobody knows free nothing."""
    plan = described(answered, ReservedCapacitySummaries=[PART | TIMES])
    words = {name: each for name, each in (("Status", status), ("PaymentStatus", payment)) if each}
    client = answered("describe_training_plan_extension_history", {"TrainingPlanExtensions": [EXTENSION | words]})
    (extension,) = training_plans.describe_plan_extensions(client, [plan])
    assert (extension.state, extension.fee) == (state, Decimal("7930.50"))


def test_no_extension_offerings_where_the_member_is_left_out(answered: Answered) -> None:
    """An answer without the member that its model leaves open offers none."""
    plan = described(answered, ReservedCapacitySummaries=[PART | TIMES])
    client = answered("search_training_plan_offerings", {"TrainingPlanOfferings": []})
    assert training_plans.search_extensions(client, plan, ExtensionProbe(ARN, 1, of_plan=True), {}) == []


def assert_illegible(read: Callable[[], object]) -> None:
    """It is AWS's failure, in words that a person can act upon."""
    with pytest.raises(AwsFailure, match="cannot be read") as caught:
        read()
    assert caught.value.kind is FailureKind.AWS_ERROR
