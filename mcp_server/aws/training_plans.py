"""SageMaker training plans: those that AWS offers, those that an account has, and their extensions.

Calls sagemaker:SearchTrainingPlanOfferings, ListTrainingPlans, DescribeTrainingPlan, ListTags and
DescribeTrainingPlanExtensionHistory.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mcp_server.aws.calls import ask, expected
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pages import every_row
from mcp_server.capacity.extensions import ExtensionOffering, ExtensionProbe
from mcp_server.capacity.instance_types import kind_in_plans
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, PlanFacts, ReservationState
from mcp_server.capacity.plans import PlanOffering, PlanProbe
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.capacity.words import word

_SEARCH = "search_training_plan_offerings"
_LIST = "list_training_plans"
_DESCRIBE = "describe_training_plan"
_HISTORY = "describe_training_plan_extension_history"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)

_STATES = {
    "Pending": ReservationState.PAYMENT_PENDING,
    "Scheduled": ReservationState.SCHEDULED,
    "Active": ReservationState.ACTIVE,
    "Expired": ReservationState.EXPIRED,
    "Failed": ReservationState.FAILED,
}
"""A plan's statuses (SageMaker API reference, TrainingPlanSummary) as states of reservations."""

_PAID = {"Completed", "Scheduled", "Active", "Expired"}
"""Words of an extension's Status and PaymentStatus, which are free (SageMaker guide, Extend training plans)."""


def search_offerings(client: Any, account: str, probe: PlanProbe, zone_ids: Mapping[str, str]) -> list[PlanOffering]:
    """What AWS would sell for one probe in the client's region: one answer, without pages.

    zone_ids maps the account's zone names to ids; what it lacks has no id.

    Raises:
        AwsFailure: The call failed; UNSUPPORTED when the region does not sell the type, or no plans at all, QUOTA when
            the account's limit on instances in plans is too small.
    """
    kind = probe.instance_type
    if kind.plan is None:
        return []
    wanted = (
        {"UltraServerType": kind.plan.name, "UltraServerCount": probe.count}
        if kind.ultraserver
        else {"InstanceType": kind.plan.name, "InstanceCount": probe.count}
    )
    answer = ask(
        client,
        _SEARCH,
        DurationHours=probe.days * 24,
        StartTimeAfter=probe.earliest_start,
        EndTimeBefore=probe.latest_end,
        TargetResources=[str(probe.target)],
        **wanted,
    )
    rows: Iterable[dict[str, Any]] = expected(answer, _SEARCH, "TrainingPlanOfferings")
    with _legible(_SEARCH):
        found = [_offering(row, account, client.meta.region_name, probe, zone_ids) for row in rows]
    return [each for each in found if each is not None]


def search_extensions(
    client: Any, plan: OwnedReservation, probe: ExtensionProbe, zone_ids: Mapping[str, str]
) -> list[ExtensionOffering]:
    """What AWS would sell for one probe of a plan in the client's region.

    Raises:
        AwsFailure: The call failed; UNSUPPORTED when the plan is of a type that the catalogue lacks.
    """
    kind = plan.kind
    if kind is None:
        message = f"the plan is of {word(plan.instance_type)}, which is not known here: its rate cannot be told"
        remedy = "Extend it in the AWS console or CLI."
        raise AwsFailure(FailureKind.UNSUPPORTED, _SEARCH, message, remedy=remedy, ours=True)
    answer = ask(client, _SEARCH, TrainingPlanArn=plan.id, DurationHours=probe.days * 24)
    rows: Iterable[dict[str, Any]] = answer.get("TrainingPlanExtensionOfferings") or ()
    with _legible(_SEARCH):
        return [
            ExtensionOffering(
                id=row["TrainingPlanExtensionOfferingId"],
                account=plan.account,
                region=plan.region,
                reservation_id=plan.id,
                instance_type=kind,
                count=plan.count,
                zone=_zone(row, zone_ids),
                start=row["StartDate"],
                end=row["EndDate"],
                fee=Decimal(row["UpfrontFee"]),
                currency=row["CurrencyCode"],
                tenancy="",
                target=plan.plan.target if plan.plan else None,
            )
            for row in rows
        ]


