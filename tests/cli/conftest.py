"""What the tests of the tools use as well."""

from tests.tools.conftest import anyio_backend, both_accounts, models_read_once, project, shop

__all__ = ["anyio_backend", "both_accounts", "models_read_once", "project", "shop"]
