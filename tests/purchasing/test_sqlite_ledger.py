"""The ledger in one SQLite file."""

import os
import resource
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple
from functools import partial
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mcp_server.purchasing.book import Book
from mcp_server.purchasing.chain import BrokenChain, forge
from mcp_server.purchasing.entries import Entry, PurchaseState, Quoted
from mcp_server.purchasing.ledger import Ledger, LedgerRefused
from mcp_server.purchasing.ledger_file import file_system, is_shared
from mcp_server.purchasing.ledger_refusals import DamagedLedger, LostLedger, NewerLedger, UnusableLedger
from mcp_server.purchasing.sqlite_ledger import MIGRATIONS, SqliteLedger
from mcp_server.purchasing.verification import check_chain
from tests.purchasing.ledger_contract import LedgerContract, Recipe, seen
from tests.purchasing.samples import NOW, WORLD, a_quote, buy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger will be."""
    return tmp_path / "data" / "ml-clusters" / "ledger.sqlite3"


@pytest.fixture
def recipe(path: Path) -> Recipe:
    """Makes a ledger of the file."""
    return partial(SqliteLedger, path)


class TestSqliteLedger(LedgerContract):
    """The contract, kept with SQLite."""

    def test_every_file_is_its_owners_alone(self, recipe: Recipe, path: Path) -> None:
        """The folder has mode 0700; the file, and what SQLite keeps beside it while it is in use, 0600."""
        modes: dict[str, int] = {}

        def decide(book: Book) -> list[Entry]:
            modes.update({each.name: mode(each) for each in path.parent.iterdir()})
            return seen(book)

        before = os.umask(0)
        try:
            recipe().begin(WORLD, NOW)
            recipe().append(NOW, decide)
            recipe().append(NOW, decide)
        finally:
            os.umask(before)
        assert mode(path.parent) == 0o700
        assert modes == {f"ledger.sqlite3{each}": 0o600 for each in ("", "-wal", "-shm")}

    def test_nothing_is_left_beside_it(self, ledger: Ledger, path: Path) -> None:
        """Once nobody uses it, the ledger is one whole file, which can be copied."""
        buy(ledger)
        assert list(path.parent.iterdir()) == [path]

    def test_its_changes_can_be_counted(self, ledger: SqliteLedger, path: Path) -> None:
        """The number of the last entry; of no ledger, 0."""
        assert SqliteLedger(path.with_name("none")).changes() == 0
        assert ledger.changes() == 1
        buy(ledger)
        assert ledger.changes() == 4

    def test_looking_makes_no_folder(self, recipe: Recipe, path: Path) -> None:
        """Neither does an append before the ledger has begun."""
        ledger = recipe()
        with pytest.raises(UnusableLedger, match="none yet"):
            ledger.append(NOW, seen)
        assert ledger.read() == Book()
        assert not path.parent.exists()

    def test_a_full_disk_adds_nothing(self, ledger: Ledger, recipe: Recipe) -> None:
        """Where a commit fails the caller is told, and the next one succeeds as if it had not been tried."""
        quotes = [Quoted(a_quote()) for _ in range(40)]
        before, limits = ledger.read(), resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, limits[1]))
        try:
            with pytest.raises(UnusableLedger, match=r"Nothing was written\. Make room on the disk"):
                ledger.append(NOW, lambda _: quotes)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert ledger.read() == recipe().read() == before
        assert ledger.append(NOW, lambda _: quotes).count == 41
        assert check_chain(recipe().links()).entries == 41


def mode(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def edit(path: Path, statement: str, *values: object) -> None:
    """Change the file behind the ledger's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


@pytest.fixture
def ledger(path: Path) -> SqliteLedger:
    """A ledger that has begun."""
    ledger = SqliteLedger(path)
    ledger.begin(WORLD, NOW)
    return ledger


def calls(ledger: SqliteLedger) -> list[Callable[[], object]]:
    """Everything that can be asked of a ledger."""
    adding = partial(ledger.append, NOW, seen)
    return [partial(ledger.begin, WORLD, NOW), ledger.read, adding, ledger.links, ledger.changes]


