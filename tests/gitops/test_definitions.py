"""Every manifest that a cluster is given is one that it takes."""

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.gitops import definitions
from tests.gitops import modules as terraform
from tests.gitops.definitions import Validator
from tests.gitops.manifests import (
    APPLICATION_SETS,
    CLUSTERS,
    GITOPS,
    application,
    applied_at_the_top,
    documents,
    named,
    nodes,
    sources,
)


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Validator:
    """With the definitions of all operators."""
    return definitions.validator(tmp_path_factory.mktemp("definitions"))


def everything() -> list[Any]:
    """What is applied: files at the top, the applications made of them, each cluster's nodes, the examples."""
    found = [one for objects in applied_at_the_top().values() for one in objects]
    found += [application(name, cluster) for name in APPLICATION_SETS for cluster in CLUSTERS]
    found += [one for cluster in CLUSTERS for one in nodes(cluster)]
    found += [one for path in sorted(GITOPS.glob("examples/*.yaml")) for one in documents(path)]
    return found


def test_every_manifest_is_valid(validator: Validator, tmp_path: Path) -> None:
    """By its definition, rules included. Kustomizations are left out: kustomize reads them, and no cluster."""
    objects = everything()
    faults = validator.faults(objects, tmp_path)
    assert not [
        f"{objects[number]['kind']} {objects[number]['metadata']['name']}: {message}"
        for number, message in faults.items()
    ]
    assert Counter(one["kind"] for one in objects) == {
        "AppProject": 2,
        "Application": 33,
        "ApplicationSet": 11,
        "ClusterQueue": 1,
        "ConfigMap": 1,
        "EC2NodeClass": 6,
        "JobSet": 1,
        "LocalQueue": 1,
        "Namespace": 1,
        "NodePool": 12,
        "ResourceFlavor": 1,
    }


def test_nothing_in_gitops_is_left_out() -> None:
    """Each document is among them, but for the kustomizations."""
    written = [one for path in sorted(GITOPS.rglob("*.yaml")) for one in documents(path)]
    read = Counter(one["kind"] for one in written)
    assert read.pop("Kustomization") == len(CLUSTERS) + 1
    checked = Counter(one["kind"] for one in everything())
    assert {kind: number for kind, number in read.items() if kind != "NodePool"} == {
        kind: number for kind, number in checked.items() if kind not in {"Application", "NodePool"}
    }
    shared = sum(
        len(documents(path)) for path in (GITOPS / "node-pools").glob("*.yaml") if path.name != "kustomization.yaml"
    )
    assert checked["NodePool"] == read["NodePool"] + shared * (len(CLUSTERS) - 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"instanceProfile": "other"}, "must specify exactly one of ['role', 'instanceProfile']"),
        ({"colour": "red"}, "unknown field"),
        ({"capacityReservationSelectorTerms": [{"id": "block-1"}]}, "should match"),
        ({"subnetSelectorTerms": []}, "subnetSelectorTerms cannot be empty"),
    ],
)
def test_what_a_definition_forbids_is_found(
    validator: Validator, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    """A rule in CEL, a field that is not there, a pattern."""
    broken = copy.deepcopy(named(nodes(CLUSTERS[0]), "EC2NodeClass")["reserved"])
    broken["spec"] |= change
    assert said in validator.faults([broken], tmp_path)[0]


def test_charts_are_at_the_versions_of_their_definitions() -> None:
    """Another version of an operator has other definitions."""
    pinned = definitions.versions()
    assert set(pinned) == set(definitions.FOLDERS)
    for name in ("jobset", "kueue", "karpenter"):
        charts = [one for one in sources(APPLICATION_SETS[name]["spec"]["template"]["spec"]) if "chart" in one]
        (module,) = [path for path in pinned if name in path]
        assert {one["targetRevision"] for one in charts} == {pinned[module]}
    assert pinned["github.com/argoproj/argo-cd/v3"] == terraform.argo_cd_version()
