"""Plans that change a ParallelCluster's configuration, made from the one that Terraform made."""

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import yaml

from mcp_server.monorepo.plans.parallelcluster import Ask
from mcp_server.monorepo.plans.plan_files import FoundPlan
from mcp_server.monorepo.plans.roll_up import Review, roll_up
from mcp_server.monorepo.plans.terraform_json import read_plan
from tests.plans.test_roll_up import NOW

RECORDED = Path(__file__).parent / "recorded" / "parallelcluster.json.gz"
ADDRESS = 'module.parallelcluster.module.this.aws-parallelcluster_cluster.managed_configs["ml-training"]'

Configuration = dict[str, Any]
Edit = Callable[[Configuration], object]


def recorded_change() -> dict[str, Any]:
    """The cluster in the recorded plan, which is changed in place."""
    plan = json.loads(gzip.decompress(RECORDED.read_bytes()))
    (found,) = (each for each in plan["resource_changes"] if each["address"] == ADDRESS)
    return found


def changed(edit: Edit, before: Edit = lambda _: None, **marks: Any) -> bytes:
    """A plan in which the configuration that the recorded one leads to is edited again; marks are of the change."""
    resource = recorded_change()
    change = resource["change"]
    standing = cast(Configuration, yaml.safe_load(change["after"]["cluster_configuration"]))
    before(standing)
    wanted = copy.deepcopy(standing)
    edit(wanted)
    change["before"] = {**change["after"], "cluster_configuration": yaml.safe_dump(standing)}
    change["after"] = {**change["after"], "cluster_configuration": yaml.safe_dump(wanted)}
    change |= marks
    return json.dumps({"format_version": "1.2", "resource_changes": [resource]}).encode()


def reviewed(plan: bytes, ask: Ask) -> Review:
    """The review of a plan, with whom to ask."""
    return roll_up("here", [FoundPlan("a/b", read_plan(plan), "")], None, now=NOW, ask=ask)


def queue(configuration: Configuration, name: str) -> dict[str, Any]:
    """A queue of a configuration."""
    return next(each for each in configuration["Scheduling"]["SlurmQueues"] if each["Name"] == name)


def strategy(name: str) -> Edit:
    """Sets the QueueUpdateStrategy."""
    return lambda configuration: configuration["Scheduling"]["SlurmSettings"].update(QueueUpdateStrategy=name)
