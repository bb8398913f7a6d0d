"""Whether this machine has the providers, and the registry of modules, that plans are made with."""

import os
from pathlib import Path

import pytest

from tests.plans.risk_recipes.recipe import Standing


def skip_without_providers(standing: Standing) -> None:
    """Skip the test where Terraform cannot be given what a configuration stands on."""
    config = os.environ.get("TF_CLI_CONFIG_FILE")
    if not config or (standing.registry_module and "modules.v1" not in Path(config).read_text()):
        pytest.skip(f"no providers, or no registry that has {standing.registry_module or 'them'}: TF_CLI_CONFIG_FILE")
    if standing.aws == "5.100.0" and not os.environ.get("TERRAFORM_REAL_PLUGINS"):
        pytest.skip("no real aws provider here: TERRAFORM_REAL_PLUGINS is not set")