def describe_plans(client: Any, account: str, *, every_tag: bool = False) -> list[OwnedReservation]:
    """The account's plans in the client's region, in every state, over all pages, each with its tags.

    Of those that are over only with every_tag: each takes a call. A region that knows no training plans has none.

    Raises:
        AwsFailure: A call failed.
    """
    plans = list_plans(client, account)
    tagged = (every_tag or not each.state.over for each in plans)
    return [
        replace(each, tags=_tags(client, each.id)) if asked else each for each, asked in zip(plans, tagged, strict=True)
    ]


def list_plans(client: Any, account: str) -> list[OwnedReservation]:
    """The same without their tags, of which each takes a call.

    Raises:
        AwsFailure: The call failed.
    """
    try:
        rows = list(every_row(client, _LIST, "TrainingPlanSummaries"))
    except AwsFailure as failure:
        if failure.kind is FailureKind.UNSUPPORTED:
            return []
        raise
    with _legible(_LIST):
        return [plan_of(row, account, client.meta.region_name) for row in rows]


def describe_plan(client: Any, account: str, name: str) -> OwnedReservation:
    """One plan by its name or ARN, with the state of its instances and without its tags.

    Raises:
        AwsFailure: A call failed, or there is none.
    """
    row = ask(client, _DESCRIBE, TrainingPlanName=name)
    with _legible(_DESCRIBE):
        return plan_of(row, account, client.meta.region_name)


def describe_plan_extensions(client: Any, plans: Sequence[OwnedReservation]) -> list[OwnedExtension]:
    """All pages of the extensions bought for these plans, which are in the client's region.

    Raises:
        AwsFailure: A call failed.
    """
    rows = [
        (row, plan)
        for plan in plans
        for row in every_row(client, _HISTORY, "TrainingPlanExtensions", TrainingPlanArn=plan.id)
    ]
    with _legible(_HISTORY):
        return [extension_of(row, plan) for row, plan in rows]


def plan_of(row: Mapping[str, Any], account: str, region: str) -> OwnedReservation:
    """A plan as SageMaker lists or describes it; one of which it tells no start, nor of its parts, has always been.

    Raises:
        KeyError: It lacks what every plan has.
    """
    words: str = row["Status"]
    summaries: Iterable[dict[str, Any]] = row.get("ReservedCapacitySummaries", ())
    # SageMaker need not tell the times of what came to nothing.
    parts = [_part(each, {}) for each in summaries if each.get("StartTime") and each.get("EndTime")]
    stays = tuple(sorted(parts, key=lambda each: each.start))
    ultraservers: int = row.get("TotalUltraServerCount") or 0
    start: datetime = row.get("StartTime") or (stays[0].start if stays else _EVER)
    return OwnedReservation(
        id=row["TrainingPlanArn"],
        block_id=None,
        account=account,
        region=region,
        instance_type=_type_of(row),
        zone=stays[0].zone if stays else Zone("", None),
        platform="",
        count=ultraservers or row.get("TotalInstanceCount") or max((each.count for each in stays), default=0),
        state=_STATES.get(words, ReservationState.OTHER),
        words=words,
        start=start,
        end=row.get("EndTime") or max((each.end for each in stays), default=None),
        created=None,
        tags=(),
        free=row.get("AvailableInstanceCount"),
        plan=PlanFacts(
            name=row["TrainingPlanName"],
            targets=tuple(row.get("TargetResources", ())),
            parts=stays,
            fee=Decimal(row["UpfrontFee"]) if row.get("UpfrontFee") else None,
            currency=row.get("CurrencyCode", ""),
            instances=row.get("TotalInstanceCount"),
            in_use=row.get("InUseInstanceCount"),
            unhealthy=row.get("UnhealthyInstanceCount"),
            spare=row.get("AvailableSpareInstanceCount"),
        ),
    )


