"""What people type: ml-clusters COMMAND."""

from mcp_server.cli.commands import main

__all__ = ["main"]
