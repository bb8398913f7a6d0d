"""A machine of HyperPod as lifecycle scripts see it: a folder for its root, and fakes of what would need a real one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "cluster-configs" / "hyperpod" / "lifecycle-scripts"
CONTROLLER = "10.0.0.10"
LOGIN = "10.0.0.11"
WORKER = "10.0.0.12"
OTHER_WORKER = "10.0.0.13"
FILE_SYSTEM = "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com"
MOUNTED = f"{FILE_SYSTEM}@tcp:/abcdefgh"

# What each fake does. $ROOT/world is what is so on the machine; a file in $ROOT/broken breaks what it is named after.
_FAKES = {
    "hostname": 'cat "$world/addresses"',
    "systemctl": """
verb="$1"; shift
while [[ "${1:-}" == --* ]]; do shift; done
case "$verb" in
  enable) broken "start-$1" && exit 1; touch "$world/enabled-$1"; broken "stay-$1" || touch "$world/active-$1" ;;
  disable) rm -f "$world/enabled-$1" "$world/active-$1" ;;
  is-active) [[ -f "$world/active-$1" ]] ;;
  daemon-reload) ;;
  *) echo "no systemctl $verb here" >&2; exit 64 ;;
esac
""",
    "slurmctld": '[[ "$*" == -V ]] && echo "slurm 24.11.0"',
    "scontrol": """
[[ "$*" == ping ]] || exit 64
broken answer && { echo "Slurmctld(primary) at ip-10-0-0-10 is DOWN"; exit 1; }
[[ -f "$world/active-slurmctld" ]] && echo "Slurmctld(primary) at ip-10-0-0-10 is UP"
""",
    "mount": """
broken mount && { echo "mount.lustre: mount failed: Connection timed out" >&2; exit 1; }
[[ "$1 $2" == "-t lustre" ]] || exit 64
echo "$5" > "$world/mounted"
""",
    "findmnt": '[[ -f "$world/mounted" ]] && cat "$world/mounted"',
    "nvidia-smi": """
broken nvidia-smi && { echo "NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver."; exit 9; }
count="$(cat "$world/gpus")"
for ((gpu = 0; gpu < count; gpu++)); do
  case "$*" in
    -L) echo "GPU $gpu: NVIDIA H100 80GB HBM3 (UUID: GPU-$gpu)" ;;
    --query-gpu=index,ecc.*) if broken "gpu-$gpu"; then echo "$gpu, 3"; else echo "$gpu, 0"; fi ;;
    *) exit 64 ;;
  esac
done
""",
    "aws": """
