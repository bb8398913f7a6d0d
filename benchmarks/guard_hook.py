"""What the guard around spending costs each command, beside a bare Python that a shell starts and that does nothing."""

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROUNDS = 25

GUARD = ["sh", str(Path(__file__).parents[1] / "hooks" / "guard_spending.sh")]
BARE = ["sh", "-c", "python3 -I -S -c pass"]
PLAIN, NAMED = "git status && npm test", "grep -rn purchase_capacity_block ."


def measure() -> None:
    """Print the times of a plain command and of one that is looked at closely, and their ratios, measured in turns."""
    rounds = [(_seconds(GUARD, PLAIN), _seconds(GUARD, NAMED), _seconds(BARE, PLAIN)) for _ in range(ROUNDS)]
    plain, named, bare = (median(times) for times in zip(*rounds, strict=True))
    print("\nThe guard, for each command of an agent")
    print(f"  names nothing that is guarded {plain * 1000:6.1f} ms   ratio {plain / bare:.2f}")
    print(f"  is looked at closely         {named * 1000:7.1f} ms   ratio {named / bare:.2f}")
    print(f"  a bare Python from a shell   {bare * 1000:7.1f} ms")


def _seconds(command: list[str], asked: str) -> float:
    event = json.dumps({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": asked}})
    # A python3 that is found at once: a version manager's stand-in would be measured instead.
    environ = {"PATH": f"{sys.base_prefix}/bin:/usr/bin:/bin"}
    began = time.perf_counter()
    subprocess.run(command, input=event, env=environ, text=True, check=True, timeout=60)
    return time.perf_counter() - began
