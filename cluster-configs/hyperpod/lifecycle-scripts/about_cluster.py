"""Answers a question from what HyperPod writes, resource_config.json, and from provisioning_parameters.json.

about_cluster.py RESOURCE_CONFIG PROVISIONING_PARAMETERS QUESTION [ADDRESS...]

Of this machine, which is found by its addresses: group, instance-type, slurm-role (controller, login, compute; none on
EKS).
Of the cluster: controllers (addresses with commas between them), fsx-dns-name, fsx-mount-name (empty if there is none).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(resource_config: str, provisioning_parameters: str, question: str, *addresses: str) -> str:
    """The answer. SystemExit, with a sentence, if there is none."""
    groups = _groups(Path(resource_config))
    parameters_file = Path(provisioning_parameters)
    parameters: dict[str, Any] = json.loads(parameters_file.read_text()) if parameters_file.is_file() else {}
    if question == "controllers":
        return ",".join(_controllers(groups, parameters))
    if question == "fsx-dns-name":
        return parameters.get("fsx_dns_name", "")
    if question == "fsx-mount-name":
        return parameters.get("fsx_mountname", "")
    group = _own(groups, addresses)
    if question == "group":
        return group["Name"]
    if question == "instance-type":
        return group["InstanceType"]
    if question == "slurm-role":
        return _role(group["Name"], parameters)
    raise SystemExit(f"about_cluster.py knows no {question}")


def _groups(file: Path) -> list[dict[str, Any]]:
    try:
        return json.loads(file.read_text())["InstanceGroups"]
    except FileNotFoundError:
        raise SystemExit(f"{file} is missing: HyperPod writes it before it runs lifecycle scripts") from None
    except (ValueError, KeyError):
        raise SystemExit(f"{file} is not what HyperPod writes: it has no InstanceGroups") from None


def _machines(group: dict[str, Any]) -> list[dict[str, Any]]:
    return group.get("Instances") or []


def _own(groups: list[dict[str, Any]], addresses: tuple[str, ...]) -> dict[str, Any]:
    for group in groups:
        if any(each.get("CustomerIpAddress") in addresses for each in _machines(group)):
            return group
    raise SystemExit(
        f"No machine of the cluster has an address of this one ({' '.join(addresses) or 'which has none'})"
    )


def _controllers(groups: list[dict[str, Any]], parameters: dict[str, Any]) -> list[str]:
    name = parameters.get("controller_group")
    found = [each["CustomerIpAddress"] for group in groups if group["Name"] == name for each in _machines(group)]
    if not found:
        raise SystemExit(
            f"The cluster has no machine in {name}, which is controller_group in provisioning_parameters.json"
        )
    return found


def _role(group: str, parameters: dict[str, Any]) -> str:
    if parameters.get("workload_manager") != "slurm":
        return "none"
    if group == parameters.get("controller_group"):
        return "controller"
    if group == parameters.get("login_group"):
        return "login"
    if group in {each["instance_group_name"] for each in parameters.get("worker_groups", [])}:
        return "compute"
    raise SystemExit(
        f"Group {group} is neither controller, login nor worker group in provisioning_parameters.json: "
        "Slurm would not know it"
    )


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]) + "\n")
