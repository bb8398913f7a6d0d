"""Each cluster's folder: its own names, reservations of its own, and pools that suit training."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from tests.gitops import modules
from tests.gitops.live import LIVE, needs_live, regions, repository, told_to_argo_cd
from tests.gitops.manifests import CLUSTERS, PROJECTS, ROOT, Cluster, application, named, nodes, sources

each = pytest.mark.parametrize("cluster", CLUSTERS, ids=str)
RESERVED = {"reserved-gpu", "reserved-neuron"}


def requirements(pool: Mapping[str, Any]) -> dict[str, list[tuple[str, list[str]]]]:
    """What a NodePool's machines must be, by label."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for one in pool["spec"]["template"]["spec"]["requirements"]:
        found.setdefault(one["key"], []).append((one["operator"], one["values"]))
    return found


def reservations(cluster: Cluster) -> list[dict[str, str]]:
    """What selects the reservations of a cluster's nodes. The field is left out where there is none."""
    return named(nodes(cluster), "EC2NodeClass")["reserved"]["spec"].get("capacityReservationSelectorTerms", [])


@each
def test_argo_cd_applies_the_folder_of_the_cluster_that_it_is_in(cluster: Cluster) -> None:
    """By the annotations of its account's name, region and cluster."""
    (folder,) = [one["path"] for one in sources(application("karpenter", cluster)["spec"]) if "path" in one]
    assert ROOT / folder == cluster.folder
    assert {path.name for path in cluster.folder.iterdir()} == {
        "kustomization.yaml",
        "node-classes.yaml",
        "node-pools.yaml",
    }


@each
def test_a_node_class_has_the_subnets_of_its_own_network(cluster: Cluster) -> None:
    """One in each zone, by the name that networking gives it: in the account-region of the folder."""
    for node_class in named(nodes(cluster), "EC2NodeClass").values():
        for term in node_class["spec"]["subnetSelectorTerms"]:
            network, _, zone = term["tags"]["Name"].partition("-private-")
            assert network == f"ml-clusters-{cluster.account}-{cluster.region}"
            assert re.fullmatch(r"[a-z]{3,4}\d-az\d", zone)
    assert (
        'Name                              = "${var.name}-private-${each.key}"'
        in (ROOT / "terraform" / "modules" / "networking" / "main.tf").read_text()
    )


@each
def test_a_node_class_has_what_terraform_made(cluster: Cluster) -> None:
    """The nodes' role, the cluster's security group by the tag that eks-cluster gives it, and EFA's by id."""
    known = cluster.known_to_argo["metadata"]["annotations"]
    for node_class in named(nodes(cluster), "EC2NodeClass").values():
        assert node_class["spec"]["role"] == known["karpenter_node_role_name"]
        tag = {"karpenter.sh/discovery": cluster.name}
        assert node_class["spec"]["securityGroupSelectorTerms"] == [
            {"tags": tag},
            {"id": known["efa_security_group_id"]},
        ]
    assert (
        'node_security_group_tags = { "karpenter.sh/discovery" = var.name }'
        in (ROOT / "terraform" / "modules" / "eks-cluster" / "main.tf").read_text()
    )


@each
def test_images_are_pinned_and_metadata_is_one_hop_away(cluster: Cluster) -> None:
    """Else nodes are replaced when AWS publishes an image, and pods take the node's role."""
    for node_class in named(nodes(cluster), "EC2NodeClass").values():
        (image,) = node_class["spec"]["amiSelectorTerms"]
        assert re.fullmatch(r"al2023@v\d{8}", image["alias"])
        options = node_class["spec"]["metadataOptions"]
        assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)
        assert all(one["ebs"]["encrypted"] for one in node_class["spec"]["blockDeviceMappings"])


@each
def test_only_the_reserved_class_has_reservations_and_names_them_by_id(cluster: Cluster) -> None:
    """A tag could be put on another cluster's purchase."""
    classes = named(nodes(cluster), "EC2NodeClass")
    assert set(classes) == {"on-demand", "reserved"}
    assert "capacityReservationSelectorTerms" not in classes["on-demand"]["spec"]
    assert all(set(term) == {"id"} for term in reservations(cluster))


def test_a_reservation_is_in_one_place() -> None:
    """In one cluster's folder, or in one unit of live/: what two may use, one of them finds taken."""
    uses = Counter(term["id"] for cluster in CLUSTERS for term in reservations(cluster))
    for unit in LIVE.glob("*-account/*/*/terragrunt.hcl"):
        uses.update(re.findall(r'reservation_id\s*=\s*"(cr-\w+)"', unit.read_text()))
    assert not [reservation for reservation, times in uses.items() if times > 1]


