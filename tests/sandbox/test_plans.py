"""Buying a training plan, and what it goes through until it expires."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mcp_server.sandbox.control import ControlRefused, SandboxControl
from tests.sandbox.conftest import START, Client, Plan, plan_offerings, refusal

Create = Callable[..., Plan]
PAYMENT = timedelta(minutes=5)
TWO_PARTS = {"InstanceCount": 16, "DurationHours": 24 * 28}
ULTRASERVERS = {
    "InstanceType": None,
    "InstanceCount": None,
    "UltraServerType": "ml.u-p6e-gb200x72",
    "UltraServerCount": 2,
    "DurationHours": 168,
}


def described(client: Any, plan: Plan) -> Plan:
    """A plan as it is now."""
    return client.describe_training_plan(TrainingPlanName=plan["TrainingPlanName"])


def statuses(client: Any, plan: Plan) -> tuple[str, list[str]]:
    """What a plan and its reserved capacities are now."""
    now = described(client, plan)
    return now["Status"], [each["Status"] for each in now["ReservedCapacitySummaries"]]


def counts(client: Any, plan: Plan) -> dict[str, int]:
    """A plan's instances as of now."""
    now = described(client, plan)
    names = ("Total", "Available", "InUse", "Unhealthy", "AvailableSpare")
    return {name: now[f"{name}InstanceCount"] for name in names}


def listed(client: Any, *, named: str, **asked: Any) -> list[str]:
    """The names of the listed plans that begin so, over all pages."""
    pages = client.get_paginator("list_training_plans").paginate(**asked)
    names = [each["TrainingPlanName"] for page in pages for each in page["TrainingPlanSummaries"]]
    return [name for name in names if name.startswith(named)]