@pytest.mark.parametrize("number", range(5))
def test_a_ledger_that_is_known_is_never_begun_anew(path: Path, number: int) -> None:
    """Where the policy knows the ledger's id and the file is missing, everything is refused, and nothing is made."""
    with pytest.raises(LostLedger, match=rf"looked for at {path}: the policy knows ledger lg-1.*Restore it"):
        calls(SqliteLedger(path, lambda: "lg-1"))[number]()
    assert not path.parent.exists()


def test_another_ledger_than_the_one_that_is_known_is_refused(ledger: SqliteLedger, path: Path) -> None:
    """The policy's id must be the ledger's."""
    begun = ledger.read().ledger_id
    assert SqliteLedger(path, lambda: begun).append(NOW, seen).count == 2
    for call in calls(SqliteLedger(path, lambda: "lg-1"))[:3]:
        with pytest.raises(LostLedger, match=f"knows ledger lg-1, and this one is {ledger.read().ledger_id}"):
            call()
    assert ledger.changes() == 2


@pytest.mark.parametrize("number", range(5))
def test_a_ledger_that_vanished_is_missed(ledger: SqliteLedger, path: Path, number: int) -> None:
    """Whoever has seen it does not take a missing file for a ledger that has not begun."""
    path.unlink()
    with pytest.raises(LostLedger, match=r"was there, and is gone.*on purpose, restart"):
        calls(ledger)[number]()


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("fresh", [True, False])
def test_a_file_that_was_replaced_is_noticed(ledger: SqliteLedger, path: Path, number: int, fresh: bool) -> None:
    """By another ledger, or by an older copy of itself."""
    older = path.with_name("older")
    shutil.copy(path, older)
    buy(ledger)
    if fresh:
        older.unlink()
        SqliteLedger(older).begin(WORLD, NOW)
        buy(SqliteLedger(older))
    older.replace(path)
    with pytest.raises(DamagedLedger, match="entry 4 is not what it was: the file was replaced or cut") as refusal:
        calls(ledger)[number]()
    assert refusal.value.number == 4


def test_a_copy_that_goes_on_is_the_ledger(ledger: SqliteLedger, path: Path) -> None:
    """A file that was moved back with all its entries is used on."""
    buy(ledger)
    path.rename(path.with_name("moved"))
    shutil.copy(path.with_name("moved"), path)
    assert ledger.append(NOW, seen).count == 5


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
@pytest.mark.parametrize("number", range(5))
def test_a_file_that_is_no_ledger_is_left_alone(path: Path, content: bytes, number: int) -> None:
    """It is refused, not overwritten."""
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(LedgerRefused, match=r"Nothing was written|nothing was written"):
        calls(SqliteLedger(path))[number]()
    assert path.read_bytes() == content


def test_the_errors_of_the_system_are_sentences(path: Path) -> None:
    """What cannot be made or opened is refused with the place, the reason and what to do."""
    path.parent.parent.mkdir()
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(UnusableLedger, match=rf"The ledger {path} cannot be used: .*Make room"):
        SqliteLedger(path).begin(WORLD, NOW)


