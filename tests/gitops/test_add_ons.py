"""Add-ons: on by a label of the cluster, at an exact version, within a narrow project, and nobody else's."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.gitops import modules
from tests.gitops.live import needs_live, told_to_argo_cd
from tests.gitops.manifests import (
    APPLICATION_SETS,
    CLUSTERS,
    GITOPS,
    PROJECTS,
    SERVER,
    application,
    applied_at_the_top,
    sources,
)

NOT_HERE = {"mpi-operator", "training-operators"}
"""What HyperPod's chart brings and nothing here does: JobSet runs what they would."""

HYPERPOD_HAS_TOO = {
    "aws-efa-k8s-device-plugin": "efa-device-plugin",
    "neuron-helm-chart": "neuron-device-plugin",
    "nvidia-device-plugin": "nvidia-device-plugin",
}
"""Parts of HyperPod's chart, by the chart that brings them here."""

each = pytest.mark.parametrize("name", APPLICATION_SETS)


def chart_values(name: str) -> Any:
    """The values that an add-on of one chart is installed with."""
    return APPLICATION_SETS[name]["spec"]["template"]["spec"]["source"]["helm"]["valuesObject"]


def instance_types(affinity: Mapping[str, Any]) -> list[str]:
    """The instance types that a DaemonSet is held to."""
    (term,) = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    (expression,) = term["matchExpressions"]
    assert (expression["key"], expression["operator"]) == ("node.kubernetes.io/instance-type", "In")
    return expression["values"]


def test_the_root_application_finds_only_what_its_project_lets_it_make() -> None:
    """One add-on a file, of one name; projects come earlier, for applications cannot be deleted without them."""
    for path, (first, *others) in applied_at_the_top().items():
        if path.name == "projects.yaml":
            assert {one["kind"] for one in [first, *others]} == {"AppProject"}
        else:
            assert (first["kind"], first["metadata"]["name"], others) == ("ApplicationSet", path.stem, [])
        for one in [first, *others]:
            assert one["metadata"]["namespace"] == "argocd"
            wave = one["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0")
            assert wave == ("-1" if one["kind"] == "AppProject" else "0")
    assert {path.name for path in GITOPS.iterdir() if path.is_file() and path.suffix != ".yaml"} == {"README.md"}


@each
def test_an_add_on_is_turned_on_by_the_label_of_its_name(name: str) -> None:
    """Nothing but that label brings it, and its application, file and set have one name."""
    selected = {"clusters": {"selector": {"matchLabels": {f"enable_{name.replace('-', '_')}": "true"}}}}
    assert APPLICATION_SETS[name]["spec"]["generators"] == [selected]
    assert APPLICATION_SETS[name]["spec"]["template"]["metadata"]["name"] == name


@needs_live
def test_what_live_turns_on_is_here() -> None:
    """A name that is spelled otherwise would be a label that nothing reads."""
    known = {name.replace("-", "_") for name in APPLICATION_SETS} | {part.replace("-", "_") for part in NOT_HERE}
    for path, text in told_to_argo_cd().items():
        for block in re.findall(r"addons\s*=\s*{(.*?)}", text, re.DOTALL):
            assert set(re.findall(r"(\w+)\s*=", block)) <= known, path


@each
def test_a_missing_annotation_is_an_error(name: str) -> None:
    """Else Argo CD would apply `<no value>`."""
    spec = APPLICATION_SETS[name]["spec"]
    assert spec["goTemplate"] is True
    assert spec["goTemplateOptions"] == ["missingkey=error"]


@each
def test_every_annotation_that_is_read_is_written(name: str) -> None:
    """argocd-bootstrap writes it to the cluster's secret."""
    text = (GITOPS / f"{name}.yaml").read_text()
    assert set(re.findall(r"annotations\.(\w+)", text)) <= modules.annotations()
    assert "metadata.labels" not in text


def test_what_is_read_in_these_tests_is_what_is_written() -> None:
    """The annotations by which templates are filled in here are argocd-bootstrap's, all of them."""
    assert set(CLUSTERS[0].known_to_argo["metadata"]["annotations"]) == modules.annotations()


