"""`python -m terraform_checks --check pcluster`: ParallelCluster's configurations, by its schema and by our rules."""

import json
from pathlib import Path

import pytest

from tests.terraform.tiny_world import ROOT, World, needs_terraform

CONFIGS = ROOT / "cluster-configs" / "parallelcluster"
TRAINING = (CONFIGS / "gpu-training.yaml").read_text()
EXAMPLE = (CONFIGS / "gpu-training.example.json").read_text()
ENVIRONMENT = ROOT / ".venv-pcluster"
needs_environment = pytest.mark.skipif(
    not (ENVIRONMENT / "bin" / "python").exists(), reason="no ParallelCluster: `make .venv-pcluster/.made` installs it"
)
# Takes every configuration, so that what is found is ours.
CONTENT = '#!/bin/sh\necho \'{"version": "0", "wrong": []}\'\n'


@pytest.fixture
def clusters(world: World) -> World:
    """A root with a module that has configurations."""
    world.module("parallelcluster")
    return world


def environment(world: World, python: str | Path) -> None:
    """ParallelCluster's environment, with a Python that is a script or all that is in another one."""
    if isinstance(python, Path):
        (world.path / ".venv-pcluster").symlink_to(python)
        return
    folder = world.path / ".venv-pcluster" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").write_text(python)
    (folder / "python").chmod(0o755)


@needs_terraform
@needs_environment
def test_a_sound_configuration_passes(clusters: World) -> None:
    """The repository's own is filled in and taken; a module without configurations is not in the table."""
    clusters.configuration("gpu-training", TRAINING, EXAMPLE)
    environment(clusters, ENVIRONMENT)
    ran = clusters.check("--check", "pcluster")
    assert ran.rows == {("parallelcluster", "pcluster"): ("passed", "gpu-training.yaml; aws-parallelcluster 3.16.1")}
    assert "1 ran; this machine had to run 1." in ran.output


@needs_terraform
@needs_environment
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("CapacityType: ONDEMAND", "CapacityType: ON_DEMAND", "Scheduling.SlurmQueues.1.CapacityType: Must be one of"),
        ("MountDir:", "MountPoint:", "SharedStorage.0.MountPoint: Unknown field."),
        ("  Os: ${os}\n", "  Os: alinux2\n", "Image.Os: Must be one of"),
        (
            "MinCount: ${block.count}",
            "MinCount: 2",
            "p5-december/nodes: MinCount (2) and MaxCount (8) must be the same",
        ),
    ],
)
def test_what_parallelcluster_would_refuse_fails(clusters: World, before: str, after: str, told: str) -> None:
    """Unknown keys and values are told with their path, and our rules with the queue, each with its file."""
    assert before in TRAINING
    clusters.configuration("gpu-training", TRAINING.replace(before, after), EXAMPLE)
    clusters.configuration("sound", TRAINING, EXAMPLE)
    environment(clusters, ENVIRONMENT)
    ran = clusters.check("--check", "pcluster")
    assert ran.results("parallelcluster") == {"pcluster": "failed"}
    assert ran.reason("pcluster", "parallelcluster").startswith("gpu-training.yaml: ")
    assert f"gpu-training.yaml: {told}" in ran.output
    assert "sound.yaml:" not in ran.output
    assert ran.code == 1


@needs_terraform
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("MinCount: ${block.count}", "MinCount: 0", "MinCount (0) and MaxCount (8) must be the same, and 1 or more"),
        ("          MaxCount: ${block.count}\n", "", "MinCount (8) and MaxCount (10) must be the same"),
        (
            "CapacityReservationId: ${block.reservation_id}",
            "CapacityReservationResourceGroupArn: x",
            "must have a Capac",
        ),
        (
            "      JobExclusiveAllocation: true",
            "      AllocationStrategy: lowest-price",
            "AllocationStrategy must be abs",
        ),
        (
            "InstanceType: ${block.instance_type}",
            "Instances: [{InstanceType: ${block.instance_type}}]",
            "InstanceType must be there, and Instances absent",
        ),
        ("[${subnet_ids[block.zone_id]}]", "${jsonencode(values(subnet_ids))}", "SubnetIds must be one subnet"),
        (
            "            Enabled: true\n          Networking",
            "            Enabled: false\n          Networking",
            "Efa must",
        ),
        ("        AdditionalSecurityGroups:", "        OtherGroups:", "must have the EFA security group"),
        ("              Enabled: false", "              Enabled: true", "PlacementGroup must be disabled"),
        ("              Enabled: false", "              Name: ours", "PlacementGroup must be disabled"),
        (
            "        SubnetIds: [${subnet_ids[block",
            "        PlacementGroup: {Enabled: true}\n        SubnetIds: [${subnet_ids[block",
            "PlacementGroup must be disabled",
        ),
    ],
)
def test_a_queue_on_a_block_keeps_our_rules(clusters: World, before: str, after: str, told: str) -> None:
    """What ParallelCluster's schema lets through, and AWS does not, is told of the queue on a block and of no other."""
    assert before in TRAINING
    clusters.configuration("gpu-training", TRAINING.replace(before, after), EXAMPLE)
    environment(clusters, CONTENT)
    ran = clusters.check("--check", "pcluster")
    assert ran.reason("pcluster", "parallelcluster") == "gpu-training.yaml: 1 findings"
    (line,) = [each for each in ran.output.splitlines() if each.startswith("gpu-training.yaml: ")]
    assert line.startswith("gpu-training.yaml: p5-december/nodes: ")
    assert told in line


