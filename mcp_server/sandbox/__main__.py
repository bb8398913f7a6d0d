"""What a detached sandbox runs: `python -m mcp_server.sandbox --directory D --until-unused 30`."""

import argparse
import json
import sys
from pathlib import Path

from mcp_server.sandbox.market import DEFAULT_SEED
from mcp_server.sandbox.population import BUILT_IN, Population
from mcp_server.sandbox.process import REFUSED, SandboxError, serve


def _population(text: str) -> Population:
    return Population.from_json(json.loads(text))


def main() -> int:
    """Serve as the arguments say. Returns 3 where one sentence on the error output says why not."""
    parser = argparse.ArgumentParser(prog="python -m mcp_server.sandbox")
    parser.add_argument("--directory", type=Path, help="where the world is kept; without it, nothing is")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of a world that begins now")
    parser.add_argument("--fresh", action="store_true", help="forget the world that is there")
    parser.add_argument("--until-unused", type=float, metavar="SECONDS", help="end when nobody used it for so long")
    parser.add_argument("--population", type=_population, default=BUILT_IN, help="JSON: of a world that begins now")
    given = parser.parse_args()
    try:
        serve(
            given.directory,
            port=given.port,
            seed=given.seed,
            fresh=given.fresh,
            on_ready=lambda url: print(url, flush=True),  # noqa: T201 - the program's only output
            until_unused=given.until_unused,
            population=given.population,
        )
    except SandboxError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