def test_labels_that_are_written_by_themselves_are_read() -> None:
    """Those of HyperPod's parts and of Karpenter; the README says what takes the place of the two that are not here."""
    assert {*modules.hyperpod_parts(), "karpenter"} - set(APPLICATION_SETS) == NOT_HERE
    readme = (GITOPS / "README.md").read_text()
    assert all(f"`{part}`" in readme for part in NOT_HERE)


def test_the_readme_lists_every_add_on() -> None:
    """And none that is not there."""
    listed = re.findall(r"`enable_(\w+)`", (GITOPS / "README.md").read_text())
    assert sorted(listed) == sorted(name.replace("-", "_") for name in APPLICATION_SETS)


def test_no_add_on_is_also_one_of_eks() -> None:
    """Terraform owns those, by whatever chart they would come; argocd-bootstrap refuses their labels, each of them."""
    eks = {name.replace("-", "_") for name in modules.eks_addons()}
    assert eks <= modules.refused_addons()
    here = {name.replace("-", "_") for name in APPLICATION_SETS}
    assert not here & modules.refused_addons()
    charts = {
        source["chart"]
        for one in APPLICATION_SETS.values()
        for source in sources(one["spec"]["template"]["spec"])
        if "chart" in source
    }
    assert not {chart for chart in charts for name in modules.eks_addons() if name.removeprefix("aws-") in chart}


def test_what_hyperpod_s_chart_brings_comes_here_only_by_a_label_that_is_false_there() -> None:
    """argocd-bootstrap turns `enable_PART` false where the chart has the part: no cluster has two."""
    charts = [
        (source["chart"], name)
        for name, one in APPLICATION_SETS.items()
        for source in sources(one["spec"]["template"]["spec"])
        if "chart" in source
    ]
    assert len(dict(charts)) == len(charts)
    assert {
        chart: name for chart, name in charts if "plugin" in chart or "operator" in chart or "neuron" in chart
    } == HYPERPOD_HAS_TOO
    assert set(HYPERPOD_HAS_TOO.values()) == modules.hyperpod_parts() - NOT_HERE


@each
def test_every_chart_is_pinned_exactly(name: str) -> None:
    """A range would bring what nobody reviewed; our own folders follow the revision of the root application."""
    for source in sources(APPLICATION_SETS[name]["spec"]["template"]["spec"]):
        if "chart" in source:
            assert re.fullmatch(r"v?\d+\.\d+\.\d+", source["targetRevision"])
        else:
            assert source["repoURL"] == "{{ .metadata.annotations.addons_repo_url }}"
            assert source["targetRevision"] == "{{ .metadata.annotations.addons_repo_revision }}"


@each
def test_a_template_is_filled_in_with_plain_fields_only(name: str) -> None:
    """For every cluster; nothing of it is left."""
    for cluster in CLUSTERS:
        assert "{{" not in str(application(name, cluster))


@pytest.mark.parametrize("project", PROJECTS)
def test_a_project_takes_what_its_applications_need_and_no_more(project: str) -> None:
    """Sources and namespaces one by one, in this cluster, with no wildcard anywhere."""
    spec = PROJECTS[project]["spec"]
    its = [application(name, CLUSTERS[0])["spec"] for name in APPLICATION_SETS]
    its = [one for one in its if one["project"] == project]
    assert set(spec["sourceRepos"]) == {source["repoURL"] for one in its for source in sources(one)}
    assert {one["server"] for one in spec["destinations"]} == {SERVER}
    assert {one["namespace"] for one in spec["destinations"]} == {one["destination"]["namespace"] for one in its}
    assert "*" not in str(spec)
    assert spec["clusterResourceWhitelist"]


def test_every_application_has_one_of_the_projects() -> None:
    """Never `default`, which takes everything."""
    assert {one["spec"]["template"]["spec"]["project"] for one in APPLICATION_SETS.values()} == set(PROJECTS)


def test_exporters_export_what_the_alerts_read() -> None:
    """dcgm-exporter leaves several of those metrics out unless told; EFA's come by the one collector that is on."""
    lines = chart_values("dcgm-exporter")["customMetrics"].splitlines()
    fields = [[part.strip() for part in line.split(",", 2)] for line in lines]
    assert all(kind in {"counter", "gauge", "label"} and about for _, kind, about in fields)
    of_gpus = {metric for metric in modules.required_metrics() if metric.startswith("DCGM_")}
    assert of_gpus <= {metric for metric, _, _ in fields}
    assert {metric.split("_")[1] for metric in modules.required_metrics() - of_gpus} == {"amazonefa"}
    assert "--collector.amazonefa" in chart_values("efa-exporter")["extraArgs"]


