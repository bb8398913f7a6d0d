"""What tests of the live tree may use."""

import pytest

from tests.live.copied_tree import CopiedTree, copied
from tests.tools.conftest import anyio_backend, both_accounts, models_read_once, project, shop

__all__ = ["anyio_backend", "both_accounts", "models_read_once", "project", "shop"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> CopiedTree:
    """A copy of the tree for the tests of a file, which leave it as it is."""
    return copied(tmp_path_factory.mktemp("tree"))
