"""Lifecycle scripts of HyperPod, run on machines that are a folder and fakes: no root, no container."""

import json
import stat
from pathlib import Path

import pytest

from tests.lifecycle.machine import (
    CONTROLLER,
    FILE_SYSTEM,
    LOGIN,
    MOUNTED,
    OTHER_WORKER,
    WORKER,
    Machine,
    shell_files,
    slurm_parameters,
)

OPTIONS = "defaults,noatime,flock,_netdev,x-systemd.automount,x-systemd.requires=network-online.target"
FSTAB_LINE = f"{MOUNTED} /fsx lustre {OPTIONS} 0 0"


def on_eks(machine: Machine) -> Machine:
    """The same machine in a cluster that EKS orchestrates: no provisioning_parameters.json."""
    machine.parameters.unlink()
    return machine


@pytest.mark.parametrize("address", [CONTROLLER, LOGIN, WORKER, OTHER_WORKER])
def test_a_second_run_changes_nothing(tmp_path: Path, address: str) -> None:
    """Run twice, the scripts leave a machine of any part of Slurm as they left it the first time."""
    machine = Machine(tmp_path, address)
    if address == CONTROLLER:
        machine.has_agent()
    before = machine.state()
    first = machine.run()
    after_first = machine.state()
    second = machine.run()
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
    assert after_first != before
    assert machine.state() == after_first


def test_a_second_run_on_eks_changes_nothing(tmp_path: Path) -> None:
    """On EKS there is only the check of GPUs: nothing is mounted or started, once or twice."""
    machine = on_eks(Machine(tmp_path))
    before = machine.state()
    assert (machine.run().returncode, machine.run().returncode) == (0, 0)
    assert machine.state() == before
    assert {each.split()[0] for each in machine.calls()} == {"hostname", "nvidia-smi"}


def test_a_controller_runs_slurmctld_alone(tmp_path: Path) -> None:
    """The controller's daemon runs, and the other can no longer be started."""
    machine = Machine(tmp_path, CONTROLLER)
    machine.has_agent()
    assert machine.run().returncode == 0
    assert (machine.world / "active-slurmctld").exists()
    assert (machine.world / "enabled-slurmctld").exists()
    assert not (machine.world / "active-slurmd").exists()
    assert not (machine.root / "etc/systemd/system/slurmd.service").exists()


def test_a_worker_finds_its_controller(tmp_path: Path) -> None:
    """A worker's daemon is told where the controller is, by a drop-in that leaves the image's unit alone."""
    machine = Machine(tmp_path)
    assert machine.run().returncode == 0
    drop_in = machine.root / "etc/systemd/system/slurmd.service.d/10-controllers.conf"
    assert drop_in.read_text() == f'[Service]\nEnvironment="SLURMD_OPTIONS=--conf-server {CONTROLLER}"\n'
    assert (machine.root / "etc/systemd/system/slurmd.service").read_text() == "[Service]\nExecStart=slurmd\n"
    assert (machine.world / "active-slurmd").exists()
    assert not (machine.root / "etc/systemd/system/slurmctld.service").exists()


def test_two_controllers_are_both_told(tmp_path: Path) -> None:
    """Where HyperPod lists two controllers, a worker is told both."""
    machine = Machine(tmp_path)
    cluster = json.loads(machine.resource_config.read_text())
    cluster["InstanceGroups"][0]["Instances"].append({"CustomerIpAddress": "10.0.0.20"})
    machine.resource_config.write_text(json.dumps(cluster))
    assert machine.run().returncode == 0
    drop_in = machine.root / "etc/systemd/system/slurmd.service.d/10-controllers.conf"
    assert f"--conf-server {CONTROLLER},10.0.0.20" in drop_in.read_text()


def test_a_login_machine_may_lose_its_daemon(tmp_path: Path) -> None:
    """A login machine's slurmd fetches the configuration and ends: that is no failure."""
    machine = Machine(tmp_path, LOGIN)
    machine.breaks("start-slurmd")
    ran = machine.run()
    assert ran.returncode == 0, ran.stdout
    assert "does not stay on a login machine" in machine.log()