def test_the_managed_collector_finds_the_exporters() -> None:
    """By the label app.kubernetes.io/name, which is the chart's name unless another is given."""
    named = {
        chart_values(name).get("nameOverride", APPLICATION_SETS[name]["spec"]["template"]["spec"]["source"]["chart"])
        for name in ("dcgm-exporter", "efa-exporter")
    }
    assert named == modules.scraped_names()


@pytest.mark.parametrize(
    ("types", "kinds"),
    [
        (instance_types(chart_values("nvidia-device-plugin")["affinity"]), "gp"),
        (instance_types(chart_values("dcgm-exporter")["affinity"]), "gp"),
        (chart_values("neuron-device-plugin")["neuronInstances"], "t"),
        (chart_values("efa-device-plugin")["supportedInstanceLabels"]["values"], "gpt"),
    ],
    ids=["nvidia-device-plugin", "dcgm-exporter", "neuron-device-plugin", "efa-device-plugin"],
)
def test_daemons_of_accelerators_know_their_types(types: list[str], kinds: str) -> None:
    """Every one of its kind that eks-cluster gives EFA; each as EC2's and as HyperPod's, which begins with ml."""
    ours = {name for name in types if not name.startswith("ml.")}
    assert {name for name in modules.network_cards() if name[0] in kinds} <= ours
    assert sorted(types) == sorted([*ours, *(f"ml.{name}" for name in ours)])


def test_the_exporter_runs_where_the_plugin_does() -> None:
    """A GPU that jobs can have is watched."""
    plugin, exporter = (
        instance_types(chart_values(name)["affinity"]) for name in ("nvidia-device-plugin", "dcgm-exporter")
    )
    assert plugin == exporter


@pytest.mark.parametrize(
    ("name", "taints"),
    [
        ("dcgm-exporter", {"nvidia.com/gpu"}),
        ("efa-device-plugin", {"nvidia.com/gpu", "aws.amazon.com/neuron"}),
        ("nvidia-device-plugin", {"nvidia.com/gpu"}),
    ],
)
def test_daemons_of_accelerators_bear_their_nodes_taints(name: str, taints: set[str]) -> None:
    """Those of eks-cluster and the NodePools, and HyperPod's on machines that are unhealthy."""
    assert taints <= modules.accelerator_taints()
    borne = {one["key"] for one in chart_values(name)["tolerations"]}
    assert borne == {*taints, "sagemaker.amazonaws.com/node-health-status"}


def test_deleting_karpenter_waits_for_a_person_and_takes_machines_first() -> None:
    """Definitions and pools want a confirmation, and pools are in a later wave, which is deleted first."""
    definitions, chart, pools = sources(APPLICATION_SETS["karpenter"]["spec"]["template"]["spec"])
    confirmed = "Delete=confirm,Prune=confirm"
    assert definitions["helm"]["valuesObject"]["additionalAnnotations"] == {
        "argocd.argoproj.io/sync-options": confirmed
    }
    assert chart["helm"]["skipCrds"] is True
    annotations = pools["kustomize"]["commonAnnotations"]
    assert annotations["argocd.argoproj.io/sync-options"].startswith(confirmed)
    assert annotations["argocd.argoproj.io/sync-wave"] == "1"
    assert definitions["targetRevision"] == chart["targetRevision"]


def test_karpenter_reads_reservations() -> None:
    """Without the gate none is; and it runs where neither it nor a block's end takes it away."""
    values = sources(APPLICATION_SETS["karpenter"]["spec"]["template"]["spec"])[1]["helm"]["valuesObject"]
    assert values["settings"]["featureGates"] == {"reservedCapacity": True}
    (term,) = values["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [
        {"key": "eks.amazonaws.com/nodegroup", "operator": "Exists"},
        {"key": "ml-clusters/capacity-block", "operator": "DoesNotExist"},
    ]
