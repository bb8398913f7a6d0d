"""Training plans bought as anybody might buy them, with boto3, from the simulated AWS of the environment."""

from contextlib import closing
from typing import Any

import boto3


def buy_plan(
    name: str, region: str = "us-east-1", session: boto3.Session | None = None, **asked: Any
) -> dict[str, Any]:
    """Buys the last of the offerings for one ml.p5.48xlarge for a day, for HyperPod. Returns its description."""
    what = {} if "UltraServerType" in asked else {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1}
    wanted = {"DurationHours": 24, "TargetResources": ["hyperpod-cluster"], **what, **asked}
    with closing((session or boto3.Session()).client("sagemaker", region_name=region)) as sagemaker:
        offering = sagemaker.search_training_plan_offerings(**wanted)["TrainingPlanOfferings"][-1]
        sagemaker.create_training_plan(TrainingPlanName=name, TrainingPlanOfferingId=offering["TrainingPlanOfferingId"])
        return sagemaker.describe_training_plan(TrainingPlanName=name)
