"""Run by the Python of ParallelCluster's environment, so that it imports nothing of ours.

It reads a list of pairs of configurations, before and after as texts in YAML, in JSON. Its last line is JSON: the
version of ParallelCluster, and for each pair what its update policy says of each change (parallelcluster.Answers).
"""

import importlib
import json
import os
import socket
import sys
from importlib.metadata import version
from typing import Any, NoReturn

_ALLOWED = "SUCCEEDED"


class _Standing:
    """A cluster that works: its head node is up, nodes of every queue run, and login nodes if there are to be any."""

    name = stack_name = "example"

    class head_node_instance:  # noqa: N801 - the name that is asked for
        """The head node."""

        state = "running"

    def __init__(self, configuration: Any) -> None:
        self._pools: list[Any] = (configuration.get("LoginNodes") or {}).get("Pools") or []

    def has_running_capacity(self) -> bool:
        """Whether nodes of queues run."""
        return True

    def has_running_login_nodes(self, pool_name: str | None = None) -> bool:
        """Whether login nodes run, of one pool if it is named."""
        return any(each.get("Count") and pool_name in {None, each.get("Name")} for each in self._pools)


def stay_offline() -> None:
    """Have nothing of this process reach AWS: no credentials of anybody, and no connection at all."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def refuse(*_address: object) -> NoReturn:
        raise PermissionError("Nothing is asked of AWS.")

    socket.socket.connect = socket.socket.connect_ex = refuse  # pyright: ignore[reportAttributeAccessIssue]


def answer(before: str, after: str) -> dict[str, Any]:
    """What ParallelCluster says of the changes from one configuration to another; the name of an error if it ends."""
    load = importlib.import_module("pcluster.utils").yaml_load
    try:
        one, other = load(before), load(after)
        # Some policies are of some partitions alone.
        os.environ["AWS_DEFAULT_REGION"] = str(other.get("Region") or one.get("Region") or "us-east-1")
        return {"verdicts": _verdicts(one, other)}
    except Exception as trouble:  # noqa: BLE001 - its text may hold a part of the configuration
        return {"trouble": type(trouble).__name__}


def _verdicts(before: Any, after: Any) -> list[dict[str, str]]:
    patches = importlib.import_module("pcluster.config.config_patch")
    patch = patches.ConfigPatch(cluster=_Standing(before), base_config=before, target_config=after)
    verdicts = [_verdict(change, patch) for change in patch.changes]
    scheduling: dict[str, Any] = patch.target_config.get("Scheduling") or {}
    settings: dict[str, Any] = scheduling.get("SlurmSettings") or {}
    strategy = str(settings.pop("QueueUpdateStrategy", ""))
    for change, verdict in zip(patch.changes, verdicts, strict=True):
        # With it alone nodes are drained or terminated by an update that is otherwise refused while they run.
        if verdict["outcome"] == _ALLOWED and _verdict(change, patch)["outcome"] != _ALLOWED:
            verdict["strategy"] = strategy
    return verdicts


def _verdict(change: Any, patch: Any) -> dict[str, str]:
    said = {"path": patch.build_config_param_path(change.path, change.key), "policy": str(change.update_policy.name)}
    try:
        outcome, reason, action, _ = change.update_policy.check(change, patch)
    except Exception as trouble:  # noqa: BLE001 - 3.16.1 cannot check a part of SharedStorage (AttributeError)
        return {**said, "outcome": "UNCLEAR", "reason": type(trouble).__name__}
    if outcome.value == _ALLOWED:
        return {**said, "outcome": _ALLOWED}
    return {**said, "outcome": outcome.value, "reason": str(reason or ""), "action": str(action or "")}


def main() -> None:
    """Answer what is asked."""
    stay_offline()
    asked = json.load(sys.stdin.buffer)
    answers = [answer(each["before"], each["after"]) for each in asked]
    sys.stdout.write(f"\n{json.dumps({'version': version('aws-parallelcluster'), 'answers': answers})}\n")


if __name__ == "__main__":
    main()
