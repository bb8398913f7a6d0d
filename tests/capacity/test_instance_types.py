"""What is known of instance types, against what AWS's own models and descriptions say."""

import gzip
import json
from importlib.resources import files
from typing import Any

import botocore.session
import pytest

from mcp_server.capacity.instance_types import (
    CATALOGUE,
    WITHIN_ULTRASERVERS,
    NotInPlans,
    check_in_plans,
    resolve,
)

_NOT_SOLD = {
    "trn1.2xlarge": "too small for a block",
    "trn1n.32xlarge": "not sold as blocks (EC2 user guide, Capacity Blocks)",
}


def _enum(service: str, shape: str) -> set[str]:
    return set(botocore.session.get_session().get_service_model(service).shape_for(shape).enum)


def _described() -> dict[str, Any]:
    """EC2's DescribeInstanceTypes, as moto carries it."""
    packed = files("moto").joinpath("ec2/resources/instance_types.json.gz").read_bytes()
    return json.loads(gzip.decompress(packed))


def test_every_accelerated_type_that_ec2_knows_is_known_here() -> None:
    """A new p, or trn, type in botocore's model is one that the catalogue has, or that is said not to be sold."""
    accelerated = {each for each in _enum("ec2", "InstanceType") if each.startswith(("p4", "p5", "p6", "p7", "trn"))}
    assert accelerated - set(CATALOGUE) - set(WITHIN_ULTRASERVERS) == set(_NOT_SOLD)


def test_ultraservers_are_their_instances() -> None:
    """Each is of instances that are known, and has as many processors as these together, against the same limit."""
    assert {name for each in WITHIN_ULTRASERVERS.values() for name in each.ultraservers} == {
        name for name, kind in CATALOGUE.items() if kind.ultraserver
    }
    for instance in WITHIN_ULTRASERVERS.values():
        if instance.name in _described():
            assert instance.vcpus == _described()[instance.name]["VCpuInfo"]["DefaultVCpus"]
        for kind in map(CATALOGUE.__getitem__, instance.ultraservers):
            assert (kind.family, kind.accelerator) == (instance.family, instance.accelerator)
            assert (kind.vcpus, kind.quota_code) == (instance.vcpus * kind.hardware.instances, instance.quota_code)


def test_every_type_of_training_plans_is_known_here() -> None:
    """A new type in SageMaker's model of plans is one that the catalogue has, and none is there that it lacks."""
    plans = {each.plan.name for each in CATALOGUE.values() if each.plan and not each.ultraserver}
    assert plans | {"ml.p6e-gb200.36xlarge"} == _enum("sagemaker", "ReservedCapacityInstanceType")


@pytest.mark.parametrize("name", [name for name, kind in CATALOGUE.items() if not kind.ultraserver])
def test_hardware_is_what_ec2_describes(name: str) -> None:
    """Processors, memory, accelerators and network cards are EC2's own figures."""
    kind, row = CATALOGUE[name], _described()[name]
    (device,) = (row.get("GpuInfo") or {}).get("Gpus") or row["NeuronInfo"]["NeuronDevices"]
    network = row["NetworkInfo"]
    assert (kind.vcpus, kind.hardware.memory) == (
        row["VCpuInfo"]["DefaultVCpus"],
        row["MemoryInfo"]["SizeInMiB"] // 1024,
    )
    assert (kind.accelerators, kind.accelerator) == (device["Count"], device["Name"])
    assert kind.hardware.network_cards == network["MaximumNetworkCards"]
    assert kind.hardware.efa_interfaces == network["EfaInfo"]["MaximumEfaInterfaces"]
    if kind.accelerator != "Trainium2":  # Of which EC2 tells 512 GiB; it has 96.
        assert kind.hardware.accelerator_memory == device["MemoryInfo"]["SizeInMiB"] // 1024


def test_what_is_sold_as_blocks_only_is_refused_for_plans() -> None:
    """The refusal names what training plans are sold for."""
    with pytest.raises(NotInPlans, match=r"trn2\.3xlarge.*p5\.48xlarge"):
        check_in_plans(resolve("trn2.3xlarge"))
    check_in_plans(resolve("ml.p5.48xlarge"))
