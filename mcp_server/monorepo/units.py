"""What the live tree holds: units, where they are, what they are made from, and what is wrong with them.

Paths have slashes and are relative to the tree's root; what lies outside begins with "..".
"""

from dataclasses import dataclass
from enum import StrEnum

from mcp_server.monorepo.requirements import Requirement
from mcp_server.monorepo.sources import Source
from mcp_server.monorepo.values import Value


class UnitKind(StrEnum):
    """What runs a unit."""

    TERRAGRUNT = "terragrunt"
    TERRAFORM = "terraform"


class FindingKind(StrEnum):
    """What is wrong with a tree."""

    BAD_HCL = "bad HCL"
    CYCLE = "cycle"
    MISSING_DEPENDENCY = "missing dependency"
    LINK = "link"
    OUTSIDE_ACCOUNT = "outside an account"
    OUTSIDE_REGION = "outside a region"
    NOT_READ = "not read"
    SAME_STATE = "same state"
    SAME_ACCOUNT = "same account"
    SAME_REGION = "same region"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: line counts from 1; start and end are bytes of the file, end excluded."""

    file: str
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, or something that could not be read. units are those it was found for, none: the tree."""

    kind: FindingKind
    file: str
    line: int
    sentence: str
    units: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Include:
    """A file that a unit includes, under a label."""

    label: str
    file: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """That a unit needs another. name is its block's label, None for an entry of `dependencies`."""

    path: str
    name: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Input:
    """A value that a unit gives to its module, by the keys that lead to it.

    A literal is written out at place, so it may be edited there. Anything else has the value it evaluates to, Unknown
    where that hangs on more than the files, at the place of its expression.
    """

    keys: tuple[str | int, ...]
    value: Value
    literal: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Unit:
    """A leaf of the tree: what is planned and applied at once, with a state of its own.

    None and empty mean unknown or not said; partly_read says that a file of it could not be read or evaluated, so that
    there may be more. account_file and region_file are those above it that say where it is. sources are its module's,
    or those of all modules that a plain Terraform folder calls. configurations are the files that it takes by
    read_terragrunt_config, also through others. pins are the versions of providers that files generated for it ask for.
    """

    path: str
    kind: UnitKind
    file: str
    account_file: str | None = None
    region_file: str | None = None
    account_name: str | None = None
    account_id: str | None = None
    region: str | None = None
    zone_ids: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    state_key: str | None = None
    state_bucket: str | None = None
    includes: tuple[Include, ...] = ()
    configurations: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    inputs: tuple[Input, ...] = ()
    providers: tuple[str, ...] = ()
    pins: tuple[Requirement, ...] = ()
    partly_read: bool = False

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def held_back_at(self) -> str | None:
        """The git ref that its module is taken at, None if it comes from this tree."""
        return next((each.held_back_at for each in self.sources if each.held_back_at), None)

    @property
    def literals(self) -> tuple[Input, ...]:
        """The inputs that are written out."""
        return tuple(each for each in self.inputs if each.literal)
