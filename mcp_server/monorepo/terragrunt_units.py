"""A folder with a terragrunt.hcl becomes a Unit: its own file and those that it includes, merged as Terragrunt does.

The order of the merge is that of Terragrunt 1.1.3 (pkg/config/include.go): what the unit says wins, then its last
include, and the first include last.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import syntax
from mcp_server.monorepo.evaluating import evaluate
from mcp_server.monorepo.findings import Findings
from mcp_server.monorepo.functions import clean_path
from mcp_server.monorepo.inputs import Inputs, InputsReader, InputsUnread, flat, merged_deep, merged_shallow
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.parsing import parse
from mcp_server.monorepo.requirements import Requirement, provider_requirements
from mcp_server.monorepo.sources import Source, read_source
from mcp_server.monorepo.syntax import Attribute, Block, Expression
from mcp_server.monorepo.terragrunt_files import UNIT_FILE, Inclusion, SharedReadings, TerragruntFile, UnitReading
from mcp_server.monorepo.units import Dependency, FindingKind, Include, Input, Unit, UnitKind
from mcp_server.monorepo.values import Unknown, Value
from mcp_server.monorepo.whereabouts import WhereaboutsReader

_STRATEGIES = frozenset({"shallow", "deep", "no_merge"})
_PROVIDER = re.compile(r'^\s*provider\s+"([^"\s]{1,80})"', re.MULTILINE)


def read_unit(shared: SharedReadings, names: TreeNames, folder: str, findings: Findings) -> Unit:
    """The unit in this folder, which is absolute. Whatever of it cannot be read is told as a finding."""
    return _UnitReader(shared, names, folder, findings).read()


class _UnitReader:
    def __init__(self, shared: SharedReadings, names: TreeNames, folder: str, findings: Findings) -> None:
        self._files, self._names, self._folder, self._findings = shared.files, names, folder, findings
        self._file = f"{folder}/{UNIT_FILE}"
        self._reading = UnitReading(shared, self._file)
        self._path = self._files.relative(folder)
        self._partly = False

    def read(self) -> Unit:
        document = self._files.leaf(self._file)
        self._partly |= self._findings.trouble(document, self._file, self._path)
        leaf = TerragruntFile(self._reading, self._file, document, self._file)
        leaf.includes = {each.label: self._included(each) for each in self._inclusions(leaf)}
        layers = [leaf, *(each for each in reversed(leaf.includes.values()) if _strategy(each) != "no_merge")]
        where = WhereaboutsReader(self._reading, self._names, self._findings).read(self._folder)
        source = self._source(layers)
        state_key, state_bucket = self._state(layers)
        dependencies = self._dependencies(layers)
        inputs = self._inputs(layers)
        for each in layers:
            each.locals()
        return Unit(
            path=self._path,
            kind=UnitKind.TERRAGRUNT,
            file=self._files.relative(self._file),
            account_file=where.account_file,
            region_file=where.region_file,
            account_name=where.account_name,
            account_id=where.account_id,
            region=where.region,
            zone_ids=where.zone_ids,
            sources=(source,) if source else (),
            state_key=state_key,
            state_bucket=state_bucket,
            includes=tuple(Include(label, self._files.relative(each.path)) for label, each in leaf.includes.items()),
            configurations=tuple(sorted(map(self._files.relative, self._reading.configurations))),
            dependencies=dependencies,
            inputs=inputs,
            providers=_providers(layers),
            pins=_pins(layers),
            partly_read=self._partly,
        )

    def _inclusions(self, leaf: TerragruntFile) -> Iterator[Inclusion]:
        for block in leaf.document.body.of_kind("include"):
            found = block.body.attributes
            path = self._value(leaf, found.get("path"), block, "the path of an include")
            if not isinstance(path, str):
                continue
            path = clean_path(posixpath.join(self._folder, path))
            if not self._files.is_file(path):
                what = f"what it includes is not there: {quoted(self._files.relative(path), 200)}"
                self._tell(leaf, block.start, what)
                continue
            exposed = evaluate(found["expose"].expression, leaf) if "expose" in found else False
            strategy = evaluate(found["merge_strategy"].expression, leaf) if "merge_strategy" in found else "shallow"
            if strategy not in _STRATEGIES:
                self._tell(leaf, block.start, "the merge_strategy of an include cannot be read; it is not merged")
                strategy = "no_merge"
            yield Inclusion(next(iter(block.labels), ""), path, exposed is True, str(strategy))

    def _included(self, inclusion: Inclusion) -> TerragruntFile:
        document = self._files.document(inclusion.path)
        self._partly |= self._findings.trouble(document, inclusion.path, self._path)
        file = TerragruntFile(self._reading, inclusion.path, document, self._file, inclusion)
        nested = document.body.block("include")
        if nested:
            self._tell(file, nested.start, "an included file may not include another: Terragrunt refuses it")
        return file

    def _source(self, layers: Sequence[TerragruntFile]) -> Source | None:
        for file in layers:
            block = file.document.body.block("terraform")
            attribute = block.body.attributes.get("source") if block else None
            if attribute:
                text = self._value(file, attribute, None, "the module's source")
                return read_source(text, self._folder, self._files.root) if isinstance(text, str) else None
        return None

    def _state(self, layers: Sequence[TerragruntFile]) -> tuple[str | None, str | None]:
        """Key and bucket of the state. Only the key has to be there: a bucket's name may hang on a run."""
        for file in layers:
            config = _remote_state(file)
            if not config:
                continue
            at, key = _configured(file, config, "key")
            if not isinstance(key, str):
                self._tell(file, at.start, "the state key cannot be read", key)
                return None, None
            bucket = _configured(file, config, "bucket")[1]
            return key, bucket if isinstance(bucket, str) else None
        return None, None

    def _dependencies(self, layers: Sequence[TerragruntFile]) -> tuple[Dependency, ...]:
        """What the unit needs. A path of an included file stays, even where the unit has a block of the same name.

        Only a deep merge replaces it, also by a block that is not enabled.
        """
        found: dict[str, Dependency] = {}
        named: set[str] = set()
        for file in layers:
            replaced = named if _strategy(file) == "deep" else set[str]()
            for each in self._dependencies_in(file):
                if each.name is None or each.name not in replaced:
                    found.setdefault(each.path, each)
            named = named | {label for each in file.document.body.of_kind("dependency") for label in each.labels}
        return tuple(sorted(found.values(), key=lambda each: each.path))

    def _dependencies_in(self, file: TerragruntFile) -> Iterator[Dependency]:
        body = file.document.body
        for block in body.of_kind("dependency"):
            found = block.body.attributes
            if "enabled" in found and evaluate(found["enabled"].expression, file) is False:
                continue
            attribute = found.get("config_path")
            path = self._value(file, attribute, block, "the config_path of a dependency")
            if attribute and isinstance(path, str):
                yield self._dependency(file, path, next(iter(block.labels), ""), attribute.expression)
        for block in body.of_kind("dependencies"):
            attribute = block.body.attributes.get("paths")
            paths = self._value(file, attribute, block, "the paths of dependencies")
            for at, path in enumerate(paths if isinstance(paths, tuple) else ()):
                expression = _item(attribute, at)
                if isinstance(path, str) and expression:
                    yield self._dependency(file, path, None, expression)
                else:
                    self._tell(file, block.start, "a path of dependencies cannot be read", path)

    def _dependency(self, file: TerragruntFile, path: str, name: str | None, expression: Expression) -> Dependency:
        """A path, in whichever file it stands, is relative to the unit."""
        target = self._files.resolved(clean_path(posixpath.join(self._folder, path)))
        return Dependency(
            self._files.relative(target), name, self._findings.place(file.document, file.path, expression)
        )

    def _inputs(self, layers: Sequence[TerragruntFile]) -> tuple[Input, ...]:
        merged: Inputs = {}
        for file in layers:
            attribute = file.document.body.attributes.get("inputs")
            if not attribute:
                continue
            try:
                below = InputsReader(file, self._findings).read(attribute.expression)
            except InputsUnread as unread:
                self._tell(file, unread.expression.start, "not all inputs can be read", unread.why)
                continue
            merged = merged_deep(below, merged) if _strategy(file) == "deep" else merged_shallow(below, merged)
        return tuple(flat(merged))

    def _value(self, file: TerragruntFile, attribute: Attribute | None, block: Block | None, what: str) -> Value:
        """An argument's value; that it cannot be read is told."""
        value = evaluate(attribute.expression, file) if attribute else Unknown("it is not said")
        if isinstance(value, Unknown):
            at = attribute.expression.start if attribute else block.start if block else 0
            self._tell(file, at, f"{what} cannot be read", value)
        return value

    def _tell(self, file: TerragruntFile, at: int, what: str, value: Value = None) -> None:
        """Add that something cannot be read, with the reason if its value is unknown."""
        self._partly = True
        unknown = value if isinstance(value, Unknown) else None
        sentence = f"{what}: {unknown.why}." if unknown else f"{what}."
        at_fault = unknown.at_fault if unknown else None
        self._findings.tell_of(file.document, file.path, at, FindingKind.NOT_READ, sentence, self._path, at_fault)