def test_the_file_system_is_mounted_now_and_after_a_start(tmp_path: Path) -> None:
    """Lustre is mounted, fstab has one line for it beside what was there, and everybody can read fstab."""
    machine = Machine(tmp_path)
    assert machine.run().returncode == 0
    assert (machine.world / "mounted").read_text().strip() == MOUNTED
    fstab = machine.root / "etc/fstab"
    assert fstab.read_text().splitlines() == ["UUID=1 / ext4 defaults 0 1", FSTAB_LINE]
    assert stat.S_IMODE(fstab.stat().st_mode) == 0o644


def test_a_mount_that_is_there_is_left(tmp_path: Path) -> None:
    """What is mounted already is not mounted over itself."""
    machine = Machine(tmp_path)
    assert machine.run().returncode == 0
    assert machine.run().returncode == 0
    assert len([each for each in machine.calls() if each.startswith("mount ")]) == 1


def test_an_old_line_of_fstab_is_replaced(tmp_path: Path) -> None:
    """A file system that the group had before does not come back at the next start."""
    machine = Machine(tmp_path)
    fstab = machine.root / "etc/fstab"
    fstab.write_text(
        "# by hand\nfs-0old.fsx.us-west-2.amazonaws.com@tcp:/zzzzzzzz /fsx lustre defaults 0 0\n"
        "UUID=1 / ext4 defaults 0 1\n"
    )
    assert machine.run().returncode == 0
    assert fstab.read_text().splitlines() == ["# by hand", "UUID=1 / ext4 defaults 0 1", FSTAB_LINE]


def test_without_a_file_system_nothing_is_mounted(tmp_path: Path) -> None:
    """Parameters without a file system leave fstab alone, and Slurm starts all the same."""
    machine = Machine(tmp_path)
    parameters = {name: value for name, value in slurm_parameters().items() if not name.startswith("fsx")}
    machine.parameters.write_text(json.dumps(parameters))
    assert machine.run().returncode == 0
    assert (machine.root / "etc/fstab").read_text() == "UUID=1 / ext4 defaults 0 1\n"
    assert (machine.world / "active-slurmd").exists()


@pytest.mark.parametrize(
    ("instance_type", "gpus"),
    [
        ("ml.p5.48xlarge", 8),
        ("ml.p5.4xlarge", 1),
        ("ml.p6e-gb200.36xlarge", 4),
        ("ml.p6-b300.48xlarge", 8),
        ("ml.g6.12xlarge", 4),
    ],
)
def test_all_gpus_are_enough(tmp_path: Path, instance_type: str, gpus: int) -> None:
    """A machine that has the GPUs of its type passes."""
    machine = Machine(tmp_path, instance_type=instance_type)
    (machine.world / "gpus").write_text(str(gpus))
    ran = machine.run()
    assert ran.returncode == 0, ran.stdout
    assert f"{gpus} GPUs are there and well" in machine.log()


@pytest.mark.parametrize("instance_type", ["ml.m5.2xlarge", "ml.c6i.large", "ml.trn2.48xlarge"])
def test_machines_without_nvidia_are_not_asked(tmp_path: Path, instance_type: str) -> None:
    """No nvidia-smi is needed where there is no GPU of NVIDIA."""
    machine = Machine(tmp_path, instance_type=instance_type)
    machine.lacks("nvidia-smi")
    ran = machine.run()
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("instance_type", "gpus", "said"),
    [
        ("ml.p5.48xlarge", "7", "ml.p5.48xlarge has 8 GPUs, and 7 are there"),
        ("ml.p6e-gb200.36xlarge", "8", "ml.p6e-gb200.36xlarge has 4 GPUs, and 8 are there"),
        ("ml.g6.12xlarge", "0", "ml.g6.12xlarge has GPUs, and none is there"),
    ],
)
def test_a_missing_gpu_is_told(tmp_path: Path, instance_type: str, gpus: str, said: str) -> None:
    """A machine with another number of GPUs fails before it joins Slurm or mounts anything, and says what to do."""
    machine = Machine(tmp_path, instance_type=instance_type)
    (machine.world / "gpus").write_text(gpus)
    ran = machine.run()
    assert ran.returncode == 1
    assert said in machine.log()
    assert "batch-replace-cluster-nodes" in machine.log()
    assert not [each for each in machine.calls() if each.split()[0] in {"mount", "systemctl"}]