class TestOthers:
    """Nobody but the owner may have written the ledger."""

    @pytest.mark.parametrize("loose", [0o020, 0o002])
    @pytest.mark.parametrize("name", [".", "ledger.sqlite3"])
    def test_what_others_can_write_is_refused(self, ledger: SqliteLedger, path: Path, name: str, loose: int) -> None:
        """Neither its folder nor its file may be writable by the group or by all; the refusal says how to mend it."""
        place = path.parent / name
        place.chmod(mode(place) | loose)
        for call in calls(ledger):
            with pytest.raises(UnusableLedger, match=rf"others can write there.*then: chmod [67]00 {place}"):
                call()

    def test_a_folder_that_others_can_write_gets_no_ledger(self, path: Path) -> None:
        """Nothing is made there."""
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o777)
        with pytest.raises(UnusableLedger, match="has mode 0777"):
            SqliteLedger(path).begin(WORLD, NOW)
        assert list(path.parent.iterdir()) == []

    def test_what_others_can_read_is_taken_from_them(self, ledger: SqliteLedger, path: Path) -> None:
        """Modes that only let others read are tightened."""
        path.parent.chmod(0o755)
        path.chmod(0o644)
        ledger.read()
        assert (mode(path.parent), mode(path)) == (0o700, 0o600)

    def test_another_users_ledger_is_refused(
        self, ledger: SqliteLedger, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also to root, whose files beside it would lock its owner out."""
        owner = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: owner + 1)
        with pytest.raises(UnusableLedger, match=f"belongs to user {owner}, and this is user {owner + 1}"):
            ledger.read()


MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
40 22 0:40 / /home rw shared:20 - autofs systemd-1 rw
41 40 0:41 / /home rw,relatime shared:21 - nfs4 nas:/home rw,vers=4.2
42 41 8:2 / /home/jo/disk rw master:3 propagate_from:2 - xfs /dev/sdb1 rw
43 22 0:43 / /mnt/two\040words rw - fuse.sshfs jo@host: rw
44 22 0:44 / /homes rw - btrfs /dev/sdc rw

broken
"""


class TestFileSystems:
    """SQLite's locks hold on a disk of this machine only."""

    @pytest.mark.parametrize(
        ("place", "kind"),
        [
            ("/var/lib/ledger", "ext4"),
            ("/home/jo/.local/share", "nfs4"),
            ("/home/jo/disk/data", "xfs"),
            ("/home/jo/disks", "nfs4"),
            ("/mnt/two words/x", "fuse.sshfs"),
            ("/homes/jo", "btrfs"),
        ],
    )
    def test_the_nearest_mount_counts(self, place: str, kind: str) -> None:
        """Of mounts in the same place the later one."""
        assert file_system(MOUNTS, Path(place)) == kind

    @pytest.mark.parametrize(
        "kind",
        [
            "nfs",
            "nfs4",
            "cifs",
            "smb3",
            "fuse.sshfs",
            "fuse.glusterfs",
            "fuse",
            "9p",
            "afs",
            "ceph",
            "lustre",
            "virtiofs",
        ],
    )
    def test_what_other_machines_may_use_is_shared(self, kind: str) -> None:
        """Network, cluster and host file systems."""
        assert is_shared(kind)

    @pytest.mark.parametrize(
        "kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "fuse.fuse-overlayfs", ""]
    )
    def test_what_is_this_machines_is_not(self, kind: str) -> None:
        """Disks, memory, and layers over them."""
        assert not is_shared(kind)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells in /proc")
    def test_a_shared_place_is_refused_before_anything_is_made(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The refusal names the file system."""
        mounts = path.with_name("mountinfo")
        mounts.parent.mkdir(parents=True, mode=0o700)
        mounts.write_text("22 1 0:41 / / rw - nfs4 nas:/ rw\n")
        monkeypatch.setattr("mcp_server.purchasing.ledger_file._MOUNTS", mounts)
        for use in (lambda ledger: ledger.check_missing(), lambda ledger: ledger.begin(WORLD, NOW)):
            with pytest.raises(UnusableLedger, match=r"\(nfs4\) shared with other machines"):
                use(SqliteLedger(path))
        assert list(path.parent.iterdir()) == [mounts]


class TestVersions:
    """A file is as old as what wrote it last."""

    NEXT = (*MIGRATIONS, ("ALTER TABLE links ADD COLUMN note TEXT", "UPDATE links SET note = kind"))

    @pytest.mark.parametrize("number", range(5))
    def test_an_older_file_is_brought_up_to_date(self, ledger: SqliteLedger, path: Path, number: int) -> None:
        """By whatever is asked of it first, once, with every entry as it was."""
        buy(ledger)
        links = ledger.links()
        newer = SqliteLedger(path, migrations=self.NEXT)
        calls(newer)[number]()
        assert list(newer.links())[:4] == links
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (2,)
            assert connection.execute("SELECT note FROM links LIMIT 2").fetchall() == [("began",), ("quoted",)]
        calls(SqliteLedger(path, migrations=self.NEXT))[number]()

    def test_a_step_that_fails_leaves_the_older_file(self, ledger: SqliteLedger, path: Path) -> None:
        """All statements of an update are one transaction."""
        broken = (*MIGRATIONS, ("ALTER TABLE links ADD COLUMN note TEXT", "no SQL"))
        with pytest.raises(UnusableLedger, match="syntax error"):
            SqliteLedger(path, migrations=broken).read()
        assert ledger.append(NOW, seen).count == 2

    def test_a_newer_file_is_read_and_not_written(self, ledger: SqliteLedger, path: Path) -> None:
        """Whoever meets it says to restart, and does not let a decision be made on it."""
        begun = SqliteLedger(path, migrations=self.NEXT).read()
        assert ledger.read() == SqliteLedger(path).begin(WORLD, NOW) == begun
        for each in (ledger, SqliteLedger(path)):
            with pytest.raises(NewerLedger, match="Restart to use the newer version"):
                each.append(NOW, undecided)
        assert SqliteLedger(path).read() == begun

    def test_a_newer_table_is_not_guessed_at(self, ledger: SqliteLedger, path: Path) -> None:
        """Where a newer version keeps the entries elsewhere, that is what is said."""
        moved = (*MIGRATIONS, ("ALTER TABLE links RENAME TO chain",))
        with pytest.raises(UnusableLedger, match="no such table"):
            SqliteLedger(path, migrations=moved).read()
        with pytest.raises(NewerLedger):
            ledger.read()

    def test_an_entry_of_a_newer_version_is_not_read(self, ledger: SqliteLedger, path: Path) -> None:
        """What it changes is not known, so nothing is said of the whole."""
        link = forge(ledger.read().head, 2, NOW.isoformat(), "forgotten", "{}")
        edit(path, "INSERT INTO links VALUES (?, ?, ?, ?, ?)", *astuple(link))
        for call in calls(ledger)[:3]:
            with pytest.raises(NewerLedger, match="Restart to use the newer version"):
                call()
        assert ledger.links()[1] == link


def undecided(book: Book) -> list[Entry]:
    """A decision that must not be asked for."""
    raise AssertionError(book)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of several purchases, which stays as it is."""
    path = tmp_path_factory.mktemp("whole") / "ledger.sqlite3"
    ledger = SqliteLedger(path)
    ledger.begin(WORLD, NOW)
    for state in (PurchaseState.ACCEPTED, PurchaseState.UNKNOWN, PurchaseState.REJECTED):
        buy(ledger, state=state)
    return path


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@given(data=st.data())
def test_any_change_of_an_entry_is_found(whole: Path, data: st.DataObject) -> None:
    """Whatever field of whatever entry is changed: nothing is read or bought on it, and the refusal names the entry."""
    number = data.draw(st.integers(1, 10))
    field = data.draw(st.sampled_from(["number", "at", "kind", "text", "hash"]))
    values = st.integers(-3, 20).filter(lambda each: not 1 <= each <= 10) if field == "number" else words
    value = data.draw(values)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        shutil.copy(whole, path)
        ledger = SqliteLedger(path)
        links = ledger.links()
        assume(getattr(links[number - 1], field) != value)
        edit(path, f"UPDATE links SET {field} = ? WHERE number = ?", value, number)
        # An entry that was moved before the first one stands in its place.
        named = 1 if isinstance(value, int) and value < 1 else number
        for call in calls(SqliteLedger(path))[:3]:
            with pytest.raises(DamagedLedger, match=f"entry {named} ") as refusal:
                call()
            assert refusal.value.number == named
        with pytest.raises(BrokenChain) as broken:
            check_chain(ledger.links())
        assert broken.value.number == named


@pytest.mark.parametrize("number", range(1, 10))
def test_a_missing_entry_is_found(whole: Path, path: Path, number: int) -> None:
    """All but the last ones, which only AWS's tags can tell of."""
    path.parent.mkdir(parents=True, mode=0o700)
    shutil.copy(whole, path)
    edit(path, "DELETE FROM links WHERE number = ?", number)
    with pytest.raises(DamagedLedger, match=f"entry {number} is missing"):
        SqliteLedger(path).read()


def test_damage_is_found_while_a_ledger_is_in_use(ledger: SqliteLedger, path: Path) -> None:
    """Each object verifies what follows the last entry that it has seen."""
    reader = SqliteLedger(path)
    reader.read()
    buy(ledger)
    edit(path, "UPDATE links SET text = replace(text, '3020.54', '1.00') WHERE number = 2")
    with pytest.raises(DamagedLedger, match="entry 2 was changed"):
        reader.append(NOW, undecided)


def test_one_that_another_thread_begins_meanwhile_is_not_lost(path: Path) -> None:
    """A look that found no file finds none, also when the same ledger was begun before the look ended."""
    begun: list[Book] = []

    def expected() -> None:
        if not begun:
            begun.append(Book())
            begun.append(ledger.begin(WORLD, NOW))

    ledger = SqliteLedger(path, expected)
    assert ledger.read() == Book()
    assert ledger.read() == begun[-1] != Book()
