"""Reading the NodeClasses that Argo CD gives to clusters."""

from dataclasses import replace
from pathlib import Path

import pytest

from mcp_server.monorepo.node_classes import NodeClasses, Selector, read_gitops
from tests.clusters.worlds import block, on_demand

ROOT = Path(__file__).parents[2]
NODE_CLASS = """
kind: EC2NodeClass
spec:
  capacityReservationSelectorTerms: {terms}
"""


def folder(root: Path, text: str) -> Path:
    """A folder of gitops with one cluster, whose file has this text."""
    cluster = root / "clusters" / "main" / "us-east-1" / "training"
    cluster.mkdir(parents=True)
    (cluster / "node-classes.yaml").write_text(text)
    return root


def of_cluster(root: Path) -> NodeClasses:
    """What is read of its one cluster."""
    gitops = read_gitops(root)
    assert gitops
    (found,) = gitops.clusters
    return found


def test_our_own_folder_is_read() -> None:
    """The gate is on, every cluster's folder is read, and none names a reservation."""
    gitops = read_gitops(ROOT / "gitops")
    assert gitops
    assert gitops.reserved_only is True
    assert [(each.account, each.region, each.cluster) for each in gitops.clusters] == [
        ("main", "us-east-1", "ml-clusters-training"),
        ("main", "us-west-2", "ml-clusters-inference"),
        ("secondary", "us-west-2", "ml-clusters-training"),
    ]
    assert {(each.selectors, each.unread) for each in gitops.clusters} == {((), ())}


def test_selectors_are_read_by_id_and_by_tags(tmp_path: Path) -> None:
    """As Karpenter has them."""
    terms = (
        "[{id: cr-0123456789abcdef0}, {tags: {team: ml, any: '*'}, ownerID: '111122223333'},"
        " {instanceMatchCriteria: open}, {tags: {team: ml}, instanceMatchCriteria: targeted}]"
    )
    found = of_cluster(folder(tmp_path, NODE_CLASS.format(terms=terms)))
    assert found.selectors == (
        Selector("cr-0123456789abcdef0"),
        Selector(None, (("team", "ml"), ("any", "*")), "111122223333"),
        Selector(None, is_open=True),
        Selector(None, (("team", "ml"),), is_open=False),
    )


def test_a_selector_takes_what_karpenter_would() -> None:
    """One id; or all tags and how machines come to it, and only of the owner that it names."""
    tagged = Selector(None, (("team", "ml"), ("any", "*")))
    ours, whole = on_demand(id="cr-1", tags=(("team", "ml"),)), on_demand(tags=(("team", "ml"), ("any", "thing")))
    assert Selector("cr-1").takes(ours)
    assert not Selector("cr-2").takes(ours)
    assert tagged.takes(whole)
    assert not tagged.takes(ours)
    assert not Selector(None, tagged.tags, "2").takes(whole)
    assert not Selector(None).takes(ours)
    assert Selector(None, is_open=True).takes(ours)
    assert not Selector(None, is_open=True).takes(replace(ours, open=False))
    assert not Selector(None, tagged.tags, is_open=False).takes(whole)
    assert Selector(None, is_open=False).takes(block())
    assert not Selector(None, is_open=True).takes(block())


@pytest.mark.parametrize(
    "text", ["{", "a: b: c", "\x00", "kind: [*nowhere]", "a: 2026-13-45", "a: !!int ''", "a: !!bool perhaps"]
)
def test_a_broken_file_is_told_and_hides_nothing(tmp_path: Path, text: str) -> None:
    """The files beside it are read."""
    root = folder(tmp_path, NODE_CLASS.format(terms="[{id: cr-1}]"))
    (root / "clusters" / "main" / "us-east-1" / "training" / "broken.yaml").write_text(text)
    found = of_cluster(root)
    assert found.unread == ("clusters/main/us-east-1/training/broken.yaml",)
    assert found.selectors == (Selector("cr-1"),)


@pytest.mark.parametrize("terms", ["", "{}", "[1, null, []]", "[{tags: []}]", "[{instanceMatchCriteria: targeted}]"])
def test_odd_terms_take_nothing(tmp_path: Path, terms: str) -> None:
    """Whatever Karpenter would say to them."""
    found = of_cluster(folder(tmp_path, NODE_CLASS.format(terms=terms)))
    assert not any(each.takes(on_demand(tags=(("team", "ml"),))) for each in found.selectors)


def test_without_a_folder_there_is_nothing_to_read(tmp_path: Path) -> None:
    """And without Karpenter's file nobody knows of the gate."""
    assert read_gitops(tmp_path) is None
    gitops = read_gitops(folder(tmp_path, ""))
    assert gitops
    assert gitops.reserved_only is None
