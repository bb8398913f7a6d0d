"""demo: the whole path on simulated AWS, step by step, through an MCP client as Claude Code is one."""

import tempfile
import textwrap
from pathlib import Path
from typing import Any

import anyio
from rich.console import Console
from rich.rule import Rule

from mcp_server.cli.calling import call_with, text_of
from mcp_server.cli.simulation import simulated


def run() -> None:
    """Walk through every step on a sandbox of its own, which is gone afterwards.

    Raises:
        CallFailed: A step's tool failed.
    """
    console = Console(soft_wrap=True, highlight=False)
    with tempfile.TemporaryDirectory(prefix="ml-clusters-demo-") as folder, simulated(Path(folder), fresh=True):
        for number, step in enumerate(_STEPS, start=1):
            console.print(Rule(f"{number}. {step.title}", align="left"))
            console.print(textwrap.fill(step.explanation, 110), style="dim", markup=False)
            command = f"ml-clusters --sandbox call search_capacity_blocks {_typed(step.arguments)}"
            console.print(f"\n$ {command}\n", markup=False)
            result = anyio.run(call_with, "search_capacity_blocks", step.arguments)
            console.print(text_of(result), markup=False)
            console.print()
    console.print(Rule("Next", align="left"))
    console.print(_NEXT, markup=False)


class _Step:
    def __init__(self, title: str, explanation: str, **arguments: Any) -> None:
        self.title, self.explanation, self.arguments = title, " ".join(explanation.split()), arguments


_STEPS = (
    _Step(
        "Eight p5.48xlarge for a week, anywhere",
        """Every region that sells the type is asked at once, in both accounts. A row meets the request when its usable
        time is that of a seven-day block: AWS answers seven days with six, seven or eight. The machines stop at the
        usable end, half an hour before the block's end; rate is the fee per accelerator-hour. Where AWS could not
        answer, a line says why: that is not the same as no capacity.""",
        instance_types=["p5.48xlarge"],
        count=8,
        days="7",
    ),
    _Step(
        "64 H200, five to seven days, by rate",
        """Short names and accelerators work too: h200 stands for p5e.48xlarge and p5en.48xlarge, and 64 accelerators
        are eight of either.""",
        instance_types=["h200"],
        count=64,
        count_unit="accelerators",
        days="5-7",
        sort="rate",
        accounts=["main"],
    ),
    _Step(
        "When nothing fits",
        """A request that cannot be met brings the nearest that can: fewer, shorter, later, another type, another
        region, each named for how it departs.""",
        instance_types=["p5"],
        count=64,
        days="28",
        regions=["us-east-1", "us-east-2", "ap-south-1"],
        accounts=["main"],
    ),
)

_NEXT = """\
Each offering has a handle (o-…) that later steps take and that survives restarts. An offering is not held. The world of
this demo is gone now; that of --sandbox is kept.
To go on by hand (in a clone: .venv/bin/ml-clusters):
  ml-clusters --sandbox call search_capacity_blocks --instance-types b200 --count 4 --days longest
  ml-clusters sandbox          simulated AWS for any AWS client
In Claude Code, open this folder and say: find eight p5.48xlarge for a week"""


def _typed(arguments: dict[str, Any]) -> str:
    return " ".join(f"--{name.replace('_', '-')} {_word(value)}" for name, value in arguments.items())


def _word(value: str | int | list[str]) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
