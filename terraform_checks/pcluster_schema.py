"""Run by the Python of ParallelCluster's environment, so that it imports nothing of ours.

It reads a configuration in JSON. Its last line is JSON: the version of ParallelCluster, and what its schema refuses.
"""

import importlib
import json
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any


def lines(messages: Any, path: str = "") -> Iterator[str]:
    """The messages of marshmallow, each with the path to what it is about."""
    if isinstance(messages, dict):
        for key, below in messages.items():  # pyright: ignore[reportUnknownVariableType]
            yield from lines(below, f"{path}.{key}" if path else str(key))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(messages, list):
        for each in messages:  # pyright: ignore[reportUnknownVariableType]
            yield from lines(each, path)
    else:
        yield f"{path}: {messages}"


def main() -> None:
    """Load the configuration as ParallelCluster does."""
    configuration = json.load(sys.stdin)
    # It asks EC2 about reservations while it loads, and goes on without an answer: nobody's credentials are to be used.
    os.environ |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull}
    os.environ["AWS_DEFAULT_REGION"] = str(configuration.get("Region", "us-east-1"))
    schema = importlib.import_module("pcluster.schemas.cluster_schema").ClusterSchema(cluster_name="example")
    refusal = importlib.import_module("marshmallow").ValidationError
    wrong: list[str] = []
    try:
        schema.load(configuration)
    except refusal as refused:
        wrong = list(lines(refused.messages))
    sys.stdout.write(f"\n{json.dumps({'version': version('aws-parallelcluster'), 'wrong': wrong})}\n")


if __name__ == "__main__":
    main()