def test_a_plan_goes_from_payment_to_expiry(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """Pending, Scheduled, Active, Expired; its reserved capacity says the same."""
    plan = create()
    found = []
    for moment in (START, START + PAYMENT, plan["StartTime"], plan["EndTime"] - PAYMENT, plan["EndTime"]):
        plan_clock.set_clock(moment)
        status, of_parts = statuses(sagemaker, plan)
        assert of_parts == [status]
        found.append(status)
    assert found == ["Pending", "Scheduled", "Active", "Active", "Expired"]


def test_a_plan_in_two_parts_is_scheduled_again_between_them(
    sagemaker: Any, create: Create, plan_clock: SandboxControl
) -> None:
    """Scheduled does not mean that it never ran; instances are there only while a part runs."""
    plan = create(of=plan_offerings(sagemaker, **TWO_PARTS)[0])
    first, second = plan["ReservedCapacitySummaries"]
    found = []
    for moment in (first["StartTime"], first["EndTime"], second["StartTime"], second["EndTime"]):
        plan_clock.set_clock(moment)
        found.append((*statuses(sagemaker, plan), counts(sagemaker, plan)["Available"]))
    assert found == [
        ("Active", ["Active", "Scheduled"], 16),
        ("Scheduled", ["Expired", "Scheduled"], 0),
        ("Active", ["Expired", "Active"], 16),
        ("Expired", ["Expired", "Expired"], 0),
    ]


def test_a_plan_is_told_by_name_and_arn(sagemaker: Any, create: Create) -> None:
    """Both find it, with the terms that were offered and the zone both ways."""
    offering = plan_offerings(sagemaker)[-1]
    plan = create(of=offering)
    by_arn = sagemaker.describe_training_plan(TrainingPlanName=plan["TrainingPlanArn"])
    assert {**by_arn, "ResponseMetadata": None} == {**plan, "ResponseMetadata": None}
    assert (
        plan["TrainingPlanArn"] == f"arn:aws:sagemaker:us-east-1:483026362307:training-plan/{plan['TrainingPlanName']}"
    )
    same = ("TargetResources", "DurationHours", "DurationMinutes", "UpfrontFee", "CurrencyCode")
    assert [plan[name] for name in same] == [offering[name] for name in same]
    (part,), (offered,) = plan["ReservedCapacitySummaries"], offering["ReservedCapacityOfferings"]
    assert [part[name] for name in ("StartTime", "EndTime", "AvailabilityZone")] == [
        offered[name] for name in ("StartTime", "EndTime", "AvailabilityZone")
    ]
    assert part["AvailabilityZoneId"].startswith("use1-az")
    assert "UpfrontFee" not in part
    reserved = sagemaker.describe_reserved_capacity(ReservedCapacityArn=part["ReservedCapacityArn"])
    assert (reserved["Status"], reserved["TotalInstanceCount"], reserved["AvailableInstanceCount"]) == ("Pending", 1, 0)
    for call, name in (
        (sagemaker.describe_training_plan, {"TrainingPlanName": "nobodys-plan"}),
        (sagemaker.describe_reserved_capacity, {"ReservedCapacityArn": part["ReservedCapacityArn"] + "0"}),
        (sagemaker.list_ultra_servers_by_reserved_capacity, {"ReservedCapacityArn": part["ReservedCapacityArn"] + "0"}),
    ):
        assert refusal(call, **name)[0] == "ResourceNotFound"


def test_a_name_is_used_once(sagemaker: Any, create: Create) -> None:
    """Its second use is refused whatever it would buy, also by the offering that the first one bought."""
    offering = plan_offerings(sagemaker)[-1]
    plan = create(of=offering)
    for each in (offering, plan_offerings(sagemaker)[-1]):
        again = {
            "TrainingPlanName": plan["TrainingPlanName"],
            "TrainingPlanOfferingId": each["TrainingPlanOfferingId"],
        }
        assert refusal(sagemaker.create_training_plan, **again)[0] == "ResourceInUse"
    wrong = {"TrainingPlanName": "two words", "TrainingPlanOfferingId": offering["TrainingPlanOfferingId"]}
    code, message = refusal(sagemaker.create_training_plan, **wrong)
    assert code == "ValidationException"
    assert "'trainingPlanName' failed to satisfy constraint: Member must satisfy regular expression pattern" in message


def test_an_offering_is_sold_once_to_whom_it_was_shown(
    sagemaker: Any, create: Create, make_client: Client, auditor: Client, plan_clock: SandboxControl
) -> None:
    """Neither another account, nor another region, nor anybody a second time, nor after its start."""
    offering = plan_offerings(sagemaker)[-1]
    others = (auditor("sagemaker"), make_client("sagemaker", "us-west-2", None))
    wanted = {"TrainingPlanName": "sold-once", "TrainingPlanOfferingId": offering["TrainingPlanOfferingId"]}
    for each in others:
        assert refusal(each.create_training_plan, **wanted)[0] == "ResourceNotFound"
    plan = create(of=offering)
    assert refusal(sagemaker.create_training_plan, **wanted)[0] == "ResourceNotFound"
    late = plan_offerings(sagemaker)[0]
    plan_clock.set_clock(late["ReservedCapacityOfferings"][0]["StartTime"])
    wanted["TrainingPlanOfferingId"] = late["TrainingPlanOfferingId"]
    assert refusal(sagemaker.create_training_plan, **wanted)[0] == "ResourceNotFound"
    for each in others:
        assert listed(each, named=plan["TrainingPlanName"]) == []
        assert refusal(described, each, plan)[0] == "ResourceNotFound"


def test_a_payment_that_fails(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """It is given up five minutes before the start at the latest; the plan has failed and keeps its name."""
    plan_clock.arm("CreateTrainingPlan", "payment-fails", calls=1)
    plan = create()
    for moment, status in (
        (START + PAYMENT, "Pending"),
        (plan["StartTime"] - timedelta(minutes=6), "Pending"),
        (plan["StartTime"] - PAYMENT, "Failed"),
        (plan["EndTime"], "Failed"),
    ):
        plan_clock.set_clock(moment)
        assert statuses(sagemaker, plan) == (status, [status])
    assert described(sagemaker, plan)["StatusMessage"] == "Payment failed."


def test_plans_are_listed_by_status_and_start(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """Filtered, sorted, and ten to a page."""
    tomorrow = plan_offerings(sagemaker, StartTimeAfter=START + timedelta(days=3))[-1]
    names = [f"listed-{letter}" for letter in "cab"]
    first, second = (create(TrainingPlanName=name) for name in names[:2])
    third = create(of=tomorrow, TrainingPlanName=names[2])
    plan_clock.set_clock(first["StartTime"])
    active, scheduled = [names[0], names[1]], [names[2]]
    assert listed(sagemaker, named="listed", Filters=[{"Name": "Status", "Value": "Active"}]) == active
    assert listed(sagemaker, named="listed", Filters=[{"Name": "Status", "Value": "Scheduled"}]) == scheduled
    assert listed(sagemaker, named="listed", StartTimeAfter=second["StartTime"]) == scheduled
    assert listed(sagemaker, named="listed", StartTimeBefore=third["StartTime"]) == active
    for by, order, wanted in (
        ("TrainingPlanName", "Ascending", sorted(names)),
        ("TrainingPlanName", "Descending", sorted(names, reverse=True)),
        ("StartTime", "Descending", scheduled + active),
        ("Status", "Descending", scheduled + active),
    ):
        found = listed(sagemaker, named="listed", SortBy=by, SortOrder=order, PaginationConfig={"PageSize": 1})
        assert found == wanted
    wrong = (
        refusal(sagemaker.list_training_plans, NextToken="nonsense"),
        refusal(
            sagemaker.list_training_plans,
            Filters=[{"Name": "Status", "Value": "Active"}, {"Name": "Type", "Value": "a"}],
        ),
    )
    assert [code for code, _ in wrong] == ["ValidationException"] * 2


def test_ultraservers_have_spares_and_health(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """Each has a spare, which stands in for what breaks; where more breaks there is less to use."""
    plan = create(of=plan_offerings(sagemaker, **ULTRASERVERS)[-1])
    (part,) = plan["ReservedCapacitySummaries"]
    assert (plan["TotalUltraServerCount"], part["UltraServerCount"], plan["TotalInstanceCount"]) == (2, 2, 36)

    def servers() -> list[tuple[str, int, int, int, int]]:
        pages = sagemaker.get_paginator("list_ultra_servers_by_reserved_capacity").paginate(
            ReservedCapacityArn=part["ReservedCapacityArn"], PaginationConfig={"PageSize": 1}
        )
        members = ("HealthStatus", *(f"{each}InstanceCount" for each in ("Available", "InUse", "AvailableSpare")))
        rows = [each for page in pages for each in page["UltraServers"]]
        assert len({each["UltraServerId"] for each in rows}) == 2
        assert {each["ConfiguredSpareInstanceCount"] for each in rows} == {1}
        return [(*(each[name] for name in members), each["UnhealthyInstanceCount"]) for each in rows]

    assert servers() == [("Insufficient-Data", 0, 0, 0, 0)] * 2
    plan_clock.set_clock(plan["StartTime"])
    assert servers() == [("OK", 17, 0, 1, 0)] * 2
    plan_clock.set_plan_use(plan["TrainingPlanArn"], in_use=20, unhealthy=3)
    assert servers() == [("Impaired", 0, 15, 0, 3), ("OK", 12, 5, 1, 0)]
    assert counts(sagemaker, plan) == {"Total": 36, "Available": 12, "InUse": 20, "Unhealthy": 3, "AvailableSpare": 1}
    reserved = sagemaker.describe_reserved_capacity(ReservedCapacityArn=part["ReservedCapacityArn"])
    assert reserved["UltraServerSummary"] == {
        "UltraServerType": "ml.u-p6e-gb200x72",
        "InstanceType": "ml.p6e-gb200.36xlarge",
        "UltraServerCount": 2,
        "AvailableSpareInstanceCount": 1,
        "UnhealthyInstanceCount": 3,
    }


def test_spares_are_asked_for_at_purchase(sagemaker: Any, create: Create, plan_clock: SandboxControl) -> None:
    """So many of each UltraServer, none of them if told so, never all."""
    offering = plan_offerings(sagemaker, **ULTRASERVERS | {"UltraServerCount": 1})[-1]
    all_of_it = {
        "TrainingPlanName": "only-spares",
        "TrainingPlanOfferingId": offering["TrainingPlanOfferingId"],
        "SpareInstanceCountPerUltraServer": 18,
    }
    assert refusal(sagemaker.create_training_plan, **all_of_it)[0] == "ValidationException"
    plan = create(of=offering, SpareInstanceCountPerUltraServer=0)
    plan_clock.set_clock(plan["StartTime"])
    assert counts(sagemaker, plan) | {"InUse": 0} == {
        "Total": 18,
        "Available": 18,
        "InUse": 0,
        "Unhealthy": 0,
        "AvailableSpare": 0,
    }


@pytest.mark.parametrize(("target", "minutes"), [("hyperpod-cluster", 60), ("training-job", 30)])
def test_instances_are_taken_back_before_the_end(
    sagemaker: Any, create: Create, plan_clock: SandboxControl, target: str, minutes: int
) -> None:
    """What is in use is in use from the start until an hour before the end for clusters, half an hour for jobs."""
    plan = create(of=plan_offerings(sagemaker, TargetResources=[target])[-1])
    plan_clock.set_plan_use(plan["TrainingPlanArn"], in_use=1)
    found = []
    last = plan["EndTime"] - timedelta(minutes=minutes)
    for moment in (START + PAYMENT, plan["StartTime"], last - timedelta(minutes=1), last):
        plan_clock.set_clock(moment)
        found.append(counts(sagemaker, plan)["InUse"])
    assert found == [0, 1, 1, 0]
    with pytest.raises(ControlRefused, match="There is no training plan arn:none"):
        plan_clock.set_plan_use("arn:none")


def test_quotas_bound_what_is_reserved_and_how_many_plans(
    make_client: Client, create: Create, plan_clock: SandboxControl
) -> None:
    """Instances over all plans of a region, and the number of plans; what expired counts no more."""
    sagemaker = make_client("sagemaker", "us-west-2", None)
    for code in ("L-9EF527CA", "L-867702E6"):
        plan_clock.set_quota("main", "us-west-2", code, 1)
    plan = create(sagemaker)
    more = plan_offerings(sagemaker)[-1]["TrainingPlanOfferingId"]
    wanted = {"TrainingPlanName": "one-too-many", "TrainingPlanOfferingId": more}
    code, message = refusal(sagemaker.create_training_plan, **wanted)
    assert (code, "Number of training plans per Region" in message) == ("ResourceLimitExceeded", True)
    plan_clock.set_quota("main", "us-west-2", "L-867702E6", 25)
    code, message = refusal(sagemaker.create_training_plan, **wanted)
    assert (code, "reserved-capacity ml.p5.48xlarge instance quota" in message) == ("ResourceLimitExceeded", True)
    plan_clock.set_clock(plan["EndTime"])
    assert create(sagemaker)["Status"] == "Pending"


def test_capacity_runs_out(make_client: Client, create: Create) -> None:
    """What is bought is no longer offered; plans take nothing from blocks."""
    sagemaker, ec2 = (make_client(service, "us-east-2", None) for service in ("sagemaker", "ec2"))
    ask = {"InstanceType": "p5.48xlarge", "InstanceCount": 8, "CapacityDurationHours": 24}
    blocks = ec2.describe_capacity_block_offerings(**ask)["CapacityBlockOfferings"]
    first = plan_offerings(sagemaker, InstanceCount=8)[0]["ReservedCapacityOfferings"][0]
    for _ in range(9):
        offering = plan_offerings(sagemaker, InstanceCount=8)[0]
        (part,) = offering["ReservedCapacityOfferings"]
        if (part["AvailabilityZone"], part["StartTime"]) != (first["AvailabilityZone"], first["StartTime"]):
            break
        create(sagemaker, of=offering)
    else:
        pytest.fail("it never ran out")
    assert ec2.describe_capacity_block_offerings(**ask)["CapacityBlockOfferings"] == blocks


def test_tags_come_with_the_purchase_and_after_it(sagemaker: Any, create: Create) -> None:
    """CreateTrainingPlan, AddTags, DeleteTags and ListTags act on one set of tags; moto's own resources keep theirs."""
    plan = create(Tags=[{"Key": "team", "Value": "vision"}, {"Key": "run", "Value": "6"}])["TrainingPlanArn"]
    sagemaker.add_tags(ResourceArn=plan, Tags=[{"Key": "run", "Value": "7"}])
    sagemaker.delete_tags(ResourceArn=plan, TagKeys=["team"])
    experiment = sagemaker.create_experiment(ExperimentName="moto")["ExperimentArn"]
    sagemaker.add_tags(ResourceArn=experiment, Tags=[{"Key": "mine", "Value": "1"}])
    for arn, tags in ((plan, {"run": "7"}), (experiment, {"mine": "1"})):
        pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        assert {each["Key"]: each["Value"] for page in pages for each in page["Tags"]} == tags
    for tags in ([{"Key": "aws:mine", "Value": "1"}], [{"Key": "a", "Value": "1"}] * 2, [{"Key": "?", "Value": "1"}]):
        assert refusal(sagemaker.add_tags, ResourceArn=plan, Tags=tags)[0] == "ValidationException"
    assert refusal(sagemaker.list_tags, ResourceArn=plan + "-other")[0] == "ResourceNotFound"


def test_cloudtrail_tells_who_bought(auditor: Client, create: Create, plan_clock: SandboxControl) -> None:
    """As SageMaker's event, in small letters, with the role session's name; a refused purchase says why."""
    sagemaker, trail = auditor("sagemaker"), auditor("cloudtrail")
    plan = create(sagemaker)
    refusal(sagemaker.create_training_plan, TrainingPlanName="refused", TrainingPlanOfferingId="tpo-none")
    plan_clock.advance(timedelta(minutes=5))

    def events(key: str, value: str) -> list[dict[str, Any]]:
        found = trail.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])["Events"]
        return [json.loads(each["CloudTrailEvent"]) for each in found if each["Username"] == "auditor"]

    (bought,) = events("ResourceName", plan["TrainingPlanArn"])
    assert (bought["eventSource"], bought["eventName"]) == ("sagemaker.amazonaws.com", "CreateTrainingPlan")
    assert bought["requestParameters"]["trainingPlanName"] == plan["TrainingPlanName"]
    assert bought["responseElements"] == {"trainingPlanArn": plan["TrainingPlanArn"]}
    assert "errorCode" not in bought
    told = {
        each["requestParameters"]["trainingPlanName"]: each.get("errorCode")
        for each in events("EventSource", "sagemaker.amazonaws.com")
    }
    assert (told["refused"], told[plan["TrainingPlanName"]]) == ("ResourceNotFound", None)