def test_a_gpu_with_broken_memory_is_named(tmp_path: Path) -> None:
    """Errors that could not be corrected end it, with the GPU and how many."""
    machine = Machine(tmp_path)
    machine.breaks("gpu-5")
    assert machine.run().returncode == 1
    assert "FAILED: GPU 5 has 3 errors of memory" in machine.log()


@pytest.mark.parametrize("absent", [False, True])
def test_a_driver_that_does_not_answer_is_told(tmp_path: Path, absent: bool) -> None:
    """nvidia-smi that fails, or is not there, is a failure and not a machine without GPUs."""
    machine = Machine(tmp_path)
    if absent:
        machine.lacks("nvidia-smi")
    else:
        machine.breaks("nvidia-smi")
    assert machine.run().returncode == 1
    assert "nvidia-smi does not answer on ml.p5.48xlarge" in machine.log()


def test_a_file_system_that_cannot_be_mounted_is_told_with_fsxs_word(tmp_path: Path) -> None:
    """The failure says what FSx says of the file system, and which ports to look at; Slurm is not started."""
    machine = Machine(tmp_path)
    machine.breaks("mount")
    assert machine.run().returncode == 1
    assert f"FAILED: {MOUNTED} is not mounted at /fsx. FSx says that its state is MISCONFIGURED" in machine.log()
    assert "TCP 988" in machine.log()
    assert f"aws fsx describe-file-systems --file-system-ids {FILE_SYSTEM.split('.')[0]}" in "\n".join(machine.calls())
    assert not (machine.world / "active-slurmd").exists()


def test_a_mount_that_fails_is_told_where_fsx_cannot_be_asked(tmp_path: Path) -> None:
    """That AWS cannot be asked does not hide the failure."""
    machine = Machine(tmp_path)
    machine.breaks("mount")
    machine.breaks("aws")
    assert machine.run().returncode == 1
    assert "FAILED:" in machine.log()
    assert "not to be told (Unable to locate credentials)" in machine.log()


def test_another_file_system_in_the_place_is_told(tmp_path: Path) -> None:
    """A directory that has another file system mounted is neither unmounted nor mounted over."""
    machine = Machine(tmp_path)
    (machine.world / "mounted").write_text("fs-0other.fsx.us-west-2.amazonaws.com@tcp:/zzzzzzzz\n")
    assert machine.run().returncode == 1
    assert "FAILED: /fsx already has fs-0other" in machine.log()
    assert not [each for each in machine.calls() if each.startswith("mount ")]


def test_a_worker_whose_daemon_does_not_start_is_told(tmp_path: Path) -> None:
    """The failure names the controllers and the port."""
    machine = Machine(tmp_path)
    machine.breaks("start-slurmd")
    assert machine.run().returncode == 1
    assert f"FAILED: slurmd does not start: can this machine reach {CONTROLLER} on TCP 6817?" in machine.log()


def test_a_worker_whose_daemon_ends_is_told(tmp_path: Path) -> None:
    """A daemon that was started and is gone is no success."""
    machine = Machine(tmp_path)
    machine.breaks("stay-slurmd")
    assert machine.run().returncode == 1
    assert "FAILED: slurmd ended right after its start" in machine.log()


def test_a_controller_without_its_configuration_is_told(tmp_path: Path) -> None:
    """Where HyperPod's agent has written nothing, Slurm is not started, and the failure says which file is awaited."""
    machine = Machine(tmp_path, CONTROLLER)
    assert machine.run().returncode == 1
    assert "FAILED: HyperPod's agent has not written 10.0.0.10 into" in machine.log()
    assert "controller_group" in machine.log()
    assert not (machine.world / "active-slurmctld").exists()


