"""SearchTrainingPlanOfferings as boto3 sees it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mcp_server.sandbox.control import SandboxControl
from tests.sandbox.conftest import START, Client, Plan, plan_offerings, refusal

ULTRASERVER = {"InstanceType": None, "InstanceCount": None, "UltraServerType": "ml.u-p6e-gb200x72"}
SPLIT = {"InstanceCount": 16, "DurationHours": 24 * 28}


def spans(offering: Plan) -> list[tuple[datetime, datetime]]:
    """From when to when its parts run."""
    return [(each["StartTime"], each["EndTime"]) for each in offering["ReservedCapacityOfferings"]]


def zones(offering: Plan) -> set[str]:
    """Where its parts are."""
    return {each["AvailabilityZone"] for each in offering["ReservedCapacityOfferings"]}


def test_offerings_have_the_real_shape(sagemaker: Any) -> None:
    """Three at most, each for one target, the fee of the whole as a string, no price and no zone id for a part."""
    found = plan_offerings(sagemaker)
    assert len(found) == 3
    for each in found:
        (part,) = each["ReservedCapacityOfferings"]
        lasts = timedelta(hours=each["DurationHours"], minutes=each["DurationMinutes"])
        assert lasts == part["EndTime"] - part["StartTime"]
        assert part["EndTime"].astimezone(UTC).strftime("%H:%M") == "11:30"
        assert each["TargetResources"] == ["hyperpod-cluster"]
        assert (part["ReservedCapacityType"], part["InstanceType"]) == ("Instance", "ml.p5.48xlarge")
        assert not {"UpfrontFee", "AvailabilityZoneId"} & part.keys()
        assert each["TrainingPlanOfferingId"].startswith("tpo-")
        assert len(each["TrainingPlanOfferingId"]) == len("tpo-") + 64
    assert "RequestedEndTimeBefore" not in found[0]


def test_a_plan_costs_what_was_observed_beside_blocks(sagemaker: Any, make_client: Client) -> None:
    """A day costs what was paid on 2026-10-04 for three types, a tenth more than a block at the table's rates."""
    for name, fee in (("ml.p5.48xlarge", "1098.42"), ("ml.p5en.48xlarge", "1452.63"), ("ml.p4d.24xlarge", "312.11")):
        found = plan_offerings(sagemaker, InstanceType=name)
        assert {each["UpfrontFee"] for each in found if each["DurationHours"] == 24} == {fee}
    block = make_client("ec2", "us-east-1", None).describe_capacity_block_offerings(
        InstanceType="p5.48xlarge", InstanceCount=1, CapacityDurationHours=24
    )["CapacityBlockOfferings"][-1]
    assert Decimal("1.10") < Decimal("1098.42") / Decimal(block["UpfrontFee"]) < Decimal("1.11")


def test_an_immediate_start_is_at_the_next_full_minute(sagemaker: Any, plan_clock: SandboxControl) -> None:
    """Half an hour ahead, so that the plan is shorter or longer than asked, by minutes; the next turn is as asked."""
    plan_clock.set_clock(datetime(2026, 12, 1, 19, 8, 27, tzinfo=UTC))
    found = plan_offerings(sagemaker, DurationHours=15)
    assert [(each["DurationHours"], each["DurationMinutes"]) for each in found] == [(15, 51), (39, 51), (24, 0)]
    assert spans(found[0])[0][0] == datetime(2026, 12, 1, 19, 39, tzinfo=UTC)


def test_a_search_keeps_to_its_window(sagemaker: Any) -> None:
    """Nothing starts before or ends after it, and the answer repeats it."""
    start = START + timedelta(days=10)
    window = {"StartTimeAfter": start, "EndTimeBefore": start + timedelta(days=5)}
    found = plan_offerings(sagemaker, DurationHours=48, **window)
    assert found
    for each in found:
        assert start <= spans(each)[0][0] < spans(each)[-1][1] <= window["EndTimeBefore"]
        assert (each["RequestedStartTimeAfter"], each["RequestedEndTimeBefore"]) == tuple(window.values())
    too_far = {"StartTimeAfter": START + timedelta(days=57)}
    assert plan_offerings(sagemaker, **too_far) == []


