"""What the Terraform modules say that gitops/ depends on, read from their text."""

import re
from collections.abc import Iterable
from functools import cache

from tests.gitops.manifests import MODULES


@cache
def _text(path: str) -> str:
    return (MODULES / path).read_text()


def _some(found: Iterable[str]) -> frozenset[str]:
    """What was found, which is something: else the text no longer has the form that is looked for."""
    names = frozenset(found)
    assert names
    return names


def eks_addons() -> frozenset[str]:
    """Add-ons that eks-cluster installs, such as vpc-cni."""
    return _some(re.findall(r'^    ([\w-]+)\s+= "v[\d.]+-eksbuild', _text("eks-cluster/addons.tf"), re.MULTILINE))


def refused_addons() -> frozenset[str]:
    """Names that argocd-bootstrap refuses among addons, since they are Terraform's."""
    (block,) = re.findall(
        r"setintersection\(keys\(var.addons\), \[(.*?)\]", _text("argocd-bootstrap/variables.tf"), re.DOTALL
    )
    return _some(re.findall(r'"(\w+)"', block))


def hyperpod_parts() -> frozenset[str]:
    """What HyperPod's chart also brings, such as nvidia-device-plugin."""
    (block,) = re.findall(r"hyperpod_parts = \[(.*?)\]", _text("argocd-bootstrap/cluster_secret.tf"))
    return _some(re.findall(r'"([\w-]+)"', block))


def annotations() -> frozenset[str]:
    """Annotations that argocd-bootstrap writes."""
    (block,) = re.findall(
        r"^  annotations = merge\((.*?)^  \)", _text("argocd-bootstrap/cluster_secret.tf"), re.MULTILINE | re.DOTALL
    )
    return _some(re.findall(r"(\w+)\s+= (?:var\.|coalesce\()", block))


def network_cards() -> dict[str, int]:
    """EFA interfaces by instance type, of every type that eks-cluster gives EFA."""
    found = re.findall(r'"([\w.-]+)"\s+= {[^}]* efa = (\d+) }', _text("eks-cluster/network_interfaces.tf"))
    assert found
    return {name: int(efa) for name, efa in found}


def ultraserver_types() -> frozenset[str]:
    """Types whose machines AWS takes back 60 minutes before a block's end."""
    (block,) = re.findall(r"ultraserver_types = \[(.*?)\]", _text("eks-cluster/capacity_blocks.tf"))
    return _some(re.findall(r'"([\w.]+)"', block))


def accelerator_taints() -> frozenset[str]:
    """Keys of the taints that eks-cluster gives nodes with accelerators."""
    (block,) = re.findall(r"accelerator_taints = {(.*?)}", _text("eks-cluster/node_groups.tf"))
    return _some(re.findall(r'"([\w./]+)"', block))


def required_metrics() -> frozenset[str]:
    """What monitoring's alerts read: its output required_metrics, by the same pattern."""
    assert "DCGM_FI_[A-Z_]+|node_amazonefa_[a-z_]+" in _text("monitoring/outputs.tf")
    rules = (path.read_text() for path in (MODULES / "monitoring" / "rules").glob("*.tftpl"))
    return _some(metric for text in rules for metric in re.findall("DCGM_FI_[A-Z_]+|node_amazonefa_[a-z_]+", text))


def scraped_names() -> frozenset[str]:
    """What the managed collector finds exporters by: their label app.kubernetes.io/name."""
    (block,) = re.findall(r"for job in \[(.*?)\]", _text("monitoring/templates/scrape.yaml.tftpl"))
    return _some(re.findall(r'"([\w-]+)"', block))


def argo_cd_version() -> str:
    """The version of Argo CD that the default chart has, as its variable tells."""
    text = _text("argocd-bootstrap/variables.tf")
    (chart,) = re.findall(r'version    = optional\(string, "([\d.]+)"\)', text)
    (version,) = re.findall(rf"{re.escape(chart)} has Argo CD ([\d.]+\d)", text)
    return version