@pytest.mark.parametrize("named", ["10.0.0.1", "10.0.0.100"])
def test_a_longer_or_shorter_address_is_another_one(tmp_path: Path, named: str) -> None:
    """A configuration that names an address which begins alike is not this controller's."""
    machine = Machine(tmp_path, CONTROLLER)
    machine.has_agent(names=named)
    assert machine.run().returncode == 1
    assert "has not written 10.0.0.10 into" in machine.log()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("start-slurmctld", "FAILED: slurmctld does not start"),
        ("answer", "FAILED: slurmctld is started and does not answer"),
    ],
)
def test_a_controller_that_does_not_run_is_told(tmp_path: Path, broken: str, said: str) -> None:
    """A daemon that does not start, or does not answer, is a failure."""
    machine = Machine(tmp_path, CONTROLLER)
    machine.has_agent()
    machine.breaks(broken)
    assert machine.run().returncode == 1
    assert said in machine.log()


def test_an_image_without_slurm_is_told(tmp_path: Path) -> None:
    """A controller whose image has no slurmctld says so."""
    machine = Machine(tmp_path, CONTROLLER)
    machine.has_agent()
    machine.lacks("slurmctld")
    assert machine.run().returncode == 1
    assert "FAILED: there is no slurmctld" in machine.log()


def test_a_machine_that_the_cluster_does_not_know_is_told(tmp_path: Path) -> None:
    """Nothing is done on a machine whose address HyperPod does not list."""
    machine = Machine(tmp_path, "10.9.9.9")
    assert machine.run().returncode == 1
    assert "No machine of the cluster has an address of this one (10.9.9.9 172.17.0.1)" in machine.log()
    assert {each.split()[0] for each in machine.calls()} == {"hostname"}


def test_a_group_without_a_part_is_told(tmp_path: Path) -> None:
    """A group that provisioning_parameters.json leaves out is told before anything is done: Slurm would not know it."""
    machine = Machine(tmp_path)
    machine.parameters.write_text(json.dumps(slurm_parameters() | {"worker_groups": []}))
    assert machine.run().returncode == 1
    assert "Group p5 is neither controller, login nor worker group" in machine.log()
    assert {each.split()[0] for each in machine.calls()} == {"hostname"}


def test_a_controller_group_that_is_empty_is_told(tmp_path: Path) -> None:
    """A worker without a controller says which name was looked for."""
    machine = Machine(tmp_path)
    machine.parameters.write_text(json.dumps(slurm_parameters() | {"controller_group": "later"}))
    assert machine.run().returncode == 1
    assert "The cluster has no machine in later, which is controller_group" in machine.log()
    assert not (machine.world / "active-slurmd").exists()


@pytest.mark.parametrize(
    ("contents", "said"), [(None, "is missing: HyperPod writes it"), ("{}", "is not what HyperPod writes")]
)
def test_a_machine_that_was_told_nothing_says_so(tmp_path: Path, contents: str | None, said: str) -> None:
    """Without HyperPod's file, or with another in its place, the failure names it."""
    machine = Machine(tmp_path)
    machine.resource_config.unlink()
    if contents is not None:
        machine.resource_config.write_text(contents)
    assert machine.run().returncode == 1
    assert "resource_config.json" in machine.log()
    assert said in machine.log()


def test_a_run_after_a_mended_failure_ends_like_any_other(tmp_path: Path) -> None:
    """What a failed run left half done does not show after the next one."""
    never_failed = Machine(tmp_path / "a")
    assert never_failed.run().returncode == 0
    mended = Machine(tmp_path / "b")
    mended.breaks("mount")
    assert mended.run().returncode == 1
    (mended.broken / "mount").unlink()
    assert mended.run().returncode == 0
    assert mended.state() == never_failed.state()


def test_what_is_said_is_both_logged_and_printed(tmp_path: Path) -> None:
    """HyperPod's agent sends the log, people read the terminal; in the log runs follow one another."""
    machine = Machine(tmp_path)
    first, second = machine.run(), machine.run()
    assert machine.log() == first.stdout + second.stdout
    assert machine.log().count("[set_up_machine] done") == 2


@pytest.mark.parametrize("script", shell_files(), ids=lambda each: each.name)
def test_scripts_stop_at_the_first_failure(script: Path) -> None:
    """Every script that is run stops at what fails, at what is unset, and within pipes."""
    text = script.read_text()
    if script.name == "common.sh":
        assert not script.stat().st_mode & stat.S_IXUSR or "set -euo pipefail" not in text
    else:
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "\nset -euo pipefail\n" in text
        assert script.stat().st_mode & stat.S_IXUSR
