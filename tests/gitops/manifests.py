"""The manifests of gitops/ as Argo CD makes them: templates filled in, folders built."""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
GITOPS = ROOT / "gitops"
MODULES = ROOT / "terraform" / "modules"
Manifest = Mapping[str, Any]

SERVER = "https://kubernetes.default.svc"
_TEMPLATE = re.compile(r"{{(.*?)}}")
_FIELD = re.compile(r"\s\.([\w.]+)\s")


def documents(path: Path) -> list[Any]:
    """Every document of a file of YAML."""
    return list(yaml.safe_load_all(path.read_text()))


def applied_at_the_top() -> dict[Path, list[Any]]:
    """What the root application applies: files of gitops/, and nothing in its folders."""
    return {path: documents(path) for path in sorted(GITOPS.glob("*.yaml"))}


def of_kind(kind: str) -> dict[str, Any]:
    """What of one kind the root application applies, by name."""
    every = (one for objects in applied_at_the_top().values() for one in objects)
    return {one["metadata"]["name"]: one for one in every if one["kind"] == kind}


APPLICATION_SETS = of_kind("ApplicationSet")
PROJECTS = of_kind("AppProject")


def sources(application: Manifest) -> list[Any]:
    """The sources of an application's spec, one or several."""
    return application["sources"] if "sources" in application else [application["source"]]


def this_repository() -> str:
    """The address of this repository, as the projects of Argo CD have it."""
    (url,) = re.findall(r"# This repository: .*\n +- (\S+)", (GITOPS / "projects.yaml").read_text())
    return url


@dataclass(frozen=True)
class Cluster:
    """A cluster with a folder of its own, by what the folders are called."""

    account: str
    region: str
    name: str

    @property
    def folder(self) -> Path:
        """Where its NodeClasses and NodePools are."""
        return GITOPS / "clusters" / self.account / self.region / self.name

    def __str__(self) -> str:
        """Its folder, for names of tests."""
        return f"{self.account}/{self.region}/{self.name}"

    @property
    def known_to_argo(self) -> dict[str, Any]:
        """What its secret tells, as the module argocd-bootstrap writes it."""
        annotations = {
            "addons_repo_path": "gitops",
            "addons_repo_revision": "main",
            "addons_repo_url": this_repository(),
            "aws_account_id": "111111111111",
            "aws_account_name": self.account,
            "aws_cluster_name": self.name,
            "aws_region": self.region,
            "aws_vpc_id": "vpc-0123456789abcdef0",
            "efa_security_group_id": "sg-0123456789abcdef0",
            "karpenter_controller_role_arn": "arn:aws:iam::111111111111:role/karpenter",
            "karpenter_namespace": "kube-system",
            "karpenter_node_role_name": "karpenter-node",
            "karpenter_queue_name": "karpenter",
            "karpenter_service_account": "karpenter",
        }
        return {"name": self.name, "server": SERVER, "metadata": {"annotations": annotations}}


CLUSTERS = [Cluster(*path.relative_to(GITOPS / "clusters").parts) for path in sorted(GITOPS.glob("clusters/*/*/*"))]


def filled(template: Any, known: Mapping[str, Any]) -> Any:
    """A template with plain fields filled in, in every string; anything else of Go's language is refused."""
    if isinstance(template, Mapping):
        return {key: filled(value, known) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, known) for value in template]
    if isinstance(template, str):
        return _TEMPLATE.sub(lambda found: _field(found[1], known), template)
    return template


def _field(inside: str, known: Mapping[str, Any]) -> str:
    path = _FIELD.fullmatch(inside)
    assert path, f"{{{{{inside}}}}} is more than a field"
    value: Any = known
    for key in path[1].split("."):
        value = value[key]
    assert isinstance(value, str)
    return value


def application(name: str, cluster: Cluster) -> dict[str, Any]:
    """The application that an ApplicationSet makes for a cluster."""
    template = filled(APPLICATION_SETS[name]["spec"]["template"], cluster.known_to_argo)
    metadata = {"namespace": "argocd"} | template["metadata"]
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": template["spec"]}


def nodes(cluster: Cluster) -> list[dict[str, Any]]:
    """A cluster's NodeClasses and NodePools as its Argo CD applies them."""
    (source,) = (one for one in sources(application("karpenter", cluster)["spec"]) if "path" in one)
    kustomize = source["kustomize"]
    made = [copy.deepcopy(one) for one in _built(ROOT / source["path"])]
    for one in made:
        one["metadata"]["annotations"] = dict(kustomize["commonAnnotations"])
        for patch in kustomize["patches"]:
            group, _ = one["apiVersion"].split("/")
            if patch["target"] == {"group": group, "kind": one["kind"]}:
                _add(one, yaml.safe_load(patch["patch"]))
    return made


def _built(folder: Path) -> Iterable[Any]:
    """What kustomize makes of a folder that only lists resources."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(kustomization) == {"apiVersion", "kind", "resources"}
    for resource in kustomization["resources"]:
        path = folder / resource
        yield from _built(path) if path.is_dir() else documents(path)


def _add(one: dict[str, Any], operations: list[Any]) -> None:
    for operation in operations:
        assert operation["op"] == "add"
        *parents, last = operation["path"].split("/")[1:]
        within = one
        for key in parents:
            within = within[key]
        within[last] = operation["value"]


def named(objects: Iterable[Manifest], kind: str) -> dict[str, Any]:
    """Objects of one kind, by name."""
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}
