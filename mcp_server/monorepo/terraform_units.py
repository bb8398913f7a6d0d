"""A folder of plain Terraform becomes a Unit, as far as what is written out goes: variables are not known.

A folder could be one if it has a backend or configures a provider; any other is a module. It is one in a tree that is
not Terragrunt's: see reading.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mcp_server.monorepo import syntax
from mcp_server.monorepo.files import TreeFiles
from mcp_server.monorepo.findings import Findings
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.sources import Source, read_source
from mcp_server.monorepo.syntax import Block, Document
from mcp_server.monorepo.terragrunt_files import SharedReadings, UnitReading
from mcp_server.monorepo.units import Dependency, FindingKind, Unit, UnitKind
from mcp_server.monorepo.whereabouts import Whereabouts, WhereaboutsReader

_MARKS = re.compile(rb"^\s*(?:provider|backend|cloud)\b", re.MULTILINE)


def is_unit(files: TreeFiles, folder: str, names: Iterable[str]) -> bool:
    """Whether a folder with these files could be a unit."""
    return any(_MARKS.search(files.document(f"{folder}/{each}").data) for each in names if each.endswith(".tf"))


def read_terraform_unit(
    shared: SharedReadings, names: TreeNames, folder: str, inside: Iterable[str], findings: Findings
) -> Unit:
    """The unit in this folder. What is not written out is told as a finding."""
    paths = [f"{folder}/{each}" for each in sorted(inside) if each.endswith(".tf")]
    return _TerraformUnitReader(shared, names, folder, paths, findings).read()


class _TerraformUnitReader:
    def __init__(
        self, shared: SharedReadings, names: TreeNames, folder: str, paths: Sequence[str], findings: Findings
    ) -> None:
        self._files, self._folder, self._findings = shared.files, folder, findings
        self._names = names
        self._reading = UnitReading(shared, paths[0])
        self._path = self._files.relative(folder)
        self._documents = [(path, self._files.document(path)) for path in paths]
        self._partly = False

    def read(self) -> Unit:
        for path, document in self._documents:
            self._partly |= self._findings.trouble(document, path, self._path)
        providers = list(self._blocks("provider"))
        where = self._whereabouts(providers)
        state_key, state_bucket = self._state()
        return Unit(
            path=self._path,
            kind=UnitKind.TERRAFORM,
            file=self._files.relative(self._documents[0][0]),
            account_file=where.account_file,
            region_file=where.region_file,
            account_name=where.account_name,
            account_id=where.account_id,
            region=where.region,
            zone_ids=where.zone_ids,
            sources=tuple(self._sources()),
            state_key=state_key,
            state_bucket=state_bucket,
            dependencies=tuple(self._read_states()),
            providers=tuple(sorted({each.labels[0] for _, _, each in providers if each.labels})),
            partly_read=self._partly,
        )

    def _blocks(self, kind: str) -> Iterator[tuple[str, Document, Block]]:
        for path, document in self._documents:
            for block in document.body.of_kind(kind):
                yield path, document, block

    def _sources(self) -> Iterator[Source]:
        for path, document, block in self._blocks("module"):
            text = self._literal(path, document, block, "source", "a module's source")
            if text is None:
                continue
            source = read_source(text, self._folder, self._files.root)
            version = _text_of(block, "version")
            yield replace(source, ref=version) if version is not None else source

    def _state(self) -> tuple[str | None, str | None]:
        """Key and bucket of the state, as far as they are written out."""
        for path, document, block in self._blocks("terraform"):
            for backend in block.body.of_kind("backend"):
                name = next(iter(backend.labels), "")
                key = self._literal(path, document, backend, "key" if name != "gcs" else "prefix", "the state key")
                return key, _text_of(backend, "bucket")
        return None, None

    def _whereabouts(self, providers: Iterable[tuple[str, Document, Block]]) -> Whereabouts:
        """What files above say, where there are any; else what the one provider without an alias says."""
        if any(
            self._files.found_above(self._folder, each) for each in (self._names.account_file, self._names.region_file)
        ):
            return WhereaboutsReader(self._reading, self._names, self._findings).read(self._folder)
        own = [each for each in providers if each[2].labels == ("aws",) and "alias" not in each[2].body.attributes]
        if not own and self._partly:
            return Whereabouts()
        if not own:
            self._tell(*self._documents[0], 0, "no provider says which account and region it is in.")
            return Whereabouts()
        path, document, block = own[0]
        region = self._literal(path, document, block, "region", "the provider's region")
        return Whereabouts(account_id=self._account_id(path, document, block), region=region)

    def _account_id(self, path: str, document: Document, block: Block) -> str | None:
        attribute = block.body.attributes.get("allowed_account_ids")
        if attribute and isinstance(attribute.expression, syntax.Sequence):
            match attribute.expression.items:
                case (syntax.Literal(value=str() as account_id),):
                    return account_id
                case _:
                    pass
        at = attribute.start if attribute else block.start
        self._tell(path, document, at, "the account's id cannot be read: allowed_account_ids names it where it can be.")
        return None

    def _read_states(self) -> Iterator[Dependency]:
        """States that are read from elsewhere, by their keys: with_read_states finds whose they are."""
        for path, document, block in self._blocks("data"):
            config = block.body.attributes.get("config")
            if block.labels[:1] != ("terraform_remote_state",) or not config:
                continue
            if isinstance(config.expression, syntax.Object):
                for key, value in config.expression.items:
                    named = isinstance(key, syntax.Variable) and key.name == "key"
                    if named and isinstance(value, syntax.Literal) and isinstance(value.value, str):
                        yield Dependency(value.value, block.labels[-1], self._findings.place(document, path, value))

    def _literal(self, path: str, document: Document, block: Block, name: str, what: str) -> str | None:
        text = _text_of(block, name)
        if text is not None:
            return text
        attribute = block.body.attributes.get(name)
        at = attribute.start if attribute else block.start
        why = "it is not written out" if attribute else f"there is no {name}"
        self._tell(path, document, at, f"{what} cannot be read: {why}.")
        return None

    def _tell(self, path: str, document: Document, at: int, sentence: str) -> None:
        self._partly = True
        self._findings.tell_of(document, path, at, FindingKind.NOT_READ, sentence, self._path)


def _text_of(block: Block, name: str) -> str | None:
    """An argument that is a text and written out."""
    attribute = block.body.attributes.get(name)
    if attribute and isinstance(attribute.expression, syntax.Literal) and isinstance(attribute.expression.value, str):
        return attribute.expression.value
    return None


def with_read_states(units: Sequence[Unit]) -> Sequence[Unit]:
    """The units, each needing those whose states it reads; other states are left out."""
    by_key = {each.state_key: each.path for each in units if each.state_key}
    return [_with_read_states(each, by_key) for each in units]


def _with_read_states(unit: Unit, by_key: dict[str, str]) -> Unit:
    known = (replace(each, path=by_key[each.path]) for each in unit.dependencies if each.path in by_key)
    return replace(unit, dependencies=tuple(known))
