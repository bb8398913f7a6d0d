"""Run every benchmark and print its figures: `make bench`."""

import os
import tempfile
from pathlib import Path

from benchmarks import (
    guard_hook,
    intents,
    list_time,
    live_tree,
    plan_time,
    search_time,
    start_up,
    status_time,
    tokens,
)
from mcp_server.cli.simulation import simulated


def main() -> None:
    """Measure, on sandboxes of its own."""
    guard_hook.measure()
    start_up.measure()
    intents.measure()
    live_tree.measure()
    plan_time.measure()
    with tempfile.TemporaryDirectory() as folder, simulated(Path(folder)) as running:
        os.environ["CLAUDE_PROJECT_DIR"] = folder
        tokens.measure(running.control)
        search_time.measure(running.control)
        list_time.measure(running.control)
    status_time.measure()


if __name__ == "__main__":
    main()
