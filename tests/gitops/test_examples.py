"""The example job asks for whole machines with all their EFA, finds owned ones, and fits its queue."""

import re

from tests.gitops import modules
from tests.gitops.manifests import GITOPS, documents, named

JOB = documents(GITOPS / "examples" / "pytorch-efa.yaml")
QUEUE = documents(GITOPS / "examples" / "queue.yaml")
(JOBSET,) = named(JOB, "JobSet").values()
(REPLICATED,) = JOBSET["spec"]["replicatedJobs"]
POD = REPLICATED["template"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
LIMITS = CONTAINER["resources"]["limits"]
UNITS = {"Gi": 2**30, "Mi": 2**20, "Ti": 2**40}


def amount(quantity: str) -> int:
    """A quantity of Kubernetes, in its base unit."""
    found = re.fullmatch(r"(\d+)(\w*)", quantity)
    assert found
    return int(found[1]) * UNITS.get(found[2], 1)


def test_the_job_takes_two_whole_machines() -> None:
    """One pod on each, with every GPU and every EFA interface of the type that it asks for."""
    spec = REPLICATED["template"]["spec"]
    assert (spec["parallelism"], spec["completions"], REPLICATED["replicas"]) == (2, 2, 1)
    (term,) = POD["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
        "nodeSelectorTerms"
    ]
    wanted = {one["key"]: one for one in term["matchExpressions"]}
    (machine,) = wanted["node.kubernetes.io/instance-type"]["values"]
    assert LIMITS["vpc.amazonaws.com/efa"] == str(modules.network_cards()[machine])
    assert LIMITS["nvidia.com/gpu"] == "8"
    assert wanted["ml-clusters/capacity-block"]["operator"] == "Exists"


def test_torchrun_starts_a_process_for_each_gpu_of_each_machine() -> None:
    """And its processes meet at the first pod, by the name that JobSet gives it."""
    told = dict(argument.removeprefix("--").split("=") for argument in CONTAINER["args"] if argument.startswith("--"))
    assert told["nnodes"] == str(REPLICATED["template"]["spec"]["completions"])
    assert told["nproc-per-node"] == LIMITS["nvidia.com/gpu"]
    first = f"{JOBSET['metadata']['name']}-{REPLICATED['name']}-0-0"
    assert told["master-addr"] == f"{first}.{JOBSET['spec']['network']['subdomain']}"


def test_nothing_takes_a_machine_from_under_it() -> None:
    """Karpenter neither consolidates nor drifts it, and its end is shorter than what a block leaves."""
    assert POD["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] == "true"
    assert POD["spec"]["terminationGracePeriodSeconds"] <= 480
    assert {one["key"] for one in POD["spec"]["tolerations"]} <= modules.accelerator_taints()


def test_nccl_has_efa_and_shared_memory() -> None:
    """A provider, huge pages, and a /dev/shm in memory."""
    variables = {one["name"]: one.get("value") for one in CONTAINER["env"]}
    assert variables["FI_PROVIDER"] == "efa"
    assert amount(LIMITS["hugepages-2Mi"]) > 0
    mounts = {one["mountPath"]: one["name"] for one in CONTAINER["volumeMounts"]}
    volumes = {one["name"]: one for one in POD["spec"]["volumes"]}
    assert volumes[mounts["/dev/shm"]]["emptyDir"]["medium"] == "Memory"
    assert amount(volumes[mounts["/dev/shm"]]["emptyDir"]["sizeLimit"]) < amount(LIMITS["memory"])


def test_its_program_is_python() -> None:
    """What the pods run compiles."""
    (mounted,) = [one for one in JOB if one["kind"] == "ConfigMap"]
    compile(mounted["data"]["train.py"], "train.py", "exec")
    assert CONTAINER["args"][-1] == "/code/train.py"


def test_both_machines_fit_the_queue() -> None:
    """Every resource that the job asks for has a quota, else Kueue never admits it; the queue is the job's."""
    (cluster_queue,) = named(QUEUE, "ClusterQueue").values()
    (group,) = cluster_queue["spec"]["resourceGroups"]
    (flavor,) = group["flavors"]
    quotas = {one["name"]: amount(one["nominalQuota"]) for one in flavor["resources"]}
    assert list(quotas) == group["coveredResources"]
    asked = {**LIMITS, **CONTAINER["resources"]["requests"]}
    assert {name for name, each in asked.items() if 2 * amount(each) > quotas.get(name, 0)} == set()
    queue = named(QUEUE, "LocalQueue")[JOBSET["metadata"]["labels"]["kueue.x-k8s.io/queue-name"]]
    assert queue["metadata"]["namespace"] == JOBSET["metadata"]["namespace"]
    assert flavor["name"] in named(QUEUE, "ResourceFlavor")