@each
def test_reserved_pools_start_nothing_else(cluster: Cluster) -> None:
    """And pools on demand use no reservation; each pool has the class of its kind."""
    for name, pool in named(nodes(cluster), "NodePool").items():
        kind = "reserved" if name in RESERVED else "on-demand"
        assert requirements(pool)["karpenter.sh/capacity-type"] == [("In", [kind])]
        assert pool["spec"]["template"]["spec"]["nodeClassRef"]["name"] == kind
        assert ("limits" in pool["spec"]) == (kind == "on-demand")


@each
def test_reserved_machines_are_ended_before_a_block_and_never_before(cluster: Cluster) -> None:
    """Karpenter drains 40 minutes before the end, give or take one; AWS takes the machine 30 minutes before it."""
    pools = named(nodes(cluster), "NodePool")
    for name in RESERVED:
        spec = pools[name]["spec"]
        (minutes,) = re.findall(r"^(\d+)m$", spec["template"]["spec"]["terminationGracePeriod"])
        assert 1 + int(minutes) <= 40 - 30 - 1
        assert spec["template"]["spec"]["expireAfter"] == "Never"
        assert spec["disruption"] == {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": "Never",
            "budgets": [{"nodes": "0"}],
        }


@each
def test_reserved_pools_leave_alone_what_karpenter_cannot_do(cluster: Cluster) -> None:
    """UltraServers go before it drains them, and p6-b300's first card has no EFA; eks-cluster's others are there."""
    pools = named(nodes(cluster), "NodePool")
    ((_, gpu),) = requirements(pools["reserved-gpu"])["node.kubernetes.io/instance-type"]
    ((_, neuron),) = requirements(pools["reserved-neuron"])["node.kubernetes.io/instance-type"]
    left = (
        {name for name in modules.network_cards() if not name.startswith("g")}
        - modules.ultraserver_types()
        - {"p6-b300.48xlarge"}
    )
    assert set(gpu) == {name for name in left if name.startswith("p")}
    assert set(neuron) == {name for name in left if name.startswith("trn")}


@each
def test_no_pod_lands_on_an_accelerator_that_does_not_ask_for_one(cluster: Cluster) -> None:
    """By eks-cluster's taints."""
    pools = named(nodes(cluster), "NodePool")
    taints = {
        name: [one["key"] for one in pool["spec"]["template"]["spec"].get("taints", [])] for name, pool in pools.items()
    }
    gpu, neuron = ["nvidia.com/gpu"], ["aws.amazon.com/neuron"]
    assert taints == {"general": [], "gpu": gpu, "reserved-gpu": gpu, "reserved-neuron": neuron}
    assert modules.accelerator_taints() == {*gpu, *neuron}


@each
def test_a_machine_that_trains_is_not_ended_for_its_age(cluster: Cluster) -> None:
    """Expiry does not ask for do-not-disrupt; drift does, if no grace period limits it."""
    spec = named(nodes(cluster), "NodePool")["gpu"]["spec"]["template"]["spec"]
    assert spec["expireAfter"] == "Never"
    assert "terminationGracePeriod" not in spec


@each
def test_a_job_finds_owned_machines_by_eks_cluster_s_label(cluster: Cluster) -> None:
    """The same for Terraform's node groups and Karpenter's pools."""
    pools = named(nodes(cluster), "NodePool")
    assert all(
        pools[name]["spec"]["template"]["metadata"]["labels"] == {"ml-clusters/capacity-block": name}
        for name in RESERVED
    )
    assert (
        '"ml-clusters/capacity-block" = name'
        in (ROOT / "terraform" / "modules" / "eks-cluster" / "node_groups.tf").read_text()
    )


@needs_live
def test_every_cluster_of_live_has_a_folder_and_no_other_has() -> None:
    """By its account's name and what EKS calls it."""
    assert [str(cluster) for cluster in CLUSTERS] == sorted(
        str(cluster) for region in regions() for cluster in region.clusters
    )


@needs_live
@each
def test_every_zone_of_live_has_its_subnet(cluster: Cluster) -> None:
    """Capacity is sold in any of them."""
    (region,) = [one for one in regions() if (one.account, one.name) == (cluster.account, cluster.region)]
    for node_class in named(nodes(cluster), "EC2NodeClass").values():
        names = [term["tags"]["Name"].partition("-private-")[2] for term in node_class["spec"]["subnetSelectorTerms"]]
        assert sorted(names) == sorted(region.zones)


@needs_live
def test_karpenter_s_project_takes_this_repository() -> None:
    """The one that live/ tells Argo CD."""
    assert repository() in PROJECTS["karpenter"]["spec"]["sourceRepos"]


@needs_live
def test_live_tells_argo_cd_what_accounts_are_called() -> None:
    """Else it looks for a folder by the account's id."""
    common = told_to_argo_cd()["_envcommon/argocd-bootstrap.hcl"]
    assert re.search(r"account_name\s+= local\.account\.account_name", common)
