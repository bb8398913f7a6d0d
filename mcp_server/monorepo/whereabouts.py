"""The account and region that a unit is in, as the files above it say."""

import posixpath
from dataclasses import dataclass

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.findings import Findings
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.terragrunt_files import UnitReading, read_configuration
from mcp_server.monorepo.units import FindingKind
from mcp_server.monorepo.values import Unknown, Value, as_strings, as_text


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a unit is; None is unknown. Files are relative to the root."""

    account_file: str | None = None
    region_file: str | None = None
    account_name: str | None = None
    account_id: str | None = None
    region: str | None = None
    zone_ids: tuple[str, ...] = ()


class WhereaboutsReader:
    """Reads where one unit is. folder is the unit's, absolute; file is what findings point at."""

    def __init__(self, reading: UnitReading, names: TreeNames, findings: Findings) -> None:
        self._reading, self._names, self._findings = reading, names, findings
        self._files = reading.shared.files

    def read(self, folder: str) -> Whereabouts:
        """Where the unit in this folder is. What is not said is told as a finding."""
        names = self._names
        account = self._locals(folder, names.account_file, FindingKind.OUTSIDE_ACCOUNT)
        region = self._locals(folder, names.region_file, FindingKind.OUTSIDE_REGION)
        return Whereabouts(
            self._relative(folder, names.account_file),
            self._relative(folder, names.region_file),
            self._text(account, names.account_name, "account_name"),
            self._text(account, names.account_id, "account_id"),
            self._text(region, names.region, "region"),
            self._zone_ids(region),
        )

    def _locals(self, folder: str, name: str, kind: FindingKind) -> tuple[str, Value] | None:
        """The file of this name above the unit, and its locals."""
        unit = self._files.relative(folder)
        path = self._files.found_above(folder, name)
        if path is None:
            file = self._files.relative(self._reading.unit_file)
            sentence = f"There is no {quoted(name)} in the folders above: the unit is {kind.value}."
            self._findings.tell(kind, file, 1, sentence, [unit])
            return None
        if self._findings.trouble(self._files.document(path), path, unit):
            return None
        read = read_configuration(self._reading, path)
        return path, read["locals"] if isinstance(read, dict) else read

    def _relative(self, folder: str, name: str) -> str | None:
        path = self._files.found_above(folder, name)
        return self._files.relative(path) if path else None

    def _text(self, found: tuple[str, Value] | None, name: str, setting: str) -> str | None:
        if not found:
            return None
        path, read = found
        value = read[name] if isinstance(read, dict) and name in read else Unknown(f"there is no local {quoted(name)}")
        text = as_text(value)
        if isinstance(text, Unknown):
            hint = f"if it is called otherwise, [monorepo] {setting} in ml-clusters.toml names it"
            self._unread(path, f"{setting} cannot be read: {text.why}; {hint}.")
            return None
        return text

    def _zone_ids(self, found: tuple[str, Value] | None) -> tuple[str, ...]:
        if not found:
            return ()
        path, read = found
        if not isinstance(read, dict) or self._names.zones not in read:
            return ()
        zones = read[self._names.zones]
        zone_ids = as_strings(tuple(zones) if isinstance(zones, dict) else zones)
        if isinstance(zone_ids, Unknown):
            self._unread(path, f"{self._names.zones} cannot be read: {zone_ids.why}.")
            return ()
        return zone_ids

    def _unread(self, path: str, sentence: str) -> None:
        unit = self._files.relative(posixpath.dirname(self._reading.unit_file))
        self._findings.tell_cause(FindingKind.NOT_READ, self._files.relative(path), 1, sentence, unit)