@needs_terraform
@pytest.mark.parametrize(("count", "result"), [(8, "failed"), (9, "passed"), (18, "passed"), (27, "failed")])
def test_an_ultraserver_is_of_9_or_18(clusters: World, count: int, result: str) -> None:
    """ParallelCluster takes no other blocks of p6e-gb200."""
    example = json.loads(EXAMPLE)
    example["capacity_blocks"]["p5-december"] |= {"instance_type": "p6e-gb200.36xlarge", "count": count}
    clusters.configuration("gpu-training", TRAINING, json.dumps(example))
    environment(clusters, CONTENT)
    assert clusters.check("--check", "pcluster").results("parallelcluster") == {"pcluster": result}


@needs_terraform
def test_a_block_is_used_once(clusters: World) -> None:
    """Two queues that each want all of a block are told of by its reservation."""
    example = json.loads(EXAMPLE)
    example["capacity_blocks"]["again"] = example["capacity_blocks"]["p5-december"]
    clusters.configuration("gpu-training", TRAINING, json.dumps(example))
    environment(clusters, CONTENT)
    assert "cr-0123456789abcdef0 is in 2 compute resources" in clusters.check("--check", "pcluster").output


@needs_terraform
@pytest.mark.parametrize(
    ("template", "example", "told"),
    [
        (TRAINING, None, "there is no gpu-training.example.json beside it"),
        (TRAINING, EXAMPLE.replace('"os"', '"system"'), "it cannot be filled in"),
        ("Region: [\n", EXAMPLE, "it cannot be filled in"),
    ],
)
def test_what_cannot_be_filled_in_fails(clusters: World, template: str, example: str | None, told: str) -> None:
    """A template without values, or with others than it asks for, or that is no YAML, is not one that passed."""
    clusters.configuration("gpu-training", template, example)
    environment(clusters, CONTENT)
    ran = clusters.check("--check", "pcluster")
    assert ran.results("parallelcluster") == {"pcluster": "failed"}
    assert f"gpu-training.yaml: {told}" in ran.output
    assert ran.code == 1


@needs_terraform
def test_a_schema_that_does_not_answer_fails(clusters: World) -> None:
    """An environment that is broken is no success, and what it printed is shown."""
    clusters.configuration("gpu-training", TRAINING, EXAMPLE)
    environment(clusters, "#!/bin/sh\necho no module named pcluster\nexit 1\n")
    ran = clusters.check("--check", "pcluster")
    assert "gpu-training.yaml: ParallelCluster's schema could not be asked" in ran.output
    assert "no module named pcluster" in ran.output
    assert ran.code == 1


@needs_terraform
def test_without_its_environment_it_is_skipped(clusters: World) -> None:
    """It says how to get one, and nothing had to run; half of one is a failure."""
    clusters.configuration("gpu-training", TRAINING, EXAMPLE)
    ran = clusters.check("--check", "pcluster")
    assert ran.results("parallelcluster") == {"pcluster": "skipped"}
    assert ran.reason("pcluster", "parallelcluster") == "no pcluster here: `make .venv-pcluster/.made`"
    assert "0 ran; this machine had to run 0." in ran.output
    assert ran.code == 0
    (clusters.path / ".venv-pcluster").mkdir()
    ran = clusters.check("--check", "pcluster")
    assert "must not be skipped, for its environment and terraform are here" in ran.reason(
        "pcluster", "parallelcluster"
    )
    assert ran.code == 1


def test_the_clusters_version_is_the_schemas() -> None:
    """The API of the example makes clusters of the version whose schema their configurations are held against."""
    example = (ROOT / "terraform/modules/parallelcluster-api/examples/basic/main.tf").read_text()
    (locked,) = [
        line.split()[0].partition("==")[2]
        for line in (ROOT / "locks/pcluster.txt").read_text().splitlines()
        if line.startswith("aws-parallelcluster==")
    ]
    assert f'parallelcluster_version  = "{locked}"' in example