def test_a_scarce_duration_comes_in_two_parts(sagemaker: Any) -> None:
    """With whole days between them, together as long as asked, and for a cluster in one zone."""
    found = plan_offerings(sagemaker, **SPLIT)
    halves, uneven = found
    for each in found:
        (_, first_end), (second_start, _) = spans(each)
        assert second_start - first_end >= timedelta(days=1)
        assert each["DurationHours"] == sum(part["DurationHours"] for part in each["ReservedCapacityOfferings"]) == 672
        assert len(zones(each)) == 1
        assert Decimal(each["UpfrontFee"]) == pytest.approx(Decimal("1098.42") * 28 * 16, abs=3)
    assert [part["DurationHours"] for part in halves["ReservedCapacityOfferings"]] == [336, 336]
    assert [part["DurationHours"] for part in uneven["ReservedCapacityOfferings"]] == [216, 456]


def test_parts_for_training_jobs_may_be_in_two_zones(sagemaker: Any) -> None:
    """What a cluster cannot have, jobs can; without a target a search is for jobs."""
    ask = {"InstanceCount": 8, "DurationHours": 24 * 60}
    found = plan_offerings(sagemaker, TargetResources=None, **ask)
    assert [each["TargetResources"] for each in found] == [["training-job"]] * len(found)
    assert any(len(zones(each)) == 2 for each in found)
    assert all(len(zones(each)) == 1 for each in plan_offerings(sagemaker, **ask))


def test_an_offering_is_for_one_target(sagemaker: Any) -> None:
    """Of several targets each has its own offerings, three in all, under ids of their own."""
    found = plan_offerings(sagemaker, TargetResources=["endpoint", "studio-apps"])
    assert {len(each["TargetResources"]) for each in found} == {1}
    assert len({each["TrainingPlanOfferingId"] for each in found}) == 3
    assert {each["TargetResources"][0] for each in found} == {"endpoint", "studio-apps"}


def test_ultraservers_are_whole_units(sagemaker: Any) -> None:
    """In the Local Zone of Dallas, by their own type, with the instances they are made of."""
    found = plan_offerings(sagemaker, **ULTRASERVER, UltraServerCount=2, DurationHours=168)
    assert found
    for each in found:
        (part,) = each["ReservedCapacityOfferings"]
        assert (part["ReservedCapacityType"], part["UltraServerType"], part["UltraServerCount"]) == (
            "UltraServer",
            "ml.u-p6e-gb200x72",
            2,
        )
        assert (part["InstanceType"], part["InstanceCount"]) == ("ml.p6e-gb200.36xlarge", 36)
        assert part["AvailabilityZone"] == "us-east-1-dfw-2a"


def test_the_same_terms_keep_their_id(sagemaker: Any, plan_clock: SandboxControl) -> None:
    """Asking again finds the same offering under the same id, in fresh-ids mode under another; each buys."""
    first, again = (plan_offerings(sagemaker)[-1] for _ in range(2))
    assert first["TrainingPlanOfferingId"] == again["TrainingPlanOfferingId"]
    plan_clock.fresh_ids(True)
    try:
        ids = {plan_offerings(sagemaker)[-1]["TrainingPlanOfferingId"] for _ in range(2)}
    finally:
        plan_clock.fresh_ids(False)
    assert len(ids | {first["TrainingPlanOfferingId"]}) == 3
    for number, offering in enumerate(ids):
        sagemaker.create_training_plan(TrainingPlanName=f"fresh{number}", TrainingPlanOfferingId=offering)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"InstanceCount": 3}, "Invalid instance count 3 for instance type ml.p5.48xlarge"),
        ({"InstanceType": "ml.trn2.48xlarge"}, "Invalid instance type ml.trn2.48xlarge"),
        ({"InstanceType": "ml.p6e-gb200.36xlarge"}, "Invalid instance type ml.p6e-gb200.36xlarge"),
        (
            {"InstanceType": "ml.p7.48xlarge"},
            "at 'instanceType' failed to satisfy constraint: Member must satisfy enum",
        ),
        ({"InstanceCount": 257}, "at 'instanceCount' failed to satisfy constraint: Member must have value less than"),
        (
            {"TargetResources": ["cluster"]},
            "Value 'cluster' at 'targetResources.1.member' failed to satisfy constraint",
        ),
        (ULTRASERVER | {"UltraServerCount": 16}, "Invalid UltraServer count 16"),
        (ULTRASERVER | {"UltraServerType": "ml.u-none"}, "Invalid UltraServer type ml.u-none"),
        ({"InstanceType": None}, "InstanceType and InstanceCount, or UltraServerType and UltraServerCount"),
        ({"DurationHours": None}, "DurationHours is required"),
        ({"DurationHours": 24 * 183}, "Invalid duration"),
        ({"EndTimeBefore": START + timedelta(hours=20)}, "at least 24 hours after"),
    ],
)
def test_bad_values_are_named(sagemaker: Any, asked: dict[str, Any], words: str) -> None:
    """A ValidationException says which member is wrong: by the model's own constraint, or by the service's rules."""
    code, message = refusal(plan_offerings, sagemaker, **asked)
    assert code == "ValidationException"
    assert words in message


