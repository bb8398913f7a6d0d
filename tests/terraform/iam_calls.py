"""Calls of the iam module, as a main and a secondary account make them, and what is in the plans that come of them."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.terraform.iam_policies import Document
from tests.terraform.planned import Resources, planned

_COMMON = {"name": "ml-clusters", "regions": ["us-east-1", "us-west-2"]}
_STATE = {
    "bucket": "ml-clusters-tfstate-111111111111",
    "kms_key_arn": "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000",
}
_NUMBERED = {"repository": "example/ml-clusters", "owner_id": "123456", "repository_id": "456789"}
_ATLANTIS = "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"

CALLS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "main": (
        "main",
        _COMMON
        | {
            "github": _NUMBERED,
            "state": _STATE,
            "terraform_roles": {
                "ci": {"environments": ["main", "secondary"], "execution_accounts": ["111111111111", "222222222222"]},
                "execution": {
                    "environments": ["main-long"],
                    "web_identities": {
                        "atlantis": {"provider_arn": _ATLANTIS, "subjects": ["system:serviceaccount:atlantis:atlantis"]}
                    },
                    "role_prefixes": ["mlc-"],
                },
                "plan": {"environments": ["plan"]},
            },
            "capacity_roles": {
                "reader": {"principals": ["arn:aws:iam::111111111111:role/claude-code"]},
                "purchaser": {"principals": ["arn:aws:iam::111111111111:user/jo"]},
            },
        },
    ),
    # A repository from before July 2026, whose subjects have no numbers; nobody buys with a second factor here.
    "secondary": (
        "secondary",
        _COMMON
        | {
            "github": {"repository": "example/ml-clusters"},
            "state": _STATE,
            "terraform_roles": {
                "execution": {
                    "environments": ["secondary-long"],
                    "principals": ["arn:aws:iam::111111111111:role/TerraformCIRole"],
                }
            },
            "capacity_roles": {
                "reader": {
                    "principals": ["arn:aws:iam::111111111111:role/claude-code", "arn:aws:iam::222222222222:user/kim"]
                },
                "purchaser": {"principals": ["arn:aws:iam::222222222222:role/finance"], "require_mfa": False},
            },
        },
    ),
    "clusters": (
        "main",
        _COMMON
        | {
            "permissions_boundary_arn": "arn:aws:iam::111111111111:policy/ml-clusters-boundary",
            "eks_roles": {"cni_policy": True, "ssm": True},
            "hyperpod_role": {
                "lifecycle_bucket": "sagemaker-ml-clusters-111111111111",
                "eks_cluster_arns": ["arn:aws:eks:us-west-2:111111111111:cluster/ml-clusters-training"],
            },
            "parallelcluster_roles": {},
            "data_buckets": {
                "ml-clusters-data-111111111111": {
                    "write_prefixes": ["checkpoints/"],
                    "kms_key_arn": _STATE["kms_key_arn"],
                }
            },
            "s3_replication_role": {
                "source": {"bucket": "ml-clusters-data-111111111111", "kms_key_arn": _STATE["kms_key_arn"]},
                "destinations": {
                    "secondary": {
                        "bucket": "ml-clusters-data-222222222222",
                        "kms_key_arn": "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000001",
                    }
                },
            },
        },
    ),
}


@cache
def iam_plans(folder: Path) -> dict[str, Resources]:
    """What each call would make. Terraform is asked once for a folder."""
    return planned("iam", CALLS, folder)


def roles(made: Resources) -> dict[str, Mapping[str, Any]]:
    """The roles of a call, by name."""
    return {each["name"]: each for address, each in made.items() if address.startswith("aws_iam_role.")}


def trust(made: Resources, role: str) -> Document:
    """A role's trust policy."""
    return json.loads(roles(made)[role]["assume_role_policy"])


def policies(made: Resources, *addresses: str) -> list[Document]:
    """The policies of the resources whose addresses begin so; there must be some."""
    found = [json.loads(each["policy"]) for address, each in made.items() if address.startswith(addresses)]
    assert found, addresses
    return found
