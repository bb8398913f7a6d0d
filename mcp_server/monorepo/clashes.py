"""What a copied folder leaves behind: units with one state, accounts with one number or name, regions told twice.

The units say where they are; each clash is told where what clashes is written.
"""

from collections.abc import Iterable, Sequence

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.files import TreeFiles
from mcp_server.monorepo.findings import Findings
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.units import FindingKind, Unit


def tell_clashes(units: Iterable[Unit], names: TreeNames, files: TreeFiles, findings: Findings) -> None:
    """Add a finding for every value that has to be one unit's, account's or region's own and is not."""
    teller = _Teller(tuple(units), names, files, findings)
    teller.tell_accounts()
    teller.tell_regions()
    teller.tell_states()


class _Teller:
    def __init__(self, units: Sequence[Unit], names: TreeNames, files: TreeFiles, findings: Findings) -> None:
        self._units, self._names, self._files, self._findings = units, names, files, findings

    def tell_accounts(self) -> None:
        """One number under two names, and one name for two numbers."""
        for number, named in self._accounts_by(number_first=True).items():
            what = f"account {quoted(number)}"
            self._tell_account(named, self._names.account_id, f"{what} is called", "an account has one name")
        for name, numbered in self._accounts_by(number_first=False).items():
            what = f"the account called {quoted(name)}"
            self._tell_account(numbered, self._names.account_name, f"{what} has the number", "a name stands for one")

    def _accounts_by(self, *, number_first: bool) -> dict[str, dict[str, list[Unit]]]:
        """Units by the number and then the name of their account, or the other way round."""
        found: dict[str, dict[str, list[Unit]]] = {}
        for unit in self._units:
            if unit.account_file and unit.account_name and unit.account_id:
                pair = (unit.account_id, unit.account_name) if number_first else (unit.account_name, unit.account_id)
                found.setdefault(pair[0], {}).setdefault(pair[1], []).append(unit)
        return found

    def _tell_account(self, units: dict[str, list[Unit]], local: str, which: str, rule: str) -> None:
        if len(units) < 2:
            return
        said = {value: theirs[0].account_file or "" for value, theirs in units.items()}
        ways = " and ".join(f"{quoted(value)} in {quoted(file)}" for value, file in said.items())
        file = [*said.values()][-1]
        sentence = f"{which} {ways}: {rule}. Correct the one that is wrong."
        concerned = [each.path for theirs in units.values() for each in theirs]
        self._findings.tell(FindingKind.SAME_ACCOUNT, file, self._line(file, local), _sentence(sentence), concerned)

    def tell_regions(self) -> None:
        """Two files for one region, beneath the same account's file."""
        found: dict[tuple[str, str], dict[str, list[str]]] = {}
        for unit in self._units:
            if unit.account_file and unit.region_file and unit.region:
                files = found.setdefault((unit.account_file, unit.region), {})
                files.setdefault(unit.region_file, []).append(unit.path)
        for (account_file, region), files in found.items():
            if len(files) > 1:
                file = [*files][-1]
                both = " and of ".join(map(quoted, files))
                sentence = (
                    f"Region {quoted(region)} of {quoted(account_file)} is that of {both}: what is meant for another "
                    "region would be made in this one. Correct the one that is wrong, or bring the units together."
                )
                concerned = [path for paths in files.values() for path in paths]
                line = self._line(file, self._names.region)
                self._findings.tell(FindingKind.SAME_REGION, file, line, sentence, concerned)

    def tell_states(self) -> None:
        """Units that keep their state at one key of one bucket."""
        found: dict[tuple[str, str], list[Unit]] = {}
        for unit in self._units:
            if unit.state_key:
                # Where a bucket's name cannot be told, it is taken for one an account.
                bucket = f"bucket {unit.state_bucket}" if unit.state_bucket else f"account {unit.account_id}"
                found.setdefault((bucket, unit.state_key), []).append(unit)
        for (_, key), units in found.items():
            if len(units) > 1:
                unless = "" if units[0].state_bucket else ", unless their buckets differ, which cannot be told here"
                sentence = (
                    f"Units have one state key, {quoted(key)}{unless}: each would destroy what the other has made. "
                    "Rename a folder, or let the key of remote_state have more of the path."
                )
                paths = [each.path for each in units]
                self._findings.tell(FindingKind.SAME_STATE, units[-1].file, 1, sentence, paths)

    def _line(self, file: str, local: str) -> int:
        """Where a file has this local."""
        document = self._files.document(self._files.absolute(file))
        block = document.body.block("locals")
        attribute = block.body.attributes.get(local) if block else None
        return document.line(attribute.start) if attribute else 1


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