def extension_of(row: Mapping[str, Any], plan: OwnedReservation) -> OwnedExtension:
    """A bought extension as SageMaker tells it of a plan, also in the answer to a purchase.

    Raises:
        KeyError: It lacks what every extension has.
    """
    return OwnedExtension(
        reservation_id=plan.id,
        offering_id=row["TrainingPlanExtensionOfferingId"],
        account=plan.account,
        region=plan.region,
        instance_type=plan.instance_type,
        count=plan.count,
        zone=_zone(row, {}),
        state=_extension_state(row),
        purchased=row["ExtendedAt"],
        start=row["StartDate"],
        end=row["EndDate"],
        fee=Decimal(row["UpfrontFee"]),
        currency=row["CurrencyCode"],
    )


def _extension_state(row: Mapping[str, Any]) -> ExtensionState:
    """What both of its free words say together: a failure first, since that is what frees money."""
    words = {str(row.get("Status", "")), str(row.get("PaymentStatus", ""))}
    if "Failed" in words:
        return ExtensionState.PAYMENT_FAILED
    if "Pending" in words:
        return ExtensionState.PAYMENT_PENDING
    return ExtensionState.PAYMENT_SUCCEEDED if words & _PAID else ExtensionState.OTHER


def _offering(
    row: dict[str, Any], account: str, region: str, probe: PlanProbe, zone_ids: Mapping[str, str]
) -> PlanOffering | None:
    """An offering; None where it is not, or not only, of the type asked for."""
    rows: list[dict[str, Any]] = row["ReservedCapacityOfferings"]
    if not rows or any(kind_in_plans(_sold_as(each)) != probe.instance_type for each in rows):
        return None
    parts = tuple(sorted((_part(each, zone_ids) for each in rows), key=lambda each: each.start))
    return PlanOffering(
        id=row["TrainingPlanOfferingId"],
        account=account,
        region=region,
        instance_type=probe.instance_type,
        count=min(each.count for each in parts),
        fee=Decimal(row["UpfrontFee"]),
        currency=row["CurrencyCode"],
        target=probe.target,
        parts=parts,
    )


def _part(row: Mapping[str, Any], zone_ids: Mapping[str, str]) -> Stay:
    """A reserved capacity, offered or owned."""
    count = row.get("UltraServerCount") or row.get("InstanceCount") or row.get("TotalInstanceCount") or 0
    return Stay(_zone(row, zone_ids), count, row["StartTime"], row["EndTime"])


def _zone(row: Mapping[str, Any], zone_ids: Mapping[str, str]) -> Zone:
    name: str = row.get("AvailabilityZone", "")
    return Zone(name, row.get("AvailabilityZoneId") or zone_ids.get(name))


def _sold_as(row: Mapping[str, Any]) -> str:
    return str(row.get("UltraServerType") or row.get("InstanceType") or "")


def _type_of(row: Mapping[str, Any]) -> str:
    """EC2's name of a plan's type where it is known, else SageMaker's."""
    names = [_sold_as(each) for each in row.get("ReservedCapacitySummaries", ())]
    name = names[0] if names else "unknown"
    kind = kind_in_plans(name)
    return kind.name if kind else name


def _tags(client: Any, arn: str) -> tuple[tuple[str, str], ...]:
    rows = every_row(client, "list_tags", "Tags", ResourceArn=arn)
    return tuple((str(each["Key"]), str(each["Value"])) for each in rows)


@contextmanager
def _legible(operation: str) -> Generator[None]:
    """Around reading the rows of an answer.

    Raises:
        AwsFailure: One lacks what is needed of it: SageMaker's model leaves most members open.
    """
    try:
        yield
    except (KeyError, InvalidOperation) as problem:
        message = f"the answer cannot be read: {type(problem).__name__} {word(str(problem))}"
        raise AwsFailure(FailureKind.AWS_ERROR, operation, message, ours=True) from problem