[[ "$1 $2" == "fsx describe-file-systems" ]] || exit 64
broken aws && { echo "Unable to locate credentials" >&2; exit 253; }
echo MISCONFIGURED
""",
}


class Machine:
    """One machine: its root, what is so on it, and what it can run."""

    def __init__(self, folder: Path, address: str = WORKER, instance_type: str = "ml.p5.48xlarge") -> None:
        """A machine with that address, in a Slurm cluster of a controller, a login machine and two workers."""
        self.root = folder / "root"
        self.world = self.root / "world"
        self.broken = self.root / "broken"
        self.scripts = folder / "downloaded"
        self._bin = folder / "bin"
        for each in (self.world, self.broken, self._bin, self.root / "opt/ml/config", self.root / "etc/systemd/system"):
            each.mkdir(parents=True)
        shutil.copytree(SCRIPTS, self.scripts)
        for name, does in _FAKES.items():
            self._fake(name, does)
        (self._bin / "python3").symlink_to(sys.executable)
        (self.world / "addresses").write_text(f"{address} 172.17.0.1 \n")
        (self.world / "gpus").write_text("8")
        for unit in ("slurmd", "slurmctld"):
            (self.root / f"etc/systemd/system/{unit}.service").write_text(f"[Service]\nExecStart={unit}\n")
        self.resource_config = self.root / "opt/ml/config/resource_config.json"
        self.resource_config.write_text(json.dumps(_resource_config(instance_type)))
        self.parameters = self.scripts / "provisioning_parameters.json"
        self.parameters.write_text(json.dumps(slurm_parameters()))
        (self.root / "etc/fstab").write_text("UUID=1 / ext4 defaults 0 1\n")

    def _fake(self, name: str, does: str) -> None:
        file = self._bin / name
        # Every call is written down, so that a test can say what was run.
        file.write_text(
            f"#!/usr/bin/env bash\nset -u\nworld={self.world}\nbroken() {{ [[ -e {self.broken}/$1 ]]; }}\n"
            f'echo "{name} $*" >> {self.root.parent}/calls\n{does}\n'
        )
        file.chmod(0o755)

    def lacks(self, command: str) -> None:
        """Take a command away."""
        (self._bin / command).unlink()

    def breaks(self, what: str) -> None:
        """Break something, see the fakes."""
        (self.broken / what).touch()

    def has_agent(self, *, names: str = CONTROLLER) -> None:
        """HyperPod's agent has written slurm.conf, which names that controller."""
        configuration = self.root / "opt/slurm/etc/slurm.conf"
        configuration.parent.mkdir(parents=True)
        configuration.write_text(f"ClusterName=cluster\nSlurmctldHost=ip-{names.replace('.', '-')}({names})\n")

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run on_create.sh as HyperPod does, with all waits short."""
        return subprocess.run(
            [self.scripts / "on_create.sh"],
            cwd="/",
            env={
                "PATH": f"{self._bin}:/usr/bin:/bin",
                "LIFECYCLE_ROOT": str(self.root),
                "LIFECYCLE_SECONDS_TO_SEND_LOG": "0",
                "LIFECYCLE_SECONDS_BETWEEN_TRIES": "0.05",
                "LIFECYCLE_SECONDS_TO_ANSWER": "5",
                "LIFECYCLE_SECONDS_TO_MOUNT": "0",
                "LIFECYCLE_SECONDS_TO_CONFIGURE": "0",
                "LIFECYCLE_SECONDS_TO_START": "0",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self) -> list[str]:
        """The fakes that were run, with their arguments."""
        return (self.root.parent / "calls").read_text().splitlines()

    def state(self) -> dict[str, tuple[int, str]]:
        """Every file's mode and contents, but for the log, which grows."""
        return {
            str(each.relative_to(self.root)): (each.stat().st_mode, each.read_text())
            for each in sorted(self.root.rglob("*"))
            if each.is_file() and each.name != "provisioning.log"
        }

    def log(self) -> str:
        """What HyperPod's agent sends to CloudWatch."""
        return (self.root / "var/log/provision/provisioning.log").read_text()


def slurm_parameters() -> dict[str, object]:
    """provisioning_parameters.json as terraform/modules/hyperpod writes it."""
    return {
        "version": "1.0.0",
        "workload_manager": "slurm",
        "controller_group": "controller",
        "login_group": "login",
        "worker_groups": [{"instance_group_name": "p5", "partition_name": "train"}],
        "fsx_dns_name": FILE_SYSTEM,
        "fsx_mountname": "abcdefgh",
    }


def _resource_config(worker_type: str) -> dict[str, object]:
    def group(name: str, instance_type: str, *addresses: str) -> dict[str, object]:
        machines = [{"InstanceName": f"{name}-{i}", "CustomerIpAddress": each} for i, each in enumerate(addresses, 1)]
        return {"Name": name, "InstanceType": instance_type, "Instances": machines}

    return {
        "ClusterConfig": {"ClusterName": "example"},
        "InstanceGroups": [
            group("controller", "ml.m5.2xlarge", CONTROLLER),
            group("login", "ml.m5.large", LOGIN),
            group("p5", worker_type, WORKER, OTHER_WORKER),
            # HyperPod leaves out what a group without machines would list.
            {"Name": "later", "InstanceType": "ml.p5.48xlarge", "Instances": None},
        ],
    }


def shell_files() -> list[Path]:
    """Every shell script of the folder."""
    return sorted(SCRIPTS.glob("*.sh"))
