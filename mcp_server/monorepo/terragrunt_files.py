"""One file of Terragrunt's as it is evaluated for one unit: its locals, what it includes, Terragrunt's functions.

Which folder a function means is Terragrunt 1.1.3's rule (pkg/config/config_helpers.go): in an included file they are
relative to the unit that includes it, in a file read by read_terragrunt_config to that file. Environment variables are
never looked at: get_env gives its default, so that a tree reads the same for everybody. Commands are never run.
"""

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.evaluating import Named, Work, evaluate
from mcp_server.monorepo.files import TreeFiles
from mcp_server.monorepo.functions import clean_path
from mcp_server.monorepo.syntax import Attribute, Document
from mcp_server.monorepo.values import FileLocals, Unknown, Value

UNIT_FILE = "terragrunt.hcl"
_RUNNING = frozenset({"run_cmd", "sops_decrypt_file"})


@dataclass(frozen=True, slots=True)
class Configuration:
    """What read_terragrunt_config gives for a file, and every file that it took, itself included."""

    value: Value
    files: frozenset[str]


class SharedReadings:
    """Files with what was read of them, for all units of a tree."""

    def __init__(self, files: TreeFiles) -> None:
        self.files = files
        self.read: dict[str, Configuration] = {}
        self.in_progress: set[str] = set()


@dataclass(slots=True)
class UnitReading:
    """What the files of one unit share while they are evaluated.

    asked_for_unit counts what hangs on the unit. configurations are the files that were read beside those that it
    includes.
    """

    shared: SharedReadings
    unit_file: str
    work: Work = field(default_factory=Work)
    asked_for_unit: int = 0
    configurations: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An include block: strategy is shallow, deep or no_merge."""

    label: str
    path: str
    exposed: bool
    strategy: str


class TerragruntFile:
    """A file of a unit, and the scope of its expressions.

    config is the file that functions are relative to: the unit's for an included one. included is the block that
    includes it, None if none does.
    """

    def __init__(
        self, reading: UnitReading, path: str, document: Document, config: str, included: Inclusion | None = None
    ) -> None:
        self.reading, self.path, self.document, self.config, self.included = reading, path, document, config, included
        self.includes: dict[str, TerragruntFile] = {}
        block = document.body.block("locals")
        self._locals: Mapping[str, Attribute] = block.body.attributes if block else {}
        self._values: dict[str, Value] = {}
        self._in_progress: set[str] = set()

    @property
    def work(self) -> Work:
        """What is counted for the unit."""
        return self.reading.work

    def name(self, name: str) -> Named:
        """What a name stands for in this file."""
        match name:
            case "local":
                return _Locals(self)
            case "include":
                return _Includes(self)
            case "dependency":
                return _Dependencies()
            case _:
                return Unknown(f"{quoted(name, 80)} is not known before a run")

    def call(self, name: str, arguments: Sequence[Value]) -> Value:
        """What one of Terragrunt's functions gives here."""
        function = _FUNCTIONS.get(name)
        if not function:
            return Unknown(f"{quoted(name, 80)} is {'never run' if name in _RUNNING else 'not evaluated'}")
        texts = [each for each in arguments if isinstance(each, str)]
        if name != "read_terragrunt_config" and len(texts) != len(arguments):
            unknown = (each for each in arguments if isinstance(each, Unknown))
            return next(unknown, Unknown(f"{quoted(name, 80)} takes texts"))
        return function(self, arguments)

    def local(self, name: str) -> Value:
        """A local of this file."""
        if name in self._values:
            return self._values[name]
        attribute = self._locals.get(name)
        if attribute is None:
            at_fault = self.reading.shared.files.relative(self.path)
            return Unknown(f"there is no local {quoted(name, 80)}", at_fault)
        if name in self._in_progress:
            return Unknown(f"the local {quoted(name, 80)} needs itself")
        self._in_progress.add(name)
        try:
            value = self._values[name] = evaluate(attribute.expression, self)
        finally:
            self._in_progress.discard(name)
        return value

    def locals(self) -> Mapping[str, Value]:
        """All locals of this file."""
        return {name: self.local(name) for name in self._locals}

    def attribute(self, name: str) -> Value:
        """An argument at the file's top; None if it has none of this name."""
        found = self.document.body.attributes.get(name)
        return evaluate(found.expression, self) if found else None

    @property
    def folder(self) -> str:
        """The folder that functions are relative to."""
        return posixpath.dirname(self.config)


@dataclass(frozen=True, slots=True)
class _Locals:
    file: TerragruntFile

    def member(self, name: str) -> Named:
        return self.file.local(name)


@dataclass(frozen=True, slots=True)
class _Includes:
    """include.LABEL…, or include.… where the one include has no label."""

    file: TerragruntFile

    def member(self, name: str) -> Named:
        bare = self.file.includes.get("")
        if bare:
            return _Included(bare).member(name)
        found = self.file.includes.get(name)
        if not found:
            return Unknown(f"there is no include {quoted(name, 80)} that could be read")
        if not (found.included and found.included.exposed):
            return Unknown(f"the include {quoted(name, 80)} is not exposed")
        return _Included(found)


@dataclass(frozen=True, slots=True)
class _Included:
    file: TerragruntFile

    def member(self, name: str) -> Named:
        if name == "locals":
            return _Locals(self.file)
        if name == "inputs":
            return self.file.attribute("inputs")
        return Unknown(f"{quoted(name, 80)} of an included file is not evaluated")


@dataclass(frozen=True, slots=True)
class _Dependencies:
    def member(self, name: str) -> Named:
        return Unknown(f"it hangs on what {quoted(name, 80)} gives when it is applied")