def _strategy(file: TerragruntFile) -> str:
    return file.included.strategy if file.included else "shallow"


def _item(attribute: Attribute | None, at: int) -> Expression | None:
    """The expression of a list's item, else of the list, if it is made elsewhere."""
    if not attribute:
        return None
    written = attribute.expression
    return written.items[at] if isinstance(written, syntax.Sequence) and at < len(written.items) else written


def _configured(file: TerragruntFile, config: Expression, name: str) -> tuple[Expression, Value]:
    """An argument of a remote state's configuration: its expression, else that of the whole, and its value."""
    if isinstance(config, syntax.Object):
        named = (value for key, value in config.items if isinstance(key, syntax.Variable) and key.name == name)
        written = next(named, None)
        if written:
            return written, evaluate(written, file)
    value = evaluate(config, file)
    return config, value.get(name, Unknown(f"there is no {name}")) if isinstance(value, Mapping) else value


def _remote_state(file: TerragruntFile) -> Expression | None:
    """The configuration of a file's remote state, which may be a block or an argument."""
    body = file.document.body
    block = body.block("remote_state")
    if block:
        config = block.body.attributes.get("config")
        return config.expression if config else None
    attribute = body.attributes.get("remote_state")
    if not attribute or not isinstance(attribute.expression, syntax.Object):
        return attribute.expression if attribute else None
    pairs = attribute.expression.items
    return next((value for key, value in pairs if isinstance(key, syntax.Variable) and key.name == "config"), None)


