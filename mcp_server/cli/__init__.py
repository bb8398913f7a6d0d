"""What people type: ml-clusters COMMAND."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C, also while it is still being loaded, ends it without a traceback."""
    try:
        from mcp_server.cli import commands  # noqa: PLC0415 - it takes long, and may be interrupted

        commands.main()
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
