"""Whatever a unit looks like, an edit of it changes what it is to change and not a byte more, or is refused."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mcp_server.monorepo.edits import MOST_BYTES, Edit, EditRefused
from mcp_server.monorepo.hcl_editing import find_entries, insert_entry, remove_entry, set_value
from mcp_server.monorepo.hcl_places import ValuePlace
from mcp_server.monorepo.hcl_writing import Entry, Scalar
from mcp_server.monorepo.parsing import parse
from mcp_server.monorepo.values import Unknown
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


def entries(data: bytes) -> Mapping[str, object]:
    """What is read of the map."""
    return find_entries(data, BLOCKS)


@given(units(), NAMES, ENTRIES)
def test_an_inserted_entry_reads_back_and_nothing_else_changes(data: bytes, name: str, entry: Entry) -> None:
    """Either it is refused, or it is there; and without it again the file is as it was, alignment aside."""
    try:
        before = dict(entries(data))
        edit = insert_entry(data, BLOCKS, name, entry)
    except EditRefused:
        return
    assert_spliced(edit)
    assert entries(edit.after) == {**before, name: entry}
    again = remove_entry(edit.after, BLOCKS, name)
    assert_spliced(again)
    assert entries(again.after) == before
    if before:
        assert again.after.split() == data.split()


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


@pytest.mark.parametrize("file", WITH_BLOCKS, ids=lambda each: "/".join(each.parts[-4:-1]))
def test_our_own_units_take_a_block_and_give_it_back(file: Path) -> None:
    """Two blocks in, out again in either order, and each is written as a person would."""
    data = file.read_bytes()
    one = insert_entry(data, BLOCKS, "first", ENTRY).after
    both = insert_entry(one, BLOCKS, "second", ENTRY).after
    lines = '{\n      reservation_id = "cr-0123456789abcdef0"\n      count          = 8\n    }\n'
    assert f"  capacity_blocks = {{\n    first = {lines}    second = {lines}  }}\n" in both.decode()
    assert remove_entry(one, BLOCKS, "first").after == data
    assert remove_entry(remove_entry(both, BLOCKS, "first").after, BLOCKS, "second").after == data


@pytest.mark.parametrize("file", REAL, ids=lambda each: "/".join(each.parts[-4:-1]))
def test_every_unit_of_ours_can_be_edited(file: Path) -> None:
    """A map that is not there is made."""
    assert_spliced(insert_entry(file.read_bytes(), ValuePlace(("inputs", "made", "deep")), "x", ENTRY))


X = 'x = {\n{0}  reservation_id = "cr-0123456789abcdef0"\n{0}  count          = 8\n{0}}'
SHORT = 'x = { reservation_id = "cr-0123456789abcdef0", count = 8 }'


def long(indentation: str) -> str:
    """The entry on lines of its own."""
    return f"{indentation}{X.replace('{0}', indentation)}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = {}\n", f"a = {{\n{long('  ')}}}\n"),
        ("a = { b = 1 }", f"a = {{ b = 1, {SHORT} }}"),
        ("a = { b = 1, }", f"a = {{ b = 1, {SHORT}, }}"),
        ("a = [1]\n", None),
        ("a = {\n  b = 1 # b\n\n  # end\n}\n", f"a = {{\n  b = 1 # b\n{long('  ')}\n  # end\n}}\n"),
        ("a = {\n  b = 1,\n}\n", f"a = {{\n  b = 1,\n{long('  ')[:-1]},\n}}\n"),
        ("a = {\n    b = 1\n}\n", "a = {\n    b = 1\n" + long("    ").replace("\n      ", "\n        ") + "}\n"),
        (
            'a = {\n  "b" = 1\n}\n',
            f'a = {{\n  "b" = 1\n{long("  ").replace("x =", chr(34) + "x" + chr(34) + " =")}}}\n',
        ),
        ("a = {\n  # none yet\n}\n", f"a = {{\n  # none yet\n\n{long('  ')}}}\n"),
        ("bc = 1  # d\na  = {} # e\n", f"bc = 1 # d\na = {{\n{long('  ')}}} # e\n"),
    ],
)
def test_an_entry_is_laid_out_as_its_siblings_are(before: str, after: str | None) -> None:
    """And taking it out gives back the file; with line feeds alone as with CRLF."""
    place = ValuePlace(("a",))
    if after is None:
        with pytest.raises(EditRefused, match="a list"):
            insert_entry(before.encode(), place, "x", ENTRY)
        return
    for newline in ("\n", "\r\n"):
        data = before.replace("\n", newline).encode()
        edit = insert_entry(data, place, "x", ENTRY)
        assert edit.after.decode() == after.replace("\n", newline)
        assert remove_entry(edit.after, place, "x").after == data


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('module "training" {}\n', 'module "training" {\n  a = {\n    x = {}\n  }\n}\n'),
        (
            'module "training" {\n  source = "./m" # s\n\n  b {}\n}\n',
            'module "training" {\n  source = "./m" # s\n  a = {\n    x = {}\n  }\n\n  b {}\n}\n',
        ),
        ('module "other" {}\nmodule "training" {\n  a = {}\n}', None),
    ],
)
def test_an_argument_of_a_block_is_a_place_too(before: str, after: str | None) -> None:
    """It is made after the last argument if it is not there."""
    place = ValuePlace(("a",), ("module", "training"))
    edit = insert_entry(before.encode(), place, "x", {})
    assert edit.after.decode() == (after or before.replace("a = {}", "a = {\n    x = {}\n  }"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = { x = 1 }\n", "a = {}\n"),
        ("a = {\n  b = 1\n  # x\n  /* of\n  x */\n  x = 1 # x\n  c = 1\n}\n", "a = {\n  b = 1\n  c = 1\n}\n"),
        ("a = {\n  # a\n\n  # x\n  x = 1\n}\n", "a = {\n  # a\n}\n"),
        ("a = {\n  b = 1\n\n  x = 1\n\n  c = 1\n}\n", "a = {\n  b = 1\n\n  c = 1\n}\n"),
        ("a = {\n  x = 1\n\n  c = 1\n}\n", "a = {\n  c = 1\n}\n"),
        ("a = { b = 1, x = 1, c = 1 }\n", "a = { b = 1, c = 1 }\n"),
        ("a = { x = 1, c = 1 }\n", "a = { c = 1 }\n"),
        ("a = { b = 1, /* x */ x = 1 }\n", "a = { b = 1, /* x */ }\n"),
        ("a = {\n  b   = 1\n  x   = (1)\n  cde = 1\n}\n", "a = {\n  b   = 1\n  cde = 1\n}\n"),
        ("a = {\n  b    = 1\n  xyz1 = 1\n  x    = 1\n}\n", "a = {\n  b    = 1\n  xyz1 = 1\n}\n"),
    ],
)
def test_an_entry_goes_with_what_is_attached_to_it(before: str, after: str) -> None:
    """Its lines, the comments directly above, and a blank line that would be one too many."""
    assert remove_entry(before.encode(), ValuePlace(("a",)), "x").after.decode() == after


def test_a_literal_moves_the_comments_that_fmt_would_move() -> None:
    """And nothing else: its own bytes, and blanks before those comments."""
    edit = set_value(b"a = {\n  b = 8   # b\n  c = 100 # c\n}\n", ValuePlace(("a", "c")), 1)
    assert edit.after == b"a = {\n  b = 8 # b\n  c = 1 # c\n}\n"
    edit = set_value(b'a = "x"\n', ValuePlace(("a",)), '${"\\\n')
    assert edit.after == b'a = "$${\\"\\\\\\n"\n'


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("inputs = merge({}, local.x)\n", 1, '"inputs" is a call of "merge"'),
        ("inputs = {\n  capacity_blocks = x ? {} : {}\n}\n", 2, "a conditional"),
        ("inputs = {\n  capacity_blocks = var.blocks\n}\n", 2, 'the expression "var.blocks"'),
        ("inputs = {\n  capacity_blocks = dependency.a.outputs.b\n}\n", 2, "dependency.a"),
        ("inputs = {\n  capacity_blocks = { for k, v in x : k => v }\n}\n", 2, "for k, v in x"),
        ("inputs = {\n  capacity_blocks = <<E\n  a\nE\n}\n", 2, "a heredoc"),
        ('inputs = {\n  capacity_blocks = "a${b}"\n}\n', 2, "a template"),
        ('inputs = {\n  "a${b}" = 1\n}\n', 2, "is no literal"),
        ("inputs = {\n  (a) = 1\n}\n", 2, "not edited"),
        ("inputs = {\n  a = 1 b = 2\n}\n", 2, "not edited"),
        ("inputs = {\n  a = {}\n  a = {}\n}\n", 3, '"a" is there twice'),
        ('inputs = {\n  a   = {}\n  "a" = {}\n}\n', 3, '"a" is there twice'),
        ("inputs = {\n  capacity_blocks = {\n    x = 1\n  }\n}\n", 2, 'an entry "x" already'),
        ("inputs = {\n", 1, "never closed"),
        ("\ufeffinputs = {}\n", 1, "byte order mark"),
        ("#" * (MOST_BYTES + 1), 1, "megabyte"),
    ],
)
def test_what_is_not_written_out_is_refused_with_what_to_write(text: str, line: int, why: str) -> None:
    """The line where it shows, why, and the entry as a person would type it."""
    with pytest.raises(EditRefused) as refused:
        insert_entry(text.encode(), BLOCKS, "x", ENTRY)
    assert refused.value.line == line
    assert why in refused.value.why
    assert refused.value.instead == SHORT
    assert str(refused.value).startswith(f"Line {line} ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('module "b" {}\n', "there is no block"),
        ('module "a" {}\nmodule "a" {}\n', "more than one block"),
        ('module "a" { source = "./m" }\n', "in one line"),
        ('module "a" { /* c */ }\n', "in one line"),
    ],
)
def test_a_block_that_takes_no_argument_is_refused(text: str, why: str) -> None:
    """It is not there, there twice, or written so that an argument would not fit."""
    with pytest.raises(EditRefused, match=why):
        insert_entry(text.encode(), ValuePlace(("blocks",), ("module", "a")), "x", ENTRY)


@pytest.mark.parametrize(
    ("text", "keys", "why"),
    [
        ("a = 1\n", ("b",), "there is no"),
        ("a = {}\n", ("a", "b"), "there is no"),
        ("a = var.b\n", ("a",), "no literal"),
        ("a = <<E\n1\nE\n", ("a",), "a heredoc"),
        ("a = 2\n", ("a",), "is 2 already"),
    ],
)
def test_only_a_literal_is_replaced(text: str, keys: tuple[str, ...], why: str) -> None:
    """By one that differs."""
    with pytest.raises(EditRefused, match=why):
        set_value(text.encode(), ValuePlace(keys), 2)


def test_what_is_not_there_is_not_taken_out() -> None:
    """Neither the map nor the entry."""
    with pytest.raises(EditRefused, match="there is no"):
        remove_entry(b"a = {}\n", ValuePlace(("a", "b")), "x")
    with pytest.raises(EditRefused, match='no entry "x"'):
        remove_entry(b"a = {}\n", ValuePlace(("a",)), "x")


def test_entries_are_read_with_what_is_no_literal() -> None:
    """Literals, what is made of them, and why there is nothing else."""
    found = find_entries(b'a = {\n  b = "x"\n  "c-d" : [1, { e = null }]\n  f = var.g\n}\n', ValuePlace(("a",)))
    assert found == {"b": "x", "c-d": (1, {"e": None}), "f": Unknown('it is the expression "var.g"')}
    assert find_entries(b"a = {}\n", ValuePlace(("a", "b"))) == {}


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
    """Indentation and alignment are those that it would make; and what was put in comes out without a trace."""
    FILES.clear()
    collect()
    examples = {f"f{at}.tfvars": each for at, each in enumerate(FILES)}
    formatted = fmt(tmp_path / "before", {name: data for name, (data, _, _) in examples.items()})
    results: dict[str, bytes] = {}
    for name, data in formatted.items():
        _, key, entry = examples[name]
        made = list(edits(data, key, entry))
        results |= {f"{at}-{name}": after for at, after in enumerate(made)}
        assert len(made) < 3 or made[1] == data
    assert len(results) > 30
    again = fmt(tmp_path / "after", results)
    for name, data in results.items():
        original = formatted[name.partition("-")[2]]
        assert again[name] == data, (
            f"{original.decode()}\n--- became\n{data.decode()}\n--- and fmt\n{again[name].decode()}"
        )