def _providers(layers: Sequence[TerragruntFile]) -> tuple[str, ...]:
    """The providers whose configuration is generated."""
    named: dict[str, None] = {}
    for file in layers:
        for block in file.document.body.of_kind("generate"):
            contents = block.body.attributes.get("contents")
            if contents:
                named |= dict.fromkeys(_PROVIDER.findall(_written(contents.expression)))
    return tuple(sorted(named))


def _pins(layers: Sequence[TerragruntFile]) -> tuple[Requirement, ...]:
    """The versions of providers that generated files ask for: what a later include says too, the first one wins."""
    found: dict[str, Requirement] = {}
    for file in layers:
        for block in file.document.body.of_kind("generate"):
            contents = block.body.attributes.get("contents")
            if contents and "required_providers" in _written(contents.expression):
                text = evaluate(contents.expression, file)
                for each in _asked_for(text) if isinstance(text, str) else ():
                    found.setdefault(each.address, each)
    return tuple(found[address] for address in sorted(found))


@lru_cache(maxsize=1_000)
def _asked_for(text: str) -> tuple[Requirement, ...]:
    return tuple(provider_requirements(parse(text.encode()).body))


def _written(expression: Expression) -> str:
    """The text of a template without what is put in."""
    if isinstance(expression, syntax.Template):
        return "".join(part if isinstance(part, str) else "_" for part in expression.parts)
    return expression.value if isinstance(expression, syntax.Literal) and isinstance(expression.value, str) else ""
