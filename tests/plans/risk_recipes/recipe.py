"""How a plan of a risk is made: of what stands, and of what is changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
MODULES = "terraform/modules"

Json = dict[str, Any]
Files = dict[str, str]


def _as_it_is(state: Json) -> None:
    del state


def _nothing() -> None:
    pass


@dataclass(frozen=True, eq=False)
class Standing:
    """A configuration that stands, in `root`, from a module's example or written here.

    files are beside those of the repository or instead of them, by path. It stands in a state that was written, of
    which mend makes what AWS would have answered; or it was applied, to simulated AWS. stand_in says of which
    providers only the schema was there: they force no replacement, which -replace asks for instead. registry_module
    is one that it calls.
    """

    made_from: str
    root: str
    files: Files
    account: str = "111111111111"
    region: str = "us-east-1"
    mend: Callable[[Json], None] = _as_it_is
    applied: bool = False
    stand_in: str = ""
    aws: str = "5.100.0"
    registry_module: str = ""

    def text(self) -> str:
        """Its main.tf."""
        name = f"{self.root}/main.tf"
        return self.files[name] if name in self.files else (ROOT / name).read_text()


@dataclass(frozen=True, eq=False)
class Recipe:
    """A change of what stands: files that are written, a state that is altered, flags of the plan.

    rules are those whose fixture it is; says is what was changed. outside changes something in simulated AWS.
    refreshed: AWS is asked what is there.
    """

    name: str
    standing: Standing
    rules: tuple[str, ...]
    says: str
    after: Files = field(default_factory=dict[str, str])
    since: Callable[[Json], None] = _as_it_is
    outside: Callable[[], None] = _nothing
    flags: tuple[str, ...] = ()
    refreshed: bool = False


_PROVIDERS = """terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "5.100.0"
    }}
  }}
}}

provider "aws" {{
  region = "{region}"

  assume_role {{
    role_arn = "arn:aws:iam::{account}:role/terraform"
  }}
}}
"""


def example(module: str, account: str = "111111111111", region: str = "us-east-1", **more: Any) -> Standing:
    """The example of a module as it is, with the real provider in the account that it speaks of."""
    root = f"{MODULES}/{module}/examples/basic"
    files = {f"{root}/always_override.tf": _PROVIDERS.format(account=account, region=region)}
    return Standing(root, root, {**files, **more.pop("files", {})}, account=account, region=region, **more)


def called(module: str, text: str, account: str = "111111111111", region: str = "us-east-1", **more: Any) -> Standing:
    """A call of a module that is smaller than its example."""
    root = f"{MODULES}/{module}/examples/small"
    files = {
        f"{root}/providers.tf": _PROVIDERS.format(account=account, region=region),
        f"{root}/main.tf": text,
    }
    return Standing(
        f"{MODULES}/{module}", root, {**files, **more.pop("files", {})}, account=account, region=region, **more
    )


def written(text: str, account: str = "111111111111", **more: Any) -> Standing:
    """A small configuration of its own, for what no module here has."""
    files = {"root/providers.tf": _PROVIDERS.format(account=account, region="us-east-1"), "root/main.tf": text}
    return Standing("a configuration of its own: no module here has it", "root", files, account=account, **more)


def in_call(standing: Standing, text: str) -> Files:
    """Something else in what the root module says; an override."""
    return {f"{standing.root}/after_override.tf": text}


def instead(standing: Standing, text: str) -> Files:
    """Another main.tf of the root module."""
    return {f"{standing.root}/main.tf": text}


def beside(standing: Standing, text: str) -> Files:
    """One file more in the root module."""
    return {f"{standing.root}/beside.tf": text}


def in_module(module: str, text: str) -> Files:
    """Something else in what a module itself says; an override."""
    return {f"{MODULES}/{module}/after_override.tf": text}


def reworded(path: str, was: str, now: str) -> Files:
    """A file of the repository in which a text is another."""
    text = (ROOT / path).read_text()
    if was not in text:
        raise ValueError(f"{path} has no {was!r}")
    return {path: text.replace(was, now)}


def attributes(state: Json, kind: str) -> list[Json]:
    """Of every resource of a type in a state; to be altered."""
    found = [each for each in state["resources"] if each["type"] == kind]
    return [instance["attributes"] for each in found for instance in each["instances"]]


def tainted(kind: str) -> Callable[[Json], None]:
    """What `terraform taint` does to the resources of a type."""

    def taint(state: Json) -> None:
        for each in state["resources"]:
            if each["type"] == kind:
                for instance in each["instances"]:
                    instance["status"] = "tainted"

    return taint