def test_regions_without_plans_know_no_such_operation(make_client: Client, plan_clock: SandboxControl) -> None:
    """Where nothing is sold, searching, buying and listing are operations that the region does not have."""
    client = make_client("sagemaker", "eu-west-1", None)
    for call in (client.search_training_plan_offerings, client.list_training_plans):
        code, message = refusal(call)
        assert code == "UnknownOperationException"
        assert "not supported in the called region" in message


def test_a_quota_that_does_not_suffice_is_named_by_type(
    sagemaker: Any, make_client: Client, plan_clock: SandboxControl
) -> None:
    """A search for more than the quota is refused where EC2 would say that limits are not sufficient."""
    code, message = refusal(plan_offerings, make_client("sagemaker", "sa-east-1", None))
    assert code == "ResourceLimitExceeded"
    assert "reserved-capacity ml.p5.48xlarge instance quota is not sufficient" in message
    plan_clock.set_quota("main", "us-east-1", "L-B9718876", 2)
    ask = {"InstanceType": "ml.p4d.24xlarge"}
    assert plan_offerings(sagemaker, **ask, InstanceCount=2)
    assert refusal(plan_offerings, sagemaker, **ask, InstanceCount=4)[0] == "ResourceLimitExceeded"
    plan_clock.set_quota("main", "us-east-1", "L-B9718876", 128)


def test_quotas_are_found_by_name(make_client: Client, plan_clock: SandboxControl) -> None:
    """Those of plans and of clusters are in SageMaker's list, 0 included; each can then be asked for by its code."""
    for region, value in (("us-east-1", 128), ("sa-east-1", 0)):
        quotas = make_client("service-quotas", region, None)
        pages = quotas.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        by_name = {each["QuotaName"]: each for page in pages for each in page["Quotas"]}
        for name in (
            "Number of ml.p5en.48xlarge instances in reserved capacity across training plans per Region",
            "ml.p5en.48xlarge for cluster usage",
        ):
            code = by_name[name]["QuotaCode"]
            told = quotas.get_service_quota(ServiceCode="sagemaker", QuotaCode=code)["Quota"]
            assert (told["Value"], told["QuotaName"]) == (by_name[name]["Value"], name) == (value, name)
        assert by_name["Number of training plans per Region"]["Value"] == 25
        assert refusal(quotas.get_service_quota, ServiceCode="ec2", QuotaCode=code)[0] == "NoSuchResourceException"


def test_accounts_name_zones_their_own_way(sagemaker: Any, auditor: Client) -> None:
    """The same plan is offered to both accounts, under ids and with letters of their own."""
    ours, theirs = (plan_offerings(each)[-1] for each in (sagemaker, auditor("sagemaker")))
    assert spans(ours) == spans(theirs)
    assert zones(ours) != zones(theirs)
    assert ours["TrainingPlanOfferingId"] != theirs["TrainingPlanOfferingId"]