def _find_in_parent_folders(file: TerragruntFile, arguments: Sequence[Value]) -> Value:
    name, *fallback = arguments or [UNIT_FILE]
    found = file.reading.shared.files.found_above(file.folder, str(name))
    if found:
        return found
    return fallback[0] if fallback else Unknown(f"there is no {quoted(str(name), 80)} in the folders above")


def _read_terragrunt_config(file: TerragruntFile, arguments: Sequence[Value]) -> Value:
    match arguments:
        case [Unknown() as unknown, *_]:
            return unknown
        case [str() as written, *default]:
            files = file.reading.shared.files
            path = clean_path(posixpath.join(file.folder, written))
            if files.is_file(f"{path}/{UNIT_FILE}"):
                path = f"{path}/{UNIT_FILE}"
            if files.is_file(path):
                return read_configuration(file.reading, path)
            return default[0] if default else Unknown(f"there is no {quoted(files.relative(path), 200)}")
        case _:
            return Unknown('"read_terragrunt_config" takes a path')


def read_configuration(reading: UnitReading, path: str) -> Value:
    """What read_terragrunt_config gives for a file, as far as locals and inputs go."""
    shared = reading.shared
    if path in shared.read:
        reading.configurations |= shared.read[path].files
        return shared.read[path].value
    if path in shared.in_progress:
        return Unknown(f"{quoted(shared.files.relative(path), 200)} reads itself")
    document = shared.files.document(path)
    if document.trouble:
        relative = shared.files.relative(path)
        return Unknown(f"{quoted(relative, 200)} could not be read: {document.trouble.what}", relative)
    before, depth = reading.asked_for_unit, reading.work.depth
    others, reading.configurations = reading.configurations, {path}
    shared.in_progress.add(path)
    try:
        file = TerragruntFile(reading, path, document, path)
        found = FileLocals(shared.files.relative(path), file.locals())
        value = {"locals": found, "inputs": file.attribute("inputs")}
    finally:
        shared.in_progress.discard(path)
        taken, reading.configurations = reading.configurations, reading.configurations | others
    # Where it was read from deep inside, or says something else for every unit, it is read again for the next.
    if reading.asked_for_unit == before and depth < 20 and not reading.work.spent:
        shared.read[path] = Configuration(value, frozenset(taken))
    return value


def _get_terragrunt_dir(file: TerragruntFile, _arguments: Sequence[Value]) -> Value:
    return file.folder


def _get_original_terragrunt_dir(file: TerragruntFile, _arguments: Sequence[Value]) -> Value:
    file.reading.asked_for_unit += 1
    return posixpath.dirname(file.reading.unit_file)


def _selected(file: TerragruntFile, arguments: Sequence[Value]) -> str | Unknown | None:
    """The folder of the included file that is meant: the file itself, the only one, or the one named; None if none."""
    if file.included:
        return posixpath.dirname(file.path)
    if len(file.includes) <= 1:
        return next((posixpath.dirname(each.path) for each in file.includes.values()), None)
    named = file.includes.get(str(arguments[0])) if arguments else None
    return posixpath.dirname(named.path) if named else Unknown("it does not say which include is meant")


def _path_relative_to_include(file: TerragruntFile, arguments: Sequence[Value]) -> Value:
    folder = _selected(file, arguments)
    return posixpath.relpath(file.folder, folder) if isinstance(folder, str) else (folder or ".")


def _path_relative_from_include(file: TerragruntFile, arguments: Sequence[Value]) -> Value:
    folder = _selected(file, arguments)
    return posixpath.relpath(folder, file.folder) if isinstance(folder, str) else (folder or ".")


def _get_parent_terragrunt_dir(file: TerragruntFile, arguments: Sequence[Value]) -> Value:
    return _selected(file, arguments) or file.folder


def _repository(file: TerragruntFile) -> str | Unknown:
    files = file.reading.shared.files
    return files.repository or Unknown("the tree is in no git work tree")


def _get_repo_root(file: TerragruntFile, _arguments: Sequence[Value]) -> Value:
    return _repository(file)


def _get_path_from_repo_root(file: TerragruntFile, _arguments: Sequence[Value]) -> Value:
    top = _repository(file)
    return top if isinstance(top, Unknown) else posixpath.relpath(file.folder, top)


def _get_path_to_repo_root(file: TerragruntFile, _arguments: Sequence[Value]) -> Value:
    top = _repository(file)
    return top if isinstance(top, Unknown) else posixpath.relpath(top, file.folder)


def _get_env(_file: TerragruntFile, arguments: Sequence[Value]) -> Value:
    if len(arguments) == 2:
        return arguments[1]
    return Unknown("it hangs on an environment variable without a default")


def _mark_as_read(_file: TerragruntFile, arguments: Sequence[Value]) -> Value:
    return arguments[0] if arguments else Unknown('"mark_as_read" takes a path')


_FUNCTIONS: Mapping[str, Callable[[TerragruntFile, Sequence[Value]], Value]] = {
    "find_in_parent_folders": _find_in_parent_folders,
    "get_env": _get_env,
    "get_original_terragrunt_dir": _get_original_terragrunt_dir,
    "get_parent_terragrunt_dir": _get_parent_terragrunt_dir,
    "get_path_from_repo_root": _get_path_from_repo_root,
    "get_path_to_repo_root": _get_path_to_repo_root,
    "get_repo_root": _get_repo_root,
    "get_terragrunt_dir": _get_terragrunt_dir,
    "mark_as_read": _mark_as_read,
    "path_relative_from_include": _path_relative_from_include,
    "path_relative_to_include": _path_relative_to_include,
    "read_terragrunt_config": _read_terragrunt_config,
}
