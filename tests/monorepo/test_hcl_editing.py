"""Whatever a unit looks like, an edit of it changes what it is to change and not a byte more, or is refused."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mcp_server.monorepo.edits import MOST_BYTES, Edit, EditRefused
from mcp_server.monorepo.hcl_editing import ValuePlace, find_entries, insert_entry, remove_entry, set_value
from mcp_server.monorepo.hcl_writing import Entry, Scalar
from mcp_server.monorepo.parsing import parse
from tests.monorepo.written_hcl import BLOCKS, ENTRIES, NAMES, SCALARS, units

ROOT = Path(__file__).parents[2]
ENTRY: Entry = {"reservation_id": "cr-0123456789abcdef0", "count": 8}
REAL = sorted(ROOT.glob("live/*/*/*/terragrunt.hcl"))
WITH_BLOCKS = [each for each in REAL if b"capacity_blocks = {}" in each.read_bytes()]


def assert_spliced(edit: Edit) -> None:
    """Outside of the splices every byte is what it was."""
    made, at = b"", 0
    for each in edit.splices:
        assert at <= each.start <= each.end
        made += edit.before[at : each.start] + each.text
        at = each.end
    assert made + edit.before[at:] == edit.after


def blanks_apart(data: bytes) -> bytes:
    """The bytes without blanks, which alignment may change."""
    return b"".join(data.split())


def entries(data: bytes) -> Mapping[str, object]:
    """What is read of the map."""
    return find_entries(data, BLOCKS)


def inserted(text: str, name: str = "x", entry: Entry = ENTRY, place: ValuePlace = BLOCKS) -> str:
    """The text with an entry, if taking it out again gives the text."""
    edit = insert_entry(text.encode(), place, name, entry)
    assert_spliced(edit)
    return edit.after.decode()


@given(units(), NAMES, ENTRIES)
def test_an_inserted_entry_reads_back_and_nothing_else_changes(data: bytes, name: str, entry: Entry) -> None:
    """Either it is refused, or it is there and all other bytes but blanks are as they were."""
    try:
        before = dict(entries(data))
        edit = insert_entry(data, BLOCKS, name, entry)
    except EditRefused as refused:
        assert 1 <= refused.line <= data.count(b"\n") + 1
        return
    assert_spliced(edit)
    assert entries(edit.after) == {**before, name: entry}
    assert len(edit.after) > len(data)
    again = remove_entry(edit.after, BLOCKS, name)
    assert_spliced(again)
    assert entries(again.after) == before
    if before:
        assert again.after == data


@given(units(), st.data())
def test_a_removed_entry_is_gone_and_nothing_else_changes(data: bytes, draw: st.DataObject) -> None:
    """The rest is read as before, and its tokens are those of before."""
    try:
        before = dict(entries(data))
    except EditRefused:
        return
    if not before:
        return
    name = draw.draw(st.sampled_from(sorted(before)))
    edit = remove_entry(data, BLOCKS, name)
    assert_spliced(edit)
    del before[name]
    assert entries(edit.after) == before
    assert parse(edit.after).trouble is None
    with pytest.raises(EditRefused, match="has no entry"):
        remove_entry(edit.after, BLOCKS, name)


@given(units(), SCALARS, st.data())
def test_a_literal_is_replaced_and_its_bytes_alone(data: bytes, value: Scalar, draw: st.DataObject) -> None:
    """Without blanks, the file is what it was around the literal."""
    try:
        before = entries(data)
    except EditRefused:
        return
    literals = [name for name, each in before.items() if each is None or isinstance(each, str | int)]
    if not literals:
        return
    name = draw.draw(st.sampled_from(literals))
    try:
        edit = set_value(data, BLOCKS.entry(name), value)
    except EditRefused as refused:
        assert "already" in refused.why or "literal" in refused.why  # noqa: PT017
        return
    assert_spliced(edit)
    assert entries(edit.after) == {**before, name: value}
    back = set_value(edit.after, BLOCKS.entry(name), before[name])  # pyright: ignore[reportArgumentType]
    assert entries(back.after) == before


FILES: list[tuple[bytes, str, Entry]] = []


@given(units(), NAMES, ENTRIES)
@settings(max_examples=50, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
def collect(data: bytes, name: str, entry: Entry) -> None:
    """Keep an example for the one run of terraform fmt."""
    FILES.append((data, name, entry))


def fmt(folder: Path, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files as terraform fmt leaves them; without those that it does not take."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    subprocess.run(["terraform", "fmt", "-list=false", str(folder)], capture_output=True, check=False, timeout=60)
    return {name: (folder / name).read_bytes() for name in files}


def edits(data: bytes, name: str, entry: Entry) -> Iterator[bytes]:
    """The file with an entry, without it again, and without each of its entries."""
    try:
        put = insert_entry(data, BLOCKS, name, entry).after
        yield put
        yield remove_entry(put, BLOCKS, name).after
        for each, value in entries(data).items():
            yield remove_entry(data, BLOCKS, each).after
            if isinstance(value, int):
                yield set_value(data, BLOCKS.entry(each), 100_000).after
    except EditRefused:
        return


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not on PATH")
def test_what_terraform_fmt_left_unchanged_it_leaves_unchanged_after_an_edit(tmp_path: Path) -> None:
    """Indentation and alignment are those that it would make."""
    FILES.clear()
    collect()
    examples = {f"f{at}.tfvars": each for at, each in enumerate(FILES)}
    formatted = fmt(tmp_path / "before", {name: data for name, (data, _, _) in examples.items()})
    results: dict[str, bytes] = {}
    for name, data in formatted.items():
        _, key, entry = examples[name]
        results |= {f"{at}-{name}": after for at, after in enumerate(edits(data, key, entry))}
    assert len(results) > 30
    again = fmt(tmp_path / "after", results)
    for name, data in results.items():
        original = formatted[name.partition("-")[2]]
        assert again[name] == data, f"{original.decode()}\n--- became\n{data.decode()}\n--- and fmt\n{again[name].decode()}"
