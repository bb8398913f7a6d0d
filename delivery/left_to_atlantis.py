"""The units that Actions do not plan, read from the filters that Terragrunt gets. It needs nothing but Python."""

import re
from pathlib import Path

FILTERS = Path(__file__).with_suffix(".filters")
_CACHE = ".terragrunt-cache"
_EXCLUSION = re.compile(r"!\{(.+)\}")


def left_to_atlantis(tree: Path) -> tuple[str, ...]:
    """Units under the root of a live tree that FILTERS takes out, by their paths in it, sorted."""
    lines = FILTERS.read_text().splitlines()
    patterns = [found[1] for line in lines if (found := _EXCLUSION.fullmatch(line))]
    files = [file.relative_to(tree) for each in patterns for file in tree.glob(f"{each}/terragrunt.hcl")]
    return tuple(sorted({file.parent.as_posix() for file in files if _CACHE not in file.parts}))
